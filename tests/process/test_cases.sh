#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The cases of the law (spec/movein/cases.tsv) across three municipalities of real nodes: a section each, that
# ends with a line `ok C<n>: ...`.  C1, C9, C15 and C20 are in test_movein.sh and test_choice.sh.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
TOWN=141003
OTHER=131024
TO=$TOWN
PLACES=("$FROM" "$TOWN" "$OTHER")
TIMERS="resend_ms: 200, cert_due_ms: 3000, notice_due_ms: 500"
CLERK=manual
RESIDENTS=400

keep_histories
movein_network "${PLACES[@]}"
for_judge
up() {
    local name
    for name in cs:$FROM:0 national:000000:0 prefecture:140007:0 cards:000000:0 registry:$TO:0 \
        terminal:$TO:0; do
        sees cs-$TO $name || return 1
    done
    for name in cs:$FROM:0 national:000000:0 prefecture:130001:0 cards:000000:0 registry:$OTHER:0 \
        terminal:$OTHER:0; do
        sees cs-$OTHER $name || return 1
    done
    sees cs-$FROM registry:$FROM:0 && sees cs-$FROM prefecture:130001:0
}
expect "every link stands" until_true 15 up

mapfile -t MOVERS < <(movers $FROM)
[ ${#MOVERS[@]} -ge 20 ] || fail "too few people"
next() { # sets P: somebody who has not moved yet
    P=${MOVERS[0]}
    MOVERS=("${MOVERS[@]:1}")
}

# told WHAT: the terminal of TO ends refused, for that reason.
told() {
    reaches terminal-$TO "$TXN" "movein_terminal REFUSED"
    has "why" "$NET/out" "$1"
}

done_at() {
    reaches terminal-$TO "$TXN" "movein_terminal DONE"
    settles "$P" $TO
}

# steps NODE TEXT...: how many steps with all these texts are in its log.
steps() {
    local name=$1 text
    shift
    cp "$NET/$name.log" "$NET/lines"
    for text in "$@"; do
        grep -F -- "$text" "$NET/lines" > "$NET/fewer"
        mv "$NET/fewer" "$NET/lines"
    done
    wc -l < "$NET/lines"
}

# answers_notice ANSWER: the origin took exactly one notice of TXN, with that answer.
answers_notice() {
    [ "$(steps cs-$FROM in=NOTICE "txn=$TXN")" = 1 ] || fail "not one notice"
    [ "$(steps cs-$FROM in=NOTICE "txn=$TXN" "notice_check=$1")" = 1 ] ||
        fail "not $1: $(grep -F in=NOTICE "$NET/cs-$FROM.log" | grep -F "$TXN")"
    ok
}

# logs_once RESIDENT: one ENTRY of him in the update log of TO, one REMOVAL in that of FROM.
logs_once() {
    [ "$(sql cs-$TO "SELECT group_concat(kind_name) FROM update_log WHERE resident = '$1'")" = ENTRY ] &&
        [ "$(sql cs-$FROM "SELECT group_concat(kind_name) FROM update_log WHERE resident = '$1'")" = \
            REMOVAL ]
}

# waits NODE KINDS: messages of TXN of these kinds wait there, in this order, one after the other.
waits() {
    [[ " $(sql "$1" "SELECT group_concat(kind_name, ' ') FROM
        (SELECT kind_name FROM outbox WHERE txn = x'$TXN' ORDER BY row_id)") " == *" $2 "* ]]
}

# --- C14 begins: the origin's CS is away; its deadline runs while the cards are looked at ---
next
AWAY=$P
PLANNED=2026-04-10 file "$AWAY"
AWAY_CASE=$CASE
kill_node cs-$FROM KILL
move "$AWAY"
AWAY_TXN=$TXN
reaches cs-$TO "$TXN" "movein_dest_cs WAIT_CERT"
waits cs-$TO CERT_REQUEST || fail "no request waits"

# --- C6: cards that cannot be used; the origin is not asked, so it may as well be away ---
for state in suspended abolished; do
    P=$(movers $FROM $state | head -n 1)
    [ -n "$P" ] || fail "nobody's card is $state"
    move "$P"
    reaches terminal-$TO "$TXN" "movein_terminal REFUSED_CARD"
    has "why" "$NET/out" "CARD_INVALID"
done
next
move "$P" --card-unusable
reaches terminal-$TO "$TXN" "movein_terminal REFUSED_CARD"
move "$P" --pin-not-verified
reaches terminal-$TO "$TXN" "movein_terminal REFUSED_IDENTITY"
has "why" "$NET/out" "PIN_LOCKED"
LOCKED=$P

# --- C14 goes on: told after the deadline, the RELEASE waits behind the request ---
TXN=$AWAY_TXN
told UNREACHABLE
waits cs-$TO "CERT_REQUEST RELEASE" || fail "no RELEASE waits"
[ "$(sql registry-$TO "SELECT count(*) FROM register WHERE resident = '$AWAY'")" = 0 ] ||
    fail "registered without a certificate"
start cs-$FROM
expect "it is granted" until_true 8 logged cs-$FROM "in=CERT_REQUEST OPEN->GRANTED"
expect "and given back" until_true 8 logged cs-$FROM "in=RELEASE GRANTED->OPEN"
expect "nothing waits" until_true 8 at_rest
reaches cs-$FROM "$AWAY_CASE" "movein_origin_cs OPEN"
P=$AWAY
settles "$P" $FROM
move "$P"
enter
done_at
shown C14 "origin unreachable: told in time, nobody registered, the grant given back; again, and done"

P=$LOCKED
file "$P"
move "$P"
enter
done_at
shown C6 "card suspended, abolished, unreadable, PIN locked: refused; with the PIN, done"

# --- C3: planned for one municipality, moved to another; who moves as he filed is the contrast ---
next
file "$P" --destination $OTHER
move "$P"
enter
done_at
answers_notice DEVIATION
next
file "$P" --destination $TO
move "$P"
enter
done_at
answers_notice AS_FILED
shown C3 "another municipality than planned: accepted, with the deviation"

# --- C5: the special route ends 30 days after the planned day; the 30th itself is in time ---
next
PLANNED=2026-03-01 file "$P" --filing 2026-02-20
move "$P"
told TOO_LATE
settles "$P" ""
reaches cs-$FROM "$CASE" "movein_origin_cs OPEN"
next
PLANNED=2026-03-02 file "$P" --filing 2026-02-20
move "$P"
enter
done_at
shown C5 "31 days after the planned day: too late; 30 days: done"

# --- C7: cancelled before anybody asks; the planned day had removed him, now he is back ---
next
file "$P"
settles "$P" ""
EPOCH=$(sql cs-$FROM "SELECT epoch FROM register WHERE resident = '$P'")
at registry-$FROM registry cancel-out --case "$CASE" || fail "cancel-out: $(cat "$NET/err")"
reaches cs-$FROM "$CASE" "movein_origin_cs CANCELLED (final)"
settles "$P" $FROM
[ "$(sql cs-$FROM "SELECT epoch FROM register WHERE resident = '$P'")" -gt "$EPOCH" ] ||
    fail "no fresh epoch"
move "$P"
told CANCELLED
settles "$P" $FROM
shown C7 "cancelled before: restored under a fresh epoch; who asks then is told CANCELLED"

# --- C8: the grant is first, the cancellation refused; after the RELEASE it passes.  When both are on their
#     way at once, one of them wins, whichever it is, and the other is refused ---
next
PLANNED=2026-04-10 file "$P"
move "$P"
at_clerk
at registry-$FROM registry cancel-out --case "$CASE" || fail "cancel-out: $(cat "$NET/err")"
expect "it is refused" until_true 8 logged registry-$FROM "in=CANCEL_REFUSED WAIT_CANCEL->FILED"
reaches cs-$FROM "$CASE" "movein_origin_cs GRANTED"
at terminal-$TO terminal cancel --txn "$TXN" || fail "cancel: $(cat "$NET/err")"
told STOPPED
reaches cs-$FROM "$CASE" "movein_origin_cs OPEN"
at registry-$FROM registry cancel-out --case "$CASE" || fail "cancel-out: $(cat "$NET/err")"
reaches cs-$FROM "$CASE" "movein_origin_cs CANCELLED (final)"
settles "$P" $FROM

next
PLANNED=2026-04-10 file "$P"
kill -STOP "${PID[cs-$FROM]}"
at registry-$FROM registry cancel-out --case "$CASE" || fail "cancel-out: $(cat "$NET/err")"
move "$P"
reaches cs-$TO "$TXN" "movein_dest_cs WAIT_CERT"
kill -CONT "${PID[cs-$FROM]}"
decided() {
    shows cs-$FROM "$CASE" "movein_origin_cs CANCELLED (final)" ||
        shows cs-$FROM "$CASE" "movein_origin_cs GRANTED"
}
expect "one of them wins" until_true 8 decided
if shows cs-$FROM "$CASE" "movein_origin_cs GRANTED"; then
    reaches registry-$FROM "$CASE" "movein_origin_registry FILED"
    enter
    done_at
else
    told CANCELLED
    settles "$P" $FROM
fi
shown C8 "cancelled while granted: refused; when the grant is given back: cancelled; at once: one wins"

# --- C10: the notice comes late, then many times; it is taken once ---
next
file "$P"
move "$P"
at_clerk
kill_node cs-$FROM KILL
enter
reaches cs-$TO "$TXN" "movein_dest_cs PARKED_NOTICE"
waits cs-$TO NOTICE || fail "no notice waits"
start cs-$FROM
done_at
answers_notice AS_FILED
logs_once "$P" || fail "not one entry and one removal"

# bytes_waiting: what the slowest of those who dialled the CS of TO has not read yet, in hex.
bytes_waiting() {
    awk -v port="$(printf ':%04X$' "${PORT[cs-$TO]}")" '
        $3 ~ port && $4 == "01" { split($5, queue, ":"); if (queue[2] > most) { most = queue[2] } }
        END { print most == "" ? "0" : most }' /proc/net/tcp
}
came_twice() {
    [ $((16#$(bytes_waiting))) -ge $((2 * SIZE)) ]
}
next
file "$P"
move "$P"
at_clerk
kill -STOP "${PID[cs-$FROM]}"
enter
expect "the notice waits" until_true 8 waits cs-$TO NOTICE
SIZE=$(sql cs-$TO "SELECT length(envelope) FROM outbox WHERE txn = x'$TXN' AND kind_name = 'NOTICE'")
expect "the notice is sent again" until_true 8 came_twice
kill -CONT "${PID[cs-$FROM]}"
done_at
answers_notice AS_FILED
logs_once "$P" || fail "not one entry and one removal"
shown C10 "notice late, by an origin that was down, and repeated: taken once"

# --- C11: the notice before the planned day counts at once; the planned day has nothing left to do ---
next
PLANNED=2026-04-10 file "$P"
[ "$(sql registry-$FROM "SELECT count(*) FROM timer WHERE key = x'$CASE' AND kind = 1")" = 1 ] ||
    fail "no planned day"
settles "$P" $FROM
move "$P"
enter
done_at
answers_notice DEVIATION
[ "$(sql registry-$FROM "SELECT count(*) FROM timer WHERE key = x'$CASE'")" = 0 ] ||
    fail "the planned day is still to come"
shown C11 "moved before the planned day: removed at the notice"

# --- C12: his code changes after the filing, not while a certificate is out; the card of then is no card now ---
# with_digit BODY: the ten digits and their check digit.
with_digit() {
    local weight=(5 4 3 2 7 6 5 4 3 2) sum=0 i
    for ((i = 0; i < 10; i++)); do
        sum=$((sum + ${1:i:1} * weight[i]))
    done
    echo "$1$((sum % 11 <= 1 ? 0 : 11 - sum % 11))"
}
recode() { # CODE NEW
    at registry-$FROM registry recode "$1" --new-code "$2" || fail "recode: $(cat "$NET/err")"
}
LEFT=$P
next
OLD=$P
NEW=$(with_digit 9999999990)
refused E_NOT_FOUND registry-$FROM registry recode "$OLD" --new-code "$NEW"
PLANNED=2026-04-10 file "$OLD"
refused E_CONFLICT registry-$FROM registry recode "$OLD" --new-code "${MOVERS[0]}"
refused E_RESIDENT_CODE_CHECK registry-$FROM registry recode "$OLD" --new-code "${NEW:0:10}$(((${NEW:10} + 1) % 10))"
move "$OLD"
at_clerk
recode "$OLD" "$NEW"
expect "it is refused" until_true 8 logged registry-$FROM "in=RECODE_REFUSED FILED->FILED"
settles "$OLD" $FROM
at terminal-$TO terminal cancel --txn "$TXN" || fail "cancel: $(cat "$NET/err")"
told STOPPED
recode "$OLD" "$NEW"
settles "$NEW" $FROM
settles "$OLD" ""
[ "$(reason registry-$FROM "$OLD") $(reason cs-$FROM "$OLD")" = "308 308" ] || fail "not for the change"
refused E_NOT_FOUND registry-$FROM registry recode "$OLD" --new-code "$(with_digit 9999999991)"
move "$OLD"
enter
P=$NEW
done_at
expect "the old card leads to the new code" logged national-000000 "identity_check=CODE_CHANGED"
expect "and is not continued" logged cards-000000 "card_check=CARD_UNUSABLE"
settles "$OLD" ""
P=$LEFT
shown C12 "the code changes: not while granted; the card of the old one is told the new one, and ends"

# --- C18: his case was used ---
USED=$P
TO=$OTHER
move "$USED"
told ALREADY_USED
TO=$TOWN
settles "$USED" $TO
shown C18 "a second special filing on the same case: ALREADY_USED"

# --- C13: a household parts: one to each of two municipalities, out of one case ---
next
FIRST=$P
next
PLANNED=2026-04-10 file "$FIRST" "$P"
move "$FIRST"
at_clerk
TO=$OTHER
move "$FIRST" "$P"
told GRANTED_ELSEWHERE
TO=$TOWN
TXN=$(awk -v who="$FIRST" '$2 == who { print $1; exit }' "$NET/moves.tsv")
enter
reaches cs-$FROM "$CASE" "movein_origin_cs OPEN"
settles "$FIRST" $TO
settles "$P" $FROM
TO=$OTHER
move "$P"
enter
done_at
reaches cs-$FROM "$CASE" "movein_origin_cs MOVED (final)"
settles "$FIRST" $TOWN
shown C13 "part of a household moves, the rest elsewhere; overlapping requests: GRANTED_ELSEWHERE"

# --- C16: planned for one, never filed there; another moves him in, from the origin itself ---
next
PLANNED=2026-03-20 file "$P" --filing 2026-03-10 --destination $TOWN
settles "$P" ""
move "$P"
enter
done_at
answers_notice DEVIATION
[ "$(sql registry-$TOWN "SELECT count(*) FROM register WHERE resident = '$P'")" = 0 ] ||
    fail "known where he never filed"
TO=$TOWN
shown C16 "moved on, never filed in between: the third municipality asks the first"

# --- C19: the destination's CS dies before it has taken the registration, and before it has sent the notice ---
next
file "$P"
move "$P"
at_clerk
kill -STOP "${PID[cs-$TO]}"
enter_now() {
    at registry-$TO registry enter --txn "$TXN" || fail "enter: $(cat "$NET/err")"
}
enter_now
waits registry-$TO REGISTERED || fail "the registration does not wait"
kill_node cs-$TO KILL
[ "$(steps cs-$TO in=REGISTERED "txn=$TXN")" = 0 ] || fail "it was taken already"
start cs-$TO
done_at
answers_notice AS_FILED
logs_once "$P" || fail "not one entry and one removal"

next
file "$P"
move "$P"
at_clerk
kill_node cs-$FROM KILL
enter_now
expect "the registration is taken, the notice waits" until_true 8 waits cs-$TO NOTICE
kill_node cs-$TO KILL
start cs-$FROM
[ "$(steps cs-$FROM in=NOTICE "txn=$TXN")" = 0 ] || fail "the notice has come already"
start cs-$TO
done_at
answers_notice AS_FILED
logs_once "$P" || fail "not one entry and one removal"
shown C19 "killed before the registration is taken, and before the notice is sent: neither lost nor twice"

# --- all this can be answered no ---
refutes() {
    ("$@") > "$NET/out" 2>&1 && fail "held, and must not: $*"
    ok
}
refutes shown C19 "what no check has shown"
refutes answers_notice DEVIATION
refutes lives "$P" $FROM
refutes logs_once "${MOVERS[0]}"
refutes waits cs-$TO NOTICE

# --- a refusal that is asked for in the turn that takes it: its reason is told, too ---
# late_show: asks the terminal of TO for TXN over a connection that stood before, when told to go.
late_show() {
    python3 -c '
import socket, sys
link = socket.socket(socket.AF_UNIX)
link.settimeout(10)
link.connect(sys.argv[1])
def ask(line):
    link.sendall(line.encode() + b"\n")
    print(link.makefile().readline(), end="", flush=True)
ask("{\"v\":1,\"verb\":\"status\"}")
ask("{\"v\":1,\"verb\":\"show\",\"id\":\"" + sys.stdin.readline().strip() + "\"}")
' "$NET/terminal-$TO.sock"
}
next
coproc late_show
read -r -t 10 LINE <&"${COPROC[0]}" || fail "no connection to the terminal"
kill -STOP "${PID[cs-$TO]}"
move "$P" --pin-not-verified
kill -STOP "${PID[terminal-$TO]}"
kill -CONT "${PID[cs-$TO]}"
answered() { [ "$(steps cs-$TO in=VERIFY_RESULT "txn=$TXN")" = 1 ]; }
expect "the CS has answered" until_true 8 answered
sleep 0.1
echo "$TXN" >&"${COPROC[1]}"
sleep 0.1
kill -CONT "${PID[terminal-$TO]}"
read -r -t 10 LINE <&"${COPROC[0]}" || fail "the terminal does not answer"
echo "$LINE" > "$NET/out"
has "the end" "$NET/out" '"state":"REFUSED_IDENTITY"'
has "why" "$NET/out" "PIN_LOCKED"

# --- the end: nothing waits, nothing was refused between nodes, no log names anybody ---
expect "no message waits" until_true 10 at_rest
for code in "${PLACES[@]}"; do
    same "$code"
done
for name in "${NAMES[@]}"; do
    at "$name" tx status || fail "status"
    has "$name refused nothing" "$NET/out" "dead_letters=0"
done
awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv" > "$NET/codes"
echo "$NEW" >> "$NET/codes"
grep -F -f "$NET/codes" "$NET"/*.log && fail "a resident's code in a log"
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE at SIGTERM"
done
expect "the histories hold" histories_hold
"$JUKI" demo --check "$NET" > "$NET/out" || fail "the judge: $(cat "$NET/out")"
# The judge sees it when nothing leads from the old code to the new one.
sqlite3 "$NET/national-000000.db" "DELETE FROM tx_data WHERE name = 'code'"
"$JUKI" demo --check "$NET" > "$NET/out" && fail "the judge finds nobody lost"
has "who is lost" "$NET/out" "V2"
echo "cases: $CHECKS checks, 0 failures"
