# SPDX-License-Identifier: Apache-2.0
"""Upkeep beside a daemon that works, what it measures, and when it says that it is not ready."""
import contextlib
import pathlib
import re

import psycopg2
import pytest
import yaml

import checker
import scenario
from children import eventually

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause: {wait: '${ .wait }'}
  - work: {call: noop, with: {}}
"""

QUIET = """
document: {dsl: '1.0.0', namespace: test, name: quiet, version: '1.0.0'}
do:
  - note: {set: {name: '${ .name }'}}
"""

ALERTS = pathlib.Path(__file__).resolve().parents[2] / "config" / "workflowd-alerts.yaml"

# What refers to a run or trigger by its id.
IDS = {"trigger": ["trigger_id"], "event": ["run_id"], "run": ["run_id", "trigger_id"], "step": ["run_id"], "action": ["run_id"],
       "timer": ["run_id"], "snapshot": ["run_id"]}


@pytest.fixture
def story(database, broker, topics, messages, publisher, definitions):
    (definitions / "waits.yaml").write_text(WAITS)
    (definitions / "quiet.yaml").write_text(QUIET)
    return scenario.Scenario(database, broker, topics, messages, publisher)


def samples(daemon):
    """{(metric, labels as printed): value}"""
    status, text = daemon.get("/metrics")
    assert status == 200
    return {(name, labels or ""): float(value) for name, labels, value in re.findall(r"^(\w+)(\{.*\})? (\S+)$", text, re.M)}


def keep_until_done(database):
    deeds = []
    while True:
        did = database.query("SELECT deed, object FROM workflow.maintain() WHERE amount > 0")
        deeds += did
        if not did or did[-1][0] != "again":
            return deeds


def make_old(database, week):
    """Everything there is moves to that week: as if it had been accepted then, and what has ended had ended then."""
    database.query("SELECT workflow.ensure_partitions(ARRAY[%s::timestamptz], '{}')", week)
    for table, columns in IDS.items():
        for column in columns:
            database.query(f"UPDATE workflow.{table} SET {column} = overlay({column}::text PLACING left(workflow.uuid_at(%s)::text, 13) FROM 1)::uuid", week)
    database.query("UPDATE workflow.run SET created_at = %s, ended_at = CASE WHEN ended_at IS NOT NULL THEN %s::timestamptz END", week, week)


def test_a_run_older_than_retention_goes_on(story, start_workflowd, start_worker, database):
    """Its week is dropped under a daemon that works, with all that has ended; the run itself waits on and ends as it should."""
    daemon = start_workflowd()
    start_worker()
    story.publish("test/quiet", 200, prefix="ended")
    story.publish("test/waits", 3, prefix="open", data={"wait": "PT3H"})
    eventually(lambda: story.runs("status = 'completed'") == 200 and story.runs("waiting_for = 'timer'") == 3, 30, "all are there")
    daemon.stop()
    make_old(database, "2020-01-14 12:00Z")
    # Upkeep at the start must not be faster than the daemon's own look at the runs.
    database.query("SELECT workflow.change_setting('retention.runs', '50 years')")
    daemon.start()
    first = database.query("SELECT run_id FROM workflow.run WHERE ended_at IS NULL ORDER BY 1")[0][0]
    database.query("SELECT workflow.suspend_run(%s)", first)  # it is in memory from now on
    eventually(lambda: story.runs("status = 'suspended'") == 1, 30, "it is suspended")
    database.query("SELECT workflow.change_setting('retention.runs', '90 days')")
    story.wanted.clear()
    story.publish("test/quiet", 300, prefix="meanwhile")
    assert ("dropped but for runs that stay", "20200113") in keep_until_done(database)
    old = "run_id < workflow.uuid_at('2020-02-01Z')"
    assert (story.runs(old), story.runs(f"{old} AND ended_at IS NULL")) == (3, 3)
    assert database.value(f"SELECT count(DISTINCT run_id) FROM workflow.event WHERE {old}") == 3
    database.query("SELECT workflow.resume_run(%s)", first)
    database.query(f"SELECT workflow.wake_run(run_id) FROM workflow.run WHERE {old}")
    eventually(lambda: story.ended() == 303, 60, "all have ended")
    assert story.runs("status <> 'completed'") == 0
    checker.histories_are_gapless(database)
    checker.status_agrees_with_history(database)
    assert story.stuck() == []
    keep_until_done(database)
    assert story.runs(old) == 3, "what ended just now stays"


def test_one_instance_keeps_and_tells(story, start_workflowd, database):
    first = start_workflowd("first")
    story.publish("test/waits", 7, prefix="open", data={"wait": "PT1H"})
    story.publish("test/quiet", 5, prefix="done")
    eventually(lambda: story.runs("waiting_for = 'timer'") == 7 and story.ended() == 5, 30, "all are there")
    eventually(lambda: samples(first)["workflowd_keeper", ""] == 1, 30, "the first keeps the tables")
    second = start_workflowd("second", wait=False)
    eventually(lambda: second.get("/metrics"), 30, "it answers")
    assert samples(second)["workflowd_keeper", ""] == 0
    assert "workflowd_table_bytes" not in {name for name, _ in samples(second)}
    # Another takes its place.
    first.kill()
    waiting = ("workflowd_open_runs", '{workflow="test/waits",status="waiting"}')
    eventually(lambda: samples(second).get(waiting) == 7, 30, "the second counts")
    eventually(second.ready, 30, "it has all partitions")
    told = samples(second)
    assert told["workflowd_keeper", ""] == 1
    assert told["workflowd_stuck_runs", ""] == 0
    assert {labels for name, labels in told if name == "workflowd_open_runs"} == {waiting[1]}
    ahead = {labels: value for (name, labels), value in told.items() if name == "workflowd_partitions_ahead_seconds"}
    assert len(ahead) == len(IDS) and min(ahead.values()) > 14 * 86400
    assert told["workflowd_table_waiting_rows", '{table="command"}'] == 0
    assert told["workflowd_table_bytes", '{table="event"}'] > 0
    assert 0 <= told["workflowd_upkeep_age_seconds", ""] < 600
    # Every metric that an alert speaks of is shown by a daemon, once what it counts has happened.
    alarms = {name for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
              for name in re.findall(r"\bworkflowd_\w+", rule["expr"])}
    rare = {"workflowd_gaps_total", "workflowd_quarantined_total", "workflowd_reloads_total", "workflowd_store_waiting"}
    # A new owner's lag is known with its first fetch.
    eventually(lambda: alarms - rare <= {name for name, _ in samples(second)}, 30, "all metrics are shown")


@contextlib.contextmanager
def held(database, table):
    """Nobody can write the table."""
    with contextlib.closing(psycopg2.connect(database.conninfo)) as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE workflow.{table} IN SHARE MODE")
        yield
        connection.rollback()


def test_not_ready_by_age(story, start_workflowd, database):
    """A transaction that does not end, a timer that does not fire, a record that is not taken: each is a reason."""
    daemon = start_workflowd(config={"readiness": {"timer_age": "1s", "record_age": "1s", "commit_age": "1s"}})
    story.publish("test/waits", 8, prefix="waits", data={"wait": "PT2S"})
    eventually(lambda: story.runs("waiting_for = 'timer'") == 8, 30, "all wait")
    assert daemon.ready()
    with held(database, "batch"):
        story.publish("test/quiet", 40)
        reasons = ("a transaction has been under way for", "a timer has been due for", "a record has waited for")
        for reason in reasons:
            eventually(lambda: reason in daemon.get("/readyz")[1], 30, lambda: f"{reason}, not {daemon.get('/readyz')}")
        assert daemon.get("/readyz")[0] == 503
        assert daemon.get("/healthz") == (200, "ok\n")
        told = samples(daemon)
        assert told["workflowd_ready", ""] == 0
        for metric in ("workflowd_last_commit_age_seconds", "workflowd_oldest_due_timer_age_seconds", "workflowd_ingest_oldest_record_age_seconds"):
            assert told[metric, ""] > 1, metric
        assert sum(value for (name, labels), value in told.items() if name == "workflowd_ingest_lag_records") == 40
    eventually(daemon.ready, 30, "ready again")
    eventually(lambda: story.runs("workflow = 'test/quiet' AND ended_at IS NOT NULL") == 40, 30, "all records are taken")
    lag = [value for (name, labels), value in samples(daemon).items() if name == "workflowd_ingest_lag_records"]
    assert sum(lag) == 0 and len(lag) == 12


def test_upkeep_that_cannot_have_a_lock_holds_no_batch_up(story, start_workflowd, database):
    """A reader that never ends keeps an old week; work goes on beside upkeep that tries again and again."""
    start_workflowd()
    story.publish("test/quiet", 1, prefix="first")
    eventually(lambda: story.ended() == 1, 30, "it works")
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    with contextlib.closing(psycopg2.connect(database.conninfo)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow.event")
        story.publish("test/quiet", 200, prefix="beside")
        while story.ended() < 201:
            assert ("put off", "20200106") in keep_until_done(database)
        slowest = database.value("SELECT max(ended_at - created_at) < interval '5 s' FROM workflow.run")
        assert slowest
    assert ("dropped", "20200106") in keep_until_done(database)
