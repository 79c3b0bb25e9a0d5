#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The change feed in real processes: thousands of corrections wait, and a move-in does not wait for them
# (counted, not timed); every node is killed in between; at the end every server has every entry, in
# order, and the same records.  Then what a desk is refused.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"

FROM=131016
TO=141003
RESIDENTS=${RESIDENTS:-3000}
revive() { :; } # who dies here is started at once

movein_network $FROM $TO

# column NAME OF MUNICIPALITY: that column of its people, a line each.
column() {
    awk -F '\t' -v code="$2" -v name="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
        $column["municipality_code"] == code { print $column[name] }' "$NET/people.tsv"
}

sql() {
    sqlite3 -readonly -cmd '.timeout 5000' "$NET/$1.db" "$2"
}

# value NODE KEY: a number of `juki tx status`.
value() {
    "$JUKI" tx status --socket "$NET/$1.sock" | sed -n "s/^$2=//p"
}

head_of() { sql cs-$TO "SELECT ifnull(max(seq), 0) FROM update_log"; }
waits() { echo $(($(value registry-$TO bulk_waiting) + $(value cs-$TO bulk_waiting))); }

# list NAME POSTCODE: a correction of everybody in TO.
list() {
    { printf 'resident_code\tpostcode\n'
        column resident_code $TO | sed "s/\$/\t$2/"; } > "$NET/$1.tsv"
    LISTED=$(($(wc -l < "$NET/$1.tsv") - 1))
}

# --- a list, and a move-in while it waits ---
list first 2200001
[ "$LISTED" -ge 1000 ] || fail "a list of $LISTED only"
file "$(movers $FROM | head -n 1)"
at registry-$TO registry correct-all "$NET/first.tsv" --reason 302 --count "$LISTED" --by head ||
    fail "correct-all: $(cat "$NET/err")"
has "listed" "$NET/out" "listed=$LISTED"

# overtakes PASSED WAITED: less than half of what waited has passed.
overtakes() { [ "$1" -lt $(($2 / 2)) ]; }
overtakes 900 1000 && fail "the judge takes a move-in that waited for its turn"

some_passed() { [ "$(head_of)" -gt 0 ]; }
expect "the list is on its way" until_true 10 some_passed
WAITED=$(waits)
BEFORE=$(head_of)
move "$(movers $FROM | head -n 1)"
expect "moved in" until_true 20 settled
AFTER=$(head_of)
LEFT=$(waits)
[ "$WAITED" -ge 200 ] || fail "only $WAITED waited when the move-in began"
overtakes $((AFTER - BEFORE)) "$WAITED" ||
    fail "$((AFTER - BEFORE)) of $WAITED that waited passed a move-in"
ok
[ "$LEFT" -gt 0 ] || fail "nothing waits any more: nothing was overtaken"
ok
echo "a move-in: $((AFTER - BEFORE)) entries passed, $WAITED waited, $LEFT wait still"

# --- another, and every node dies once in it ---
all_taken() { [ "$(waits)" = 0 ]; }
expect "the first list is through" until_true 60 all_taken
list second 2200002
at registry-$TO registry correct-all "$NET/second.tsv" --reason 302 --count "$LISTED" --by head ||
    fail "correct-all: $(cat "$NET/err")"
for name in registry-$TO cs-$TO prefecture-140007 national-000000; do
    GOAL=$(($(head_of) + 100))
    passed_goal() { [ "$(head_of)" -ge "$GOAL" ] || all_taken; }
    expect "it goes on" until_true 20 passed_goal
    kill_node "$name" KILL
    start "$name"
done
expect "the second list is through" until_true 60 all_taken
expect "nothing is under way" until_true 30 at_rest
[ "$(value registry-$TO bulk_listed)" = "$LISTED" ] || fail "listed"
[ "$(value registry-$TO bulk_refused)" = 0 ] || fail "refused: $(value registry-$TO bulk_refused)"

# --- every server has every entry, and the record that it says ---
HEAD=$(head_of)
[ "$(sql cs-$TO "SELECT count(*) FROM update_log")" = "$HEAD" ] || fail "a gap in the log"
[ "$(sql cs-$TO "SELECT count(*) FROM update_log WHERE kind = 103")" -ge $((2 * LISTED)) ] ||
    fail "fewer entries than changes"
for name in prefecture-140007 national-000000; do
    [ "$(sql "$name" "SELECT seq FROM applied WHERE cs = '$TO'")" = "$HEAD" ] ||
        fail "$name is not at $HEAD"
    sql "$name" "SELECT hex(resident), epoch, is_open, reason_in, reason_out, seq, change_day,
        hex(person) FROM episode WHERE code = '$TO' ORDER BY 1, 2" > "$NET/$name.episodes"
    # In the order of the positions, each once: what the node took, by its own log.
    sed -n 's/.* in=UPDATE .* epoch=\([0-9]*\) .* status=OK .*/\1/p' "$NET/$name.log" > "$NET/positions"
    sort -n -u "$NET/positions" | cmp -s - "$NET/positions" || fail "$name: not in order, or twice"
    [ "$(wc -l < "$NET/positions")" -ge $((2 * LISTED)) ] || fail "$name took too few"
    ok
done
sql cs-$TO "SELECT hex(resident), epoch, is_open, reason_in, reason_out, seq, change_day,
    hex(person) FROM episode WHERE code = '$TO' ORDER BY 1, 2" > "$NET/cs.episodes"
[ "$(wc -l < "$NET/cs.episodes")" -gt 0 ] || fail "the CS keeps too few episodes"
for name in prefecture-140007 national-000000; do
    cmp -s "$NET/cs.episodes" "$NET/$name.episodes" || fail "$name has other records than the CS"
    ok
done
shown "1-5" "$HEAD entries in order at prefecture and national, through four kills"

# --- at the counter ---
WHO=$(column resident_code $TO | head -n 1)
at registry-$TO registry change "$WHO" --reason 301 --address "横浜市西区三丁目4番" ||
    fail "change: $(cat "$NET/err")"
followed() {
    [ "$(sql national-000000 "SELECT seq FROM applied WHERE cs = '$TO'")" = $((HEAD + 1)) ]
}
expect "national follows" until_true 10 followed

refused E_RANGE registry-$TO registry change "$WHO" --reason 201 --address "横浜市"
refused E_RANGE registry-$TO registry change "$WHO" --reason 308 --address "横浜市"
refused E_ENUM registry-$TO registry change "$WHO" --reason 399 --address "横浜市"
refused E_MISSING_FIELD registry-$TO registry change "$WHO" --reason 301
refused E_DATE_FUTURE registry-$TO registry change "$WHO" --reason 301 --day 2199-01-01 \
    --address "横浜市"
refused E_NOT_FOUND registry-$FROM registry change "$WHO" --reason 301 --address "千代田区"
list third 2200003
refused E_OVERSIZED registry-$TO registry correct-all "$NET/third.tsv" --reason 302
refused E_CONFLICT registry-$TO registry correct-all "$NET/third.tsv" --reason 302 \
    --count $((LISTED + 1)) --by head
expect "nothing of it waits" until_true 20 all_taken
refused E_FILE registry-$TO registry correct-all "$NET/none.tsv" --reason 302
printf 'resident_code\tshoe_size\n' > "$NET/bad.tsv"
refused E_UNKNOWN_FIELD registry-$TO registry correct-all "$NET/bad.tsv" --reason 302
printf 'resident_code\tpostcode\n%s\t22000\n' "$WHO" > "$NET/bad.tsv"
refused E_RANGE registry-$TO registry correct-all "$NET/bad.tsv" --reason 302
expect "nothing is under way" until_true 30 at_rest
[ "$(head_of)" = $((HEAD + 1)) ] || fail "something refused came into the log"
shown "1-3" "a change at the counter, and what is refused there"
echo "feed: $CHECKS checks"
