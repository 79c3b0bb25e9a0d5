# SPDX-License-Identifier: Apache-2.0
# What the tests beside this file share: two nodes' keys made by `juki keys`, and two peers talking.
# Sourced by bash; JUKI names the program, PEERS the folder of interop_peer and gopeer.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/juki-interop.XXXXXX")
CHECKS=0
SERVER=

finish() {
    local code=$?
    [ -z "$SERVER" ] || kill -KILL "$SERVER" 2> /dev/null
    rm -rf "$WORK"
    exit "$code"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

"$JUKI" keys init --out "$WORK/root" > /dev/null || fail "root"
for code in 131016 141003; do
    "$JUKI" keys issue --root "$WORK/root" --role cs --code $code --out "$WORK/$code.keys" \
        > /dev/null || fail "keys"
done

# A peer by its name: ours, go, python.
run_peer() {
    case $1 in
    ours) "$PEERS/interop_peer" "${@:2}" ;;
    go) "$PEERS/gopeer" "${@:2}" ;;
    python) /usr/bin/python3 "$here/pypeer.py" "${@:2}" ;;
    esac
}

# talk INITIATOR RESPONDER [INITIATOR'S OPTION]... -- [RESPONDER'S OPTION]...: what the two say
# stands in initiator.out and responder.out, their exit codes in INITIATOR_CODE, RESPONDER_CODE.
talk() {
    local initiator=$1 responder=$2 own=() i
    shift 2
    while [ "$1" != -- ]; do
        own+=("$1")
        shift
    done
    shift
    : > "$WORK/responder.out"
    run_peer "$responder" serve "$WORK/141003.keys" 127.0.0.1:0 1:131016:0 "$@" \
        > "$WORK/responder.out" 2> "$WORK/responder.err" &
    SERVER=$!
    for ((i = 0; i < 1000; i++)); do
        grep -q '^port ' "$WORK/responder.out" && break
        sleep 0.01
    done
    run_peer "$initiator" dial "$WORK/131016.keys" \
        "127.0.0.1:$(sed -n 's/^port //p' "$WORK/responder.out")" 1:141003:0 "${own[@]}" \
        > "$WORK/initiator.out" 2> "$WORK/initiator.err"
    INITIATOR_CODE=$?
    wait "$SERVER"
    RESPONDER_CODE=$?
    SERVER=
}

# agree INITIATOR RESPONDER REKEYS OPTION...: both say all, hear all, and count the same rekeys.
agree() {
    talk "$1" "$2" "${@:4}" -- "${@:4}"
    cat "$WORK/initiator.err" "$WORK/responder.err" >&2
    [ "$INITIATOR_CODE$RESPONDER_CODE" = 00 ] &&
        grep -q "^0: done .* rekeys=$3\$" "$WORK/initiator.out" &&
        grep -q "^0: done .* rekeys=$3\$" "$WORK/responder.out" || {
        cat "$WORK/initiator.out" "$WORK/responder.out" >&2
        fail "$1 dials $2, ${*:4}"
    }
    echo "$1 dials $2: $(sed -n 's/^0: done //p' "$WORK/initiator.out")"
    CHECKS=$((CHECKS + 1))
}
