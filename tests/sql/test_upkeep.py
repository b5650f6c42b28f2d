# SPDX-License-Identifier: Apache-2.0
"""Partitions, retention, definitions, the view of stuck runs."""
import threading

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
    return [(deed, thing) for deed, thing, amount in database.query("SELECT * FROM workflow.maintain()") if amount]


def test_weeks_ahead_are_there_after_migrating(database):
    for table in ("trigger", "event", "run", "step", "action"):
        assert len(partitions(database, table)) >= 3
    assert len(partitions(database, "timer")) >= 29
    bounds = database.query("SELECT count(DISTINCT pg_get_expr(c.relpartbound, c.oid)), count(*) FROM pg_class c"
                            " WHERE c.relispartition AND c.relkind = 'r' AND c.relname ~ '^(trigger|event|run|step|action)_'")
    assert bounds[0][1] == 5 * bounds[0][0]  # all five share their bounds


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
    assert database.value("SELECT workflow.ensure_partitions('{2031-01-01Z}', '{2031-01-01Z}')") == 6
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
        assert sorted(made) == [0, 0, 0, 5]
        writer.commit()


def test_a_partition_is_like_its_parent(database):
    for table in ("trigger", "event", "run", "step", "action", "timer"):
        partition = partitions(database, table)[0]
        for what in ("SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                     "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass",
                     "SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"):
            assert database.value(what, partition) == database.value(what, f"workflow.{table}")


def test_old_weeks_go_but_open_runs_stay(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z,2020-01-13Z}', '{2020-01-06Z}')")
    ended, open_run = run(database, "2020-01-14T00:00Z", True), run(database, "2020-01-14T00:00Z", False)
    run(database, "2020-01-07T00:00Z", True)
    for run_id in (ended, open_run):
        database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level) VALUES (%s, 1, now(), 'run.created', 'ok')", run_id)
        database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference, name, kind)"
                       " VALUES (%s, 1, now(), 1, 1, 0, 'running', '/do/0/x', 'x', 'call')", run_id)
        database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status) VALUES (%s, 1, 1, now(), 1, 'running')", run_id)
        database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home,"
                       " topic, event_id, type, source_type, workflow, workflow_version)"
                       " VALUES (%s, now(), 1, 1, 0, 0, 1, 't', 'e', 'x', 'api', 'n/w', '1.0.0')", run_id)
    before = len(partitions(database, "event"))
    done = deeds(database)
    assert ("dropped", "20200106") in done
    assert ("dropped but for open runs", "20200113") in done
    for table in ("trigger", "event", "run", "step", "action"):
        assert len(partitions(database, table)) == before - 1
        key = "trigger_id" if table == "trigger" else "run_id"
        assert database.query(f"SELECT {key} FROM workflow.{table}") == [(open_run,)]
    assert ("kept for open runs", "20200113") in deeds(database)  # there is nothing else in it
    database.query("UPDATE workflow.run SET ended_at = now() WHERE run_id = %s", open_run)
    assert ("dropped", "20200113") in deeds(database)
    assert database.value("SELECT count(*) FROM workflow.event") == 0


def test_a_week_of_many_open_runs_stays(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    run(database, "2020-01-07T00:00Z", True)
    run(database, "2020-01-07T00:00Z", False)
    assert database.value("SELECT workflow.drop_week('20200106', 0)") == "kept for open runs"
    assert database.value("SELECT count(*) FROM workflow.run") == 2


def test_a_reader_of_a_week_puts_its_drop_off(database):
    database.query("SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')")
    reader = database.connect(autocommit=False)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow.event")
        assert ("put off", "what needs a lock") in deeds(database)
        reader.commit()
    assert ("dropped", "20200106") in deeds(database)


def test_old_timer_days_go_once_all_homes_have_passed(database):
    database.query("SELECT workflow.ensure_partitions('{}', '{2020-01-06Z}')")
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("UPDATE workflow.batch SET timer_low = '2020-01-06 12:00Z'")
    assert ("dropped", "timer_20200106") not in deeds(database)
    database.query("UPDATE workflow.batch SET timer_low = now()")
    assert ("dropped", "timer_20200106") in deeds(database)


def test_old_batches_go_but_not_what_an_owner_looks_up(database):
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_hash, outbox_acked, guard_low, timer_low)"
                   " SELECT 1, n, 1, n, n, 0, 30, least(n, 40), now() FROM generate_series(2, 100) n")
    database.query("UPDATE workflow.batch SET committed_at = now() - interval '2 days'")
    assert ("deleted", "batch") in deeds(database)
    assert database.query("SELECT min(batch_no), max(batch_no) FROM workflow.batch") == [(30, 100)]


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
