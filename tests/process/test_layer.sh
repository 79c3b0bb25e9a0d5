#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The second layer of reconciliation: a registry against its CS.  Rows are changed, removed and added by SQL on
# both sides; exactly those are shown, also while people move in; bad questions and wrong sockets are refused.
JUKI=$1
. "$(dirname "$0")/network.sh"
. "$(dirname "$0")/desks.sh"
. "$(dirname "$0")/rounds.sh"

FROM=131016
TO=141003
PLACES=("$FROM" "$TO")
RESIDENTS=1300 movein_network $FROM $TO # more than a page of one municipality
up() {
    sees cs-$FROM prefecture:130001:0 && sees cs-$FROM national:000000:0 &&
        sees cs-$FROM registry:$FROM:0 && sees cs-$TO registry:$TO:0 && sees cs-$TO terminal:$TO:0 &&
        sees cs-$TO prefecture:140007:0 && sees cs-$TO national:000000:0 && sees cs-$TO cs:$FROM:0 &&
        sees cs-$TO cards:000000:0
}
expect "every link stands" until_true 10 up

# differs CODE: exactly what $NET/wanted says: resident, class, registry, CS, fields.
differs() {
    local code=0
    layer registry-$1 cs-$1 --json || code=$?
    [ $code -eq 1 ] || fail "$1: exit $code: $(cat "$NET/err")"
    python3 - "$NET/out" > "$NET/found" << 'END'
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["result"] == "DIFFERENT" and answer["unsettled"] == 0, answer
assert sum(answer["counts"].values()) == len(answer["rows"]), answer["counts"]
for row in answer["rows"]:
    assert row["settled"] and all("cs" not in f for f in row["fields"]), row
    print(row["resident"], row["class"], row["registry"], row["cs"],
          ",".join(f["name"] for f in row["fields"]) or "-")
END
    sort "$NET/wanted" | diff - "$NET/found" >&2 || fail "others are shown than were changed ($1)"
    ok
}

same $FROM
same $TO

# --- what is done by SQL on either side is shown, and nothing else ---
mapfile -t P < <(awk -F '\t' -v code=$FROM '
    NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
    $column["municipality_code"] == code { print $column["resident_code"] }' "$NET/people.tsv" | sort)
[ ${#P[@]} -gt 510 ] || fail "less than a page"
LAST=${P[-1]}
mapfile -t MOVERS < <(movers $FROM | grep -vxF -f <(printf '%s\n' "${P[@]:0:12}" "${P[@]:498:3}" "$LAST") |
    head -n 3)
SURPLUS=00000000009
REGISTRY=registry-$FROM
CS=cs-$FROM
"$JUKI" tx status --socket "$NET/$CS.sock" > /dev/null || fail "status"
for name in $REGISTRY $CS; do
    sqlite3 "$NET/$name.db" ".backup '$NET/$name.before'" || fail "backup"
done
moved="person = CAST(replace(CAST(person AS TEXT), '都', '道') AS BLOB)"
behind $REGISTRY "UPDATE register SET $moved WHERE resident = '${P[0]}'"
behind $CS "UPDATE register SET $moved WHERE resident = '${P[1]}'"
behind $CS "UPDATE episode SET $moved WHERE resident = '${P[1]}'"
behind $CS "UPDATE register SET $moved WHERE resident = '${P[2]}'"
behind $CS "DELETE FROM register WHERE resident = '${P[3]}'"
behind $CS "INSERT INTO register (resident, status, reason, epoch, epoch_high, change_day, person)
    SELECT '$SURPLUS', status, reason, epoch, epoch_high, change_day, person FROM register
    WHERE resident = '${P[4]}'"
behind $REGISTRY "DELETE FROM register WHERE resident = '${P[5]}'"
behind $REGISTRY "UPDATE register SET status = 2 WHERE resident = '${P[6]}'"
behind $CS "UPDATE episode SET is_open = 0, reason_out = 201 WHERE resident = '${P[7]}'"
behind $REGISTRY "UPDATE register SET person = x'01' WHERE resident = '${P[8]}'"
behind $REGISTRY "UPDATE register SET status = 7 WHERE resident = '${P[9]}'"
behind $CS "UPDATE register SET person = zeroblob(5000) WHERE resident = '${P[498]}'"
behind $REGISTRY "UPDATE register SET $moved WHERE resident = '${P[499]}'"
behind $REGISTRY "UPDATE register SET $moved WHERE resident = '${P[500]}'"
behind $CS "DELETE FROM register WHERE resident = '$LAST'"
# What has to agree with nothing: when and why the row was changed, fields that the CS has not.
behind $REGISTRY "UPDATE register SET reason = 103, change_day = 7 WHERE resident = '${P[10]}'"
cat > "$NET/wanted" << END
${P[0]} DIFF current current address
${P[1]} DIFF current current address
${P[2]} DAMAGED current torn address
${P[3]} REGISTRY_ONLY current absent -
$SURPLUS CS_ONLY absent torn -
${P[5]} CS_ONLY absent current -
${P[6]} STATUS_DIFF removed current state
${P[7]} DAMAGED current torn -
${P[8]} DAMAGED damaged current person
${P[9]} DAMAGED damaged current person
${P[498]} DAMAGED current damaged person
${P[499]} DIFF current current address
${P[500]} DIFF current current address
$LAST REGISTRY_ONLY current absent -
END
differs $FROM
same $TO

# --- as text, without and with what the fields hold ---
layer $REGISTRY $CS && fail "equal"
has "a line" "$NET/out" "${P[0]}: DIFF 項目相違; registry current, CS current"
has "which field" "$NET/out" "  address"
has "counts" "$NET/out" "DIFF 4, STATUS_DIFF 1, REGISTRY_ONLY 2, CS_ONLY 2, DAMAGED 5"
has "the verdict" "$NET/out" "verdict: DIFFERENT 相違あり"
has "who is right" "$NET/out" "the registry goes before the CS"
grep -q "東京" "$NET/out" && fail "an address without --fields"
layer $REGISTRY $CS --fields && fail "equal"
grep -q "address 住所: 東京道.* -> 東京都" "$NET/out" || fail "registry -> CS: $(cat "$NET/out")"
ok
has "of one side only" "$NET/out" " -> (none)"
has "the number is hidden" "$NET/out" "individual_number 個人番号: ********"
grep -qE 'individual_number.*[0-9]{12}' "$NET/out" && fail "a whole individual number"
ok

# --- while people move, and nothing else is shown ---
for resident in "${MOVERS[@]}"; do
    file "$resident"
    differs $FROM
    move "$resident"
    same $TO
    differs $FROM
    reaches terminal-$TO "$TXN" "movein_terminal DONE"
    same $TO
done
settles "${MOVERS[0]}" $TO
expect "no message waits" until_true 10 at_rest
differs $FROM
same $TO

# --- a clerk puts it right: equal ---
for name in $REGISTRY $CS; do
    sqlite3 -cmd '.timeout 5000' "$NET/$name.db" "ATTACH '$NET/$name.before' AS was;
        BEGIN IMMEDIATE;
        CREATE TEMP TABLE gone AS SELECT resident FROM register
            WHERE resident IN ($(printf "'%s'," "${P[@]:0:12}" "${P[@]:498:3}" "$SURPLUS")'$LAST');
        DELETE FROM register WHERE resident IN (SELECT resident FROM gone);
        INSERT INTO register (resident, status, reason, epoch, epoch_high, change_day, person)
            SELECT resident, status, reason, epoch, epoch_high, change_day, person FROM was.register
            WHERE resident NOT IN (SELECT resident FROM register);
        UPDATE episode SET (person, is_open, reason_out) = (SELECT w.person, w.is_open, w.reason_out
            FROM was.episode w WHERE w.resident = episode.resident) WHERE resident IN ('${P[1]}', '${P[7]}');
        COMMIT;" || fail "put right"
done
same $FROM

# --- a list of corrections that is on its way: it is waited for, and nothing is a false alarm ---
{
    printf 'resident_code\tpostcode\n'
    printf '%s\t1000009\n' "${P[@]:20:420}" | grep -vF -f <(printf '%s\n' "${MOVERS[@]}") | head -n 400
} > "$NET/list.tsv"
at $REGISTRY registry correct-all "$NET/list.tsv" --reason 302 --count 400 --by head ||
    fail "correct-all: $(cat "$NET/err")"
layer $REGISTRY $CS --wait 60000 || fail "a correction under way is a difference: $(cat "$NET/out" "$NET/err")"
has "it came to rest" "$NET/out" "verdict: EQUAL 一致"
taken() {
    "$JUKI" tx status --socket "$NET/$REGISTRY.sock" | grep -q '^bulk_waiting=0$' &&
        "$JUKI" tx status --socket "$NET/$CS.sock" | grep -q '^bulk_waiting=0$'
}
expect "the list is through" until_true 30 taken
expect "no message waits" until_true 10 at_rest
[ "$(sql $CS "SELECT count(*) FROM register WHERE instr(person, CAST('1000009' AS BLOB)) > 0")" -ge 400 ] ||
    fail "they are not corrected"
same $FROM

# --- wrong sockets, wrong usage ---
layer $CS $CS && fail "a CS as a registry"
has "it is none" "$NET/err" "refused: this is no registry"
layer $REGISTRY $REGISTRY && fail "a registry as a CS"
has "it is none" "$NET/err" "refused: this is no cs"
layer $REGISTRY cs-$TO && fail "another municipality's CS"
has "it is another's" "$NET/err" "refused: of another municipality"
layer terminal-$FROM $CS && fail "a terminal"
has "it has no register" "$NET/err" "refused: E_ROUTE"
exits() { # CODE WORD...
    "$JUKI" reconcile layer "${@:2}" > "$NET/out" 2> "$NET/err"
    local code=$?
    [ $code -eq "$1" ] || fail "exit $code, wanted $1: ${*:2}"
    ok
}
exits 4 --registry "$NET/nowhere.sock" --cs "$NET/$CS.sock"
exits 2 --registry "$NET/$REGISTRY.sock"
exits 2 --socket "$NET/$CS.sock"
exits 2 --registry "$NET/$REGISTRY.sock" --cs "$NET/$CS.sock" --wait soon
exits 0 --help
has "help" "$NET/out" "juki reconcile layer --registry FILE --cs FILE"

# --- the verbs themselves ---
# asked NODE LINE...
asked() {
    python3 "$(dirname "$0")/ask.py" "$NET/$1.sock" "${@:2}" > "$NET/answer" || fail "ask"
}
KEY=$(printf '%064d' 7)
D="{\"v\":1,\"verb\":\"layer-digests\",\"key\":\"$KEY\""
R='{"v":1,"verb":"layer-record"'
many=$(printf '"%s",' "${P[@]:0:501}")
lines=() statuses=()
bad() { # STATUS LINE
    statuses+=("$1")
    lines+=("$2")
}
bad E_MISSING_FIELD '{"v":1,"verb":"layer-digests"}'
bad E_MISSING_FIELD '{"v":1,"verb":"layer-digests","key":7}'
bad E_RANGE '{"v":1,"verb":"layer-digests","key":""}'
bad E_RANGE "{\"v\":1,\"verb\":\"layer-digests\",\"key\":\"${KEY}0\"}"
bad E_RANGE "{\"v\":1,\"verb\":\"layer-digests\",\"key\":\"${KEY%7}g\"}"
bad E_RANGE "$D,\"limit\":0}"
bad E_RANGE "$D,\"limit\":501}"
bad E_RANGE "$D,\"limit\":-1}"
bad E_RANGE "$D,\"limit\":\"5\"}"
bad E_RESIDENT_CODE "$D,\"after\":7}"
bad E_RESIDENT_CODE "$D,\"after\":\"1234567890\"}"
bad E_RESIDENT_CODE "$D,\"after\":\"1234567890x\"}"
bad E_RESIDENT_CODE "$D,\"after\":\"723A3030303030303032303030000000\"}"
bad E_RESIDENT_CODE "$D,\"after\":\"723a3030303030303032303030000000\"}"
bad E_RANGE "$D,\"residents\":\"${P[0]}\"}"
bad E_RANGE "$D,\"residents\":[${many%,}]}"
bad E_RANGE "$D,\"residents\":[],\"after\":\"\"}"
bad E_RANGE "$D,\"residents\":[],\"limit\":5}"
bad E_RESIDENT_CODE "$D,\"residents\":[\"${P[0]}\",7]}"
bad E_UNKNOWN_FIELD "$D,\"code\":\"$FROM\"}"
bad E_MISSING_FIELD "$R}"
bad E_RESIDENT_CODE "$R,\"resident\":\"\"}"
bad E_RESIDENT_CODE "$R,\"resident\":\"0000000000x\"}"
bad E_NOT_FOUND "$R,\"resident\":\"$SURPLUS\"}"
bad E_UNKNOWN_FIELD "$R,\"resident\":\"${P[0]}\",\"key\":\"$KEY\"}"
for name in $REGISTRY $CS; do
    asked $name "${lines[@]}"
    mapfile -t answers < "$NET/answer"
    for i in "${!lines[@]}"; do
        case ${answers[i]} in
        *"\"ok\":false,\"status\":\"${statuses[i]}\""*) ok ;;
        *) fail "${lines[i]:0:120}: not ${statuses[i]} but ${answers[i]:0:200}" ;;
        esac
    done
    grep -qE '(^|[^0-9a-f])[0-9]{11}($|[^0-9a-f])' "$NET/answer" && fail "a resident's code in a refusal"
    ok
done
for name in terminal-$FROM prefecture-130001 national-000000 cards-000000; do
    asked $name "$D}" "$R,\"resident\":\"${P[0]}\"}"
    [ "$(grep -c '"status":"E_ROUTE"' "$NET/answer")" = 2 ] || fail "$name answers"
    ok
done

# Pages of one row and of many say the same; a digest is of its key.
python3 - "$NET" $FROM "$KEY" << 'END' || fail "pages"
import json, socket, sys
net, code, key = sys.argv[1:]
def asks(role, **more):
    with socket.socket(socket.AF_UNIX) as link, link.makefile("r") as lines:
        link.connect(f"{net}/{role}-{code}.sock")
        link.sendall((json.dumps({"v": 1, "verb": "layer-digests", **more}) + "\n").encode())
        answer = json.loads(lines.readline())
    assert answer["ok"] and answer["role"] == role and answer["municipality"] == code, answer
    assert answer["waiting"] == 0 and answer["bulk"] == 0
    return answer
def whole(role, limit, key=key):
    rows, after, complete = [], "", False
    while not complete:
        answer = asks(role, key=key, limit=limit, after=after)
        assert len(answer["rows"]) <= limit
        rows, complete = rows + answer["rows"], answer["complete"]
        after = rows[-1][0]
    return rows
rows = whole("registry", 500)
assert rows == sorted(rows) and len({r[0] for r in rows}) == len(rows) > 510
assert whole("registry", 7) == rows and whole("cs", 499) == rows
other = whole("cs", 500, "ff" * 32)
assert [r[:2] for r in other] == [r[:2] for r in rows]
assert not {r[2] for r in other} & {r[2] for r in rows}
assert len({r[2] for r in rows}) == len(rows), "two residents, one digest"
some = [rows[300][0], "00000000009", rows[4][0]]
assert asks("cs", key=key, residents=some)["rows"] == [rows[300], rows[4]]
END
ok

# --- nodes that do not say what they should ---
PAGE="{\"v\":1,\"ok\":true,\"role\":\"cs\",\"municipality\":\"$FROM\",\"waiting\":0,\"bulk\":0,\"complete\":true,\"rows\":"
A="[\"00000000001\",\"current\",\"$(printf '%032d' 1)\"]"
B="[\"00000000002\",\"current\",\"$(printf '%032d' 2)\"]"
# fake ANSWER...: at $NET/fake-cs.sock; at $NET/fake-registry.sock a registry that has A, and looks again at LOOK.
LOOK=
fake() {
    python3 "$(dirname "$0")/fake.py" "$NET/fake-cs.sock" "$@" &
    PID[fake-cs]=$!
    python3 "$(dirname "$0")/fake.py" "$NET/fake-registry.sock" "${PAGE/cs/registry}[$A]}" "${PAGE/cs/registry}[$LOOK]}" &
    PID[fake-registry]=$!
    expect "it listens" until_true 5 test -S "$NET/fake-cs.sock" -a -S "$NET/fake-registry.sock"
}
unfake() {
    kill_node fake-cs TERM
    kill_node fake-registry TERM
    rm -f "$NET"/fake-*.sock
}
# faked CODE TEXT ANSWER...: the comparison ends so, saying that.
faked() {
    local code=0
    fake "${@:3}"
    layer fake-registry fake-cs --wait 0 || code=$?
    cat "$NET/err" >> "$NET/out"
    [ $code -eq "$1" ] || fail "exit $code, wanted $1: $(cat "$NET/out")"
    has "fake" "$NET/out" "$2"
    unfake
}
faked 0 "verdict: EQUAL" "${PAGE}[$A]}"
faked 1 "CS_ONLY 1, DAMAGED 0" "${PAGE}[$A,$B]}" "${PAGE}[$B]}"
grep -q "not at rest" "$NET/out" && fail "it is at rest"
faked 1 "; of them not at rest 1" "${PAGE}[$A,$B]}" "${PAGE/\"waiting\":0/\"waiting\":3}[$B]}"
faked 1 "messages are still under way" "${PAGE}[$A,$B]}" "${PAGE/\"waiting\":0/\"waiting\":3}[$B]}"
faked 0 "verdict: EQUAL" "${PAGE}[$A,$B]}" "${PAGE}[$B]}" "${PAGE}[]}"
faked 1 "not asked for" "${PAGE}[$A,$B]}" "${PAGE}[$A]}"
faked 1 "not asked for" "${PAGE}[$A,$B]}" "${PAGE}[7]}"
LOOK=$A
faked 1 "DAMAGED 1; of them not at rest 1" "${PAGE/\"bulk\":0/\"bulk\":3}[${A/current/torn}]}"
faked 1 "DAMAGED 1" "${PAGE}[${A/current/torn}]}"
grep -q "not at rest" "$NET/out" && fail "it is at rest"
faked 0 "verdict: EQUAL" "${PAGE}[]}" "${PAGE}[$A]}"
faked 1 "not the form or order" "${PAGE}[$B,$A]}"
faked 1 "not the form or order" "${PAGE}[$A,$A]}"
faked 1 "not the form or order" "${PAGE}[[\"00000000001\",\"dancing\",\"00\"]]}"
faked 1 "not the form or order" "${PAGE}[${A/000000000000000/0000000000000}]}"
faked 1 "not the form or order" "${PAGE}[7]}"
faked 1 "not the form or order" "${PAGE/true,\"rows\"/false,\"rows\"}[$A]}"
faked 1 "a page without rows" "${PAGE/true,\"rows\"/false,\"rows\"}[]}"
faked 1 "this is no cs" "${PAGE/cs/national}[]}"
faked 4 "no answer" ""
faked 4 "no answer" "rubbish"

# --- the end: nothing was refused between nodes, nobody stands in a log ---
awk -F '\t' 'NR > 1 { print $1 }' "$NET/people.tsv" > "$NET/codes"
grep -F -f "$NET/codes" "$NET"/*.log && fail "a resident's code in a log"
grep -F "$KEY" "$NET"/*.log && fail "a key in a log"
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ "$CODE" -eq 0 ] || fail "$name: exit $CODE at SIGTERM"
done
echo "layer: $CHECKS checks, 0 failures"
