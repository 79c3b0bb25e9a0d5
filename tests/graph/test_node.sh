#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The controls of the replay at a running node: a changed file does not pass, nor does a node with a changed machine.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# says NAME WORDS...: the file $work/NAME fails, with these words.
says() {
  local name=$1 out
  shift
  if out=$("$here/node_role" "$build" "$work/$name" 2>&1) || ! grep -qF -- "$*" <<<"$out"; then
    echo "$name: not \"$*\" in: $out"
    failed=1
  fi
}

# the first two tests
{
  sed '/^test 3 /,$d' "$here/movein_dest_registry.txt"
  echo "end 2"
} >"$work/good"
change() {
  sed "${@:2}" "$work/good" >"$work/$1"
  ! cmp -s "$work/good" "$work/$1" || { echo "$1: nothing was changed" && failed=1; }
}

"$here/node_role" "$build" "$work/good" >"$work/said" 2>&1 || { cat "$work/said" && exit 1; }
change kind 's/-> send registry_to_dest STOPPED/-> send registry_to_dest REJECTED/'
says kind 'actions SEND_REJECTED,ERASE_DATA, and it does SEND_STOPPED,ERASE_DATA'
change field 's/REGISTERED txn=1 mask=1 epoch=4/REGISTERED txn=1 mask=1 epoch=5/'
says field 'REGISTERED mask=1 epoch=5'
change state 's/^  state NOT_REGISTERED/  state REGISTERED/'
says state 'state REGISTERED, and it goes to NOT_REGISTERED'
change less '/-> send registry_to_dest REGISTERED/d'
says less 'and it does ENTER_REGISTER,SEND_REGISTERED,ERASE_DATA'
change refused '/-> send registry_to_dest STOPPED/,/state NOT/d;s/^  input dest_to_registry STOP/  refuse dest_to_registry STOP/'
says refused 'to be refused, and it takes the step'
change taken 's/^  input dest_to_registry STOP txn=1/  input dest_to_registry DIED txn=1 mask=1/'
says taken 'no step: '

# A node with one machine changed in one place.
sed '0,/m->state = JK_MOVEIN_DEST_REGISTRY_REGISTERED/s//m->state = JK_MOVEIN_DEST_REGISTRY_IDLE/' \
  "$root/gen/machines/movein_dest_registry.c" >"$work/mutant.c"
! cmp -s "$work/mutant.c" "$root/gen/machines/movein_dest_registry.c" || { echo "nothing was changed" && exit 1; }
cc -std=c11 -fPIE "-I$root/src/include" "-I$root/gen/machines" -c "$work/mutant.c" -o "$work/mutant.o"
link=$(ninja -C "$build" -t commands bin/juki | tail -n 1)
(cd "$build" && eval "${link/ -o bin\/juki / $work/mutant.o -o $work/juki }")
if JUKI=$work/juki "$here/node_role" "$build" "$work/good" >"$work/said" 2>&1 ||
  ! grep -qF 'state REGISTERED, and it goes to IDLE' "$work/said"; then
  echo "the changed machine is not noticed: $(cat "$work/said")"
  failed=1
fi

[ "$failed" -eq 0 ] && echo "six changed files and a changed node, each noticed"
exit "$failed"
