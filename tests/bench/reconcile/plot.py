#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what bench_reconcile wrote as CSV: bytes and time against differences and residents, log-log.

  plot.py CSV FOLDER      writes bytes_by_differences.svg, bytes_by_residents.svg,
                          time_by_differences.svg and time_by_residents.svg
"""
import csv
import math
import sys

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 78, 168, 44, 56
# Told apart by mark and by place of the name, too, not by colour alone.
METHODS = {
    "sketch": ("this sketch", "#0017c1", "circle"),
    "whole-round": ("this, whole round", "#4979f5", "square"),
    "rateless-iblt": ("Rateless IBLT", "#c16800", "triangle"),
    "range-tree": ("tree of digests", "#197a4b", "diamond"),
    "range-dialogue": ("range dialogue", "#8b1af3", "cross"),
    "full-transfer": ("everything", "#555555", "bar"),
}


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def bounds(values):
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def mark(shape, x, y, colour):
    x, y = round(x, 1), round(y, 1)
    if shape == "circle":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    paths = {
        "square": f"M{x - 4} {y - 4}h8v8h-8z",
        "triangle": f"M{x} {y - 5}l5 9h-10z",
        "diamond": f"M{x} {y - 5}l5 5l-5 5l-5 -5z",
        "cross": f"M{x - 4} {y - 4}l8 8M{x + 4} {y - 4}l-8 8",
        "bar": f"M{x - 5} {y}h10",
    }
    line = f' stroke="{colour}" stroke-width="2"' if shape in ("cross", "bar") else ""
    fill = "none" if line else colour
    return f'<path d="{paths[shape]}" fill="{fill}"{line}/>'


def unit(power, kind):
    if kind == "time":
        names = {-6: "1 µs", -5: "10 µs", -4: "100 µs", -3: "1 ms", -2: "10 ms", -1: "100 ms"}
        return names.get(power, f"{10 ** power} s" if power >= 0 else f"1e{power} s")
    if kind == "bytes":
        scale = [(9, "GB"), (6, "MB"), (3, "kB"), (0, "B")]
        for base, name in scale:
            if power >= base:
                return f"{10 ** (power - base)} {name}"
    return f"{10 ** power:,}"


def apart(labels):
    """Names at the right edge, at least 15 apart, in their order."""
    placed = []
    for y, name, colour in sorted(labels):
        if placed and y - placed[-1][0] < 15:
            y = placed[-1][0] + 15
        placed.append((y, name, colour))
    return placed


def draw(title, across, kind, lines):
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    x_low, x_high = bounds(xs)
    y_low, y_high = bounds(ys)

    def place(x, y):
        return (LEFT + (math.log10(x) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM
                - (math.log10(y) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
           f"<title>{escape(title)}</title>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="22" font-size="15" fill="#1a1a1c">{escape(title)}</text>']
    for power in range(y_low, y_high + 1):
        _, y = place(10 ** x_low, 10 ** power)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d8d8db"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" '
                   f'fill="#414143">{unit(power, kind)}</text>')
    for power in range(x_low, x_high + 1):
        x, _ = place(10 ** power, 10 ** y_low)
        out.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#d8d8db"/>'
                   f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" '
                   f'fill="#414143">{unit(power, "count")}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle" '
               f'fill="#1a1a1c">{escape(across)}</text>')
    labels = []
    for method, (name, colour, shape) in METHODS.items():
        points = [place(x, y) for x, y in sorted(lines.get(method, []))]
        if not points:
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [mark(shape, x, y, colour) for x, y in points]
        labels.append((points[-1][1] + 4, name, colour))
    for y, name, colour in apart(labels):
        out.append(f'<text x="{WIDTH - RIGHT + 10}" y="{y:.1f}" fill="{colour}">{escape(name)}'
                   "</text>")
    return "\n".join(out + ["</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: plot.py CSV FOLDER")
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or any(row["method"] not in METHODS for row in rows):
        sys.exit("plot.py: no rows, or a method that is not known")
    most = max(int(row["residents"]) for row in rows)
    fixed = 1000
    for kind, column, word in (("bytes", "bytes", "Bytes"), ("time", "seconds", "Time")):
        by_d, by_n = {}, {}
        for row in rows:
            y = max(float(row[column]), 1e-6)
            if int(row["residents"]) == most:
                by_d.setdefault(row["method"], []).append((int(row["differences"]), y))
            if int(row["differences"]) == fixed:
                by_n.setdefault(row["method"], []).append((int(row["residents"]), y))
        pictures = {
            f"{kind}_by_differences": (f"{word} to find who differs among {most:,} residents",
                                       "residents that differ", by_d),
            f"{kind}_by_residents": (f"{word} to find {fixed:,} residents that differ",
                                     "residents", by_n),
        }
        for name, (title, across, lines) in pictures.items():
            with open(f"{sys.argv[2]}/{name}.svg", "w", encoding="utf-8") as file:
                file.write(draw(title, across, kind, lines))


main()
