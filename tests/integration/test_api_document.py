# SPDX-License-Identifier: Apache-2.0
"""docs/apis.md is true: its answers are those that are expected of the runs of the stage,
its tables have every field and every word, and the columns it names exist.

WORKFLOWD_WRITE_ANSWERS=1 puts the present answers into it."""
import json
import os
import pathlib
import re
import uuid

import pytest

import answer_text
import asked

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "apis.md"
HEADS = {"knock": "Knock", "leadping": "Leadping", "dialnexa": "DialNexa", "truestate": "TrueState", "plannr": "PlannrCRM"}
LISTS = {"knock": "items[].", "plannr": "data[]."}
QUESTIONS = {question.name: question for question in asked.questions()}
BLOCK = re.compile(r"^<!-- (\w+/\w+) -->\n(?:```\n(.*?)\n(SELECT .*?)\n```\n```json\n(.*?)^```\n)?", re.M | re.S)
SHOWN = ["knock/cyd", "knock/page", "leadping/cyd", "dialnexa/bob", "truestate/mia", "plannr/bob"]
TEXT = DOCUMENT.read_text()


def section(product):
    return re.search(rf"^## {HEADS[product]}\n(.*?)(?=^## )", TEXT, re.M | re.S)[1]


def fields(product):
    """{field: where it comes from} of a product's table."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section(product), re.M))


def found_in(value, path, known, seen):
    """Notes for each field of the answer whether it had a value; a field in the table is not looked into."""
    if path in known or not isinstance(value, (dict, list)):
        seen[path] = seen.get(path, False) or value not in (None, [], {})
    elif isinstance(value, list):
        for one in value:
            found_in(one, path + "[]", known, seen)
    else:
        for key, one in value.items():
            found_in(one, f"{path}.{key}".lstrip("."), known, seen)
    return seen


def without_list(product, path):
    return path.removeprefix(LISTS.get(product, "-"))


@pytest.mark.parametrize("product", HEADS)
def test_every_field_is_in_the_table_and_has_a_value_somewhere(product):
    table, seen = fields(product), {}
    for file in (asked.ANSWERS / product).glob("*.json"):
        value = json.loads(file.read_text())
        for one in (value[LISTS[product][:-3]] if LISTS.get(product, "-")[:-3] in value else [value]):
            found_in(one, "", table, seen)
        found_in({key: one for key, one in value.items() if key in ("page_info", "meta")}, "", table, seen)
    assert set(seen) == set(table)
    assert [path for path, has_value in seen.items() if not has_value] == []


@pytest.mark.parametrize("product", HEADS)
def test_the_columns_it_names_exist(stage, product):
    columns = {f"{table}.{column}" for table, column in stage.database.query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema IN ('workflow', 'workflow_api')")}
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", " ".join(fields(product).values())))
    assert named and named <= columns, named - columns


def test_the_words_of_types(stage):
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)`(?:, (\w+))? \| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", TEXT, re.M)
    assert sorted(rows) == sorted((type, knock, channel or "", *others) for type, knock, channel, *others in stage.database.query(
        "SELECT type, knock, knock_channel, leadping, dialnexa, truestate FROM workflow_api.word"))


def test_the_names_of_events(stage):
    named = set(re.findall(r"`((?:run|step|action|event)_[a-z_]+)`", section("knock").split("Event names:")[1].split("the set is open")[0]))
    assert named == {word.replace(".", "_") for word, in stage.database.query("SELECT word FROM workflow_api.label WHERE kind = 'event'")}


def test_the_errors_are_as_answered(stage, api):
    """The bodies, by one request of each product that finds nothing, and one without a key."""
    nobody = "00000000-0000-7000-8000-000000000000"
    paths = {"Knock": f"/knock/v1/workflow_recipient_runs/{nobody}", "Leadping": "/leadping/leads/nobody/workflow-status",
             "DialNexa": f"/dialnexa/v1/workflows/sales%2Ffollow-up/leads/{nobody}/history",
             "TrueState": f"/truestate/automations/{nobody}/sessions/{nobody}/", "Plannr": f"/plannr/api/v1/automation-executions/{nobody}"}
    head, _, bodies = re.search(r"^(\| error \|.*)\n(.*)\n(\| body \|.*)$", TEXT, re.M).groups()
    for product, body in zip([cell.strip() for cell in head.split("|")[2:-1]], bodies.split("|")[2:-1]):
        for key, status in ((stage.key(), 404), (None, 401)):
            answer = api.get(paths[product], key)
            assert answer.status == status and list(answer.json()) == re.findall(r"\w+", re.search(r"`{(.*?)}`", body)[1])


# ---- what is shown


def ids_of(text, stage):
    """Of what kind each id in a shown answer is. A trigger's id stands where Knock and Leadping have it."""
    triggers = set(re.findall(r'"(?:workflow_run_id|correlationId)": "([^"]+)"', text))
    kinds = stage.kinds()
    return {id: "trigger" if id in triggers else "run" if uuid.UUID(id).version == 7 else kinds.get(id, "step") for id in answer_text.UUID.findall(text)}


def test_it_shows_an_answer_of_each():
    assert [name for name, *_ in BLOCK.findall(TEXT)] == SHOWN
    assert {name.split("/")[0] for name in SHOWN} == set(HEADS)


@pytest.mark.parametrize("name", SHOWN)
def test_the_answer_it_shows(stage, name):
    question = QUESTIONS[name]
    if os.environ.get("WORKFLOWD_WRITE_ANSWERS"):
        write(stage, question)
    path, statement, answer = next(rest for found, *rest in BLOCK.findall(DOCUMENT.read_text()) if found == name)
    assert answer_text.pretty(answer_text.normal(answer, question.product, ids_of(answer, stage))) == question.file.read_text()
    for line, template in ((path, "GET " + question.path), (statement, f"SELECT workflow_api.{question.call};")):
        pattern = "([0-9a-zA-Z_-]+)".join(re.escape(part) for part in re.split(r"{[^}]*}", template))
        asked_for = re.fullmatch(pattern, line)
        assert asked_for, f"{line} is not {template}"
        assert all(id in answer for id in asked_for.groups() if answer_text.UUID.fullmatch(id))


def write(stage, question):
    path = stage.path(question)
    statement = f"SELECT workflow_api.{stage.fill(question.call)};"
    block = f"<!-- {question.name} -->\n```\nGET {path}\n{statement}\n```\n```json\n{answer_text.pretty(answer_text.tokens(stage.ask(question)))}```\n"
    DOCUMENT.write_text(BLOCK.sub(lambda found: block if found[1] == question.name else found[0], DOCUMENT.read_text()))


def test_the_statements_about_views(stage):
    """Each gives rows to a reader."""
    views = re.search(r"^## Views\n(.*)", TEXT, re.M | re.S)[1]
    named = set(re.findall(r"^\| `workflow_api\.(\w+)` \|", views, re.M))
    assert named == {"runs", "steps", "actions", "events", "waiting", "failures"}
    statements = re.findall(r"^(SELECT .*?);$", views, re.M | re.S)
    assert len(statements) >= 3
    for statement in statements:
        assert stage.by_sql("story_reader", statement) is not None
