# SPDX-License-Identifier: Apache-2.0
"""How long things are kept can be changed within bounds; how large and how old they are is seen."""
import datetime

import psycopg2
import pytest

from old_runs import belongings, deeds, partitions, run


# ---- settings ---------------------------------------------------------------


def test_a_setting_is_changed_and_takes_effect(database):
    database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, workflow, event_id)"
                   " SELECT gen_random_uuid(), now() - interval '2 days', 0, 0, 't', 'w', 'e'")
    deeds(database)
    assert database.value("SELECT count(*) FROM workflow.duplicate") == 1
    assert str(database.value("SELECT workflow.change_setting('retention.duplicates', '1 day')::text")) == "30 days"
    deeds(database)
    assert database.value("SELECT count(*) FROM workflow.duplicate") == 0


@pytest.mark.parametrize("name,value,code", [
    ("retention.run", "1 day", "P0002"),
    ("retention.runs", "23 hours", "22023"),
    ("retention.runs", "101 years", "22023"),
    ("timers.ahead", "28 days", "22023"),
    ("retention.runs", None, "22023"),
])
def test_a_setting_out_of_bounds_is_refused(database, name, value, code):
    with pytest.raises(psycopg2.Error) as raised:
        database.query("SELECT workflow.change_setting(%s, %s::interval)", name, value)
    assert raised.value.pgcode == code
    assert "retention.runs" in str(raised.value) or "timers.ahead" in str(raised.value)


def test_bounds_hold_whatever_changes_the_table(database):
    with pytest.raises(psycopg2.errors.CheckViolation):
        database.query("UPDATE workflow.setting SET value = '0' WHERE name = 'retention.runs'")


def test_partitions_ahead_follow_their_setting(database):
    before = len(partitions(database, "run"))
    database.query("SELECT workflow.change_setting('partitions.ahead', '70 days')")
    deeds(database)
    assert len(partitions(database, "run")) == before + 7


# ---- what is measured -------------------------------------------------------

# Tables whose size follows what is published or consumed, and not time.
FIXED = {"cluster", "correlation_path", "dedupe_generation", "definition", "definition_generation", "event_window", "home", "intake", "migration", "reader_tenant", "schedule", "setting", "task"}
# Bounded by what they wait for: each row goes when it has been carried out.
TRANSIENT = {"command", "fanout", "gathered", "gathering", "handover", "subscription"}


def status(database):
    columns = "object, setting, keeps, rows, bytes, oldest, waiting, waiting_since, covered_until"
    return {row[0]: dict(zip(columns.split(", "), row)) for row in database.query(f"SELECT {columns} FROM workflow.upkeep_status()")}


def test_everything_that_grows_is_measured_and_bounded(database):
    """A new table without a decision fails here."""
    tables = {name for name, in database.query(
        "SELECT regexp_replace(relname, '_[0-9]$', '') FROM pg_class WHERE relnamespace = 'workflow'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition")}
    measured = status(database)
    assert set(measured) == tables
    bounded = {name for name, row in measured.items() if row["setting"]}
    assert bounded == tables - FIXED - TRANSIENT
    for name in bounded - {"tombstone"}:  # retention.tombstones is the daemon's configuration
        assert measured[name]["keeps"] is not None


def test_every_setting_bounds_something(database):
    used = {row["setting"] for row in status(database).values()} | {"partitions.ahead", "timers.ahead"}
    assert {name for name, in database.query("SELECT name FROM workflow.setting")} == used - {None, "retention.tombstones"}


def test_sizes_and_ages_are_seen(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{2020-01-06Z}')")
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    empty = status(database)
    belongings(database, run(database, "2020-01-07T12:00Z", True))
    database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) VALUES (1, 1, '2020-01-06 12:00Z', gen_random_uuid())")
    database.query("INSERT INTO workflow.dedupe_1 VALUES (gen_random_uuid(), workflow.uuid_at('2020-01-01Z'))")
    database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, workflow, event_id)"
                   " VALUES (gen_random_uuid(), '2020-01-02Z', 0, 0, 't', 'w', 'e')")
    database.query("INSERT INTO workflow.quarantine (created_at, state, record_offset, partition, topic, reason_code, reason)"
                   " VALUES ('2020-01-03Z', 'replayed', 0, 0, 't', 'c', 'r'), ('2020-01-04Z', 'quarantined', 0, 0, 't', 'c', 'r')")
    database.query("INSERT INTO workflow.tombstone (home, cancel_time, expires_at, cancellation_key) VALUES (1, '2020-01-05Z', now(), 'k')")
    database.query("UPDATE workflow.batch SET committed_at = '2020-01-08Z', inbox_acks = '{2,5}'")
    database.query("INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, created_at, run_id, kind, payload)"
                   " SELECT 1, 2, false, p, '2020-01-01Z'::timestamptz + p * interval '1 day', gen_random_uuid(), 'result', '' FROM generate_series(4, 7) p")
    database.query("INSERT INTO workflow.command (group_id, created_at, home, run_id, kind) VALUES (1, '2020-01-09Z', 1, gen_random_uuid(), 'cancel')")
    database.query("INSERT INTO workflow.command_applied (command_id, group_id, created_at, given_at, applied_at, batch_no, run_count, home, kind, result)"
                   " VALUES (1, 1, now(), now(), '2020-01-10Z', 1, 0, 1, 'cancel', 'applied')")
    database.query("INSERT INTO workflow.fanout (trigger_id, created_at, cursor, total, home) VALUES (gen_random_uuid(), '2020-01-11Z', 1, 2, 1)")
    database.query("INSERT INTO workflow.schedule_slot (schedule_no, slot_at, until, decided_at, slot_count, state, workflow)"
                   " VALUES (1, now(), now(), '2020-01-12Z', 1, 'skipped', 'w')")
    database.query("ANALYZE")
    full = status(database)
    oldest = {name: row["oldest"].astimezone(datetime.timezone.utc).strftime("%m-%dT%H") for name, row in full.items() if row["oldest"]}
    weekly = dict.fromkeys(("trigger", "event", "run", "step", "action", "snapshot"), "01-07T12")
    assert oldest == weekly | {"timer": "01-06T00", "dedupe": "01-01T00", "duplicate": "01-02T00", "quarantine": "01-03T00", "tombstone": "01-05T00",
                               "batch": "01-08T00", "inbox": "01-05T00", "command": "01-09T00", "command_applied": "01-10T00", "fanout": "01-11T00",
                               "schedule_slot": "01-12T00"}
    waiting = {name: (row["waiting"], row["waiting_since"].astimezone(datetime.timezone.utc).day) for name, row in full.items() if row["waiting"]}
    assert waiting == {"inbox": (2, 7), "command": (1, 9), "quarantine": (1, 4), "fanout": (1, 11)}
    for name in oldest:
        if name != "batch":  # it had its row before
            assert full[name]["rows"] >= 1 and empty[name]["rows"] == 0, name  # estimates
            assert full[name]["bytes"] > empty[name]["bytes"] or name == "command", name


def test_nothing_is_old_in_an_empty_database(database):
    for name, row in status(database).items():
        assert row["oldest"] is None and row["waiting_since"] is None and not row["waiting"], name


def test_how_far_partitions_reach_is_seen(database):
    def days(table):
        return database.value("SELECT extract(epoch FROM covered_until - now()) / 86400 FROM workflow.upkeep_status() WHERE object = %s", table)

    assert 14 < days("run") <= 29
    assert 28 < days("timer") <= 31
    gap = database.value("SELECT to_char(date_trunc('week', now() + interval '7 days', 'UTC') AT TIME ZONE 'UTC', 'YYYYMMDD')")
    database.query(f"DROP TABLE workflow.run_{gap}")
    assert 0 < days("run") <= 7, "what lies behind a gap does not count"
    assert days("event") > 14
    for name in partitions(database, "timer"):
        database.query(f"DROP TABLE {name}")
    assert abs(days("timer")) < 0.01
    assert status(database)["batch"]["covered_until"] is None


def survey(database, row_limit):
    """Open runs by workflow and status, and the stuck ones, as the daemon adds them up; and the number of slices."""
    found, stuck, slices, after = {}, 0, 0, "00000000-0000-0000-0000-000000000000"
    while after:
        head, *groups = database.query("SELECT next, workflow, status, runs, stuck FROM workflow.survey_runs(%s, workflow.uuid_at(now()), %s)", after, row_limit)
        assert head[1] is None
        for _, workflow, state, runs, stuck_here in groups:
            found[workflow, state] = found.get((workflow, state), 0) + runs
            stuck += stuck_here
        after, slices = head[0], slices + 1
    return found, stuck, slices


def test_open_and_stuck_runs_are_counted_in_slices(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    now = database.value("SELECT now() - interval '1 second'")
    run(database, database.value("SELECT now() + interval '1 hour'"), False)  # begins after the count has
    for instant in ("2020-01-07Z", now):
        for number in range(10):
            run(database, instant, True)
            run(database, instant, False, waiting_for="event", workflow=f"n/{number % 2}")
    database.query("INSERT INTO workflow.subscription (run_id, subscription_no, filter_no, key)"
                   " SELECT run_id, 1, 1, 0 FROM workflow.run WHERE waiting_for = 'event'")
    run(database, now, False, waiting_for=None)
    run(database, now, False, status="suspended")
    expected = {("n/0", "waiting"): 10, ("n/1", "waiting"): 10, ("n/w", "waiting"): 1, ("n/w", "suspended"): 1}
    assert survey(database, 1000) == (expected, 1, 1)
    assert survey(database, 7) == (expected, 1, 7)
    assert database.value("SELECT count(*) FROM workflow.stuck") == 2  # and the later one


def test_a_survey_of_nothing(database):
    assert survey(database, 10) == ({}, 0, 1)
