# SPDX-License-Identifier: Apache-2.0
"""`juki bench reconcile` as lines of ./dev bench: a CS and both servers as real processes, damaged by
plain SQL, scrubbed, compared and repaired.

usage: bench_nodes.py JUKI FOLDER RESIDENTS DIFFERENCES     (FOLDER: where the databases are written)
"""
import json
import os
import subprocess
import sys
import tempfile

NODES = ("cs", "prefecture", "national")
SERVERS = ("prefecture", "national")


def report(name, value, unit):
    print(f'{{"name": "nodes.{name}", "value": {value:.6g}, "unit": "{unit}", "target": null, '
          f'"ok": true}}', flush=True)


def traffic(told, name):
    """Bytes of a round with both servers, both ways."""
    return sum(told[f"{name}.bytes_{way}.{server}"] for way in ("sent", "received")
               for server in SERVERS)


def main(words):
    if len(words) != 5:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-nodes.", dir=words[2]) as folder:
        run = subprocess.run(
            [os.path.abspath(words[1]), "bench", "reconcile", "--residents", words[3],
             "--differences", words[4], "--json"], stdout=subprocess.PIPE, check=False,
            env={**os.environ, "TMPDIR": os.path.abspath(folder)})
    if run.returncode != 0:
        sys.exit("bench_nodes: the run found something else, or failed")
    told = json.loads(run.stdout)
    report("residents", told["residents"], "residents")
    report("equal_bytes", traffic(told, "equal") / 2, "B, a server")
    report("found_bytes", traffic(told, "found") / told["differences"], "B/difference")
    for node in NODES:
        report(f"scrub_ratio.{node}", 1 / told[f"clean-scrub.scans.{node}"], "raw scan/scrub")
    for name in ("first", "equal", "found", "repaired"):
        for node in NODES:
            report(f"{name}.{node}", max(told[f"{name}.scans.{node}"], 1e-9), "raw scans")
    for node in NODES:
        report(f"memory.{node}", told[f"end.peak.{node}"], "MiB")
        report(f"disk.{node}", told[f"kept.disk.{node}"], "bytes/resident")


main(sys.argv)
