# SPDX-License-Identifier: Apache-2.0
"""Who may do what: the daemon cannot change history, a reader sees its own tenants and
nothing internal, whatever it SETs."""
import psycopg2
import pytest

RUN = "01a1e1a7-4c00-7001-8000-0000000000%02d"


@pytest.fixture(scope="module")
def people(shared_database):
    database = shared_database
    database.query("""DO $$ BEGIN
      IF to_regrole('a_daemon') IS NULL THEN
        CREATE ROLE a_daemon LOGIN IN ROLE workflow_daemon;
        CREATE ROLE acme_team NOLOGIN IN ROLE workflow_reader;
        CREATE ROLE alice LOGIN IN ROLE acme_team;
        CREATE ROLE bob LOGIN IN ROLE workflow_reader;
        CREATE ROLE boss LOGIN IN ROLE workflow_admin;
        CREATE ROLE stranger LOGIN;
      END IF; END $$""")
    database.query("INSERT INTO workflow.reader_tenant VALUES ('acme_team', 'acme'), ('bob', 'beta'), ('bob', '')")
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s::uuid)], '{}')", RUN % 0)
    for number, tenant in enumerate(["acme", "beta", None], start=1):
        run = RUN % number
        database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home,"
                       " topic, event_id, type, source_type, workflow, workflow_version, tenant)"
                       " VALUES (%s, now(), 1, 1, 0, 0, 1, 't', 'e', 'x', 'api', 'n/w', '1.0.0', %s)", run, tenant)
        database.query("INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count,"
                       " status, workflow, workflow_version, tenant, recipient_id, error_detail_internal)"
                       " VALUES (%s, %s, now(), now(), 1, 1, 0, 0, 'faulted', 'n/w', '1.0.0', %s, 'lead', 'secret')", run, run, tenant)
        database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference, name, kind,"
                       " error_detail_internal) VALUES (%s, 1, now(), 1, 1, 0, 'faulted', '/do/0/x', 'x', 'call', 'secret')", run)
        database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status, error_detail_internal)"
                       " VALUES (%s, 1, 1, now(), 1, 'faulted', 'secret')", run)
        database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level, detail_internal)"
                       " VALUES (%s, 1, now(), 'run.created', 'ok', 'secret')", run)
    return database


def refused(database, user, sql):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        database.query(sql, user=user)


@pytest.mark.parametrize("sql", [
    "UPDATE workflow.event SET type = 'x'",
    "DELETE FROM workflow.event",
    "TRUNCATE workflow.event",
    "DELETE FROM workflow.run",
    "UPDATE workflow.batch SET epoch = 9",
    "DELETE FROM workflow.batch",
    "UPDATE workflow.definition SET document = 'x'",
    "INSERT INTO workflow.definition (namespace, name, version, content_hash, document) VALUES ('a', 'b', 'c', 'd', 'e')",
    "CREATE TABLE workflow.mine (x int)",
    "DROP TABLE workflow.event",
    "ALTER TABLE workflow.run ADD x int",
    "UPDATE workflow.trigger SET tenant = 'x'",
    "UPDATE workflow.definition_generation SET generation = 1",
    "SELECT workflow.adopt_cluster('x')",
])
def test_the_daemon_cannot(people, sql):
    refused(people, "a_daemon", sql)


def test_nobody_writes_partitions_directly(people):
    partition = people.value("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'workflow.event'::regclass LIMIT 1")
    for user in ("a_daemon", "alice", "boss"):
        refused(people, user, f"DELETE FROM {partition}")
        refused(people, user, f"SELECT * FROM {partition}")


def test_the_daemon_sees_and_writes_all_tenants(people):
    assert people.value("SELECT count(*) FROM workflow.run", user="a_daemon") == 3
    people.query("UPDATE workflow.run SET status = 'running'", user="a_daemon")
    assert people.value("SELECT count(*) FROM workflow.run WHERE status = 'running'") == 3


@pytest.mark.parametrize("view", ["runs", "triggers", "steps", "actions", "events", "timeline"])
@pytest.mark.parametrize("user,count", [("alice", 1), ("bob", 2), ("boss", 3)])
def test_a_reader_sees_its_tenants(people, view, user, count):
    assert people.value(f"SELECT count(*) FROM workflow.{view}", user=user) == count


def test_run_status_counts_only_what_is_seen(people):
    assert people.query("SELECT tenant, runs FROM workflow.run_status", user="alice") == [("acme", 1)]


def test_nothing_a_reader_sets_shows_more(people):
    connection = people.connect("alice")
    with connection.cursor() as cursor:
        for setting in ("SET workflow.tenant = 'beta'", "SET row_security = on", "SET search_path = workflow",
                        "SET application_name = 'bob'", "SET session_replication_role = DEFAULT"):
            try:
                cursor.execute(setting)
            except psycopg2.errors.InsufficientPrivilege:
                pass
            cursor.execute("SELECT array_agg(tenant) FROM workflow.runs")
            assert cursor.fetchone()[0] == ["acme"]
        for role in ("bob", "boss", "workflow_admin", "workflow_daemon", "workflow_owner", "postgres"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SET ROLE {role}")
        cursor.execute("SET row_security = off")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):  # says that it would leave rows out
            cursor.execute("SELECT count(*) FROM workflow.runs")


@pytest.mark.parametrize("sql", [
    "SELECT detail_internal FROM workflow.event",
    "SELECT error_detail_internal FROM workflow.run",
    "SELECT error_detail_internal FROM workflow.step",
    "SELECT error_detail_internal FROM workflow.action",
    "SELECT * FROM workflow.run",
    "SELECT document FROM workflow.definition",
    "SELECT * FROM workflow.quarantine",
    "SELECT * FROM workflow.batch",
    "SELECT * FROM workflow.dedupe_0",
    "SELECT * FROM workflow.stuck",
    "UPDATE workflow.run SET status = 'completed'",
    "INSERT INTO workflow.reader_tenant VALUES ('alice', 'beta')",
    "SELECT workflow.cancel_run('%s')" % (RUN % 1),
    "SELECT workflow.maintain()",
    "SELECT workflow.takeover('c', 'i', '{}', '{}', '{}', '{}')",
])
def test_a_reader_cannot(people, sql):
    refused(people, "alice", sql)


def test_no_view_for_readers_has_an_internal_column(people):
    internal = people.query("""
        SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = 'workflow' AND table_name IN ('runs', 'steps', 'actions', 'events', 'triggers', 'timeline')
           AND column_name LIKE '%internal%'""")
    assert internal == []


def test_every_view_reads_with_the_rights_of_who_asks(people):
    assert people.query("""SELECT relname FROM pg_class WHERE relnamespace = 'workflow'::regnamespace AND relkind = 'v'
                            AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)""") == []


def test_an_admin_reads_all_and_writes_nothing(people):
    assert people.value("SELECT count(*) FROM workflow.event WHERE detail_internal = 'secret'", user="boss") == 3
    refused(people, "boss", "UPDATE workflow.run SET status = 'completed'")
    refused(people, "boss", "DELETE FROM workflow.event")


def test_a_stranger_sees_nothing(people):
    refused(people, "stranger", "SELECT * FROM workflow.runs")


def test_a_command_needs_only_execute(people):
    command = people.value("SELECT workflow.cancel_run(%s, 'wrong number')", RUN % 2, user="boss")
    assert people.query("SELECT kind, home, actor, reason FROM workflow.command WHERE command_id = %s", command) == [
        ("cancel", 1, "boss", "wrong number")]
    refused(people, "boss", "INSERT INTO workflow.command (kind, run_id, actor) VALUES ('cancel', gen_random_uuid(), 'x')")
    with pytest.raises(psycopg2.errors.NoDataFound):
        people.query("SELECT workflow.suspend_run(gen_random_uuid())", user="boss")


def test_a_command_wakes_whoever_listens(people):
    connection = people.connect("boss")
    with connection.cursor() as cursor:
        cursor.execute("LISTEN workflow_home")
        for verb in ("cancel", "suspend", "resume", "retry", "wake"):
            cursor.execute(f"SELECT workflow.{verb}_run(%s)", (RUN % 1,))
    connection.poll()
    assert [n.payload for n in connection.notifies] == ["1"] * 5
