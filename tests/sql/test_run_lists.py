# SPDX-License-Identifier: Apache-2.0
"""Lists: filters, pages and their ends in both directions, walks while runs are being
inserted, and what each role gets of them."""
import itertools
import random
import threading

import psycopg2
import pytest

import answers
from answers import Rows

STATES = [("pending", None), ("running", "action"), ("waiting", "timer"), ("suspended", "resume"), ("cancelled", None), ("completed", None),
          ("faulted", None)]
WORDS = ["queued", "processing", "paused", "paused", "cancelled", "completed", "completed"]
WORKFLOWS = [answers.WORKFLOW, "sales/other"]
TENANTS = ["acme", "beta", None]


class Listed:
    """84 runs, three minutes apart: every state with and without errors, of two workflows and three tenants."""

    def __init__(self, database):
        self.rows = Rows(database)
        self.rows.definition("other")
        self.runs = []
        for number, (state, errors, workflow, tenant) in enumerate(itertools.product(range(7), (0, 2), WORKFLOWS, TENANTS)):
            status, waiting_for = STATES[state]
            at = (number * 37 % 84) * 180  # not in the order of anything else
            run = self.rows.run(at, status=status, waiting_for=waiting_for, error_count=errors, workflow=workflow, tenant=tenant,
                                recipient_id=f"lead-{number % 5}", recipient_collection=("leads", None)[number % 2])
            self.runs.append(dict(id=run, at=at, status=WORDS[state], errors=errors > 0, workflow=workflow, tenant=tenant,
                                  lead=f"lead-{number % 5}", collection=("leads", None)[number % 2]))
        self.runs.sort(key=lambda run: run["id"], reverse=True)

    def ids(self, wanted=lambda run: True):
        return [run["id"] for run in self.runs if wanted(run)]


@pytest.fixture(scope="module")
def listed(shared_database):
    shared_database.query("""DO $$ BEGIN
      IF to_regrole('lists_api') IS NULL THEN
        CREATE ROLE lists_api LOGIN IN ROLE workflow_http;
        CREATE ROLE lists_reader LOGIN IN ROLE workflow_reader;
        CREATE ROLE lists_boss LOGIN IN ROLE workflow_admin;
      END IF; END $$""")
    shared_database.query("INSERT INTO workflow.reader_tenant VALUES ('lists_reader', 'beta'), ('lists_reader', '')")
    return Listed(shared_database)


class Asker:
    """knock_runs() by a role, in one connection."""

    def __init__(self, database, user="postgres", tenant=None):
        self.connection = database.connect(user)
        if tenant is not None:
            self.run("SELECT set_config('workflow_api.tenant', %s, false)", "=" + tenant)

    def run(self, sql, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0]

    def page(self, **filters):
        casts = {"status": "::text[]", "starting_at": "::timestamptz", "ending_at": "::timestamptz"}
        names = ", ".join(f"{name} => %s{casts.get(name, '')}" for name in filters)
        return self.run(f"SELECT workflow_api.knock_runs({names})", *filters.values())

    def ids(self, **filters):
        return [item["id"] for item in self.page(**filters)["items"]]

    def forwards(self, size, **filters):
        """All ids by pages from the newest on."""
        ids, page = [], self.page(page_size=size, **filters)
        while True:
            ids += [item["id"] for item in page["items"]]
            if page["page_info"]["after"] is None:
                return ids
            page = self.page(page_size=size, **{**filters, "after": page["page_info"]["after"]})

    def backwards(self, size, start, **filters):
        """All ids in front of a cursor, by pages back to the newest; in the list's order."""
        ids, cursor = [], start
        while cursor is not None:
            page = self.page(page_size=size, before=cursor, **filters)
            ids = [item["id"] for item in page["items"]] + ids
            cursor = page["page_info"]["before"]
        return ids


@pytest.fixture
def root(listed):
    return Asker(listed.rows.database)


# ---- filters -------------------------------------------------------------------

def test_newest_first_in_pages_of_50(listed, root):
    page = root.page()
    assert [item["id"] for item in page["items"]] == listed.ids()[:50]
    assert list(page) == ["items", "page_info"] and list(page["page_info"]) == ["__typename", "after", "before", "page_size"]
    assert {**page["page_info"], "after": "x"} == {"__typename": "PageInfo", "after": "x", "before": None, "page_size": 50}
    assert page["items"][0] == {key: value for key, value in root.run("SELECT workflow_api.knock_run(%s)", listed.ids()[0]).items() if key != "events"}


@pytest.mark.parametrize("filters,wanted", [
    (dict(status=["queued"]), lambda run: run["status"] == "queued"),
    (dict(status=["paused", "cancelled"]), lambda run: run["status"] in ("paused", "cancelled")),
    (dict(status=[]), lambda run: True),
    (dict(has_errors=True), lambda run: run["errors"]),
    (dict(has_errors=False), lambda run: not run["errors"]),
    (dict(status=["completed"], has_errors=True), lambda run: run["status"] == "completed" and run["errors"]),
    (dict(workflow="sales/other"), lambda run: run["workflow"] == "sales/other"),
    (dict(workflow="sales/none"), lambda run: False),
    (dict(workflow="sales/other", status=["paused"], has_errors=False),
     lambda run: run["workflow"] == "sales/other" and run["status"] == "paused" and not run["errors"]),
    (dict(tenant="beta"), lambda run: run["tenant"] == "beta"),
    (dict(tenant=""), lambda run: run["tenant"] is None),
    (dict(tenant="nobody"), lambda run: False),
    (dict(tenant="beta", workflow="sales/other"), lambda run: run["tenant"] == "beta" and run["workflow"] == "sales/other"),
    (dict(tenant="", workflow="sales/other", status=["processing"]),
     lambda run: run["tenant"] is None and run["workflow"] == "sales/other" and run["status"] == "processing"),
    (dict(recipient_id="lead-2"), lambda run: run["lead"] == "lead-2"),
    (dict(recipient_id="lead-2", recipient_collection="leads"), lambda run: run["lead"] == "lead-2" and run["collection"] == "leads"),
    (dict(recipient_id="lead-2", tenant="acme", workflow=answers.WORKFLOW, status=["completed"], has_errors=False),
     lambda run: run["lead"] == "lead-2" and run["tenant"] == "acme" and run["workflow"] == answers.WORKFLOW and run["status"] == "completed"
     and not run["errors"]),
    (dict(recipient_id="nobody"), lambda run: False),
    (dict(starting_at="2026-01-05T10:00:00Z"), lambda run: run["at"] >= 3600),
    (dict(ending_at="2026-01-05T10:00:00Z"), lambda run: run["at"] < 3600),
    (dict(starting_at="2026-01-05T10:00:00.0000001Z"), lambda run: run["at"] >= 3600),
    (dict(starting_at="2026-01-05T10:00:00.001Z"), lambda run: run["at"] > 3600),
    (dict(starting_at="2026-01-05T10:00:00Z", ending_at="2026-01-05T11:00:00Z", has_errors=True),
     lambda run: 3600 <= run["at"] < 7200 and run["errors"]),
    (dict(starting_at="-infinity", ending_at="infinity"), lambda run: True),
    (dict(starting_at="infinity"), lambda run: False),
])
@pytest.mark.parametrize("size", [50, 7])
def test_filters(listed, root, filters, wanted, size):
    expected = listed.ids(wanted)
    assert root.forwards(size, **filters) == expected
    if expected:
        last = root.run("SELECT workflow_api.cursor_of(%s)", expected[-1])
        assert root.backwards(size, last, **filters) == expected[:-1]


@pytest.mark.parametrize("arguments", [
    dict(page_size=0), dict(page_size=51), dict(status=["failed"]), dict(status=["queued", "Queued"]), dict(recipient_collection="leads"),
    dict(after="x"), dict(before=""), dict(after="AAAAAAAAAAAAAAAAAAAAAAA"), dict(after="AgGiAZ-OwHABgAAAAAAPQjs"),
    dict(after="AQGiAZ-OwHABgAAAAAAPQjs="), dict(before="AQGiAZ+OwHABgAAAAAAPQjs"), dict(after="AQGiAZ-OwHABgAAAAAAPQjt")])
def test_wrong_arguments_are_refused_with_a_reason(root, arguments):
    with pytest.raises(psycopg2.Error) as refused:
        root.page(**arguments)
    assert refused.value.pgcode == "WFA22" and refused.value.diag.message_primary


# ---- pages ---------------------------------------------------------------------

def test_cursors_are_null_at_the_ends_alone(listed, root):
    ids = listed.ids()
    first = root.page(page_size=42)
    second = root.page(page_size=42, after=first["page_info"]["after"])
    assert [item["id"] for item in second["items"]] == ids[42:]
    assert first["page_info"]["before"] is None and first["page_info"]["after"] is not None
    assert second["page_info"]["after"] is None and second["page_info"]["before"] is not None
    assert root.page(page_size=42, before=second["page_info"]["before"]) == first
    third = root.page(page_size=10, before=second["page_info"]["before"])
    assert [item["id"] for item in third["items"]] == ids[32:42]
    assert third["page_info"]["before"] is not None and third["page_info"]["after"] is not None


def test_a_whole_list_in_one_page_has_no_cursors(root):
    info = root.page(status=["queued"])["page_info"]
    assert (info["after"], info["before"]) == (None, None)


def test_an_empty_page_has_no_cursors(root):
    assert root.page(recipient_id="nobody") == {"items": [], "page_info": {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}}


def test_both_cursors_are_a_range(listed, root):
    ids = listed.ids()
    newer, older = (root.run("SELECT workflow_api.cursor_of(%s)", ids[place]) for place in (10, 30))
    assert root.ids(after=newer, before=older) == ids[11:30]
    page = root.page(after=newer, before=older, page_size=15)
    assert [item["id"] for item in page["items"]] == ids[11:26] and page["page_info"]["after"] is not None
    rest = root.page(after=page["page_info"]["after"], before=older, page_size=15)
    assert [item["id"] for item in rest["items"]] == ids[26:30] and rest["page_info"]["after"] is None
    assert root.ids(after=older, before=newer) == []


def test_a_cursor_outlives_its_run(listed, root):
    run = listed.rows.run(100)
    cursor = root.run("SELECT workflow_api.cursor_of(%s)", run)
    behind = root.ids(after=cursor)
    listed.rows.query("DELETE FROM workflow.run WHERE run_id = %s", run)
    assert root.ids(after=cursor) == behind


def test_a_cursor_is_of_any_list(listed, root):
    """It is a place between runs, so that filters may change on the way."""
    cursor = root.page(page_size=40)["page_info"]["after"]
    place = listed.ids()[39]
    assert root.ids(after=cursor, has_errors=True) == listed.ids(lambda run: run["errors"] and run["id"] < place)


@pytest.mark.parametrize("filters", [{}, dict(tenant="walk"), dict(tenant="walk", workflow="sales/other"), dict(recipient_id="walker"),
                                     dict(tenant="walk", status=["completed", "processing"])])
def test_walks_lose_and_repeat_nothing_while_runs_are_inserted(database, filters):
    rows = Rows(database, tenant="walk")
    rows.definition("other")
    draw = random.Random(7)
    common = dict(workflow="sales/other", recipient_id="walker")
    there = sorted(rows.run(n, **common) for n in range(200))
    stop, added, problems = threading.Event(), [], []

    def insert():
        """Newer runs, and runs that come late into the middle."""
        try:
            for n in itertools.count(1000):
                if stop.is_set():
                    return
                added.append(rows.run(draw.choice([n, draw.uniform(0, 200)]), status="running", waiting_for="action", **common))
        except Exception as problem:  # noqa: BLE001 (a thread's failure must fail the test)
            problems.append(problem)

    writer = threading.Thread(target=insert)
    writer.start()
    walks = []
    try:
        asker = Asker(database)
        oldest = asker.run("SELECT workflow_api.cursor_of(%s)", there[0])
        for size in itertools.cycle((3, 17)):
            if len(walks) >= 4 and len(added) > 20 or problems:
                break
            walks.append((set(there), asker.forwards(size, **filters)))
            walks.append((set(there[1:]), asker.backwards(size, oldest, **filters)))
    finally:
        stop.set()
        writer.join()
    assert not problems
    for wanted, seen in walks:
        assert seen == sorted(set(seen), reverse=True)
        assert wanted <= set(seen) <= set(there) | set(added)


def test_a_run_that_changes_its_state_is_met_once_at_most(listed, root):
    rows = listed.rows
    runs = [rows.run(20000 + n, status="running", waiting_for="action", tenant="moving") for n in range(6)]
    page = root.page(tenant="moving", status=["processing"], page_size=2)
    rows.query("UPDATE workflow.run SET status = 'completed', waiting_for = NULL WHERE run_id = ANY (%s::uuid[])", [runs[5], runs[2]])
    assert root.ids(tenant="moving", status=["processing"], after=page["page_info"]["after"]) == [runs[3], runs[1], runs[0]]


# ---- who sees what ---------------------------------------------------------------

@pytest.mark.parametrize("tenant", ["acme", "beta", ""])
@pytest.mark.parametrize("filters", [{}, dict(workflow="sales/other"), dict(status=["completed"]), dict(recipient_id="lead-1")])
def test_the_http_role_lists_its_tenant(listed, tenant, filters):
    asker = Asker(listed.rows.database, "lists_api", tenant)
    root = Asker(listed.rows.database)
    assert asker.forwards(7, **filters) == root.forwards(50, **filters, tenant=tenant) != []


def test_the_http_role_gets_nothing_of_another_tenant(listed):
    asker = Asker(listed.rows.database, "lists_api", "acme")
    for foreign in ("beta", "", "=acme", "*"):
        assert asker.page(tenant=foreign)["items"] == []
    theirs = listed.ids(lambda run: run["tenant"] != "acme")
    assert [asker.run("SELECT workflow_api.knock_run(%s)", run) for run in theirs] == [None] * len(theirs)
    run = next(run for run in listed.runs if run["tenant"] == "beta" and run["workflow"] == answers.WORKFLOW and run["status"] == "paused")
    for sql in ("plannr_execution(%(run)s)", "truestate_session(workflow.workflow_id(%(workflow)s), %(run)s)",
                "dialnexa_history(%(workflow)s, %(run)s)", "truestate_cancel(workflow.workflow_id(%(workflow)s), %(run)s, 'x')"):
        with asker.connection.cursor() as cursor:
            cursor.execute(f"SELECT workflow_api.{sql}", dict(run=run["id"], workflow=run["workflow"]))
            assert cursor.fetchone()[0] is None, sql
    assert {found["businessId"] for found in asker.run("SELECT workflow_api.leadping_workflow_status('lead-1')")["runs"]} == {"acme"}
    with pytest.raises(psycopg2.errors.NoDataFound):
        asker.run("SELECT workflow_api.cancel_run(%s, 'x')", run["id"])
    assert listed.rows.query("SELECT count(*) FROM workflow.command")[0][0] == 0


def test_what_was_seen_for_one_tenant_is_not_seen_for_the_next(listed):
    """The policies remember the run that they looked up last: with the tenant."""
    run = listed.rows.waiting(30000, tenant="first")
    asker = Asker(listed.rows.database, "lists_api", "first")
    assert asker.run("SELECT count(*) FROM workflow.event WHERE run_id = %s", run) == 15
    asker.run("SELECT set_config('workflow_api.tenant', '=second', false)")
    assert asker.run("SELECT count(*) FROM workflow.event WHERE run_id = %s", run) == 0


def test_the_http_role_answers_as_the_superuser_does(listed):
    run = listed.rows.waiting(40000, tenant="acme", recipient_id="equal")
    both = [Asker(listed.rows.database, "lists_api", "acme"), Asker(listed.rows.database)]
    for sql in ("knock_run(%(run)s)", "leadping_workflow_status('equal', true)", "dialnexa_history(%(workflow)s, 'equal')",
                "truestate_session(workflow.workflow_id(%(workflow)s), %(run)s)", "plannr_execution(%(run)s, true)"):
        found = []
        for asker in both:
            with asker.connection.cursor() as cursor:
                cursor.execute(f"SELECT workflow_api.{sql}::text", dict(run=run, workflow=answers.WORKFLOW))
                found.append(cursor.fetchone()[0])
        assert found[0] == found[1] != None, sql  # noqa: E711
    assert both[0].run("SELECT workflow_api.truestate_cancel(workflow.workflow_id(%s), %s, 'x') IS NOT NULL", answers.WORKFLOW, run)
    assert listed.rows.query("DELETE FROM workflow.command RETURNING actor") == [("lists_api",)]


def test_a_reader_lists_its_tenants(listed):
    asker = Asker(listed.rows.database, "lists_reader")
    mine = listed.ids(lambda run: run["tenant"] in ("beta", None))
    assert [run for run in asker.forwards(7) if run in mine] == mine
    assert set(asker.forwards(7)) == set(mine)
    assert asker.forwards(9, has_errors=True) == listed.ids(lambda run: run["tenant"] in ("beta", None) and run["errors"])
    assert asker.page(tenant="acme")["items"] == []
    asker.connection.cursor().execute("SET workflow_api.tenant = '=acme'")
    assert set(asker.forwards(7)) == set(mine)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        asker.run("SELECT workflow_api.leadping_workflow_status('lead-1', true)")


def test_an_administrator_lists_everybodys(listed):
    asker = Asker(listed.rows.database, "lists_boss")
    for filters in ({}, dict(has_errors=True), dict(workflow="sales/other")):
        assert asker.forwards(20, **filters) == Asker(listed.rows.database).forwards(50, **filters) != []


def test_unset_the_http_role_lists_nothing(listed):
    assert Asker(listed.rows.database, "lists_api").page()["items"] == []
    assert Asker(listed.rows.database, "lists_api", "acme").page()["items"] != []
