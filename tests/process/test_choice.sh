#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a move-in asks of people: disputed notices, deaths, grants whose holder is silent, servers that do
# not answer.  Each waits for an operator, says for what, and ends as he chose; anything else is refused.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
TO=141003
PLACES=("$FROM" "$TO")
TIMERS="resend_ms: 200, verify_due_ms: 1500, cert_due_ms: 5000, notice_due_ms: 600"
TIMERS="$TIMERS, card_due_ms: 600, status_due_ms: 600"

make_root
for role in cs registry terminal; do
    add $role $FROM
    add $role $TO
done
add prefecture 130001
add prefecture 140007
add national 000000
add cards 000000
make_directory
"$JUKI" population --seed 9 --municipality $FROM,$TO --residents 300 --out "$NET/people.tsv" ||
    fail "population"
keep_histories
for name in "${NAMES[@]}"; do
    case $name in
    registry-$TO) config "$name" "population: people.tsv" "clerk: manual" ;;
    *) config "$name" "population: people.tsv" ;;
    esac
    start "$name"
done
up() {
    sees cs-$TO cs:$FROM:0 && sees cs-$TO national:000000:0 && sees cs-$TO prefecture:140007:0 &&
        sees cs-$TO cards:000000:0 && sees cs-$TO registry:$TO:0 && sees cs-$TO terminal:$TO:0 &&
        sees cs-$FROM registry:$FROM:0 && sees cs-$FROM prefecture:130001:0
}
expect "every link stands" until_true 10 up

# For the judge of databases, at the end.
for_judge

# Who moves: each alone, and two together.
mapfile -t MOVERS < <(movers $FROM)
ALONE=("${MOVERS[@]:0:10}")
PAIR=("${MOVERS[@]:10:2}")
[ ${#PAIR[@]} -eq 2 ] || fail "too few people"

NOBODY=00000000000000000000000000000001

# --- disputed and withdrawn, then the same person moves after all ---
P=${ALONE[0]}
file "$P"
DISPUTED=$CASE
refused E_NOT_FOUND cs-$FROM tx dispute $NOBODY --member 0 --reason double
refused E_NOT_FOUND cs-$FROM tx dispute "$CASE" --member 1 --reason double
refused E_ENUM cs-$FROM tx dispute "$CASE" --member 0 --reason angry
refused E_ROUTE registry-$FROM tx dispute "$CASE" --member 0 --reason double
at cs-$FROM tx dispute "$CASE" --member 0 --reason other-municipality || fail "dispute"
move "$P"
refused E_NOT_FOUND registry-$TO registry withdraw $NOBODY
at_clerk
refused E_NOT_NOW registry-$TO registry withdraw "$TXN"
has "the state is named" "$NET/err" "not possible in state WAIT_CLERK"
refused E_NOT_NOW registry-$TO registry retry "$TXN"
refused E_NOT_NOW registry-$TO registry correct "$TXN" --new-address "横浜市"
enter
disputed OTHER_MUNICIPALITY
has "whom" "$NET/out" "disputed: member 0"
refused E_NOT_NOW registry-$TO registry enter --txn "$TXN"
refused E_NOT_NOW cs-$TO tx choose "$TXN" end-without-card
has "the state is named" "$NET/err" "not possible in state PARKED_DISPUTED"
at registry-$TO registry withdraw "$TXN" || fail "withdraw: $(cat "$NET/err")"
reaches terminal-$TO "$TXN" "refused: WITHDRAWN_BY_CLERK"
reaches cs-$TO "$TXN" "movein_dest_cs CLOSED (final)"
[ "$(reason registry-$TO "$P")" = 209 ] || fail "withdrawn for another reason"
refused E_NOT_NOW registry-$TO registry withdraw "$TXN"
reaches cs-$FROM "$DISPUTED" "movein_origin_cs OPEN"
at cs-$FROM tx dispute "$DISPUTED" --member 0 --reason none || fail "dispute none"
move "$P"
enter
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "$P" $TO
refused E_NOT_NOW cs-$FROM tx dispute "$DISPUTED" --member 0 --reason double

# --- disputed and withdrawn before the planned day: the old register never stopped having him ---
P=${ALONE[8]}
PLANNED=2026-05-01 file "$P"
at cs-$FROM tx dispute "$CASE" --member 0 --reason double || fail "dispute"
move "$P"
enter
disputed DOUBLE
at registry-$TO registry withdraw "$TXN" || fail "withdraw: $(cat "$NET/err")"
reaches terminal-$TO "$TXN" "refused: WITHDRAWN_BY_CLERK"
settles "$P" $FROM

# --- disputed, asked again in vain, then in time ---
P=${ALONE[1]}
file "$P"
at cs-$FROM tx dispute "$CASE" --member 0 --reason double || fail "dispute"
move "$P"
enter
disputed DOUBLE
at registry-$TO registry retry "$TXN" || fail "retry"
disputed DOUBLE
at cs-$FROM tx dispute "$CASE" --member 0 --reason none || fail "dispute none"
at registry-$TO registry retry "$TXN" || fail "retry"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
reaches registry-$TO "$TXN" "movein_dest_registry REGISTERED (final)"
grep -q "DOUBLE" "$NET/out" && fail "a settled dispute is still shown"
settles "$P" $TO

# --- disputed and corrected: register and CS hold the new address (what servers are told of a
#     correction is a matter of the update log, which has no entry for it yet) ---
P=${ALONE[2]}
file "$P"
at cs-$FROM tx dispute "$CASE" --member 0 --reason abroad || fail "dispute"
move "$P"
enter
disputed MOVED_ABROAD
refused E_NAME registry-$TO registry correct "$TXN" --new-address "  "
refused E_RANGE registry-$TO registry correct "$TXN" --new-address "横浜市" --new-postcode 12
at cs-$FROM tx dispute "$CASE" --member 0 --reason none || fail "dispute none"
at registry-$TO registry correct "$TXN" --new-address "横浜市西区九丁目8番7号" \
    --new-postcode 2200001 || fail "correct: $(cat "$NET/err")"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "$P" $TO
for name in registry-$TO cs-$TO; do
    [ "$(sql $name "SELECT instr(person, CAST('九丁目8番7号' AS BLOB)) > 0 FROM register
        WHERE resident = '$P'")" = 1 ] || fail "$name is not corrected"
    ok
done

# --- a death before the request, one while granted, one after the move ---
P=${ALONE[3]}
file "$P"
refused E_DATE_FUTURE registry-$FROM registry death "$P" --day 2026-04-02
refused E_DATE registry-$FROM registry death "$P" --day 2026-02-30
refused E_RESIDENT_CODE registry-$FROM registry death 123 --day 2026-04-01
refused E_NOT_FOUND registry-$FROM registry death "${ALONE[9]}" --day 2026-04-01
refused E_ROUTE cs-$FROM registry death "$P" --day 2026-04-01
at registry-$FROM registry death "$P" --day 2026-04-01 || fail "death: $(cat "$NET/err")"
has "the case is told" "$NET/out" "case=$CASE"
refused E_CONFLICT registry-$FROM registry death "$P" --day 2026-04-01
reaches cs-$FROM "$CASE" "movein_origin_cs MOVED (final)"
settles "$P" ""
move "$P"
reaches terminal-$TO "$TXN" "movein_terminal REFUSED"
has "why" "$NET/out" "DECEASED"

file "${PAIR[@]}"
move "${PAIR[@]}"
at_clerk
at registry-$FROM registry death "${PAIR[0]}" --day 2026-04-01 || fail "death in the grant"
enter
disputed DECEASED
settles "${PAIR[1]}" $TO
at registry-$TO registry withdraw "$TXN" || fail "withdraw the dead"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "${PAIR[0]}" ""
settles "${PAIR[1]}" $TO
reaches cs-$FROM "$CASE" "movein_origin_cs MOVED (final)"

P=${ALONE[0]}
at registry-$FROM registry death "$P" --day 2026-04-01 || fail "death after the move"
settles "$P" ""
[ "$(reason registry-$TO "$P")" = 203 ] || fail "removed for another reason"
[ "$(reason registry-$FROM "$P")" = 203 ] || fail "the old record does not say it"
shown C9 "a death before the request: DECEASED; in the grant: disputed; after the move: removed there"

# --- there and back again: his death is a matter of the case that he came by ---
P=${ALONE[1]}
at registry-$TO registry file-out --resident "$P" --planned 2026-04-01 || fail "file-out back"
CASE=$(sed -n 's/^case=//p' "$NET/out")
expect "filed at the CS" until_true 5 shows cs-$TO "$CASE" "movein_origin_cs OPEN"
at terminal-$FROM terminal move-in --origin $TO --resident "$P" --address "千代田区一番町1" \
    --moved-in 2026-04-01 || fail "move-in back"
TXN=$(sed -n 's/^txn=//p' "$NET/out")
printf '%s\t%s\t%s\t%s\n' "$TXN" "$P" $TO $FROM >> "$NET/moves.tsv"
reaches terminal-$FROM "$TXN" "movein_terminal DONE"
settles "$P" $FROM
shown C15 "there and back: a new case there, a new residence here"
refused E_NOT_FOUND registry-$FROM registry death "$P" --day 2026-04-01
has "why" "$NET/err" "a resident again since"
at registry-$TO registry death "$P" --day 2026-04-01 || fail "death: $(cat "$NET/err")"
settles "$P" ""
[ "$(reason registry-$FROM "$P")" = 203 ] || fail "removed for another reason"

# --- a grant whose holder is silent: asked, overdue, ended by two persons ---
P=${ALONE[4]}
file "$P"
refused E_NOT_NOW cs-$FROM tx release "$CASE" --by sato --by suzuki
has "the state is named" "$NET/err" "not possible in state OPEN"
move "$P"
at_clerk
overdue() {
    at cs-$FROM tx waiting && grep -qF "$CASE" "$NET/out" && grep -q "^  overdue" "$NET/out" &&
        grep -q "choice: juki tx release" "$NET/out"
}
expect "the grant is overdue" until_true 5 overdue
reaches cs-$FROM "$CASE" "movein_origin_cs GRANTED"
refused E_NOT_FOUND cs-$FROM tx release $NOBODY --by sato --by suzuki
refused E_MISSING_FIELD cs-$FROM tx release "$CASE" --by sato
refused E_MEMBERS cs-$FROM tx release "$CASE" --by sato --by sato
refused E_NAME cs-$FROM tx release "$CASE" --by sato --by "Suzuki T"
at cs-$FROM tx release "$CASE" --by sato --by suzuki || fail "release: $(cat "$NET/err")"
reaches cs-$FROM "$CASE" "movein_origin_cs OPEN"
enter
disputed OVERRIDDEN
at registry-$TO registry withdraw "$TXN" || fail "withdraw"
reaches terminal-$TO "$TXN" "refused: WITHDRAWN_BY_CLERK"
settles "$P" ""
reaches cs-$FROM "$CASE" "movein_origin_cs OPEN"
shown C20 "a notice whose grant two persons have ended: disputed, withdrawn, the case open as before"

# --- nobody answers: the origin, the cards, national ---
P=${ALONE[5]}
file "$P"
move "$P"
at_clerk
kill -STOP "${PID[cs-$FROM]}"
enter
reaches cs-$TO "$TXN" "movein_dest_cs PARKED_NOTICE"
has "it is overdue" "$NET/out" "  overdue"
kill -CONT "${PID[cs-$FROM]}"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "$P" $TO

P=${ALONE[6]}
file "$P"
move "$P"
at_clerk
kill -STOP "${PID[cards-000000]}"
enter
reaches cs-$TO "$TXN" "movein_dest_cs PARKED_CARDS"
has "the choice" "$NET/out" "choice: juki tx choose end-without-card"
refused E_ENUM cs-$TO tx choose "$TXN" dance
refused E_NOT_FOUND cs-$TO tx choose $NOBODY end-without-card
at cs-$TO tx choose "$TXN" end-without-card || fail "choose: $(cat "$NET/err")"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
reaches cs-$TO "$TXN" "movein_dest_cs DONE (final)"
kill -CONT "${PID[cards-000000]}"
settles "$P" $TO

P=${ALONE[7]}
file "$P"
kill -STOP "${PID[national-000000]}"
move "$P"
reaches terminal-$TO "$TXN" "movein_terminal PARKED"
has "the choice" "$NET/out" "choice: juki terminal give-up"
refused E_NOT_FOUND terminal-$TO terminal give-up $NOBODY
at terminal-$TO terminal give-up "$TXN" || fail "give-up: $(cat "$NET/err")"
has "the way on" "$NET/out" "juki terminal move-in"
reaches terminal-$TO "$TXN" "movein_terminal REFUSED (final)"
refused E_NOT_NOW terminal-$TO terminal give-up "$TXN"
kill -CONT "${PID[national-000000]}"
move "$P"
enter
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "$P" $TO

# --- the end: nothing waits, nothing was refused between nodes, no log names anybody ---
expect "no message waits" until_true 10 at_rest
same $FROM
# Whom the clerk corrected: the CS has told nobody.
layer registry-$TO cs-$TO && fail "a correction is in no log"
has "the corrected one" "$NET/out" "${ALONE[2]}: DAMAGED 自庁の記録が破損; registry current, CS torn"
has "and nobody else" "$NET/out" "DIFF 0, STATUS_DIFF 0, REGISTRY_ONLY 0, CS_ONLY 0, DAMAGED 1"
for name in "${NAMES[@]}"; do
    at "$name" tx status || fail "status"
    has "$name refused nothing" "$NET/out" "dead_letters=0"
    at "$name" tx waiting || fail "waiting"
    has "$name waits for nobody" "$NET/out" ": 0 waiting"
done
awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv" > "$NET/codes"
grep -F -f "$NET/codes" "$NET"/*.log && fail "a resident's code in a log"
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE at SIGTERM"
done
expect "the histories hold" histories_hold
"$JUKI" demo --check "$NET" > "$NET/out" || fail "the judge: $(cat "$NET/out")"
# The judge sees one who is in two registers, and one of the dead.
for P in "${ALONE[2]}" "${PAIR[0]}"; do
    sqlite3 "$NET/registry-$FROM.db" "UPDATE register SET status = 1 WHERE resident = '$P'"
done
"$JUKI" demo --check "$NET" > "$NET/out" && fail "what is wrong is judged right"
has "two registers" "$NET/out" "V1"
has "the dead" "$NET/out" "V3"
echo "choice: $CHECKS checks, 0 failures"
