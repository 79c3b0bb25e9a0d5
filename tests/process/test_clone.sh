#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two nodes with one identity, on different databases: a copy that is behind, an empty one, one that is
# even and then goes its own way.  Peers raise an alarm, take nothing twice and acknowledge nothing
# that is lost; when the clone is gone the original goes on.
JUKI=$1
. "$(dirname "$0")/network.sh"
TRACES=refused # two nodes write in one name

make_root
add cs 131016
add terminal 131016
make_directory
C=cs-131016
T=terminal-131016
config $C
config $T
# The clone: the same keys, its own database, socket and log.
sed "s|^store:.*|store: clone.db|; s|^socket:.*|socket: clone.sock|; s|^log:.*|log: clone.log|" \
    "$NET/$T.yaml" > "$NET/clone.yaml"
RESIDENT=$("$JUKI" population --seed 3 --municipality 131016 --residents 1 |
    awk -F '\t' 'NR == 2 { print $1 }')

# move_in NODE: sets TXN.
move_in() {
    "$JUKI" terminal move-in --socket "$NET/$1.sock" --origin 141003 --resident "$RESIDENT" \
        --address "千代田区" --moved-in 2026-04-01 > "$NET/txn" 2> "$NET/why" ||
        fail "move-in at $1: $(cat "$NET/why")"
    TXN=$(sed -n 's/^txn=//p' "$NET/txn")
}

# taken N: so many messages of the terminal are in the CS's inbox; has_txn TXN: that move-in is there.
taken() {
    [ "$(sqlite3 "file:$NET/$C.db?mode=ro" "SELECT count(*) FROM inbox")" = "$1" ]
}
has_txn() {
    [ "$(sqlite3 "file:$NET/$C.db?mode=ro" "SELECT count(*) FROM machine
        WHERE machine_name = 'movein_dest_cs' AND key = x'$1'")" = 1 ]
}

alarm() {
    grep -qF "event=alarm peer=terminal:131016:0 status=$1 what=\"$2" "$NET/$C.log"
}

start $C
start $T
move_in $T
expect "the CS has it" until_true 5 has_txn "$TXN"
sqlite3 "$NET/$T.db" ".backup '$NET/behind.db'"
move_in $T
expect "the CS has it" until_true 5 has_txn "$TXN"

# A copy that is behind, and an empty database, while the original is up: the original stays up.
for database in behind none; do
    rm -f "$NET"/clone.db*
    : > "$NET/$C.log"
    [ $database = none ] || cp "$NET/$database.db" "$NET/clone.db"
    start clone
    expect "an alarm" until_true 10 alarm E_HELLO "a second channel knows less"
    sees $C terminal:131016:0 || fail "the original lost its link to a clone ($database)"
    move_in $T
    expect "the original goes on beside the clone" until_true 5 has_txn "$TXN"
    grep -q "event=link_up peer=terminal" "$NET/$C.log" && fail "a clone was let in ($database)"
    ok
    # Now it counts up by itself, under numbers that the original has used.
    move_in clone
    CLONED=$TXN
    move_in clone
    move_in $T
    expect "the original goes on" until_true 10 has_txn "$TXN"
    has_txn "$CLONED" && fail "the CS took a message of the clone ($database)"
    kill_node clone KILL
    expect "the original is up" until_true 5 sees $C terminal:131016:0
done

# The original is down: the copy is refused by its numbers.  Then the original goes on.
kill_node $T TERM
: > "$NET/$C.log"
rm -f "$NET"/clone.db*
cp "$NET/behind.db" "$NET/clone.db"
start clone
expect "an alarm" until_true 5 alarm E_HELLO "the peer sent less than this node received"
sees $C terminal:131016:0 && fail "a copy that is behind is up"
kill_node clone KILL
start $T
expect "the original comes back" until_true 5 sees $C terminal:131016:0
move_in $T
expect "and is heard" until_true 5 has_txn "$TXN"

# A copy that is even: nobody can tell it from the original until one of them speaks.  Both up:
# their channels replace each other, which is told.
quiet() {
    "$JUKI" tx status --socket "$NET/$T.sock" | grep -q '^outbox_waiting=0$'
}
expect "all is acknowledged" until_true 5 quiet
rm -f "$NET"/clone.db*
sqlite3 "$NET/$T.db" ".backup '$NET/clone.db'"
: > "$NET/$C.log"
start clone
expect "two live links are told" until_true 10 alarm E_IDENTITY "two live links of one identity"
kill_node clone KILL
expect "the original comes back" until_true 5 sees $C terminal:131016:0

# The clone speaks first, under the number that the original uses next: the original is not told that
# its message arrived, for it did not.  It waits in its outbox, and the alarm says why.
kill_node $T KILL
start clone
move_in clone
expect "the clone was first" until_true 5 has_txn "$TXN"
kill_node clone KILL
: > "$NET/$C.log"
start $T
expect "the original is behind now" until_true 5 alarm E_HELLO "the peer sent less"
move_in $T
ORIGINAL=$TXN
expect "two messages under one number" until_true 5 alarm E_CONFLICT \
    "another message came under this number before"
has_txn "$ORIGINAL" && fail "it cannot be there"
"$JUKI" tx status --socket "$NET/$T.sock" | grep -q '^outbox_waiting=[1-9]' ||
    fail "acknowledged although nobody took it"
ok
"$JUKI" tx show "$ORIGINAL" --socket "$NET/$T.sock" > "$NET/show" || fail "it is still there"
ok
kill_node $T TERM
kill_node $C TERM
echo "clone: $CHECKS checks, 0 failures"
