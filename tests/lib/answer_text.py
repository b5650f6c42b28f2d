# SPDX-License-Identifier: Apache-2.0
"""JSON texts that are compared byte for byte, but for blanks between tokens, ids and
instants: these get placeholders, each id its own, so that the same id twice stays the same.
An instant that is not in the one form that is asked for stays as it is, and differs."""
import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WIDTH = 150

DATE = r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d"
INSTANT = re.compile(rf'"{DATE}\.\d{{6}}Z"')  # the engine's own, inside data
CURSORS = ('"after"', '"before"', '"next_cursor"')
FORMS = {
    "knock": re.compile(rf'"{DATE}Z"'),
    "leadping": re.compile(rf'"{DATE}(?:\.\d{{0,5}}[1-9])?Z"'),
    "dialnexa": re.compile(rf'"{DATE}\.\d{{3}}Z"'),
    "truestate": re.compile(rf'"{DATE}Z"'),
    "plannr": re.compile(rf'"{DATE}\+00:00"'),
}


def tokens(text):
    assert not TOKEN.sub("", text).strip(), f"no JSON: {text}"
    return TOKEN.findall(text)


def normal(text, product, kinds):
    """The tokens of an answer with placeholders. `kinds` says of what kind an id is: "run" and
    so on; None = it is known beforehand and stays. Those that it does not have are "step"."""
    numbers = {}

    def name(found):
        id = found[0]
        kind = kinds.get(id, "step")
        if kind is None:
            return id
        number = numbers.setdefault(kind, {}).setdefault(id, len(numbers.get(kind, {})) + 1)
        return f"<{kind}-{number}>"

    def hidden(token):
        if FORMS[product].fullmatch(token):
            return '"<time>"'
        return '"<instant>"' if INSTANT.fullmatch(token) else UUID.sub(name, token) if token[0] == '"' else token

    found = tokens(text)
    return ['"<cursor>"' if before in CURSORS and token[0] == '"' else hidden(token) for before, token in zip([None, None, *found], found)]


def pretty(found):
    """The tokens as lines for people: lines are filled, and what does not fit on one has its
    lists and objects on lines of their own."""
    position = 0

    def value(indent):
        nonlocal position
        token = found[position]
        position += 1
        if token not in "{[":
            return token
        parts = []
        while found[position] not in "}]":
            if found[position] == ",":
                position += 1
                continue
            key = ""
            if token == "{":
                key = found[position] + ": "
                position += 2
            parts.append(key + value(indent + 2))
        end = found[position]
        position += 1
        one = f"{token}{', '.join(parts)}{end}"
        return one if "\n" not in one and indent + len(one) <= WIDTH else f"{token}\n{fill(parts, indent + 2)}\n{' ' * indent}{end}"

    text = value(0)
    assert position == len(found), "more than one value"
    return text + "\n"


def fill(parts, indent):
    lines = []
    for part in parts:
        alone = "\n" in part or part[0] in "{["
        if lines and not alone and not lines[-1][1] and indent + len(lines[-1][0]) + len(part) + 3 <= WIDTH:
            lines[-1] = f"{lines[-1][0]}, {part}", False
        else:
            lines.append((part, alone))
    return ",\n".join(" " * indent + line for line, _ in lines)
