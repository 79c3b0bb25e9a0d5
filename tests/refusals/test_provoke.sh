#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_provoke.sh JUKI TREE: a network in which provoke.py provokes every refusal that has a way in.
JUKI=$1
TREE=$2
. "$TREE/tests/process/network.sh"

FROM=131016
TO=141003
make_root
for role in cs registry; do
    add $role $FROM
    add $role $TO
done
add terminal $TO
add prefecture 130001
add prefecture 140007
add national 000000
add cards 000000
make_directory
"$JUKI" population --seed 7 --municipality $FROM,$TO --residents 600 --out "$NET/people.tsv" ||
    fail "population"
# National does not know the last resident of FROM whose card can be used.
awk -F '\t' -v code="$(movers $FROM | tail -n 1)" '$1 != code' "$NET/people.tsv" > "$NET/national.tsv"
TIMERS="resend_ms: 200, verify_due_ms: 1500, cert_due_ms: 1500"
processes=()
for name in "${NAMES[@]}"; do
    case $name in
    terminal-*) config "$name" ;;
    national-*) config "$name" "population: national.tsv" ;;
    cs-$TO) config "$name" "population: people.tsv" ;;
    registry-$TO) config "$name" "population: people.tsv" "clerk: manual" ;;
    *) config "$name" "population: people.tsv" ;;
    esac
    start "$name"
    processes+=("$name=${PID[$name]}")
done
up() {
    sees cs-$TO cs:$FROM:0 && sees cs-$TO national:000000:0 && sees cs-$TO prefecture:140007:0 &&
        sees cs-$TO cards:000000:0 && sees cs-$TO registry:$TO:0 && sees cs-$TO terminal:$TO:0 &&
        sees cs-$FROM registry:$FROM:0 && sees cs-$FROM prefecture:130001:0
}
expect "every link stands" until_true 10 up
/usr/bin/python3 "$TREE/tests/refusals/provoke.py" "$JUKI" "$TREE" "$NET" "${processes[@]}" ||
    fail "provoke"
