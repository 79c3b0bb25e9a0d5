#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Clocks that are set: far ahead and back while a node runs, and before it starts; a leap day and 2038.
# A planned date comes when its legal day does, once; protocol time does not notice; certificates
# outside their validity close links, and other links go on.
JUKI=$1
FAULT=$2
. "$(dirname "$0")/network.sh"
TRACES=refused # networks one after the other, with the same names

DAY=86400
NOW=$(date +%s)
# japan SECONDS: that moment's day in Japan.
japan() {
    TZ=JST-9 date -d "@$1" +%Y-%m-%d
}

make_root
add cs 131016
add cs 141003
add registry 131016
make_directory
R=registry-131016
C=cs-131016
"$JUKI" population --seed 5 --municipality 131016 --residents 20 --out "$NET/people.tsv" ||
    fail "population"
mapfile -t PEOPLE < <(awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv")
for name in "${NAMES[@]}"; do
    config "$name" "population: people.tsv"
    sed -i '/^today/d' "$NET/$name.yaml"
done

# clock NAME SECONDS: its wall clock is so far ahead from now on.
clock() {
    mkdir -p "$NET/$1.fault"
    echo "$2" > "$NET/made"
    mv "$NET/made" "$NET/$1.fault/clock"
}

file_out() {
    "$JUKI" registry file-out --socket "$NET/$R.sock" --resident "$1" --planned "$2" > "$NET/case" \
        2> "$NET/why" || fail "file-out: $(cat "$NET/why")"
}

# removed N: so many have been removed from the register; timers N: so many days are waited for.
removed() {
    [ "$(sqlite3 "file:$NET/$R.db?mode=ro" \
        "SELECT count(*) FROM register WHERE status_name = 'removed'")" = "$1" ]
}
timers() {
    [ "$(sqlite3 "file:$NET/$R.db?mode=ro" "SELECT count(*) FROM timer WHERE kind_name = 'date'")" = "$1" ]
}

# --- set while the node runs ---
start $C
start cs-141003
start $R
expect "up" until_true 5 sees $C registry:131016:0
file_out "${PEOPLE[0]}" "$(japan $((NOW + 3 * DAY)))"
expect "a planned date is waited for" timers 1
N=0
for years in 10 13 -10; do # 13: beyond January 2038
    : > "$NET/$R.log"
    clock $R $((years * 365 * DAY))
    expect "the alarm" until_true 5 logged $R 'what="the clock was set by '
    N=$((N + 1))
    file_out "${PEOPLE[N]}" "$(japan $((NOW + 5 * DAY)))"
    sleep 0.4
    removed 0 || fail "removed by a clock that was set ($years years)"
    ok
    sees $C registry:131016:0 || fail "a link was lost to a clock ($years years)"
    clock $R 0
    expect "right again" until_true 5 logged $R 'what="the clock is right again"'
done
[ "$(grep -c 'the clock was set' "$NET/$R.log")" = 1 ] || fail "the alarm came more than once"
expect "no timer is lost" timers 4
waiting() {
    "$JUKI" tx status --socket "$NET/$R.sock" | grep -q '^outbox_waiting=0$'
}
expect "filings arrive whatever the clock says" until_true 5 waiting

# A peer outside its certificate's validity: no new link to it, the others stay; then it comes back.
clock $C $((2 * 365 * DAY))
kill_node $R KILL
start $R
expect "refused for its certificate" until_true 5 \
    logged $C "event=closed peer=- status=E_EXPIRED"
sees $C cs:141003:0 || fail "the link that stood is gone"
ok
clock $C 0
expect "the clock is right, the link is back" until_true 5 sees $C registry:131016:0

# --- set before a start ---
kill_node $R TERM
for years in 10 -10; do
    clock $R $((years * 365 * DAY))
    refuses $R
    has "outside the validity" "$NET/$R.err" "keys: a certificate outside its validity"
done
removed 0 || fail "removed by a start that was refused"
# Three days later: the date has come; then the clock is put back, and comes again.
clock $R $((3 * DAY))
start $R
expect "the day has come" until_true 5 removed 1
expect "the others wait" timers 3
kill_node $R TERM
clock $R 0
start $R
expect "nothing comes back" removed 1
kill_node $R TERM
clock $R $((4 * DAY))
start $R
sleep 0.3
removed 1 || fail "removed twice, or too early"
expect "not twice" timers 3
kill_node $R KILL
clock $R $((6 * DAY))
start $R
expect "all days have come" until_true 5 removed 4
expect "nothing waits" timers 0
kill_node $R TERM
kill_node $C TERM
kill_node cs-141003 TERM

# --- days that are easily got wrong: 29 February, and the last second of 32 bits ---
for date in 2028-02-29 2038-01-20; do
    BEGIN=$(TZ=JST-9 date -d "$date 00:00:00" +%s)
    rm -rf "$NET/$R.keys" "$NET/$R.db"*
    "$JUKI" keys issue --root "$NET/root" --role registry --code 131016 \
        --not-before $((BEGIN - 10 * DAY)) --out "$NET/$R.keys" > /dev/null || fail "keys"
    make_directory
    clock $R $((BEGIN - 2 * DAY - NOW))
    start $R
    file_out "${PEOPLE[1]}" $date
    kill_node $R KILL
    clock $R $((BEGIN - 3600 - $(date +%s)))
    start $R
    sleep 0.3
    removed 0 || fail "$date came an hour early"
    ok
    kill_node $R KILL
    clock $R $((BEGIN + 1 - $(date +%s)))
    start $R
    expect "$date has come" until_true 5 removed 1
    [ "$(sqlite3 "$NET/$R.db" "SELECT date(change_day * 86400, 'unixepoch') FROM register
        WHERE status_name = 'removed'")" = $date ] || fail "removed on another day than $date"
    ok
    kill_node $R TERM
done
echo "clock: $CHECKS checks, 0 failures"
