#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A generator with a wrong rule, and a wrong property, are caught.  test_wrong.sh ROOT JUKI
#
# A wrong rule changes every place where jkgen writes that form, so it is imitated over its output.
set -uo pipefail
root=$1 juki=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

wrong() {
  echo "$*"
  failed=1
}

compare() { # what identity says of these machines
  "$juki" identity --root "$root" --machines "$work/machines" --protocol transport --name stream \
    --out "$work/out" --quiet >"$work/said" 2>&1
}

machines() {
  rm -rf "$work/machines" "$work/out"
  cp -r "$root/gen/machines" "$work/machines"
}

rule() { # WHAT SED VERDICT: the machines of a generator that does so
  machines
  sed -E -i "$2" "$work"/machines/transport_*.c "$work"/machines/record_step.h
  diff -rq "$root/gen/machines" "$work/machines" >"$work/diff" && wrong "$1: nothing is changed"
  compare
  local status=$?
  [ $status = 1 ] || [ $status = 5 ] || wrong "$1: status $status"
  grep -qE "transport/stream .* $3" "$work/said" || {
    wrong "$1: it is not said: $3"
    cat "$work/said"
  }
}

machines
compare
grep -qE 'transport/stream .* same' "$work/said" || wrong "the control: the machines differ"

rule "a sum of a condition is left out" 's/capped_sum\(([^,]+), 1\)/\1/' 'DIFFERENT|VIOLATED'
rule "a timer is never disarmed" 's/\*timer = false;/;/' 'DIFFERENT|VIOLATED'
rule "DROP is refused" 's/(dropped.*) return true;/\1 return false;/' 'DIFFERENT|VIOLATED'
rule "what cannot come is taken" 's/(_IN_NONE:) return false;/\1 return true;/' \
  'DIFFERENT|VIOLATED'

# A property that says the opposite.
mkdir "$work/copy"
cp -r "$root/spec" "$work/copy/spec"
verify() {
  "$juki" verify --root "$work/copy" --check stream_t3_ack_after_commit --no-cache --quiet \
    >"$work/said" 2>&1
}
verify || wrong "the control: the property does not hold"
sed -i 's/{ \[\] (ghost_acked <= ghost_committed) }/{ [] (ghost_acked > ghost_committed) }/' \
  "$work/copy/spec/transport/properties.pml"
verify
[ $? = 1 ] || wrong "a wrong property: it is not violated"
grep -q 'stream_t3_ack_after_commit .*VIOLATED' "$work/said" || wrong "a wrong property: not said"

[ $failed = 0 ] && echo "mutate machines: wrong rules and a wrong property are caught"
exit $failed
