#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_node.sh JUKI PEERS: gopeer in place of a CS, in both roles, against a real `juki node`:
# handshake, HELLO, an envelope that is acknowledged and answered.
JUKI=$1
PEERS=$2
. "$(dirname "$0")/../process/network.sh"
TRACES=apart # gopeer speaks in the name of either node

make_root
add cs 131016
add cs 141003

# request FROM TO: a CERT_REQUEST for a resident that TO does not know.
request() {
    local body
    body=$("$JUKI" encode cert-request --hex <<TXT
origin_municipality_code: $2
resident_code[0]: 12345678903
filing_day: 2026-04-01
moved_in_day: 2026-03-30
new_address: 一丁目
TXT
    ) || fail "body"
    "$JUKI" encode envelope > "$NET/request" <<TXT || fail "envelope"
version: 1
kind: CERT_REQUEST
message_id: 000102030405060708090a0b0c0d0e0f
txn: f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
author.role: CS
author.code: $1
target.role: CS
target.code: $2
body: $body
TXT
}

# answered FROM TO: gopeer is done and holds TO's refusal.
answered() {
    grep -q '^0: done ' "$NET/gopeer.out" || fail "gopeer: $(cat "$NET/gopeer.out")"
    ok
    "$JUKI" decode envelope < "$NET/answer" > "$NET/answer.txt" || fail "the answer is no envelope"
    for line in 'kind: REFUSAL' 'txn: f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff' 'reason: NO_FILING' \
        "author.code: $1" "target.code: $2"; do
        has "the answer" "$NET/answer.txt" "$line"
    done
}

# 131016 is gopeer and dials 141003.
make_directory
config cs-141003
start cs-141003
request 131016 141003
"$PEERS/gopeer" dial "$NET/cs-131016.keys" "127.0.0.1:${PORT[cs-141003]}" 1:141003:0 \
    send="$NET/request" receive="$NET/answer" > "$NET/gopeer.out" 2>&1
answered 141003 131016
expect "the node knew its peer" logged cs-141003 "event=link_up peer=cs:131016:0"
expect "and took the step" logged cs-141003 "in=CERT_REQUEST"
kill_node cs-141003 TERM

# 141003 is gopeer and 131016 dials it.
rm "$NET/answer"
request 141003 131016
"$PEERS/gopeer" serve "$NET/cs-141003.keys" "127.0.0.1:${PORT[cs-141003]}" 1:131016:0 \
    send="$NET/request" receive="$NET/answer" > "$NET/gopeer.out" 2>&1 &
PID[gopeer]=$!
config cs-131016
start cs-131016
wait "${PID[gopeer]}"
unset "PID[gopeer]"
answered 131016 141003
expect "the node knew its peer" logged cs-131016 "event=link_up peer=cs:141003:0"
kill_node cs-131016 TERM
echo "node: $CHECKS checks, 0 failures"
