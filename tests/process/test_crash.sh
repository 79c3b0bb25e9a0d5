#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at random moments: move-ins are begun while nodes die and come back; every one must end,
# plain SQL over the registers must find everybody exactly once, and the histories must hold.
JUKI=$1
. "$(dirname "$0")/network.sh"

FROM=131016
TO=141003
MOVES=${MOVES:-12}
KILLS=${KILLS:-15}
SEED=${SEED:-$RANDOM}
echo "seed $SEED"
RANDOM=$SEED

HISTORIES=yes
movein_network $FROM $TO

mapfile -t MOVERS < <(movers $FROM | head -n "$MOVES")
TXNS=()
file_out() {
    until "$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "$1" \
        --planned 2026-04-01 > "$NET/case" 2> "$NET/why"; do
        # Its answer may have died with the node: then the case is there already.
        grep -q "open moving-out case\|no current record" "$NET/why" && break
        sleep 0.05
    done
}

move_in() {
    # A move-in whose answer was lost goes on by itself; a second one then ends refused.
    until "$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM \
        --resident "$1" --address "横浜市西区" --moved-in 2026-04-01 > "$NET/txn" 2> /dev/null; do
        sleep 0.05
    done
    TXN=$(sed -n 's/^txn=//p' "$NET/txn")
}

accident() {
    local name=${NAMES[RANDOM % ${#NAMES[@]}]}
    kill_node "$name" KILL
    [ $((RANDOM % 2)) -eq 0 ] && sleep "0.0$((RANDOM % 9))"
    start "$name"
}

for ((i = 0; i < MOVES || i < KILLS; i++)); do
    if [ $i -lt "$MOVES" ]; then
        file_out "${MOVERS[i]}"
        move_in "${MOVERS[i]}"
        TXNS+=("$TXN")
    fi
    [ $i -lt "$KILLS" ] && accident
done

ended_well() {
    "$JUKI" terminal wait --socket "$NET/terminal-$TO.sock" --txn "$1" --timeout 30000 > "$NET/end"
}
for i in "${!TXNS[@]}"; do
    if ! ended_well "${TXNS[i]}"; then
        # The request may have been faster than the filing, whose node had died: ask again.
        has "why" "$NET/end" "NO_FILING"
        move_in "${MOVERS[i]}"
        ended_well "$TXN" || { cat "$NET/end"; fail "txn $TXN did not end well"; }
    fi
    ok
done
expect "no message is left" until_true 20 at_rest
for name in "${NAMES[@]}"; do
    [ "$("$JUKI" tx status --socket "$NET/$name.sock" | sed -n 's/^dead_letters=//p')" = 0 ] ||
        fail "$name refused a message"
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE"
done

# current REGISTRY RESIDENT
current() {
    sqlite3 "$NET/$1.db" "SELECT count(*) FROM register WHERE resident = '$2' AND status = 1"
}
for resident in "${MOVERS[@]}"; do
    for role in registry cs; do
        [ "$(current $role-$TO "$resident")" = 1 ] || fail "$role-$TO does not have a mover"
        [ "$(current $role-$FROM "$resident")" = 0 ] || fail "$role-$FROM still has a mover"
    done
    for server in prefecture-140007 national-000000; do
        [ "$(sqlite3 "$NET/$server.db" "SELECT code, epoch FROM episode
            WHERE resident = '$resident' AND is_current = 1")" = "$TO|2" ] ||
            fail "$server shows a mover elsewhere"
    done
    ok
done
for name in registry-$FROM registry-$TO cs-$FROM cs-$TO; do
    [ "$(sqlite3 "$NET/$name.db" "SELECT count(*) FROM open_case")" = 0 ] || fail "$name: a case"
done
expect "the histories hold" histories_hold
has "every node was at rest" "$NET/verdict" "verdict: 0 violations"
! grep -q "not decided" "$NET/verdict" || fail "the end was not judged"
# The same histories with an acknowledged step taken out.
for log in "$NET"/history/client-*.history; do
    [ -e "$log" ] && grep -q 'ok=1.*case=' "$log" && break
done
sed -i 's/case=[0-9a-f]*/case=00000000000000000000000000000001/' "$log"
"$JUKI" history check "$NET/history" > "$NET/verdict" && fail "a lost operation was not found"
has "a lost operation" "$NET/verdict" "H6 ${log##*/}"
echo "crash: $CHECKS checks, 0 failures"
