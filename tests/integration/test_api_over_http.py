# SPDX-License-Identifier: Apache-2.0
"""The stories of the five products over HTTP: what workflowd-api answers is, to the byte,
what SQL gives, which test_api_answers.py holds to what is expected; and it is as
docs/openapi.yaml has it."""
import json
import re

import pytest

import asked
from answer_text import UUID
from children import eventually
from test_openapi import conforms, operations

every_question = pytest.mark.parametrize("question", list(asked.questions()), ids=lambda question: question.name)


@every_question
def test_the_answer_by_http(stage, api, question):
    answer = api.get(stage.path(question), stage.key(question.tenant, "operator" if question.operator else "reader"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json"), answer.body
    assert answer.body.decode() == stage.ask(question)
    path = stage.path(question).split("?")[0]
    conforms(next(operation for (method, form), operation in operations().items()
                  if method == "get" and re.fullmatch(re.sub(r"{\w+}", "[^/]+", form), path)), answer)


@every_question
def test_another_tenants_is_not_there(stage, api, question):
    """Nothing of it is shown, whoever asks; of what is one run's, nor that it exists."""
    own = {run for run, in stage.database.query("SELECT run_id::text FROM workflow.run WHERE tenant = %s", question.tenant)}
    for role in ("reader", "operator"):
        answer = api.get(stage.path(question), stage.key("globex" if question.tenant == "acme" else "acme", role))
        assert answer.status == (200 if question.is_list else 404)
        # The path names what is asked for, and Leadping's problem repeats it.
        assert not own & set(UUID.findall(answer.body.decode().replace(stage.path(question), "")))


def test_a_lead_of_several_names(stage, api):
    """DialNexa's lead is a run or a recipient, its workflow an id or a name."""
    said = [api.get(f"/dialnexa/v1/workflows/{workflow}/leads/{lead}/history", stage.key())
            for workflow in (stage.fill("{id:sales/follow-up}"), "sales%2Ffollow-up") for lead in (stage.run_id("bob"), "bob")]
    assert [answer.status for answer in said] == [200] * 4 and len({answer.body for answer in said}) == 1
    tag = said[0].headers["etag"]
    again = api.get("/dialnexa/v1/workflows/sales%2Ffollow-up/leads/bob/history", stage.key(), {"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_truestates_cancel(stage, api):
    """The session as it was is answered; the run's owner obeys a moment later."""
    path = stage.fill(f"/truestate/automations/{{id:{asked.BRIEF}}}/sessions/{{rex@{asked.BRIEF}}}/")
    before = api.get(path, stage.key("globex"))
    assert json.loads(before.body)["status"] == "RUNNING"
    assert api.ask("PATCH", path + "cancel", stage.key("acme", "operator")).status == 404
    assert api.ask("PATCH", path + "cancel", stage.key("globex")).status == 403
    answer = api.ask("PATCH", path + "cancel", stage.key("globex", "operator"))
    assert (answer.status, answer.body) == (200, before.body)
    eventually(lambda: api.get(path, stage.key("globex")).json()["status"] == "FAILED", 30, "the session is cancelled")
    after = api.get(path, stage.key("globex"))
    assert after.json()["error"] == "cancelled"
    again = api.ask("PATCH", path + "cancel", stage.key("globex", "operator"))
    assert (again.status, again.body) == (200, after.body)
