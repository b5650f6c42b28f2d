# SPDX-License-Identifier: Apache-2.0
"""workflowctl pause-intake and resume-intake: every instance leaves triggers in Kafka, all else
goes on, restarts change nothing, and when it goes on nothing is lost or taken twice."""
import functools
import json

import pytest

import workflowctl
from children import eventually

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - greet:
      call: callLead
      with: {lead: '${ .lead }'}
  - pause:
      wait: ${ $workflow.input.wait }
  - again:
      call: callLead
      with: {lead: '${ $workflow.input.lead }'}
"""


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


@pytest.fixture
def ctl(programs, database):
    return functools.partial(workflowctl.said, programs, database)


def status_of(database, recipient):
    return database.value("SELECT (SELECT status FROM workflow.run WHERE recipient_id = %s)", recipient)


def test_triggers_wait_and_all_else_goes_on(definitions, start_workflowd, start_worker, publisher, messages, topics, database, ctl):
    (definitions / "waits.yaml").write_text(WAITS)
    daemon = start_workflowd()
    start_worker()

    def send(name, wait):
        publisher.send(topics.triggers, messages.trigger(name, "test/waits", [("leads", name)], {"lead": name, "wait": wait}))
        publisher.flush()

    def said(path):
        return daemon.get(path)

    send("waits", "PT3S")
    send("sleeps", "PT1H")
    eventually(lambda: status_of(database, "waits") == status_of(database, "sleeps") == "waiting", 60, "both wait")
    state = json.loads(ctl("pause-intake", "--reason", "the CRM is down", "--json"))
    assert (state["paused"], state["changed"], state["reason"]) == (True, True, "the CRM is down")
    for number in range(50):
        send(f"late-{number}", "PT0S")
    # A timer, a worker's answer, a command.
    eventually(lambda: status_of(database, "waits") == "completed", 60, "timers and answers go on")
    database.query("SELECT workflow.cancel_run(run_id) FROM workflow.run WHERE recipient_id = 'sleeps'")
    eventually(lambda: status_of(database, "sleeps") == "cancelled", 60, "commands go on")
    assert database.value("SELECT count(*) FROM workflow.trigger") == 2
    eventually(lambda: "workflowd_intake_paused 1" in said("/metrics")[1], 10, "the metric says it")
    eventually(lambda: said("/readyz")[0] == 200 and "intake is paused" in said("/readyz")[1], 60, "it is ready, and says that it is paused")

    # It outlives a kill; who asks is told.
    daemon.kill()
    daemon.start()
    eventually(lambda: "workflowd_intake_paused 1" in said("/metrics")[1], 30, "it is paused after the restart")
    assert database.value("SELECT count(*) FROM workflow.trigger") == 2
    overview = json.loads(ctl("status", "--json"))["overview"]
    assert (overview["intake"], overview["intake_by"], overview["intake_reason"]) == ("paused", "postgres", "the CRM is down")
    again = json.loads(ctl("pause-intake", "--json"))
    assert (again["paused"], again["changed"], again["reason"]) == (True, False, "the CRM is down")

    assert ctl("resume-intake").startswith("intake is open since ")
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == 51, 60, "all are taken, once")
    assert database.value("SELECT count(*) FROM workflow.trigger") == 52
    assert database.value("SELECT count(*) FROM workflow.duplicate") == 0
    assert database.query("SELECT is_paused, changed_by, reason FROM workflow.intake") == [(False, "postgres", None)]
    eventually(lambda: "workflowd_intake_paused 0" in said("/metrics")[1], 10, "the metric says it")


def test_a_flood_is_cut_at_a_commit(definitions, start_workflowd, start_worker, publisher, messages, topics, database, ctl):
    """Once the pause is seen, not one more trigger is taken, while they keep coming."""
    (definitions / "waits.yaml").write_text(WAITS)
    daemon = start_workflowd()
    start_worker()
    sent = 0

    def send(count):
        nonlocal sent
        for number in range(sent, sent + count):
            publisher.send(topics.triggers, messages.trigger(f"f-{number}", "test/waits", [("leads", f"f-{number}")],
                                                             {"lead": f"f-{number}", "wait": "PT0S"}))
        publisher.flush()
        sent += count

    send(500)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.trigger") > 0, 60, "some are taken")
    ctl("pause-intake")
    eventually(lambda: send(50) or daemon.metric("workflowd_intake_paused") == 1, 30, "the pause is seen")
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NULL") == 0, 60, "what was begun is finished")
    taken = database.value("SELECT count(*) FROM workflow.trigger")
    send(200)
    assert json.loads(ctl("status", "--json"))["overview"]["intake"] == "paused"
    assert 0 < database.value("SELECT count(*) FROM workflow.trigger") == taken <= sent - 200
    ctl("resume-intake")
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == sent, 120, "then all")
