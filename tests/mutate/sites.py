# SPDX-License-Identifier: Apache-2.0
"""Finds the mutants of a C file.  clang's syntax tree says where each expression and statement
stands; a mutant is a stretch of the source (its anchor) and the text that takes its place."""
import hashlib
import json
import re
import subprocess

RELATIONAL = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
              "==": ("!=",), "!=": ("==",)}
LOGICAL = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"}
BITS = {"&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<"}
ASSIGN = {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "<<=": ">>=", ">>=": "<<=", "^=": "|="}
WIPES = re.compile(r"\b(sodium_memzero|sodium_free|\w+_wipe|wipe\w*)\s*\(")
SYMMETRIC = re.compile(r"(memcmp|sodium_memcmp|jk_\w*(equal|same)\w*)\s*\(")
PURE = {"DeclRefExpr", "MemberExpr", "ImplicitCastExpr", "ParenExpr", "IntegerLiteral",
        "BinaryOperator", "ArraySubscriptExpr", "CStyleCastExpr", "CharacterLiteral",
        "UnaryExprOrTypeTraitExpr", "ConstantExpr", "UnaryOperator"}
LEAVES = {"ReturnStmt", "BreakStmt", "ContinueStmt", "GotoStmt"}


class Mutant:
    """One change: source[begin:end] becomes text.  statement: the anchor is a whole statement."""

    def __init__(self, operator, begin, end, text, statement=False, differs="1"):
        self.operator, self.begin, self.end = operator, begin, end
        self.text, self.statement, self.differs = text, statement, differs
        self.file = self.function = self.ident = ""
        self.line = self.number = 0

    def wipe(self):
        return self.operator == "wipe"


def flat(text):
    return " ".join(text.split())


class Reader:
    """Walks the tree of one file."""

    def __init__(self, path, source):
        self.path, self.source = path, source
        self.found = []
        self.status = []  # the name of the status constants, for what a return may say instead

    # --- places ---

    def locate(self, tree):
        """The tree names a file only where it changes: carry it to every place."""
        self.file = ""

        def place(loc):
            for part in ("spellingLoc", "expansionLoc"):
                if part in loc:
                    place(loc[part])
            if "spellingLoc" in loc:
                loc["file"] = loc["expansionLoc"].get("file", "")
                loc["offset"] = loc["expansionLoc"].get("offset", -1)
                loc["tokLen"] = loc["expansionLoc"].get("tokLen", 0)
                loc["macro"] = True
            elif "offset" in loc:
                self.file = loc.setdefault("file", self.file)

        def walk(node):
            if "loc" in node:
                place(node["loc"])
            if "range" in node:
                place(node["range"]["begin"])
                place(node["range"]["end"])
            for key, value in node.items():
                if key == "inner":
                    for child in value:
                        walk(child)

        walk(tree)

    def extent(self, node):
        """(begin, end, in a macro) of a node in this file, or None."""
        begin, end = node["range"]["begin"], node["range"]["end"]
        if begin.get("file") != self.path or end.get("file") != self.path:
            return None
        stop = end["offset"] + end["tokLen"]
        if "macro" in end:
            name = self.source[end["offset"]:stop]
            after = re.match(r"\s*\(", self.source[stop:])
            if after and not name.isdigit():
                stop = self.closing(stop + after.end() - 1)
        inside = "macro" in begin and "macro" in end and begin["offset"] == end["offset"]
        return begin["offset"], stop, inside

    def closing(self, at):
        depth = 0
        for index in range(at, len(self.source)):
            depth += {"(": 1, ")": -1}.get(self.source[index], 0)
            if depth == 0:
                return index + 1
        return len(self.source)

    def text(self, node):
        extent = self.extent(node)
        return self.source[extent[0]:extent[1]] if extent else ""

    # --- the operators ---

    def add(self, operator, node, text, **more):
        extent = self.extent(node)
        if extent is None or "\n#" in self.source[extent[0]:extent[1]]:
            return
        begin, end = extent[:2]
        if more.get("statement"):
            end = self.source.index(";", end) + 1
        self.found.append(Mutant(operator, begin, end, text, **more))

    def operator_swapped(self, node, new):
        """The text of a binary operation with another operator, or None."""
        left, right = (self.extent(child) for child in node["inner"])
        if not left or not right:
            return None
        between = self.source[left[1]:right[0]]
        if between.count(node["opcode"]) != 1:
            return None
        texts = [self.source[part[0]:part[1]] for part in (left, right)]
        for index, child in enumerate(node["inner"]):
            if self.unwrapped(child)["kind"] in ("BinaryOperator", "ConditionalOperator"):
                texts[index] = f"({texts[index]})"
        return texts[0] + between.replace(node["opcode"], new) + texts[1]

    def pure(self, node):
        kind = node.get("kind")
        if kind not in PURE or node.get("opcode") in ("=", "++", "--", "/", "%"):
            return False
        return all(self.pure(child) for child in node.get("inner", []) if "kind" in child)

    def binary(self, node):
        code = node["opcode"]
        news, operator = (), ""
        if code in RELATIONAL:
            news, operator = RELATIONAL[code], "relation"
        else:
            for table, name in ((LOGICAL, "logic"), (ARITHMETIC, "arithmetic"), (BITS, "bits")):
                if code in table:
                    news, operator = (table[code],), name
        for new in news:
            text = self.operator_swapped(node, new)
            if text is None:
                continue
            differs = "1"
            if operator == "relation" and self.pure(node):
                differs = f"({flat(self.text(node))}) != ({flat(text)})"
            self.add(operator, node, text, differs=differs)

    def literal(self, node, text, value):
        if text in ("true", "false"):
            self.add("constant", node, "false" if text == "true" else "true")
            return
        other = {0: ("1",), 1: ("0", "2")}.get(value, (f"{text} + 1", f"{text} - 1"))
        for new in other:
            self.add("constant", node, new)

    @staticmethod
    def unwrapped(node):
        while node["kind"] in ("ImplicitCastExpr", "ConstantExpr"):
            node = node["inner"][-1]
        return node

    @staticmethod
    def bare(node):
        while node["kind"] in ("ImplicitCastExpr", "ParenExpr", "ConstantExpr", "CStyleCastExpr"):
            node = node["inner"][-1]
        return node

    def condition(self, node, leaves):
        bare = self.bare(node)
        text = self.text(node)
        if bare.get("opcode") == "!" and bare["kind"] == "UnaryOperator":
            inner = self.text(bare["inner"][0])
            if inner:
                self.add("negate", node, inner)
        elif bare.get("opcode") not in RELATIONAL and bare.get("opcode") not in LOGICAL:
            self.add("negate", node, f"!({text})")
        if leaves:
            self.add("guard", node, f"({text}) && 0")

    def returned(self, node, function):
        value = node["inner"][0]
        result = function["type"]["qualType"].split("(")[0].strip()
        text, bare = self.text(value), self.bare(value)
        if result == "jk_status":
            if text == "JK_OK":
                self.add("return", value, "JK_E_BUG")
            elif text.startswith("JK_E_"):
                self.add("return", value, "JK_OK")
                self.add("return", value, "JK_E_RANGE" if text != "JK_E_RANGE" else "JK_E_WIRE")
            else:
                differs = f"({flat(text)}) != JK_OK" if self.pure(value) else "1"
                self.add("return", value, f"(void)({text}), JK_OK", differs=differs)
        elif result in ("bool", "_Bool"):
            if bare.get("opcode") not in RELATIONAL and text not in ("true", "false"):
                self.add("return", value, f"!({text})")
        elif result.endswith("*"):
            if text not in ("NULL", ""):
                self.add("return", value, "NULL")
        elif result in ("int", "size_t", "ssize_t") or re.match(r"u?int\d+_t$", result):
            if bare["kind"] != "IntegerLiteral":
                self.add("return", value, f"({text}) + 1")

    def dropped(self, node):
        """A statement that is an expression: without it."""
        expression = node
        if node["kind"] == "CStyleCastExpr" and node["type"]["qualType"] == "void":
            expression = self.bare(node)
        kind, code = expression["kind"], expression.get("opcode")
        text = self.text(node)
        if not text:
            return
        if kind == "CallExpr":
            self.add("wipe" if WIPES.match(text) else "call", node, ";", statement=True)
        elif kind == "BinaryOperator" and code == "=":
            left = self.bare(expression["inner"][0])
            kind_of = expression["type"].get("desugaredQualType", expression["type"]["qualType"])
            differs = "1"
            if (left["kind"] == "MemberExpr" and self.pure(left) and
                    self.pure(expression["inner"][1]) and
                    not kind_of.startswith(("struct", "union", "jk_", "const"))):
                sides = [flat(self.text(side)) for side in expression["inner"]]
                differs = f"({sides[0]}) != ({sides[1]})"
            self.add("assignment", node, ";", statement=True, differs=differs)
        elif kind == "CompoundAssignOperator":
            self.add("assignment", node, ";", statement=True)
            if code in ASSIGN:
                self.add("arithmetic", node, self.operator_swapped(expression, ASSIGN[code]) + ";",
                         statement=True)
        elif kind == "UnaryOperator" and code in ("++", "--"):
            self.add("assignment", node, ";", statement=True)
            new = "--" if code == "++" else "++"
            self.add("arithmetic", node, text.replace(code, new) + ";", statement=True)

    def arguments(self, node):
        """Neighbours of one type change places."""
        parts = node["inner"][1:]
        if SYMMETRIC.match(self.text(node)):
            return
        for one, two in zip(parts, parts[1:]):
            first, second = self.text(one), self.text(two)
            spans = self.extent(one), self.extent(two)
            whole = self.extent(node)
            if (one["type"]["qualType"] != two["type"]["qualType"] or not first or not second or
                    flat(first) == flat(second) or not self.pure(one) or not self.pure(two)):
                continue
            text = (self.source[whole[0]:spans[0][0]] + second +
                    self.source[spans[0][1]:spans[1][0]] + first +
                    self.source[spans[1][1]:whole[1]])
            self.add("arguments", node, text)

    # --- the walk ---

    def leaves(self, branch):
        parts = branch.get("inner", []) if branch["kind"] == "CompoundStmt" else [branch]
        return bool(parts) and parts[-1]["kind"] in LEAVES

    def statements(self, node):
        for child in node.get("inner", []):
            if child.get("kind") in ("CallExpr", "BinaryOperator", "CompoundAssignOperator",
                                     "UnaryOperator", "CStyleCastExpr"):
                self.dropped(child)
            elif child.get("kind") == "ContinueStmt":
                self.add("leave", child, ";", statement=True)

    def walk(self, node, function):
        kind = node.get("kind")
        if kind is None or kind in ("StaticAssertDecl", "UnaryExprOrTypeTraitExpr"):
            return
        if kind == "VarDecl" and node.get("storageClass") == "static":
            return
        children = [child for child in node.get("inner", []) if "kind" in child]
        if kind == "CaseStmt":
            children = children[1:]
            self.statements({"kind": kind, "inner": children})
        extent = self.extent(node) if "range" in node else None
        if extent and extent[2] and kind.endswith(("Expr", "Literal", "Operator")):
            self.macro(node, extent)
            return
        if kind == "BinaryOperator" and node["opcode"] != "=":
            self.binary(node)
        elif kind == "IntegerLiteral" and extent:
            self.literal(node, self.text(node), int(node["value"]))
        elif kind in ("CompoundStmt", "DefaultStmt"):
            self.statements(node)
        elif kind == "IfStmt":
            self.condition(children[0], self.leaves(children[1]))
        elif kind == "ConditionalOperator":
            self.condition(children[0], False)
        elif kind == "ReturnStmt" and children:
            self.returned(node, function)
        elif kind == "CallExpr":
            self.arguments(node)
        for child in children:
            self.walk(child, function)

    def macro(self, node, extent):
        """A constant that stands in the source as a name."""
        text = self.source[extent[0]:extent[1]]
        number = self.bare(node)
        if text in ("true", "false"):
            self.literal(node, text, 0)
        elif number["kind"] in ("IntegerLiteral", "BinaryOperator") and text != "NULL" and \
                "*" not in node["type"]["qualType"]:
            value = int(number["value"]) if "value" in number else -1
            self.literal(node, text, value if text.startswith(("UINT", "INT")) and "(" in text
                         else -1)

    def run(self, tree):
        self.locate(tree)
        for node in tree["inner"]:
            if node["kind"] != "FunctionDecl" or not node.get("inner"):
                continue
            body = node["inner"][-1]
            if body["kind"] != "CompoundStmt" or body["range"]["begin"].get("file") != self.path:
                continue
            before = len(self.found)
            self.walk(body, node)
            for mutant in self.found[before:]:
                mutant.function = node["name"]


def mutants_of(path, name, command, kind=Reader):
    """(text, all mutants) of the file `path`, called `name` for people; command: compiler flags;
    kind: the Reader that knows the operators."""
    with open(path, encoding="latin-1", newline="") as stream:
        source = stream.read()
    done = subprocess.run(["clang-14", "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json"] +
                          command + [path], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"mutate: clang-14 does not read {name}")
    reader = kind(path, source)
    reader.run(json.loads(done.stdout))
    seen, kept = {}, []
    for mutant in reader.found:
        before = source[mutant.begin:mutant.end]
        if flat(before) == flat(mutant.text):
            continue
        what = f"{name}:{mutant.function}:{mutant.operator}:{flat(before)}=>{flat(mutant.text)}"
        seen[what] = seen.get(what, 0) + 1
        key = f"{what}:{seen[what]}"
        mutant.file, mutant.line = name, source.count("\n", 0, mutant.begin) + 1
        mutant.ident = hashlib.sha256(key.encode("latin-1")).hexdigest()[:8]
        kept.append(mutant)
    return source, kept
