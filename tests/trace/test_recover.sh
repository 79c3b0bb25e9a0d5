#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No step without its line: test_recover.sh JUKI.  Lines that a kill kept from the log are written by the next start;
# what that cannot mend (a power cut, a log that was lost) is named; a log goes on in a new file.
JUKI=$1
. "$(dirname "$0")/../process/network.sh"
. "$(dirname "$0")/../process/desks.sh"
FROM=131016
R=registry-$FROM
make_root
add cs $FROM
add registry $FROM
make_directory
"$JUKI" population --seed 9 --municipality $FROM --residents 60 --out "$NET/people.tsv" || fail "population"
for name in "${NAMES[@]}"; do
    config "$name" "population: people.tsv"
    start "$name"
done
expect "the link stands" until_true 15 sees cs-$FROM registry:$FROM:0
mapfile -t MOVERS < <(movers $FROM)
PLANNED=2026-04-10

# files N: the next resident's moving-out, the N-th step of the registry.
files() {
    file "${MOVERS[$1]}"
    expect "step $1 is logged" until_true 8 logged $R " n=$1 "
}

# again WHAT: the registry is started on the log as it was made, and the log has all steps then.
again() {
    start $R
    kill_node $R KILL
    grep ' n=' "$NET/$R.log" > "$NET/steps"
    cmp -s "$NET/steps" "$NET/all" || fail "$1: not the steps that were: $(cut -c1-40 "$NET/steps")"
    expect "$1: accepted" "$JUKI" trace check "$NET/$R.log"
}

# upto WORDS: the log as the kill left it, up to the line with these words and without it.
upto() {
    sed "/$1/,\$d" "$NET/kept" > "$NET/$R.log"
}

files 1
files 2
kill_node $R KILL
cp "$NET/$R.log" "$NET/kept"
grep ' n=' "$NET/kept" > "$NET/all"
[ "$(wc -l < "$NET/all")" = 2 ] || fail "not two steps"
again "nothing is missing"
upto ' n=2 '
again "the last line is missing"
upto ' n=2 '
grep ' n=2 ' "$NET/kept" | head -c 100 >> "$NET/$R.log"
again "half of it is there"
upto ' n=2 '
grep ' n=2 ' "$NET/kept" | head -c -1 >> "$NET/$R.log"
again "only its end is missing"
# More than a block of other lines behind it, and half a one.
cp "$NET/kept" "$NET/$R.log"
for ((i = 0; i < 3000; i++)); do
    echo "t=1 node=registry:$FROM:0 event=tea peer=- status=OK"
done >> "$NET/$R.log"
printf 't=1 node' >> "$NET/$R.log"
again "much was told since"

# A power cut takes more than the last commit: told, not hidden.
upto ' n=1 '
start $R
kill_node $R KILL
grep -q ' n=2 ' "$NET/$R.log" || fail "the last step is not written behind a start"
"$JUKI" trace check "$NET/$R.log" > "$NET/out" && fail "accepted without step 1"
has "it is told" "$NET/out" "number: step 1 is missing before it"

# A log that was lost begins anew, after the steps that were; the older part is checked with it.
cp "$NET/kept" "$NET/$R.log"
mv "$NET/$R.log" "$NET/older"
start $R
grep -q ' n=' "$NET/$R.log" && fail "steps of another file were written again"
expect "it begins after them" logged $R "event=start peer=- status=OK log=1 net="
expect "with their number" logged $R " after=2"
files 3
expect "both parts are accepted" "$JUKI" trace check "$NET/older" "$NET/$R.log"

# A new file while the node runs; an instance of the older one is named by its row.
mv "$NET/$R.log" "$NET/middle"
kill -USR1 "${PID[$R]}"
expect "the new file begins" until_true 8 logged $R "event=log peer=- status=OK log=1 net="
at $R registry cancel-out --case "$CASE" || fail "cancel-out"
expect "the answer came" until_true 8 logged $R "in=CANCEL_OK"
expect "the row is named" logged $R " row="
expect "three parts are accepted" "$JUKI" trace check "$NET/older" "$NET/middle" "$NET/$R.log"
"$JUKI" trace check "$NET/$R.log" > "$NET/out" || fail "the last part alone: $(cat "$NET/out")"
has "by its row" "$NET/out" "1 instances begin with a row that their first line names"

# The kill itself: at the n-th write into the log, after the commit (strace sends SIGKILL).
command -v strace > /dev/null || fail "strace is needed: ./dev setup"
serves_or_ended() {
    grep -q '^ready' "$NET/$R.out" || ! kill -0 "${PID[$R]}" 2> /dev/null
}
MENDED=0
for ((i = 1; i <= 4; i++)); do
    kill_node $R TERM
    tracer=(strace -D -qq -f -o /dev/null -P "$NET/$R.log" -e trace=write -e "inject=write:signal=KILL:when=$i")
    : > "$NET/$R.out"
    "${tracer[@]}" "$JUKI" node --config "$NET/$R.yaml" > "$NET/$R.out" 2> "$NET/$R.err" &
    PID[$R]=$!
    until_true 5 serves_or_ended || fail "it neither serves nor ends"
    at $R registry file-out --resident "${MOVERS[$((10 + i))]}" --planned $PLANNED
    kill_node $R KILL
    BEFORE=$(grep -c ' n=' "$NET/$R.log")
    start $R
    MENDED=$((MENDED + $(grep -c ' n=' "$NET/$R.log") - BEFORE))
    expect "killed at write $i: accepted" "$JUKI" trace check "$NET/$R.log"
done
[ $MENDED -ge 1 ] || fail "no kill came between a commit and its line"
ok

# A store that an older program has left counts from 1: what was before is not known, and so it is told.
kill_node cs-$FROM TERM
sqlite3 "$NET/cs-$FROM.db" "DELETE FROM tx_data WHERE name = 'steplog'" || fail "steplog"
mv "$NET/cs-$FROM.log" "$NET/cs-older"
start cs-$FROM
expect "it counts on" logged cs-$FROM " after=1"
file "${MOVERS[5]}"
"$JUKI" trace check "$NET/cs-$FROM.log" > "$NET/out" || fail "the newer part: $(cat "$NET/out")"
ok
mv "$NET/cs-$FROM.log" "$NET/cs-newer"
kill_node cs-$FROM KILL
rm -f "$NET/cs-$FROM.log"

cat "$NET/middle" "$NET/$R.log" > "$NET/end"
cat "$NET/older" "$NET/end" > "$NET/$R.log"
echo "recover: $CHECKS checks, 0 failures"
