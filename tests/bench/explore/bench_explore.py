# SPDX-License-Identifier: Apache-2.0
"""The explorer beside pan on the same model: states a second and bytes a state.  pan is compiled as
for the graph identity, NOREDUCE, by gcc -O2; so is the explorer.  Also the processor time of jkgen
and of replaying a trail.

usage: bench_explore.py JUKI ROOT RUNS [quick]
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile

GRAPHS = {
    "transport": ("check_wild.pml", []),
    "movein": ("check_case.pml", ["-DNDEST=1", "-DWITH_STOP", "-DWITH_CANCEL_OUT",
                                  "-DWITH_DISPUTE", "-DWITH_DEATH", "-DWITH_PARKING",
                                  "-DWITH_STATUS", "-DWITH_OVERRIDE"]),
}


def report(name, value, unit, target=None):
    told = "null"
    ok = True
    if target is not None:
        word, limit = target
        told = f'"{word} {limit:g}"'
        ok = value >= limit if word == ">=" else value <= limit
    print(f'{{"name": "{name}", "value": {value:.6g}, "unit": "{unit}", "target": {told}, '
          f'"ok": {"true" if ok else "false"}}}', flush=True)


def run(argv, folder):
    done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench_explore: {argv[0]} failed: {done.stdout[-400:]}")
    return done.stdout


def number(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        sys.exit(f"bench_explore: no {pattern}")
    return float(found.group(1))


def processor_seconds(argv, folder):
    """What the call prints, and its own processor time."""
    before = os.times()
    text = run(argv, folder)
    after = os.times()
    return text, after.children_user + after.children_system - (
        before.children_user + before.children_system)


def build(juki, root, protocol, folder):
    check, bounds = GRAPHS[protocol]
    model = f"{root}/spec/{protocol}/{check}"
    run([juki, "gen", model, "--check", "--bind", f"{root}/spec/{protocol}/{protocol}.bind",
         "--out", folder] + bounds, folder)
    run(["spin", "-o1", "-o2", "-o3", "-a"] + bounds + [model], folder)
    run(["gcc", "-w", "-O2", "-DNOREDUCE", "-DSAFETY", "-DNOCLAIM", "-o", "pan", "pan.c"], folder)
    machines = [f"{root}/gen/machines/{name}" for name in os.listdir(f"{root}/gen/machines")
                if name.startswith(f"{protocol}_") and name.endswith(".c")]
    explore = f"{root}/src/verify/explore"
    run(["gcc", "-w", "-O2", "-I.", f"-I{explore}", f"-I{root}/gen/machines",
         f"-I{root}/src/include", "model.c", *machines,
         *[f"{explore}/{name}.c" for name in ("main", "search", "course", "record", "path",
                                            "compare")],
         "-lsodium", "-o", "explore"], folder)


def measure(juki, root, protocol, runs):
    with tempfile.TemporaryDirectory() as folder:
        build(juki, root, protocol, folder)
        pan, explorer = [], []
        for _ in range(runs):
            text, seconds = processor_seconds(["./pan", "-n", "-E", "-m1000000"], folder)
            states = number(r"^ *([0-9]+) states, stored", text)
            pan.append(states / seconds)
            pan_bytes = number(r"([0-9.]+)\s+actual memory usage for states", text) * 1048576
            text, seconds = processor_seconds(["./explore"], folder)
            if number(r"^states ([0-9]+)", text) != states:
                sys.exit("bench_explore: pan and the explorer do not see the same states")
            explorer.append(states / seconds)
            explorer_bytes = number(r"^bytes ([0-9]+)", text)
    report(f"explore.{protocol}.rate_ratio",
           statistics.median(explorer) / statistics.median(pan), "explorer / pan", (">=", 1.0))
    report(f"explore.{protocol}.bytes_ratio", explorer_bytes / pan_bytes, "explorer / pan",
           ("<=", 1.0))
    report(f"explore.{protocol}.rate", statistics.median(explorer), "states a second")
    report(f"explore.{protocol}.pan_rate", statistics.median(pan), "states a second")
    report(f"explore.{protocol}.bytes", explorer_bytes / states, "bytes a state")


def measure_jkgen(juki, root):
    with tempfile.TemporaryDirectory() as folder:
        _, seconds = processor_seconds(
            [juki, "gen", f"{root}/spec/movein/movein.pml", "--out", folder], folder)
        report("jkgen.movein", seconds, "seconds", ("<=", 1.0))


def measure_replay(juki, root):
    """A trail of the move-in, drawn from SPIN's replay and run again on the generated C."""
    with tempfile.TemporaryDirectory() as folder:
        model = f"{root}/spec/movein/check_case.pml"
        run(["spin", "-DNDEST=1", "-DWITH_STOP", "-a", model], folder)
        run(["tcc", "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"], folder)
        run(["./pan", "-N", "w_stop_loses", "-m10000"], folder)
        trail = [name for name in os.listdir(folder) if name.endswith(".trail")]
        if len(trail) != 1:
            sys.exit("bench_explore: pan left no trail")
        _, seconds = processor_seconds(
            [juki, "chart", f"{folder}/{trail[0]}", "--model", model, "--defines",
             "-DNDEST=1 -DWITH_STOP", "--root", root, "--replay"], folder)
        report("replay.movein", seconds, "seconds", ("<=", 1.0))


def main():
    juki, root, runs = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
    measure_jkgen(juki, root)
    measure_replay(juki, root)
    measure(juki, root, "transport", runs)
    if len(sys.argv) == 4:
        measure(juki, root, "movein", runs)


if __name__ == "__main__":
    main()
