# SPDX-License-Identifier: Apache-2.0
"""What people see of a run with branches: why it waits, at each; what happened, line by line; and the five products'
answers about it."""
import json

import pytest

import workflowctl
from children import eventually
from stories import HandWorker

BIG = """
document: {dsl: '1.0.3', namespace: test, name: big, version: '1.0.0'}
do:
  - gather:
      fork:
        branches:
          - paid: {listen: {to: {one: {with: {type: com.example.paid}}}}}
          - pause: {wait: PT2H}
          - ask: {call: callLead, metadata: {title: Call the lead, type: voice_call}}
          - child: {run: {workflow: {namespace: test, name: kid, version: latest}}}
          - again: {try: [{send: {call: sendMessage}}], catch: {retry: {delay: PT1H, limit: {attempt: {count: 3}}}}}
          - rows: {for: {in: '${ [1, 2] }'}, do: [{nap: {if: '${ $index == 1 }', wait: PT3H}}]}
          - quick: {set: {done: true}}
"""
KID = """
document: {dsl: '1.0.3', namespace: test, name: kid, version: '1.0.0'}
do: [{nap: {wait: PT3H}}]
"""
WAITS = {"paid": "event", "pause": "timer", "Call the lead": "action", "child": "child", "again": "retry", "nap": "timer"}


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


def test_a_run_with_branches(programs, definitions, database, broker, topics, messages, publisher, start_workflowd):
    (definitions / "big.yaml").write_text(BIG)
    (definitions / "kid.yaml").write_text(KID)
    start_workflowd()
    publisher.send(topics.triggers, messages.trigger("big", "test/big", [("leads", "ada")], tenant="acme"))
    publisher.flush()
    worker = HandWorker(broker, topics, messages, publisher)
    try:
        send = next(request for request in worker.requests(2) if request.function == "sendMessage")
        worker.answer(send.action_id, 1, send.reply_to.partition, failure={"type": "https://example.com/busy", "status": 503}, summary="All lines were busy")
    finally:
        worker.close()
    eventually(lambda: dict(database.query("SELECT step, waiting_for FROM workflow.waits WHERE workflow = 'test/big'")) == WAITS, 30,
               lambda: database.query("SELECT step, waiting_for FROM workflow.waits"))
    run_id, child = (database.value("SELECT run_id::text FROM workflow.run WHERE workflow = %s", f"test/{name}") for name in ("big", "kid"))
    why_it_waits(programs, database, run_id, child)
    what_happened(workflowctl.said(programs, database, "show", run_id, "--ascii"))
    answers_of_five_products(database, run_id)
    workflowctl.said(programs, database, "suspend", run_id, "--wait")
    assert dict(database.query("SELECT step, waiting_for FROM workflow.waits WHERE run_id = %s", run_id)) == WAITS
    workflowctl.said(programs, database, "cancel", run_id, "--wait")
    assert database.query("SELECT FROM workflow.waits") == []
    assert f"parent     {run_id}" in workflowctl.said(programs, database, "show", child)


def why_it_waits(programs, database, run_id, child):
    shown = json.loads(workflowctl.said(programs, database, "show", run_id, "--json"))
    assert shown["run"]["explanation"] == "waits at 6 places, listed below"
    waits = {row["step"]: row["waits"] for row in shown["waits"]}
    assert waits["paid"] == 'for events: {"one": {"with": {"type": "com.example.paid"}}}'
    assert waits["Call the lead"].startswith("for the result of callLead, attempt 1, given up at 20")
    assert waits["child"] == f"for the run {child}"
    assert waits["again"].endswith("to try again (retry 1 of 3), because of All lines were busy")
    assert waits["nap"].startswith("until 20")
    assert database.query("SELECT count(*) FROM workflow.stuck") == [(0,)]


def what_happened(text):
    """Of lines about other steps than the last one at their place, each names its own."""
    lines = [line[27:] for line in text.splitlines()]
    assert lines.index("|  +- paid (listen)") < lines.index("|  |  ~ listens for events")
    assert "|  |  +- send (call) in again" in lines
    assert "|  |  |  / nap: skipped: condition" in lines
    assert "|  |  @ turn 2" in lines
    assert any(line.startswith("|  |  @ again: tries again at 20") and line.endswith(": busy") for line in lines)
    assert any(line.startswith("|  |  > workflow requested, ") for line in lines)


def answers_of_five_products(database, run_id):
    """Each lists what is open in each branch; containers are left out."""
    names = {"paid", "pause", "Call the lead", "child", "send", "nap", "quick"}
    ask = database.value
    tasks = {entry["node_label"]: entry["status"] for entry in
             ask("SELECT workflow_api.dialnexa_history(workflow.workflow_id('test/big')::text, %s)", run_id)["history"]}
    assert tasks.keys() == names and tasks["quick"] == "completed" and tasks["Call the lead"] == "in_progress" and tasks["send"] == "waiting"
    session = ask("SELECT workflow_api.truestate_session(workflow.workflow_id('test/big'), %s)", run_id)
    assert session["status"] == "RUNNING"
    assert {step["step"]["name"]: step["status"] for step in session["steps"]}.items() >= {"quick": "FINISHED", "paid": "RUNNING", "send": "RUNNING"}.items()
    plannr = ask("SELECT workflow_api.plannr_execution(%s)", run_id)
    plannr = plannr.get("data", plannr)
    assert {step["name"] for step in plannr["steps"]} == names and plannr["status"] == "in_progress"
    leadping = ask("SELECT workflow_api.leadping_workflow_status('ada')")["runs"]
    actions = {action["stepDisplayName"]: action["status"] for run in leadping if run["id"] == run_id for action in run["actions"]}
    assert actions.items() >= {"pause": "waiting", "Call the lead": "running", "send": "retrying", "quick": "completed"}.items()
    knock = ask("SELECT workflow_api.knock_run(%s)", run_id)
    assert knock["status"] == "processing" and {"step_listening", "step_waiting", "step_retry_scheduled"} <= {event["event"] for event in knock["events"]}
