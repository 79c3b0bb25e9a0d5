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
for name in core machines registry reconcile; do ar rc "$work/build/libjk_$name.a" "$work/a.o"; done
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
expect seed '3-① has no witness'
printf 'name\tfile\tdefines\tclaim\tkind\n' >"$work/tree/spec/movein/checks.tsv"
echo '| 3-② | `w_lost` |' >"$work/tree/spec/seed.md"
expect seed '3-②: no search for w_lost'
echo '| 6-③ |' >"$work/tree/spec/seed.md"
expect seed '6-③ is cited nowhere'
expect seed '6-③ has no witness'

fresh
printf 'name\tfile\tdefines\tclaim\n' >"$work/tree/spec/movein/checks.tsv"
printf 'name\tpatch\n' >"$work/tree/spec/movein/mutants.tsv"
echo 'ltl lonely { [] true }' >"$work/tree/spec/movein/a.pml"
expect claims 'lonely has no row'

# The table of cases: the tree's own one holds, and each of these breaks it.
cases() { # what must be said, then a command that breaks the copy
  local what=$1 out
  shift
  rm -rf "$work/tree"
  mkdir -p "$work"/tree/spec/{movein,transport} "$work"/tree/tests/{golden,process}
  cp "$root"/spec/movein/{cases.tsv,checks.tsv,README.md} "$work/tree/spec/movein"
  cp "$root/spec/transport/checks.tsv" "$work/tree/spec/transport"
  cp "$root"/tests/golden/*.txt "$work/tree/tests/golden"
  cp "$root"/tests/process/*.sh "$work/tree/tests/process"
  (cd "$work/tree" && "$@")
  out=$(bash "$root/tests/tidy/cases.sh" "$work/tree" 2>&1) && out="nothing: $out"
  if ! grep -qF -- "$what" <<<"$out"; then
    echo "cases, \"$*\": \"$what\" is not said:"
    echo "$out"
    failed=1
  fi
}
root=$(cd "$(dirname "$0")/../.." && pwd)
table=spec/movein/cases.tsv
cases 'nothing: ' true
cases 'not C1 to C20' sed -i '/^C7\t/d' $table
cases 'not C1 to C20' sed -i '/^C7\t/p' $table
cases 'is listed twice' sed -i '/^C7\t/p' $table
cases 'without seven cells' sed -i '/^C7\t/s/\t-$//' $table
cases 'C7: no process, and no reason' sed -i '/^C7\t/s/test_cases.sh C7/-/' $table
cases 'C2: law2023, and yet it is shown' sed -i '/^C2\t/s/\t-/\tmovein_stop.txt/2' $table
cases 'C2: no reason' sed -i '/^C2\t/s/[^\t]*$/-/' $table
cases 'C7: profile law1999' sed -i '/^C7\t/s/law2014/law1999/' $table
cases 'C1: no witness m11_links_empty' sed -i 's/case_11_w_done/m11_links_empty/' $table
cases 'C1: no witness case_11' sed -i 's/case_11_w_done/case_11/' $table
cases 'C1: no golden movein_merry.txt' sed -i 's/movein_happy/movein_merry/' $table
cases 'C7: no process test_cases.sh C8' sed -i 's/test_cases.sh C7/test_cases.sh C8/' $table
cases 'C7: no process test_link.sh C7' sed -i 's/test_cases.sh C7/test_link.sh C7/' $table
cases 'C7: no process test_cases.sh C7' sed -i 's/^shown C7 /echo /' tests/process/test_cases.sh
cases 'C8: witness case_11_w_c8_grant_wins is not named' sed -i 's/, case_11_w_c8_grant_wins//' $table
cases 'C16: golden movein_moved_on.txt is not named' sed -i 's/movein_moved_on/movein_stop/' $table
cases 'C9: process test_link.sh C9 is not named' sed -i '$ashown C9 "nothing"' tests/process/test_link.sh
cases 'not the table of cases.tsv' sed -i '/^C7\t/s/cancelled before/cancelled long before/' $table

exit $failed
