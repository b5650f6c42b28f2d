# SPDX-License-Identifier: Apache-2.0
"""The stories of the five products: runs that the daemon has brought to every state there
is, told whole in the form of each product by SQL, byte for byte but for ids and times
(tests/lib/stage.py has the story, tests/lib/asked.py the questions).

WORKFLOWD_WRITE_ANSWERS=1 writes what comes as what is expected: read it before it is kept."""
import difflib
import json
import os

import pytest

import answer_text
import asked
from children import eventually

QUESTIONS = list(asked.questions())
every_question = pytest.mark.parametrize("question", QUESTIONS, ids=[question.name for question in QUESTIONS])


def compare(stage, question):
    found = answer_text.pretty(answer_text.normal(stage.ask(question), question.product, stage.kinds()))
    if os.environ.get("WORKFLOWD_WRITE_ANSWERS"):
        question.file.parent.mkdir(exist_ok=True)
        question.file.write_text(found)
    expected = question.file.read_text()
    assert found == expected, "\n".join(difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=8, lineterm=""))


RUN, TRIGGER = "01a203b4-17eb-7006-8000-004180000001", "01a203b4-17eb-7006-8000-004180000000"


@pytest.mark.parametrize("text,is_same", [
    (f'{{ "id":"{TRIGGER}","at":"2026-01-31T09:00:59Z","n":1 }}', True),
    (f'{{"id":"{TRIGGER}","at":"2026-01-31T09:00:59.5Z","n":1}}', False),
    (f'{{"id":"{TRIGGER}","at":"2026-01-31T09:00:59+00:00","n":1}}', False),
    (f'{{"id":"{TRIGGER}","at":null,"n":1}}', False),
    (f'{{"id":"{TRIGGER}","at":"2026-01-31T09:00:59Z","n":"1"}}', False),
    (f'{{"id":"{TRIGGER}","at":"2026-01-31T09:00:59Z","n":1.0}}', False),
    (f'{{"at":"2026-01-31T09:00:59Z","id":"{TRIGGER}","n":1}}', False),
    (f'{{"id":"{TRIGGER[:-1]}7","at":"2026-01-31T09:00:59Z","n":1}}', False),
])
def test_the_comparison_sees(text, is_same):
    """Every difference but blanks, ids of the same kind and instants of the same form."""
    one = f'{{"id":"{RUN}","at":"2026-11-22T10:00:00Z","n":1}}'
    kinds = {RUN: "run", TRIGGER: "run"}
    assert (answer_text.normal(text, "knock", kinds) == answer_text.normal(one, "knock", kinds)) == is_same


def test_each_answer_is_asked_for():
    assert sorted(asked.ANSWERS.glob("*/*.json")) == sorted(question.file for question in [*QUESTIONS, asked.CANCELLED])


@every_question
def test_the_answer_by_sql(stage, question):
    compare(stage, question)


def test_truestates_cancel(stage):
    """The session as it was is answered; the run's owner obeys a moment later."""
    before = stage.ask(asked.CANCELLED)
    cancel = stage.fill(asked.CANCELLED.call).replace("truestate_session(", "truestate_cancel(").replace(")", ", 'olga')")
    assert stage.by_sql("story_admin", f"SELECT (workflow_api.{cancel})::text") == before
    eventually(lambda: json.loads(stage.ask(asked.CANCELLED))["status"] == "FAILED", 30, "the session is cancelled")
    compare(stage, asked.CANCELLED)
    assert stage.by_sql("story_admin", f"SELECT (workflow_api.{cancel})::text") == stage.ask(asked.CANCELLED)
