#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of the law's cases, spec/movein/cases.tsv, against the tree: cases.sh TREE.  Each case has its row;
# a case of law2014 has a witness, a golden trace and a process test, or says what is not built; what is named
# exists, is named once, and what calls itself a case's is named.  JK_REWRITE=1 writes the README's table.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$1"
table=spec/movein/cases.tsv
readme=spec/movein/README.md
found=0
named=$(mktemp -d)
trap 'rm -rf "$named"' EXIT

breach() {
  echo "$table: $1"
  found=1
}

exists() { # column, item, case: is there such a thing
  case $1 in
  witness) [[ $witnesses == *" $2 "* ]] ;;
  golden) [ -f "tests/golden/$2" ] ;;
  process) [ "${2##* }" = "$3" ] && grep -q "^shown $3 " "tests/process/${2% *}" 2>/dev/null ;;
  esac
}

row() { # case what profile witness golden process note
  local column cell item list missing=
  for column in witness golden process; do
    case $column in witness) cell=$4 ;; golden) cell=$5 ;; process) cell=$6 ;; esac
    [ "$cell" != - ] || { missing="$missing $column"; continue; }
    IFS=, read -r -a list <<<"${cell//, /,}"
    for item in "${list[@]}"; do
      exists $column "$item" "$1" || breach "$1: no $column $item"
      echo "$item" >>"$named/all"
      echo "$1 $item" >>"$named/$column"
    done
  done
  case $3 in
  law2014) [ -z "$missing" ] || [[ $7 == "not built: "* ]] || breach "$1: no$missing, and no reason" ;;
  law2023 | outside)
    [ "$missing" = " witness golden process" ] || breach "$1: $3, and yet it is shown"
    [ "$7" != - ] || breach "$1: no reason"
    ;;
  *) breach "$1: profile $3" ;;
  esac
}

claimed() { # column; on standard input "C<n> item" lines: each must be named
  local line
  while read -r line; do
    breach "${line%% *}: $1 ${line#* } is not named"
  done < <(grep -vxFf "$named/$1" || true)
}

made() { # the README's table
  echo "| case | what happens | profile | witness | golden trace | process test | note |"
  echo "|---|---|---|---|---|---|---|"
  awk -F'\t' 'NR > 1 {
    line = "| " $1 " | " $2 " | " $3
    for (i = 4; i <= 6; i++) {
      cell = $i
      gsub(/, /, "`, `", cell)
      line = line (cell == "-" ? " | " : " | `" cell "`")
    }
    print line (($7 == "-") ? " | |" : " | " $7 " |")
  }' "$table"
}

touch "$named"/{all,witness,golden,process}
witnesses=" $(awk -F'\t' '$5 == "witness" { printf "%s ", $1 }' spec/*/checks.tsv)"
awk -F'\t' '{ for (i = 1; i <= NF; i++) { if ($i == "") { bad = 1 } } } NF != 7 { bad = 1 } END { exit bad }' \
  "$table" || breach "a row without seven cells"
cmp -s <(cut -f1 "$table") <(printf '%s\n' case C{1..20}) || breach "not C1 to C20, each once, in order"
while IFS=$'\t' read -r name what profile witness golden process note; do
  row "$name" "$what" "$profile" "$witness" "$golden" "$process" "$note"
done < <(tail -n +2 "$table")
while read -r item; do breach "$item is listed twice"; done < <(sort "$named/all" | uniq -d)

# What calls itself a case's: witnesses by their text, golden traces by their first lines, labels.
claimed witness < <(awk -F'\t' '$5 == "witness" && match($11, /^C[0-9]+:/) {
  print substr($11, 1, RLENGTH - 1), $1 }' spec/*/checks.tsv)
claimed golden < <(grep -E '^#.*C[0-9]' tests/golden/*.txt | sed 's|^tests/golden/||' |
  awk -F: '{ n = split($2 $3 $4, word, /[^A-Za-z0-9]+/)
    for (i = 1; i <= n; i++) { if (word[i] ~ /^C[0-9]+$/) { print word[i], $1 } } }')
claimed process < <(grep -oE '^shown C[0-9]+ ' tests/process/*.sh |
  sed -E 's|tests/process/(.*):shown (C[0-9]+) |\2 \1 \2|')

made >"$named/made"
if [ -n "${JK_REWRITE:-}" ]; then
  sed -i -e "/^<!-- cases -->/r $named/made" -e '/^<!-- cases -->/,/^<!-- \/cases -->/{/^|/d}' "$readme"
fi
cmp -s "$named/made" <(sed -n '/^<!-- cases -->/,/^<!-- \/cases -->/{/^|/p}' "$readme") ||
  { echo "$readme: not the table of cases.tsv: JK_REWRITE=1 tests/tidy/cases.sh ."; found=1; }
exit $found
