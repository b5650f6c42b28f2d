# SPDX-License-Identifier: Apache-2.0
"""Plannr's lists: sorts, filters, pages."""
import itertools
import types

import psycopg2
import pytest

import answers
from answers import Rows

NAMES = {"sales/lead-follow-up": "Lead follow-up", "sales/birthday": "A birthday", "sales/zeal": "Zeal"}


class Executions:
    """36 executions of three blueprints for four clients, by two tenants."""

    def __init__(self, database):
        self.rows = Rows(database)
        numbers = {answers.WORKFLOW: self.rows.definition_id, "sales/birthday": self.rows.definition("birthday", "A birthday"),
                   "sales/zeal": self.rows.definition("zeal", "Zeal")}
        self.all = []
        for number in range(36):
            workflow = sorted(NAMES)[number % 3]
            at = number * 31 % 36 * 60
            run = self.rows.run(at, workflow=workflow, definition_id=numbers[workflow], recipient_id=f"client-{number % 4}",
                                tenant=("acme", None)[number // 3 % 6 == 0])
            self.all.append(dict(id=run, name=NAMES[workflow], workflow=workflow, client=f"client-{number % 4}",
                                 tenant=("acme", None)[number // 3 % 6 == 0]))

    def ids(self, sort, wanted=lambda run: True):
        runs = sorted((run for run in self.all if wanted(run)), key=lambda run: run["id"], reverse=sort != "created_at")
        if sort in ("name", "-name"):
            runs.sort(key=lambda run: run["name"], reverse=sort == "-name")
        return [run["id"] for run in runs]


@pytest.fixture(scope="module")
def executions(shared_database):
    shared_database.query("""DO $$ BEGIN
      IF to_regrole('plannr_api') IS NULL THEN CREATE ROLE plannr_api LOGIN IN ROLE workflow_http; END IF; END $$""")
    return Executions(shared_database)


def page(executions, function="plannr_executions", tenant=None, **filters):
    casts = {"uuids": "::uuid[]", "client_uuids": "::text[]", "account_uuids": "::text[]", "blueprint": "::uuid"}
    names = ", ".join(f"{name} => %s{casts.get(name, '')}" for name in filters)
    connection = executions.rows.database.connect("postgres" if tenant is None else "plannr_api")
    with connection.cursor() as cursor:
        if tenant is not None:
            cursor.execute("SELECT set_config('workflow_api.tenant', %s, false)", ("=" + tenant,))
        cursor.execute(f"SELECT workflow_api.{function}({names})", tuple(filters.values()))
        answer = cursor.fetchone()[0]
    connection.close()
    return answer


def walk(executions, size, **filters):
    ids, cursor = [], None
    for _ in itertools.count():
        answer = page(executions, page_size=size, **filters, **(dict(after=cursor) if cursor else {}))
        ids += [item["uuid"] for item in answer["data"]]
        cursor = answer["meta"]["next_cursor"]
        if cursor is None:
            return ids
        assert len(answer["data"]) == size


def blueprint(executions, workflow=answers.WORKFLOW):
    return executions.rows.query("SELECT workflow.workflow_id(%s)", workflow)[0][0]


@pytest.mark.parametrize("sort", [None, "name", "-name", "created_at", "-created_at"])
@pytest.mark.parametrize("size", [50, 5, 4])
def test_sorts(executions, sort, size):
    assert walk(executions, size, sort=sort) == executions.ids(sort or "name")


@pytest.mark.parametrize("amount", [6, 7, 30])  # from 7 on all workflows are looked into, and these by dozens
@pytest.mark.parametrize("tenant", ["many", None])
def test_a_tenant_with_many_workflows(executions, database, amount, tenant):
    rows = Rows(database, tenant=tenant)
    runs = []
    for number in range(amount):
        title = f"Title {number * 11 % amount:02}"  # not in the order of the keys
        definition = rows.definition(f"flow-{number:02}", title)
        rows.definition(f"unused-{number:02}", title)
        runs += [(title, rows.run(at, workflow=f"sales/flow-{number:02}", definition_id=definition)) for at in (number, 100 + number)]
    many = types.SimpleNamespace(rows=rows)
    for sort in ("name", "-name"):
        expected = sorted(runs, key=lambda run: run[1], reverse=True)
        expected.sort(key=lambda run: run[0], reverse=sort == "-name")
        for asker in (None, tenant or ""):  # everybody's, and by the HTTP role
            assert walk(many, 9, sort=sort, tenant=asker) == [run for _, run in expected]
        rows.run(50, workflow="sales/flow-00", tenant="other")
        assert [item["uuid"] for item in page(many, tenant=tenant or "", sort=sort, page_size=50)["data"]] == [run for _, run in expected][:50]
        rows.query("DELETE FROM workflow.run WHERE tenant = 'other'")


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-created_at"])
def test_sorts_of_some_clients_and_of_some_uuids(executions, sort):
    theirs = executions.ids(sort, lambda run: run["client"] in ("client-1", "client-2"))
    clients = ["client-1", "client-2", "nobody", "client-1"]
    assert walk(executions, 4, sort=sort, client_uuids=clients) == theirs
    assert walk(executions, 4, sort=sort, account_uuids=clients) == theirs
    assert walk(executions, 50, sort=sort, client_uuids=clients, account_uuids=["client-2"]) == executions.ids(
        sort, lambda run: run["client"] == "client-2")
    some = [run["id"] for run in executions.all[::3]]
    assert walk(executions, 4, sort=sort, uuids=some + some) == executions.ids(sort, lambda run: run["id"] in some)
    assert walk(executions, 4, sort=sort, uuids=some, client_uuids=clients) == executions.ids(
        sort, lambda run: run["id"] in some and run["client"] in clients)


@pytest.mark.parametrize("sort,like", [(None, "-created_at"), ("name", "-created_at"), ("created_at", "created_at"), ("-created_at", "-created_at")])
def test_executions_of_a_blueprint(executions, sort, like):
    theirs = executions.ids(like, lambda run: run["workflow"] == "sales/zeal")
    this = dict(function="plannr_blueprint_executions", blueprint=blueprint(executions, "sales/zeal"))
    assert walk(executions, 5, sort=sort, **this) == theirs
    some = [run["id"] for run in executions.all[:9]]
    assert walk(executions, 2, sort=sort, uuids=some, **this) == [run for run in theirs if run in some]


def test_a_page_is_whole_executions(executions):
    answer = page(executions, page_size=1, include_account=True)
    run = executions.ids("name")[0]
    assert list(answer) == ["data", "meta"] and list(answer["meta"]) == ["per_page", "next_cursor"] and answer["meta"]["per_page"] == 1
    assert answer["data"] == [executions.rows.query("SELECT workflow_api.plannr_execution(%s, true)", run)[0][0]]
    assert "account" not in page(executions, page_size=1)["data"][0]
    assert len(page(executions)["data"]) == 25


def test_nothing_found_is_an_empty_page_and_no_blueprint_is_null(executions):
    assert page(executions, client_uuids=["nobody"]) == {"data": [], "meta": {"per_page": 25, "next_cursor": None}}
    assert page(executions, uuids=[]) == {"data": [], "meta": {"per_page": 25, "next_cursor": None}}
    assert page(executions, function="plannr_blueprint_executions", blueprint="7e57ab1e-0000-3000-8000-000000000000") is None


@pytest.mark.parametrize("tenant", ["acme", ""])
@pytest.mark.parametrize("filters", [{}, dict(sort="created_at"), dict(client_uuids=["client-0", "client-3"])])
def test_the_http_role_lists_its_tenant(executions, tenant, filters):
    found = [item["uuid"] for item in page(executions, tenant=tenant, page_size=50, **filters)["data"]]
    clients = filters.get("client_uuids", ["client-0", "client-1", "client-2", "client-3"])
    assert found == executions.ids(filters.get("sort", "name"), lambda run: run["tenant"] == (tenant or None) and run["client"] in clients) != []


@pytest.mark.parametrize("arguments", [
    dict(sort="status"), dict(sort="--name"), dict(page_size=0), dict(page_size=51), dict(after="x"), dict(sort="created_at", after="x" * 23),
    dict(after="AQGiAZ-OwHABgAAAAAAPQjs"), dict(client_uuids=["c"] * 51), dict(uuids=["7e57ab1e-0000-3000-8000-000000000000"] * 101)])
def test_wrong_arguments_are_refused_with_a_reason(executions, arguments):
    with pytest.raises(psycopg2.Error) as refused:
        page(executions, **arguments)
    assert refused.value.pgcode == "WFA22" and refused.value.diag.message_primary
