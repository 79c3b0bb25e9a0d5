#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records the logs of move/ anew: record.sh JUKI FOLDER.  Ten nodes; two of a household move, somebody who did not
# file is refused, and in between the CS moved into is killed before its last line is whole, and started again.
JUKI=$1
FOLDER=$2
. "$(dirname "$0")/../process/network.sh"
. "$(dirname "$0")/../process/desks.sh"
FROM=131016
TO=141003
PLACES=("$FROM" "$TO")
RESIDENTS=60
printf 'txn\tresident\torigin\tdestination\n' > "$NET/moves.tsv"
movein_network "${PLACES[@]}"
mapfile -t MOVERS < <(movers $FROM)
HOUSEHOLD=$(awk -F '\t' -v movers="${MOVERS[*]}" '
    NR == 1 { for (i = 1; i <= NF; i++) { column[$i] = i } }
    index(movers, $column["resident_code"]) { members[$12] = members[$12] " " $1; if (++size[$12] == 2) { exit } }
    END { for (h in size) { if (size[h] == 2) { print members[h] } } }' "$NET/people.tsv")
read -r -a HOUSEHOLD <<< "$HOUSEHOLD"
[ ${#HOUSEHOLD[@]} -eq 2 ] || fail "no household of two"
expect "every link stands" until_true 15 at_rest
file "${HOUSEHOLD[@]}"
move "${HOUSEHOLD[@]}"
reaches terminal-$TO "$TXN" "movein_terminal DONE"
settles "${HOUSEHOLD[0]}" $TO
expect "all is said" until_true 8 at_rest
kill_node cs-$TO KILL
head -c -40 "$NET/cs-$TO.log" > "$NET/torn"
cp "$NET/torn" "$NET/cs-$TO.log"
start cs-$TO
move "${MOVERS[-1]}"
reaches terminal-$TO "$TXN" "movein_terminal REFUSED"
expect "all is said" until_true 8 at_rest
for name in "${NAMES[@]}"; do
    kill_node "$name" TERM
    [ $CODE -eq 0 ] || fail "$name: $CODE"
    grep -v ' event=\(closed\|link_up\|link_down\) ' "$NET/$name.log" > "$FOLDER/$name.log"
done
