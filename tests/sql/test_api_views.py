# SPDX-License-Identifier: Apache-2.0
"""The views for people who write SQL: each column with its value, its comment, and what
each role gets of them."""
import json

import psycopg2
import pytest

import answers
from answers import CALL, PAUSE, Rows, at

VIEWS = ["runs", "steps", "actions", "events", "waiting", "failures"]


@pytest.fixture(scope="module")
def rows(shared_database):
    shared_database.query("""DO $$ BEGIN
      IF to_regrole('views_reader') IS NULL THEN
        CREATE ROLE views_reader LOGIN IN ROLE workflow_reader;
        CREATE ROLE views_boss LOGIN IN ROLE workflow_admin;
        CREATE ROLE views_stranger LOGIN;
      END IF; END $$""")
    shared_database.query("INSERT INTO workflow.reader_tenant VALUES ('views_reader', 'acme')")
    return Rows(shared_database)


def row(rows, view, where, *parameters):
    """The one row, as a dictionary in the order of its columns; instants in UTC."""
    connection = rows.database.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(f"SELECT * FROM workflow_api.{view} WHERE {where}", parameters)
        names, found = [column.name for column in cursor.description], cursor.fetchall()
    assert len(found) == 1
    return dict(zip(names, found[0]))


def test_runs(rows):
    run = rows.waiting(tenant="views", trigger=dict(actor='"ann"', correlation_id="order-7", cancellation_key="key", source_type="audience",
                                                    audience_key="new", schedule_id="s"))
    workflow = rows.query("SELECT workflow.workflow_id(%s)", answers.WORKFLOW)[0][0]
    expected = {
        "run_id": run, "trigger_id": run, "tenant": "views", "workflow": answers.WORKFLOW, "workflow_name": "Lead follow-up",
        "workflow_id": workflow, "workflow_version": "1.0.0", "recipient_collection": "leads", "recipient_id": "lead-1", "status": "waiting",
        "waiting_for": "timer", "next_wake_at": at(7260), "next_retry_at": None, "reason_code": None, "reason_text": None, "skip_code": None,
        "error_count": 1, "error_code": "communication", "error_summary": "Line busy", "retry_count": 0, "max_retries": None,
        "current_step_no": 4, "current_reference": PAUSE, "current_step_name": "Two hours", "source_type": "audience", "source_name": "crm",
        "event_type": "lead.created", "event_id": "event-1", "actor": "ann", "correlation_id": "order-7", "cancellation_key": "key",
        "audience_key": "new", "schedule_id": "s", "created_at": at(0), "started_at": at(1), "last_executed_at": at(60.25),
        "updated_at": at(60.25), "ended_at": None, "input": {"lead": "lead-1"}, "output": None}
    found = row(rows, "runs", "tenant = 'views'")
    assert json.dumps(found, default=str) == json.dumps(expected, default=str)


def test_steps(rows):
    run = rows.waiting()
    workflow, version = rows.query("SELECT workflow.workflow_id(%s), '1.0.0'", answers.WORKFLOW)[0]
    found = row(rows, "steps", "run_id = %s AND step_no = 2", run)
    assert found == {
        "run_id": run, "step_no": 2, "step_id": rows.query("SELECT workflow.step_id(%s, %s, 1)", run, CALL)[0][0], "parent_step_no": 1,
        "task_id": rows.query("SELECT workflow.task_id(%s, %s, %s)", workflow, version, CALL)[0][0], "ord": 2, "reference": CALL,
        "name": "Call the lead", "type": "voice_call", "kind": "call", "visit": 1, "status": "completed", "outcome": "no_answer",
        "skip_code": None, "attempt": 2, "max_attempts": 3, "retry_count": 1, "next_retry_at": None, "scheduled_at": at(12), "started_at": at(1),
        "due_at": None, "ended_at": at(20), "updated_at": at(20), "external_reference": "call-7", "error_code": None, "error_summary": None,
        "input": {"lead": "lead-1"}, "output": {"outcome": "no_answer"}, "tenant": "acme", "workflow": answers.WORKFLOW,
        "recipient_collection": "leads", "recipient_id": "lead-1"}


def test_actions(rows):
    run = rows.waiting()
    assert row(rows, "actions", "run_id = %s", run) == {
        "run_id": run, "action_no": 1, "action_id": f"{run}:1", "step_no": 2, "function": "callLead", "status": "completed",
        "outcome": "no_answer", "attempt": 2, "max_attempts": None, "next_retry_at": None, "requested_at": at(2), "deadline_at": None,
        "ended_at": at(20), "updated_at": at(5), "external_reference": "call-7", "summary": "Nobody answered", "error_code": None,
        "error_summary": None, "input": {"lead": "lead-1", "round": 1}, "output": {"outcome": "no_answer"}, "tenant": "acme",
        "workflow": answers.WORKFLOW, "recipient_collection": "leads", "recipient_id": "lead-1"}


def test_events(rows):
    run = rows.waiting()
    assert row(rows, "events", "run_id = %s AND seq = 11", run) == {
        "run_id": run, "seq": 11, "event_id": f"{run}.11", "occurred_at": at(20), "type": "action.completed", "level": "ok", "step_no": 2,
        "reference": CALL, "step_name": "Call the lead", "step_type": "voice_call", "action_no": 1, "attempt": 2, "reason_code": None,
        "summary": "Nobody answered", "data": {"outcome": "no_answer", "external_reference": "call-7"}, "tenant": "acme",
        "workflow": answers.WORKFLOW, "recipient_collection": "leads", "recipient_id": "lead-1"}


def test_waiting(rows):
    run = rows.retrying()
    rows.completed()
    assert row(rows, "waiting", "run_id = %s", run) == {
        "run_id": run, "tenant": "acme", "workflow": answers.WORKFLOW, "recipient_collection": "leads", "recipient_id": "lead-1",
        "status": "waiting", "waiting_for": "retry", "since": at(60.25), "until": at(12), "reference": "/do/0/reach", "step_name": "reach",
        "step_type": "try", "retry_count": 1, "max_retries": 2, "error_code": "communication", "error_summary": "Line busy", "reason_text": None}
    assert rows.query("SELECT count(*) FROM workflow_api.waiting WHERE status IN ('completed', 'faulted', 'cancelled')")[0][0] == 0


def test_failures(rows):
    run = rows.faulted()
    assert row(rows, "failures", "run_id = %s", run) == {
        "run_id": run, "step_no": 2, "tenant": "acme", "workflow": answers.WORKFLOW, "recipient_collection": "leads", "recipient_id": "lead-1",
        "run_status": "faulted", "reference": CALL, "step_name": "Call the lead", "step_type": "voice_call", "step_status": "faulted",
        "attempt": 1, "max_attempts": None, "next_retry_at": None, "outcome": "busy", "error_code": "communication",
        "error_summary": "Line busy", "external_reference": "call-8", "updated_at": at(5)}


def test_every_relation_and_column_and_function_has_a_comment(rows):
    assert rows.query("""
        SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'workflow_api'::regnamespace AND c.relkind IN ('v', 'r')
           AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)""") == []
    assert rows.query("SELECT proname FROM pg_proc WHERE pronamespace = 'workflow_api'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL") == []


def test_every_view_reads_with_the_rights_of_who_asks(rows):
    assert rows.query("SELECT relname FROM pg_class WHERE relnamespace = 'workflow_api'::regnamespace AND relkind = 'v'"
                      " AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)") == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_reader_sees_its_tenants_rows_and_nothing_internal(rows, view):
    for tenant in ("acme", "beta"):
        rows.waiting(tenant=tenant), rows.faulted(tenant=tenant)
    connection = rows.database.connect("views_reader")
    with connection.cursor() as cursor:
        for setting in ("SET workflow_api.tenant = '=beta'", "SET workflow_api.tenant = '=acme'", "SET row_security = on"):
            cursor.execute(setting)
            cursor.execute(f"SELECT DISTINCT tenant FROM workflow_api.{view}")
            assert cursor.fetchall() == [("acme",)]
        cursor.execute(f"SELECT * FROM workflow_api.{view} LIMIT 0")
        assert not [column.name for column in cursor.description if "internal" in column.name]
    assert {tenant for tenant, in rows.query(f"SELECT DISTINCT tenant FROM workflow_api.{view}")} >= {"acme", "beta"}
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows.database.query(f"SELECT * FROM workflow_api.{view}", user="views_stranger")


def test_operators_may_add_words_and_labels(rows):
    """And a migrate leaves them alone, but puts its own right."""
    rows.database.query("INSERT INTO workflow_api.word VALUES ('call_lead', 'channel', 'voice', 'voice', 'VOICE_CALL', 'VOICE_CALL')", user="views_boss")
    rows.database.query("INSERT INTO workflow_api.label VALUES ('skip', 'no_consent', 'No consent given')", user="views_boss")
    rows.database.query("UPDATE workflow_api.label SET label = 'Fertig' WHERE kind = 'status' AND word = 'completed'", user="views_boss")
    for relation in ("word", "label"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            rows.database.query(f"DELETE FROM workflow_api.{relation}", user="views_reader")


@pytest.mark.parametrize("type_,kind,words", [
    ("sms", "call", ("channel", "sms", "sms", "APPLICATION", "SMS")), ("chargeCard", "call", ("function", None, "function", "APPLICATION", "FUNCTION")),
    ("delay", "wait", ("delay", None, "delay", "TIME", "DELAY")), ("branch", "switch", ("branch", None, "condition", "CONDITIONAL", "BRANCH")),
    ("dropped", "set", ("update_data", None, "dropped", "DROPPED", "DROPPED")), ("oddity", "strange", ("oddity", None, "oddity", "APPLICATION", "ODDITY"))])
def test_words_of_tasks(rows, type_, kind, words):
    number = rows.definition(f"words-{type_.lower()}", tasks=[(1, None, None, False, "/do/0/x", "x", None, kind, type_, None, None, None)])
    assert rows.query("SELECT knock, knock_channel, leadping, dialnexa, truestate FROM workflow_api.task WHERE definition_id = %s", number) == [words]
