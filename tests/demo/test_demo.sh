#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo as a user runs it: thirteen processes, an accident, sabotages, signals.
#   test_demo.sh JUKI run|sabotage|signals
set -uo pipefail
juki=$1
part=$2
work=$(mktemp -d)
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect WANTED WHAT COMMAND...: the exit code; output in $work/out and $work/err
expect() {
  local wanted=$1 what=$2 code=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  if [ "$code" != "$wanted" ]; then
    fail "$what: exit code $code, wanted $wanted"
    tail -n 20 "$work/out" "$work/err" >&2
  fi
}

# A member of the JSON object in $work/out.
field() {
  sqlite3 :memory: "SELECT json_extract(readfile('$work/out'), '\$.$1')"
}

equals() {
  local found
  found=$(field "$1")
  [ "$found" = "$2" ] || fail "$1 is $found, wanted $2"
}

# Processes that run in a folder of this test.
left_over() {
  local process
  for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd" 2>/dev/null || true) in
    "$work"/*) echo "${process#/proc/}" ;;
    esac
  done
}

nothing_left() {
  local i
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -z "$(left_over)" ] && return
    sleep 0.2
  done
  fail "$1: processes are left: $(left_over | tr '\n' ' ')"
}

run() {
  expect 0 "a run" "$juki" demo --moves 16 --seed 5 --json --keep "$work/kept"
  equals violations 0
  equals histories.violations 0
  equals histories.processes 15
  equals trace.differences 0
  equals trace.nodes 13
  equals histories.killed 1
  [ "$(field histories.operations)" -ge 30 ] || fail "too few operations in the histories"
  equals moves 16
  equals processes 13
  equals restarts 1
  equals not_accounted 0
  equals reconciled.runs_equal 1
  equals reconciled.damaged 24
  equals reconciled.shown 24
  equals reconciled.repaired 24
  equals 'refused.NO_FILING' 1
  equals 'refused.TOO_LATE' 1
  equals 'refused.GRANTED_ELSEWHERE' 1
  [ "$(field residents)" -ge 3000 ] || fail "too few residents"
  local sum
  sum=$(sqlite3 :memory: "SELECT json_extract(x, '\$.done') + json_extract(x, '\$.cancelled') +
    json_extract(x, '\$.parked') + (SELECT sum(value) FROM json_each(x, '\$.refused'))
    FROM (SELECT readfile('$work/out') AS x)")
  [ "$sum" = 16 ] || fail "outcomes add up to $sum"
  nothing_left "a run"

  expect 0 "judged again" "$juki" demo --check "$work/kept" --json
  equals violations 0
  equals databases 13
  equals histories.violations 0
  equals trace.differences 0
  [ "$(field trace.steps)" -ge 300 ] || fail "too few steps in the logs"
  cp "$work/kept/cs-131016.log" "$work/log"
  sed -i '0,/->GRANTED/s//->CLOSING/' "$work/kept/cs-131016.log"
  expect 1 "a log that was changed" "$juki" demo --check "$work/kept"
  grep -q 'cs-131016.log:[0-9]*: cs:131016:0 movein_origin_cs: to: the model goes to GRANTED' "$work/out" ||
    fail "the changed line is not told"
  grep -q '^trace: 1 difference from the model$' "$work/out" || fail "no verdict on the logs"
  cp "$work/log" "$work/kept/cs-131016.log"
  expect 0 "the histories alone" "$juki" history check "$work/kept" --json
  equals violations 0
  equals files 14
  equals at_rest 1
  equals clients.unknown "$(($(field clients.asked) - $(field clients.ok) - $(field clients.refused)))"
  ! grep -rqE '(^|[^0-9a-f])[0-9]{11}($|[^0-9a-f])' "$work/kept/history" ||
    fail "a resident's code in a history"
  # What a run left is judged by what it says, not by what it said at first.
  sqlite3 "$work/kept/national-000000.db" "DELETE FROM episode WHERE rowid = 7"
  expect 1 "a damage found" "$juki" demo --check "$work/kept"
  grep -q '^V3 ' "$work/out" || fail "the damage is not under V3"
  grep -q '^V13 ' "$work/out" || fail "the damage is not under V13"
  grep -q '^verdict: 2 violations;' "$work/out" || fail "no verdict in the last line"

  # A line that nobody may take out.
  sed -i '/in=DONE/d' "$work/kept/history/terminal-131016.history"
  expect 4 "missing lines" "$juki" history check "$work/kept"
  grep -q 'terminal-131016.history:[0-9]*: lines are missing' "$work/err" || fail "not told where"
  expect 1 "and so the run" "$juki" demo --check "$work/kept"
  expect 4 "no histories" "$juki" history check "$TMPDIR"
  expect 2 "no folder" "$juki" history check
  expect 2 "another word" "$juki" history look "$work/kept"
  expect 0 "history's help" "$juki" history --help

  expect 0 "one move, nobody killed" "$juki" demo --moves 1 --kill none
  tail -n 1 "$work/out" | grep -q '^verdict: 0 violations; 1 moves' || fail "last line"
  grep -q '^6-① START  *●' "$work/out" || fail "no chart of a round"
  grep -q '^6-③ COMPARED ' "$work/out" || fail "no result in the chart of a round"
  grep -q '3-⑤ NOTICE' "$work/out" || grep -q 'done' "$work/out" || fail "no outcome"
  [ -z "$(ls "$TMPDIR")" ] || fail "a run left its folder"

  expect 2 "an unknown option" "$juki" demo --sideways
  expect 2 "no number" "$juki" demo --moves some
  expect 2 "too many" "$juki" demo --moves 100000
  expect 2 "an unknown sabotage" "$juki" demo --sabotage coffee
  expect 2 "a superfluous word" "$juki" demo now
  expect 2 "keep of many" "$juki" demo --repeat 2 --keep "$work/twice"
  expect 1 "a folder that exists" "$juki" demo --keep "$work/kept"
  expect 1 "a folder without databases" "$juki" demo --check "$TMPDIR"
  expect 0 "help" "$juki" demo --help
}

sabotage() {
  local how
  for how in two-registers drop-notice lose-entry; do
    expect 1 "$how" "$juki" demo --moves 8 --sabotage "$how" --kill none --json
    [ "$(field violations)" -gt 0 ] || fail "$how was not found"
    [ "$(field histories.violations)" -gt 0 ] || fail "$how was not found in the histories"
    case $how in
    two-registers) [ "$(field histories.rules.H2)" -gt 0 ] || fail "$how: not under H2" ;;
    drop-notice) [ "$(field histories.rules.H7)" -gt 0 ] || fail "$how: not under H7" ;;
    lose-entry) [ "$(field histories.rules.H9)" -gt 0 ] || fail "$how: not under H9" ;;
    esac
    case $how in
    two-registers) [ "$(field rules.V1)" -gt 0 ] || fail "$how: not under V1" ;;
    drop-notice) [ "$(field rules.V6)" -gt 0 ] || fail "$how: not under V6" ;;
    lose-entry) [ "$(field rules.V3)" -gt 0 ] || fail "$how: not under V3" ;;
    esac
    nothing_left "$how"
  done
}

# Starts a demo and waits until its nodes run; its process id in $driver.
start() {
  local i
  "$juki" demo --moves 500 >"$work/out" 2>"$work/err" &
  driver=$!
  for i in $(seq 100); do
    [ "$(left_over | wc -l)" -ge 13 ] && return
    sleep 0.1
  done
  fail "the nodes did not start"
}

signals() {
  local code=0
  start
  kill -INT "$driver"
  wait "$driver" || code=$?
  [ "$code" = 1 ] || fail "interrupted: exit code $code"
  nothing_left "interrupted"
  [ -z "$(ls "$TMPDIR")" ] || fail "interrupted: a folder is left"
  start
  kill -KILL "$driver"
  wait "$driver" 2>/dev/null
  nothing_left "the driver was killed"
}

"$part"
[ "$failures" = 0 ] && echo "ok: $part"
[ "$failures" = 0 ]
