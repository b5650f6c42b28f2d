# SPDX-License-Identifier: Apache-2.0
"""Partitions, retention, definitions, the view of stuck runs."""
import threading
import time

import psycopg2
import pytest

import plans
from old_runs import belongings, deeds, partitions, run


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
    assert database.query("SELECT relname FROM pg_class WHERE relnamespace = 'workflow'::regnamespace AND relname ~ '2020|_kept'") == []


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
    database.query("INSERT INTO workflow.announcement (home, batch_no, epoch, announced_at, input, instance)"
                   " SELECT 1, 9, 1, now() - d, 'record 7', d::text FROM unnest('{50 minutes,70 minutes}'::interval[]) d")
    deeds(database)
    for table, left in (("duplicate", 1), ("quarantine", 1), ("tombstone", 1), ("inbox", 2), ("command_applied", 1), ("announcement", 1)):
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


@pytest.mark.parametrize("analysed", [False, True])
def test_a_survey_is_no_more_work_than_there_are_runs(database, analysed):
    runs = 2000
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("UPDATE workflow.batch SET guard_low = batch_no + 1")
    database.query(
        "WITH r AS (INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count,"
        "                                     status, waiting_for, workflow, workflow_version, next_wake_at)"
        "           SELECT u.id, u.id, now(), now(), 1, 1, 0, 0, 'waiting', 'timer', 'n/w', '1.0.0', now() + n * interval '1 second'"
        "             FROM generate_series(1, %s) n,"
        "                  overlay(overlay(workflow.uuid_at(now())::text placing '7001' from 15) placing to_char(n, 'fm000000') from 31) t,"
        "                  LATERAL (SELECT t::uuid) u (id) RETURNING run_id, next_wake_at)"
        " INSERT INTO workflow.timer (home, timer_no, due_at, run_id) SELECT 1, 1, next_wake_at, run_id FROM r", runs)
    if analysed:
        database.query("ANALYZE")
    survey = "SELECT * FROM workflow.survey_runs('00000000-0000-0000-0000-000000000000', workflow.uuid_at(now() + interval '1 hour'), 50000)"
    assert database.query(survey)[1:] == [(None, "n/w", "waiting", runs, 0)]
    assert runs < sum(map(plans.handled, plans.executed(database, survey))) < 20 * runs
    # A slice of it: as much work as its runs. Without statistics a table of a few pages is read whole.
    if analysed:
        assert 50 < sum(map(plans.handled, plans.executed(database, survey.replace("50000", "50")))) < 20 * 50


def test_open_runs_are_looked_for_among_the_open(database):
    """Where nearly all runs have ended, the view of stuck runs finds the others by their state, and leaves the rest alone."""
    database.query(
        "INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count, status, workflow,"
        "                          workflow_version, tenant, ended_at)"
        " SELECT u.id, u.id, now(), now(), 1, 1, 0, 0, CASE WHEN n % 1000 = 0 THEN 'running' ELSE 'completed' END, 'n/w', '1.0.0', 'acme',"
        "        CASE WHEN n % 1000 > 0 THEN now() END"
        "   FROM generate_series(1, 3000) n,"
        "        overlay(overlay(workflow.uuid_at(now())::text placing '7001' from 15) placing to_char(n, 'fm000000') from 31) t, LATERAL (SELECT t::uuid) u (id)")
    database.query("ANALYZE workflow.run")
    plan, = plans.executed(database, "SELECT * FROM workflow.stuck")
    scans = [node for node in plans.nodes(plan) if node.get("Relation Name", "").startswith("run_") and node["Actual Rows"]]
    assert [(scan["Actual Rows"], "state_key" in scan["Index Cond"]) for scan in scans] == [(3, True)]
    assert plans.handled(plan) < 100


@pytest.mark.parametrize("columns,timer,guarded,problem", [
    (dict(waiting_for=None), None, False, "has no reason to wait"),
    (dict(waiting_for="timer", next_wake_at=None), None, False, "has no instant to wake at"),
    (dict(waiting_for="timer", next_wake_at="-5 minutes"), None, False, "is overdue"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), None, False, "has no timer"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), "2 hours", False, "has no timer"),
    (dict(waiting_for="timer", next_wake_at="1 hour"), "1 hour", False, None),
    (dict(waiting_for="timer", next_wake_at="60 days"), "28 days", False, None),
    (dict(waiting_for="action", next_wake_at="1 hour"), None, True, None),
    (dict(waiting_for="event", next_wake_at=None), None, False, "has no subscription"),
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
