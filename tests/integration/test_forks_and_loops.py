# SPDX-License-Identifier: Apache-2.0
"""Runs with several open branches and with many turns, through the tables and a crash."""

import pytest

import workflowctl
from children import eventually

SIDES = """
document: {dsl: '1.0.3', namespace: test, name: sides, version: '1.0.0'}
do:
  - sides:
      fork:
        branches:
          - slow: {do: [{nap: {wait: PT6H}}, {after: {call: noop, with: {n: 1}}}]}
          - quick: {call: noop, with: {n: 2}}
          - race:
              fork:
                compete: true
                branches:
                  - late: {wait: PT3H}
                  - early: {call: noop, with: {n: 3}}
"""
TURNS = """
document: {dsl: '1.0.3', namespace: test, name: turns, version: '1.0.0'}
do:
  - first: {call: noop, with: {n: 1}, output: {as: '${ {} }'}}
  - rows:
      for: {each: row, in: '${ [range(100)] }'}
      do:
        - columns:
            for: {each: column, in: '${ [range(100)] }', at: at}
            do:
              - add: {set: {sum: '${ (.sum // 0) + $at }'}}
  - last: {call: noop, with: {sum: '${ .sum }'}}
"""


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


def verify_long(programs, database, code=0):
    """What `verify` says of the run of ten thousand turns, which it reads in pieces."""
    run = str(database.value("SELECT run_id FROM workflow.run WHERE recipient_id = 'turns'"))
    said = workflowctl.said(programs, database, "verify", run, code=code).splitlines()
    return sorted(line.replace(run + " ", "").split(":")[0] for line in said[:-1])


def damage_long(database):
    run = database.value("SELECT run_id FROM workflow.run WHERE recipient_id = 'turns'")
    database.query("UPDATE workflow.step SET name = 'else' WHERE run_id = %s AND step_no = 777", run)
    database.query("DELETE FROM workflow.step WHERE run_id = %s AND step_no = 5555", run)
    database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference, name, kind)"
                   " VALUES (%s, 99999, now(), 1, 1, 0, 'running', '/do/0/x', 'x', 'call')", run)
    database.query("UPDATE workflow.run SET error_count = 3 WHERE run_id = %s", run)
    database.query("UPDATE workflow.action SET function = 'else' WHERE run_id = %s AND action_no = 1", run)
    database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status) VALUES (%s, 99999, 1, now(), 1, 'running')", run)
    database.query("UPDATE workflow.snapshot SET state = replace(state::text, '\"entry_count\":', '\"entry_count\":1')::json WHERE run_id = %s", run)


def test_branches_and_turns(programs, definitions, database, topics, messages, publisher, start_workflowd, start_worker):
    (definitions / "sides.yaml").write_text(SIDES)
    (definitions / "turns.yaml").write_text(TURNS)
    daemon = start_workflowd("first")
    start_worker()
    publisher.send(topics.triggers, messages.trigger("sides", "test/sides", ["sides"]))
    publisher.send(topics.triggers, messages.trigger("turns", "test/turns", ["turns"]))
    publisher.flush()

    # What it waits for is said of all branches: one naps, the others are through.
    run = "SELECT {} FROM workflow.run WHERE recipient_id = 'sides'"
    eventually(lambda: database.query(run.format("waiting_for")) == [("timer",)], 30, "the branches that can go on have")
    assert database.query(run.format("current_reference, next_wake_at > now() + interval '5 hours', status")) == [
        ("/do/0/sides/fork/branches/0/slow/do/0/nap", True, "waiting")]
    steps = "SELECT step.name, step.status FROM workflow.step JOIN workflow.run USING (run_id) WHERE recipient_id = 'sides' ORDER BY step.reference COLLATE \"C\""
    assert database.query(steps) == [
        ("sides", "running"), ("slow", "running"), ("nap", "waiting"), ("quick", "completed"), ("race", "completed"),
        ("late", "cancelled"), ("early", "completed")]
    assert database.value("SELECT count(*) FROM workflow.stuck") == 0

    # Ten thousand turns: the same rows for each, and snapshots that do not grow with them.
    eventually(lambda: database.query("SELECT status FROM workflow.run WHERE recipient_id = 'turns'") == [("completed",)], 60, "all turns are over")
    of_turns = "FROM workflow.{} JOIN workflow.run USING (run_id) WHERE recipient_id = 'turns'"
    assert database.value("SELECT count(*) " + of_turns.format("step")) == 100 * 100 + 100 + 3
    assert 30_300 < database.value("SELECT count(*) " + of_turns.format("event")) < 30_600
    assert database.value("SELECT count(*) " + of_turns.format("event") + " AND event.type = 'step.iterated'") == 10_100
    assert database.query("SELECT action.input " + of_turns.format("action") + " ORDER BY action_no") == [({"n": 1},), ({"sum": 100 * 4950},)]
    assert database.value("SELECT coalesce(max(length(state::text)), 0) " + of_turns.format("snapshot")) < 10_000

    daemon.kill()
    start_workflowd("second")
    workflowctl.said(programs, database, "wake", str(database.value(run.format("run_id"))))
    eventually(lambda: database.value(run.format("status")) == "completed", 30, "the last branch has ended")
    assert "2 runs, 0 differ" in workflowctl.said(programs, database, "verify", "--all")
    assert verify_long(programs, database) == []
    assert database.value("SELECT count(*) FROM workflow.stuck") == 0
    damage_long(database)
    assert verify_long(programs, database, code=workflowctl.DIFFERS) == [
        "action 1 function", "action 99999", "run error_count", "snapshot state", "step 5555", "step 777 name", "step 99999"]
