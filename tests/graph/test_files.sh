#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What graph_machines says of bad files, and that a wrong expectation is found: the controls.
set -euo pipefail
program=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# NAME EXIT WORDS...: the file $work/NAME gives this exit and says these words.
says() {
  local name=$1 want=$2 got=0 out
  shift 2
  out=$("$program" "$work/$name" 2>&1) || got=$?
  if [ "$got" -ne "$want" ] || ! grep -qF -- "$*" <<<"$out"; then
    echo "$name: exit $got, not $want; or not \"$*\" in: $out"
    failed=1
  fi
}

good=$here/movein_dest_registry.txt
change() {
  local name=$1
  shift
  sed "$@" "$good" >"$work/$name"
  ! cmp -s "$good" "$work/$name" || { echo "$name: nothing was changed" && failed=1; }
}

# files that are none
change version 's/^juki graph tests 1/juki graph tests 2/'
says version 2 'version 2, this program reads 1'
head -c 3000 "$good" >"$work/short"
says short 2 'it ends before its end'
change word '0,/^  input/s//  inputs/'
says word 2 'unknown word "inputs"'
change role 's/^role dest_registry/role dest_registrar/'
says role 2 'unknown role "movein dest_registrar"'
change kind '0,/dest_to_registry REGISTER /s//dest_to_registry REGISTRY /'
says kind 1 'has no input "REGISTRY"'
change field '0,/ txn=1/s// tnx=1/'
says field 1 'unknown field "tnx=1"'
change missing '/^test 2 /d'
says missing 2 'test 2 is missing'
change after '0,/^  after [0-9]*/s//  after 900/'
says after 2 'no test 900 to begin with'
change count 's/^end .*/end 3/'
says count 2 'the end does not tell'
echo >"$work/nothing"
says nothing 2 'it ends before its end'
head -c 2000 /dev/urandom >"$work/garbage"
says garbage 2 'garbage:'

# expectations that are wrong
change state '0,/^  state WAIT_CLERK/s//  state REGISTERED/'
says state 1 'state REGISTERED, and it goes to WAIT_CLERK'
change value '0,/granted=1/s//granted=2/'
says value 1 'granted=2, and it has 1'
change send '0,/-> send registry_to_dest STOPPED/s//-> send registry_to_dest REJECTED/'
says send 1 'it does another thing: send STOPPED'
change less '0,/^  -> effect KEEP_CERT/{/^  -> effect KEEP_CERT/d}'
says less 1 'it does more: KEEP_CERT'
change more '0,/^  -> effect KEEP_CERT/s//  -> effect KEEP_CERT\n  -> effect KEEP_CERT/'
says more 1 'it does nothing more'
change reason '0,/reason=STOPPED_BY_OPERATOR/s//reason=TOO_LATE/'
says reason 1 'reason=TOO_LATE, and it says STOPPED_BY_OPERATOR'
change refused '0,/^  input dest_to_registry REGISTER/s//  refuse dest_to_registry REGISTER/'
says refused 1 'to be refused, and it takes the step'
change answer 's/^  refuse dest_to_registry REGISTER/  input dest_to_registry REGISTER/'
says answer 1 'no step'

[ "$failed" -eq 0 ] && echo "20 changed files, each told by name"
exit "$failed"
