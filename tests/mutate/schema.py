# SPDX-License-Identifier: Apache-2.0
"""Writes the mutated tree: a copy of the project in which every mutant stands in the source at
once, each behind its number, so that all of them are built only once."""
import filecmp
import json
import os
import re
import shlex
import shutil
import subprocess

import sites

BLOCK = 1024  # numbers for each file, so that a change of one file leaves the others as they are
MARK = re.compile(r"/\*@(\d+)\*/")


def run_or_die(what, command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          encoding="utf-8", errors="replace", **more)
    if done.returncode != 0:
        raise SystemExit(f"mutate: {what} fails:\n{done.stdout[-4000:]}")
    return done.stdout


def flags_of(command):
    """What of a compiler's command matters to a syntax tree."""
    words, kept = shlex.split(command), []
    for index, word in enumerate(words):
        if word.startswith(("-I", "-D", "-std")):
            kept.append(word)
        elif word == "-isystem":
            kept += words[index:index + 2]
    return kept


def chain(mutants, original, statement):
    """One anchor: its text with every mutant of it, the innermost anchors already written."""
    text, guard = original, None
    for mutant in mutants:
        if mutant.operator == "guard":
            guard = mutant
            continue
        on = f"jk_mutant_on({mutant.number}, {mutant.differs})"
        new = sites.flat(mutant.text)
        if statement:
            text = f"{{\n/*@{mutant.number}*/ if ({on}) {{ {new} }}\nelse {{ {text} }} }}"
        else:
            text = f"(\n/*@{mutant.number}*/ {on} ? ({new}) :\n({text}))"
    if guard:
        text = f"(({text})\n/*@{guard.number}*/ && !jk_mutant_on({guard.number}, 1)\n)"
    return text


def woven(source, mutants):
    """The source with all mutants in it."""
    anchors = {}
    for mutant in mutants:
        anchors.setdefault((mutant.begin, -mutant.end, mutant.statement), []).append(mutant)
    order = sorted(anchors, key=lambda a: (a[0], a[1], not a[2]))

    def write(begin, end, at):
        """source[begin:end] with the anchors from order[at] on that lie in it; and the next one."""
        parts, here = [], begin
        while at < len(order) and order[at][0] < end:
            first, last, statement = order[at][0], -order[at][1], order[at][2]
            if first < here or last > end:
                raise SystemExit("mutate: two places overlap")
            inner, after = write(first, last, at + 1)
            parts += [source[here:first], chain(anchors[order[at]], inner, statement)]
            here, at = last, after
        return "".join(parts) + source[here:end], at

    return write(0, len(source), 0)[0]


def broken(command, text, path):
    """Numbers of the mutants that do not compile, by the lines that the compiler complains of."""
    with open(path, "w", encoding="latin-1", newline="") as stream:
        stream.write(text)
    words = [w for w in shlex.split(command["command"]) if w not in ("-c",)]
    words = words[words.index("-c") + 1:] if "-c" in words else words
    out = words.index("-o")
    del words[out:out + 2]
    if os.path.basename(words[0]) == "ccache":
        words = words[1:]
    done = subprocess.run(words + ["-fsyntax-only", "-fmax-errors=0"], cwd=command["directory"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                          encoding="utf-8", errors="replace")
    if done.returncode == 0:
        return set()
    lines, numbers = text.split("\n"), set()
    for line in re.findall(re.escape(os.path.basename(path)) + r":(\d+):\d+: error", done.stderr):
        mark = MARK.match(lines[int(line) - 1])
        if mark:
            numbers.add(int(mark.group(1)))
    if not numbers:
        raise SystemExit(f"mutate: {path} does not compile:\n{done.stderr[:3000]}")
    return numbers


class Tree:
    """The mutated copy of a project and its build."""

    def __init__(self, root, work, folders):
        self.root, self.folders = root, folders
        self.tree, self.build = os.path.join(work, "tree"), os.path.join(work, "build")
        self.here = os.path.dirname(os.path.abspath(__file__))
        self.sources, self.mutants = {}, []

    def mutated(self, name):
        return name.endswith(".c") and name.startswith(tuple(f + "/" for f in self.folders))

    def names(self):
        """The project's files: those that git knows or would take."""
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                                cwd=self.root, stdout=subprocess.PIPE, check=True).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
        return {name for name in names if os.path.isfile(os.path.join(self.root, name))}

    def copy(self):
        """Brings the copy up to date; what did not change keeps its time."""
        names = self.names()
        for folder, _, files in os.walk(self.tree):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.relpath(path, self.tree) not in names:
                    os.unlink(path)
        for name in names:
            target = os.path.join(self.tree, name)
            origin = os.path.join(self.root, name)
            if self.mutated(name) and os.path.exists(target):
                continue
            if not os.path.exists(target) or not filecmp.cmp(origin, target, shallow=False):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(origin, target)  # new to the build, whenever it was written

    def configure(self):
        os.makedirs(self.build, exist_ok=True)
        switch = os.path.join(self.build, "switch.o")
        run_or_die("the switch", ["gcc", "-O1", "-D_GNU_SOURCE", "-I", self.here, "-c",
                                  os.path.join(self.here, "switch.c"), "-o", switch])
        flags = f"-w -include {os.path.join(self.here, 'switch.h')}"
        run_or_die("cmake", ["cmake", "-G", "Ninja", "-S", self.tree, "-B", self.build,
                             "-DCMAKE_BUILD_TYPE=Dev", "-DCMAKE_C_COMPILER=gcc", "-DJK_TRAP=ON",
                             "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", f"-DCMAKE_C_FLAGS={flags}",
                             f"-DCMAKE_EXE_LINKER_FLAGS={switch}",
                             f"-DJK_NANOPB_SOURCE={os.path.join(self.root, '.deps', 'nanopb')}"])
        with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as stream:
            entries = json.load(stream)
        self.commands = {os.path.relpath(e["file"], self.tree): e for e in entries}

    def find(self):
        """Every mutant of the folders, numbered."""
        for block, name in enumerate(sorted(n for n in self.commands if self.mutated(n))):
            flags = flags_of(self.commands[name]["command"])
            source, found = sites.mutants_of(os.path.join(self.root, name), name, flags)
            self.sources[name] = source
            for index, mutant in enumerate(found):
                mutant.number = BLOCK * block + index + 1
            self.mutants += found

    def weave(self):
        """Writes the mutated files; a mutant that does not compile falls out alone."""
        outcasts = []
        for name, source in self.sources.items():
            mine = [m for m in self.mutants if m.file == name]
            target = os.path.join(self.tree, name)
            with open(target, encoding="latin-1", newline="") as stream:
                old = stream.read()
            probe = target[:-2] + ".probe.c"
            command = dict(self.commands[name])
            command["command"] = command["command"].replace(target, probe)
            out = set()
            text = woven(source, mine)
            if text == self.known(name):
                out = self.known_out(name)
                text = woven(source, [m for m in mine if m.number not in out])
            else:
                bad = broken(command, text, probe)
                first = text
                while bad:
                    out |= bad
                    text = woven(source, [m for m in mine if m.number not in out])
                    bad = broken(command, text, probe)
                os.unlink(probe)
                self.remember(name, first, out)
            if text != old:
                with open(target, "w", encoding="latin-1", newline="") as stream:
                    stream.write(text)
            outcasts += out
        gone = set(outcasts)
        self.mutants = [m for m in self.mutants if m.number not in gone]
        return len(gone)

    # What did not compile is remembered beside the build: most files never change.
    def memory(self, name):
        return os.path.join(self.build, "woven", name)

    def known(self, name):
        path = self.memory(name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="latin-1", newline="") as stream:
            return stream.read()

    def known_out(self, name):
        with open(self.memory(name) + ".out", encoding="utf-8") as stream:
            return set(json.load(stream))

    def remember(self, name, text, out):
        os.makedirs(os.path.dirname(self.memory(name)), exist_ok=True)
        with open(self.memory(name), "w", encoding="latin-1", newline="") as stream:
            stream.write(text)
        with open(self.memory(name) + ".out", "w", encoding="utf-8") as stream:
            json.dump(sorted(out), stream)

    def make(self, jobs):
        run_or_die("the build of the mutants", ["ninja", "-j", str(jobs), "-C", self.build])

    def same_code(self, mutants):
        """Which of the mutants a compiler with -O2 cannot tell from the original."""
        same, plain = [], {}
        for mutant in mutants:
            if mutant.file not in plain:
                plain[mutant.file] = self.object(mutant.file, self.sources[mutant.file])
                if plain[mutant.file] is None:
                    raise SystemExit(f"mutate: {mutant.file} does not compile alone")
            if self.object(mutant.file, applied(self.sources[mutant.file], mutant)) == \
                    plain[mutant.file]:
                same.append(mutant)
        return same

    def object(self, name, text):
        entry = self.commands[name]
        source = os.path.join(self.tree, name)
        probe = os.path.join(self.build, "alone.c")
        out = os.path.join(self.build, "alone.o")
        with open(probe, "w", encoding="latin-1", newline="") as stream:
            stream.write(text)
        command = ["gcc", "-O2", "-g0", "-w", "-fno-common", "-fno-strict-aliasing", "-c", probe,
                   "-o", out, "-iquote", os.path.dirname(source)] + flags_of(entry["command"])
        done = subprocess.run(command, cwd=entry["directory"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return None
        with open(out, "rb") as stream:
            return stream.read()


def applied(source, mutant):
    """The source with this mutant alone, as a person would have written it."""
    text = sites.flat(mutant.text)
    if not mutant.statement and not re.fullmatch(r"\w+|!\w+(\([^()]*\))?", text):
        text = f"({text})"
    return source[:mutant.begin] + text + source[mutant.end:]
