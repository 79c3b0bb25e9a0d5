#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a node refuses to start with: each finding names file, line, column and what is wrong;
# check-config says the same, and nothing is changed.
JUKI=$1
. "$(dirname "$0")/network.sh"

make_root
add cs 131016
add cs 141003
add registry 131016
make_directory
NODE=cs-131016
FILE=$NET/$NODE.yaml

files() {
    find "$NET" -type f ! -name '*.out' ! -name '*.err' ! -name '*.yaml' ! -name '*.checked' | sort
}

# refused TEXT: node and check-config refuse NODE's config with that line; no file is new.
refused() {
    local before
    before=$(files)
    refuses $NODE
    has "what is wrong" "$NET/$NODE.err" "$1"
    "$JUKI" check-config "$FILE" > "$NET/$NODE.checked" 2>&1
    [ $? -eq 1 ] || fail "check-config accepts what the node refuses"
    diff "$NET/$NODE.checked" "$NET/$NODE.err" > /dev/null || fail "check-config says otherwise"
    [ "$(files)" = "$before" ] || fail "a refused start changed files: $(files)"
}

# line N TEXT: replaces a line of the good config.
line() {
    config $NODE
    sed -i "$1s|.*|$2|" "$FILE"
}

config $NODE
expect "a good config" "$JUKI" check-config "$FILE" > /dev/null

line 4 'directry: directory.bin'
refused "$NODE.yaml:4:1: directry: unknown key"
has "what is missing" "$NET/$NODE.err" "$NODE.yaml:1:1: directory: missing"
line 8 'timers: {resend_ms: 200, resent_ms: 5}'
refused "$NODE.yaml:8:26: timers.resent_ms: unknown key"
line 8 'timers: {resend_ms: soon}'
refused "$NODE.yaml:8:21: timers.resend_ms: must be a number without quotes or leading zeros"
line 8 'timers: {resend_ms: 0}'
refused "$NODE.yaml:8:21: timers.resend_ms: must be 1 to 86400000"
line 8 'timers: 200'
refused "$NODE.yaml:8:9: timers: must be a mapping of keys"
line 2 'store: [a.db, b.db]'
refused "$NODE.yaml:2:8: store: must be one value"
line 3 "store: other.db"
refused "$NODE.yaml:3:1: store: stands twice"
line 1 'node: {role: cs}'
refused "$NODE.yaml:1:1: node.code: missing"
line 1 'node: {role: mayor, code: "131016"}'
refused "$NODE.yaml:1:14: node.role: must be cs, registry"
line 1 'node: {role: cs, code: "131015"}'
refused "$NODE.yaml:1:24: node.code: wrong check digit"
line 1 'node: {role: cs, code: "130001"}'
refused "$NODE.yaml:1:24: node.code: not in the list of municipalities"
line 7 'today: 2026-02-29'
refused "$NODE.yaml:7:8: today: must be a date"
line 10 'listen: localhost:7101'
refused "$NODE.yaml:10:9: listen: must be ADDRESS:PORT"
line 9 'clerk: automatic'
refused "$NODE.yaml:9:8: clerk: only a registry has a clerk"
line 9 'dial_max_ms: {'
refused "$NODE.yaml:1"
printf 'node: {role: cs' > "$FILE"
refused "YAML"
rm "$FILE"
refused "$NODE.yaml:1:1: file: $NODE.yaml: cannot be opened"

# Keys: a file is missing, damaged, open to others, another node's, or too old.
config $NODE
mv "$NET/$NODE.keys/channel.key" "$NET/away"
refused "$NODE.yaml:3:7: keys: channel.key: cannot be opened"
head -c 40 "$NET/away" > "$NET/$NODE.keys/channel.key"
chmod 600 "$NET/$NODE.keys/channel.key"
refused "keys: channel.key: not a key file"
cp -p "$NET/away" "$NET/$NODE.keys/channel.key"
chmod 644 "$NET/$NODE.keys/channel.key"
refused "keys: channel.key: others can access it: chmod 600"
mv "$NET/away" "$NET/$NODE.keys/channel.key"
chmod 600 "$NET/$NODE.keys/channel.key"
line 3 'keys: cs-141003.keys'
refused "$NODE.yaml:3:7: keys: keys of another node: cs:141003:0, not cs:131016:0"
"$JUKI" keys issue --root "$NET/root" --role cs --code 131016 --days 1 \
    --not-before $(($(date +%s) - 3 * 86400)) --out "$NET/old.keys" > /dev/null || fail "old keys"
line 3 'keys: old.keys'
refused "$NODE.yaml:3:7: keys: a certificate outside its validity"

# Directory: missing, damaged, of another root.
line 4 'directory: nowhere.bin'
refused "$NODE.yaml:4:12: directory: nowhere.bin: cannot be opened"
cp "$NET/directory.bin" "$NET/damaged.bin"
printf '\377' | dd of="$NET/damaged.bin" bs=1 seek=100 conv=notrunc 2> /dev/null
line 4 'directory: damaged.bin'
refused "$NODE.yaml:4:12: directory: not signed by the root of this node's keys, or damaged"

# History: both keys or none; the key file must be one.
config $NODE "history: $NODE.history"
refused "$NODE.yaml:11:10: history: history and history_key belong together"
config $NODE "history_key: some.key"
refused "$NODE.yaml:11:14: history_key: history and history_key belong together"
config $NODE "history: $NODE.history" "history_key: some.key"
refused "$NODE.yaml:12:14: history_key: some.key: cannot be opened"
for key in "" "$(printf '%063d' 1)" "$(printf '%065d' 1)" "$(printf '%063dg' 1)"; do
    echo "$key" > "$NET/some.key"
    refused "$NODE.yaml:12:14: history_key: not a file of 64 hex digits"
done
rm "$NET/some.key"

# Population: one wrong digit; the store is not even begun.
config $NODE "population: people.tsv"
"$JUKI" population --seed 1 --municipality 131016 --residents 20 --out "$NET/people.tsv" ||
    fail "population"
cp "$NET/people.tsv" "$NET/good.tsv"
awk -F '\t' 'BEGIN { OFS = FS } NR == 5 { $1 = substr($1, 1, 10) (substr($1, 11) + 1) % 10 } { print }' \
    "$NET/good.tsv" > "$NET/people.tsv"
refused "$NODE.yaml:11:13: population: line 5: resident_code: wrong check digit"
printf 'x\377\n' >> "$NET/people.tsv"
refused "population: line 22"
cp "$NET/good.tsv" "$NET/people.tsv"
start $NODE
[ "$(sqlite3 "$NET/$NODE.db" 'SELECT count(*) FROM register WHERE status_name = "current"')" = 20 ] ||
    fail "20 residents must stand in the register"
ok

# One store, one process; and nobody else's.
cp "$FILE" "$NET/second.yaml"
sed -i 's|^socket:.*|socket: second.sock|; /^listen/d' "$NET/second.yaml"
refuses second
has "two processes" "$NET/second.err" "second.yaml:2:8: store: another process uses it"
kill_node $NODE TERM
[ "$CODE" -eq 0 ] || fail "exit $CODE"
line 2 'store: cs-141003.db'
cp "$NET/$NODE.db" "$NET/cs-141003.db"
config cs-141003
refuses cs-141003
has "another node's database" "$NET/cs-141003.err" "cs-141003.yaml:2:8: store:"
start_second() {
    config $NODE
    start $NODE
}
start_second
sed 's|^store:.*|store: third.db|; s|^socket:.*|socket: third.sock|' "$FILE" > "$NET/third.yaml"
refuses third
has "the port is taken" "$NET/third.err" "listen: 127.0.0.1:${PORT[$NODE]}: address already in use"
kill_node $NODE TERM

# A config that is changed under the node: nothing is read again; SIGHUP only judges the file.
config $NODE
start $NODE
line 7 'today: 2026-09-09'
kill -HUP "${PID[$NODE]}"
expect "a good file" until_true 5 logged $NODE \
    'event=config peer=- status=OK what="read at a start only: restart to use a change"'
line 1 'node: {role: cs, code: "131015"}'
kill -HUP "${PID[$NODE]}"
expect "a file that a start would refuse" until_true 5 logged $NODE \
    'event=config peer=- status=E_CONFIG what="a restart would be refused: juki check-config"'
python3 "$(dirname "$0")/ask.py" "$NET/$NODE.sock" '{"v":1,"verb":"status"}' > "$NET/status"
has "the day that it started with" "$NET/status" "\"today\":$(($(date -ud 2026-04-01 +%s) / 86400)),"
kill_node $NODE TERM
# What must not change: own code and role (the database knows them), the keys' root (told).
line 1 'node: {role: cs, code: "141003"}'
refuses $NODE
has "another code" "$NET/$NODE.err" "keys: keys of another node: cs:131016:0, not cs:141003:0"
line 3 'keys: cs-141003.keys'
sed -i '1s|.*|node: {role: cs, code: "141003"}|' "$FILE"
refuses $NODE
has "another code, with its keys" "$NET/$NODE.err" \
    "store: the database of cs:131016:0, not of cs:141003:0"
config $NODE
mv "$NET/root" "$NET/root.first"
mv "$NET/$NODE.keys" "$NET/keys.first"
cp "$NET/directory.bin" "$NET/directory.first"
make_root
"$JUKI" keys issue --root "$NET/root" --role cs --code 131016 --out "$NET/$NODE.keys" > /dev/null ||
    fail "keys of another root"
"$JUKI" keys directory --root "$NET/root" --out "$NET/directory.bin" \
    "$NET/$NODE.keys=127.0.0.1:${PORT[$NODE]}" > /dev/null || fail "directory of another root"
start $NODE
expect "another root" logged $NODE 'what="the keys have another root than at the last start"'
kill_node $NODE TERM
: > "$NET/$NODE.log"
start $NODE
logged $NODE "another root" && fail "told again"
ok
kill_node $NODE TERM
rm -rf "$NET/root" "$NET/$NODE.keys"
mv "$NET/root.first" "$NET/root"
mv "$NET/keys.first" "$NET/$NODE.keys"
mv "$NET/directory.first" "$NET/directory.bin"

# A database that cannot be written.  Root may write everything, so another user tries.
if [ "$(id -u)" -eq 0 ]; then
    config $NODE
    chmod 755 "$NET"
    cp "$JUKI" "$NET/juki"
    chown -R 65534 "$NET"
    chmod 555 "$NET"
    chmod 444 "$NET/$NODE.db"
    setpriv --reuid=65534 --clear-groups "$NET/juki" node --config "$FILE" 2> /tmp/juki-ro.$$
    CODE=$?
    chmod 755 "$NET"
    mv /tmp/juki-ro.$$ "$NET/ro.err"
else
    chmod 555 "$NET"
    chmod 444 "$NET/$NODE.db"
    message=$("$JUKI" node --config "$FILE" 2>&1)
    CODE=$?
    chmod 755 "$NET"
    echo "$message" > "$NET/ro.err"
fi
[ "$CODE" -eq 1 ] || fail "a read-only database: exit $CODE"
has "read-only" "$NET/ro.err" "$NODE.yaml:2:8: store: the store cannot be written"
echo "config: $CHECKS checks, 0 failures"
