# SPDX-License-Identifier: Apache-2.0
"""Partitions, retention, what is measured of all that grows, definitions, stuck runs."""
import datetime
import threading
import time

import psycopg2
import pytest


def partitions(database, table):
    return [name for name, in database.query(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = ('workflow.' || %s)::regclass ORDER BY 1", table)]


def run(database, instant, ended, home=1, **columns):
    """A run of that instant, without events; returns its id."""
    row = dict(run_id=database.value(
        "SELECT overlay(overlay(workflow.uuid_at(%s::timestamptz)::text placing %s from 15) placing right(gen_random_uuid()::text, 6) from 31)::uuid",
        instant, "7%03x" % home),
        created_at=instant, updated_at=instant, definition_id=1, last_seq=1, retry_count=0, error_count=0,
        status="completed" if ended else "waiting", workflow="n/w", workflow_version="1.0.0", ended_at=instant if ended else None)
    row["trigger_id"] = row["run_id"]
    row.update(columns)
    names = ", ".join(row)
    database.query(f"INSERT INTO workflow.run ({names}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())
    return row["run_id"]


def deeds(database):
    """What upkeep did, called until nothing is left to do."""
    done = []
    while True:
        did = [(deed, thing) for deed, thing, amount in database.query("SELECT * FROM workflow.maintain()") if amount]
        done += [deed for deed in did if deed[0] != "again"]
        if not any(deed == "again" for deed, _ in did):
            return done


def test_weeks_ahead_are_there_after_migrating(database):
    for table in ("trigger", "event", "run", "step", "action", "snapshot"):
        assert len(partitions(database, table)) >= 3
    assert len(partitions(database, "timer")) >= 29
    bounds = database.query("SELECT count(DISTINCT pg_get_expr(c.relpartbound, c.oid)), count(*) FROM pg_class c"
                            " WHERE c.relispartition AND c.relkind = 'r' AND c.relname ~ '^(trigger|event|run|step|action|snapshot)_'")
    assert bounds[0][1] == 6 * bounds[0][0]  # all six share their bounds


def test_partitions_follow_each_other_over_a_change_of_clocks(database):
    database.query("SELECT workflow.ensure_partitions(ARRAY(SELECT generate_series('2027-03-01Z'::timestamptz, '2027-12-01Z', '5 days')), '{}')")
    lower = [p[-8:] for p in partitions(database, "run") if p[-8:] >= "20270301"]
    assert len(lower) == 40
    run(database, "2027-03-28T23:59:59Z", True)
    run(database, "2027-03-29T00:00:00Z", True)


def test_a_missing_partition_says_so_and_is_made(database):
    with pytest.raises(psycopg2.errors.CheckViolation) as raised:
        run(database, "2031-01-01T00:00Z", True)
    assert raised.value.diag.constraint_name is None
    assert database.value("SELECT workflow.ensure_partitions('{2031-01-01Z}', '{2031-01-01Z}')") == 7
    assert database.value("SELECT workflow.ensure_partitions('{2031-01-01Z,2031-01-02Z}', '{2031-01-01Z}')") == 0
    run(database, "2031-01-01T00:00Z", True)


def test_two_makers_and_a_writer_at_once(database):
    writer = database.connect(autocommit=False)
    with writer.cursor() as cursor:  # holds its locks on the parents meanwhile
        cursor.execute("UPDATE workflow.run SET status = status")
        cursor.execute("SELECT count(*) FROM workflow.event")
        made = []
        threads = [threading.Thread(target=lambda: made.append(
            database.value("SELECT workflow.ensure_partitions('{2032-01-01Z}', '{}')"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(made) == [0, 0, 0, 6]
        writer.commit()


def test_a_partition_is_like_its_parent(database):
    for table in ("trigger", "event", "run", "step", "action", "snapshot", "timer"):
        partition = partitions(database, table)[0]
        for what in ("SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                     "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass",
                     "SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"):
            assert database.value(what, partition) == database.value(what, f"workflow.{table}")


def belongings(database, run_id):
    """Rows of a run, or of a trigger of that id, in the other tables."""
    database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level) VALUES (%s, 1, now(), 'run.created', 'ok')", run_id)
    database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference, name, kind)"
                   " VALUES (%s, 1, now(), 1, 1, 0, 'running', '/do/0/x', 'x', 'call')", run_id)
    database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status) VALUES (%s, 1, 1, now(), 1, 'running')", run_id)
    database.query("INSERT INTO workflow.snapshot (run_id, seq, state) VALUES (%s, 64, '{}')", run_id)
    database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home,"
                   " topic, event_id, type, source_type, workflow, workflow_version)"
                   " VALUES (%s, now(), 1, 1, 0, 0, 1, 't', 'e', 'x', 'api', 'n/w', '1.0.0')", run_id)


def everywhere(database, run_ids):
    """These runs, and no others, are in all six tables."""
    for table in ("trigger", "event", "run", "step", "action", "snapshot"):
        key = "trigger_id" if table == "trigger" else "run_id"
        assert [row for row, in database.query(f"SELECT {key} FROM workflow.{table} ORDER BY 1")] == sorted(run_ids)


@pytest.fixture
def old_weeks(database):
    """Two weeks of 2020; in the second one run has ended long ago, one yesterday, one is open."""
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z,2020-01-13Z}', '{}')")
    ended, late, open_run = [run(database, "2020-01-14T00:00Z", ended) for ended in (True, True, False)]
    others = [run(database, "2020-01-15T00:00Z", True) for _ in range(4)] + [run(database, "2020-01-07T00:00Z", True)]
    for run_id in (ended, late, open_run, *others):
        belongings(database, run_id)
    database.query("UPDATE workflow.run SET ended_at = now() - interval '1 day' WHERE run_id = %s", late)
    return late, open_run


def test_old_weeks_go_but_open_runs_and_late_endings_stay(database, old_weeks):
    late, open_run = old_weeks
    before = len(partitions(database, "event"))
    done = deeds(database)
    assert ("dropped", "20200106") in done
    assert ("dropped but for runs that stay", "20200113") in done
    everywhere(database, old_weeks)
    for table in ("trigger", "event", "run", "step", "action", "snapshot"):
        assert len(partitions(database, table)) == before - 1
    assert ("kept for runs that stay", "20200113") in deeds(database)  # there is nothing else in it
    database.query("UPDATE workflow.run SET ended_at = now() WHERE run_id = %s", open_run)
    assert ("kept for runs that stay", "20200113") in deeds(database), "what has just ended stays as long as anything"
    database.query("UPDATE workflow.run SET ended_at = '2020-02-01Z' WHERE run_id = %s", late)
    assert ("dropped but for runs that stay", "20200113") in deeds(database)
    everywhere(database, [open_run])
    database.query("UPDATE workflow.run SET ended_at = '2020-02-01Z'")
    assert ("dropped", "20200113") in deeds(database)
    everywhere(database, [])
    assert database.query("SELECT relname FROM pg_class WHERE relname ~ '2020|_kept'") == []


def test_what_is_swapped_in_is_like_what_was_there(database, old_weeks):
    def shape():
        return database.query("""
            SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), c.reloptions, c.relowner,
                   (SELECT count(*) FROM pg_index WHERE indrelid = c.oid AND indisvalid),
                   (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid),
                   (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
              FROM pg_class c WHERE c.relispartition AND c.relkind = 'r' AND c.relname ~ '20200113' ORDER BY 1""")

    before = shape()
    assert len(before) == 6
    deeds(database)
    assert shape() == before


def test_runs_go_on_while_their_week_is_copied(database, old_weeks):
    """Copies are made without locks; what changes before the swap is copied again."""
    late, open_run = old_weeks
    database.query("SET ROLE workflow_owner; SELECT workflow.copy_week('20200113', now() - interval '90 days')")
    assert database.value("SELECT count(*) FROM workflow.run_20200113_kept") == 2
    database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level) VALUES (%s, 2, now(), 'run.resumed', 'ok')", open_run)
    database.query("UPDATE workflow.run SET last_seq = 2, context = '1' WHERE run_id = %s", open_run)
    database.query("UPDATE workflow.step SET outcome = 'new' WHERE run_id = %s", open_run)
    again = database.value("SELECT run_id FROM workflow.run WHERE created_at = '2020-01-15Z' LIMIT 1")
    database.query("UPDATE workflow.run SET ended_at = NULL, last_seq = 2 WHERE run_id = %s", again)  # workflowctl retry
    assert ("dropped but for runs that stay", "20200113") in deeds(database)
    everywhere_but_events = [late, open_run, again]
    assert sorted(r for r, in database.query("SELECT run_id FROM workflow.run")) == sorted(everywhere_but_events)
    assert database.query("SELECT last_seq, context FROM workflow.run WHERE run_id = %s", open_run) == [(2, 1)]
    assert database.query("SELECT seq FROM workflow.event WHERE run_id = %s ORDER BY 1", open_run) == [(1,), (2,)]
    assert database.query("SELECT outcome FROM workflow.step WHERE run_id = %s", open_run) == [("new",)]


def test_a_week_of_many_open_runs_stays(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    for ended in (True, False):
        run(database, "2020-01-07T00:00Z", ended)
    assert database.value("SELECT workflow.drop_week('20200106', now(), 0)") == "kept for runs that stay"
    assert database.value("SELECT count(*) FROM workflow.run") == 2
    run(database, "2020-01-07T00:00Z", False)
    assert database.value("SELECT workflow.drop_week('20200106', now())") == "kept for runs that stay", "more than half would be copied"


def test_a_week_whose_runs_are_still_being_made_stays(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    database.query("INSERT INTO workflow.fanout (trigger_id, cursor, total, home) VALUES (workflow.uuid_at('2020-01-07Z'), 1, 2, 1)")
    assert ("kept for runs that stay", "20200106") in deeds(database)
    database.query("DELETE FROM workflow.fanout")
    assert ("dropped", "20200106") in deeds(database)


def test_a_reader_of_a_week_puts_its_drop_off(database, old_weeks):
    reader = database.connect(autocommit=False)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow.event")
        assert ("put off", "20200106") in deeds(database)
        reader.commit()
        database.query("SELECT workflow.drop_week('20200106', now() - interval '90 days')")
        cursor.execute("SELECT count(*) FROM workflow.event")
        assert ("put off", "20200113") in deeds(database)
        assert database.value("SELECT count(*) FROM workflow.run_20200113_kept") == 2, "the copies wait"
        reader.commit()
    assert ("dropped but for runs that stay", "20200113") in deeds(database)
    everywhere(database, old_weeks)


def test_upkeep_holds_nobody_up_for_long(database, old_weeks):
    """Whoever comes behind upkeep that waits for a lock waits for its patience, not for the lock."""
    reader = database.connect(autocommit=False)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow.event")
        upkeep = threading.Thread(target=lambda: database.query("SELECT * FROM workflow.maintain()"))
        upkeep.start()
        longest = 0
        while upkeep.is_alive():
            began = time.monotonic()
            run(database, "2020-01-14T00:00Z", True)
            longest = max(longest, time.monotonic() - began)
        upkeep.join()
        reader.rollback()
    assert longest < 3, "far from the lock's whole life, also on a busy machine"


def test_old_timer_days_go_once_all_homes_have_passed(database):
    database.query("SELECT workflow.ensure_partitions('{}', '{2020-01-06Z}')")
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) VALUES (1, 1, '2020-01-06 12:00Z', gen_random_uuid())")
    database.query("UPDATE workflow.batch SET timer_low = '2020-01-06 12:00Z'")
    assert ("dropped", "timer_20200106") not in deeds(database)
    assert database.value("SELECT count(*) FROM workflow.timer") == 1
    database.query("UPDATE workflow.batch SET timer_low = '2020-01-06 12:00:00.001Z'")
    assert ("dropped", "timer_20200106") in deeds(database)


def test_a_home_that_nobody_uses_holds_no_timers_back(database):
    """Its timer_low stands still for ever; what counts is whether anything of it is to come."""
    database.query("SELECT workflow.ensure_partitions('{}', '{2020-01-06Z,2020-01-07Z}')")
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("UPDATE workflow.batch SET timer_low = '2019-01-01Z'")
    assert [name for deed, name in deeds(database) if deed == "dropped"] == ["timer_20200106", "timer_20200107"]


def test_a_reader_of_timers_puts_their_drop_off(database):
    database.query("SELECT workflow.ensure_partitions('{}', '{2020-01-06Z}')")
    reader = database.connect(autocommit=False)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow.timer")
        assert ("put off", "timer") in deeds(database)
        reader.commit()
    assert ("dropped", "timer_20200106") in deeds(database)


def test_old_batches_go_but_not_what_an_owner_looks_up(database):
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_hash, outbox_acked, guard_low, timer_low)"
                   " SELECT 1, n, 1, n, n, 0, 30, least(n, 40), now() FROM generate_series(2, 100) n")
    database.query("UPDATE workflow.batch SET committed_at = now() - interval '2 days'")
    assert ("deleted", "batch") in deeds(database)
    assert database.query("SELECT min(batch_no), max(batch_no) FROM workflow.batch") == [(30, 100)]


def test_a_call_deletes_so_many_rows_and_says_that_there_are_more(database):
    database.query("SELECT workflow.takeover('c', 'i', '{t,t}', '{0,1}', '{0,0}', '{0,0}')")
    database.query("INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_hash, outbox_acked, guard_low, timer_low)"
                   " SELECT h, n, 1, n, n, 0, n, n, now() FROM generate_series(2, 41) n, generate_series(1, 2) h")
    database.query("UPDATE workflow.batch SET committed_at = now() - interval '2 days' WHERE batch_no < 26")
    database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, workflow, event_id)"
                   " SELECT gen_random_uuid(), now() - interval '31 days', 0, 0, 't', 'w', 'e' FROM generate_series(1, 11)")
    amounts = []
    while True:
        did = database.query("SELECT * FROM workflow.maintain(10)")
        amounts.append({thing: amount for deed, thing, amount in did if deed == "deleted" and amount})
        if not any(deed == "again" for deed, *_ in did):
            break
    assert amounts == [{"batch": 20, "duplicate": 10}, {"batch": 20, "duplicate": 1}, {"batch": 10}]
    assert database.query("SELECT DISTINCT min(batch_no) FROM workflow.batch GROUP BY home") == [(26,)]


def test_old_rows_go(database):
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, workflow, event_id)"
                   " SELECT gen_random_uuid(), now() - d, 0, 0, 't', 'w', 'e' FROM unnest('{1 day,31 days}'::interval[]) d")
    database.query("INSERT INTO workflow.quarantine (updated_at, record_offset, partition, topic, reason_code, reason)"
                   " SELECT now() - d, 0, 0, 't', 'c', 'r' FROM unnest('{1 day,91 days}'::interval[]) d")
    database.query("INSERT INTO workflow.tombstone (home, cancel_time, expires_at, cancellation_key)"
                   " SELECT 1, now(), now() + d, 'k' FROM unnest('{1 day,-1 day}'::interval[]) d")
    database.query("UPDATE workflow.batch SET inbox_acks = '{2,5}'")
    database.query("INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, created_at, run_id, kind, payload)"
                   " SELECT 1, 2, false, p, now() - interval '2 days', gen_random_uuid(), 'result', '' FROM generate_series(4, 7) p")
    database.query("INSERT INTO workflow.command_applied (command_id, group_id, created_at, given_at, applied_at, batch_no, run_count, home, kind, result)"
                   " SELECT n, n, now(), now(), now() - d, 1, 0, 1, 'cancel', 'applied' FROM unnest('{1 day,31 days}'::interval[]) WITH ORDINALITY u (d, n)")
    deeds(database)
    for table, left in (("duplicate", 1), ("quarantine", 1), ("tombstone", 1), ("inbox", 2), ("command_applied", 1)):
        assert database.value(f"SELECT count(*) FROM workflow.{table}") == left


def test_only_one_maintains_at_a_time(database):
    first = database.connect(autocommit=False)
    with first.cursor() as cursor:
        cursor.execute("SELECT * FROM workflow.maintain()")
        assert database.query("SELECT * FROM workflow.maintain()") == []
        first.commit()


def test_a_version_never_changes(database):
    publish = "SELECT workflow.apply_definition('n', 'w', '1.0.0', %s)"
    generation = "SELECT generation FROM workflow.definition_generation"
    assert database.value(publish, "a") == 1
    assert database.value(generation) == 2
    assert database.value(publish, "a") == 1
    assert database.value(generation) == 2
    with pytest.raises(psycopg2.Error) as raised:
        database.query(publish, "b")
    assert raised.value.pgcode == "WF006"
    assert database.value("SELECT workflow.deactivate_definition('n', 'w', '1.0.0')") is True
    assert database.value("SELECT workflow.deactivate_definition('n', 'w', '1.0.0')") is False
    assert database.value(generation) == 3
    assert database.value(publish, "a") == 1
    assert database.query("SELECT state FROM workflow.definition") == [("active",)]
    assert database.value(generation) == 4


def test_ids_carry_time_and_home(database):
    assert database.value("SELECT workflow.uuid_home('01a1e1a7-4c00-7abc-8000-000000000000')") == 0xabc
    assert database.value("SELECT workflow.uuid_time(workflow.uuid_at('2026-11-22 12:00:00.123Z')) = '2026-11-22 12:00:00.123Z'")
    assert database.value("SELECT workflow.uuid_at('2026-11-22 12:00:00.123Z')") == "01a20320-a27b-0000-0000-000000000000"
    assert database.value("SELECT workflow.uuid_at('2026-11-22 12:00:00.124Z') > '01a20320-a27b-7fff-bfff-ffffffffffff'")
    with pytest.raises(psycopg2.Error) as raised:
        database.query("SELECT workflow.expect(1, 2)")
    assert raised.value.pgcode == "WF003"


@pytest.mark.parametrize("columns,timer,guarded,problem", [
    (dict(waiting_for=None), None, False, "has no reason to wait"),
    (dict(waiting_for="timer", next_wake_at=None), None, False, "has no instant to wake at"),
    (dict(waiting_for="timer", next_wake_at="-5 minutes"), None, False, "is overdue"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), None, False, "has no timer"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), "2 hours", False, "has no timer"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), "1 hour", False, None),
    (dict(waiting_for="timer", next_wake_at="60 days"), "28 days", False, None),
    (dict(waiting_for="action", next_wake_at="1 hour"), None, True, None),
    (dict(waiting_for="event", next_wake_at=None), None, False, None),
    (dict(waiting_for=None, status="suspended"), None, False, None),
])
def test_stuck_names_runs_that_nothing_wakes(database, columns, timer, guarded, problem):
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    if not guarded:  # the newest batch says that no deadline is held by older batches
        database.query("UPDATE workflow.batch SET guard_low = batch_no + 1")
    wake = columns.get("next_wake_at")
    if wake:
        columns = dict(columns, next_wake_at=database.value("SELECT now() + %s::interval", wake))
    instant = database.value("SELECT now()")
    run_id = run(database, instant, False, **columns)
    if timer:
        due = database.value("SELECT now() + %s::interval", timer) if timer != wake else columns["next_wake_at"]
        database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) VALUES (1, 1, %s, %s)", due, run_id)
    assert [p for p, in database.query("SELECT problem FROM workflow.stuck")] == ([problem] if problem else [])


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
FIXED = {"announcement", "cluster", "dedupe_generation", "definition", "definition_generation", "home", "migration", "reader_tenant", "setting"}
# Bounded by what they wait for: each row goes when it has been carried out.
TRANSIENT = {"command", "fanout"}


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
    database.query("ANALYZE")
    full = status(database)
    oldest = {name: row["oldest"].astimezone(datetime.timezone.utc).strftime("%m-%dT%H") for name, row in full.items() if row["oldest"]}
    weekly = dict.fromkeys(("trigger", "event", "run", "step", "action", "snapshot"), "01-07T12")
    assert oldest == weekly | {"timer": "01-06T00", "dedupe": "01-01T00", "duplicate": "01-02T00", "quarantine": "01-03T00", "tombstone": "01-05T00",
                               "batch": "01-08T00", "inbox": "01-05T00", "command": "01-09T00", "command_applied": "01-10T00", "fanout": "01-11T00"}
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
        head, *groups = database.query("SELECT next, workflow, status, runs, stuck FROM workflow.survey_runs(%s, %s)", after, row_limit)
        assert head[1] is None
        for _, workflow, state, runs, stuck_here in groups:
            found[workflow, state] = found.get((workflow, state), 0) + runs
            stuck += stuck_here
        after, slices = head[0], slices + 1
    return found, stuck, slices


def test_open_and_stuck_runs_are_counted_in_slices(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    now = database.value("SELECT now()")
    for instant in ("2020-01-07Z", now):
        for number in range(10):
            run(database, instant, True)
            run(database, instant, False, waiting_for="event", workflow=f"n/{number % 2}")
    run(database, now, False, waiting_for=None)
    run(database, now, False, status="suspended")
    expected = {("n/0", "waiting"): 10, ("n/1", "waiting"): 10, ("n/w", "waiting"): 1, ("n/w", "suspended"): 1}
    assert survey(database, 1000) == (expected, 1, 1)
    assert survey(database, 7) == (expected, 1, 7)
    assert database.value("SELECT count(*) FROM workflow.stuck") == 1


def test_a_survey_of_nothing(database):
    assert survey(database, 10) == ({}, 0, 1)
