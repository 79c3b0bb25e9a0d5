# SPDX-License-Identifier: Apache-2.0
"""A CS with many residents, as a real `juki node` on SQLite: how long it takes from its start to its
service, first with the population to import, then after a graceful stop and after SIGKILL, in turns
and each time with the same number of filings before; and what memory it holds.

usage: bench_node.py JUKI FOLDER RESIDENTS RUNS     (FOLDER: where the databases are written)
"""
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CODE = "131016"
FILINGS = 20  # between two starts
PATIENCE = 300  # seconds


def report(name, value, unit, most=None):
    target = "null" if most is None else f'"<= {most:g}"'
    ok = "true" if most is None or value <= most else "false"
    print(f'{{"name": "{name}", "value": {value:.6g}, "unit": "{unit}", "target": {target}, '
          f'"ok": {ok}}}', flush=True)


def must(good, what):
    if not good:
        sys.exit(f"bench_node: {what}")


class Node:
    def __init__(self, net, role, lines):
        self.net = net
        self.role = role
        self.process = None
        with open(f"{net.folder}/{role}.yaml", "w", encoding="utf-8") as file:
            file.write(f'node: {{role: {role}, code: "{CODE}"}}\n'
                       f"store: {role}.db\nkeys: {role}.keys\ndirectory: directory.bin\n"
                       f"socket: {role}.sock\nlog: {role}.log\npopulation: population.tsv\n"
                       f"today: 2026-04-01\ndial_max_ms: 100\ntimers: {{resend_ms: 100}}\n{lines}")

    def start(self):
        """Seconds from the start of the process until it says that it serves."""
        with open(f"{self.net.folder}/{self.role}.err", "w", encoding="utf-8") as errors:
            begin = time.monotonic()
            self.process = subprocess.Popen(
                [self.net.juki, "node", "--config", f"{self.net.folder}/{self.role}.yaml"],
                stdout=subprocess.PIPE, stderr=errors, text=True)
            line = self.process.stdout.readline()
            took = time.monotonic() - begin
        must(line.startswith("ready"), f"the {self.role} does not start")
        return took

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def memory(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith(field + ":"))
        return int(line.split()[1]) / 1024

    def ask(self, requests):
        """The answers to some requests; all must be good."""
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(PATIENCE)
        link.connect(f"{self.net.folder}/{self.role}.sock")
        with link, link.makefile("rw", encoding="utf-8") as stream:
            stream.write("".join(json.dumps({"v": 1, **r}) + "\n" for r in requests))
            stream.flush()
            answers = [json.loads(stream.readline()) for _ in requests]
        must(all(answer["ok"] for answer in answers), f"the {self.role} refuses a request")
        return answers


class Net:
    def __init__(self, juki, folder, residents):
        self.juki = os.path.abspath(juki)
        self.folder = folder
        self.filed = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.run("keys", "init", "--out", f"{folder}/root")
        for role in ("cs", "registry"):
            self.run("keys", "issue", "--root", f"{folder}/root", "--role", role, "--code", CODE,
                     "--out", f"{folder}/{role}.keys")
        self.run("keys", "directory", "--root", f"{folder}/root", "--out",
                 f"{folder}/directory.bin", f"{folder}/cs.keys=127.0.0.1:{self.port}")
        self.run("population", "--seed", "1", "--municipality", CODE, "--residents",
                 str(residents), "--out", f"{folder}/population.tsv")
        with open(f"{folder}/population.tsv", encoding="utf-8") as file:
            rows = [line.split("\t") for line in file if not line.startswith("#")]
        column = rows[0].index("resident_code")
        self.codes = [row[column] for row in rows[1:]]
        must(len(self.codes) == residents, "another number of residents")
        self.cs = Node(self, "cs", f"listen: 127.0.0.1:{self.port}\n")
        self.registry = Node(self, "registry", "")

    def run(self, *words):
        subprocess.run([self.juki, *words], check=True, stdout=subprocess.DEVNULL)

    def work(self):
        """Some residents file their moving-out; returns when the CS has them all on disk."""
        first, self.filed = self.filed, self.filed + FILINGS
        self.registry.ask({"verb": "file-out", "residents": [code], "planned_day": "2026-04-02"}
                          for code in self.codes[first:self.filed])
        end = time.monotonic() + PATIENCE
        while self.cases() < self.filed:
            must(time.monotonic() < end, "a filing does not arrive")
            time.sleep(0.01)

    def cases(self):
        machines = self.cs.ask([{"verb": "status"}])[0]["machines"]
        return sum(machines.get("movein_origin_cs", {}).values())

    def end(self):
        for node in (self.cs, self.registry):
            if node.process is not None:
                node.stop(signal.SIGKILL)


def measure(net, runs):
    took = net.cs.start()
    report("node.import", took, "s")
    report("node.import_memory", net.cs.memory("VmHWM"), "MiB")
    net.registry.start()
    after = {signal.SIGTERM: [], signal.SIGKILL: []}
    for _ in range(runs):
        for how, times in after.items():
            net.work()
            net.cs.stop(how)
            times.append(net.cs.start() * 1000)
    net.work()
    memory = net.cs.memory("VmRSS")
    clean = statistics.median(after[signal.SIGTERM])
    killed = statistics.median(after[signal.SIGKILL])
    report("node.restart_ratio", killed / clean, "killed/clean", 2)
    report("node.start_clean", clean, "ms")
    report("node.start_killed", killed, "ms")
    report("node.memory", memory, "MiB")


def main(words):
    if len(words) != 4 or not words[2].isdigit() or not words[3].isdigit():
        sys.exit(__doc__)
    residents, runs = int(words[2]), int(words[3])
    must(0 < runs and 2 * runs * FILINGS + FILINGS <= residents, "too few residents for the runs")
    with tempfile.TemporaryDirectory(prefix="bench-node.", dir=words[1]) as folder:
        net = Net(words[0], folder, residents)
        try:
            report("node.residents", residents, "residents")
            measure(net, runs)
        finally:
            net.end()


main(sys.argv[1:])
