# SPDX-License-Identifier: Apache-2.0
"""Commands to many runs at once, what became of them, and replays of the quarantine."""
import json
import threading
import uuid

import psycopg2
import pytest

from test_fence import wait_until_blocked
from test_upkeep import run


@pytest.fixture
def homes(database):
    """Homes 1 and 2 of the topic of triggers, and 3 of another."""
    database.query("SELECT workflow.takeover('c', 'i', '{t,t,z}', '{0,1,0}', '{0,0,0}', '{0,0,0}', 't')")
    database.query("SELECT workflow.ensure_partitions(ARRAY[now() - interval '2 hours'], '{}')")  # maybe of last week
    return database


def commands(database, columns="kind, home, tenant, workflow, cancellation_key, recipients, reason"):
    return database.query(f"SELECT {columns} FROM workflow.command ORDER BY command_id")


def refused(database, sqlstate, sql, *parameters):
    with pytest.raises(psycopg2.Error) as raised:
        database.query(sql, *parameters)
    assert raised.value.pgcode == sqlstate
    return raised.value


def apply(database, command_id, runs=1, result="applied"):
    """As the daemon does."""
    database.query("WITH taken AS (DELETE FROM workflow.command WHERE command_id = %s RETURNING *)"
                   " INSERT INTO workflow.command_applied (command_id, group_id, created_at, given_at, batch_no, run_count, home, run_id, kind,"
                   " tenant, workflow, cancellation_key, recipients, actor, reason, result)"
                   " SELECT command_id, group_id, created_at, given_at, 2, %s, home, run_id, kind, tenant, workflow, cancellation_key,"
                   " recipients, actor, reason, %s FROM taken", command_id, runs, result)


def notices(connection):
    connection.cursor().execute("SELECT 1")  # notices that were sent come with its answer
    heard = sorted(notice.payload for notice in connection.notifies)
    connection.notifies.clear()
    return heard


# ---- by key -----------------------------------------------------------------

def test_a_key_is_cancelled_at_every_home_of_the_triggers(homes):
    listener = homes.connect()
    listener.cursor().execute("LISTEN workflow_home")
    group = homes.value("SELECT workflow.cancel_by_key('deal-7', tenant => 'acme', reason => 'signed')")
    assert commands(homes) == [("cancel", home, "acme", None, "deal-7", None, "signed") for home in (1, 2)]
    assert commands(homes, "DISTINCT group_id, actor, given_at <= clock_timestamp(), 1 AS command_id") == [(group, "postgres", True, 1)]
    assert notices(listener) == [""]


def test_a_key_for_some_recipients_of_a_workflow(homes):
    homes.query("SELECT workflow.apply_definition('sales', 'follow-up', '1.0.0', 'x')")
    recipients = ["lead-1", {"collection": "users", "id": "u1"}]
    homes.query("SELECT workflow.cancel_by_key('deal-7', workflow => 'sales/follow-up', recipients => %s)", json.dumps(recipients))
    assert commands(homes)[0] == ("cancel", 1, None, "sales/follow-up", "deal-7", recipients, None)


@pytest.mark.parametrize("recipients", ["[]", "{}", '"lead-1"', "[1]", '[""]', "[null]", '[{"id": "x"}]', '[{"collection": "users"}]',
                                        '[{"collection": "users", "id": 7}]', '[{"collection": "users", "id": "x", "name": "y"}]'])
def test_recipients_that_mean_nothing_are_refused(homes, recipients):
    refused(homes, "22023", "SELECT workflow.cancel_by_key('k', recipients => %s)", recipients)
    assert commands(homes) == []


def test_a_key_must_be_one(homes):
    for key in ("", None, "x" * 513):
        refused(homes, "22023", "SELECT workflow.cancel_by_key(%s)", key)
    homes.query("SELECT workflow.cancel_by_key(%s)", "x" * 512)


def test_an_unknown_workflow_is_refused(homes):
    assert "no workflow sales/nothing" in str(refused(homes, "P0002", "SELECT workflow.cancel_by_key('k', workflow => 'sales/nothing')"))


def test_without_a_home_nobody_would_cancel(database):
    refused(database, "55000", "SELECT workflow.cancel_by_key('k')")


def test_a_home_made_at_the_same_time_is_not_missed(homes):
    giver = homes.connect(autocommit=False)
    with giver.cursor() as cursor:
        cursor.execute("SELECT workflow.cancel_by_key('k')")
        taker = threading.Thread(target=lambda: homes.query("SELECT workflow.takeover('c', 'i', '{t}', '{2}', '{0}', '{0}', 't')"))
        taker.start()
        wait_until_blocked(giver)
        giver.commit()
        taker.join(30)
    assert [home for home, in commands(homes, "home")] == [1, 2, 4]


def test_what_became_of_a_group(homes):
    group = homes.value("SELECT workflow.cancel_by_key('k')")
    status = "SELECT home, state, commands, pending, runs, result FROM workflow.command_status(%s)"
    first, second = (command for command, in commands(homes, "command_id"))
    assert homes.query(status, group) == [(1, "pending", 1, 1, 0, None), (2, "pending", 1, 1, 0, None)]
    apply(homes, first, 3)
    assert homes.query(status, group) == [(1, "applied", 1, 0, 3, "applied"), (2, "pending", 1, 1, 0, None)]
    assert homes.query(status, second) == [(2, "pending", 1, 1, 0, None)]
    assert homes.query(status, -1) == []


# ---- one run, many runs -----------------------------------------------------

def test_a_command_to_one_run_is_its_own_group(homes):
    run_id = run(homes, homes.value("SELECT now()"), False, home=2)
    command = homes.value("SELECT workflow.wake_run(%s)", run_id)
    assert commands(homes, "group_id, home, kind, command_id") == [(command, 2, "wake", command)]
    assert homes.query("SELECT home, state FROM workflow.command_status(%s)", command) == [(2, "pending")]


@pytest.fixture
def runs(homes):
    now = homes.value("SELECT now()")
    return [run(homes, now, False, home=1, tenant="acme", recipient_id="lead-1"),
            run(homes, now, False, home=2, tenant="acme", recipient_id="lead-2", recipient_collection="leads", workflow="n/other"),
            run(homes, now, False, home=2, tenant="beta", recipient_id="lead-1", status="suspended"),
            run(homes, homes.value("SELECT now() - interval '2 hours'"), False, home=1, tenant="gamma"),
            run(homes, now, True, home=1, tenant="acme", recipient_id="lead-1")]


@pytest.mark.parametrize("filter,expected", [
    ("tenant => 'acme'", {0, 1}),
    ("workflow => 'n/w'", {0, 2, 3}),
    ("recipient_id => 'lead-1'", {0, 2}),
    ("recipient_id => 'lead-1', tenant => 'beta'", {2}),
    ("recipient_collection => 'leads'", {1}),
    ("status => 'suspended'", {2}),
    ("started_before => now() - interval '1 hour'", {3}),
    ("started_after => now() - interval '1 hour'", {0, 1, 2}),
    ("started_after => now() - interval '3 hours', started_before => now() - interval '1 hour'", {3}),
    ("tenant => 'nobody'", set()),
])
def test_open_runs_of_a_filter_are_cancelled(homes, runs, filter, expected):
    listener = homes.connect()
    listener.cursor().execute("LISTEN workflow_home")
    assert homes.value(f"SELECT workflow.cancel_runs({filter}, reason => 'cleaning up')") == len(expected)
    assert {run_id for run_id, in commands(homes, "run_id")} == {runs[i] for i in expected}
    assert all(kind == "cancel" and reason == "cleaning up" for kind, reason in commands(homes, "kind, reason"))
    assert len(set(commands(homes, "group_id"))) == (1 if expected else 0)
    assert notices(listener) == sorted({str(home) for home, in commands(homes, "home")})


@pytest.mark.parametrize("filter", ["", "reason => 'all of them'", "workflow => NULL, tenant => NULL"])
def test_an_empty_filter_is_refused(homes, runs, filter):
    refused(homes, "WF007", f"SELECT workflow.cancel_runs({filter})")
    assert commands(homes) == []


@pytest.mark.parametrize("filter", ["started_after => '-infinity'", "tenant => 'acme', started_before => 'infinity'"])
def test_a_range_has_ends_or_none(homes, runs, filter):
    assert "instants, not infinity" in str(refused(homes, "22023", f"SELECT workflow.cancel_runs({filter})"))
    assert commands(homes) == []


def test_a_reason_is_cut(homes, runs):
    homes.query("SELECT workflow.cancel_run(%s, %s)", runs[0], "x" * 5000)
    homes.query("SELECT workflow.cancel_runs(tenant => 'beta', reason => %s)", "y" * 5000)
    homes.query("SELECT workflow.cancel_by_key('k', reason => %s)", "z" * 5000)
    assert {reason for reason, in commands(homes, "reason")} == {letter * 2048 for letter in "xyz"}


def test_ended_runs_cannot_be_asked_for(homes, runs):
    refused(homes, "22023", "SELECT workflow.cancel_runs(status => 'completed')")


# ---- replay -----------------------------------------------------------------

def quarantine(database, topic="t", partition=1):
    return database.value("INSERT INTO workflow.quarantine (record_offset, partition, topic, reason_code, reason, value)"
                          " VALUES (7, %s, %s, 'unknown_workflow', 'not there', 'x') RETURNING quarantine_id", partition, topic)


def acknowledge(database, home, position):
    database.query("UPDATE workflow.batch SET inbox_acks = ARRAY[9, 100, 0, %s]::bigint[] WHERE home = %s", position, home)


def states(database):
    return [state for state, in database.query("SELECT state FROM workflow.quarantined ORDER BY quarantine_id")]


def test_a_record_is_taken_again_at_its_home(homes):
    listener = homes.connect()
    listener.cursor().execute("LISTEN workflow_home")
    first, second = quarantine(homes), quarantine(homes)
    assert homes.value("SELECT workflow.replay_quarantine(%s)", first) == 2
    assert notices(listener) == ["2"]
    assert homes.query("SELECT dst_home, src_home, kind, quarantine_id, run_id FROM workflow.inbox") == [(2, 0, "replay", first, None)]
    assert states(homes) == ["replay_requested", "quarantined"]
    position = homes.value("SELECT src_pos FROM workflow.inbox")
    acknowledge(homes, 1, position)  # another home's word does not count
    acknowledge(homes, 2, position - 1)
    assert states(homes)[0] == "replay_requested"
    acknowledge(homes, 2, position)
    assert states(homes) == ["replayed", "quarantined"]
    homes.query("SELECT workflow.maintain()")
    assert homes.query("SELECT state FROM workflow.quarantine ORDER BY quarantine_id") == [("replayed",), ("quarantined",)]
    assert second


def test_a_record_waits_to_be_taken_once(homes):
    record = quarantine(homes)
    homes.query("SELECT workflow.replay_quarantine(%s)", record)
    refused(homes, "55000", "SELECT workflow.replay_quarantine(%s)", record)
    acknowledge(homes, 2, homes.value("SELECT src_pos FROM workflow.inbox"))
    homes.query("SELECT workflow.replay_quarantine(%s)", record)  # it was taken: it may be again
    assert states(homes) == ["replay_requested"]
    assert homes.value("SELECT count(*) FROM workflow.inbox") == 2


def test_what_cannot_be_replayed(homes):
    refused(homes, "P0002", "SELECT workflow.replay_quarantine(99)")
    refused(homes, "55000", "SELECT workflow.replay_quarantine(%s)", quarantine(homes, "gone"))


def test_positions_of_replays_rise_in_the_order_of_commits(homes):
    a, b = homes.connect(autocommit=False), homes.connect(autocommit=False)
    first, second = quarantine(homes), quarantine(homes)
    with a.cursor() as cursor, b.cursor() as other:
        cursor.execute("SELECT workflow.replay_quarantine(%s)", (first,))
        thread = threading.Thread(target=lambda: other.execute("SELECT workflow.replay_quarantine(%s)", (second,)))
        thread.start()
        wait_until_blocked(a)
        a.commit()
        thread.join(30)
        b.commit()
    assert homes.query("SELECT quarantine_id FROM workflow.inbox ORDER BY src_pos") == [(first,), (second,)]


# ---- who may ----------------------------------------------------------------

CALLS = ["workflow.cancel_by_key('k')", "workflow.cancel_runs(tenant => 'acme')", "workflow.command_status(1)",
         "workflow.replay_quarantine({quarantine})"]


def test_an_admin_may_a_reader_may_not(homes):
    name = "r" + uuid.uuid4().hex
    homes.query(f"CREATE ROLE {name}_boss LOGIN IN ROLE workflow_admin; CREATE ROLE {name}_alice LOGIN IN ROLE workflow_reader")
    for call in CALLS:
        statement = "SELECT * FROM " + call.format(quarantine=quarantine(homes))
        homes.query(statement, user=f"{name}_boss")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            homes.query(statement, user=f"{name}_alice")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        homes.query("SELECT * FROM workflow.quarantined", user=f"{name}_alice")
    assert homes.query("SELECT count(*) FROM workflow.quarantined", user=f"{name}_boss") == [(len(CALLS),)]
    assert commands(homes, "DISTINCT actor, 1 AS command_id") == [(f"{name}_boss", 1)]


def test_the_daemon_may_not_change_what_was_applied(homes):
    name = "d" + uuid.uuid4().hex
    homes.query(f"CREATE ROLE {name} LOGIN IN ROLE workflow_daemon")
    for sql in ("UPDATE workflow.command_applied SET result = 'x'", "DELETE FROM workflow.command_applied", "UPDATE workflow.command SET kind = 'wake'",
                "DELETE FROM workflow.tombstone", "SELECT workflow.replay_quarantine(1)", "SELECT workflow.cancel_runs(tenant => 'acme')"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            homes.query(sql, user=name)


def test_all_that_is_there_is_described(database):
    assert database.query("""
        SELECT c.oid::regclass::text, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL AND c.relname !~ '^dedupe_[012]$'""") == []
    assert database.query("""
        SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'workflow'::regnamespace
           AND obj_description(p.oid, 'pg_proc') IS NULL""") == []
