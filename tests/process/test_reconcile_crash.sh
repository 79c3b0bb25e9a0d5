#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rounds of reconciliation whose CS, prefecture or national dies by SIGKILL at its n-th commit (fdatasync)
# or its n-th write, n = 1, 2, ...: every round ends, finds exactly who was damaged and nobody else, and
# what was approved is repaired; people move in between.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
TO=141003
PLACES=("$FROM" "$TO")
POINTS=${POINTS:-2}
CALLS=${CALLS:-fdatasync}
command -v strace > /dev/null || fail "strace is needed: ./dev setup"

RECONCILE="round_due_ms: 4000, check_due_ms: 3000"
movein_network $FROM $TO
up() {
    sees cs-$FROM prefecture:130001:0 && sees cs-$FROM national:000000:0 &&
        sees prefecture-130001 national:000000:0
}
expect "every link stands" until_true 10 up
mapfile -t MOVERS < <(movers $FROM)
mapfile -t STAY < <(awk -F '\t' -v code=$FROM '
    NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
    $column["municipality_code"] == code { print $column["resident_code"] }' "$NET/people.tsv" |
    grep -vxF -f <(printf '%s\n' "${MOVERS[@]}"))

# The victim stands again; true when it had died.
revive() {
    kill -0 "${PID[$VICTIM]}" 2> /dev/null && return 1
    wait "${PID[$VICTIM]}" 2> /dev/null
    start "$VICTIM"
}

# traced PROCESS: strace has it, or had it and it is dead.
traced() {
    ! kill -0 "$1" 2> /dev/null || grep -q 'TracerPid:.*[1-9]' "/proc/$1/status" 2> /dev/null
}

# dies CALL N: the victim will, at that call of its.
dies() {
    strace -qq -o "$NET/strace.out" -p "${PID[$VICTIM]}" -e "trace=$1" \
        -e "inject=$1:signal=KILL:when=$2" 2> "$NET/strace.err" &
    TRACER=$!
    DOOMED=${PID[$VICTIM]}
    until_true 10 traced "$DOOMED" || fail "strace: $(cat "$NET/strace.err")"
}

lets_go() {
    kill "$TRACER" 2> /dev/null
    wait "$TRACER" 2> /dev/null
    revive
    [ "${PID[$VICTIM]}" = "$DOOMED" ] || KILLED=$((KILLED + 1))
}

# The CS's round is over.
over() {
    revive
    "$JUKI" reconcile status --socket "$NET/cs-$FROM.sock" > "$NET/out" 2> /dev/null &&
        grep -q "^$FROM IDLE" "$NET/out"
}

# A round is begun and ends, with both servers' answer; an answer that was lost may have begun it.
round() {
    local i
    for ((i = 0; i < 5; i++)); do
        "$JUKI" reconcile start --no-wait --socket "$NET/cs-$FROM.sock" > /dev/null 2>&1
        until_true 10 over || fail "$VICTIM $WHAT: a round does not end: $(cat "$NET/out")"
        grep -q UNREACHED "$NET/out" || return 0
    done
    fail "$VICTIM $WHAT: no round reaches both"
}

VICTIM=cs-$FROM
round
KILLED=0
NUMBER=0
for VICTIM in cs-$FROM prefecture-130001 national-000000; do
    for call in $CALLS; do
        for ((n = 1; n <= POINTS; n++)); do
            WHAT="at $call $n"
            # One is damaged, and one moves.
            who=${STAY[NUMBER % ${#STAY[@]}]}
            where=$([ $((NUMBER % 2)) -eq 0 ] && echo prefecture-130001 || echo national-000000)
            behind $where "UPDATE episode SET reason_in = 106 WHERE resident = '$who'"
            scrubs $where 1
            file "${MOVERS[NUMBER]}"
            move "${MOVERS[NUMBER]}"
            NUMBER=$((NUMBER + 1))
            # A round in which the victim dies.
            dies $call $n
            round
            lets_go
            until_true 10 over || fail "$VICTIM $WHAT: it does not end"
            # What a whole round shows.
            round
            [ "$(findings cs-$FROM)" = "$who ${where%-*} DIFF reason_in" ] ||
                fail "$VICTIM $WHAT: found $(findings cs-$FROM)"
            ok
            # A repair during which it dies.
            dies $call $n
            ask "$JUKI" reconcile repair --all --approve sato --socket "$NET/cs-$FROM.sock"
            round
            lets_go
            until_true 10 over || fail "$VICTIM $WHAT: it does not end"
            equal cs-$FROM
            reaches terminal-$TO "$TXN" "movein_terminal DONE"
        done
    done
done
expect "some died" [ "$KILLED" -ge "$((3 * POINTS))" ]
expect "no message waits" until_true 10 at_rest
for name in "${NAMES[@]}"; do
    at "$name" tx status || fail "status"
    has "$name refused nothing" "$NET/out" "dead_letters=0"
done
echo "reconcile_crash: $CHECKS checks, 0 failures, $KILLED killed"
