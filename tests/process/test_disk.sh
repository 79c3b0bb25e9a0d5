#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that fails while it is written: the node exits with 3 rather than guess; what was
# acknowledged is there after a restart, and nothing else but, at most, the step whose commit
# failed.  A limit on file sizes makes the failure.
JUKI=$1
. "$(dirname "$0")/network.sh"

make_root
add cs 141003
add terminal 141003
make_directory
config terminal-141003
config cs-141003
RESIDENT=$("$JUKI" population --seed 3 --municipality 131016 --residents 1 |
    awk -F '\t' 'NR == 2 { print $1 }')
T=terminal-141003

move_in() {
    "$JUKI" terminal move-in --socket "$NET/$T.sock" --origin 131016 --resident "$RESIDENT" \
        --address "横浜市西区" --moved-in 2026-04-01 > "$NET/txn" 2> "$NET/why"
}

start $T
move_in || fail "the first"
kill_node $T TERM
trap '' XFSZ
ulimit -S -f 256
start $T
DONE=()
for i in $(seq 200); do
    move_in || break
    DONE+=("$(sed -n 's/^txn=//p' "$NET/txn")")
done
has "refused with the reason" "$NET/why" "E_IO"
[ ${#DONE[@]} -gt 0 ] || fail "none was stored before the disk failed"
wait "${PID[$T]}"
CODE=$?
unset "PID[$T]"
[ "$CODE" -eq 3 ] || fail "exit $CODE after an I/O error"
ok
has "alarm" "$NET/$T.log" "event=alarm peer=- status=E_IO"
grep -q "event=stop" <(tail -n 1 "$NET/$T.log") && fail "it was not told to stop"

ulimit -S -f unlimited
start $T
for txn in "${DONE[@]}"; do
    "$JUKI" tx show "$txn" --socket "$NET/$T.sock" > "$NET/show" || fail "$txn was acknowledged"
done
ok
move_in || fail "it goes on"
ROWS=$(sqlite3 "$NET/$T.db" "SELECT count(*) FROM machine WHERE machine_name = 'movein_terminal'")
EXTRA=$((ROWS - ${#DONE[@]} - 2))
[ $EXTRA -eq 0 ] || [ $EXTRA -eq 1 ] || fail "$EXTRA rows that nobody acknowledged"
ok
start cs-141003
expect "the CS gets what waited" until_true 5 logged cs-141003 "role=movein_dest_cs in=VERIFY_REQUEST"
kill_node $T TERM
kill_node cs-141003 TERM
echo "disk: $CHECKS checks, 0 failures"
