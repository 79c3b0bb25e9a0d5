# SPDX-License-Identifier: Apache-2.0
# A network of node processes on loopback, for the tests beside this file: keys, directory,
# configs, start, stop, questions.  Sourced by bash; JUKI names the program.  Everything lives in
# $NET, which is removed at the end together with every process that was started here.
set -u

NET=$(mktemp -d "${TMPDIR:-/tmp}/juki-net.XXXXXX")
declare -A PID=()
declare -A PORT=()
NAMES=()
CHECKS=0
PORT_BASE=${PORT_BASE:-$((10000 + ($$ * 37) % 20000))}

# traces: what the model says of all step logs at the end of a test: accepted.  A test that puts back or
# doubles what a node keeps says in TRACES that they are refused, and why; one in which somebody else
# speaks in the name of a node, that they are accepted apart.
TRACES=accepted
traces() {
    local name code
    for name in "${!PID[@]}"; do
        kill -TERM "${PID[$name]}" 2>/dev/null
    done
    wait 2>/dev/null
    grep -qs ' n=' "$NET"/*.log || return 0
    if [ $TRACES = apart ]; then
        code=0
        for name in "$NET"/*.log; do
            "$JUKI" trace check "$name" > "$NET/traces" 2>&1 || code=$?
        done
    else
        "$JUKI" trace check "$NET"/*.log > "$NET/traces" 2>&1
        code=$?
    fi
    case $TRACES:$code in
    accepted:0 | apart:0 | refused:1) return 0 ;;
    esac
    echo "FAILED: traces must be $TRACES" >&2
    cat "$NET/traces" >&2
    return 1
}

finish() {
    local code=$?
    [ $code -ne 0 ] || traces || code=1
    for name in "${!PID[@]}"; do
        kill -KILL "${PID[$name]}" 2>/dev/null
    done
    wait 2>/dev/null
    if [ "$code" -ne 0 ] && [ -n "${KEEP_NET:-}" ]; then
        echo "kept: $NET" >&2
    else
        rm -rf "$NET"
    fi
    exit "$code"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    for log in "$NET"/*.log "$NET"/*.err; do
        [ -s "$log" ] && { echo "--- $log" >&2; tail -n "${TAIL:-12}" "$log" >&2; }
    done
    exit 1
}

ok() {
    CHECKS=$((CHECKS + 1))
}

# shown CASE WHAT: the checks since the one before show a case of the law (spec/movein/cases.tsv).
SHOWN=0
shown() {
    [ $CHECKS -gt $SHOWN ] || fail "no check shows $1"
    SHOWN=$CHECKS
    echo "ok $1: $2"
}

# expect WHAT COMMAND...: it must succeed.
expect() {
    local what=$1
    shift
    "$@" || fail "$what"
    ok
}

# has WHAT FILE TEXT: the file must hold the text.
has() {
    grep -qF -- "$3" "$2" || { cat "$2" >&2; fail "$1: no \"$3\""; }
    ok
}

make_root() {
    "$JUKI" keys init --out "$NET/root" > /dev/null || fail "root"
}

# add ROLE CODE [ISSUE OPTIONS]: a node called ROLE-CODE with keys and a port.
add() {
    local name="$1-$2"
    "$JUKI" keys issue --root "$NET/root" --role "$1" --code "$2" --out "$NET/$name.keys" "${@:3}" \
        > /dev/null || fail "keys of $name"
    PORT[$name]=$((PORT_BASE + ${#NAMES[@]}))
    NAMES+=("$name")
}

# movein_network CODE...: the nodes that move-ins between these municipalities of Tokyo and Kanagawa need.
# TIMERS are the nodes' timers, CLERK the registries' clerk, if they are set; with HISTORIES they write histories.
movein_network() {
    local role code name list
    make_root
    for code in "$@"; do
        for role in cs registry terminal; do
            add $role "$code"
        done
    done
    add prefecture 130001
    add prefecture 140007
    add national 000000
    add cards 000000
    make_directory
    list=$*
    "$JUKI" population --seed 9 --municipality "${list// /,}" --residents "${RESIDENTS:-200}" \
        --out "$NET/people.tsv" || fail "population"
    [ -z "${HISTORIES:-}" ] || keep_histories
    for name in "${NAMES[@]}"; do
        case $name in
        registry-*) config "$name" "population: people.tsv" "clerk: ${CLERK:-automatic}" ;;
        *) config "$name" "population: people.tsv" ;;
        esac
        start "$name"
    done
}

# movers CODE [STATE]: residents of that municipality whose card is in that state, a line each; without it
# those whose card can be used.
movers() {
    awk -F '\t' -v code="$1" -v state="${2:-in_operation}" '
        NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
        $column["municipality_code"] == code && $column["card"] == state {
            print $column["resident_code"]
        }' "$NET/people.tsv"
}

make_directory() {
    local entries=()
    for name in "${NAMES[@]}"; do
        entries+=("$NET/$name.keys=127.0.0.1:${PORT[$name]}")
    done
    "$JUKI" keys directory --root "$NET/root" --out "$NET/directory.bin" "${entries[@]}" \
        > /dev/null || fail "directory"
}

# config NAME [LINE...]: writes NAME.yaml; LINEs are added.
config() {
    local name=$1 role=${1%-*} code=${1##*-}
    {
        echo "node: {role: $role, code: \"$code\"}"
        echo "store: $name.db"
        echo "keys: $name.keys"
        echo "directory: directory.bin"
        echo "socket: $name.sock"
        echo "log: $name.log"
        echo "today: 2026-04-01"
        echo "timers: {${TIMERS:-resend_ms: 200}}"
        echo "dial_max_ms: 200"
        case $role in
        cs | prefecture | national) [ -z "${RECONCILE:-}" ] || echo "reconcile: {$RECONCILE}" ;;
        esac
        case $role in
        terminal | registry) ;;
        *) echo "listen: 127.0.0.1:${PORT[$name]}" ;;
        esac
        [ -e "$NET/history.key" ] && printf 'history: history/%s.history\nhistory_key: history.key\n' "$name"
        printf '%s\n' "${@:2}"
    } > "$NET/$name.yaml"
}

# keep_histories: from here on, nodes and tools write their histories into $NET/history.
keep_histories() {
    printf '%064d\n' "$$" > "$NET/history.key"
    mkdir "$NET/history"
    export JUKI_HISTORY=$NET/history
}

# histories_hold: the checker finds nothing in them, and no resident's code stands there.
histories_hold() {
    "$JUKI" history check "$NET/history" > "$NET/verdict" 2>&1 || { cat "$NET/verdict" >&2; return 1; }
    ! grep -rqE '(^|[^0-9a-f])[0-9]{11}($|[^0-9a-f])' "$NET/history" --include='*.history' || return 1
}

# faults NAME: sets RUN to what stands before a node's command.  fault.c is between the node and its
# disk and clock then, if FAULT names it, and obeys the files in NAME.fault.
faults() {
    RUN=()
    if [ -n "${FAULT:-}" ]; then
        mkdir -p "$NET/$1.fault"
        RUN=(env "JK_FAULT=$NET/$1.fault" "LD_PRELOAD=$FAULT"
            "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0")
    fi
}

# start NAME: returns when it serves.
start() {
    local name=$1 i
    : > "$NET/$name.out"
    faults "$name"
    "${RUN[@]}" "$JUKI" node --config "$NET/$name.yaml" > "$NET/$name.out" 2> "$NET/$name.err" &
    PID[$name]=$!
    for ((i = 0; i < 500; i++)); do
        grep -q '^ready' "$NET/$name.out" && return 0
        kill -0 "${PID[$name]}" 2>/dev/null || break
        sleep 0.01
    done
    fail "$name does not start"
}

# refuses NAME: it must not start; its findings are in NAME.err.
refuses() {
    faults "$1"
    "${RUN[@]}" timeout 20 "$JUKI" node --config "$NET/$1.yaml" > "$NET/$1.out" 2> "$NET/$1.err"
    local code=$?
    [ $code -eq 1 ] || fail "$1 must refuse to start, exit was $code"
    ok
}

# kill_node NAME SIGNAL: sets CODE to its exit status.
kill_node() {
    kill "-$2" "${PID[$1]}"
    wait "${PID[$1]}" 2>/dev/null
    CODE=$?
    unset "PID[$1]"
}

# stops NAME CODE: the node must end by itself with that exit status, in five seconds.
stops() {
    local name=$1 code i
    for ((i = 0; i < 500; i++)); do
        kill -0 "${PID[$name]}" 2>/dev/null || break
        sleep 0.01
    done
    [ $i -lt 500 ] || fail "$name does not stop"
    wait "${PID[$name]}" 2>/dev/null
    code=$?
    unset "PID[$name]"
    [ $code -eq "$2" ] || fail "$name: exit $code, wanted $2"
    ok
}

# until_true SECONDS COMMAND...: repeats it.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

quiet() {
    local name
    for name in "${NAMES[@]}"; do
        "$JUKI" tx status --socket "$NET/$name.sock" > "$NET/status" || return 1
        grep -q '^outbox_waiting=0$' "$NET/status" || return 1
    done
}

# at_rest: no message waits anywhere.  Asked again: nodes are asked one after the other, and a message
# may have gone from one that was not asked yet to one that was.
at_rest() {
    quiet && sleep 0.1 && quiet && sleep 0.1 && quiet
}

# sees A B: B stands among A's peers.
sees() {
    "$JUKI" tx status --socket "$NET/$1.sock" 2>/dev/null | grep -q "^up $2\$"
}

# logged NAME TEXT
logged() {
    grep -qF -- "$2" "$NET/$1.log"
}

# For tests whose victim dies: their revive lets it stand again, true when it had died.
# ask COMMAND...: until it is done, or was done before its answer was lost.
ask() {
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" > "$NET/said" 2> "$NET/why" && return
        grep -q "open moving-out case\|no current record" "$NET/why" && return
        revive || sleep 0.02
    done
    fail "$*: $(cat "$NET/why")${WHAT:+ ($WHAT)}"
}

# The move-in TXN at the terminal of TO has ended, with or without success.
settled() {
    revive
    "$JUKI" terminal wait --socket "$NET/terminal-$TO.sock" --txn "$TXN" --timeout 200 \
        > "$NET/said" 2> /dev/null || grep -q '^state=REFUSED' "$NET/said"
}
