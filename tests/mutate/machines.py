# SPDX-License-Identifier: Apache-2.0
"""Mutants of the generated machines: how many of them the graphs of gen/CERT.json tell from the
machines.  README.md tells the rest."""
import argparse
import concurrent.futures
import csv
import difflib
import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys
import time

import machine_sites
import schema
import sites

HERE = os.path.dirname(os.path.abspath(__file__))
EXPLORER = ["search.c", "record.c"]
# Operators whose change a compiler may find to be none.
NEUTRAL = {"assignment", "arguments", "relation", "logic", "guard", "negate", "bits", "member"}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev mutate machines")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(HERE)))
    parser.add_argument("--juki", help="the program; default build/release/bin/juki")
    parser.add_argument("--work", help="where to build; default build/mutate/machines")
    parser.add_argument("--machines", help="the folder of the C; default gen/machines")
    parser.add_argument("--certificate", help="default gen/CERT.json")
    parser.add_argument("--role", default="*", help="pattern of PROTOCOL_ROLE")
    parser.add_argument("--graph", default="*", help="pattern of PROTOCOL/ROW of identity.tsv")
    parser.add_argument("--count", type=int, default=0, help="a sample of so many; 0: all")
    parser.add_argument("--seed", default="1", help="of the sample")
    parser.add_argument("--full", action="store_true", help="graphs of tier full, too")
    parser.add_argument("--confirm", type=int, default=12,
                        help="so many verdicts a protocol are found again the long way")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--time", type=float, default=1800, help="seconds for one graph")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--one", help="the mutant's diff, and what each graph says of it")
    parser.add_argument("--out", help="the figures as JSON")
    parser.add_argument("--known", default=os.path.join(HERE, "machines", "known.tsv"))
    return parser.parse_args()


def say(text):
    print(f"mutate machines: {text}", file=sys.stderr, flush=True)


def table(path):
    with open(path, encoding="utf-8", newline="") as stream:
        lines = [line for line in stream if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


class Graph:
    """A row of an identity.tsv, and its line of the certificate."""

    def __init__(self, protocol, row, line):
        self.protocol, self.row = protocol, row["name"]
        self.line = line if line and line["states"] else None  # of tier full, perhaps
        self.name = f"{protocol}/{self.row}"
        self.file, self.tier = row["file"], row["tier"]
        self.defines = row["defines"].split() if row["defines"] != "-" else []
        self.program = None

    def size(self):
        return self.line["states"] if self.line else 1 << 40

    def differs(self, told):
        """What the search has otherwise than the certificate, or None."""
        if self.line is None:
            return "gen/CERT.json has no such graph"
        if self.line["bounds"].split() != self.defines or self.line["model"] != self.file:
            return "gen/CERT.json has it with other bounds"
        if told.get("end") != "complete":
            return f"the search ended: {told.get('end')}"
        for key in ("states", "edges", "state-digest", "edge-digest"):
            if str(self.line[key.replace("-", "_")]) != told.get(key):
                return f"{key}: {told.get(key)}, not {self.line[key.replace('-', '_')]}"
        return None


class Campaign:
    def __init__(self, options):
        self.options = options
        self.root = os.path.abspath(options.root)
        self.juki = os.path.abspath(options.juki or
                                    os.path.join(self.root, "build", "release", "bin", "juki"))
        self.work = os.path.abspath(options.work or
                                    os.path.join(self.root, "build", "mutate", "machines"))
        self.machines = os.path.abspath(options.machines or
                                        os.path.join(self.root, "gen", "machines"))
        self.sources, self.mutants, self.graphs, self.wrong = {}, [], [], []
        self.verdict, self.how, self.graph_of = {}, {}, {}
        self.reached, self.tries = set(), 0
        os.makedirs(self.work, exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    # --- what there is ---

    def find_graphs(self):
        certificate = self.options.certificate or self.path("gen", "CERT.json")
        with open(certificate, encoding="utf-8") as stream:
            lines = {(g["protocol"], g["name"]): g for g in json.load(stream)["graphs"]}
        for protocol in sorted(os.listdir(self.path("spec"))):
            if not os.path.exists(self.path("spec", protocol, "identity.tsv")):
                continue
            for row in table(self.path("spec", protocol, "identity.tsv")):
                graph = Graph(protocol, row, lines.get((protocol, row["name"])))
                named = self.options.graph != "*"
                if fnmatch.fnmatch(graph.name, self.options.graph) and (
                        named or self.options.full or graph.tier == "quick"):
                    self.graphs.append(graph)
        self.graphs.sort(key=lambda g: (g.tier != "quick", g.size(), g.name))

    def flags(self):
        return ["-std=gnu11", "-I" + self.machines, "-I" + self.path("gen", "machines"),
                "-I" + self.path("src", "include")]

    def find_mutants(self):
        """Every mutant of the machines of the graphs' protocols, numbered."""
        wanted, number = self.options.role, 0
        for protocol in sorted({g.protocol for g in self.graphs}):
            with open(self.path("spec", protocol, protocol + ".bind"), encoding="utf-8") as stream:
                roles = re.findall(r"^role (\w+)", stream.read(), re.M)
            for role in roles:
                name = f"{protocol}_{role}"
                path = os.path.join(self.machines, name + ".c")
                source, found = sites.mutants_of(path, f"gen/machines/{name}.c", self.flags(),
                                                 machine_sites.MachineReader)
                if re.search(r"\b(for|while|goto)\b", re.sub(r"/\*.*?\*/", "", source, flags=re.S)):
                    raise SystemExit(f"mutate: {name}.c has a loop: a mutant might not end")
                found = found if fnmatch.fnmatch(name, wanted) else []
                self.sources[name] = source
                for mutant in found:
                    number += 1
                    mutant.number, mutant.machine, mutant.protocol = number, name, protocol
                self.mutants += found
        if number >= 65536:
            raise SystemExit("mutate: more mutants than switch.h has room for")

    # --- the programs ---

    def made(self, what, key, command, inputs):
        """A file made by the command, unless the same was made of the same before."""
        digest = hashlib.sha256("\0".join(command).encode())
        for path in inputs:
            with open(path, "rb") as stream:
                digest.update(stream.read())
        out = os.path.join(self.work, f"{key}.{digest.hexdigest()[:16]}")
        if not os.path.exists(out):
            schema.run_or_die(what, command + ["-o", out + ".new"])
            os.rename(out + ".new", out)
        return out

    def headers(self, *folders):
        return [os.path.join(folder, name) for folder in folders
                for name in sorted(os.listdir(folder)) if name.endswith(".h")]

    def woven(self, name):
        """The machine with all mutants in it; those that do not compile fall out."""
        mine = [m for m in self.mutants if m.machine == name]
        folder = os.path.join(self.work, "woven")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name + ".c")
        include = ["-include", os.path.join(HERE, "machines", "switch.h")]
        command = ["gcc", "-w", path, "-o", "none"] + include + self.flags()
        entry = {"command": " ".join(command), "directory": folder}
        out, bad = set(), {0}
        while bad:
            text = schema.woven(self.sources[name], [m for m in mine if m.number not in out])
            bad = schema.broken(entry, text, path)
            out |= bad
        inputs = [path] + self.headers(os.path.join(HERE, "machines"), self.machines)
        made = self.made(name, name + ".o", ["clang-14", "-O1", "-w", "-c", path] + include +
                         self.flags(), inputs)
        return made, out

    def explorer(self):
        include = ["-I" + self.path("src", "verify", "explore"), "-I" + self.path("src", "include")]
        return [self.made(name, name, ["clang-14", "-std=gnu11", "-O2", "-w", "-c",
                                       self.path("src", "verify", "explore", name)] + include,
                          [self.path("src", "verify", "explore", name)] +
                          self.headers(self.path("src", "verify", "explore")))
                for name in EXPLORER]

    def program(self, graph, objects):
        folder = os.path.join(self.work, "graphs", graph.name.replace("/", "_"))
        os.makedirs(folder, exist_ok=True)
        schema.run_or_die(graph.name, [
            self.juki, "gen", self.path("spec", graph.protocol, graph.file), "--check", "--bind",
            self.path("spec", graph.protocol, graph.protocol + ".bind"), "--out", folder] +
            graph.defines, cwd=folder)
        explore = self.path("src", "verify", "explore")
        search = os.path.join(HERE, "machines", "search.c")
        inputs = [os.path.join(folder, "model.c"), os.path.join(folder, "model.h"), search]
        inputs += self.headers(os.path.join(HERE, "machines"), explore, self.machines)
        graph.program = self.made(
            graph.name, graph.name.replace("/", "_"),
            ["clang-14", "-O1", "-w", "-fno-strict-aliasing", inputs[0], search, "-I" + folder,
             "-I" + explore, "-I" + os.path.join(HERE, "machines")] + self.flags() + objects +
            ["-lsodium"], inputs + objects)

    def build(self):
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            made = dict(zip(self.sources, pool.map(self.woven, self.sources)))
            explorer = self.explorer()
            gone = set().union(*[out for _, out in made.values()])
            self.mutants = [m for m in self.mutants if m.number not in gone]
            objects = {}
            for protocol in {g.protocol for g in self.graphs}:
                objects[protocol] = explorer + [made[name][0] for name in sorted(made)
                                                if name.startswith(protocol + "_")]
            list(pool.map(lambda g: self.program(g, objects[g.protocol]), self.graphs))
        return len(gone)

    # --- the searches ---

    @staticmethod
    def told(text):
        return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)

    def search(self, graph, chosen):
        """Lets one graph look at the mutants that live."""
        living = [m for m in chosen
                  if m.protocol == graph.protocol and m.ident not in self.verdict]
        path = os.path.join(self.work, graph.name.replace("/", "_") + ".living")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(f"{m.number}\n" for m in living))
        begin = time.monotonic()
        try:
            done = subprocess.run([graph.program, "--living", path], stdout=subprocess.PIPE,
                                  encoding="utf-8", timeout=self.options.time, check=False)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{graph.name}: its time is over")
            return
        lines = done.stdout.splitlines()
        why = graph.differs(self.told("\n".join(lines[:5])))
        if why:
            self.wrong.append(f"{graph.name}, without a mutant: {why}")
        if done.returncode != 0:
            self.wrong.append(f"{graph.name}: the search ended with {done.returncode}")
            return
        by_number = {m.number: m for m in living}
        killed = 0
        for words in (line.split() for line in lines):
            if words[0] == "killed":
                ident = by_number[int(words[1])].ident
                self.verdict[ident], self.how[ident] = "killed", words[2]
                self.graph_of[ident] = graph
                killed += 1
            elif words[0] == "same":
                self.reached.add(by_number[int(words[1])].ident)
            elif words[0] == "tries":
                self.tries += int(words[1])
        left = len(living) - killed
        say(f"{graph.name}: {graph.size() if graph.line else '?'} states, {killed} of {len(living)}"
            f" killed, {left} live, {time.monotonic() - begin:.0f} s")

    def run(self, chosen):
        def protocol(name):
            for graph in self.graphs:
                if graph.protocol == name:
                    self.search(graph, chosen)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(protocol, sorted({g.protocol for g in self.graphs})))

    def long_way(self, graph, mutant):
        """The mutant's whole graph; what it has otherwise than the certificate, or None."""
        done = subprocess.run([graph.program, "--one", str(mutant.number), str(2 * graph.size())],
                              stdout=subprocess.PIPE, encoding="utf-8", check=False,
                              timeout=self.options.time)
        return graph.differs(self.told(done.stdout))

    def confirm(self, chosen):
        """A sample of the verdicts once more, by the digests of whole graphs."""
        agreed = 0
        for protocol in sorted({g.protocol for g in self.graphs if g.line}):
            mine = [m for m in chosen if m.protocol == protocol]
            killed = [m for m in mine if self.verdict.get(m.ident) == "killed"]
            alive = [m for m in mine if m.ident not in self.verdict and m.ident in self.reached]
            smallest = next(g for g in self.graphs if g.protocol == protocol and g.line)
            half = self.options.confirm // 2
            for mutant in killed[::max(1, len(killed) // max(1, half))][:half]:
                if self.long_way(self.graph_of[mutant.ident], mutant):
                    agreed += 1
                else:
                    self.wrong.append(f"{mutant.ident} is killed, but its graph is certified")
            for mutant in alive[::max(1, len(alive) // max(1, half))][:half]:
                why = self.long_way(smallest, mutant)
                if why is None:
                    agreed += 1
                else:
                    self.wrong.append(f"{mutant.ident} lives, but {smallest.name}: {why}")
        return agreed

    # --- who is the same ---

    def object(self, name, text, mutant="plain"):
        folder = os.path.join(self.work, "alone")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{name}.{mutant}.c")
        with open(path, "w", encoding="latin-1", newline="") as stream:
            stream.write(text)
        done = subprocess.run(["gcc", "-O2", "-g0", "-w", "-S", path, "-o", path[:-1] + "s"] +
                              self.flags(), stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise SystemExit(f"mutate: {name} does not compile alone:\n{done.stderr.decode()}")
        with open(path[:-1] + "s", "rb") as stream:
            lines = [line for line in stream if b".file" not in line]
        os.unlink(path)
        os.unlink(path[:-1] + "s")
        return b"".join(lines)

    def same_code(self, mutants):
        mutants = [m for m in mutants if m.operator in NEUTRAL]
        plain = {name: self.object(name, self.sources[name])
                 for name in sorted({m.machine for m in mutants})}

        def same(mutant):
            text = schema.applied(self.sources[mutant.machine], mutant)
            return self.object(mutant.machine, text, mutant.ident) == plain[mutant.machine]
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            return {m.ident for m, is_same in zip(mutants, pool.map(same, mutants)) if is_same}


def shown(source, mutant):
    before, after = source, schema.applied(source, mutant)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join("    " + line for line in list(lines)[3:])


def title(mutant):
    return f"{mutant.ident} {mutant.machine}.c:{mutant.line} {mutant.function} {mutant.operator}"


def drawn(mutants, options):
    order = sorted(mutants, key=lambda m: hashlib.sha256(
        f"{options.seed}:{m.ident}".encode()).digest())
    return order[:options.count] if options.count else mutants


def judged(campaign, chosen, known):
    """Every mutant's verdict: killed, equivalent, same, unreached; and the false claims."""
    verdict, wrong = campaign.verdict, campaign.wrong
    alive = [m for m in chosen if m.ident not in verdict]
    same = campaign.same_code([m for m in alive if m.ident in campaign.reached])
    for mutant in alive:
        if mutant.ident in same or mutant.ident in known:
            verdict[mutant.ident] = "equivalent"
        else:
            verdict[mutant.ident] = "same" if mutant.ident in campaign.reached else "unreached"
    idents = {m.ident for m in campaign.mutants}
    for ident, row in known.items():
        if ident not in idents:
            if fnmatch.fnmatch(row["machine"], campaign.options.role) and \
                    row["machine"] in campaign.sources:
                wrong.append(f"{ident} of the list: there is no such mutant")
        elif verdict.get(ident) == "killed":
            wrong.append(f"{ident} is listed as equivalent, but {campaign.how[ident]}")
        elif ident in same:
            wrong.append(f"{ident} is listed, but its object code is the machine's: no need")


def read_known(path):
    rows = table(path)
    for row in rows:
        if not (row["reason"] or "").strip():
            raise SystemExit(f"mutate: {path}: {row['ident']}: a reason")
    return {row["ident"]: row for row in rows}


def figures(name, part, campaign):
    count = {}
    for mutant in part:
        word = campaign.verdict[mutant.ident]
        count[word] = count.get(word, 0) + 1
    live = len(part) - count.get("equivalent", 0)
    killed = count.get("killed", 0)
    print(f"{name:<24}{len(part):>8}{count.get('equivalent', 0):>11}{killed:>8}"
          f"{count.get('same', 0):>6}{count.get('unreached', 0):>10}"
          f"{100.0 * killed / live if live else 100.0:>9.2f} %")


def report(campaign, chosen):
    for mutant in chosen:
        if campaign.verdict[mutant.ident] in ("same", "unreached"):
            print(f"{campaign.verdict[mutant.ident]}: {title(mutant)}")
            print(shown(campaign.sources[mutant.machine], mutant))
    for what, of in (("machine", lambda m: m.machine), ("operator", lambda m: m.operator)):
        print(f"{what:<24}{'mutants':>8}{'equivalent':>11}{'killed':>8}{'same':>6}"
              f"{'unreached':>10}{'share':>11}")
        for group in sorted({of(m) for m in chosen}):
            figures(group, [m for m in chosen if of(m) == group], campaign)
    figures("all", chosen, campaign)


def summary(campaign, chosen, known, outcasts, agreed):
    words = [campaign.verdict[m.ident] for m in chosen]
    equivalent, killed = words.count("equivalent"), words.count("killed")
    argued = len([m for m in chosen if m.ident in known])
    live = len(chosen) - equivalent
    how = [campaign.how[m.ident] for m in chosen if m.ident in campaign.how]
    holds = killed == live and not campaign.wrong
    for text in campaign.wrong:
        print(f"WRONG: {text}")
    print(f"{outcasts} do not compile; killed: {how.count('differs')} by another graph, "
          f"{how.count('violated')} by a violation, {how.count('border')} at the border, "
          f"{how.count('crashed')} by a crash; "
          f"{campaign.tries} steps tried; {agreed} verdicts found again by digests")
    print(f"mutate machines: {len(chosen)} mutants of {len(campaign.mutants)}, {equivalent} "
          f"equivalent ({argued} by known.tsv), {killed} of {live} killed: "
          f"{100.0 * killed / live if live else 100.0:.2f} %, {live - killed} survive "
          f"({'holds' if holds else 'FAILS'}: none survives, against gen/CERT.json)")
    return holds


def write_json(path, campaign, chosen, holds):
    words = {m.ident: campaign.verdict[m.ident] for m in chosen}
    data = {
        "part": "machines", "mutants": len(chosen), "holds": holds, "wrong": campaign.wrong,
        "equivalent": list(words.values()).count("equivalent"),
        "killed": list(words.values()).count("killed"),
        "survivors": [
            {"id": m.ident, "file": m.file, "line": m.line, "function": m.function,
             "operator": m.operator, "verdict": words[m.ident],
             "diff": shown(campaign.sources[m.machine], m)}
            for m in chosen if words[m.ident] not in ("killed", "equivalent")],
    }
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(data, stream, indent=1)
        stream.write("\n")


def main():
    options = arguments()
    campaign = Campaign(options)
    campaign.find_graphs()
    if not campaign.graphs:
        say("no such graph")
        return 2
    campaign.find_mutants()
    chosen = drawn(campaign.mutants, options)
    if options.one:
        chosen = [m for m in campaign.mutants if m.ident == options.one]
    if not chosen:
        say("no such mutant")
        return 2
    if options.list:
        for mutant in chosen:
            print(title(mutant))
            print(shown(campaign.sources[mutant.machine], mutant))
        return 0
    outcasts = campaign.build()
    kept = {m.number for m in campaign.mutants}
    chosen = [m for m in chosen if m.number in kept] if options.one else drawn(campaign.mutants,
                                                                               options)
    say(f"{len(campaign.mutants)} mutants, {outcasts} do not compile, {len(chosen)} are searched "
        f"in {len(campaign.graphs)} graphs")
    if options.one:
        for mutant in chosen:
            print(f"{title(mutant)}\n{shown(campaign.sources[mutant.machine], mutant)}")
            for graph in campaign.graphs:
                if graph.protocol == mutant.protocol:
                    print(f"  {graph.name}: {campaign.long_way(graph, mutant) or 'the same graph'}")
        return 0
    campaign.run(chosen)
    agreed = campaign.confirm(chosen)
    known = read_known(options.known)
    judged(campaign, chosen, known)
    report(campaign, chosen)
    holds = summary(campaign, chosen, known, outcasts, agreed)
    if options.out:
        write_json(options.out, campaign, chosen, holds)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
