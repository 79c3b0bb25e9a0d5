#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The mutants of one machine against one graph, and what must fail.  test_small.sh ROOT JUKI
set -uo pipefail
source=$(cd "$1" && pwd) juki=$2
here=$source/tests/mutate
work=$(mktemp -d)
root=$work/root
trap 'rm -rf "$work"' EXIT
failed=0

wrong() {
  echo "$*"
  failed=1
}

# The same graph twice: with what each step hears and does, and without.
mkdir -p "$root/spec"
cp -r "$source/spec/lib" "$source/spec/wire" "$source/spec/transport" "$root/spec"
ln -s "$source/gen" "$source/src" "$root"
{
  printf 'name\tfile\tdefines\ttier\ttext\n'
  printf 'stream\tcheck_stream.pml\t-DOBSERVED\tquick\theard\n'
  printf 'plain\tcheck_stream.pml\t-\tquick\tunheard\n'
} >"$root/spec/transport/identity.tsv"

# What SPIN says of the graph is the certificate.
"$juki" identity --root "$root" --protocol transport --name stream,plain --out "$work/spin" --quiet \
  >"$work/identity" 2>&1
grep -q '2 of 2 graphs are the same' "$work/identity" || wrong "the graphs are not the same"
certificate() { # ROW BOUNDS ADDED: to the edges
  awk -v row="$1" -v bounds="$2" -v added="$3" '
    $1 == "states" { states = $2 } $1 == "edges" { edges = $2 + added }
    $1 == "state-digest" { s = $2 } $1 == "edge-digest" { e = $2 }
    END { printf "{\"graphs\": [{\"protocol\": \"transport\", \"name\": \"%s\", " \
      "\"model\": \"check_stream.pml\", \"bounds\": \"%s\", \"states\": %d, \"edges\": %d, " \
      "\"state_digest\": \"%s\", \"edge_digest\": \"%s\"}]}\n", row, bounds, states, edges, s, e }' \
    "$work/spin/transport_$1/search.txt" >"$work/certificate.json"
}

mutate() { # ARGS...: status and what is said are kept
  python3 -B "$here/machines.py" --root "$root" --juki "$juki" --work "$work/build" \
    --graph transport/stream --role transport_receiver --certificate "$work/certificate.json" \
    --known "$work/known.tsv" --confirm 4 "$@" >"$work/out" 2>"$work/err"
  status=$?
}

expect() { # WHAT STATUS PATTERN...
  local what=$1 wanted=$2 pattern
  shift 2
  [ $status = "$wanted" ] || wrong "$what: status $status, not $wanted"
  for pattern; do
    grep -qE -- "$pattern" "$work/out" "$work/err" || wrong "$what: it does not say: $pattern"
  done
}

head -n 1 "$here/machines/known.tsv" >"$work/known.tsv"
certificate stream -DOBSERVED 0
mutate --count 150 --out "$work/first.json"
expect "a sample" 1 '^mutate machines: 150 mutants of 164' ' survive .FAILS' \
  '[34] verdicts found again by digests'
python3 - "$work/first.json" <<'P' || wrong "the figures do not add up"
import json, sys
told = json.load(open(sys.argv[1], encoding="utf-8"))
assert told["part"] == "machines" and told["mutants"] == 150 and not told["wrong"], told["wrong"]
assert told["killed"] >= 120, told["killed"]
assert told["mutants"] - told["equivalent"] - told["killed"] == len(told["survivors"]) > 0
P

# One that must be seen, by another graph; two answers that change places, which only the graph with
# what a step hears can see; and one that it cannot see.
mutate --list
killed=$(grep -A2 'ready_on_data relation' "$work/out" | grep -B2 'sequence == capped' |
  head -n 1 | cut -d' ' -f1)
answers=$(grep -A2 'ready_on_data name' "$work/out" |
  grep -B2 'answer == JK_TRANSPORT_REASON_ACCEPT' | head -n 1 | cut -d' ' -f1)
lives=$(sed -n 's/.*"id": "\([0-9a-f]*\)".*/\1/p' "$work/first.json" | head -n 1)
mutate --one "$killed"
expect "one that is killed" 0 'transport/stream: (states|edges|the search ended)'
mutate --one "$answers"
expect "two answers" 0 'transport/stream: edge-digest: '
certificate plain "" 0
mutate --one "$answers" --graph transport/plain
expect "two answers, unheard" 0 'transport/plain: the same graph'
certificate stream -DOBSERVED 0
mutate --one "$lives"
expect "one that lives" 0 'transport/stream: the same graph'
mutate --one 00000000
expect "one that does not exist" 2

# What is claimed is looked at.
claim() { # IDENT REASON
  head -n 1 "$here/machines/known.tsv" >"$work/known.tsv"
  printf '%s\ttransport_receiver\tx\t%s\n' "$1" "$2" >>"$work/known.tsv"
}
claim "$lives" "so it is said"
mutate
expect "a claim" 1 ' equivalent .1 by known.tsv., '
claim "$killed" "so it is said"
mutate
expect "a false claim" 1 "WRONG: $killed is listed as equivalent, but"
claim 00000000 "so it is said"
mutate --count 5
expect "a claim of nothing" 1 'WRONG: 00000000 of the list: there is no such mutant'
claim "$lives" ""
mutate --count 5
expect "a claim without a reason" 1 'a reason'

# Without a mutant the graph must be the certificate's.
head -n 1 "$here/machines/known.tsv" >"$work/known.tsv"
certificate stream -DOBSERVED 1
mutate --count 5
expect "another certificate" 1 'WRONG: transport/stream, without a mutant: edges: '

[ $failed = 0 ] && echo "mutate machines: the sample and its controls hold"
exit $failed
