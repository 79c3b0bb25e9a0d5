# SPDX-License-Identifier: Apache-2.0
"""Mutants of hand-written C: how many of them the tests notice.  README.md tells the rest."""
import argparse
import csv
import difflib
import hashlib
import json
import os
import signal
import sys
import time

import campaign
import schema

HERE = os.path.dirname(os.path.abspath(__file__))
WITHOUT = {"tidy", "mutate"}  # tests of the sources' shape, and this tool's own
FOLDERS = ["src/core", "src/step", "src/codec", "src/channel", "src/adapter"]


def arguments():
    parser = argparse.ArgumentParser(prog="./dev mutate code")
    parser.add_argument("--count", type=int, default=1000, help="mutants drawn; 0: all of them")
    parser.add_argument("--seed", default="1", help="another seed draws others")
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time")
    parser.add_argument("--time", type=float, default=3600, help="seconds for the campaign")
    parser.add_argument("--spend", type=float, default=150, help="seconds for one mutant's tests")
    parser.add_argument("--target", type=float, default=90, help="percent that must be killed")
    parser.add_argument("--out", help="the figures as JSON")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--one", help="run this mutant alone and print the failing test's output")
    parser.add_argument("--file", help="only mutants of the files that start so")
    parser.add_argument("--quick", action="store_true", help="without the tests labelled process")
    parser.add_argument("--believe", action="store_true",
                        help="a kill stays one when the test that did it changed since")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(HERE)))
    parser.add_argument("--work", help="where the mutated tree is built; default build/mutate")
    parser.add_argument("--folders", nargs="*", default=FOLDERS)
    parser.add_argument("--equivalent", default=os.path.join(HERE, "equivalent.tsv"))
    return parser.parse_args()


def say(text):
    print(f"mutate code: {text}", file=sys.stderr, flush=True)


def claimed(path):
    """Mutants that somebody says change nothing: ident -> reason."""
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows[1:]:
        if len(row) != 4 or not row[3].strip():
            raise SystemExit(f"mutate: {path}: {row[0]}: no reason")
    return {row[0]: row[3] for row in rows[1:]}


def drawn(mutants, options):
    """The first ones in an order that only the seed and the mutants themselves decide."""
    def place(mutant):
        return hashlib.sha256(f"{options.seed}:{mutant.ident}".encode()).digest()
    if options.one:
        return [m for m in mutants if m.ident == options.one]
    if options.file:
        mutants = [m for m in mutants if m.file.startswith(options.file)]
    order = sorted(mutants, key=place)
    return order[:options.count] if options.count else order


def shown(tree, mutant):
    """The mutant as a diff of one or few lines."""
    before = tree.sources[mutant.file].encode("latin-1").decode("utf-8")
    after = schema.applied(tree.sources[mutant.file], mutant).encode("latin-1").decode("utf-8")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join("    " + line for line in list(lines)[3:])


def title(mutant):
    return f"{mutant.ident} {mutant.file}:{mutant.line} {mutant.function} {mutant.operator}"


def prepare(options):
    work = options.work or os.path.join(options.root, "build", "mutate")
    os.makedirs(work, exist_ok=True)
    tree = schema.Tree(os.path.abspath(options.root), os.path.abspath(work), options.folders)
    tree.copy()
    tree.configure()
    tree.find()
    return tree, work


def one(tree, bench, mutant):
    """For who writes the missing test."""
    print(title(mutant))
    print(shown(tree, mutant))
    for test in bench.reaching(mutant):
        verdict = test.run(mutant.number, limit=test.limit())
        print(f"  {test.name} ({test.seconds:.1f} s): {verdict}", flush=True)
        if verdict != "passed":
            print(test.output[-2000:])
            return 0
    print("  nothing notices it")
    return 1


def verdict_of(row, mutant, claims, unfinished, tests):
    if row["killed"]:
        return "killed"
    if row["same"] or mutant.ident in claims:
        return "equivalent"
    if mutant.ident in unfinished:
        return "unfinished"
    return "survived" if tests else "unreached"


def judged(tree, bench, chosen, results, claims, unfinished):
    """Every mutant's verdict; and the false claims."""
    verdicts, wrong = {}, []
    for mutant in chosen:
        row = results.row(mutant)
        verdict = verdict_of(row, mutant, claims, unfinished, bench.reaching(mutant))
        verdicts[mutant.ident] = verdict
        if verdict == "killed" and mutant.ident in claims:
            wrong.append(f"{mutant.ident} is said to be equivalent, but {row['killed'][0]} fails")
    known = {m.ident for m in tree.mutants}
    wrong += [f"{ident} is said to be equivalent, but there is no such mutant"
              for ident in claims if ident not in known]
    return verdicts, wrong


def shares(chosen, verdicts):
    """(non-equivalent, killed, percent)"""
    live = [m for m in chosen if verdicts[m.ident] != "equivalent"]
    killed = sum(verdicts[m.ident] == "killed" for m in live)
    return len(live), killed, 100.0 * killed / len(live) if live else 0.0


def report(tree, bench, chosen, verdicts, results):
    """The survivors, then the figures of each folder and operator."""
    for mutant in sorted(chosen, key=lambda m: (m.file, m.line)):
        verdict = verdicts[mutant.ident]
        if verdict in ("survived", "unreached", "unfinished"):
            reached = [t.name for t in bench.reaching(mutant)]
            print(f"{verdict}: {title(mutant)}\n{shown(tree, mutant)}")
            if reached:
                passed = len(results.row(mutant)["passed"])
                print(f"    passed: {passed} of {len(reached)} tests: " + " ".join(reached[:6]))
    plain = [m for m in chosen if not m.wipe()]
    for what, name in ((lambda m: os.path.dirname(m.file), "folder"),
                       (lambda m: m.operator, "operator")):
        print(f"{name:<22} mutants equivalent killed  share")
        for group in sorted({what(m) for m in plain}):
            part = [m for m in plain if what(m) == group]
            live, killed, share = shares(part, verdicts)
            print(f"{group:<22} {len(part):7} {len(part) - live:10} {killed:6} {share:5.1f} %")


def figures(tree, chosen, verdicts):
    plain = [m for m in chosen if not m.wipe()]
    live, killed, _ = shares(plain, verdicts)
    return {"part": "code", "mutants": len(plain), "equivalent": len(plain) - live,
            "killed": killed,
            "survivors": [{"id": m.ident, "file": m.file, "line": m.line, "function": m.function,
                           "operator": m.operator, "verdict": verdicts[m.ident],
                           "diff": shown(tree, m)}
                          for m in plain if verdicts[m.ident] not in ("killed", "equivalent")]}


def load(path):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    return {}


def measured(tree, bench, work):
    """Which test reaches what, kept as long as the mutated sources stay."""
    key = hashlib.sha256("".join(tree.sources[n] for n in sorted(tree.sources)).encode("latin-1"))
    path = os.path.join(work, "reach.json")
    cache = load(path)
    if cache.get("sources") != key.hexdigest():
        cache = {"sources": key.hexdigest(), "none": cache.get("none", [])}
    try:
        bench.measure(cache, say)
    finally:
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(cache, stream)


def main():
    sys.setrecursionlimit(100000)
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, campaign.stop)
    claims = claimed(options.equivalent)
    began = time.monotonic()
    tree, work = prepare(options)
    everything = len(tree.mutants)
    if options.list:
        for mutant in drawn(tree.mutants, options):
            print(f"{title(mutant)}\n{shown(tree, mutant)}")
        return 0
    out = tree.weave()
    say(f"{everything} mutants, {out} do not compile; building the rest")
    tree.make(options.jobs)
    say(f"built, {time.monotonic() - began:.0f} s")
    without = {"labels": WITHOUT | ({"process"} if options.quick else set()), "names": ("bench_",)}
    bench = campaign.Bench(tree, without)
    measured(tree, bench, work)
    chosen = drawn(tree.mutants, options)
    if options.one:
        return one(tree, bench, chosen[0]) if chosen else 2
    results = campaign.Results(os.path.join(work, "results.json"), tree.sources)
    unfinished = campaign.run(bench, chosen, results, options, say)
    return conclude(tree, bench, chosen, results, options, claims, unfinished)


def conclude(tree, bench, chosen, results, options, claims, unfinished):
    alive = [m for m in chosen if results.row(m)["killed"] is None and
             results.row(m)["same"] is None]
    same = {m.ident for m in tree.same_code(alive)}
    for mutant in alive:
        results.row(mutant)["same"] = mutant.ident in same
    results.save()
    verdicts, wrong = judged(tree, bench, chosen, results, claims, unfinished)
    report(tree, bench, chosen, verdicts, results)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as stream:
            json.dump(figures(tree, chosen, verdicts), stream, indent=1, ensure_ascii=False)
            stream.write("\n")
    for line in wrong:
        print(f"WRONG: {line}")
    wipes = [m for m in chosen if m.wipe()]
    live, killed, _ = shares(wipes, verdicts)
    print(f"wipes of secrets, counted apart: {killed} of {live} killed")
    plain = [m for m in chosen if not m.wipe()]
    live, killed, share = shares(plain, verdicts)
    good = not wrong and live > 0 and share >= options.target
    print(f"mutate code: {len(plain)} mutants of {len(tree.mutants)}, {len(plain) - live} "
          f"equivalent, {killed} of {live} killed: {share:.1f} % "
          f"({'holds' if good else 'FAILS'}: at least {options.target:.0f} %)")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
