#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A database that is damaged, missing, cut short, somebody else's, of another version, locked, moved
# away while it is used, or on a disk that fails: what the node says, and how it ends.
JUKI=$1
FAULT=$2
. "$(dirname "$0")/network.sh"
TRACES=refused # databases are put back

make_root
add cs 131016
add cs 141003
add terminal 131016
make_directory
config cs-131016
config cs-141003
T=terminal-131016
config $T
DB=$NET/$T.db
RESIDENT=$("$JUKI" population --seed 3 --municipality 131016 --residents 1 |
    awk -F '\t' 'NR == 2 { print $1 }')

move_in() {
    "$JUKI" terminal move-in --socket "$NET/$T.sock" --origin 141003 --resident "$RESIDENT" \
        --address "千代田区" --moved-in 2026-04-01 > "$NET/txn" 2> "$NET/why"
}

moves() {
    sqlite3 "file:$1?mode=ro" "SELECT count(*) FROM machine WHERE machine_name = 'movein_terminal'"
}

# refused WHAT TEXT: the terminal does not start and says TEXT of its store.
refused() {
    refuses $T
    has "$1" "$NET/$T.err" "$T.yaml:2:8: store: $2"
}

# keep: the database of a node that was killed, with its log.  put_back: as it was kept.
keep() {
    rm -rf "$NET/kept"
    mkdir "$NET/kept"
    cp -p "$DB"* "$NET/kept/"
}
put_back() {
    rm -f "$DB"*
    cp -p "$NET/kept/"* "$NET/"
}

# untouched: a refused start changed no byte of the database and its log.
untouched() {
    local file
    for file in "$NET/kept/$T.db"*; do
        case $file in
        *.lock | *-shm) ;;
        *) cmp -s "$file" "$NET/${file##*/}" || fail "$1: a refused start changed ${file##*/}" ;;
        esac
    done
    ok
}

start $T
for _ in 1 2 3; do
    move_in || fail "move-in: $(cat "$NET/why")"
done
kill_node $T KILL
keep

# --- what a start finds ---

# Not a database; damaged at its head; cut short; empty.
printf 'a letter to the mayor, in many words and many pages\n%.0s' $(seq 200) > "$DB"
rm -f "$DB-wal" "$DB-shm"
refused "not a database" "file is not a database"
put_back
sqlite3 "$DB" "PRAGMA wal_checkpoint(TRUNCATE)" > /dev/null
rm -rf "$NET/whole"
mkdir "$NET/whole"
cp "$DB" "$NET/whole/"
dd if=/dev/zero of="$DB" bs=16 count=1 conv=notrunc 2> /dev/null
refused "a damaged header" "file is not a database"
cp "$NET/whole/$T.db" "$DB"
truncate -s 20000 "$DB"
refused "cut short" "database disk image is malformed"
: > "$DB"
rm -f "$DB-wal" "$DB-shm"
refused "empty" "the file is empty: put the database back"

# A page in the middle, with every other byte turned: each page in turn, and nothing is ever served
# from a damaged tree.
PAGES=$(($(stat -c %s "$NET/whole/$T.db") / 4096))
FOUND=0
for page in $(seq 2 5 $((PAGES - 1))); do
    cp "$NET/whole/$T.db" "$DB"
    rm -f "$DB-wal" "$DB-shm"
    head -c 4096 /dev/zero | tr '\0' '\245' |
        dd of="$DB" bs=4096 seek="$page" conv=notrunc 2> /dev/null
    "$JUKI" check-config --store "$NET/$T.yaml" > "$NET/checked" 2>&1 && fail "page $page: no finding"
    refuses $T
    grep -q "store: the database is damaged\|store: database disk image is malformed" \
        "$NET/$T.err" || fail "page $page: $(cat "$NET/$T.err")"
    FOUND=$((FOUND + 1))
done
[ $FOUND -ge 5 ] || fail "too few pages"
ok

# The log damaged at its end: the last steps are gone with it, and nothing else.
put_back
[ "$(stat -c %s "$DB-wal")" -gt 10000 ] || fail "no log to damage"
printf '\377\377\377\377' | dd of="$DB-wal" bs=1 seek=$(($(stat -c %s "$DB-wal") - 2000)) \
    conv=notrunc 2> /dev/null
start $T
kill_node $T TERM
[ "$(moves "$DB")" -lt 3 ] || fail "a step out of a damaged log"
expect "what is before the damage is there" test "$(moves "$DB")" -ge 1

# Another node's log beside it.
put_back
start cs-131016
kill_node cs-131016 KILL
cp "$DB-wal" "$NET/whole.wal"
cp "$NET/cs-131016.db-wal" "$DB-wal"
rm -f "$DB-shm"
cp "$DB-wal" "$NET/kept/"
refused "another node's log" "the database of cs:131016:0, not of terminal:131016:0"
untouched "another node's log"
cp "$NET/whole.wal" "$NET/kept/$T.db-wal"

# Gone while the node was down.
put_back
rm "$DB"
refused "only its log is there" "missing, but its log (-wal) is there: put the database back"
rm -f "$DB-wal" "$DB-shm"
refused "missing" "missing: put the database back, or remove its .lock to begin anew"
"$JUKI" check-config "$NET/$T.yaml" > "$NET/checked" 2>&1 && fail "check-config sees nothing missing"
rm "$DB.lock"
start $T
kill_node $T TERM
expect "begun anew, because the operator said so" test "$(moves "$DB")" = 0
sed 's|^store:.*|store: nowhere/x.db|' "$NET/$T.yaml" > "$NET/elsewhere.yaml"
refuses elsewhere
has "no folder" "$NET/elsewhere.err" "elsewhere.yaml:2:8: store: its folder does not exist"

# Two nodes' files swapped.
start cs-131016
start cs-141003
kill_node cs-131016 TERM
kill_node cs-141003 TERM
mv "$NET/cs-131016.db" "$NET/x.db"
mv "$NET/cs-141003.db" "$NET/cs-131016.db"
mv "$NET/x.db" "$NET/cs-141003.db"
refuses cs-131016
has "swapped" "$NET/cs-131016.err" \
    "store: the database of cs:141003:0, not of cs:131016:0"
refuses cs-141003
has "swapped" "$NET/cs-141003.err" "the database of cs:131016:0, not of cs:141003:0"

# A newer version's, untouched.
put_back
sqlite3 "$DB" "UPDATE meta SET value = '999' WHERE name = 'schema_version'"
keep
refused "newer" "schema version 999; this program knows 1 to "
untouched "a newer one"
sqlite3 "$DB" "UPDATE meta SET value = '2' WHERE name = 'schema_version'"
start $T
kill_node $T KILL
keep

# --- while it runs ---

# Another process writes: the desk is refused after a moment, and taken when it is done.
start $T
coproc SQL { sqlite3 "$DB"; }
# shellcheck disable=SC2153
SQL_TASK=$SQL_PID
echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"${SQL[1]}"
read -r -t 5 HELD <&"${SQL[0]}"
[ "$HELD" = held ] || fail "the test does not hold the lock"
BEFORE=$EPOCHREALTIME
move_in && fail "taken while another process writes"
has "why" "$NET/why" "E_STORE_GONE"
has "why in words" "$NET/why" "database is locked"
kill -0 "${PID[$T]}" || fail "it must live"
TOOK=$(awk -v a="$BEFORE" -v b="$EPOCHREALTIME" 'BEGIN { print int(b - a) }')
[ "$TOOK" -lt 10 ] || fail "the refusal took $TOOK s"
printf "COMMIT;\n.quit\n" >&"${SQL[1]}"
wait "$SQL_TASK" 2> /dev/null
expect "taken when it is done" until_true 5 move_in
kill_node $T KILL
coproc SQL { sqlite3 "$DB"; }
SQL_TASK=$SQL_PID
echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"${SQL[1]}"
read -r -t 5 HELD <&"${SQL[0]}"
refused "locked at a start" "database is locked"
printf "COMMIT;\n.quit\n" >&"${SQL[1]}"
wait "$SQL_TASK" 2> /dev/null

# Deleted under it: nothing more is acknowledged; what was is in the rescued file.
start $T
move_in || fail "before the deletion: $(cat "$NET/why")"
COUNT=$(moves "$DB")
rm "$DB" "$DB-wal" "$DB-shm"
move_in && fail "acknowledged into a deleted file"
stops $T 3
has "why" "$NET/$T.log" 'event=alarm peer=- status=E_IO what="its file was moved or deleted"'
[ "$(moves "$DB.rescued")" = "$COUNT" ] || fail "the rescued file lacks what was acknowledged"
ok
[ "$(stat -c %a "$DB.rescued")" = 600 ] || fail "others can read the rescued file"
refused "and a start says so" "missing: put the database back"
mv "$DB.rescued" "$DB"
start $T
expect "the rescued file serves" test "$(moves "$DB")" = "$COUNT"
move_in || fail "it goes on"
# Another file in its place is not written to either.
cp "$DB" "$NET/other.db"
mv "$NET/other.db" "$DB"
move_in && fail "acknowledged into a replaced file"
stops $T 3
rm -f "$DB-wal" "$DB-shm"
mv "$DB.rescued" "$DB"

# A sync that fails: exit, and nothing is synced again; the log stays for the next start.
start $T
move_in || fail "before the failure: $(cat "$NET/why")"
COUNT=$(moves "$DB")
echo "-wal" > "$NET/$T.fault/sync"
move_in && fail "acknowledged although the disk failed"
stops $T 3
has "alarm" "$NET/$T.log" 'event=alarm peer=- status=E_IO what="disk I/O error"'
AFTER=$(awk '/ EIO / { failed = 1; next } failed' "$NET/$T.fault/calls")
[ -z "$AFTER" ] || fail "tried again after a failed sync: $AFTER"
ok
[ -s "$DB-wal" ] || fail "the log was removed after a failed sync"
start $T
[ "$(moves "$DB")" -ge "$COUNT" ] || fail "an acknowledged step is lost"
ok
move_in || fail "it goes on: $(cat "$NET/why")"
kill_node $T TERM
[ "$CODE" -eq 0 ] || fail "exit $CODE"
echo "store: $CHECKS checks, 0 failures"
