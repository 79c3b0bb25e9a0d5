#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Peers that are not who they should be are refused; the others go on.
JUKI=$1
. "$(dirname "$0")/network.sh"

make_root
add cs 131016
add cs 141003
add cs 131032
# This one's certificates end in a few seconds.
SOON=6
add cs 131024 --days 1 --not-before $(($(date +%s) - 86400 + SOON))
BORN=$SECONDS
make_directory
for name in "${NAMES[@]}"; do
    config "$name"
done
start cs-131016
start cs-141003
start cs-131024
expect "a certificate that is still valid" until_true 4 sees cs-131016 cs:131024:0
expect "a good peer" until_true 4 sees cs-131016 cs:141003:0

# Another root's node, with the name of a good one: cs:131032 dials cs:141003.
mv "$NET/root" "$NET/root.good"
mv "$NET/directory.bin" "$NET/directory.good"
make_root
for name in cs-131032 cs-141003; do
    mv "$NET/$name.keys" "$NET/$name.good"
    "$JUKI" keys issue --root "$NET/root" --role cs --code "${name#cs-}" --out "$NET/$name.keys" \
        > /dev/null || fail "keys of the other root"
done
"$JUKI" keys directory --root "$NET/root" --out "$NET/directory.bin" \
    "$NET/cs-131032.keys=127.0.0.1:${PORT[cs-131032]}" \
    "$NET/cs-141003.keys=127.0.0.1:${PORT[cs-141003]}" > /dev/null || fail "the other directory"
start cs-131032
expect "the dialler finds another root's node" until_true 4 \
    logged cs-131032 "event=closed peer=cs:141003:0 status=E_CERTIFICATE"
kill_node cs-131032 KILL

# A directory that names the wrong address: at cs:141003's stands cs:131016.
"$JUKI" keys directory --root "$NET/root.good" --out "$NET/directory.bin" \
    "$NET/cs-131032.good=127.0.0.1:${PORT[cs-131032]}" \
    "$NET/cs-141003.good=127.0.0.1:${PORT[cs-131016]}" > /dev/null || fail "the wrong directory"
rm -rf "$NET/cs-131032.keys"
mv "$NET/cs-131032.good" "$NET/cs-131032.keys"
start cs-131032
expect "the node there is another one" until_true 4 \
    logged cs-131016 "event=closed peer=- status=E_IDENTITY"
kill_node cs-131032 KILL

# The certificate has ended: a new handshake fails.
sleep $((SOON + 1 - (SECONDS - BORN) > 0 ? SOON + 1 - (SECONDS - BORN) : 0))
kill_node cs-131016 KILL
mv "$NET/directory.good" "$NET/directory.bin"
start cs-131016
expect "an expired certificate" until_true 4 \
    logged cs-131016 "event=closed peer=cs:131024:0 status=E_EXPIRED"
expect "the good peer again" until_true 4 sees cs-131016 cs:141003:0
sees cs-131016 cs:131024:0 && fail "an expired peer is up"

# Rubbish and silence: the first is closed at once, the second after its deadline.
exec {rubbish}<> "/dev/tcp/127.0.0.1/${PORT[cs-141003]}" || fail "connect"
printf '%040d' 0 >&$rubbish
expect "rubbish" until_true 4 logged cs-141003 "event=closed peer=- status=E_HANDSHAKE"
exec {rubbish}>&-
SILENT=()
for _ in $(seq 60); do
    exec {fd}<> "/dev/tcp/127.0.0.1/${PORT[cs-141003]}" && SILENT+=("$fd")
done
expect "the good peer stays while 60 are silent" sees cs-141003 cs:131016:0
kill_node cs-131016 KILL
start cs-131016
expect "and comes back beside them" until_true 4 sees cs-141003 cs:131016:0
expect "silence ends" until_true 10 logged cs-141003 "event=closed peer=- status=E_DEADLINE"
for fd in "${SILENT[@]}"; do
    exec {fd}>&-
done

kill_node cs-131016 TERM
kill_node cs-141003 TERM
echo "peers: $CHECKS checks, 0 failures"
