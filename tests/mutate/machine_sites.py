# SPDX-License-Identifier: Apache-2.0
"""The mutants of a generated machine: what sites.py knows, and what only these files have: names of
an enumeration, fields of a message, timers, hooks, cases, the table of inputs."""
import os
import re

import sites

# Calls that take the same arguments.
OTHERS = {"send": ("forward", "send_each"), "forward": ("send",), "send_each": ("send",),
          "send_to": ("forward_to", "send_each_to"), "forward_to": ("send_to",),
          "send_each_to": ("send_to",), "arm": ("disarm",), "disarm": ("arm",)}
ACTION = re.compile(r"\*?(send|send_each|forward|send_to|send_each_to|forward_to|effect|arm|disarm)"
                    r"\(")
ROUTE = re.compile(r"\{\s*(\w+)\s*,\s*(\w+)\s*,\s*(\w+)\s*\}")


def parts_of(text):
    """What stands between commas that no bracket encloses."""
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(text):
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return parts + [text[start:].strip()]


class MachineReader(sites.Reader):
    def __init__(self, path, source):
        super().__init__(path, source)
        self.names, self.members, self.answers = {}, {}, {}

    def run(self, tree):
        def enumerations(node):
            for child in node.get("inner", []):
                if child.get("kind") == "EnumDecl":
                    names = [c["name"] for c in child.get("inner", [])
                             if c["kind"] == "EnumConstantDecl"]
                    self.names.update({name: names for name in names})
                elif child.get("kind") == "RecordDecl" and "name" in child:
                    fields = [(f["name"], f["type"]["qualType"]) for f in child.get("inner", [])
                              if f["kind"] == "FieldDecl"]
                    self.members[child["name"]] = fields
        enumerations(tree)
        for says in re.finditer(r"static bool (\w+)_says\(\w+ answer\)\n\{\n(.*?)\n\}", self.source,
                                re.S):
            self.answers[says.group(1)] = re.findall(r"answer == (\w+)", says.group(2))
        super().run(tree)

    # --- the operators ---

    def arguments(self, node):
        if not re.match(r"(capped_sum|same|plus)\(", self.text(node)):
            super().arguments(node)

    def neighbours(self, name):
        names = self.names[name]
        at = names.index(name)
        return {names[(at + 1) % len(names)], names[at - 1]} - {name}

    def named(self, node):
        text = self.text(node)
        if text in self.names:
            for other in sorted(self.neighbours(text)):
                self.add("name", node, other)

    def other_member(self, node):
        """The text of the next member of the same type, or None."""
        owner = self.bare(node["inner"][0])["type"]
        owner = owner.get("desugaredQualType", owner["qualType"])
        fields = self.members.get(re.sub(r"const|struct|[ *]", "", owner), [])
        name = node.get("name", "")
        same = [f for f, kind in fields if kind == node["type"]["qualType"]]
        text = self.text(node)
        if name not in same or len(same) < 2 or not text.endswith(name):
            return None
        return text[:-len(name)] + same[(same.index(name) + 1) % len(same)]

    def read_member(self, node):
        member = node["inner"][0]
        text = self.text(member)
        if member["kind"] == "MemberExpr":
            for other in {self.other_member(member),
                          {"event->key": "event->in.txn", "event->in.txn": "event->key"}.get(text)}:
                if other and other != text:
                    of_row = {text, other} == {"event->key", "event->in.txn"}
                    self.add("key" if of_row else "member", node, other)

    def literal_fields(self, node):
        """(type){.a = x, .b = y}: a field less; two change their values."""
        text = self.text(node)
        match = re.match(r"(\(\w+\)\{)(\..*)\}$", text, re.S)
        if not match:
            return
        parts = parts_of(match.group(2))
        for index in range(len(parts)):
            rest = parts[:index] + parts[index + 1:]
            self.add("field", node, match.group(1) + (", ".join(rest) or "0") + "}")
        for index in range(len(parts) - 1):
            (one, first), (two, second) = (p.split("=", 1) for p in parts[index:index + 2])
            swapped = [f"{one}={second}", f"{two}={first}"]
            self.add("field", node, match.group(1) +
                     ", ".join(parts[:index] + swapped + parts[index + 2:]) + "}")

    def call(self, node):
        text = self.text(node)
        callee = re.match(r"(\w+)\(", text)
        for other in OTHERS.get(callee.group(1), ()) if callee else ():
            self.add("action", node, other + text[callee.end() - 1:])
        hook = re.match(r"hooks->(\w+)\(", text)
        for answer in self.answers.get(hook.group(1), []) if hook else []:
            variable = re.search(r"&(\w+)\)$", text)
            if variable:
                self.add("hook", node, f"({variable.group(1)} = {answer}, true)")
        if callee and callee.group(1) == "find_input":
            rows = self.rows(node)
            for (link, kind, entry), (_, _, other) in zip(rows, rows[1:] + rows[:1]):
                for new in {other, "0"} - {entry}:
                    self.add("route", node, f"(link == {link} && kind == {kind} ? {new} : {text})")

    def rows(self, node):
        """The table in front of the call."""
        end = self.extent(node)[0]
        return ROUTE.findall(self.source[self.source.rindex("routes[]", 0, end):end])

    def cases(self, node):
        """A case is handled as the one before or behind it: where the switch goes is changed."""
        condition, body = [c for c in node["inner"] if "kind" in c][-2:]
        groups = []
        for child in body.get("inner", []):
            labels = []
            while child.get("kind") == "CaseStmt":
                labels.append(self.text(child["inner"][0]))
                child = child["inner"][-1]
            if labels:
                groups.append(labels)
        text = self.text(condition)
        for index, labels in enumerate(groups):
            refused = any(label.endswith("_IN_NONE") for label in labels)
            for label in labels[:1] if refused else labels:
                for other in (groups[index - 1], groups[(index + 1) % len(groups)]):
                    if other is not labels:
                        self.add("case", condition, f"(({text}) == {label} ? {other[0]} : ({text}))",
                                 differs=f"({text}) == {label}")

    def arrives(self, text, function):
        """NEXT of the state that the machine is in: without it nothing changes."""
        state = re.match(r"m->state = (\w+)", text)
        names = self.names.get(state.group(1), []) if state else []
        prefix = os.path.commonprefix(names) if len(names) > 1 else names[0] if names else ""
        short = state.group(1)[prefix.rfind("_") + 1:].lower() if len(names) > 1 else ""
        return bool(state) and (len(names) == 1 or function == "in_" + short or
                                function.startswith(short + "_on_"))

    def binary(self, node):
        if not self.text(node).startswith("sizeof"):
            super().binary(node)

    def dropped(self, node):
        text = self.text(node)
        if self.arrives(text, self.function):
            return
        super().dropped(node)
        if ACTION.match(text):
            self.add("twice", node, f"{text}; {text};", statement=True)
        if node["kind"] == "BinaryOperator" and node.get("opcode") == "=":
            left = node["inner"][0]
            other = self.other_member(left) if left["kind"] == "MemberExpr" else None
            if other:
                self.add("target", node, other + text[len(self.text(left)):] + ";", statement=True)

    def walk(self, node, function):
        kind = node.get("kind")
        self.function = function["name"]
        if kind == "VarDecl" and node.get("storageClass") == "static":
            return
        if kind == "DeclRefExpr":
            self.named(node)
        elif kind == "ImplicitCastExpr" and node.get("castKind") == "LValueToRValue":
            self.read_member(node)
        elif kind == "UnaryOperator" and node["opcode"] == "&":
            member = node["inner"][0]
            other = self.other_member(member) if member["kind"] == "MemberExpr" else None
            if other:
                self.add("member", node, "&" + other)
        elif kind == "UnaryOperator" and node["opcode"] == "~":
            self.add("bits", node, self.text(node["inner"][0]))
        elif kind == "CompoundLiteralExpr":
            self.literal_fields(node)
        elif kind == "CallExpr":
            self.call(node)
        elif kind == "SwitchStmt":
            self.cases(node)
        super().walk(node, function)
