# SPDX-License-Identifier: Apache-2.0
"""A rehearsal goes through its workflow at once, asks no worker, and says what it did; and
what triggers says where they come from is kept, whatever kind of source it is."""
import json

import pytest

import workflowctl
from stories import HEAD, HandWorker, all_ended

JSON = [("content-type", b"application/json")]
FOLLOW_UP = HEAD.format(name="follow-up") + """
do:
  - firstCall:
      call: callLead
      with: {lead: "${ .lead }"}
  - pause:
      if: ${ .answered | not }
      wait: PT2H
  - secondCall:
      try:
        - again: {call: callLead}
        - refused: {raise: {error: {type: 'https://example.com/refused', status: 503}}}
      catch:
        retry: {delay: PT1H, limit: {attempt: {count: 2}}}
        do:
          - sorry: {set: {sorry: true}}
"""

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def worker(broker, topics, messages, publisher):
    worker = HandWorker(broker, topics, messages, publisher)
    yield worker
    worker.close()


def send(publisher, topics, *triggers):
    for trigger in triggers:
        publisher.send(topics.triggers, json.dumps({"workflow": "test/follow-up", "type": "lead.created", **trigger}).encode(),
                       headers=JSON, partition=1)
    publisher.flush()


def test_only_what_is_real_reaches_workers(definitions, start_workflowd, worker, publisher, topics, database, programs):
    (definitions / "follow-up.yaml").write_text(FOLLOW_UP)
    daemon = start_workflowd()
    send(publisher, topics,
         {"id": "plain", "source": {"kind": "rehearsal"}, "recipients": ["a", "b"], "data": {"lead": "7"}},
         {"id": "told", "source": {"kind": "rehearsal"}, "settings": {"results": {"firstCall": {"answered": True}}}},
         {"id": "sandbox", "settings": {"sandbox": True, "skip_delays": True}},
         {"id": "real", "recipients": ["c"]})
    request, = worker.requests()  # of one partition: the others were decided before it
    real = database.value("SELECT r.run_id::text FROM workflow.run r JOIN workflow.trigger t USING (trigger_id) WHERE t.event_id = 'real'")
    assert request.action_id == f"{real}:1"
    all_ended(database, 4)

    assert database.query("SELECT event_id, source_type, settings FROM workflow.trigger ORDER BY event_id") == [
        ("plain", "rehearsal", None), ("real", "api", None), ("sandbox", "api", {"sandbox": True, "skip_delays": True}),
        ("told", "rehearsal", {"results": {"firstCall": {"answered": True}}})]
    steps = ("SELECT s.name, s.status, s.outcome, s.retry_count, s.skip_code FROM workflow.step s JOIN workflow.run r USING (run_id)"
             " JOIN workflow.trigger t USING (trigger_id) WHERE t.event_id = %s AND r.recipient_id IS NOT DISTINCT FROM %s ORDER BY step_no")
    rest = [("secondCall", "completed", None, 2, None), ("again", "completed", "rehearsed", 2, None),
            ("refused", "faulted", None, 2, None), ("sorry", "completed", None, 0, None)]
    waited = [("firstCall", "completed", "rehearsed", 0, None), ("pause", "completed", "delay_skipped", 0, None), *rest]
    assert database.query(steps, "plain", "b") == waited
    assert database.query(steps, "sandbox", None) == waited
    assert database.query(steps, "told", None) == [waited[0], ("pause", "skipped", None, 0, "condition"), *rest]
    assert database.query("SELECT skip_code FROM workflow.run r JOIN workflow.trigger t USING (trigger_id) WHERE event_id = 'told'") == [("condition",)]
    assert database.query("SELECT DISTINCT status, outcome, requested_at, input FROM workflow.action WHERE run_id::text <> %s AND action_no = 1"
                          " ORDER BY input", real) == [("completed", "rehearsed", None, {"lead": None}), ("completed", "rehearsed", None, {"lead": "7"})]

    assert daemon.metric('workflowd_rehearsals_total{status="created"}') == 4
    assert daemon.metric('workflowd_rehearsals_total{status="completed"}') == 4
    workflowctl.said(programs, database, "verify", "--all")
    assert len(worker.requests()) == 1


def test_one_that_was_cancelled_before_it_came_is(definitions, start_workflowd, publisher, topics, database):
    (definitions / "follow-up.yaml").write_text(FOLLOW_UP)
    start_workflowd()
    send(publisher, topics, {"id": "first", "source": {"kind": "rehearsal"}, "recipients": ["x"]})
    all_ended(database, 1)
    time = database.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ')")
    database.query("SELECT workflow.cancel_by_key('deal', recipients => '[\"a\"]')")
    send(publisher, topics, {"id": "second", "source": {"kind": "rehearsal"}, "recipients": ["a", "b"], "cancellation_key": "deal", "time": time})
    all_ended(database, 3)
    assert database.query("SELECT recipient_id, status FROM workflow.run ORDER BY recipient_id") == [
        ("a", "cancelled"), ("b", "completed"), ("x", "completed")]


def test_sources_of_every_kind_are_kept(definitions, start_workflowd, publisher, topics, database):
    (definitions / "no-step.yaml").write_text(HEAD.format(name="no-step") + "do:\n  - note: {set: {a: 1}}\n")
    start_workflowd()
    kinds = {"api": {}, "audience": {"audience_key": "vip"}, "schedule": {"schedule_id": "daily-1"}, "broadcast": {"name": "spring"},
             "workflow_step": {"name": "another"}, "integration": {"name": "segment"}, "rehearsal": {}}
    recipients = ["u1", {"collection": "leads", "id": "l1"}]
    actors = ["u9", {"collection": "staff", "id": "s1"}]
    send(publisher, topics, *({"id": kind, "workflow": "test/no-step", "source": {"kind": kind, **more}, "recipients": recipients,
                               "actor": actor, "tenant": "acme", "cancellation_key": f"key-{kind}", "data": {"n": 1}}
                              for (kind, more), actor in zip(kinds.items(), [{"id": "u9"}, actors[1]] * 4)))
    all_ended(database, 14)
    assert {kind: tuple(row) for kind, *row in database.query(
        "SELECT source_type, event_id, audience_key, schedule_id, source_name, tenant, cancellation_key, recipient_count, actor FROM workflow.trigger")} == {
        kind: (kind, more.get("audience_key"), more.get("schedule_id"), more.get("name"), "acme", f"key-{kind}", 2, actor)
        for (kind, more), actor in zip(kinds.items(), actors * 4)}
    assert database.query("SELECT count(DISTINCT trigger_id), count(*) FROM workflow.run") == [(7, 14)]
    assert database.query("SELECT DISTINCT recipient_collection, recipient_id FROM workflow.run ORDER BY 2") == [("leads", "l1"), (None, "u1")]
