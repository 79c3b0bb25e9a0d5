#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The controls of the replay at the engine: a changed file does not pass, nor does an engine with a changed machine.
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
  if out=$("$build/tests/graph_engine" "$here/impossible.tsv" "$work/$name" 2>&1) || ! grep -qF -- "$*" <<<"$out"; then
    echo "$name: not \"$*\" in: $out"
    failed=1
  fi
}

# change NAME ROLE SED...: a copy of that role's file.
change() {
  local name=$1 good=$here/$2.txt
  sed "${@:3}" "$good" >"$work/$name"
  ! cmp -s "$good" "$work/$name" || { echo "$name: nothing was changed" && failed=1; }
}

change kind movein_dest_registry '0,/-> send registry_to_dest STOPPED/s//-> send registry_to_dest REJECTED/'
says kind 'actions SEND_REJECTED,ERASE_DATA, and it does SEND_STOPPED,ERASE_DATA'
change less movein_dest_cs '0,/-> send dest_to_cards CARD_STATUS/{/-> send dest_to_cards CARD_STATUS/d}'
says less 'and it does KEEP_REQUEST,SEND_CARD_STATUS,ARM_verify_due'
change field movein_dest_registry '0,/REGISTERED txn=1 mask=1 epoch=4/s//REGISTERED txn=1 mask=1 epoch=5/'
says field 'REGISTERED mask=1 epoch=5 reason=?, and it says 1, 4, ?'
change members movein_origin_registry '0,/REMOVED mask=2/s//REMOVED mask=1/'
says members 'REMOVED mask=1'
change txn movein_terminal '0,/-> send terminal_to_dest VERIFY_REQUEST txn=1/s//-> send terminal_to_dest VERIFY_REQUEST txn=2/'
says txn 'VERIFY_REQUEST of another transaction'
change peer movein_origin_cs '0,/REFUSAL txn=2 reason=NO_FILING peer=2/s//REFUSAL txn=2 reason=NO_FILING peer=1/'
says peer 'no message REFUSAL to cs 131024'
change state movein_terminal '0,/^  state WAIT_IDENTITY/s//  state WAIT_DONE/'
says state 'state WAIT_DONE, and it goes to WAIT_IDENTITY'
change value movein_dest_cs '0,/verify_due=1/s//verify_due=0/'
says value 'verify_due=0, and it has 1'
change shown movein_national '0,/SHOW_AT_NATIONAL author=3/s//SHOW_AT_NATIONAL/'
says shown 'SHOW_AT_NATIONAL has not its result'
change record movein_prefecture '0,/RECORD_PREFECTURE_ENTRY epoch=2/s//RECORD_PREFECTURE_ENTRY epoch=3/'
says record 'RECORD_PREFECTURE_ENTRY has not its result'
change answer movein_origin_cs 's/^  hook case_check TOO_LATE/  hook case_check UNKNOWN/'
says answer 'and it asks case_check=GRANTABLE'
change refused movein_terminal '0,/^  input dest_to_terminal VERIFY_RESULT/s//  refuse dest_to_terminal VERIFY_RESULT/'
says refused 'to be refused, and it takes the step'
change taken movein_terminal '0,/^  refuse dest_to_terminal DONE.*/s//&\n  state WAIT_DONE/;0,/^  refuse dest_to_terminal DONE/s//  input dest_to_terminal DONE txn=1/'
says taken 'no step: '
change transmit transport_sender '0,/TRANSMIT sequence=1 upto=1/s//TRANSMIT sequence=2 upto=2/'
says transmit 'it transmits 1'
change answered transport_sender '0,/-> effect DELETE_UPTO sequence=1/s//-> effect REFUSE_OUTBOX sequence=1/'
says answered 'REFUSE_OUTBOX has not its result'
change runs transport_sender 's/ resend=1$//'
says runs 'resend is still armed'
change ack transport_receiver '0,/ ACK sequence=2/s// ACK sequence=3/'
says ack 'ACK 3 NACK 0, and it answers 2 and 0'
change committed transport_receiver '0,/committed=1/s//committed=0/'
says committed 'committed=0, and it has another'
sed '/AMBIGUOUS/d' "$here/movein_identity.txt" | sed '/^test 6 /,$d' >"$work/possible"
echo "end 5" >>"$work/possible"
says possible 'listed as impossible, and it is not: VERIFY_REQUEST'

# MACHINE WORD OTHER: an engine with that machine changed in one place.
link=$(ninja -C "$build" -t commands tests/graph_engine | tail -n 1)
notices() {
  sed "0,/$2/s//$3/" "$root/gen/machines/$1.c" >"$work/mutant.c"
  ! cmp -s "$work/mutant.c" "$root/gen/machines/$1.c" || { echo "$1: nothing was changed" && exit 1; }
  cc -std=c11 -fPIE "-I$root/src/include" "-I$root/gen/machines" -c "$work/mutant.c" -o "$work/mutant.o"
  (cd "$build" && eval "${link/ -o tests\/graph_engine / $work/mutant.o -o $work/mutant }")
  if "$work/mutant" "$here/impossible.tsv" "$here/$1.txt" >"$work/said" 2>&1 ||
    ! grep -q 'test [0-9]*: ' "$work/said"; then
    echo "$1: $2 as $3 is not noticed"
    failed=1
  fi
}
notices movein_dest_registry 'm->state = JK_MOVEIN_DEST_REGISTRY_REGISTERED' 'm->state = JK_MOVEIN_DEST_REGISTRY_IDLE'
notices movein_dest_cs 'arm(out' 'disarm(out'
notices movein_origin_cs 'm->granted = 0' 'm->granted = 1'
notices movein_national 'event->in.epoch > m->epoch' 'event->in.epoch >= m->epoch'
notices transport_sender 'm->acked, m->acked, 1' 'm->acked, m->acked, 2'
notices transport_receiver 'm->committed = event->in.sequence' 'm->committed = event->in.sequence + 1'

[ "$failed" -eq 0 ] && echo "19 changed files and six changed machines, each noticed"
exit "$failed"
