# SPDX-License-Identifier: Apache-2.0
"""What operators do in SQL reaches the runs: cancels by key and by filter, replays; and a
trigger with many recipients is made piece by piece, whoever dies meanwhile."""
import json

from children import eventually

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: %s, version: '1.0.0'}
do:
  - rest:
      wait: {hours: 1}
"""


def runs(database, status):
    return database.value("SELECT count(*) FROM workflow.runs WHERE status = %s", status)


def applied(database, group):
    """Whether every home has applied it."""
    return database.value("SELECT count(*) > 0 AND bool_and(state = 'applied') FROM workflow.command_status(%s)", group)


def trigger(publisher, topics, id, recipients, **fields):
    message = {"id": id, "workflow": "test/rests", "recipients": recipients, **fields}
    publisher.send(topics.triggers, json.dumps(message).encode(), key=id, headers=None)


def test_a_key_is_cancelled_wherever_its_runs_live(definitions, start_workflowd, publisher, topics, database):
    (definitions / "rests.yaml").write_text(WAITS % "rests")
    start_workflowd()
    for number in range(20):
        trigger(publisher, topics, f"t-{number}", ["lead-1", "lead-2"], tenant="acme", cancellation_key=f"deal-{number % 2}")
    publisher.flush()
    eventually(lambda: runs(database, "waiting") == 40, 60, "runs wait")
    group = database.value("SELECT workflow.cancel_by_key('deal-1', 'acme', recipients => '[\"lead-2\"]', reason => 'signed')")
    eventually(lambda: applied(database, group), 30, "the cancellation is applied")
    assert database.query("SELECT recipient_id, status, reason_text, count(*) FROM workflow.runs WHERE status = 'cancelled'"
                          " GROUP BY 1, 2, 3") == [("lead-2", "cancelled", "signed", 10)]
    assert database.value("SELECT sum(runs) FROM workflow.command_status(%s)", group) == 10
    group = database.value("SELECT workflow.cancel_by_key('deal-1', 'acme')")
    eventually(lambda: applied(database, group), 30, "the rest is cancelled")
    assert (runs(database, "waiting"), runs(database, "cancelled")) == (20, 20)
    # One that happened before the cancellation but comes after it.
    trigger(publisher, topics, "late", ["lead-3"], tenant="acme", cancellation_key="deal-1", time="2020-01-01T00:00:00Z")
    publisher.flush()
    eventually(lambda: database.query("SELECT status FROM workflow.runs WHERE recipient_id = 'lead-3'") == [("cancelled",)], 30, "it is cancelled as it comes")
    assert database.query("SELECT * FROM workflow.stuck") == []


def test_many_runs_are_cancelled_by_a_filter(definitions, start_workflowd, publisher, topics, database):
    (definitions / "rests.yaml").write_text(WAITS % "rests")
    start_workflowd()
    for number in range(50):
        trigger(publisher, topics, f"t-{number}", [f"lead-{n}" for n in range(10)], tenant="acme" if number % 5 else "beta")
    publisher.flush()
    eventually(lambda: runs(database, "waiting") == 500, 60, "runs wait")
    assert database.value("SELECT workflow.cancel_runs(tenant => 'acme')") == 400
    eventually(lambda: runs(database, "cancelled") == 400, 60, "all of them are cancelled")
    assert database.value("SELECT count(*) FROM workflow.command") == 0
    assert database.value("SELECT count(*) FROM workflow.command_applied WHERE result = 'applied' AND run_count = 1") == 400


def test_a_quarantined_trigger_starts_once_its_workflow_is_there(definitions, start_workflowd, publisher, topics, database):
    daemon = start_workflowd()
    trigger(publisher, topics, "t-1", ["lead-1"])
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.quarantine") == 1, 60, "nobody knows the workflow")
    (definitions / "rests.yaml").write_text(WAITS % "rests")
    daemon.stop()
    daemon.start()
    database.query("SELECT workflow.replay_quarantine(quarantine_id) FROM workflow.quarantine")
    eventually(lambda: runs(database, "waiting") == 1, 60, "it starts")
    eventually(lambda: database.value("SELECT state FROM workflow.quarantined") == "replayed", 30, "the replay is done")
    assert database.query("SELECT event_id, topic FROM workflow.triggers") == [("t-1", topics.triggers)]


def test_a_large_trigger_goes_on_after_kills(definitions, start_workflowd, publisher, topics, database):
    total = 20000
    (definitions / "rests.yaml").write_text(WAITS % "rests")
    daemon = start_workflowd()
    trigger(publisher, topics, "t-1", [f"lead-{n}" for n in range(total)])
    publisher.flush()
    made = 0
    for _ in range(3):
        eventually(lambda: database.value("SELECT count(*) FROM workflow.run") > made, 60, "runs are made")
        made = database.value("SELECT count(*) FROM workflow.run")
        daemon.kill()
        daemon.start(wait=False)
    eventually(lambda: runs(database, "waiting") == total, 120, "all runs are there")
    assert database.value("SELECT count(*) FROM workflow.fanout") == 0
    assert database.value("SELECT count(DISTINCT recipient_id) FROM workflow.run") == total
