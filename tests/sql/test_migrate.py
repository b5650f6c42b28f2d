# SPDX-License-Identifier: Apache-2.0
"""Migrating: from empty, again, by two at once; what stands in the schema afterwards."""
import pathlib
import re
import threading

import pytest

import answers

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIGRATIONS = sorted((ROOT / "sql" / "migrations").glob("*.sql"))


def test_from_empty_and_twice(cluster, migrate):
    name = cluster.create_database()
    first = migrate(cluster.conninfo(name))
    assert first[:len(MIGRATIONS)] == [m.stem for m in MIGRATIONS]
    assert first[-1] == f"version {len(MIGRATIONS)} of {len(MIGRATIONS)}"
    assert migrate(cluster.conninfo(name)) == ["functions and views", first[-1]]
    assert cluster.sql("SELECT count(*) FROM workflow.migration", name) == [(len(MIGRATIONS),)]


def test_two_at_once(cluster, migrate):
    name = cluster.create_database()
    results = []
    threads = [threading.Thread(target=lambda: results.append(migrate(cluster.conninfo(name)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert sum("001_definitions" in lines for lines in results) == 1


def test_a_failed_migration_leaves_what_was_before(cluster, migrate):
    name = cluster.create_database()
    cluster.sql("CREATE SCHEMA workflow; CREATE TABLE workflow.run (wrong int)", name)
    cluster.sql("DO $$ BEGIN IF to_regrole('workflow_owner') IS NULL THEN CREATE ROLE workflow_owner; END IF; END $$", name)
    cluster.sql("ALTER SCHEMA workflow OWNER TO workflow_owner; ALTER TABLE workflow.run OWNER TO workflow_owner", name)
    done = migrate(cluster.conninfo(name), check=False)
    assert done.returncode == 1
    assert "42P07" in done.stderr and 'relation "run" already exists' in done.stderr
    assert cluster.sql("SELECT max(version) FROM workflow.migration", name) == [(1,)]
    cluster.sql("DROP TABLE workflow.run", name)
    migrate(cluster.conninfo(name))


def test_a_member_of_the_owner_role_can_migrate_again(cluster, migrate, database):
    database.query("DO $$ BEGIN IF to_regrole('deployer') IS NULL THEN CREATE ROLE deployer LOGIN IN ROLE workflow_owner; END IF; END $$")
    assert migrate(cluster.conninfo(database.name, "deployer"))[0] == "functions and views"


def test_every_migration_has_its_header():
    for migration in MIGRATIONS:
        lines = migration.read_text().splitlines()
        for line, word in zip(lines, ("What", "Why", "Breaking", "Lock")):
            assert re.fullmatch(rf"-- {word}: +\S.*", line), f"{migration.name}: {line}"


def test_every_file_is_embedded(cluster):
    listed = (ROOT / "sql" / "CMakeLists.txt").read_text()
    for path in (ROOT / "sql").rglob("*.sql"):
        assert str(path.relative_to(ROOT / "sql")) in listed


def test_everything_has_a_comment(database):
    missing = database.query("""
        SELECT c.relname, a.attname
          FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'v'
         WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
           AND (obj_description(c.oid, 'pg_class') IS NULL
                OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)""")
    assert missing == []
    assert database.query("""
        SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace = 'workflow'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL""") == []


def test_no_function_is_for_everyone_but_the_harmless(database):
    public = database.query("""
        SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace = 'workflow'::regnamespace AND (p.proacl IS NULL OR EXISTS
               (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)) ORDER BY 1""")
    assert [name for name, in public] == ["dedupe_key", "expect", "step_id", "task_id", "uuid_at", "uuid_home", "uuid_time",
                                              "uuid_v3", "workflow_id"]


def test_definer_functions_fix_their_search_path(database):
    assert database.query("""
        SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace = 'workflow'::regnamespace AND p.prosecdef
           AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')""") == []


def test_updates_stay_hot(database):
    """No index, not even a partial one, holds a column that the daemon updates, but for the state of a run."""
    updated = {"run": {"state_key", "run_id", "trigger_id", "created_at", "definition_id", "tenant", "workflow", "workflow_version",
                       "recipient_collection", "recipient_id", "input"},
               "step": {"run_id", "step_no", "parent_step_no", "visit", "reference", "name", "kind", "title"},
               "action": {"run_id", "action_no", "step_no", "function"}}
    for table, fixed in updated.items():
        columns = database.query("""
            SELECT DISTINCT a.attname FROM pg_index i
              JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid -- predicates too
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid AND a.attnum > 0
             WHERE i.indrelid = ('workflow.' || %s)::regclass
            UNION SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid = ('workflow.' || %s)::regclass""", table, table)
        assert {c for c, in columns} <= fixed


def test_an_update_that_leaves_the_state_stays_hot(database):
    rows = answers.Rows(database)
    run = rows.run(status="running", waiting_for="action")
    for change, hot in (("last_seq = 9, updated_at = now(), retry_count = 2", 1), ("status = 'waiting'", 1),  # still at work
                        ("waiting_for = 'timer'", 0), ("status = 'suspended'", 1), ("error_count = 1", 0), ("error_count = 2", 1)):
        connection = database.connect()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"UPDATE workflow.run SET {change} WHERE run_id = %s", (run,))
            cursor.execute("SELECT sum(pg_stat_get_xact_tuples_hot_updated(inhrelid)) FROM pg_inherits WHERE inhparent = 'workflow.run'::regclass")
            assert cursor.fetchone()[0] == hot, change
            cursor.execute("COMMIT")


@pytest.mark.parametrize("status,waiting_for,key", [
    ("pending", None, "q"), ("running", None, "r"), ("running", "action", "r"), ("waiting", "action", "r"), ("waiting", "timer", "p"),
    ("waiting", "retry", "p"), ("suspended", "resume", "p"), ("cancelled", None, "x"), ("completed", None, "c"), ("faulted", None, "c")])
def test_the_key_of_a_runs_state(shared_database, status, waiting_for, key):
    rows = answers.Rows(shared_database)
    runs = [rows.run(status=status, waiting_for=waiting_for, error_count=errors) for errors in (0, 1, 3)]
    assert [rows.query("SELECT state_key FROM workflow.run WHERE run_id = %s", run)[0][0] for run in runs] == [key, key + "e", key + "e"]
