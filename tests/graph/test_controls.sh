#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The controls: a machine with one word changed does not pass, a file with a test less takes fewer rows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=c11 -O0 -ffunction-sections "-I$root/src/include" "-I$root/gen/refusals" "-I$root/gen/machines")
cd "$work"
for source in "$root"/gen/machines/*.c "$here"/{machines,file,rows}.c \
  "$root"/src/verify/replay{,_movein,_reconcile,_transport}.c; do
  cc "${flags[@]}" -I"$root/src/verify" -c "$source"
done

# MACHINE WORD OTHER: with the first WORD as OTHER, the tests of the machine must differ.
notices() {
  sed "0,/$2/s//$3/" "$root/gen/machines/$1.c" >mutant.c
  ! cmp -s mutant.c "$root/gen/machines/$1.c" || { echo "$1: nothing was changed" && exit 1; }
  cc "${flags[@]}" -c mutant.c
  mv "$1.o" "$1.kept"
  cc -Wl,--gc-sections ./*.o -o mutant
  rm mutant.o
  mv "$1.kept" "$1.o"
  if ./mutant "$here/$1.txt" >said.txt; then
    echo "$1: $2 as $3 is not noticed" && exit 1
  fi
  grep -q 'test [0-9]*: ' said.txt || { echo "$1: no test names it" && exit 1; }
}
cc -Wl,--gc-sections ./*.o -o whole
./whole "$here"/*_*.txt >said.txt || { echo "the machines as they are differ" && exit 1; }
notices movein_dest_registry 'm->state = JK_MOVEIN_DEST_REGISTRY_REGISTERED' 'm->state = JK_MOVEIN_DEST_REGISTRY_IDLE'
notices movein_dest_cs 'arm(out' 'disarm(out'
notices movein_origin_cs 'm->granted = 0' 'm->granted = 1'
notices movein_national 'event->in.epoch > m->epoch' 'event->in.epoch >= m->epoch'
notices reconcile_cs_repair 'event->in.epoch > m->refused' 'event->in.epoch >= m->refused'
notices reconcile_national_round 'event->in.epoch > m->position' 'event->in.epoch < m->position'
notices transport_sender 'm->acked, 1' 'm->acked, 2'

mkdir less
cp "$here"/*_*.txt less
sed -i '/^test .* DOWN LINK_DOWN made up/,/^$/{/^  /d}' less/transport_sender.txt
if "$here/taken" less >said.txt 2>&1 || ! grep -q 'transport sender: DOWN, LINK_DOWN' said.txt; then
  echo "a transition less is not noticed" && exit 1
fi
echo "seven changed machines and a dropped transition, each noticed"
