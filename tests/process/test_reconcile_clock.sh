#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What nobody commands: rounds begin by the calendar, over restarts; every row is read within the period
# of scrubs, and what is damaged is found and shown by nobody's doing.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
RESIDENTS=300 # more than one slice
RECONCILE="round_due_ms: 4000, check_due_ms: 3000, scrub_ms: 1500"
make_root
add cs $FROM
add prefecture 130001
add national 000000
make_directory
"$JUKI" population --seed 9 --municipality $FROM --residents $RESIDENTS --out "$NET/people.tsv" ||
    fail "population"
for name in "${NAMES[@]}"; do
    config "$name" "population: people.tsv"
    start "$name"
done
up() {
    sees cs-$FROM prefecture:130001:0 && sees cs-$FROM national:000000:0 &&
        sees prefecture-130001 national:000000:0
}
expect "every link stands" until_true 10 up

# rounds: how many sessions there were.
rounds() {
    sql cs-$FROM "SELECT count(*) FROM round WHERE ended_ms > 0"
}

# calendar PERIOD: the CS starts again, with rounds so often.
calendar() {
    kill_node cs-$FROM "${2:-TERM}"
    RECONCILE="$RECONCILE, every_ms: $1" config cs-$FROM "population: people.tsv"
    start cs-$FROM
    expect "every link stands" until_true 10 up
}

has_rounds() {
    [ "$(rounds)" -ge "$1" ]
}

# --- without a period, none; with one, the first at once and then again and again ---
[ "$(rounds)" = 0 ] || fail "a round that nobody asked for"
calendar 500
expect "three rounds" until_true 20 has_rounds 6
at cs-$FROM reconcile history --json || fail "history"
[ "$(field 'set(r["result"] for r in o["rows"] if r["ended_ms"]) <= {"EQUAL", "UNREACHED"}')" = True ] ||
    fail "they differ"
ok

# --- scrubs end by themselves at all three, whoever is damaged is found by nobody's doing ---
scrubbed() {
    at "$1" reconcile status --json && [ "$(field 'o["rows"][0]["scrub"]["rows"]')" = $RESIDENTS ]
}
for name in "${NAMES[@]}"; do
    expect "$name has read all its rows" until_true 20 scrubbed "$name"
done
P=$(sql cs-$FROM "SELECT resident FROM episode ORDER BY resident LIMIT 1 OFFSET 270")
behind national-000000 "UPDATE episode SET seq = 9 WHERE resident = '$P'"
shown() {
    [ "$(findings cs-$FROM)" = "$P national DIFF sequence" ]
}
expect "found and shown" until_true 20 shown
expect "alarmed" logged national-000000 'rows are damaged'
grep -qF "$P" "$NET"/*.log && fail "a resident's code in a log"
repaired() {
    "$JUKI" reconcile repair --all --approve sato --socket "$NET/cs-$FROM.sock" > /dev/null 2>&1
    at cs-$FROM reconcile history && grep -q "repair $P/1 .*REPAIRED" "$NET/out"
}
expect "repaired and equal" until_true 20 repaired

# --- a restart goes on with the calendar: not before its time, and at once when it is past ---
calendar 3600000 KILL
idle() {
    at cs-$FROM reconcile status && grep -q "^$FROM IDLE" "$NET/out"
}
expect "what was open ends" until_true 10 idle
before=$(rounds)
sleep 1.2 # one look of the calendar
[ "$(rounds)" = "$before" ] || fail "a round before its time"
ok
kill_node cs-$FROM TERM
behind cs-$FROM "UPDATE round SET begun_ms = begun_ms - 3600000, ended_ms = ended_ms - 3600000"
start cs-$FROM
expect "the round that was missed" until_true 10 has_rounds $((before + 2))

# --- bad values ---
for bad in "every_ms: 604800001" "scrub_ms: 0" "round_due_ms: x" "each_ms: 5"; do
    kill_node cs-$FROM TERM
    RECONCILE=$bad config cs-$FROM "population: people.tsv"
    refuses cs-$FROM
    has "which key" "$NET/cs-$FROM.err" "reconcile.${bad%%:*}"
    RECONCILE="scrub_ms: 1500" config cs-$FROM "population: people.tsv"
    start cs-$FROM
done
kill_node national-000000 TERM
RECONCILE="every_ms: 5" config national-000000 "population: people.tsv"
refuses national-000000
has "who begins" "$NET/national-000000.err" "only a cs begins rounds"
echo "reconcile_clock: $CHECKS checks, 0 failures"
