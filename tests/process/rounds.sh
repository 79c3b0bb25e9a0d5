# SPDX-License-Identifier: Apache-2.0
# Rounds of reconciliation, and what an operator sees of them.  Sourced by bash after desks.sh.  ROUND is
# the one that was begun last.

# field EXPRESSION: of the JSON object o in the last answer.
field() {
    python3 -c 'import json, sys; o = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$NET/out"
}

# members_are WHAT EXPRESSION NAME...: the object has exactly these members, whoever reads it by a program.
members_are() {
    local what=$1 of=$2
    shift 2
    [ "$(field "' '.join(sorted($of))")" = "$(printf '%s\n' "$@" | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')" ] ||
        fail "$what has other members: $(field "' '.join(sorted($of))")"
    ok
}

# compares CS: a round, to its end; its exit status.
compares() {
    local code=0
    at "$1" reconcile start || code=$?
    ROUND=$(sed -n 's/^round=//p' "$NET/out")
    return $code
}

# equal CS: a round finds nothing at both servers.
equal() {
    compares "$1" || fail "$1 is not equal: $(cat "$NET/out" "$NET/err")"
    has "$1 and its prefecture" "$NET/out" "prefecture EQUAL"
    has "$1 and national" "$NET/out" "national   EQUAL"
}

# different CS: a round ends with findings.
different() {
    compares "$1" && fail "$1 is equal"
    has "$1 differs" "$NET/out" " DIFFERENT "
}

# findings CS: of the latest round, sorted: resident, server, class, fields (all of a record: "*"; a record
# that the server did not show: "?").
findings() {
    at "$1" reconcile diff --json || fail "diff: $(cat "$NET/err")"
    python3 - "$NET/out" << 'END'
import json, sys
for row in sorted(f"{r['resident']} {r['server']} {r['class']} " + (
        "?" if not r["record_known"] else "*" if len(r["fields"]) > 3 or r["class"] in ("CS_ONLY", "SERVER_ONLY") else
        ",".join(f["name"] for f in r["fields"]) or "-")
        for r in json.load(open(sys.argv[1]))["rows"]):
    print(row)
END
}

# scrubs NODE COUNT: every row is read, and so many are damaged.
scrubs() {
    at "$1" reconcile scrub --json || fail "scrub of $1: $(cat "$NET/err")"
    [ "$(field 'sum(r["damaged"] for r in o["rows"])')" = "$2" ] ||
        fail "$1 has not $2 damaged: $(cat "$NET/out")"
    ok
}

# behind NODE SQL: changes its database while it runs.
behind() {
    sqlite3 -cmd '.timeout 5000' "$NET/$1.db" "$2; SELECT changes();" > "$NET/changes" || fail "sql: $2"
    [ "$(tail -n 1 "$NET/changes")" -gt 0 ] || fail "nothing to change: $2"
}

# layer REGISTRY CS [OPTION...]: the exit status of a comparison of these two.
layer() {
    "$JUKI" reconcile layer --registry "$NET/$1.sock" --cs "$NET/$2.sock" "${@:3}" > "$NET/out" 2> "$NET/err"
}

# same CODE: registry and CS hold the same.
same() {
    layer registry-$1 cs-$1 || fail "$1 is not equal: $(cat "$NET/out" "$NET/err")"
    has "$1" "$NET/out" "verdict: EQUAL 一致"
}
