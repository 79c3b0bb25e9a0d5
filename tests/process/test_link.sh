#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two CS connect, connect again after SIGKILL of either, and stop when told.
JUKI=$1
. "$(dirname "$0")/network.sh"

make_root
add cs 131016
add cs 141003
make_directory
config cs-131016
config cs-141003
start cs-131016
start cs-141003
expect "the smaller code dials the bigger" until_true 5 sees cs-131016 cs:141003:0
expect "both sides know" until_true 5 sees cs-141003 cs:131016:0

kill_node cs-141003 KILL
expect "the dialling side notices" until_true 5 logged cs-131016 "event=link_down peer=cs:141003:0"
start cs-141003
expect "it dials again" until_true 5 sees cs-131016 cs:141003:0

kill_node cs-131016 KILL
start cs-131016
expect "a killed dialler comes back" until_true 5 sees cs-141003 cs:131016:0
expect "and sees its peer" until_true 5 sees cs-131016 cs:141003:0

mode=$(stat -c %a "$NET/cs-131016.sock")
[ "$mode" = 600 ] || fail "socket mode $mode"
ok

kill_node cs-131016 TERM
[ "$CODE" -eq 0 ] || fail "SIGTERM: exit $CODE"
ok
[ ! -e "$NET/cs-131016.db-wal" ] || fail "a write-ahead log is left after a graceful stop"
ok
kill_node cs-141003 INT
[ "$CODE" -eq 0 ] || fail "SIGINT: exit $CODE"
ok
echo "link: $CHECKS checks, 0 failures"
