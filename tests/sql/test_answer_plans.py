# SPDX-License-Identifier: Apache-2.0
"""How the answers are found: no sequential scan in any plan, and no more rows read than the
page needs, in tables with thousands of runs, analysed and not; generic and custom plans."""
import json
import pathlib
import re
import subprocess

import pytest

STORED = pathlib.Path(__file__).resolve().parents[1] / "bench" / "stored.sql"
RUNS = 6000
ANSWERS = {
    "knock_run": "SELECT workflow_api.knock_run(%(run)s)",
    "leadping": "SELECT workflow_api.leadping_workflow_status(%(lead)s, true)",
    "dialnexa": "SELECT workflow_api.dialnexa_history(%(workflow)s, %(run)s)",
    "dialnexa by recipient": "SELECT workflow_api.dialnexa_history(workflow.workflow_id(%(workflow)s)::text, %(lead)s)",
    "truestate": "SELECT workflow_api.truestate_session(workflow.workflow_id(%(workflow)s), %(run)s)",
    "plannr": "SELECT workflow_api.plannr_execution(%(run)s, true)",
    "plannr list": "SELECT workflow_api.plannr_executions(page_size => 5)",
    "plannr list behind all names": "SELECT workflow_api.plannr_executions(page_size => 5, after => workflow_api.cursor_of("
                                    "'00000000-0000-0000-0000-000000000000') || workflow_api.cursor_of(workflow.workflow_id('bench/flow-1')))",
    "plannr list by time": "SELECT workflow_api.plannr_executions(page_size => 5, sort => 'created_at')",
    "plannr list of clients": "SELECT workflow_api.plannr_executions(client_uuids => ARRAY[%(lead)s, 'x'])",
    "plannr list of uuids": "SELECT workflow_api.plannr_executions(uuids => ARRAY[%(run)s]::uuid[])",
    "plannr blueprint": "SELECT workflow_api.plannr_blueprint_executions(workflow.workflow_id(%(workflow)s), page_size => 5)",
    "knock list": "SELECT workflow_api.knock_runs()",
    "knock list, deep": "SELECT workflow_api.knock_runs(after => workflow_api.cursor_of(%(run)s), page_size => 10)",
    "knock list, back": "SELECT workflow_api.knock_runs(before => workflow_api.cursor_of(%(run)s), page_size => 10)",
    "knock list, of a time": "SELECT workflow_api.knock_runs(starting_at => now() - interval '30 days', ending_at => now() - interval '29 days')",
    "knock list, nobody": "SELECT workflow_api.knock_runs(status => '{queued}')",
    "knock list, cancelled": "SELECT workflow_api.knock_runs(status => '{cancelled}', has_errors => true)",
    "knock list, errors": "SELECT workflow_api.knock_runs(has_errors => true, page_size => 10)",
    "knock list, workflow": "SELECT workflow_api.knock_runs(workflow => %(workflow)s, page_size => 10)",
    "knock list, workflow and status": "SELECT workflow_api.knock_runs(workflow => 'bench/flow-12', status => '{cancelled}')",
    "knock list, recipient": "SELECT workflow_api.knock_runs(recipient_id => %(lead)s)",
    "knock list, recipient and status": "SELECT workflow_api.knock_runs(recipient_id => %(lead)s, status => '{paused,cancelled}')",
    "knock list, recipient and workflow": "SELECT workflow_api.knock_runs(recipient_id => %(lead)s, workflow => 'bench/flow-12')",
    "knock list, recipient and collection": "SELECT workflow_api.knock_runs(recipient_id => %(lead)s, recipient_collection => 'others')",
    "knock list, recipient and errors": "SELECT workflow_api.knock_runs(recipient_id => %(lead)s, has_errors => true, page_size => 10)",
}
# How many rows of the large tables each may read at most; every list, whatever it filters by.
LIMITS = {"knock_run": 40, "leadping": 2500, "plannr list": 1200, "plannr list behind all names": 1200, "plannr list by time": 1200,
          "plannr blueprint": 1200}


@pytest.fixture(scope="module")
def stored(shared_database):
    """6,000 runs over twelve weeks, in two tenants' hands and others'."""
    database = shared_database
    subprocess.run(["psql", "-Xq", "-d", database.cluster.conninfo(database.name), "-v", f"runs={RUNS}", "-v", "first=1", "-v", f"last={RUNS}",
                    "-f", str(STORED)], check=True, stdout=subprocess.DEVNULL)
    database.query("""DO $$ BEGIN
      IF to_regrole('plans_api') IS NULL THEN
        CREATE ROLE plans_api SUPERUSER LOGIN; -- to load auto_explain; acts as the HTTP role
        CREATE ROLE plans_http LOGIN IN ROLE workflow_http;
      END IF; END $$""")
    return database


def plans(database, sql, tenant="acme", settings=()):
    """The plans of all statements inside, as PostgreSQL logs them after running them."""
    connection = database.connect("plans_api")
    with connection.cursor() as cursor:
        cursor.execute("SELECT run_id::text, recipient_id, workflow FROM workflow.run WHERE tenant IS NOT DISTINCT FROM nullif(%s, '')"
                       " ORDER BY run_id OFFSET 50 LIMIT 1", (tenant,))
        run, lead, workflow = cursor.fetchone()
        cursor.execute("LOAD 'auto_explain'")
        for setting in ("auto_explain.log_min_duration = 0", "auto_explain.log_nested_statements = on", "auto_explain.log_analyze = on",
                        "auto_explain.log_timing = off", "auto_explain.log_format = json", "client_min_messages = log",
                        "ROLE plans_http", *settings):
            cursor.execute("SET " + setting)
        cursor.execute("SELECT set_config('workflow_api.tenant', %s, false)", ("=" + tenant,))
        for _ in range(2):  # the first time other things are looked up too
            del connection.notices[:]
            cursor.execute(sql, dict(run=run, lead=lead, workflow=workflow))
            assert cursor.fetchone()[0] is not None
    found = []
    for notice in connection.notices:
        text = notice.partition("plan:\n")[2]
        if text.lstrip().startswith("{"):
            found.append(json.loads(text, strict=False)["Plan"])
    connection.close()
    return found


def nodes(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def large(node):
    return re.match(r"(run|step|action|event|trigger)_\d", node.get("Relation Name", ""))


def look(database, name, **options):
    scans = [node for plan in plans(database, ANSWERS[name], **options) for node in nodes(plan) if "Relation Name" in node or "Index Name" in node]
    assert any(large(node) for node in scans), "nothing was seen"
    assert [node["Relation Name"] for node in scans if node["Node Type"] == "Seq Scan"] == []
    read = sum(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))
               for node in scans if large(node))
    assert read <= LIMITS.get(name, 700), f"{read} rows"


@pytest.mark.parametrize("name", ANSWERS)
def test_plans_before_statistics(stored, name):
    look(stored, name)


@pytest.fixture(scope="module")
def analysed(stored):
    stored.query("VACUUM ANALYZE")
    return stored


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("tenant", ["acme", ""])
def test_plans(analysed, name, tenant):
    look(analysed, name, tenant=tenant)


@pytest.fixture(scope="module")
def uniform(analysed):
    """Statistics of a table where one tenant's runs of one workflow are all completed."""
    analysed.query("UPDATE workflow.run SET tenant = 'only', workflow = 'bench/flow-1', status = 'completed', waiting_for = NULL, error_count = 0,"
                   " ended_at = updated_at")
    analysed.query("UPDATE workflow.trigger SET tenant = 'only'")
    analysed.query("ANALYZE")
    return analysed


@pytest.mark.parametrize("name", [name for name in ANSWERS if name.startswith(("knock list", "plannr list behind"))])
def test_plans_where_all_runs_are_alike(uniform, name):
    look(uniform, name, tenant="only")


@pytest.mark.parametrize("view,where", [
    ("runs", "run_id = '{run}'"), ("runs", "recipient_id = '{lead}'"), ("steps", "run_id = '{run}'"), ("actions", "run_id = '{run}'"),
    ("events", "run_id = '{run}'"), ("waiting", "recipient_id = '{lead}'"), ("failures", "run_id = '{run}'"),
    ("runs", "tenant = 'only' AND run_id >= workflow.uuid_at(now() - interval '3 days')")])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_views_are_read_by_index(uniform, view, where, mode):
    run, lead = uniform.query("SELECT run_id, recipient_id FROM workflow.run ORDER BY run_id OFFSET 50 LIMIT 1")[0]
    connection = uniform.connect()
    with connection.cursor() as cursor:
        cursor.execute(f"SET plan_cache_mode = {mode}")
        cursor.execute(f"PREPARE looked AS SELECT * FROM workflow_api.{view} WHERE {where.format(run=run, lead=lead)}")
        cursor.execute("EXPLAIN (FORMAT json) EXECUTE looked")
        plan = cursor.fetchone()[0][0]["Plan"]
    # A week without rows has nothing to look up in, and the triggers of a few hundred runs may be joined by hashing.
    rows = dict(uniform.query("SELECT relname, reltuples FROM pg_class WHERE relnamespace = 'workflow'::regnamespace"))
    assert [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan" and large(node)
            and rows[node["Relation Name"]] > 200 and not node["Relation Name"].startswith("trigger")] == []


@pytest.fixture(scope="module")
def crowded(uniform):
    """And where all are one recipient's too, but for a few of a state that is rare among them."""
    uniform.query("UPDATE workflow.run SET recipient_id = 'crowd'")
    uniform.query("UPDATE workflow.run SET status = 'cancelled', error_count = 1 WHERE run_id IN (SELECT run_id FROM workflow.run ORDER BY run_id LIMIT 3)")
    uniform.query("VACUUM ANALYZE workflow.run")
    return uniform


@pytest.mark.parametrize("tenant", ["only", ""])
@pytest.mark.parametrize("name", [name for name in ANSWERS if name.startswith("knock list, recipient")])
def test_plans_where_one_recipient_has_all_runs(crowded, name, tenant):
    crowded.query("UPDATE workflow.run SET tenant = nullif(%s, '')", tenant)
    look(crowded, name, tenant=tenant)
