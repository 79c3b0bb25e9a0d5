#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real nodes that die at a system call (strace sends SIGKILL), or whose memory ends at an allocation:
# processes.sh JUKI LIBRARY [--full].  Each run starts one node anew so that it meets its fault, while
# starting or during a move-in, starts it again plainly, and waits for the move-in's end.  At the end
# the judge of `juki demo` looks at all databases, and the checker at all histories.
JUKI=$1
LIBRARY=$2
FULL=${3:-}
. "$(dirname "$0")/../process/network.sh"

# Bash tells of every killed job; only a failure is worth words.
exec 3>&2 2> "$NET/notices"
eval "loud_$(declare -f fail)"
fail() {
    exec 2>&3
    loud_fail "$@"
}

FROM=131016
TO=141003
command -v strace > /dev/null || fail "strace is needed: ./dev setup"

if [ -n "$FULL" ]; then
    VICTIMS="cs-$TO cs-$FROM registry-$TO registry-$FROM national-000000 terminal-$TO"
    CALLS="pwrite64 fdatasync fsync ftruncate unlink openat write writev sendmsg read"
    POINTS="1 2 3 5 8 13 21 34 55 89 144"
    STARTS=100
    MIDDLES=20
    RESIDENTS=4000
else
    VICTIMS="cs-$TO registry-$TO"
    CALLS="pwrite64 fdatasync"
    POINTS="2 40"
    STARTS=4
    MIDDLES=2
    RESIDENTS=100
fi

keep_histories
make_root
for role in cs registry terminal; do
    add $role $FROM
    add $role $TO
done
add prefecture 130001
add prefecture 140007
add national 000000
add cards 000000
make_directory
"$JUKI" population --seed 11 --municipality $FROM,$TO --residents $RESIDENTS \
    --out "$NET/population.tsv" || fail "population"
for name in "${NAMES[@]}"; do
    case $name in
    registry-$TO) config "$name" "population: population.tsv" "clerk: automatic" ;;
    *) config "$name" "population: population.tsv" ;;
    esac
    start "$name"
done
mapfile -t MOVERS < <(awk -F '\t' -v code=$FROM 'NR > 1 && $11 == code { print $1 }' \
    "$NET/population.tsv")

RUNS=0
KILLED=0
FAILED=0
MOVE=0
VICTIM=

# launch COMMAND...: the victim under that command; true when it serves.
launch() {
    local i
    : > "$NET/$VICTIM.out"
    "$@" "$JUKI" node --config "$NET/$VICTIM.yaml" > "$NET/$VICTIM.out" 2> "$NET/$VICTIM.err" &
    PID[$VICTIM]=$!
    for ((i = 0; i < 6000; i++)); do
        grep -q '^ready' "$NET/$VICTIM.out" && return 0
        kill -0 "${PID[$VICTIM]}" 2> /dev/null || return 1
        sleep 0.01
    done
    fail "$VICTIM neither serves nor ends"
}

# What an end must look like: killed by the tracer, or with a word about why.
look_at_end() {
    wait "${PID[$VICTIM]}" 2> /dev/null
    CODE=$?
    case $CODE in
    137) KILLED=$((KILLED + 1)) ;;
    0) fail "$VICTIM ended well, untold" ;;
    1 | 2 | 3)
        FAILED=$((FAILED + 1))
        [ -s "$NET/$VICTIM.err" ] || tail -n 3 "$NET/$VICTIM.log" | grep -q 'event=alarm' ||
            fail "$VICTIM ended with $CODE and no word ($WHAT)"
        ;;
    134) FAILED=$((FAILED + 1)) ;; # libuv has no word when it finds no memory for its own tables
    *) fail "$VICTIM ended with $CODE ($WHAT)" ;;
    esac
}

# The victim stands again; true when it had died.
revive() {
    kill -0 "${PID[$VICTIM]}" 2> /dev/null && return 1
    look_at_end
    start "$VICTIM"
}

# run WHAT COMMAND...: the victim under that command; then a move-in from beginning to end.
run() {
    local who=${MOVERS[MOVE]}
    WHAT="$VICTIM: $1"
    shift
    [ -n "$who" ] || fail "nobody is left to move"
    kill_node "$VICTIM" TERM
    launch "$@" || revive
    ask "$JUKI" registry file-out --socket "$NET/registry-$FROM.sock" --resident "$who" \
        --planned 2026-04-01
    ask "$JUKI" terminal move-in --socket "$NET/terminal-$TO.sock" --origin $FROM \
        --resident "$who" --address "横浜市西区" --moved-in 2026-04-01
    TXN=$(sed -n 's/^txn=//p' "$NET/said")
    if [ -n "$TXN" ]; then
        until_true 60 settled || fail "txn $TXN does not end ($WHAT)"
    fi
    RUNS=$((RUNS + 1))
    MOVE=$((MOVE + 1))
}

# kill_at CALL: the victim dies at the n-th of these, for rising n, until it does not come that far.
kill_at() {
    local before=$KILLED n
    for n in $POINTS; do
        run "SIGKILL at $1 $n" strace -D -qq -f -o /dev/null -e "trace=$1" \
            -e "inject=$1:signal=KILL:when=$n"
        [ "$KILLED" -gt "$before" ] || return 0 # it does not come that far
        before=$KILLED
    done
}

begin=$SECONDS
for VICTIM in $VICTIMS; do
    for call in $CALLS; do
        kill_at "$call"
    done
    kill_node "$VICTIM" TERM
    start "$VICTIM"
done
expect "some were killed" [ "$KILLED" -ge 2 ]
KILL_RUNS=$RUNS

# All stop as asked, so that the histories can be judged to their end; then new ones begin.
rest() {
    expect "no message is left" until_true 120 at_rest
    for name in "${NAMES[@]}"; do
        kill_node "$name" TERM
        [ "$CODE" -eq 0 ] || fail "$name: exit $CODE"
    done
}
rest
expect "the histories hold" histories_hold
mv "$NET/history" "$NET/history-of-kills"
mkdir "$NET/history"
for name in "${NAMES[@]}"; do
    start "$name"
done

# no_memory AT COUNT
no_memory() {
    run "allocations $1 to $1 + $2 fail" env "LD_PRELOAD=$LIBRARY" "JK_FAIL_AT=$1" \
        "JK_FAIL_COUNT=$2" "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
}

# How many allocations a start takes, and a start with a move-in.
count_allocations() {
    WHAT="$VICTIM: counting"
    kill_node "$VICTIM" TERM
    launch env "LD_PRELOAD=$LIBRARY" "JK_FAIL_TELL=$NET/count" || fail "$VICTIM does not start"
    kill_node "$VICTIM" TERM
    AT_START=$(cat "$NET/count")
    start "$VICTIM"
    run "counting" env "LD_PRELOAD=$LIBRARY" "JK_FAIL_TELL=$NET/count"
    kill_node "$VICTIM" TERM
    AT_END=$(cat "$NET/count")
    start "$VICTIM"
}

for VICTIM in $VICTIMS; do
    count_allocations
    for ((i = 0; i < STARTS; i++)); do
        WHAT="$VICTIM: start without allocation $((1 + i * AT_START / STARTS))"
        kill_node "$VICTIM" TERM
        launch env "LD_PRELOAD=$LIBRARY" "JK_FAIL_AT=$((1 + i * AT_START / STARTS))" || revive
        RUNS=$((RUNS + 1))
    done
    for ((i = 0; i < MIDDLES; i++)); do
        no_memory $((AT_START + i * (AT_END - AT_START) / MIDDLES)) $((1 + (i % 3) * 50))
    done
    kill_node "$VICTIM" TERM
    start "$VICTIM"
done
expect "some ended for want of memory" [ "$FAILED" -ge 1 ]

rest
# A line of a history for which there was no memory is missing, and said to be.
histories_hold 2> "$NET/why" || grep -q "lines are missing" "$NET/why" ||
    { cat "$NET/why" >&2; fail "the histories"; }
"$JUKI" demo --check "$NET" > "$NET/judged" || { cat "$NET/judged" >&2; fail "the judge"; }
has "the judge's verdict" "$NET/judged" "verdict: 0 violations"
# The judge's own control: a second current register.
sqlite3 "$NET/registry-$FROM.db" "UPDATE register SET status = 1 WHERE resident = '${MOVERS[0]}'"
"$JUKI" demo --check "$NET" > "$NET/judged" && fail "a second register was not found"
seconds=$((SECONDS - begin + 1))
echo "processes: $RUNS runs ($KILL_RUNS with a kill: $KILLED died; $((RUNS - KILL_RUNS)) without" \
    "memory: $FAILED ended), $MOVE move-ins, 0 violations, $((RUNS / seconds)) runs/s"
