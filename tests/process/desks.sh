# SPDX-License-Identifier: Apache-2.0
# What people do at the desks of a network, and what they see: filing, moving in, entering; transactions,
# registers.  Sourced by bash after network.sh.  FROM and TO are the municipalities of the next move, PLACES
# all that have a registry here, CASE and TXN what was begun last.
PLACES=()

# for_judge: begins what `juki demo --check` reads beside the databases.
for_judge() {
    ln -s people.tsv "$NET/population.tsv"
    printf 'txn\tresident\torigin\tdestination\n' > "$NET/moves.tsv"
}

# at NODE VERB...: `juki VERB... --socket` of that node.
at() {
    local node=$1
    shift
    "$JUKI" "$@" --socket "$NET/$node.sock" > "$NET/out" 2> "$NET/err"
}

# refused STATUS NODE VERB...: nothing but that refusal, and nobody's resident code in it.
refused() {
    local status=$1
    shift
    at "$@" && fail "taken: $*"
    has "$*" "$NET/err" "refused: $status"
    grep -qE '(^|[^0-9])[0-9]{11}($|[^0-9])' "$NET/err" && fail "a resident's code: $(cat "$NET/err")"
}

# members WORD...: sets MEMBERS: residents' codes become --resident CODE, other words stay.
members() {
    local word
    MEMBERS=()
    for word in "$@"; do
        [[ $word =~ ^[0-9]{11}$ ]] && MEMBERS+=(--resident)
        MEMBERS+=("$word")
    done
}

# file RESIDENT... [OPTION...]: sets CASE; PLANNED is the planned day.
PLANNED=2026-04-01
file() {
    members "$@"
    at registry-$FROM registry file-out "${MEMBERS[@]}" --planned $PLANNED ||
        fail "file-out: $(cat "$NET/err")"
    CASE=$(sed -n 's/^case=//p' "$NET/out")
    expect "filed at the CS" until_true 5 shows cs-$FROM "$CASE" "movein_origin_cs OPEN"
}

# move RESIDENT... [OPTION...]: to TO; sets TXN.
move() {
    local word
    members "$@"
    at terminal-$TO terminal move-in --origin $FROM "${MEMBERS[@]}" --address "横浜市西区一丁目2番" \
        --moved-in 2026-04-01 || fail "move-in: $(cat "$NET/err")"
    TXN=$(sed -n 's/^txn=//p' "$NET/out")
    for word in "$@"; do
        if [[ $word =~ ^[0-9]{11}$ ]]; then
            printf '%s\t%s\t%s\t%s\n' "$TXN" "$word" $FROM $TO >> "$NET/moves.tsv"
        fi
    done
}

# shows NODE ID TEXT: `juki tx show` says so.
shows() {
    at "$1" tx show "$2" && grep -qF -- "$3" "$NET/out"
}

# reaches NODE ID TEXT
reaches() {
    until_true 8 shows "$@" || fail "$1 of $2 is not \"$3\": $(cat "$NET/out")"
    ok
}

at_clerk() {
    reaches registry-$TO "$TXN" "movein_dest_registry WAIT_CLERK"
}

enter() {
    at_clerk
    at registry-$TO registry enter --txn "$TXN" || fail "enter: $(cat "$NET/err")"
}

# disputed REASON: both sides of the destination wait for the clerk, who is told why.
disputed() {
    reaches cs-$TO "$TXN" "movein_dest_cs PARKED_DISPUTED"
    reaches registry-$TO "$TXN" "movein_dest_registry WAIT_CHOICE"
    has "why" "$NET/out" "waits for the clerk's choice: $1"
    has "a choice" "$NET/out" "choice: juki registry retry"
    has "a choice" "$NET/out" "choice: juki registry correct"
    has "a choice" "$NET/out" "choice: juki registry withdraw"
    at registry-$TO tx waiting || fail "waiting"
    has "it is listed" "$NET/out" "$TXN"
}

# sql NODE QUERY
sql() {
    sqlite3 -readonly "$NET/$1.db" "$2"
}

# lives RESIDENT CODE: the one register of PLACES that has him as current, and what national shows;
# "" nobody.
lives() {
    local code found=""
    for code in "${PLACES[@]}"; do
        [ "$(sql registry-$code "SELECT status FROM register WHERE resident = '$1'")" != 1 ] ||
            found=$found$code
        [ "$(sql cs-$code "SELECT status FROM register WHERE resident = '$1'")" = \
            "$(sql registry-$code "SELECT status FROM register WHERE resident = '$1'")" ] || return 1
    done
    [ "$found" = "$2" ] &&
        [ "$(sql national-000000 "SELECT code FROM episode
            WHERE resident = '$1' AND is_current = 1")" = "$2" ]
}

# settles RESIDENT CODE
settles() {
    until_true 8 lives "$1" "$2" || fail "a resident is not where he must be ($2)"
    ok
}

# reason NODE RESIDENT: the change reason of his record there.
reason() {
    sql "$1" "SELECT reason FROM register WHERE resident = '$2'"
}

