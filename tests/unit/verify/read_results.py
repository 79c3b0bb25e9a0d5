# SPDX-License-Identifier: Apache-2.0
"""Reads a folder of results of `juki verify` back, every format with a parser that is not ours, and
compares them with each other: read_results.py FOLDER ROOT, the folder that holds spec/.  Prints the
first difference and ends with 1."""
import html.parser
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as tree

RESULT_MEMBERS = {
    "protocol": str, "name": str, "part": str, "claim": str, "rule": str, "kind": str, "bounds": str,
    "result": str, "verdict": str, "as_expected": bool, "cached": bool, "note": str, "states": int,
    "transitions": int, "depth": int, "error_depth": int, "seconds": float,
    "states_per_second": float, "memory_mb": float, "vector_bytes": int, "bytes_per_state": float,
}
GRAPH_MEMBERS = {
    "protocol": str, "name": str, "model": str, "bounds": str, "result": str, "as_expected": bool,
    "cached": bool, "note": str, "spin": dict, "c": dict, "promises": int, "seconds": float,
}
SIDE_MEMBERS = {
    "complete": bool, "states": int, "edges": int, "depth": int, "seconds": float,
    "bytes_per_state": float, "state_digest": str, "edge_digest": str,
}
EXIT_OF = {"violated": 1, "different": 5, "tool_errors": 4, "incomplete": 3}
CERTIFICATE_EXIT = {"not today's": 3, "tool error": 4}


class Wrong(Exception):
    pass


def check(good, words):
    if not good:
        raise Wrong(words)


def check_members(what, wanted):
    check(set(what) == set(wanted), f"metrics: members of {what.get('name', 'a side')}")
    for name, kind in wanted.items():
        check(type(what[name]) is kind, f"metrics: {name} of {what.get('name', 'a side')}")


def read_graphs(metrics):
    """A graph is the same if both sides are complete and say the same, and not otherwise."""
    equal = ("complete", "states", "edges", "state_digest", "edge_digest")
    for graph in metrics["graphs"]:
        check_members(graph, GRAPH_MEMBERS)
        check_members(graph["spin"], SIDE_MEMBERS)
        check_members(graph["c"], SIDE_MEMBERS)
        same = graph["spin"]["complete"] and all(graph["spin"][m] == graph["c"][m] for m in equal)
        check(graph["as_expected"] == (graph["result"] == "same"), f"metrics: graph {graph['name']}")
        check(same or not graph["as_expected"], f"metrics: {graph['name']} is not the same")
        check(not same or graph["result"] != "DIFFERENT", f"metrics: {graph['name']} is the same")
        check(not same or graph["spin"]["state_digest"] != "", f"metrics: digest of {graph['name']}")
    same = [g for g in metrics["graphs"] if g["result"] == "same"]
    totals = metrics["totals"]
    check(totals["graphs"] == len(metrics["graphs"]), "metrics: graphs")
    check(totals["graphs_same"] == len(same), "metrics: graphs that are the same")
    check(totals["graph_states"] == sum(g["c"]["states"] for g in same), "metrics: states")
    check(totals["graph_edges"] == sum(g["spin"]["edges"] for g in same), "metrics: edges")


def read_metrics(folder):
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    check(metrics["format"] == "juki-verify-metrics" and metrics["version"] == 2, "metrics: version")
    check(metrics["tools"]["spin"].startswith("Spin Version"), "metrics: spin")
    for result in metrics["results"]:
        check_members(result, RESULT_MEMBERS)
    read_graphs(metrics)
    totals = metrics["totals"]
    bad = [r for r in metrics["results"] + metrics["graphs"] if not r["as_expected"]]
    check(sum(totals[name] for name in EXIT_OF) == len(bad), "metrics: sums")
    codes = {EXIT_OF[name] for name in EXIT_OF if totals[name]}
    codes.add(CERTIFICATE_EXIT.get(metrics["certificate"]["result"], 0))
    check(metrics["exit"] == next(c for c in (1, 5, 4, 3, 0) if c in codes), "metrics: exit")
    return metrics


def state_of(case):
    kinds = [c.tag for c in case if c.tag in ("failure", "error", "skipped")]
    check(len(kinds) <= 1, "junit: more than one state")
    return kinds[0] if kinds else "passed"


def wanted_state(result):
    if result["as_expected"]:
        return "passed"
    undecided = ("INCOMPLETE", "TOOL ERROR")
    return "error" if result["result"] in undecided else "failure"


def read_suite(suite):
    allowed = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
    check(set(suite.attrib) == allowed, "junit: attributes of a suite")
    states = {}
    for case in suite:
        check(case.tag == "testcase" and set(case.attrib) == {"classname", "name", "time"},
              "junit: a test case")
        check([c.tag for c in case] == sorted([c.tag for c in case],
              key=["failure", "error", "skipped", "system-out"].index), "junit: order")
        end = suite.get("name").rpartition(".")[2]
        part = {"mutants": "mutant", "graphs": "graph"}.get(end, "check")
        states[(case.get("classname"), part, case.get("name"))] = state_of(case)
    for word, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        count = sum(1 for s in states.values() if s == word)
        check(count == int(suite.get(attribute)), f"junit: {attribute} of {suite.get('name')}")
    check(len(states) == int(suite.get("tests")), "junit: tests")
    return states


def read_junit(folder, metrics):
    root = tree.parse(folder / "junit.xml").getroot()
    check(root.tag == "testsuites", "junit: the root")
    states = {}
    for suite in root:
        states.update(read_suite(suite))
    for attribute in ("tests", "failures", "errors"):
        check(int(root.get(attribute)) == sum(int(s.get(attribute)) for s in root),
              f"junit: {attribute} of all")
    for result in metrics["results"]:
        key = (result["protocol"], result["part"], result["name"])
        check(states.pop(key, None) == wanted_state(result), f"junit: {key}")
    for graph in metrics["graphs"]:
        key = (graph["protocol"] + ".graphs", "graph", graph["name"])
        check(states.pop(key, None) == wanted_state(graph), f"junit: {key}")
    wrong = metrics["certificate"]["result"] in CERTIFICATE_EXIT
    compared = metrics["certificate"]["result"] != "not compared"
    check(states.pop(("gen", "check", "CERT.json"), None) == (
        "error" if wrong else "passed" if compared else None), "junit: the certificate")
    check(len(states) == metrics["totals"]["left_out"], "junit: what was left out")
    check(all(s == "skipped" for s in states.values()), "junit: a skipped one")


def read_summary(folder, metrics):
    text = (folder / "summary.md").read_text(encoding="utf-8")
    words = {0: "all as expected, complete", 1: "VIOLATED", 3: "INCOMPLETE", 4: "TOOL ERROR",
             5: "THE MODEL AND THE C DISAGREE"}
    check(words[metrics["exit"]] in text.split("\n\n")[1], "summary: the verdict")
    check(("### Not as expected" in text) == (metrics["exit"] != 0), "summary: what is wrong")
    for result in metrics["results"]:
        check(f"| {result['protocol']}/{result['name']} |" in text, f"summary: {result['name']}")
    for graph in metrics["graphs"]:
        rows = [r for r in text.splitlines() if r.startswith(f"| {graph['protocol']}/{graph['name']} |")]
        numbers = [graph[side][what] for what in ("states", "edges") for side in ("spin", "c")]
        row = " | ".join(str(n) for n in numbers)
        check(any(f"| {row} |" in r and f"| {graph['result']}" in r for r in rows),
              f"summary: graph {graph['name']}")


def read_place(location, root):
    """What SARIF 2.1.0 wants of a physical location, and that there is such a line."""
    artifact = location["physicalLocation"]["artifactLocation"]
    line = location["physicalLocation"]["region"]["startLine"]
    path = root / artifact["uri"]
    check(not artifact["uri"].startswith("/") and artifact["uriBaseId"] == "%SRCROOT%", "sarif: uri")
    check(path.is_file(), f"sarif: there is no {artifact['uri']}")
    check(1 <= line <= len(path.read_text(encoding="utf-8").splitlines()), f"sarif: line {line}")


def read_flows(result, root):
    for flow in result.get("codeFlows", []):
        check(len(flow["threadFlows"]) == 1, "sarif: thread flows")
        steps = flow["threadFlows"][0]["locations"]
        check(len(steps) > 0, "sarif: an empty flow")
        for step in steps:
            check(step["location"]["message"]["text"] != "", "sarif: a step without words")
            read_place(step["location"], root)


def read_sarif(folder, metrics, root):
    log = json.loads((folder / "results.sarif").read_text(encoding="utf-8"))
    check(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json"), "sarif: version")
    check(len(log["runs"]) == 1, "sarif: runs")
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    check(run["tool"]["driver"]["name"] == "juki verify", "sarif: the tool")
    check(len({r["id"] for r in rules}) == len(rules), "sarif: a rule twice")
    check(all(r["shortDescription"]["text"] for r in rules), "sarif: a rule without words")
    wrong = [r for r in metrics["results"] + metrics["graphs"] if wanted_state(r) == "failure"]
    check(len(run["results"]) == len(wrong), "sarif: results")
    for result, expected in zip(run["results"], wrong):
        check(rules[result["ruleIndex"]]["id"] == result["ruleId"], "sarif: the rule of a result")
        claim = "graph" if "spin" in expected else expected["claim"] or "assertions"
        check(result["ruleId"].endswith("/" + claim), "sarif: claim")
        check(result["level"] == "error" and result["kind"] == "fail", "sarif: level")
        check(expected["name"] in result["message"]["text"], "sarif: message")
        check(len(result["locations"]) == 1, "sarif: locations")
        read_place(result["locations"][0], root)
        if "spin" not in expected:
            steps = expected["verdict"].startswith("violated") and expected["error_depth"] > 0
            check(("codeFlows" in result) == steps, f"sarif: the way to {expected['name']}")
        read_flows(result, root)
    undecided = [r for r in metrics["results"] + metrics["graphs"] if wanted_state(r) == "error"]
    if metrics["certificate"]["result"] in CERTIFICATE_EXIT:
        undecided.append({"name": "gen/CERT.json"})
    invocation = run["invocations"][0]
    notes = invocation["toolExecutionNotifications"]
    check(invocation["executionSuccessful"] == (len(undecided) == 0), "sarif: successful")
    check(invocation["exitCode"] == metrics["exit"], "sarif: exit")
    check(len(notes) == len(undecided), "sarif: notifications")
    for note, expected in zip(notes, undecided):
        check(expected["name"] in note["message"]["text"], "sarif: a notification")


def read_repro(folder, metrics, root):
    script = folder / "repro.sh"
    listed = subprocess.run(["sh", script], cwd=root, capture_output=True, text=True, check=True)
    part = {"check": "", "mutant": "mutant."}
    names = [f"{r['protocol']}.{part[r['part']]}{r['name']}" for r in metrics["results"]]
    names += [f"{g['protocol']}.graph.{g['name']}" for g in metrics["graphs"]]
    check(listed.stdout.split() == names, "repro: names")
    unknown = subprocess.run(["sh", script, "nosuch"], cwd=root, capture_output=True, check=False)
    check(unknown.returncode == 2, "repro: an unknown name")


VOID = {"meta", "input", "wbr", "br", "link", "img"}


class Page(html.parser.HTMLParser):
    """What the report holds, and whether its elements are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.counts, self.ids, self.links, self.rows = [], {}, [], [], []
        self.texts = {"en": [], "ja": []}
        self.language, self.row = None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        check("src" not in attrs, f"page: {tag} from outside")
        check(not any(name.startswith("on") for name in attrs), f"page: code in {tag}")
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "th":
            check(attrs.get("scope") in ("col", "row"), "page: a th without scope")
        if tag == "svg":
            check(attrs.get("role") == "img", "page: a drawing without role")
        if tag == "tr":
            self.row = ""
        if tag == "span" and attrs.get("class") in ("en", "ja"):
            check(attrs.get("lang") == attrs["class"], "page: a span's language")
            self.language = attrs["class"]
            self.texts[self.language].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        check(self.open and self.open.pop() == tag, f"page: {tag} is closed in the wrong place")
        if tag == "tr":
            self.rows.append(self.row)
            self.row = None
        if tag == "span":
            self.language = None

    def handle_data(self, data):
        if self.row is not None:
            self.row += data
        if self.language:
            self.texts[self.language][-1] += data


SENTENCES = {0: "Everything is as expected", 1: "Something is not as it must be",
             3: "Some searches are not complete", 4: "A tool failed",
             5: "The model and the C disagree"}
PAGE_WORDS = {"killed": "refuted", "NOT KILLED": "not refuted", "same": "the same"}


def read_page(folder, metrics):
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    check(not page.open, f"page: not closed: {page.open}")
    check(page.counts["script"] == 1 and page.counts["style"] >= 1, "page: scripts and styles")
    check("link" not in page.counts and "img" not in page.counts, "page: from outside")
    check("@import" not in text and "url(" not in text, "page: a style from outside")
    check(len(set(page.ids)) == len(page.ids), "page: an id twice")
    for link in page.links:
        check(link.startswith("#") and link[1:] in page.ids, f"page: {link} leads nowhere")
    check(len(page.texts["en"]) == len(page.texts["ja"]), "page: a language is missing")
    check(all(t.strip() for t in page.texts["en"] + page.texts["ja"]), "page: words are missing")
    check(any(ord(c) > 0x3000 for c in "".join(page.texts["ja"])), "page: no Japanese")
    heading = text.split("<h1", 1)[1].split("</h1>", 1)[0]
    check(SENTENCES[metrics["exit"]] in heading, "page: the verdict")
    for result in metrics["results"] + metrics["graphs"]:
        word = PAGE_WORDS.get(result["result"], result["result"].lower())
        found = [r for r in page.rows if result["name"] in r and word in r]
        check(found, f"page: {result['name']} {word}")
        check(any("cached" in r for r in found) == result["cached"], "page: what is cached")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    root = pathlib.Path(sys.argv[2])
    try:
        metrics = read_metrics(folder)
        read_junit(folder, metrics)
        read_summary(folder, metrics)
        read_page(folder, metrics)
        read_sarif(folder, metrics, root)
        read_repro(folder, metrics, root)
    except (Wrong, subprocess.CalledProcessError, KeyError, ValueError, tree.ParseError) as fault:
        print(f"{type(fault).__name__}: {fault}")
        return 1
    count = len(metrics["results"]) + len(metrics["graphs"])
    print(f"{count} results are the same in every format")
    return 0


if __name__ == "__main__":
    sys.exit(main())
