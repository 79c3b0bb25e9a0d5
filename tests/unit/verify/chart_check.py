# SPDX-License-Identifier: Apache-2.0
# Draws logs of events with juki chart and looks at the SVGs as XML: well formed, nothing from
# outside, a name and a description, every element inside of the picture.
#
# usage: chart_check.py JUKI FILE.events...
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan", "g"}
ATTRIBUTES = {"viewBox", "width", "height", "style", "role", "class", "x", "y", "rx", "d", "cx", "cy",
              "r", "text-anchor"}


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
        if element is root:
            continue
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
        good = run.stdout
    for name, text in controls(good).items():
        if not faults(text):
            print("control %s: nothing was seen" % name)
            failed += 1
    print("chart_check: %d pictures, %d controls, %d faults" % (len(files), len(controls(good)),
                                                               failed))
    return 1 if failed or not files else 0


sys.exit(main())
