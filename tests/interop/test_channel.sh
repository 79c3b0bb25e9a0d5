#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_channel.sh JUKI PEERS: handshake, HELLO, records of all sizes and rekey between our channel
# and two other implementations of Noise, each in both roles.
JUKI=$1
PEERS=$2
. "$(dirname "$0")/pairs.sh"

# One record; full first record and one byte more; the longest message.
sizes=sizes=1,20,4078,4079,8172,8173,65536
for pair in "ours ours" "go ours" "ours go" "python ours" "ours python"; do
    # shellcheck disable=SC2086
    agree $pair 0,0 messages=21 $sizes
done

# Past two rekeys in each direction.  Both fall into the middle of a message of two records:
# the 65536th and the 131072nd record are its first.
long="messages=105000 sizes=20,20,4100"
for pair in "go ours" "ours go"; do
    # shellcheck disable=SC2086
    agree $pair 2,2 $long
done

# Controls: who rekeys one record later is not understood from then on, by whichever side hears of it
# first: ours after 49,151 whole messages, gopeer after 65,536 records.
for pair in "go ours" "ours go"; do
    # shellcheck disable=SC2086
    set -- $pair
    own=() other=()
    [ "$1" = go ] && own=(rekey=65537) || other=(rekey=65537)
    # shellcheck disable=SC2086
    talk "$1" "$2" $long "${own[@]}" -- $long "${other[@]}"
    [ "$INITIATOR_CODE$RESPONDER_CODE" = 11 ] &&
        grep -qE -e '^0: closed at=records E_AEAD \(message [0-9]* sent, 49151 received\)$' \
            -e 'message authentication failed \(record [0-9]* sent, 65536 received\)$' \
            "$WORK/initiator.out" "$WORK/responder.out" || {
        cat "$WORK"/*.out >&2
        fail "$1 dials $2: a rekey at another record goes unseen"
    }
    CHECKS=$((CHECKS + 1))
done

# Control: another node's name in the certificate is refused by the other implementation too.
mv "$WORK/131016.keys" "$WORK/kept"
"$JUKI" keys issue --root "$WORK/root" --role cs --code 131024 --out "$WORK/131016.keys" \
    > /dev/null || fail "keys"
talk ours go messages=1 -- messages=1
[ "$INITIATOR_CODE$RESPONDER_CODE" = 11 ] &&
    grep -q '^0: closed at=handshake a certificate of another node$' "$WORK/responder.out" ||
    fail "another node's certificate is taken"
CHECKS=$((CHECKS + 1))
echo "channel: $CHECKS checks, 0 failures"
