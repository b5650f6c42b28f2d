#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sums gcovr's JSON summary up by the rooms of daemon/, and names the files with the most
lines that no test reaches.

    rooms_covered.py SUMMARY.json
"""
import json
import sys

FILES_MAX = 15


def room(filename):
    parts = filename.split("/")
    return parts[1] if len(parts) > 2 else "."


def percent(covered, total):
    return f"{100 * covered / total:5.1f} %" if total else "     –"


def rows(files):
    """(room, lines, covered, branches, covered) of each room, by name; the last one is their sum."""
    sums = {}
    for file in files:
        for name in (room(file["filename"]), "all"):
            have = sums.setdefault(name, [0, 0, 0, 0])
            for index, key in enumerate(("line_total", "line_covered", "branch_total", "branch_covered")):
                have[index] += file[key]
    return [(name, *sums[name]) for name in sorted(sums, key=lambda name: (name == "all", name))]


def unreached(files):
    """(lines that no test reaches, file), the most first."""
    found = sorted(((file["line_total"] - file["line_covered"], file["filename"]) for file in files), reverse=True)
    return [row for row in found if row[0] > 0][:FILES_MAX]


def main(path):
    with open(path) as summary:
        files = json.load(summary)["files"]
    print(f"{'room':10}{'lines':>8}{'reached':>10}{'branches':>10}{'reached':>10}")
    for name, lines, lines_covered, branches, branches_covered in rows(files):
        print(f"{name:10}{lines:>8}{percent(lines_covered, lines):>10}{branches:>10}{percent(branches_covered, branches):>10}")
    print("\nlines that no test reaches:")
    for count, name in unreached(files):
        print(f"{count:6}  {name}")


if __name__ == "__main__":
    main(sys.argv[1])
