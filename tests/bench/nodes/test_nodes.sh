#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The verb `juki bench`: a whole run on few residents finds exactly the damaged ones and repairs them; the
# country is computed from its results; wrong use and results that are none are refused.
set -u
JUKI=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TMPDIR=$dir

fail() {
    echo "FAIL: $1"
    cat "$dir"/err 2>/dev/null
    exit 1
}
refused() { # exit code, words...
    local code=$1
    shift
    "$JUKI" bench "$@" >"$dir/out" 2>"$dir/err"
    [ $? -eq "$code" ] || fail "juki bench $* does not leave with $code"
}

refused 2
refused 2 reconcile --residents 1000
refused 2 reconcile --residents 1000 --differences 0
refused 2 reconcile --residents 1000 --differences 101
refused 2 reconcile --residents 5000001 --differences 1
refused 2 country "$dir/none"
refused 1 reconcile --residents 1000 --differences 1 --folder "$dir/no/folder"
echo '{"residents": 5}' >"$dir/half"
refused 1 country "$dir/half" "$dir/half"

for n in 300 900; do
    "$JUKI" bench reconcile --residents $n --differences 8 --json >"$dir/$n.json" 2>"$dir/err" ||
        fail "a run with $n residents"
    python3 - "$dir/$n.json" <<'PYTHON' || fail "what a run says"
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    told = json.load(file)
assert told["exact"] is True and "fault" not in told
for server in ("prefecture", "national"):
    assert told[f"found.findings.{server}"] == 8
    for name in ("first", "equal", "repaired"):
        assert told[f"{name}.findings.{server}"] == 0
    for name in ("first", "equal", "found", "repaired"):
        assert told[f"{name}.bytes_sent.{server}"] > 0
        assert told[f"{name}.bytes_received.{server}"] > 0
for node in ("cs", "prefecture", "national"):
    assert told[f"end.peak.{node}"] > 1 and told[f"kept.disk.{node}"] > 100
    assert told[f"scrub.scans.{node}"] > 0
PYTHON
done
[ -z "$(find "$dir" -maxdepth 1 -name 'juki-bench-*')" ] || fail "a folder stays behind"

"$JUKI" bench country "$dir/300.json" "$dir/900.json" >"$dir/out" 2>"$dir/err" ||
    fail "the country"
[ "$(grep -c '^| .* | .* | .* | .* | .* |$' "$dir/out")" -ge 7 ] || fail "the country's table"
echo "ok: juki bench"
