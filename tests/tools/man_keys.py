#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The keys of workflowd.yaml(5) and workflowd-api.yaml(5), made from the files in config/
of those names, which are themselves printed from the programs' tables of keys.

  man_keys.py            exits 1 when a man page differs
  man_keys.py --write    writes them into the man pages
"""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("workflowd.yaml", "workflowd-api.yaml")
BEGIN, END = ".Sh KEYS\n", ".Sh EXAMPLES\n"


def roff(text):
    """One sentence a line, lines below 80 columns, nothing that roff would read."""
    text = text.replace("\\", "\\e").replace("`", "")
    lines = []
    for sentence in re.split(r"(?<=[.:;)]) +(?=[A-Z(])", text):
        for line in textwrap.wrap(sentence, 76, break_long_words=False, break_on_hyphens=False):
            lines.append("\\&" + line if line[0] in ".'" else line)
    return "".join(line + "\n" for line in lines)


def read_sample(lines):
    """Yields ("section", name, help) and ("key", name, help)."""
    section, comment, skipped_head = "", [], False
    for line in lines:
        bare = line.strip()
        if bare.startswith("#  "):
            continue  # an item of the example under functions
        if bare.startswith("# "):
            comment.append(bare[2:])
            continue
        help_text = " ".join(comment)
        comment = []
        if not bare:
            if help_text and skipped_head:
                raise SystemExit(f"help without a key: {help_text}")
            skipped_head = True
            continue
        name = re.match(r"#?([^ :]+):", bare)
        if name[1] == "functions":
            yield from read_functions(help_text)
        elif line[0] in " #" and (line[0] == " " or "(" in help_text):
            yield "key", (f"{section}." if line[0] == " " else "") + name[1], help_text
        else:
            section = name[1]
            yield "section", section, help_text


def read_functions(help_text):
    head, *items = help_text.split(" - ")
    yield "section", "functions", head
    for item in items:
        name, text = item.split(": ", 1)
        yield "key", f"functions[].{name}", text


def keys_text(name):
    out = [".Ss Top level\n", ".Bl -tag -width Ds\n"]
    for kind, key, help_text in read_sample((ROOT / "config" / name).read_text().splitlines()):
        if kind == "section":
            out += [".El\n", f".Ss {key}\n", roff(help_text), ".Bl -tag -width Ds\n"]
        else:
            out += [f".It Ic {key}\n", roff(help_text)]
    return "".join(out + [".El\n"])


def page_with_keys(name, page):
    head, rest = page.split(BEGIN, 1)
    return head + BEGIN + keys_text(name) + END + rest.split(END, 1)[1]


def main():
    for name in NAMES:
        path = ROOT / "man" / f"{name}.5"
        page = path.read_text()
        wanted = page_with_keys(name, page)
        if "--write" in sys.argv[1:]:
            path.write_text(wanted)
        elif page != wanted:
            raise SystemExit(f"man/{name}.5 differs from config/{name}: tests/tools/man_keys.py --write")


if __name__ == "__main__":
    main()
