#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A whole network of ten processes: a household moves from one municipality to another, and what must
# not happen is refused in words.
JUKI=$1
. "$(dirname "$0")/network.sh"
TRACES=refused # a database is put back at the end
. "$(dirname "$0")/desks.sh"

FROM=131016
TO=141003
PLACES=("$FROM" "$TO")

make_root
for role in cs registry terminal; do
    add $role $FROM
    add $role $TO
done
add prefecture 130001
add prefecture 140007
add national 000000
add cards 000000
make_directory
"$JUKI" population --seed 7 --municipality $FROM,$TO --residents 400 --out "$NET/people.tsv" ||
    fail "population"
for name in "${NAMES[@]}"; do
    case $name in
    terminal-*) config "$name" ;;
    registry-$TO) config "$name" "population: people.tsv" "clerk: automatic" ;;
    *) config "$name" "population: people.tsv" ;;
    esac
    expect "$name is configured well" "$JUKI" check-config "$NET/$name.yaml" > /dev/null
    start "$name"
done

# household N: the resident codes of the N-th household (from 0) of two or more.
household() {
    awk -F '\t' -v code=$FROM -v skip="$1" '
        NR > 1 && $11 == code {
            if (!($12 in list)) { order[++count] = $12 }
            list[$12] = list[$12] " " $1
            size[$12]++
        }
        END {
            for (i = 1; i <= count; i++) {
                if (size[order[i]] >= 2 && skip-- == 0) { print list[order[i]]; exit }
            }
        }' "$NET/people.tsv"
}

# residents CODES...: as options.
residents() {
    printf -- '--resident %s ' "$@"
}

up() {
    sees cs-$TO cs:$FROM:0 && sees cs-$TO national:000000:0 && sees cs-$TO prefecture:140007:0 &&
        sees cs-$TO cards:000000:0 && sees cs-$TO registry:$TO:0 && sees cs-$TO terminal:$TO:0 &&
        sees cs-$FROM registry:$FROM:0 && sees cs-$FROM prefecture:130001:0
}
expect "every link stands" until_true 10 up

sqlite3 "$NET/registry-$FROM.db" ".backup '$NET/earlier'" || fail "backup"

read -r -a MEMBERS <<< "$(household 0)"
[ ${#MEMBERS[@]} -ge 2 ] || fail "no household of two"
# shellcheck disable=SC2046
"$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" $(residents "${MEMBERS[@]}") \
    --planned 2026-04-01 --destination $TO > "$NET/case" || fail "file-out"
CASE=$(sed -n 's/^case=//p' "$NET/case")
# shellcheck disable=SC2046
"$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM \
    $(residents "${MEMBERS[@]}") --address "神奈川県横浜市西区一丁目2番3号" --moved-in 2026-04-01 \
    --wait 10000 > "$NET/txn" || fail "move-in: $(cat "$NET/txn")"
TXN=$(sed -n 's/^txn=//p' "$NET/txn")
has "the terminal is told" "$NET/txn" "state=DONE"

# tx show names the transaction everywhere, and gives nothing personal away.
"$JUKI" tx show "$TXN" --config "$NET/cs-$TO.yaml" > "$NET/show" || fail "tx show at the destination"
has "show" "$NET/show" "registered, notified, cards answered"
"$JUKI" tx show "$TXN" --socket "$NET/registry-$TO.sock" > "$NET/show" || fail "show at the registry"
has "show" "$NET/show" "movein_dest_registry REGISTERED (final)"
"$JUKI" tx show "$TXN" --socket "$NET/cs-$FROM.sock" > "$NET/show" || fail "show at the origin"
has "show" "$NET/show" "movein_origin_cs MOVED (final)"
"$JUKI" tx show "$CASE" --socket "$NET/registry-$FROM.sock" > "$NET/show" || fail "show the case"
has "show" "$NET/show" "every member has moved"

quiet() {
    for name in "${NAMES[@]}"; do
        "$JUKI" tx status --socket "$NET/$name.sock" > "$NET/status" || return 1
        grep -q '^outbox_waiting=0$' "$NET/status" || return 1
        grep -q '^dead_letters=0$' "$NET/status" || return 1
    done
}
expect "no message waits, none was refused" until_true 10 quiet
for resident in "${MEMBERS[@]}"; do
    settles "$resident" $TO
done
shown C1 "in time: asked for, registered, noticed; the origin closes, the servers follow"

# Refusals: nobody filed; the same household again; the wrong desk; a stranger to this register.
read -r -a OTHERS <<< "$(household 1)"
"$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM \
    --resident "${OTHERS[0]}" --address "横浜市" --moved-in 2026-04-01 --wait 10000 > "$NET/txn"
[ $? -eq 1 ] || fail "without a filing it must end refused"
has "why" "$NET/txn" "NO_FILING"
TXN=$(sed -n 's/^txn=//p' "$NET/txn")
kill_node terminal-$TO KILL
start terminal-$TO
"$JUKI" tx show "$TXN" --socket "$NET/terminal-$TO.sock" > "$NET/show" || fail "show after a restart"
has "why is remembered" "$NET/show" "refused: NO_FILING"
"$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "${MEMBERS[0]}" \
    --planned 2026-04-02 2> "$NET/err"
[ $? -eq 1 ] || fail "who has moved cannot file"
has "the index, not the code" "$NET/err" 'index 0: no current record'
grep -q "${MEMBERS[0]}" "$NET/err" && fail "a resident's code in an error"
"$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "${OTHERS[0]}" \
    --planned 2026-05-02 > "$NET/case" || fail "second filing"
"$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "${OTHERS[1]}" \
    --resident "${OTHERS[0]}" --planned 2026-05-02 2> "$NET/err"
[ $? -eq 1 ] || fail "nobody is in two cases"
has "which member" "$NET/err" 'index 1: is in an open moving-out case already'
CASE=$(sed -n 's/^case=//p' "$NET/case")
"$JUKI" registry cancel-out --socket "$NET/registry-$FROM.sock" --case "$CASE" || fail "cancel-out"
cancelled() {
    "$JUKI" tx show "$CASE" --socket "$NET/cs-$FROM.sock" | grep -q "movein_origin_cs CANCELLED"
}
expect "the CS closes the case" until_true 10 cancelled
"$JUKI" terminal cancel --socket "$NET/registry-$FROM.sock" --txn "$CASE" 2> "$NET/err"
[ $? -eq 1 ] || fail "a registry is no terminal"
has "another desk" "$NET/err" "E_ROUTE"

# No log names a person: not one resident's code stands in any.
awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv" > "$NET/codes"
grep -F -f "$NET/codes" "$NET"/*.log && fail "a resident's code in a log"
ok

# A store that was put back to an earlier day: the numbers in HELLO give it away, and nothing passes.
kill_node registry-$FROM TERM
cp "$NET/registry-$FROM.db" "$NET/later"
cp "$NET/earlier" "$NET/registry-$FROM.db"
start registry-$FROM
expect "a restored peer is refused" until_true 4 \
    logged cs-$FROM "event=alarm peer=registry:$FROM:0 status=E_HELLO"
sees cs-$FROM registry:$FROM:0 && fail "a restored peer is up"
kill_node registry-$FROM TERM
cp "$NET/later" "$NET/registry-$FROM.db"
start registry-$FROM
expect "and taken when its store is the right one" until_true 4 sees cs-$FROM registry:$FROM:0

for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE at SIGTERM"
done
echo "movein: $CHECKS checks, 0 failures"
