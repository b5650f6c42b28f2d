# SPDX-License-Identifier: Apache-2.0
"""Keys of workflowd-api, and what its role sees: the rows of the tenant that the
transaction names, and none when it names none."""
import hashlib
import re

import psycopg2
import pytest

from tenants import RUN, TENANTS, fill, refused


@pytest.fixture(scope="module")
def people(shared_database):
    database = shared_database
    database.query("""DO $$ BEGIN
      IF to_regrole('an_api') IS NULL THEN
        CREATE ROLE an_api LOGIN IN ROLE workflow_http;
        CREATE ROLE keeper LOGIN IN ROLE workflow_admin;
        CREATE ROLE only_reads LOGIN IN ROLE workflow_reader;
      END IF; END $$""")
    database.query("INSERT INTO workflow.reader_tenant VALUES ('only_reads', 'beta')")
    fill(database)
    for number, tenant in TENANTS.items():
        database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, event_id, workflow, tenant)"
                       " VALUES (%s, now(), 0, 0, 't', 'e', 'n/w', %s)", RUN % number, tenant)
    return database


# ---- keys --------------------------------------------------------------------

def test_a_key_is_shown_once_and_kept_as_a_hash(people):
    key = people.value("SELECT workflow_api.create_key('the CRM', 'acme', 'operator', 90)", user="keeper")
    found = re.fullmatch(r"wfk_([0-9a-f]{12})_([0-9a-f]{64})", key)
    assert found
    row = people.query("SELECT secret_hash, tenant, role, name, rate_per_minute, created_by, expires_at, revoked_at"
                       " FROM workflow_api.api_key WHERE key_id = %s", found[1])[0]
    assert (bytes(row[0]), *row[1:]) == (hashlib.sha256(found[2].encode()).digest(), "acme", "operator", "the CRM", 90, "keeper", None, None)


def test_keys_differ(people):
    keys = {people.value("SELECT workflow_api.create_key('x')", user="keeper") for _ in range(5)}
    assert len(keys) == len({key.split("_")[1] for key in keys}) == len({key.split("_")[2] for key in keys}) == 5


def test_without_more_a_key_reads_what_has_no_tenant(people):
    people.value("SELECT workflow_api.create_key('plain')", user="keeper")
    assert people.query("SELECT tenant, role, rate_per_minute FROM workflow_api.api_key WHERE name = 'plain'") == [("", "reader", None)]


@pytest.mark.parametrize("arguments", ["'x', 'acme', 'owner'", "''", "NULL", "'x', 'acme', 'reader', 0"])
def test_what_is_no_key_is_not_made(people, arguments):
    with pytest.raises(psycopg2.errors.IntegrityError):
        people.query(f"SELECT workflow_api.create_key({arguments})", user="keeper")


def test_revoking_is_for_good_and_says_when(people):
    key_id = people.value("SELECT workflow_api.create_key('gone')", user="keeper").split("_")[1]
    first = people.value("SELECT workflow_api.revoke_key(%s)", key_id, user="keeper")
    assert people.value("SELECT workflow_api.revoke_key(%s)", key_id, user="keeper") == first
    assert people.value("SELECT revoked_at FROM workflow_api.api_key WHERE key_id = %s", key_id, user="keeper") == first
    with pytest.raises(psycopg2.errors.NoDataFound):
        people.query("SELECT workflow_api.revoke_key('000000000000')", user="keeper")


@pytest.mark.parametrize("user,sql", [
    ("keeper", "SELECT secret_hash FROM workflow_api.api_key"),
    ("keeper", "UPDATE workflow_api.api_key SET revoked_at = NULL"),
    ("only_reads", "SELECT key_id FROM workflow_api.api_key"),
    ("only_reads", "SELECT workflow_api.create_key('x')"),
    ("only_reads", "SELECT workflow_api.revoke_key('000000000000')"),
    ("an_api", "SELECT workflow_api.create_key('x')"),
    ("an_api", "SELECT workflow_api.revoke_key('000000000000')"),
    ("an_api", "INSERT INTO workflow_api.api_key (key_id) VALUES ('000000000000')"),
    ("an_api", "UPDATE workflow_api.api_key SET revoked_at = NULL"),
])
def test_keys_are_the_administrators(people, user, sql):
    refused(people, user, sql)


# ---- what the HTTP role sees --------------------------------------------------

TABLES = ["trigger", "duplicate", "run", "step", "action", "event"]
KEYS = {"trigger": "trigger_id", "duplicate": "first_trigger_id"}


def seen(people, tenant, table):
    """Ids in the table for a transaction that names the tenant."""
    key = KEYS.get(table, "run_id")
    connection = people.connect("an_api", autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('workflow_api.tenant', '=' || %s, true)", (tenant,))
        cursor.execute(f"SELECT {key}::text FROM workflow.{table}")
        ids = [row[0] for row in cursor.fetchall()]
    connection.close()
    return ids


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("tenant,number", [("acme", 1), ("beta", 2), ("", 3)])
def test_a_transaction_sees_the_tenant_that_it_names(people, table, tenant, number):
    assert seen(people, tenant, table) == [RUN % number]


@pytest.mark.parametrize("table", TABLES)
def test_unset_it_sees_nothing_also_after_it_was_set(people, table):
    connection = people.connect("an_api", autocommit=False)
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(f"SELECT count(*) FROM workflow.{table}")
            assert cursor.fetchone()[0] == 0
            connection.commit()
            cursor.execute("SELECT set_config('workflow_api.tenant', '=', true)")
            connection.commit()


@pytest.mark.parametrize("value", ["acme", "", "==acme", "=ACME", "=*"])
def test_only_the_very_name_counts(people, value):
    connection = people.connect("an_api")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('workflow_api.tenant', %s, false)", (value,))
        cursor.execute("SELECT count(*) FROM workflow.run")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("table", TABLES)
def test_what_a_reader_sets_shows_no_more(people, table):
    key = KEYS.get(table, "run_id")
    connection = people.connect("only_reads")
    with connection.cursor() as cursor:
        cursor.execute("SET workflow_api.tenant = '=acme'")
        cursor.execute(f"SELECT array_agg({key}::text) FROM workflow.{table}")
        assert cursor.fetchone()[0] == [RUN % 2]


def test_internal_texts_are_there_for_operators_keys(people):
    connection = people.connect("an_api")
    with connection.cursor() as cursor:
        cursor.execute("SET workflow_api.tenant = '=acme'")
        cursor.execute("SELECT r.error_detail_internal || e.detail_internal FROM workflow.run r JOIN workflow.event e USING (run_id)")
        assert cursor.fetchall() == [("secretsecret",)]


@pytest.mark.parametrize("sql", [
    "SELECT document FROM workflow.definition",
    "SELECT * FROM workflow.quarantine",
    "SELECT * FROM workflow.command",
    "SELECT * FROM workflow.reader_tenant",
    "UPDATE workflow.run SET status = 'completed'",
    "DELETE FROM workflow.event",
    "SELECT workflow.cancel_run('%s')" % (RUN % 1),
    "SELECT workflow.maintain()",
    "SET ROLE workflow_admin",
])
def test_the_http_role_cannot(people, sql):
    refused(people, "an_api", sql)


def test_the_http_role_reads_what_readers_read_and_the_internal_texts(people):
    """By the catalogue, so that a column that readers get is not forgotten."""
    differing = people.query("""
        SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
           AND has_column_privilege('workflow_reader', c.oid, a.attnum, 'SELECT') <> has_column_privilege('workflow_http', c.oid, a.attnum, 'SELECT')
         ORDER BY 1, 2""")
    assert differing == [("action", "error_detail_internal"), ("event", "detail_internal"),
                         *(("migration", column) for column in ("applied_at", "name", "version")),
                         ("reader_tenant", "role"), ("reader_tenant", "tenant"),
                         ("run", "error_detail_internal"), ("step", "error_detail_internal")]


def test_everything_belongs_to_the_owner_and_runs_safely(people):
    assert people.query("SELECT relname FROM pg_class WHERE relnamespace = 'workflow_api'::regnamespace AND relowner <> 'workflow_owner'::regrole") == []
    assert people.query("SELECT proname FROM pg_proc WHERE pronamespace = 'workflow_api'::regnamespace AND (proowner <> 'workflow_owner'::regrole"
                        " OR prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false))") == []
