#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tool on the sample: what it must find, and its controls.  test_small.sh MUTATE.PY
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/sample" "$work/sample"
git -C "$work/sample" init -q
head -n 1 "$here/equivalent.tsv" >"$work/none.tsv"
failed=0

mutate() { # ARGS...: the tool on the sample; what it says is kept, its status too
  python3 -B "$tool" --root "$work/sample" --work "$work/build" --folders src --count 0 \
    --equivalent "$work/none.tsv" "$@" >"$work/out" 2>"$work/err"
  status=$?
}

expect() { # WHAT STATUS PATTERN...: the last run ended so and said that
  local what=$1 wanted=$2 pattern
  shift 2
  [ $status = "$wanted" ] || {
    echo "$what: status $status, not $wanted"
    failed=1
  }
  for pattern; do
    grep -qE -- "$pattern" "$work/out" "$work/err" || {
      echo "$what: it does not say: $pattern"
      failed=1
    }
  done
}

summary='38 mutants of 38, 1 equivalent, 25 of 37 killed: 67.6 %'
mutate --target 60 --out "$work/first.json"
expect "the sample" 0 "$summary .holds: at least 60 %." '39 mutants, 1 do not compile' \
  'survived: .*tally.c:26 sample_weekday constant' 'unreached: .*sample_unused return'
python3 - "$work/first.json" <<'P' || failed=1
import json, sys
told = json.load(open(sys.argv[1], encoding="utf-8"))
assert told["part"] == "code" and told["mutants"] == 38, told["mutants"]
assert told["mutants"] - told["equivalent"] - told["killed"] == len(told["survivors"])
assert all(s["diff"].count("\n") == 1 for s in told["survivors"])
P

mutate --target 90
expect "too few killed" 1 "$summary .FAILS: at least 90 %." 'tests run: 0$'

# One that is known to be killed is; one that is known to live does.
mutate --list
killed=$(grep 'sample_tally guard' "$work/out" | cut -d' ' -f1)
lives=$(grep -A2 'sample_weekday constant' "$work/out" | grep -B2 '7 + 1' |
  head -n 1 | cut -d' ' -f1)
mutate --one "$killed"
expect "one that is killed" 0 'tally .*: failed'
mutate --one "$lives"
expect "one that lives" 1 'nothing notices it'
mutate --one 00000000
expect "one that does not exist" 2

# What somebody claims to be equivalent is looked at.
claim() { # IDENT REASON
  head -n 1 "$here/equivalent.tsv" >"$work/none.tsv"
  printf '%s\tsrc/tally.c\tx\t%s\n' "$1" "$2" >>"$work/none.tsv"
}
claim "$lives" "so it is said"
mutate --target 60
expect "a claim" 0 '2 equivalent, 25 of 36 killed'
claim "$killed" "so it is said"
mutate --target 60
expect "a false claim" 1 "WRONG: $killed is said to be equivalent, but tally fails"
claim 00000000 "so it is said"
mutate --target 60
expect "a claim of nothing" 1 'WRONG: 00000000 .* there is no such mutant'
claim "$lives" ""
mutate --target 60
expect "a claim without a reason" 1 'no reason'
head -n 1 "$here/equivalent.tsv" >"$work/none.tsv"

# Another test may notice more: only the survivors meet it.
sed -i 's/ && !sample_weekday(9)/ \&\& !sample_weekday(8) \&\& sample_weekday(7)/' \
  "$work/sample/test_tally.c"
mutate --target 60
expect "a better test" 0 '28 of 37 killed'

# A test that fails without any mutant stops everything.
rm "$work/build/reach.json"
SAMPLE_FAILS=1 mutate
expect "a test that fails by itself" 1 'tally failed without any mutant'

[ $failed = 0 ] && echo "mutate: the sample and its controls hold"
exit $failed
