#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What src/reconcile computes (PROGRAM, built from vectors.c) and what vectors.py computes are the
# same lines; each definition changed in vectors.py makes them differ.
set -euo pipefail
program=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" >"$work/c"
python3 "$here/vectors.py" >"$work/python"
[ "$(wc -l <"$work/c")" = 2403 ] || { echo "not 2,403 lines"; exit 1; }
diff "$work/c" "$work/python" | head -n 5 | cut -c 1-200
cmp "$work/c" "$work/python"
for wrong in prime mapping place value digest mark; do
  python3 "$here/vectors.py" $wrong >"$work/python"
  if cmp -s "$work/c" "$work/python"; then
    echo "control: a wrong $wrong is not noticed"
    exit 1
  fi
done
echo "2,403 lines are equal, 6 wrong definitions differ"
