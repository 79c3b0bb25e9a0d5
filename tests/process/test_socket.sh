#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The operators' socket refuses what it does not know, says why, and goes on.
JUKI=$1
. "$(dirname "$0")/network.sh"

make_root
add cs 131016
add registry 131016
add terminal 131016
make_directory
config terminal-131016
config registry-131016 "clerk: manual"
start terminal-131016
start registry-131016

# ask NAME LINE...: answers in $NET/answer.
ask() {
    python3 "$(dirname "$0")/ask.py" "$NET/$1.sock" "${@:2}" > "$NET/answer" || fail "ask"
}

# refused NAME LINE STATUS: asked together with the others by judge.
declare -A LINES=()
refused() {
    LINES[$1]+="$2"$'\n'
    LINES[$1.status]+="$3"$'\n'
}

# judge NAME: every line must be refused with its status.
judge() {
    local -a lines statuses answers
    local i
    mapfile -t lines <<< "${LINES[$1]%$'\n'}"
    mapfile -t statuses <<< "${LINES[$1.status]%$'\n'}"
    ask "$1" "${lines[@]}"
    mapfile -t answers < "$NET/answer"
    for i in "${!lines[@]}"; do
        case ${answers[i]} in
        *"\"ok\":false,\"status\":\"${statuses[i]}\""*) ok ;;
        *) fail "${lines[i]}: not ${statuses[i]} but ${answers[i]}" ;;
        esac
    done
    grep -q "$RESIDENT\|12345678901" "$NET/answer" && fail "a resident's code in an answer"
    ok
}

T=terminal-131016
RESIDENT=$("$JUKI" population --seed 3 --municipality 141003 --residents 1 |
    awk -F '\t' 'NR == 2 { print $1 }')
R=registry-131016
refused $T 'hello' E_WIRE
refused $T '\x00' E_WIRE
refused $T '\xff\xfe' E_UTF8
refused $T '{"v":1,"verb":"\xff\xfe"}' E_UTF8
refused $T '{"v":1,"verb":"\\u0000"}' E_UTF8
refused $T '[1]' E_WIRE
refused $T '{"v":1,"v":1,"verb":"status"}' E_WIRE
refused $T '{"verb":"status"}' E_VERSION
refused $T '{"v":2,"verb":"status"}' E_VERSION
refused $T '{"v":1,"verb":"dance"}' E_KIND
refused $T '{"v":1,"verb":7}' E_KIND
refused $T '{"v":1,"verb":"status","id":"x"}' E_UNKNOWN_FIELD
refused $T '{"v":1,"verb":"file-out"}' E_ROUTE
refused $T '{"v":1,"verb":"show"}' E_MISSING_FIELD
refused $T '{"v":1,"verb":"show","id":"00000000000000000000000000000000"}' E_RANGE
refused $T '{"v":1,"verb":"show","id":"0000000000000000000000000000000g"}' E_RANGE
refused $T '{"v":1,"verb":"show","id":"00000000000000000000000000000001"}' E_NOT_FOUND
refused $T '{"v":1,"verb":"stop","txn":"00000000000000000000000000000001"}' E_NOT_FOUND
refused $T '{"v":1,"verb":"wait","txn":"00000000000000000000000000000001"}' E_NOT_FOUND
refused $T '{"v":1,"verb":"wait","txn":"00000000000000000000000000000001","timeout_ms":-1}' E_RANGE

MOVE='"v":1,"verb":"move-in","origin":"141003","new_address":"x","moved_in_day":"2026-04-01"'
refused $T "{$MOVE}" E_MISSING_FIELD
refused $T "{$MOVE,\"residents\":[]}" E_MISSING_FIELD
refused $T "{$MOVE,\"residents\":[\"123\"]}" E_RESIDENT_CODE
refused $T "{$MOVE,\"residents\":[12345678901]}" E_RESIDENT_CODE
refused $T "{$MOVE,\"residents\":[\"$RESIDENT\",\"$RESIDENT\"]}" E_MEMBERS
refused $T "{$MOVE,\"residents\":[\"12345678901\"]}" E_RESIDENT_CODE_CHECK
CODE17=$(printf ',"%011d"' $(seq 17))
refused $T "{$MOVE,\"residents\":[${CODE17#,}]}" E_OVERSIZED
refused $T "{\"v\":1,\"verb\":\"move-in\",\"origin\":\"141003\",\"residents\":[\"$RESIDENT\"],\"new_address\":\"x\",\"moved_in_day\":\"2026-02-30\"}" E_DATE
refused $T "{$MOVE,\"residents\":[\"$RESIDENT\"],\"card_resident\":1}" E_RANGE
refused $T "{$MOVE,\"residents\":[\"$RESIDENT\"],\"card_usable\":1}" E_WIRE
refused $T "{$MOVE,\"residents\":[\"$RESIDENT\"],\"operator\":\"A B\"}" E_NAME
refused $T "{$MOVE,\"residents\":[\"$RESIDENT\"],\"new_postcode\":\"12345678\"}" E_OVERSIZED
OUT="\"v\":1,\"verb\":\"file-out\",\"planned_day\":\"2026-04-01\",\"residents\":[\"$RESIDENT\"]"
refused $R "{$OUT,\"destination\":\"131016\"}" E_SAME_MUNICIPALITY
refused $R "{$OUT,\"destination\":\"130001\"}" E_MUNICIPALITY_UNKNOWN
refused $R "{$OUT}" E_NOT_FOUND
refused $R '{"v":1,"verb":"enter","txn":"00000000000000000000000000000001"}' E_NOT_FOUND
refused $R '{"v":1,"verb":"reject","txn":"00000000000000000000000000000001"}' E_NOT_FOUND
refused $R '{"v":1,"verb":"cancel-out","case":"00000000000000000000000000000001"}' E_NOT_FOUND

judge $T
judge $R

# Many lines at once are answered in order; a line beyond the limit ends that connection alone.
ask $T '{"v":1,"verb":"status"}' 'x' '{"v":1,"verb":"status"}'
[ "$(grep -c '"ok":true' "$NET/answer")" = 2 ] || fail "two answers"
[ "$(sed -n 2p "$NET/answer" | grep -c E_WIRE)" = 1 ] || fail "in order"
ok
ask $T '@70000' '{"v":1,"verb":"status"}'
has "too long" "$NET/answer" "E_OVERSIZED"
has "hung up" "$NET/answer" "closed"

# A move-in without a CS waits, and says so; after a restart it waits still.
"$JUKI" terminal move-in --socket "$NET/$T.sock" --origin 141003 --resident "$RESIDENT" \
    --address "千代田区一丁目" --moved-in 2026-04-01 --wait 50 > "$NET/txn"
[ $? -eq 1 ] || fail "it cannot be done"
has "waits" "$NET/txn" "state=WAIT_IDENTITY"
TXN=$(sed -n 's/^txn=//p' "$NET/txn")
kill_node $T KILL
start $T
"$JUKI" tx show "$TXN" --config "$NET/$T.yaml" > "$NET/show" || fail "show"
has "the answer was kept" "$NET/show" "message VERIFY_REQUEST to cs:131016:0: waiting"
"$JUKI" tx show "$TXN" --json --config "$NET/$T.yaml" > "$NET/show" || fail "show --json"
has "as JSON" "$NET/show" '"state":"WAIT_IDENTITY"'

# The tools' own exit codes.
"$JUKI" tx show "$TXN" --socket "$NET/nowhere.sock" 2> /dev/null
[ $? -eq 4 ] || fail "no node: exit 4"
"$JUKI" tx show "$TXN" 2> /dev/null
[ $? -eq 2 ] || fail "no socket: exit 2"
"$JUKI" terminal move-in --socket x 2> /dev/null
[ $? -eq 2 ] || fail "missing options: exit 2"
"$JUKI" terminal move-in --help > "$NET/help" || fail "help"
has "help" "$NET/help" "--moved-in DATE"
"$JUKI" node --config 2> /dev/null
[ $? -eq 2 ] || fail "no config: exit 2"
ok
kill_node $T TERM
kill_node $R TERM
echo "socket: $CHECKS checks, 0 failures"
