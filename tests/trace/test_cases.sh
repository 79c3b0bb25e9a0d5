#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `juki trace check` on the logs of move/ with one change each: test_cases.sh JUKI.  cases.tsv: the log, what sed
# does to it, the exit code, what must be said.  Then every step in turn left out, doubled, and behind the next; and
# what is not the change of one line.
JUKI=$1
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CHECKS=0
FAILURES=0

# check EXIT TEXT ARGUMENTS...: of juki trace; "" says nothing.
check() {
    local wanted=$1 text=$2 code
    shift 2
    "$JUKI" trace "$@" > "$WORK/out" 2>&1
    code=$?
    CHECKS=$((CHECKS + 1))
    if [ $code -ne "$wanted" ] || ! grep -qF -- "$text" "$WORK/out"; then
        echo "FAILED $CASE: exit $code, wanted $wanted and \"$text\"" >&2
        cat "$WORK/out" >&2
        FAILURES=$((FAILURES + 1))
    fi
    # Nothing of what has not the form of a line, and no resident's code.
    if grep -qE '電報|9876543210|(^|[^0-9a-f])[0-9]{11}($|[^0-9a-f])' "$WORK/out"; then
        echo "FAILED $CASE: it is told what stands there" >&2
        FAILURES=$((FAILURES + 1))
    fi
}

fresh() {
    rm -rf "$WORK/logs"
    cp -r "$HERE/move" "$WORK/logs"
}

while IFS=$'\t' read -r CASE log edit code says; do
    [ "$CASE" != case ] || continue
    fresh
    sed -i -e "$edit" "$WORK/logs/$log.log"
    if [ -n "$edit" ] && cmp -s "$WORK/logs/$log.log" "$HERE/move/$log.log"; then
        echo "FAILED $CASE: the change changes nothing" >&2
        FAILURES=$((FAILURES + 1))
    fi
    check "$code" "$says" check "$WORK"/logs/*.log
done < "$HERE/cases.tsv"
ROWS=$CHECKS

fresh
LOGS=$WORK/logs
for log in "$HERE"/move/*.log; do
    for line in $(grep -n ' n=' "$log" | cut -d: -f1); do
        swap="${line}{h;d};$((line + 1))G"
        sed -n "$((line + 1))p" "$log" | grep -q ' n=' || swap="${line}d" # the last one before a stop
        for edit in "${line}d" "${line}p" "$swap"; do
            CASE="$(basename "$log"): sed $edit"
            sed -e "$edit" "$log" > "$LOGS/$(basename "$log")"
            check 1 ": number: " check "$LOGS"/*.log
        done
    done
    cp "$log" "$LOGS"
done
CASE="nothing is wrong"
check 0 "trace: 45 steps of 19 instances on 10 nodes are edges of the model, 40 messages all in order" \
    check "$LOGS"/*.log
CASE="the end of a log is cut off"
head -c -30 "$HERE/move/prefecture-130001.log" > "$LOGS/prefecture-130001.log"
check 0 "1 logs end in the middle of a line" check "$LOGS"/*.log
fresh
CASE="cut off, but not the last file"
head -c -30 "$HERE/move/cs-141003.log" > "$WORK/cut"
check 1 "form: the line is cut off" check "$WORK/cut" "$LOGS"/cs-141003.log
CASE="every log alone"
for log in "$LOGS"/*.log; do
    if grep -q ' n=' "$log"; then
        check 0 "verdict: accepted" check "$log"
    else
        check 3 "verdict: incomplete" check "$log"
    fi
done
CASE="alone, and what comes from others is counted"
check 0 "5 messages came from nodes whose log is not given" check "$LOGS/cs-131016.log"
CASE="a log in two files"
head -n 10 "$LOGS/cs-141003.log" > "$WORK/one"
tail -n +11 "$LOGS/cs-141003.log" > "$WORK/two"
mv "$LOGS/cs-141003.log" "$WORK/whole"
check 0 "verdict: accepted" check "$WORK/one" "$WORK/two" "$LOGS"/*.log
CASE="the newer one first"
check 1 "cs:141003:0: number: step 1 comes after step 14" check "$WORK/two" "$WORK/one" "$LOGS"/*.log
CASE="only the newer one"
check 3 "messages were sent before their sender's log begins: incomplete" check "$WORK/two" "$LOGS"/*.log
CASE="the same log twice"
check 1 "cs:141003:0: number: step 1 comes after step 14" check "$WORK/whole" "$WORK/whole" "$LOGS"/*.log
CASE="an empty log"
: > "$WORK/empty"
check 3 "verdict: incomplete" check "$WORK/empty"
CASE="random bytes"
head -c 100000 "$JUKI" > "$WORK/program"
check 1 "form:" check "$WORK/program"
CASE="a line without an end"
head -c 1000000 /dev/zero | tr '\0' x > "$WORK/long"
echo >> "$WORK/long"
check 1 "form: no line is so long" check "$WORK/long"
CASE="not there"
check 4 "No such file" check "$WORK/nowhere"
CASE="a folder"
check 4 "" check "$WORK"
CASE="tables that are none"
check 4 "no tables of transitions" check --coverage "$WORK" "$WORK/whole"
CASE="usage"
check 2 "juki trace check" check
check 2 "juki trace check" look "$WORK/whole"
check 2 "juki trace check" check --sideways "$WORK/whole"
check 2 "juki trace check" check --coverage
check 0 "juki trace check" --help

CASE="transitions that were taken"
fresh
check 0 "movein_identity                    1      1   100%" check --coverage "$HERE/../../gen/tables" \
    "$LOGS"/*.log
CASE="JSON"
check 0 '"differences": 0' check --json "$LOGS"/*.log
sqlite3 :memory: "SELECT json_extract(readfile('$WORK/out'), '\$.verdict', '\$.steps')" > "$WORK/read"
grep -qF '["accepted",45]' "$WORK/read" || { echo "FAILED JSON: $(cat "$WORK/read")"; FAILURES=1; }

[ $ROWS -ge 60 ] && [ $CHECKS -ge 200 ] || { echo "FAILED: only $ROWS rows, $CHECKS checks" >&2; FAILURES=1; }
echo "trace: $CHECKS checks, $FAILURES failures"
[ $FAILURES -eq 0 ]
