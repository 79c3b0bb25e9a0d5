#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The house's rules as tests: tidy.sh RULE TREE [BUILD].  Prints each breach as file:line: rule and
# exits 1 when there is one.  controls.sh shows that every rule can fail.
set -euo pipefail
export LC_ALL=C.UTF-8 # steps such as 3-② are one character each

rule=$1
tree=$(cd "$2" && pwd)
build=${3:-}
cd "$tree"
found=0

breach() {
  echo "$1: $2"
  found=1
}

files() { # tracked and new files below the folders named, by extension
  find "$@" -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | grep -v '^gen/wire/' | sort
}

# Who may include whom: FOLDER then what its #include "..." lines may start with.
allowed_includes() {
  cat <<'T'
src/include|juki/
src/port|port/ juki/
src/registry|registry/ juki/ utf8proc
src/core|core/ juki/ @machines
src/reconcile|reconcile/ juki/
src/codec|codec/ juki/ registry/ @wire pb pb_ names.h utf8proc
src/channel|channel/ port/ juki/
src/step|step/ core/ codec/ registry/ reconcile/ port/ juki/ channel/seal.h channel/sign.h channel/noise.h @machines @wire names.h
src/adapter/memory|adapter/memory/ port/ juki/
src/adapter/sqlite|adapter/sqlite/ port/ juki/
src/adapter/uv|adapter/uv/ port/ juki/
src/tool/judge|tool/judge
src/tool/history|history.h history_data.h
gen/machines|juki/token.h @machines
T
}

machine_header() { [ -e "gen/machines/$1" ]; }
wire_header() { [ -e "gen/wire/$1" ]; }

may_include() { # words..., last is the header
  local header=${*: -1} word
  for word in "${@:1:$#-1}"; do
    case $word in
    @machines) machine_header "$header" && return 0 ;;
    @wire) wire_header "$header" && return 0 ;;
    */ | *_ | utf8proc | tool/judge) [[ $header == "$word"* ]] && return 0 ;;
    *) [ "$header" = "$word" ] && return 0 ;;
    esac
  done
  return 1
}

rule_includes() {
  local folder words file line header
  while IFS='|' read -r folder words; do
    for file in $(find . -path "./$folder*" \( -name '*.c' -o -name '*.h' \) | sed 's|^\./||'); do
      while IFS=: read -r line header; do
        # A header of the file's own folder may be named without it.
        [ -e "$(dirname "$file")/$header" ] && continue
        # shellcheck disable=SC2086
        may_include $words "$header" || breach "$file:$line" "$folder may not include \"$header\""
      done < <(grep -n '^#include "' "$file" | sed -E 's/^([0-9]+):#include "([^"]*)".*/\1:\2/')
    done
  done < <(allowed_includes)
}

rule_symbols() { # pure libraries need nothing but mem* (and what sanitizers and traps add)
  local name extra symbol
  for name in core:'^(jk_|mem|__stack_chk|__asan|__ubsan|_GLOBAL)' \
    machines:'^(jk_|mem|__stack_chk|__asan|__ubsan|_GLOBAL)' \
    registry:'^(jk_|mem|strlen|strcmp|utf8proc_|__stack_chk|__asan|__ubsan|__mem|_GLOBAL)' \
    reconcile:'^(jk_|mem|crypto_generichash_blake2b|crypto_shorthash_siphash24|__stack_chk|__asan|__ubsan|__mem|_GLOBAL)'; do
    extra=${name#*:}
    name=${name%%:*}
    local archive
    archive=$(find "$build" -name "libjk_$name.a" | head -n 1)
    if [ -z "$archive" ]; then
      breach "$name" "library not built"
      continue
    fi
    while read -r symbol; do
      [[ $symbol =~ $extra ]] || breach "libjk_$name.a" "needs $symbol"
    done < <(nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u)
  done
}

rule_headers() { # every public header compiles alone
  local header
  for header in src/include/juki/*.h gen/refusals/juki/*.h; do
    [ -e "$header" ] || continue
    echo "#include \"juki/$(basename "$header")\"" |
      gcc -std=c11 -Wall -Wextra -Werror -Isrc/include -Igen/refusals -fsyntax-only -x c - ||
      breach "$header" "does not compile alone"
  done
}

rule_words() { # calls that nobody makes, and those that pure parts do not make
  local banned='\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|alloca|rand|srand|setjmp|longjmp)\s*\('
  local hit
  while read -r hit; do breach "${hit%%:*}:$(echo "$hit" | cut -d: -f2)" "banned call"; done \
    < <(files src gen/jkgen | xargs -r grep -nE "$banned" | grep -v 'src/tool/notices' || true)
  banned='\b(malloc|calloc|realloc|free|time|abort|exit|printf|assert)\s*\('
  while read -r hit; do breach "${hit%%:*}:$(echo "$hit" | cut -d: -f2)" "not in a pure part"; done \
    < <(files src/core src/registry src/reconcile src/codec src/channel src/step gen/machines |
      xargs -r grep -nE "(^|[^_a-z>.])$banned" | grep -v 'snprintf' | grep -vE ':\s*(/?\*|//)' || true)
}

rule_shape() { # size of files and lines, tabs, line ends, licence
  local file
  while read -r file; do
    [ -e "$file" ] || continue
    case $file in
    gen/machines/*.c | gen/wire/names.c) ;;
    *.c | *.h | *.pml | *.y | *.l | *.sh)
      [ "$(wc -l <"$file")" -le 1000 ] || breach "$file" "more than 1000 lines"
      ;;
    esac
    case $file in
    gen/wire/*.pb.* | src/registry/*_data*.c) ;;
    *.c | *.h | *.pml | *.y | *.l)
      awk -v f="$file" '{ s = $0; gsub(/[\200-\277]/, "", s) } length(s) > 100 { print f ":" NR ": line longer than 100"; bad = 1 } END { exit bad }' \
        "$file" || found=1
      grep -nP '\t' "$file" >/dev/null && breach "$file" "a tab"
      grep -q 'SPDX-License-Identifier' "$file" || breach "$file" "no SPDX line"
      ;;
    esac
    if grep -qU $'\r' "$file" 2>/dev/null && [[ $file != *.bin ]]; then
      case $file in *.c | *.h | *.pml | *.md | *.sh | *.txt) breach "$file" "carriage return" ;; esac
    fi
    [ "$(stat -c %s "$file")" -le 262144 ] || breach "$file" "larger than 256 KiB"
  done < <(git ls-files -co --exclude-standard 2>/dev/null || find . -type f | sed 's|^\./||')
}

rule_house() { # the top level is fixed
  local entry
  for entry in $(git ls-files -co --exclude-standard 2>/dev/null | cut -d/ -f1 | sort -u); do
    case $entry in
    CMakeLists.txt | CMakePresets.json | README.md | dev | spec | gen | src | fuzz | tests | .*) ;;
    *) breach "$entry" "not an entry of the house" ;;
    esac
  done
}

rule_seed() { # every step of seed.md's table is cited in spec or src, and nothing cites another; a step that is
  # built (sections 1 to 3, and 6) names a witness that is searched
  local step known line witness
  known=$(grep -oE '[1-8]-[①②③④⑤⑥]' spec/seed.md | sort -u)
  for step in $known; do
    local plain=${step/①/1}
    plain=${plain/②/2}
    plain=${plain/③/3}
    plain=${plain/④/4}
    plain=${plain/⑤/5}
    plain=${plain/⑥/6}
    case $step in 3-* | 6-*) ;; *) continue ;; esac
    grep -rqsE "($step|$plain)" spec/movein spec/reconcile spec/wire src ||
      breach "spec/seed.md" "$step is cited nowhere"
  done
  for step in $(grep -rhoE '[1-8]-[①②③④⑤⑥]' spec src gen/tables 2>/dev/null | sort -u); do
    grep -q -- "$step" <<<"$known" || breach "$step" "is no step of spec/seed.md"
  done
  while read -r line; do
    step=$(grep -oE "[1-36]-[①②③④⑤⑥]'?" <<<"$line" | head -n 1)
    witness=$(sed -nE 's/.*\| `(w_[a-z0-9_]+)` \|$/\1/p' <<<"$line")
    if [ -z "$witness" ]; then
      breach "spec/seed.md" "$step has no witness"
    else
      awk -F'\t' -v name="$witness" '$4 == name && $5 == "witness" { found = 1 } END { exit !found }' \
        spec/*/checks.tsv || breach "spec/seed.md" "$step: no search for $witness"
    fi
  done < <(grep -E '^\| [1-36]-[①②③④⑤⑥]' spec/seed.md)
}

rule_claims() { # every ltl has a row in checks.tsv; every rule of the table has a mutant that breaks it
  local protocol claim
  for protocol in spec/*/checks.tsv; do
    local dir
    dir=$(dirname "$protocol")
    for claim in $(grep -hoE '^ltl +[a-z0-9_]+' "$dir"/*.pml | awk '{ print $2 }' | sort -u); do
      cut -f4 "$protocol" | grep -x "$claim" >/dev/null || breach "$dir" "ltl $claim has no row in checks.tsv"
    done
    awk -F'\t' 'NR > 1 { print $2 }' "$dir/mutants.tsv" | while read -r patch; do
      [ -e "$dir/$patch" ] || echo "$dir/$patch: missing"
    done | { ! grep . ; } || found=1
  done
}

"rule_$rule"
exit $found
