#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Histories of nodes that die at a system call of their own choice: SIGKILL at the n-th write or the
# n-th fdatasync, n = 1, 2, ..., so that commits without their lines come about.  The checker must
# find nothing, and must find what is changed behind a stopped node's back.
JUKI=$1
. "$(dirname "$0")/network.sh"

FROM=131016
TO=141003
POINTS=${POINTS:-6} # system calls of each kind
command -v strace > /dev/null || fail "strace is needed: ./dev setup"

RESIDENTS=100
HISTORIES=yes
movein_network $FROM $TO
mapfile -t MOVERS < <(movers $FROM)

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

KILLED=0
MOVE=0
for VICTIM in registry-$TO cs-$FROM; do
    for call in write fdatasync; do
        for ((n = 1; n <= POINTS; n++)); do
            strace -qq -o "$NET/strace.out" -p "${PID[$VICTIM]}" -e "trace=$call" \
                -e "inject=$call:signal=KILL:when=$n" 2> "$NET/strace.err" &
            tracer=$!
            victim=${PID[$VICTIM]}
            until_true 10 traced "$victim" || fail "strace: $(cat "$NET/strace.err")"
            who=${MOVERS[MOVE++]}
            ask "$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "$who" \
                --planned 2026-04-01
            ask "$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM \
                --resident "$who" --address "横浜市西区" --moved-in 2026-04-01
            TXN=$(sed -n 's/^txn=//p' "$NET/said")
            until_true 30 settled || fail "txn $TXN does not end"
            revive
            kill "$tracer" 2> /dev/null
            wait "$tracer" 2> /dev/null
            revive
            [ "${PID[$VICTIM]}" = "$victim" ] || KILLED=$((KILLED + 1))
        done
    done
done
expect "some died" [ "$KILLED" -ge "$POINTS" ]

expect "no message is left" until_true 20 at_rest
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
done
expect "the histories hold" histories_hold
has "the dead are counted" "$NET/verdict" "($KILLED killed)"
! grep -q "not decided" "$NET/verdict" || fail "the end was not judged"
cat "$NET/verdict"

# Behind the back of a node that was stopped.
sqlite3 "$NET/registry-$FROM.db" "UPDATE register SET status = 1 WHERE resident = '${MOVERS[0]}'"
start registry-$FROM
kill_node registry-$FROM TERM
"$JUKI" history check "$NET/history" > "$NET/verdict" && fail "a change behind its back"
has "found" "$NET/verdict" "H12 registry-$FROM.history"
has "what it means" "$NET/verdict" "H2 registry-$FROM.history"
# A history that cannot be written stops nobody; that lines are missing is seen later.
own=$NET/history/terminal-$FROM.history
mv "$own" "$NET/kept"
ln -s /dev/full "$own"
start terminal-$FROM
expect "it serves" "$JUKI" tx status --socket "$NET/terminal-$FROM.sock" > /dev/null
kill_node terminal-$FROM TERM
[ "$CODE" -eq 0 ] || fail "exit $CODE without a history"
rm "$own"
sed '$d' "$NET/kept" > "$own"
echo "n=99 ev=stop t=99999999999999999 ." >> "$own"
"$JUKI" history check "$NET/history" > "$NET/verdict" 2>&1
[ $? -eq 4 ] || fail "missing lines were judged"
has "where" "$NET/verdict" "terminal-$FROM.history:"
echo "history: $CHECKS checks, 0 failures"
