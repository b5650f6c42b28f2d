# SPDX-License-Identifier: Apache-2.0
"""A run with all that belongs to it for each of two tenants and for nobody, written straight into the tables, with
internal texts; and what roles are refused."""
import psycopg2
import pytest

RUN = "01a1e1a7-4c00-7001-8000-0000000000%02d"  # 1 acme's, 2 beta's, 3 nobody's
TENANTS = {1: "acme", 2: "beta", 3: None}


def fill(database):
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s::uuid)], '{}')", RUN % 0)
    for number, tenant in TENANTS.items():
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


def refused(database, user, sql):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        database.query(sql, user=user)
