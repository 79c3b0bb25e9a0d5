# SPDX-License-Identifier: Apache-2.0
"""Runs the project's tests against the mutants: first none is on, and each test notes which mutants
it reaches; then each mutant meets the tests that reach it, the shortest first, until one fails."""
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time

MAP_SIZE = 131072  # JK_MUTANTS_MAX of switch.h
KNOWN = {"LABELS", "WORKING_DIRECTORY", "TIMEOUT", "PASS_REGULAR_EXPRESSION", "WILL_FAIL",
         "FIXTURES_SETUP", "FIXTURES_REQUIRED", "DEPENDS", "ENVIRONMENT"}
SURE = {"unit", "golden"}  # labels of tests that give the same answer every time
RUNNING = set()  # leaders of the sessions under way


class Test:
    """A test of ctest, run here without ctest so that nothing it starts outlives it."""

    def __init__(self, entry):
        self.name, self.command = entry["name"], entry.get("command", [])
        self.properties = {p["name"]: p["value"] for p in entry["properties"]}
        unknown = set(self.properties) - KNOWN
        if unknown:
            raise SystemExit(f"mutate: {self.name} has unknown properties: {unknown}")
        self.labels = set(self.properties.get("LABELS", []))
        self.seconds, self.places, self.digest = 0.0, b"", ""

    def limit(self):
        """Far more than the test takes: who needs that long is hanging."""
        return 5 * self.seconds + (2 if self.labels & SURE else 15)

    def passed(self, code, output):
        wanted = self.properties.get("PASS_REGULAR_EXPRESSION")
        if wanted:
            return any(re.search(w, output, re.S) for w in wanted)
        return (code != 0) if self.properties.get("WILL_FAIL") else code == 0

    def run(self, number, places=None, limit=None):
        """'passed', 'failed' or 'timeout', with the mutant `number` on."""
        scratch = tempfile.mkdtemp(prefix="mutate.")
        environment = dict(os.environ, TMPDIR=scratch, JK_MUTANT=str(number))
        for item in self.properties.get("ENVIRONMENT", []):
            environment.update([item.split("=", 1)])
        if places:
            environment["JK_MUTANT_PLACES"] = places
        log = os.path.join(scratch, "log")
        with open(log, "wb") as stream:
            process = subprocess.Popen(
                self.command, cwd=self.properties["WORKING_DIRECTORY"], env=environment,
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=bounded)
            RUNNING.add(process.pid)
            try:
                code, late = process.wait(limit), False
            except subprocess.TimeoutExpired:
                code, late = -1, True
            end_session(process.pid)
            process.wait()
            RUNNING.discard(process.pid)
        with open(log, "rb") as stream:
            output = stream.read(200000).decode("utf-8", "replace")
        self.output = output
        shutil.rmtree(scratch, ignore_errors=True)
        if late:
            return "timeout"
        return "passed" if self.passed(code, output) else "failed"


def bounded():
    """A mutant may ask for all memory and write without end."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))


def end_session(leader):
    """Ends what a test left running: every process of its session."""
    for _ in range(20):
        left = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stream:
                    fields = stream.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] not in "ZX":
                left.append(int(name))
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


def stop(number, frame):
    """Ctrl-C and SIGTERM leave nothing behind."""
    del frame
    for leader in list(RUNNING):
        end_session(leader)
    os._exit(128 + number)


class Bench:
    """The tests of a mutated build."""

    def __init__(self, tree, without):
        self.tree = tree
        out = subprocess.run(["ctest", "--test-dir", tree.build, "--show-only=json-v1"],
                             stdout=subprocess.PIPE, check=True).stdout
        listed = json.loads(out)
        self.tests = []
        for entry in listed["tests"]:
            test = Test(entry)
            test.digest = self.digest(entry, listed["backtraceGraph"])
            if not test.labels & without["labels"] and not test.name.startswith(without["names"]):
                self.tests.append(test)
        self.setups = [t for t in self.tests if "FIXTURES_SETUP" in t.properties]

    def digest(self, entry, graph):
        """Of what the test is made of: its own sources, or the scripts of its folder."""
        names = []
        program = os.path.relpath(entry.get("command", [""])[0], self.tree.build)
        if program.startswith("tests/"):
            done = subprocess.run(["ninja", "-C", self.tree.build, "-t", "inputs", program],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                                  encoding="utf-8")
            names = [n for n in done.stdout.split() if f"{self.tree.tree}/tests/" in n]
        if not names:
            node = entry["backtrace"]
            while "parent" in graph["nodes"][node] and \
                    "/tests/" not in graph["files"][graph["nodes"][node]["file"]]:
                node = graph["nodes"][node]["parent"]
            folder = os.path.dirname(graph["files"][graph["nodes"][node]["file"]])
            names = [os.path.join(folder, n) for n in os.listdir(folder)]
        total = hashlib.sha256(json.dumps(entry.get("command", [])).encode())
        for name in sorted(names):
            if os.path.isfile(name) and name.endswith((".c", ".h", ".sh", ".py", ".txt", "run")):
                with open(name, "rb") as stream:
                    total.update(stream.read())
        return total.hexdigest()[:16]

    def measure(self, cache, say):
        """Each test without a mutant: it must pass; its seconds and the mutants it reaches.  One that
        reached none before is not asked again: at worst it does not kill what it could."""
        none = cache.setdefault("none", [])
        for test in self.tests:
            key = f"{test.name}:{test.digest}"
            if key in none:
                continue
            if key in cache:
                test.seconds = cache[key]["seconds"]
                test.places = bytes.fromhex(cache[key]["places"])
                continue
            with tempfile.NamedTemporaryFile(prefix="mutate.") as places:
                places.truncate(MAP_SIZE)
                places.flush()
                began = time.monotonic()
                verdict = test.run(0, places.name, 600)
                test.seconds = time.monotonic() - began
                places.seek(0)
                seen = places.read()
            if verdict != "passed" and not any(seen):
                say(f"{test.name}: {verdict}, but it reaches no mutant: left out")
                continue
            if verdict != "passed":
                raise SystemExit(f"mutate: {test.name} {verdict} without any mutant:\n" +
                                 test.output[-3000:])
            bits = bytearray(MAP_SIZE // 8)
            for at in range(MAP_SIZE):
                if seen[at]:
                    bits[at >> 3] |= 1 << (at & 7)
            test.places = bytes(bits).rstrip(b"\0")
            cache[key] = {"seconds": test.seconds, "places": test.places.hex()}
            if not test.places:
                none.append(key)
            reached = sum(map(int.bit_count, test.places))
            say(f"{test.name}: {test.seconds:.2f} s, {reached} mutants")

    def reaching(self, mutant):
        at, bit = mutant.number >> 3, 1 << (mutant.number & 7)
        found = [t for t in self.tests if at < len(t.places) and t.places[at] & bit]
        return sorted(found, key=lambda t: t.seconds)


class Results:
    """What is known of each mutant, kept in a file: a second run does only what changed."""

    def __init__(self, path, sources):
        self.path, self.lock, self.rows = path, threading.Lock(), {}
        self.digests = {name: hashlib.sha256(text.encode("latin-1")).hexdigest()[:16]
                        for name, text in sources.items()}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                self.rows = json.load(stream)

    def row(self, mutant):
        """{source, passed: {test: digest}, killed: [test, digest, how] or None, same: bool}"""
        row = self.rows.get(mutant.ident)
        if row is None or row["source"] != self.digests[mutant.file]:
            row = {"source": self.digests[mutant.file], "passed": {}, "killed": None, "same": None}
            self.rows[mutant.ident] = row
        return row

    def save(self):
        if not self.path:
            return
        with self.lock:
            text = json.dumps(self.rows, sort_keys=True)
            with open(self.path + ".new", "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(self.path + ".new", self.path)


def meet(mutant, row, tests, count, limits):
    """The mutant meets its tests; True when every one of them was run or one killed it."""
    names = {t.name: t.digest for t in tests}
    spend, deadline, believe = limits
    killer = row["killed"]
    if killer and killer[0] in names and (believe or names[killer[0]] == killer[1]):
        return True
    row["killed"], used = None, 0.0
    for test in tests:
        if row["passed"].get(test.name) == test.digest:
            continue
        if used + test.seconds > spend or time.monotonic() > deadline:
            return False
        began = time.monotonic()
        count[0] += 1
        verdict = test.run(mutant.number, limit=test.limit())
        if verdict != "passed" and not test.labels & SURE:
            again = test.run(mutant.number, limit=test.limit())
            if again == "passed":
                verdict = "passed"
        used += time.monotonic() - began
        if verdict != "passed":
            row["killed"] = [test.name, test.digest, verdict]
            return True
        row["passed"][test.name] = test.digest
    return True


def run(bench, mutants, results, options, say):
    """All mutants, options.jobs at a time; the names of those that were not finished."""
    queue, unfinished, lock = list(mutants), [], threading.Lock()
    limits = (options.spend, time.monotonic() + options.time, options.believe)
    began, done, tests = time.monotonic(), [0, 0], [0]

    def work():
        while True:
            with lock:
                if not queue:
                    return
                mutant = queue.pop(0)
            row = results.row(mutant)
            whole = meet(mutant, row, bench.reaching(mutant), tests, limits)
            with lock:
                done[0] += 1
                done[1] += row["killed"] is not None
                if not whole and row["killed"] is None:
                    unfinished.append(mutant.ident)
                if done[0] % 50 == 0:
                    say(f"{done[0]} of {len(mutants)} mutants, {done[1]} killed, "
                        f"{time.monotonic() - began:.0f} s")
                    results.save()

    threads = [threading.Thread(target=work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.save()
    say(f"{len(mutants)} mutants, {time.monotonic() - began:.0f} s, tests run: {tests[0]}")
    return set(unfinished)
