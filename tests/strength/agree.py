#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""agree.py EXPLORER.json SPIN.json: what two searches of the same mutants say of each of them.

SPIN looks at a property of several states only in the bounds that name it, so the explorer may find
more of those; what SPIN finds the explorer must find, and both have the same fate."""
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return {mutant["name"]: mutant for part in json.load(file)["protocols"]
                for mutant in part["fates"]}


def is_course(name):
    """A property that a search of its own looks at: SPIN had it in some bounds only."""
    return name == "t5_every_message_ends"


def main():
    explored, searched = read(sys.argv[1]), read(sys.argv[2])
    differences = 0
    by_explorer = 0
    killed = 0
    if explored.keys() != searched.keys():
        print("agree: not the same mutants")
        return 1
    for name, one in explored.items():
        other = searched[name]
        found, wanted = set(one["by"].split()), set(other["by"].split())
        by_explorer += one["search"] == "explorer"
        killed += other["fate"] == "named"
        more = {name for name in found - wanted if not is_course(name)}
        if one["fate"] != other["fate"] or wanted - found or more:
            differences += 1
            print(f"agree: {name}: explorer {one['fate']} {sorted(found)}, "
                  f"SPIN {other['fate']} {sorted(wanted)}")
    print(f"agree: {len(explored)} mutants, {by_explorer} by the explorer, {killed} break a "
          f"property, {differences} differ")
    return 0 if differences == 0 and by_explorer > 0 and killed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
