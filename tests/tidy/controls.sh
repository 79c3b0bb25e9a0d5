#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Negative controls: a small tree with one breach for each rule; tidy.sh must find every one.
set -euo pipefail
export LC_ALL=C.UTF-8 # steps such as 3-② are one character each
tidy=$(cd "$(dirname "$0")" && pwd)/tidy.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

expect() { # rule, text that the breach must contain
  local out
  if out=$(bash "$tidy" "$1" "$work/tree" "$work/build" 2>&1); then
    echo "rule $1 found nothing"
    failed=1
  elif ! grep -q -- "$2" <<<"$out"; then
    echo "rule $1 said something else:"
    echo "$out"
    failed=1
  fi
}

fresh() {
  rm -rf "$work/tree" "$work/build"
  mkdir -p "$work/tree/src/core" "$work/tree/src/include/juki" "$work/tree/gen/machines" \
    "$work/tree/spec/movein" "$work/build"
  git -C "$work/tree" init -q
}

fresh
echo '#include "step/step.h"' >"$work/tree/src/core/a.c"
expect includes 'may not include'

fresh
printf '#include <time.h>\nlong jk_now(void);\nlong jk_now(void) { return (long)time(0); }\n' >"$work/a.c"
gcc -c "$work/a.c" -o "$work/a.o"
for name in core machines registry; do ar rc "$work/build/libjk_$name.a" "$work/a.o"; done
expect symbols 'needs time'

fresh
echo 'size_t f(void);' >"$work/tree/src/include/juki/a.h"
expect headers 'does not compile alone'

fresh
echo 'void f(char *a) { strcpy(a, "b"); }' >"$work/tree/src/core/a.c"
expect words 'banned call'
echo 'void f(void) { g(malloc(3)); }' >"$work/tree/src/core/a.c"
expect words 'not in a pure part'

fresh
printf '/* SPDX-License-Identifier: Apache-2.0 */\n%0101d\n' 1 >"$work/tree/src/core/a.c"
expect shape 'longer than 100'
printf '\tint a;\n' >"$work/tree/src/core/a.c"
expect shape 'a tab'
expect shape 'no SPDX line'

fresh
mkdir "$work/tree/attic"
echo x >"$work/tree/attic/x"
expect house 'not an entry of the house'

fresh
echo '| 3-① | 3-② |' >"$work/tree/spec/seed.md"
echo '/* 3-1 and 9 */' >"$work/tree/spec/movein/a.pml"
expect seed '3-② is cited nowhere'
echo '/* 3-② and 3-⑥ */' >>"$work/tree/spec/movein/a.pml"
expect seed '3-⑥: is no step'

fresh
printf 'name\tfile\tdefines\tclaim\n' >"$work/tree/spec/movein/checks.tsv"
printf 'name\tpatch\n' >"$work/tree/spec/movein/mutants.tsv"
echo 'ltl lonely { [] true }' >"$work/tree/spec/movein/a.pml"
expect claims 'lonely has no row'

exit $failed
