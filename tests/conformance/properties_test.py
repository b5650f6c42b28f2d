# SPDX-License-Identifier: Apache-2.0
"""Each property that docs/dsl.md says works, here or by a worker, is used by a scenario that
loads. What a row of its tables needs stands in properties.index, as regular expressions over
the documents of the scenarios, written as paths: "/do/t/call:http/with/method=get"."""
import functools
import glob
import os
import re

import pytest
import yaml

import scenarios

ROOT = os.path.dirname(os.path.dirname(scenarios.HERE))
TABLES = ("## Every property", "## Data flow")


def rows():
    """Section and first cell of each row that works."""
    with open(os.path.join(ROOT, "docs", "dsl.md"), encoding="utf-8") as file:
        text = file.read()
    text = text[text.index(TABLES[0]):text.index(TABLES[1])]
    found, section = [], ""
    for line in text.splitlines():
        section = line[4:] if line.startswith("### ") else section
        cells = [cell.strip() for cell in line.strip("|").split("|", 2)] if line.startswith("|") else []
        if len(cells) == 3 and cells[1] in ("works", "worker"):
            found.append(f"{section}: {cells[0]}")
    return found


def index():
    with open(os.path.join(scenarios.HERE, "properties.index"), encoding="utf-8") as file:
        return yaml.load(file, Loader=scenarios.Core)


def paths(value, path=""):
    """The value as lines; a task that calls or runs something is named by what that is."""
    if isinstance(value, dict):
        call = value.get("call")
        for name, inner in value.items():
            step = f"call:{call}/{name}" if isinstance(call, str) and name != "call" else name
            yield from paths(inner, f"{path}/{step}")
        yield path
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path)
        yield path
    else:
        yield f"{path}={value}"


def documents(scenario):
    if "text" in scenario:
        yield yaml.load(scenario["text"], Loader=scenarios.Core)
    else:
        body = dict(scenario.get("workflow", {}))
        body.update({"do": scenario["do"]} if "do" in scenario else {})
        yield scenarios.document(body)
    yield from scenario.get("children", [])


@functools.cache
def used():
    lines = []
    for path in sorted(glob.glob(os.path.join(scenarios.HERE, "*.yaml"))):
        for scenario in scenarios.read(path):
            expect = scenario.get("expect", {})
            if expect.get("status") == "refused":
                continue
            for document in documents(scenario):
                lines += paths(document)
            lines += paths({"expect": expect})
    return "\n".join(lines)


def test_each_row_has_an_entry_and_each_entry_a_row():
    assert sorted(index()) == sorted(rows())


@pytest.mark.parametrize("row", index())
def test_a_scenario_uses_it(row):
    missing = [pattern for pattern in index()[row] if not re.search(pattern, used(), re.M)]
    assert index()[row] and not missing, missing


def test_what_is_refused_is_no_proof():
    assert not re.search("schedule/evry=", used())
