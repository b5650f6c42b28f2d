# SPDX-License-Identifier: Apache-2.0
"""Published definitions: their ids, their titles and the list of their tasks."""
import json
import uuid

import pytest

NAMESPACE = uuid.UUID("8f1d2a64-3c0e-4b57-9d4a-6e5b07c1f392")


def task(ord, **more):
    return {"ord": ord, "parent_ord": None, "next_ord": None, "is_decision": False, "reference": f"/do/{ord - 1}/t{ord}", "name": f"t{ord}",
            "title": None, "kind": "call", "type": "callLead", "function": "callLead", "branch": None, "config": {"x": 1}, **more}


def publish(database, tasks, title=None, document="x", user="postgres"):
    return database.value("SELECT workflow.apply_definition('sales', 'lead-follow-up', '1.0.0', %s, %s)", document,
                          json.dumps({"title": title, "tasks": tasks}), user=user)


def tasks(database):
    return [row[0] for row in database.query("SELECT to_jsonb(t) - 'definition_id' FROM workflow.task t ORDER BY definition_id, ord")]


# The first is the example of RFC 9562, A.2, by another implementation as well.
@pytest.mark.parametrize("name", ["www.example.com", "", "a\\b", "\\x41", "ü€😀", "x" * 1000])
def test_version_3_ids_are_those_of_the_standard(shared_database, name):
    found = shared_database.value("SELECT workflow.uuid_v3('6ba7b810-9dad-11d1-80b4-00c04fd430c8', %s)", name)
    assert found == str(uuid.uuid3(uuid.NAMESPACE_DNS, name))
    if name == "www.example.com":
        assert found == "5df41881-3aed-3515-88a7-2f4a814cf09e"


def test_version_and_variant_of_many(shared_database):
    assert shared_database.query("SELECT DISTINCT substr(id, 15, 1), substr(id, 20, 1) FROM (SELECT workflow.workflow_id(i::text)::text AS id"
                                 " FROM generate_series(1, 1000) i) t ORDER BY 2") == [("3", digit) for digit in "89ab"]


def test_ids_of_workflows_tasks_and_steps(shared_database):
    workflow = uuid.uuid3(NAMESPACE, "sales/lead-follow-up")
    run = "01a1e1a7-4c00-7001-8000-000000000001"
    assert shared_database.value("SELECT workflow.workflow_id('sales/lead-follow-up')") == str(workflow)
    assert shared_database.value("SELECT workflow.task_id(%s, '1.0.0', '/do/0/a')", str(workflow)) == str(uuid.uuid3(workflow, "1.0.0/do/0/a"))
    assert shared_database.value("SELECT workflow.step_id(%s, '/do/0/a', 2)", run) == str(uuid.uuid3(uuid.UUID(run), "/do/0/a#2"))


def test_ids_are_computed_in_place(shared_database):
    """A call of an SQL function that is not inlined costs ten times as much."""
    shared_database.query("CREATE TABLE IF NOT EXISTS ids (run_id uuid, reference text, visit int)")
    plan = shared_database.query("EXPLAIN (VERBOSE) SELECT workflow.step_id(run_id, reference, visit), workflow.workflow_id(reference) FROM ids")
    assert not any("step_id(" in line or "uuid_v3(" in line or "workflow_id(" in line for (line,) in plan)


def test_a_workflow_is_found_by_its_id(database):
    publish(database, [])
    assert database.query("SELECT namespace, name FROM workflow.definition WHERE workflow_id = workflow.workflow_id('sales/lead-follow-up')") == [
        ("sales", "lead-follow-up")]


def test_title_and_tasks_are_stored(database):
    wanted = [task(1, title="Call", next_ord=2, type="voice_call"), task(2, parent_ord=1, is_decision=True, branch="no", config=None, function=None)]
    publish(database, wanted, "Follow-up")
    assert database.value("SELECT title FROM workflow.definition") == "Follow-up"
    assert tasks(database) == wanted
    assert database.value("SELECT config IS NULL FROM workflow.task WHERE ord = 2")


def test_the_same_again_writes_nothing(database):
    publish(database, [task(1), task(2)], "T")
    rows = "SELECT array_agg(xmin ORDER BY ord) FROM (SELECT xmin::text, ord FROM workflow.task UNION ALL SELECT xmin::text, 0 FROM workflow.definition) t"
    generation = "SELECT generation FROM workflow.definition_generation"
    before = database.value(rows), database.value(generation)
    publish(database, [task(1), task(2)], "T")
    assert (database.value(rows), database.value(generation)) == before


def test_what_a_newer_loader_says_comes_in(database):
    generation = "SELECT generation FROM workflow.definition_generation"
    database.query("SELECT workflow.apply_definition('sales', 'lead-follow-up', '1.0.0', 'x')")
    assert tasks(database) == []
    before = database.value(generation)
    publish(database, [task(1), task(2)], "T")
    publish(database, [task(1, type="voice_call")], "U")
    assert tasks(database) == [task(1, type="voice_call")]
    assert database.value("SELECT title FROM workflow.definition") == "U"
    assert database.value(generation) == before  # nothing that instances load has changed


def test_without_an_outline_what_is_there_stays(database):
    publish(database, [task(1)], "T")
    database.query("SELECT workflow.deactivate_definition('sales', 'lead-follow-up', '1.0.0')")
    database.query("SELECT workflow.apply_definition('sales', 'lead-follow-up', '1.0.0', 'x')")
    assert tasks(database) == [task(1)]
    assert database.query("SELECT title, state FROM workflow.definition") == [("T", "active")]


def test_the_daemon_publishes_and_readers_read(database):
    database.query("""DO $$ BEGIN
      IF to_regrole('a_publisher') IS NULL THEN
        CREATE ROLE a_publisher LOGIN IN ROLE workflow_daemon;
        CREATE ROLE a_viewer LOGIN IN ROLE workflow_reader;
      END IF; END $$""")
    publish(database, [task(1)], "T", user="a_publisher")
    assert database.value("SELECT title FROM workflow.definition", user="a_viewer") == "T"
    assert database.value("SELECT name FROM workflow.task", user="a_viewer") == "t1"
