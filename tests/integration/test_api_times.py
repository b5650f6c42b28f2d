# SPDX-License-Identifier: Apache-2.0
"""Instants in the five products' answers: in the order in which things happened, and what
is planned lies ahead. (Their form is held by the expected answers.)"""
import datetime
import json

import pytest

import asked

QUESTIONS = list(asked.questions())
HOUR = datetime.timedelta(hours=1)


def instant(text):
    return text and datetime.datetime.fromisoformat(text)


def in_order(*texts):
    """Those that are there; what has none yet is passed over."""
    found = [instant(text) for text in texts if text]
    assert found == sorted(found)


def knock(run):
    in_order(run["inserted_at"], *(event["inserted_at"] for event in run["events"]))
    assert run["updated_at"] == run["events"][-1]["inserted_at"]
    assert run["error_count"] == sum(event["status"] == "error" for event in run["events"])


def leadping(answer):
    for run in answer["runs"]:
        ends = {"completed": "completedAt", "failed": "failedAt", "cancelled": "cancelledAt"}
        assert [name for name in ends.values() if run[name]] == ([ends[run["status"]]] if run["status"] in ends else [])
        end = run.get(ends.get(run["status"]))
        in_order(run["startedAt"], run["lastExecutionAt"], end, run["updatedAt"])
        in_order(*(event["occurredAt"] for event in run["events"]))
        assert run["updatedAt"] == run["events"][-1]["occurredAt"]
        for planned in ("nextExecutionAt", "nextRetryAt"):
            assert run[planned] is None or HOUR / 2 < instant(run[planned]) - instant(run["updatedAt"]) <= HOUR
        for action in run["actions"]:
            in_order(action["scheduledAt"], action["startedAt"], action["completedAt"], run["updatedAt"])
            in_order(action["scheduledAt"], action["startedAt"], action["failedAt"], run["updatedAt"])
            in_order(action["scheduledAt"], action["skippedAt"], run["updatedAt"])
            assert (action["skippedAt"] is not None) == (action["status"] == "skipped")


def dialnexa(answer):
    in_order(*(time for entry in answer["history"] for time in (entry["entered_at"], entry["exited_at"])))
    for entry in answer["history"]:
        assert entry["started_at"] == entry["entered_at"]
        if entry["status"] == "waiting":
            assert entry["exited_at"] is None and HOUR / 2 < instant(entry["ends_at"]) - instant(entry["entered_at"]) < 2 * HOUR
        else:
            assert entry["ended_at"] == entry["exited_at"]


def truestate(session):
    in_order(session["created_at"], *(step["created_at"] for step in session["steps"]))
    for step in session["steps"]:
        in_order(step["step"]["created_at"], step["created_at"], step["updated_at"], session["updated_at"])


def plannr(execution):
    if "data" in execution:
        return [plannr(one) for one in execution["data"]]
    in_order(execution["created_at"], *(step["created_at"] for step in execution["steps"]))
    for step in execution["steps"]:
        in_order(step["created_at"], step["executed_at"], step["updated_at"], execution["updated_at"])
        assert (step["executed_at"] is not None) == (step["status"] in ("completed", "failed"))
    return None


CHECKS = {"knock": knock, "leadping": leadping, "dialnexa": dialnexa, "truestate": truestate, "plannr": plannr}


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question.name not in ("knock/list", "knock/page")], ids=lambda q: q.name)
def test_the_order_of_instants(stage, question):
    CHECKS[question.product](json.loads(stage.ask(question)))


@pytest.mark.parametrize("name,items,id,created,is_newest_first", [
    ("knock/list", "items", "id", "inserted_at", True), ("knock/page", "items", "id", "inserted_at", True),
    ("plannr/list", "data", "uuid", "created_at", False), ("plannr/blueprint", "data", "uuid", "created_at", True)])
def test_the_order_of_lists(stage, name, items, id, created, is_newest_first):
    found = json.loads(stage.ask(next(question for question in QUESTIONS if question.name == name)))[items]
    ordered = found[::-1] if is_newest_first else found
    assert len(found) > 1 and [one[id] for one in ordered] == sorted(one[id] for one in found)
    in_order(*(one[created] for one in ordered))
