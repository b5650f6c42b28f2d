# SPDX-License-Identifier: Apache-2.0
"""Every statement that the documents print is run, by the role it is meant for, on a
database in which everything that they ask about has happened."""
import contextlib
import pathlib
import re
import shutil

import psycopg2
import pytest

from children import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "config" / "examples"


def blocks(document, language=""):
    """(statement, names of the columns shown or None) of each fenced block of one statement."""
    text = (ROOT / document).read_text()
    for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S):
        statement, _, shown = re.sub(r"^-- .*\n", "", block, flags=re.M).partition(";")
        lines = shown.strip("\n").splitlines()
        has_table = len(lines) > 1 and re.fullmatch(r"[-+]+", lines[1])
        yield statement, [name.strip() for name in lines[0].split("|")] if has_table else None


@pytest.fixture(scope="module")
def told():
    """What the tests have in common: filled once."""
    return {}


@pytest.fixture
def asked(embedded_broker, told, postgres, messages, programs, tmp_path_factory):
    """run(statement, role) on the database, filled at the first use."""
    if not told:
        told["database"] = fill(embedded_broker, postgres.fresh(), messages, programs, tmp_path_factory.mktemp("story"))
    database = told["database"]
    with contextlib.closing(psycopg2.connect(database.conninfo)) as connection, connection.cursor() as cursor:

        def run(statement, role):
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute(statement)
            return cursor.description and [column.name for column in cursor.description], cursor.fetchall() if cursor.description else []

        yield run
        connection.rollback()


def fill(broker, database, messages, programs, folder):
    """Runs of the examples that have completed, failed, wait, were repeated or set aside."""
    import messages as contract
    import workflowd as runners
    definitions = folder / "definitions"
    shutil.copytree(EXAMPLES, definitions, ignore=lambda _, names: [name for name in names if not name.endswith(".yaml")])
    topics = runners.Topics("documented")
    topics.create(broker)
    daemon = runners.Workflowd(programs, str(folder), database, broker, topics, definitions).start()
    worker = runners.Worker(programs, str(folder), broker, topics).start()
    publisher = contract.Publisher(broker)
    try:
        def lead(name, wait, workflow="sales/lead-follow-up", id=None):
            data = {"lead": name, "wait": wait}
            publisher.send(topics.triggers, messages.trigger(id or f"{name}-created", workflow, [("leads", name)], data, tenant="acme"), partition=0)

        for name in ("lead-2000", *(f"lead-{number}" for number in range(2100, 2160))):
            lead(name, "PT0.2S")
        lead("lead-2000", "PT0.2S")  # repeated
        for number in range(4000, 4030):
            lead(f"lead-{number}", "PT1H")
            lead(f"lead-{number + 1000}", "soon")
        lead("lead-1", "PT1S", workflow="sales/lead-followup")
        publisher.send(topics.triggers, messages.trigger("signed-17", "", [("", "c-17")], tenant="acme", type="client.signed", data={
            "client": "c-17", "email": "ada@example.org", "plan": "pro", "pause": "PT0.1S"}))
        publisher.flush()
        value = database.value
        eventually(lambda: value("SELECT count(*) FROM workflow.run") == 122, 60, "all have begun")
        eventually(lambda: value("SELECT count(*) FROM workflow.run WHERE ended_at IS NULL AND (waiting_for <> 'timer' OR next_wake_at < now() + '1 min')") == 0,
                   60, "all have ended or wait for long")
        assert value("SELECT count(*) FROM workflow.run WHERE status = 'waiting'") and value("SELECT count(*) FROM workflow.run WHERE status = 'faulted'")
        assert value("SELECT count(*) FROM workflow.duplicate") == 1 and value("SELECT count(*) FROM workflow.quarantine") == 1
        database.query("CREATE ROLE a_reader IN ROLE workflow_reader")
        database.query("CREATE ROLE an_admin IN ROLE workflow_admin")
        database.query("INSERT INTO workflow.reader_tenant VALUES ('a_reader', 'acme')")
    finally:
        worker.close()
        daemon.close()
    return database


QUESTIONS = [case for case in blocks("README.md") if case[0].startswith("SELECT") and "workflow." in case[0]]


def test_the_documents_have_their_statements():
    assert len(QUESTIONS) == 10
    assert all(columns for _, columns in QUESTIONS), "each shows what it gives"
    assert len(list(blocks("docs/operating.md", "sql"))) >= 6


@pytest.mark.parametrize("number", range(1, 11))
def test_a_question_of_the_readme(asked, number):
    """It gives rows, in the columns that are shown."""
    statement, columns = QUESTIONS[number - 1]
    names, rows = asked(statement, "an_admin" if "quarantined" in statement else "a_reader")
    assert names == columns
    assert rows


def test_who_may_read(asked):
    """The lines under that title, one after another."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"^```\n(CREATE ROLE crm.*?)^```$", text, re.M | re.S)[1]
    statements = [statement.strip() for statement in block.split("\n\n tenant")[0].split(";") if statement.strip()]
    assert len(statements) == 5
    for statement in statements:
        names, rows = asked(statement, "postgres" if not statement.startswith("SELECT") else "crm")
    assert names == ["tenant", "count"] and [tenant for tenant, _ in rows] == ["acme"]


@pytest.mark.parametrize("statement", [statement for statement, _ in blocks("docs/operating.md", "sql")], ids=lambda s: " ".join(s.split())[:50])
def test_a_statement_of_the_manual(asked, statement):
    names, rows = asked(statement, "an_admin")
    assert rows, names
