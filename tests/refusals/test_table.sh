#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_table.sh TREE: numbers of spec/wire/refusals.tsv stay as they were given (numbers.tsv), and
# the generator refuses every table that is wrong, each for its own reason.  JK_REWRITE=1 adds new
# numbers to numbers.tsv; it never changes an old one.
set -euo pipefail
tree=$(cd "$1" && pwd)
table=$tree/spec/wire/refusals.tsv
proto=$tree/spec/wire/kinds.proto
given=$tree/tests/refusals/numbers.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
failures=0

fail() {
  echo "FAILED $*" >&2
  failures=$((failures + 1))
}

# --- numbers that were given ---

rows() { awk -F'\t' '/^[0-9]/ { print $1 "\t" $2 }' "$1"; }

# judge TABLE GIVEN: prints every number that was given to another name, and every new one.
judge() {
  rows "$1" | awk -F'\t' -v given="$2" '
    BEGIN {
      while ((getline line < given) > 0) {
        if (split(line, cell, "\t") == 2) { name[cell[1]] = cell[2]; number[cell[2]] = cell[1] }
      }
    }
    ($1 in name) && name[$1] != $2 { print "reused: " $1 " was " name[$1] ", not " $2; next }
    ($2 in number) && number[$2] != $1 { print "moved: " $2 " was " number[$2] ", not " $1; next }
    !($1 in name) { print "new: " $1 "\t" $2 }'
}

if [ -n "${JK_REWRITE:-}" ]; then
  judge "$table" "$given" | sed -n 's/^new: //p' >"$work/new"
  sort -n "$given" "$work/new" -o "$given"
fi
judge "$table" "$given" >"$work/out"
[ ! -s "$work/out" ] || fail "numbers.tsv: $(cat "$work/out") (new ones: JK_REWRITE=1)"
checks=$((checks + 1))

sed 's/^404\tE_NOT_FOUND/404\tE_GONE/' "$table" >"$work/reused.tsv"
judge "$work/reused.tsv" "$given" | grep -q '^reused: 404 was E_NOT_FOUND' || fail "reuse is seen"
sed 's/^404\tE_NOT_FOUND/499\tE_NOT_FOUND/' "$table" >"$work/moved.tsv"
judge "$work/moved.tsv" "$given" | grep -q '^moved: E_NOT_FOUND was 404' || fail "a move is seen"
printf '499\tE_NEW\tPEER\tno\ta\tb\tc\td\n' | cat "$table" - >"$work/new.tsv"
judge "$work/new.tsv" "$given" | grep -q '^new: 499' || fail "a new number is seen"
checks=$((checks + 3))

# --- the generator ---

generate() { # TABLE PROTO
  /usr/bin/python3 "$tree/gen/refusals/refusals.py" "$1" "$2" "$work/made" 2>"$work/err"
}

refused() { # WHAT WORDS SED-SCRIPT [proto]
  rm -rf "$work/made"
  cp "$table" "$work/t.tsv"
  cp "$proto" "$work/k.proto"
  sed -i "$3" "$work/$([ "${4:-}" = proto ] && echo k.proto || echo t.tsv)"
  if generate "$work/t.tsv" "$work/k.proto"; then
    fail "$1: taken"
  elif ! grep -qF -- "$2" "$work/err" || grep -q Traceback "$work/err"; then
    fail "$1: $(cat "$work/err")"
  elif [ -e "$work/made" ]; then
    fail "$1: something was written"
  fi
  checks=$((checks + 1))
}

generate "$table" "$proto" || fail "the table itself: $(cat "$work/err")"
refused "a reason without a row" "REASON_NEW has no row in t.tsv" \
  's/^  REASON_NO_FILING = 21;/  REASON_NEW = 19;\n&/' proto
refused "a row that was taken away" "REASON_TOO_LATE has no row" '/^24\t/d'
refused "another number" "REASON_TOO_LATE has another number" 's/_TOO_LATE = 24;/_TOO_LATE = 19;/' proto
refused "a row without a reason" "NOBODY_SAYS is no Reason of k.proto" \
  's/^30\t/29\tNOBODY_SAYS\tREASON\tno\ta\tあ\tb\tい\n&/;/^29\tS/d'
refused "a number twice" "number or name of line" 's/^405\tE_NOT_NOW/404\tE_NOT_NOW/'
refused "a name twice" "number or name of line" 's/^405\tE_NOT_NOW/405\tE_NOT_FOUND/'
refused "descending" "numbers do not ascend" 's/^404\t/499\t/'
refused "no class" "\`NEAR\` is no class" 's/^404\tE_NOT_FOUND\tPEER/404\tE_NOT_FOUND\tNEAR/'
refused "class of the wrong half" "404 is no number of class REASON" \
  's/^404\tE_NOT_FOUND\tPEER/404\tE_NOT_FOUND\tREASON/'
refused "E_" "begins with E_" 's/^404\tE_NOT_FOUND/404\tNOT_FOUND/'
refused "retry" "neither yes nor no" 's/^\(404\t[A-Z_]*\tPEER\t\)no/\1maybe/'
refused "no hint" "hint_ja is missing" 's/^\(404\t.*\t\)[^\t]*$/\1-/'
refused "a hint where nothing is refused" "hint_en is missing, too long, or stands" \
  's/^\(20\t.*\t\)-\t-$/\1go on\t-/'
refused "English is ASCII" "text_en is not ASCII" 's/\tnot known here\t/\t知らない\t/'
refused "Japanese is not" "text_ja is not Japanese" 's/\tここにはない\t/\tnone\t/'
refused "a quote" "control character" 's/\tnot known here\t/\tnot "known" here\t/'
refused "columns" "7 columns instead of 8" 's/^\(404\t.*\)\t[^\t]*$/\1/'
refused "titles" "the columns are number" 's/^number\t/no\t/'
refused "no number" "\`4o4\` is no number" 's/^404\t/4o4\t/'
refused "OK" "no row for OK" '/^0\tOK/d'
refused "no reasons" "no enum Reason" 's/^enum Reason/enum Why/' proto

[ "$failures" -eq 0 ] || exit 1
echo "refusals: $(rows "$table" | wc -l) rows, $checks checks, 0 failures"
