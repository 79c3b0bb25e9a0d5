# SPDX-License-Identifier: Apache-2.0
# Draws logs of events and state diagrams with juki chart and looks at the SVGs as XML: well formed,
# nothing from outside, a name and a description, every element inside of the picture.  Then what
# cannot be drawn: each has its exit code and its words, and nothing is written.
#
# usage: chart_check.py JUKI FILE.events... FILE.dot...
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan", "g",
           "polygon"}
ATTRIBUTES = {"viewBox", "width", "height", "style", "role", "class", "x", "y", "rx", "d", "cx", "cy",
              "r", "text-anchor", "points", "fill", "stroke", "stroke-width", "font-family",
              "font-size", "transform"}


def faults(text):
    """What is wrong with this picture, as a list of words."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return ["no XML: %s" % error]
    found = []
    if root.tag != SVG + "svg" or root.get("role") != "img" or not root.get("viewBox"):
        return ["no picture"]
    width, height = [float(part) for part in root.get("viewBox").split()[2:]]
    for name in ("title", "desc"):
        element = root.find(SVG + name)
        if element is None or not (element.text or "").strip():
            found.append("no " + name)
    for element in root.iter():
        tag = element.tag.replace(SVG, "")
        if tag not in ALLOWED:
            found.append("element " + tag)
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES or "url(" in value or "http" in value:
                found.append("attribute " + name)
        if element is root or root.get("class") == "jks":
            continue  # what graphviz laid out has coordinates of its own
        for name, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if element.get(name) and not 0 <= float(element.get(name)) <= limit:
                found.append("%s outside: %s %s" % (tag, name, element.get(name)))
        if tag == "rect" and element.get("x") and \
                float(element.get("x")) + float(element.get("width")) > width + 0.5:
            found.append("rect beyond the right side")
    style = root.find(SVG + "style")
    if style is None or "prefers-color-scheme:dark" not in style.text:
        found.append("no dark colours")
    elif "@import" in style.text or "url(" in style.text:
        found.append("style from outside")
    return found


def controls(good):
    """Each of these must be refused; otherwise this program sees nothing."""
    return {
        "cut": good[:-8],
        "entity": good.replace("</title>", "&nbsp;</title>"),
        "open tag": good.replace("</title>", "<b></title>"),
        "script": good.replace("</svg>", "<script>1</script></svg>"),
        "handler": good.replace('role="img"', 'role="img" onload="x"'),
        "picture": good.replace("</svg>", '<image href="http://example.org/x.png"/></svg>'),
        "font": good.replace("<style>", "<style>@import 'x';"),
        "no role": good.replace('role="img"', 'role="none"'),
        "no title": good.replace("<title>", "<desc>").replace("</title>", "</desc>"),
        "outside": good.replace("</svg>", '<text x="-5" y="5">a</text></svg>'),
        "below": good.replace("</svg>", '<text x="5" y="999999">a</text></svg>'),
    }


BAD = [
    (2, "needed: FILE", []),
    (2, "--format is", ["{events}", "--format", "pdf"]),
    (3, "cannot be read", ["/nonexistent/a.trail"]),
    (3, "this is no trail", ["{garbage}"]),
    (3, "another version", ["{version}"]),
    (3, "its end is missing", ["{cut}"]),
    (3, "a trail needs its model", ["{trail}"]),
    (3, "the model is missing", ["{trail}", "--model", "/nonexistent/a.pml"]),
    (3, "spin does not accept the model", ["{trail}", "--model", "{garbage}"]),
    (3, "no machines are generated", ["{events}", "--replay"]),
    (3, "no state diagram", ["{dot}"]),
    (3, "cannot be read", ["/nonexistent/a.dot"]),
]


def refusals(juki, folder, events):
    """Inputs that cannot be drawn; what is wrong with how they are refused."""
    with open(events, encoding="utf-8") as file:
        text = file.read()
    files = {"garbage": ("garbage", "hello\n"), "trail": ("a.trail", "-4:-4:-4\n1:0:1\n"),
             "version": ("v.events", text.replace("juki events 1", "juki events 2", 1)),
             "cut": ("c.events", text[:text.rindex("end ")]), "dot": ("a_b.dot", "hello\n")}
    paths = {"events": events}
    for name, (file_name, content) in files.items():
        paths[name] = os.path.join(folder, file_name)
        with open(paths[name], "w", encoding="utf-8") as file:
            file.write(content)
    found = []
    for code, words, arguments in BAD:
        out = os.path.join(folder, "out")
        call = [argument.format(**paths) for argument in arguments]
        run = subprocess.run([juki, "chart"] + call + (["--out", out] if call else []),
                             capture_output=True, text=True, check=False)
        if run.returncode != code or words not in run.stderr or run.stdout or os.path.exists(out):
            found.append("juki chart %s: exit %d, %s" % (" ".join(call), run.returncode,
                                                         run.stderr.strip()))
    return found


def main():
    juki, files = sys.argv[1], sys.argv[2:]
    failed = 0
    good = ""
    for name in files:
        run = subprocess.run([juki, "chart", name, "--format", "svg"], capture_output=True,
                             text=True, check=False)
        found = faults(run.stdout) if run.returncode == 0 else [run.stderr]
        for fault in found:
            print("%s: %s" % (name, fault))
        failed += len(found)
        good = run.stdout if name.endswith(".events") else good
    for name, text in controls(good).items():
        if not faults(text):
            print("control %s: nothing was seen" % name)
            failed += 1
    with tempfile.TemporaryDirectory() as folder:
        found = refusals(juki, folder, next(name for name in files if name.endswith(".events")))
    for fault in found:
        print(fault)
    failed += len(found)
    print("chart_check: %d pictures, %d controls, %d refusals, %d faults" %
          (len(files), len(controls(good)), len(BAD), failed))
    return 1 if failed or not files else 0


sys.exit(main())
