#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is committed under gen/ is what the generator makes now: gen_check.sh TREE JKGEN.
set -euo pipefail
tree=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
JKGEN=$2 "$tree/gen/generate" "$work"
status=0
for part in machines tables wire; do
  for file in "$work/$part"/*; do
    name=$(basename "$file")
    cmp "$file" "$tree/gen/$part/$name" || status=1
  done
  for file in "$tree/gen/$part"/*; do
    case $file in *CMakeLists.txt | *README.md | */generate | *.py | */machine.h) continue ;; esac
    [ -e "$work/$part/$(basename "$file")" ] || {
      echo "$file: the generator does not make it"
      status=1
    }
  done
done
exit $status
