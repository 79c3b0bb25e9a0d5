#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that is full: new work is refused in words, what was acknowledged stays, and everything goes on
# by itself when there is room again, also a move-in that was under way at each of its nodes.
JUKI=$1
FAULT=$2
HERE=$(dirname "$0")
. "$HERE/network.sh"

FROM=131016
TO=141003
movein_network $FROM $TO
# Writes of a log that find room before the disk is full; more of them are tried with FULL=1.
if [ -n "${FULL:-}" ]; then
    AFTER=($(seq 0 80))
else
    AFTER=(28)
fi
mapfile -t MOVERS < <(movers $FROM | head -n $((9 + ${#AFTER[@]})))

# full NAME [ENDING [N]]: its files, those of that ENDING, find no room (after N writes).
full() {
    printf '%s' "${2-} ${3-0}" > "$NET/made"
    mv "$NET/made" "$NET/$1.fault/full"
}

room() {
    rm -f "$NET/$1.fault/full"
}

file_out() {
    "$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "$1" \
        --planned 2026-04-01 > "$NET/case" 2> "$NET/why"
}

move_in() {
    "$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM --resident "$1" \
        --address "横浜市西区" --moved-in 2026-04-01 > "$NET/txn" 2> "$NET/why"
}

# ended TXN: its terminal says that the person moved.
ended() {
    "$JUKI" tx show "$1" --socket "$NET/terminal-$TO.sock" | grep -q "movein_terminal DONE"
}

alarmed() {
    grep -q "event=alarm .*status=E_STORE_GONE what=\"database or disk is full\"" "$NET/$1.log"
}

filed() {
    [ "$(sqlite3 "file:$NET/cs-$FROM.db?mode=ro" 'SELECT count(*) FROM open_case')" = "$1" ]
}

# New work at a desk whose disk is full: refused at once, nothing kept; the same again is taken later.
full registry-$FROM -wal
file_out "${MOVERS[0]}" && fail "a filing without room"
has "why" "$NET/why" "E_STORE_GONE"
has "why in words" "$NET/why" "database or disk is full"
alarmed registry-$FROM || fail "no alarm"
[ "$(sqlite3 "$NET/registry-$FROM.db" 'SELECT count(*) FROM open_case')" = 0 ] || fail "half a filing"
kill -0 "${PID[registry-$FROM]}" || fail "it must live"
room registry-$FROM
for mover in "${MOVERS[@]}"; do
    file_out "$mover" || fail "a filing when there is room: $(cat "$NET/why")"
done
expect "every filing is at the CS" until_true 10 filed ${#MOVERS[@]}

# A move-in meets a full disk at one node after the other: it waits there, and ends when there is room.
N=0
for name in terminal-$TO cs-$TO registry-$TO cs-$FROM registry-$FROM prefecture-140007 \
    national-000000 cards-000000; do
    [ $name = terminal-$TO ] || full $name -wal
    move_in "${MOVERS[N]}" || fail "move-in $N: $(cat "$NET/why")"
    TXN=$(sed -n 's/^txn=//p' "$NET/txn")
    [ $name != terminal-$TO ] || full $name -wal
    expect "$name finds no room" until_true 5 alarmed $name
    kill -0 "${PID[$name]}" || fail "$name must live"
    room $name
    expect "the move-in ends when $name has room" until_true 10 ended "$TXN"
    N=$((N + 1))
done

# The disk gets full between the registry's taking the household in and its clerk's entering it.
for after in "${AFTER[@]}"; do
    full registry-$TO -wal "$after"
    move_in "${MOVERS[N]}" || fail "move-in $N: $(cat "$NET/why")"
    TXN=$(sed -n 's/^txn=//p' "$NET/txn")
    sleep 0.2
    room registry-$TO
    expect "the move-in ends, full after $after writes" until_true 10 ended "$TXN"
    N=$((N + 1))
done

# No room in the database, only in its log: the log grows, nothing is refused.
full cs-$TO .db
move_in "${MOVERS[N]}" || fail "the last: $(cat "$NET/why")"
TXN=$(sed -n 's/^txn=//p' "$NET/txn")
expect "a checkpoint that finds no room stops nothing" until_true 10 ended "$TXN"
room cs-$TO

# No room for the step log: lines are counted as dropped.
full cs-$TO .log
BEFORE=$(wc -l < "$NET/cs-$TO.log")
kill_node registry-$TO TERM
dropped() {
    python3 "$HERE/ask.py" "$NET/cs-$TO.sock" '{"v":1,"verb":"status"}' |
        grep -q '"log_dropped":[1-9]'
}
expect "lines are dropped and counted" until_true 5 dropped
[ "$(wc -l < "$NET/cs-$TO.log")" = "$BEFORE" ] || fail "the log grew without room"
room cs-$TO
start registry-$TO
expect "it serves" until_true 5 sees cs-$TO registry:$TO:0
expect "it logs again" until_true 5 test "$(wc -l < "$NET/cs-$TO.log")" -gt "$BEFORE"

# Everybody lives where they moved, once: two registers, plain SQL.
quiet() {
    local name
    for name in "${NAMES[@]}"; do
        "$JUKI" tx status --socket "$NET/$name.sock" | grep -q '^outbox_waiting=0$' || return 1
    done
}
expect "no message waits" until_true 10 quiet
for code in $FROM $TO; do
    sqlite3 "$NET/cs-$code.db" "SELECT resident FROM register WHERE status_name = 'current'"
done | sort > "$NET/current"
[ "$(uniq -d "$NET/current" | wc -l)" -eq 0 ] || fail "in two registers"
sqlite3 "$NET/cs-$FROM.db" "SELECT resident FROM open_case" | sort -u - "$NET/current" > "$NET/all"
[ "$(wc -l < "$NET/all")" -eq 200 ] || fail "$(wc -l < "$NET/all") of 200 in a register or a case"
for mover in "${MOVERS[@]:0:N+1}"; do
    [ "$(sqlite3 "$NET/registry-$TO.db" "SELECT count(*) FROM register WHERE resident = '$mover'
        AND status_name = 'current'")" = 1 ] || fail "a mover is not where the move-in ended"
done
ok

# A start without room: refused, as it is, and taken when there is some.
kill_node cards-000000 KILL
full cards-000000
refuses cards-000000
has "why" "$NET/cards-000000.err" "store: database or disk is full"
room cards-000000
start cards-000000
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE"
done
echo "full: $CHECKS checks, 0 failures"
