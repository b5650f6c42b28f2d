# SPDX-License-Identifier: Apache-2.0
"""Waiting, retries and deadlines with real workers: nothing fires before its instant by
the database's clock, and what was missed while the daemon was down fires at once."""
import datetime

import pytest

import scenario
from children import eventually
from messages import read_topic

embedded_only = pytest.mark.parametrize("broker", ["embedded"], indirect=True)

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause:
      wait: '${ .wait }'
  - work: {call: noop, with: {}}
"""

# Fails with 504 the first time; one customer in ten has an expired card, which is not retried.
RETRIES = """
document: {dsl: '1.0.0', namespace: test, name: retries, version: '1.0.0'}
do:
  - pay:
      try:
        - charge:
            call: chargeCard
            with: {customer: '${ $workflow.input.name }', amount: 10}
      catch:
        retry:
          delay: {milliseconds: 400}
          backoff: {exponential: {}}
          limit: {attempt: {count: 4}}
        do:
          - unpaid: {set: {paid: false}}
"""

# Nobody does callLead in time: the delays double until the attempts are used up.
UNANSWERED = """
document: {dsl: '1.0.0', namespace: test, name: unanswered, version: '1.0.0'}
do:
  - call:
      try:
        - place:
            call: callLead
            with: {lead: '${ $workflow.input.name }'}
      catch:
        retry:
          delay: {milliseconds: 200}
          backoff: {exponential: {}}
          limit: {attempt: {count: 3}}
        do:
          - nobody: {set: {answered: false}}
"""

LONG = """
document: {dsl: '1.0.0', namespace: test, name: long, version: '1.0.0'}
do:
  - work:
      try:
        - transcribe:
            call: transcribeCall
            with: {call: call-1, seconds: SECONDS}
      catch:
        retry:
          delay: {milliseconds: 100}
          limit: {attempt: {count: 100}} # until the dead worker has left its group
"""


@pytest.fixture
def story(database, broker, topics, messages, publisher):
    return scenario.Scenario(database, broker, topics, messages, publisher)


def functions(topics, heartbeat="1s", timeout="30s"):
    return {"functions": [{"name": name, "topic": topics.requests, "timeout": timeout,
                           "heartbeat": heartbeat if name == "transcribeCall" else "0s"}
                          for name in ("noop", "callLead", "chargeCard", "transcribeCall")]}


def none_was_early(story):
    """By the history, and by when the broker's record of the request behind the wait was made."""
    assert story.database.value("SELECT count(*) FROM workflow.step WHERE kind = 'wait' AND due_at IS NULL") == 0
    assert story.database.query("SELECT run_id, due_at, ended_at FROM workflow.step"
                                " WHERE kind = 'wait' AND ended_at < due_at LIMIT 3") == []
    due = dict(story.database.query("SELECT run_id::text, extract(epoch FROM due_at) FROM workflow.step WHERE kind = 'wait'"))
    for record in read_topic(story.broker, story.topics.requests, 4):
        request = story.messages.worker_request(record.value()).request
        made = record.timestamp()[1] / 1000
        assert made >= float(due[request.run_id]) - 0.001, f"{request.run_id} was requested at {made}, due {due[request.run_id]}"


@embedded_only
def test_two_thousand_timers_at_one_instant(story, definitions, start_workflowd, start_worker):
    (definitions / "waits.yaml").write_text(WAITS)
    start_workflowd()
    start_worker()
    total = 2000
    instant = story.database.value("SELECT clock_timestamp()") + datetime.timedelta(seconds=8)
    text = instant.astimezone(datetime.timezone.utc).isoformat()
    story.publish("test/waits", total, data={"wait": text})
    eventually(lambda: story.runs("waiting_for = 'timer'") == total, 30, "all wait")
    waiting_since = story.database.value("SELECT clock_timestamp()")
    assert waiting_since < instant, "all waited before the instant"
    assert story.stuck() == []
    story.all_end()
    none_was_early(story)
    assert story.database.query("SELECT DISTINCT due_at FROM workflow.step WHERE kind = 'wait'") == [(instant,)]


@embedded_only
def test_two_kills_during_a_wait(story, definitions, start_workflowd, start_worker):
    (definitions / "waits.yaml").write_text(WAITS)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/waits", 20, data={"wait": "PT5S"})
    eventually(lambda: story.runs("waiting_for = 'timer'") == 20, 30, "all wait")
    for _ in range(2):
        daemon.kill()
        daemon.start()
        assert story.runs("waiting_for = 'timer'") == 20, "it was killed during the wait"
        assert story.stuck() == []
    story.all_end()
    none_was_early(story)


@embedded_only
def test_timers_missed_while_down_fire_at_once(story, definitions, start_workflowd, start_worker):
    (definitions / "waits.yaml").write_text(WAITS)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/waits", 20, data={"wait": "PT2S"})
    eventually(lambda: story.runs("waiting_for = 'timer'") == 20, 30, "all wait")
    daemon.kill()
    eventually(lambda: story.runs("next_wake_at < clock_timestamp()") == 20, 30, "all are due")
    assert story.ended() == 0
    daemon.start(wait=False)
    story.all_end(30)
    none_was_early(story)


@embedded_only
def test_retries_of_a_worker_that_fails_once(story, definitions, start_workflowd, start_worker):
    (definitions / "retries.yaml").write_text(RETRIES)
    start_workflowd()
    start_worker()
    story.publish("test/retries", 60)
    story.all_end()
    attempts = dict(story.database.query("SELECT r.output -> 'paid' IS NULL, max(a.attempt) FROM workflow.run r JOIN workflow.action a"
                                         " USING (run_id) GROUP BY 1"))
    assert attempts == {True: 2, False: 1}, "the bank answers the second time; an expired card is not tried again"
    early = story.database.value(
        "SELECT count(*) FROM workflow.event a JOIN workflow.event b USING (run_id)"
        " WHERE a.type = 'action.failed' AND a.attempt = 1 AND b.type = 'action.requested' AND b.attempt = 2"
        "   AND b.occurred_at - a.occurred_at < interval '0.4 s'")
    assert early == 0


@embedded_only
def test_deadline_without_an_answer_and_growing_delays(story, definitions, start_workflowd, topics):
    (definitions / "unanswered.yaml").write_text(UNANSWERED)
    start_workflowd(config=functions(topics, timeout="200ms"))
    story.publish("test/unanswered", 10)
    story.all_end()
    assert story.runs("status = 'completed' AND output ->> 'answered' = 'false'") == 10
    assert story.events("action.timed_out") == 40
    gaps = story.database.query(
        "SELECT b.attempt, min(b.occurred_at - a.occurred_at) FROM workflow.event a JOIN workflow.event b USING (run_id)"
        " WHERE a.type = 'action.timed_out' AND b.type = 'action.requested' AND b.attempt = a.attempt + 1 GROUP BY 1")
    wanted = {2: 0.2, 3: 0.4, 4: 0.8}
    assert {attempt for attempt, _ in gaps} == wanted.keys()
    assert all(gap.total_seconds() >= wanted[attempt] for attempt, gap in gaps), gaps
    early = story.database.value(
        "SELECT count(*) FROM workflow.event a JOIN workflow.event b USING (run_id, attempt)"
        " WHERE a.type = 'action.requested' AND b.type = 'action.timed_out' AND b.occurred_at - a.occurred_at < interval '0.2 s'")
    assert early == 0


@embedded_only
def test_heartbeats_keep_an_action_alive(story, definitions, start_workflowd, start_worker, topics):
    (definitions / "long.yaml").write_text(LONG.replace("SECONDS", "5"))
    start_workflowd(config=functions(topics, heartbeat="2s"))
    start_worker()
    story.publish("test/long", 3)
    story.all_end()
    assert story.runs("status = 'completed'") == 3
    assert story.events("action.timed_out") == 0
    assert story.database.query("SELECT DISTINCT attempt FROM workflow.action") == [(1,)]


def test_worker_dies_and_silence_fails_its_action(story, definitions, start_workflowd, start_worker, topics, broker):
    """Found long before the action's own deadline; the next worker does it again."""
    (definitions / "long.yaml").write_text(LONG.replace("SECONDS", "2"))
    start_workflowd(config=functions(topics, heartbeat="1s", timeout="300s"))
    worker = start_worker()
    story.publish("test/long", 3)
    eventually(lambda: read_topic(broker, topics.results, 4), 30, "a sign of life")
    worker.kill()
    eventually(lambda: story.events("action.timed_out") >= 3, 30, "silence is noticed")
    start_worker("second")
    story.all_end()
    assert story.runs("status = 'completed'") == 3
    assert story.database.value("SELECT min(attempt) FROM workflow.action") >= 2


@embedded_only
def test_silence_is_noticed_after_a_kill_too(story, definitions, start_workflowd, start_worker, topics, broker):
    """Though the deadline is a row by then, and rows know no heartbeats."""
    (definitions / "long.yaml").write_text(LONG.replace("SECONDS", "20"))
    daemon = start_workflowd(config={**functions(topics, heartbeat="2s", timeout="300s"), "guards": {"spill_after": "1s"}})
    worker = start_worker()
    story.publish("test/long", 3)
    eventually(lambda: len(read_topic(broker, topics.results, 4)) >= 12, 30, "signs of life")
    # No batch that asked for one is looked at by the next owner.
    eventually(lambda: story.database.value(
        "SELECT bool_and(b.guard_low > first.asked_in) FROM workflow.batch b JOIN (SELECT home, max(batch_no) AS newest, min(batch_no)"
        " FILTER (WHERE requests IS NOT NULL) AS asked_in FROM workflow.batch GROUP BY home) first ON first.home = b.home"
        " AND first.newest = b.batch_no WHERE first.asked_in IS NOT NULL"), 30, "the requests are behind guard_low")
    assert story.events("action.timed_out") == 0
    worker.kill()
    daemon.kill()
    daemon.start()
    eventually(lambda: story.events("action.timed_out") >= 3, 30, "silence is noticed")
