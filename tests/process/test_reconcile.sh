#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Reconciliation on real databases: rows are changed by SQL behind the nodes' back, found, shown, repaired,
# and equal again, while people move in; what an operator may not do is refused.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
TO=141003
PLACES=("$FROM" "$TO")
RECONCILE="round_due_ms: 2000, check_due_ms: 1500"
movein_network $FROM $TO
up() {
    sees cs-$FROM prefecture:130001:0 && sees cs-$FROM national:000000:0 &&
        sees prefecture-130001 national:000000:0 && sees cs-$TO prefecture:140007:0 &&
        sees cs-$TO national:000000:0 && sees cs-$TO cs:$FROM:0 && sees cs-$TO cards:000000:0
}
expect "every link stands" until_true 10 up
NATIONAL=national-000000
PREFECTURE=prefecture-130001
NOBODY=00000000000000000000000000000001

# --- before the first round: nothing to see, nothing to decide ---
at cs-$FROM reconcile status || fail "status"
has "nothing yet" "$NET/out" "nothing was ever compared here"
refused E_NOT_FOUND cs-$FROM reconcile diff
refused E_NOT_FOUND cs-$FROM reconcile repair --all --approve sato
refused E_NOT_NOW cs-$FROM reconcile clear-alarm --approve sato
refused E_NOT_FOUND cs-$FROM reconcile status --municipality $FROM
refused E_MUNICIPALITY_CODE cs-$FROM reconcile status --municipality 123456
refused E_ROUTE registry-$FROM reconcile start
refused E_ROUTE $NATIONAL reconcile start
refused E_ROUTE $NATIONAL reconcile diff
at cs-$FROM reconcile history --json || fail "history"
has "no round" "$NET/out" '"rows":[]'

# usage WORD...: exit 2, and nothing is asked.
usage() {
    "$JUKI" reconcile "$@" --socket "$NET/cs-$FROM.sock" > "$NET/out" 2> "$NET/err"
    [ $? -eq 2 ] || fail "usage: $*"
    ok
}
usage dance
usage start --fast
usage start --timeout soon
usage repair --all
usage repair --approve sato
usage repair --all --resident 12345678901 --approve sato
usage history --limit 0
usage history --limit 201
usage clear-alarm
usage release --approve sato
for verb in start status diff repair history scrub clear-alarm release; do
    "$JUKI" reconcile $verb --help > "$NET/out" || fail "help of $verb"
    has "help of $verb" "$NET/out" "juki reconcile $verb --socket FILE"
done

# --- a first round: nothing differs ---
equal cs-$FROM
first=$ROUND
has "how many" "$NET/out" "differing 0"
equal cs-$TO
at cs-$FROM reconcile status || fail "status"
has "the municipality" "$NET/out" "$FROM IDLE"
at $NATIONAL reconcile status --json || fail "status of national"
[ "$(field 'len(o["rows"])')" = 2 ] || fail "national knows both"
[ "$(field '[r["has_key"] for r in o["rows"]]')" = "[True, True]" ] || fail "they have keys"
at $NATIONAL reconcile status --municipality $FROM --json || fail "status of one"
[ "$(field '[r["municipality"] for r in o["rows"]]')" = "['$FROM']" ] || fail "one of them"
ok
at cs-$FROM reconcile diff || fail "diff"
has "of that round" "$NET/out" "round $first of $FROM"
refused E_NOT_FOUND cs-$FROM reconcile diff --round $NOBODY
refused E_RANGE cs-$FROM reconcile diff --round xyz
refused E_NOT_FOUND cs-$FROM reconcile repair --resident 12345678901 --approve sato
refused E_RESIDENT_CODE cs-$FROM reconcile repair --resident 1234 --approve sato
refused E_NAME cs-$FROM reconcile repair --all --approve "Sato T"
refused E_NOT_NOW cs-$FROM reconcile release --resident 12345678901 --approve sato

# The calendar's first scrubs are over with these; the next come in a day.
for name in $PREFECTURE $NATIONAL cs-$FROM cs-$TO; do
    scrubs $name 0
done

# --- rows are changed behind the backs of prefecture and national ---
mapfile -t P < <(awk -F '\t' -v code=$FROM '
    NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
    $column["municipality_code"] == code { print $column["resident_code"] }' "$NET/people.tsv" | head -n 12)
SURPLUS=00000000009
behind $PREFECTURE "UPDATE episode SET person = CAST(replace(CAST(person AS TEXT), '都', '道') AS BLOB)
    WHERE resident = '${P[0]}'"
behind $PREFECTURE "UPDATE episode SET seq = seq + 7 WHERE resident = '${P[1]}'"
behind $PREFECTURE "DELETE FROM episode WHERE resident = '${P[2]}'"
behind $PREFECTURE "INSERT INTO episode SELECT '$SURPLUS', code, epoch, is_open, 0, reason_in, reason_out, person,
    seq, change_day FROM episode WHERE resident = '${P[3]}'"
behind $NATIONAL "UPDATE episode SET is_open = 0, is_current = 0, reason_out = 201 WHERE resident = '${P[4]}'"
behind $NATIONAL "UPDATE episode SET reason_in = 103 WHERE resident = '${P[0]}'"
# Two residents' codes are swapped.
behind $NATIONAL "UPDATE episode SET resident = '00000000001' WHERE resident = '${P[5]}'"
behind $NATIONAL "UPDATE episode SET resident = '${P[5]}' WHERE resident = '${P[6]}'"
behind $NATIONAL "UPDATE episode SET resident = '${P[6]}' WHERE resident = '00000000001'"

# What was kept beside the rows does not know: that is what scrubs are for.
equal cs-$FROM
scrubs $PREFECTURE 4
scrubs $NATIONAL 4
scrubs cs-$FROM 0
different cs-$FROM
found=$ROUND
sort > "$NET/wanted" << END
${P[0]} prefecture DIFF address
${P[1]} prefecture DIFF sequence
${P[2]} prefecture CS_ONLY *
$SURPLUS prefecture SERVER_ONLY *
${P[4]} national STATUS_DIFF state,reason_out
${P[0]} national DIFF reason_in
${P[5]} national DIFF *
${P[6]} national DIFF *
END
findings cs-$FROM > "$NET/found"
diff "$NET/wanted" "$NET/found" >&2 || fail "others are shown than were damaged"
ok
at cs-$FROM reconcile diff || fail "diff"
has "both languages" "$NET/out" "address 住所: "
has "old and new" "$NET/out" "reason_out 消除事由: 201 -> (empty)"
has "the class" "$NET/out" "STATUS_DIFF 住民区分相違"
grep -q '道' "$NET/out" || fail "the server's address is not shown"
ok
at cs-$FROM reconcile status || fail "status"
has "how many" "$NET/out" "differing 4"

# --- the JSON form: members do not come and go ---
SESSION="round municipality server marker result result_ja count_own count_peer findings asks bytes_sent
    bytes_received begun_ms ended_ms"
at cs-$FROM reconcile diff --json || fail "diff"
members_are diff 'o' v ok round municipality sessions rows
members_are "a session" 'o["sessions"][0]' $SESSION
members_are "a finding" 'o["rows"][0]' resident episode server class class_ja state record_known fields
members_are "a field" '[r for r in o["rows"] if r["fields"]][0]["fields"][0]' name name_ja server cs
at cs-$FROM reconcile status --json || fail "status"
members_are status 'o' v ok node role rows complete caches_rebuilt
members_are "a municipality" 'o["rows"][0]' municipality state has_key depth snapshot marker scrub answers_differ \
    sessions
members_are "a scrub" 'o["rows"][0]["scrub"]' under_way rows damaged ended_ms
at cs-$FROM reconcile history --limit 1 --json || fail "history"
members_are history 'o' v ok node rows complete
members_are "its session" 'o["rows"][0]' $SESSION repairs
[ "$(field '(len(o["rows"]), o["complete"])')" = "(1, False)" ] || fail "the limit"
at $PREFECTURE reconcile scrub --json || fail "scrub"
members_are scrub 'o' v ok rows
members_are "its row" 'o["rows"][0]' municipality rows damaged
at cs-$FROM reconcile start --json && fail "equal"
members_are start 'o' round open municipality state has_key depth snapshot marker scrub answers_differ sessions
at cs-$FROM reconcile start --json --no-wait || fail "no-wait"
members_are "start --no-wait" 'o' v ok round
round_is_over() {
    at cs-$FROM reconcile status && grep -q "^$FROM IDLE" "$NET/out"
}
expect "it ends" until_true 10 round_is_over
at cs-$FROM reconcile repair --resident 12345678901 --approve sato --json && fail "nobody"
members_are "a refusal" 'o' v ok status text number class retry text_ja hint_en hint_ja
at cs-$FROM reconcile repair --resident "$SURPLUS" --approve sato --json || fail "repair"
members_are repair 'o' v ok round approved already parked damaged outdated
at cs-$FROM reconcile history --json || fail "history"
members_are "a repair" '[r for s in o["rows"] for r in s["repairs"]][0]' resident episode approver approved_ms state \
    position

# --- repaired by a named person, one and then all ---
at cs-$FROM reconcile repair --resident "${P[0]}" --approve sato || fail "repair: $(cat "$NET/err")"
at cs-$FROM reconcile repair --all --approve suzuki.2 || fail "repair: $(cat "$NET/err")"
at cs-$FROM reconcile repair --all --approve sato || fail "again: $(cat "$NET/err")"
has "nothing is left" "$NET/out" "0 approved"
# Who differs at both servers is repaired by one entry.
[ "$(sql cs-$FROM "SELECT count(*) FROM update_log WHERE kind_name = 'REPAIR'")" = 7 ] ||
    fail "not one entry for each of seven residents"
ok
expect "no message waits" until_true 10 at_rest
equal cs-$FROM
refused E_NOT_NOW cs-$FROM reconcile repair --all --approve sato --round "$found"
at cs-$FROM reconcile history || fail "history"
has "who approved it" "$NET/out" "repair ${P[0]}/1 approved by sato"
has "who approved it" "$NET/out" "repair ${P[1]}/1 approved by suzuki.2"
grep -q "repair ${P[1]}/1 .*REPAIRED" "$NET/out" || fail "not known to be repaired: $(cat "$NET/out")"
ok
[ "$(sql $PREFECTURE "SELECT count(*) FROM episode WHERE resident = '$SURPLUS'")" = 0 ] ||
    fail "the surplus record is still there"
ok

# --- our own record is damaged: it is sent to nobody ---
behind cs-$FROM "UPDATE episode SET person = CAST(replace(CAST(person AS TEXT), '都', '道') AS BLOB)
    WHERE resident = '${P[7]}'"
scrubs cs-$FROM 1
different cs-$FROM
findings cs-$FROM > "$NET/found"
printf '%s\n' "${P[7]} cs DAMAGED -" "${P[7]} national DAMAGED address" \
    "${P[7]} prefecture DAMAGED address" > "$NET/wanted"
diff "$NET/wanted" "$NET/found" >&2 || fail "own damage"
refused E_CONFLICT cs-$FROM reconcile repair --resident "${P[7]}" --approve sato
at cs-$FROM reconcile repair --all --approve sato && fail "all, but that one"
has "why" "$NET/out" "our own record was found damaged"
[ "$(sql $NATIONAL "SELECT count(*) FROM episode WHERE instr(person, CAST('道' AS BLOB)) > 0 AND
    resident = '${P[7]}'")" = 0 ] || fail "the damage was sent"
behind cs-$FROM "UPDATE episode SET person = CAST(replace(CAST(person AS TEXT), '道', '都') AS BLOB)
    WHERE resident = '${P[7]}'"
scrubs cs-$FROM 1
refused E_NAME cs-$FROM reconcile release --resident "${P[7]}" --approve ""
at cs-$FROM reconcile release --resident "${P[7]}" --approve sato || fail "release: $(cat "$NET/err")"
equal cs-$FROM

# --- while people move: rounds at both ends, no false alarm, and a damage in between ---
mapfile -t MOVERS < <(movers $FROM | grep -vxF -f <(printf '%s\n' "${P[@]}") | head -n 6)
for resident in "${MOVERS[@]}"; do
    file "$resident"
    move "$resident"
    equal cs-$FROM
    equal cs-$TO
    reaches terminal-$TO "$TXN" "movein_terminal DONE"
done
equal cs-$FROM
equal cs-$TO
behind $NATIONAL "UPDATE episode SET change_day = change_day + 1 WHERE resident = '${MOVERS[0]}' AND code = '$FROM'"
scrubs $NATIONAL 1
different cs-$FROM
[ "$(findings cs-$FROM)" = "${MOVERS[0]} national DIFF change_day" ] || fail "a record that was closed"
at cs-$FROM reconcile status || fail "status"
has "a clerk's task" "$NET/out" "answered differently"
at cs-$FROM reconcile repair --all --approve sato || fail "repair"
equal cs-$FROM
settles "${MOVERS[0]}" $TO

# --- a server that is down: not reached, nobody is blamed, and the next round tells ---
kill_node $NATIONAL KILL
at cs-$FROM reconcile start && fail "equal without national"
has "who did not answer" "$NET/out" "national   UNREACHED"
has "who did" "$NET/out" "prefecture EQUAL"
refused E_NOT_NOW cs-$FROM reconcile release --resident "${P[0]}" --approve sato
start $NATIONAL
expect "every link stands" until_true 10 up
equal cs-$FROM

# --- one round at a time; an id at once with --no-wait ---
kill -STOP "${PID[$NATIONAL]}"
at cs-$FROM reconcile start --no-wait || fail "no-wait"
has "its id" "$NET/out" "round="
refused E_NOT_NOW cs-$FROM reconcile start
has "the state is named" "$NET/err" "WAIT_RESULTS"
kill -CONT "${PID[$NATIONAL]}"
ended() {
    at cs-$FROM reconcile status && grep -q "^$FROM IDLE" "$NET/out"
}
expect "it ends" until_true 10 ended
has "how" "$NET/out" "national   EQUAL"

# --- a CS whose log was put back, as by a restore that brought its links up again: an alarm, no repair ---
head=$(sql cs-$FROM "SELECT max(seq) FROM update_log")
kill_node cs-$FROM TERM
sqlite3 "$NET/cs-$FROM.db" ".backup $NET/ahead.db"
behind cs-$FROM "UPDATE applied SET seq = $((head - 3)) WHERE cs = '$FROM';
    DELETE FROM update_log WHERE seq > $((head - 3))"
start cs-$FROM
expect "every link stands" until_true 10 up
at cs-$FROM reconcile start && fail "equal, and behind"
has "what it is" "$NET/out" " ALARM 警報"
at cs-$FROM reconcile status || fail "status"
has "it stands" "$NET/out" "$FROM ALARM"
refused E_NOT_NOW cs-$FROM reconcile start
has "the state is named" "$NET/err" "ALARM"
# Its operators bring the log back to where it was.
kill_node cs-$FROM TERM
behind cs-$FROM "ATTACH '$NET/ahead.db' AS ahead; DELETE FROM update_log WHERE seq > $((head - 3));
    INSERT INTO update_log SELECT * FROM ahead.update_log WHERE seq > $((head - 3));
    UPDATE applied SET seq = $head WHERE cs = '$FROM'"
start cs-$FROM
expect "every link stands" until_true 10 up
refused E_NOT_NOW cs-$FROM reconcile start
usage clear-alarm
refused E_NAME cs-$FROM reconcile clear-alarm --approve "Who?"
at cs-$FROM reconcile clear-alarm --approve suzuki.2 || fail "clear-alarm: $(cat "$NET/err")"
refused E_NOT_NOW cs-$FROM reconcile clear-alarm --approve suzuki.2
compares cs-$FROM && fail "the servers were not told"
for name in $PREFECTURE $NATIONAL; do
    refused E_MISSING_FIELD $name reconcile clear-alarm --approve sato
    at $name reconcile status --municipality $FROM || fail "status"
    has "the server says so" "$NET/out" "$FROM ALARM"
    at $name reconcile clear-alarm --municipality $FROM --approve sato || fail "clear: $(cat "$NET/err")"
    refused E_NOT_NOW $name reconcile clear-alarm --municipality $FROM --approve sato
done
refused E_ROUTE registry-$FROM reconcile clear-alarm --approve sato
refused E_UNKNOWN_FIELD cs-$FROM reconcile clear-alarm --municipality $FROM --approve sato
at cs-$FROM reconcile clear-alarm --approve suzuki.2 || fail "clear-alarm: $(cat "$NET/err")"
at cs-$FROM reconcile status --json || fail "status"
[ "$(field 'o["rows"][0]["alarm_cleared_by"]')" = suzuki.2 ] || fail "who cleared it"
equal cs-$FROM

# --- the end: nothing was refused between nodes, nobody stands in a log ---
expect "no message waits" until_true 10 at_rest
for name in "${NAMES[@]}"; do
    at "$name" tx status || fail "status"
    has "$name refused nothing" "$NET/out" "dead_letters=0"
done
awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv" > "$NET/codes"
grep -F -f "$NET/codes" "$NET"/*.log && fail "a resident's code in a log"
echo "reconcile: $CHECKS checks, 0 failures"
