#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_flips.sh JUKI PEERS [STEP]: one bit flipped on the way makes the handshake fail: every bit of
# the preamble, every STEP-th (default 17th) of the three handshake messages.
JUKI=$1
PEERS=$2
step=${3:-17}
. "$(dirname "$0")/pairs.sh"

# flips WHERE STEP INITIATOR RESPONDER [OPTION...]
flips() {
    python3 "$here/flips.py" "$1" "$2" "$4" "$3" "$WORK/141003.keys" "$WORK/131016.keys" "${@:5}"
}

# find_all WHERE STEP INITIATOR RESPONDER
find_all() {
    local said
    said=$(flips "$1" "$2" "$PEERS/$3" "$PEERS/$4") || fail "$1, $3 dials $4: $said"
    printf '%-9s %s dials %s: %s\n' "$1" "$3" "$4" "$said"
    CHECKS=$((CHECKS + 1))
}

for pair in "interop_peer interop_peer" "gopeer interop_peer" "interop_peer gopeer"; do
    # shellcheck disable=SC2086
    set -- $pair
    find_all preamble 1 "$1" "$2"
    find_all 1 "$step" "$1" "$2"
    find_all 2 "$step" "$1" "$2"
    find_all 3 "$step" "$1" "$2"
done

# Control: two peers that do not prove the preamble; then no flip may be found.
said=$(flips preamble 1 "$PEERS/gopeer" "$PEERS/gopeer" prologue=label) &&
    fail "the control: $said"
case $said in
"0 of 256 handshakes fail, controls 2 of 2 succeed"*) ;;
*) fail "the control: $said" ;;
esac
echo "preamble  without it in the prologue: 0 of 256 handshakes fail, as a control must"
CHECKS=$((CHECKS + 1))
echo "flips: $CHECKS checks, 0 failures"
