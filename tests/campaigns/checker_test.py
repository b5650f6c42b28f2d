# SPDX-License-Identifier: Apache-2.0
"""The judge sees what is wrong: each check, on tables that were good and are damaged."""
import pytest

import checker
from children import eventually
from stories import ONE_CALL, SLEEPS, all_ended, run_status

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)
BETWEEN = ("INSERT INTO workflow.event SELECT (jsonb_populate_record(e, jsonb_build_object('seq', {seq}, 'type', '{type}'{more}))).*"
           " FROM workflow.event e WHERE e.type = '{like}' AND e.run_id = (SELECT min(run_id::text)::uuid FROM workflow.run"
           " WHERE workflow = 'test/{workflow}')")


@pytest.fixture
def good(definitions, start_workflowd, start_worker, publisher, messages, topics, broker, database):
    """One completed run, one cancelled, one repeat."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    daemon = start_workflowd()
    start_worker()
    for _ in range(2):
        publisher.send(topics.triggers, messages.trigger("call", "test/one-call", ["a"], {"lead": "a"}), partition=0)
    publisher.send(topics.triggers, messages.trigger("sleep", "test/sleeps", ["a"]), partition=1)
    publisher.flush()
    run = eventually(lambda: run_status(database, "sleep"), 30, "it sleeps")[0][0]
    database.query("SELECT workflow.cancel_run(%s, 'enough')", run)
    all_ended(database, 2)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.duplicate"), 30, "the repeat is recorded")
    daemon.stop()
    judge = lambda: checker.everything(database, broker, topics, messages, {"call": 1, "sleep": 1}, repeats=1)  # noqa: E731
    judge()
    return judge


DAMAGES = {
    "a trigger is lost": ("DELETE FROM workflow.trigger WHERE event_id = 'call'", "lost, doubled"),
    # Into the columns that are not generated.
    "a run is doubled": ("DO $do$ DECLARE own text := (SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'workflow.run'::regclass"
                         " AND attnum > 0 AND attgenerated = ''); BEGIN EXECUTE format($$INSERT INTO workflow.run (%%1$s) SELECT %%1$s FROM"
                         " (SELECT (jsonb_populate_record(r, jsonb_build_object('run_id', left(run_id::text, 35) || 'e'))).* FROM workflow.run r"
                         " WHERE workflow = 'test/one-call') n$$, own); END $do$", "lost, doubled"),
    "an event is missing": ("DELETE FROM workflow.event WHERE type = 'run.started'", "with gaps"),
    "an event has no run": ("DELETE FROM workflow.run WHERE workflow = 'test/sleeps'", "lost, doubled|without a run"),
    "a status is wrong": ("UPDATE workflow.run SET status = 'faulted' WHERE workflow = 'test/one-call'", "differ"),
    "a result counts twice": (BETWEEN.format(seq="(SELECT last_seq + 1 FROM workflow.run r WHERE r.run_id = e.run_id)", type="action.completed",
                                             like="action.completed", workflow="one-call", more="")
                              + "; UPDATE workflow.run SET last_seq = last_seq + 1 WHERE workflow = 'test/one-call'", "ended twice"),
    "a cancelled run asks": (BETWEEN.format(seq="(SELECT last_seq + 1 FROM workflow.run r WHERE r.run_id = e.run_id)",
                                            type="action.requested", like="run.cancelled", workflow="sleeps", more=", 'action_no', 1, 'attempt', 1")
                             + "; UPDATE workflow.run SET last_seq = last_seq + 1 WHERE workflow = 'test/sleeps'", "after a cancel"),
    "a wait was short": ("UPDATE workflow.step SET status = 'completed', ended_at = due_at - interval '1 ms' WHERE kind = 'wait'", "before their instant"),
    "a repeat is forgotten": ("DELETE FROM workflow.duplicate", "were repeated"),
    "an offset is behind": ("UPDATE workflow.batch SET next_offset = 0 WHERE home = (SELECT home FROM workflow.home WHERE partition = 0"
                            " AND topic LIKE '%%.triggers')", "not read to their end"),
    "a request is unknown": ("UPDATE workflow.event SET attempt = 7 WHERE type = 'action.requested'", "never left"),
    "a record was set aside": ("INSERT INTO workflow.quarantine (topic, partition, record_offset, reason_code, reason)"
                               " VALUES ('t', 0, 0, 'undecodable', 'no')", "quarantined"),
}


def test_each_damage_is_seen(good, database):
    """One after the other on copies of the same good database."""
    name = database.name
    for what, (damage, seen) in DAMAGES.items():
        database.close()
        database.cluster.sql(f"CREATE DATABASE damaged TEMPLATE {name}")
        database.ask("damaged")
        try:
            database.query("SET row_security = off; " + damage)
            with pytest.raises(AssertionError, match=seen):
                good()
                print(f"not seen: {what}")
        finally:
            database.ask(name)
            database.cluster.sql("DROP DATABASE damaged WITH (FORCE)")
