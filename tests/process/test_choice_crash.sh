#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Disputes, deaths and grants ended by two persons, while nodes are killed at random: whatever is decided
# and whenever, everything ends, everybody lives in one place at most, and judge and histories find nothing.
JUKI=$1
. "$(dirname "$0")/network.sh"

FROM=131016
TO=141003
MOVES=${MOVES:-5} # at least 4
KILLS=${KILLS:-6}
SEED=${SEED:-$RANDOM}
TIMERS="resend_ms: 100, notice_due_ms: 300, card_due_ms: 300, status_due_ms: 300"
echo "seed $SEED"
RANDOM=$SEED

HISTORIES=yes
movein_network $FROM $TO
ln -s people.tsv "$NET/population.tsv"
printf 'txn\tresident\torigin\tdestination\n' > "$NET/moves.tsv"
mapfile -t MOVERS < <(movers $FROM | head -n "$MOVES")

accident() {
    local name=${NAMES[RANDOM % ${#NAMES[@]}]}
    kill_node "$name" KILL
    [ $((RANDOM % 2)) -eq 0 ] && sleep "0.0$((RANDOM % 9))"
    start "$name"
}

# ask NODE VERB...: until the node answers; its exit status.
ask() {
    local node=$1 code=4 i
    shift
    for ((i = 0; i < 100 && code == 4; i++)); do
        "$JUKI" "$@" --socket "$NET/$node.sock" > "$NET/out" 2> "$NET/err"
        code=$?
        [ $code -ne 4 ] || sleep 0.05
    done
    return $code
}

# shows NODE ID TEXT
shows() {
    ask "$1" tx show "$2" && grep -qF -- "$3" "$NET/out"
}

# move RESIDENT: sets TXN.
move() {
    ask terminal-$TO terminal move-in --origin $FROM --resident "$1" --address "横浜市西区" \
        --moved-in 2026-04-01 || fail "move-in: $(cat "$NET/err")"
    TXN=$(sed -n 's/^txn=//p' "$NET/out")
    printf '%s\t%s\t%s\t%s\n' "$TXN" "$1" $FROM $TO >> "$NET/moves.tsv"
}

# The clerk of the destination takes what waits for a choice, at random; true: nothing did.
clerk() {
    local txn waiting=0
    ask registry-$TO tx waiting || return 1
    for txn in $(awk '/^movein_dest_registry WAIT_CHOICE/ { on = 1 }
        on && /^  txn / { print $2; on = 0 }' "$NET/out"); do
        waiting=1
        case $((RANDOM % 4)) in
        0) ask registry-$TO registry withdraw "$txn" ;;
        1) ask registry-$TO registry correct "$txn" --new-address "横浜市中区$RANDOM" ;;
        2) ask registry-$TO registry retry "$txn" ;;
        esac
    done
    [ $waiting -eq 0 ]
}

# Of five movers: three are disputed, one dies on the way, the grant of one is ended by two persons.  Some
# are removed on the planned day, some not yet.
CASES=()
for ((i = 0; i < MOVES; i++)); do
    P=${MOVERS[i]}
    ask registry-$FROM registry file-out --resident "$P" --planned 2026-04-0$((1 + i % 2)) ||
        fail "file-out: $(cat "$NET/err")"
    CASE=$(sed -n 's/^case=//p' "$NET/out")
    CASES+=("$CASE")
    expect "filed at the CS" until_true 10 shows cs-$FROM "$CASE" "movein_origin_cs OPEN"
    case $((i % 5)) in
    0 | 1 | 2)
        ask cs-$FROM tx dispute "$CASE" --member 0 --reason double || fail "dispute: $(cat "$NET/err")"
        move "$P"
        accident
        ;;
    3)
        move "$P"
        accident
        ask registry-$FROM registry death "$P" --day 2026-04-01 || fail "death: $(cat "$NET/err")"
        ;;
    4)
        kill_node registry-$TO KILL
        move "$P"
        expect "granted" until_true 10 shows cs-$FROM "$CASE" "movein_origin_cs GRANTED"
        ask cs-$FROM tx release "$CASE" --by sato --by suzuki || fail "release: $(cat "$NET/err")"
        start registry-$TO
        accident
        ;;
    esac
done
for ((i = 0; i < KILLS; i++)); do
    clerk
    accident
done

# The origin takes its statements back, and the clerk goes on until nothing waits.
for CASE in "${CASES[@]}"; do
    ask cs-$FROM tx dispute "$CASE" --member 0 --reason none ||
        has "only what is over cannot be disputed" "$NET/err" "E_NOT_NOW"
done
rest() {
    clerk && at_rest && clerk
}
expect "everything ends" until_true 40 rest
for name in "${NAMES[@]}"; do
    ask "$name" tx status || fail "status"
    has "$name refused no message" "$NET/out" "dead_letters=0"
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE"
done
"$JUKI" demo --check "$NET" > "$NET/out" 2>&1 || fail "the judge: $(cat "$NET/out")"
expect "the histories hold" histories_hold
has "every node was at rest" "$NET/verdict" "verdict: 0 violations"
# The dead, current again: the judge must see it.
sqlite3 "$NET/registry-$FROM.db" "UPDATE register SET status = 1 WHERE resident = '${MOVERS[3]}'"
"$JUKI" demo --check "$NET" > "$NET/out" 2>&1 && fail "the dead live"
has "the dead are seen" "$NET/out" "V3"
echo "choice_crash: $CHECKS checks, 0 failures"
