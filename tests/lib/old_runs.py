# SPDX-License-Identifier: Apache-2.0
"""Runs of any instant, written straight into the tables, and upkeep done to its end."""


def partitions(database, table):
    return [name for name, in database.query(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = ('workflow.' || %s)::regclass ORDER BY 1", table)]


def run(database, instant, ended, home=1, **columns):
    """A run of that instant, without events; returns its id."""
    row = dict(run_id=database.value(
        "SELECT overlay(overlay(workflow.uuid_at(%s::timestamptz)::text placing %s from 15) placing right(gen_random_uuid()::text, 6) from 31)::uuid",
        instant, "7%03x" % home),
        created_at=instant, updated_at=instant, definition_id=1, last_seq=1, retry_count=0, error_count=0,
        status="completed" if ended else "waiting", workflow="n/w", workflow_version="1.0.0", ended_at=instant if ended else None)
    row["trigger_id"] = row["run_id"]
    row.update(columns)
    names = ", ".join(row)
    database.query(f"INSERT INTO workflow.run ({names}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())
    return row["run_id"]


def deeds(database):
    """What upkeep did, called until nothing is left to do."""
    done = []
    while True:
        did = [(deed, thing) for deed, thing, amount in database.query("SELECT * FROM workflow.maintain()") if amount]
        done += [deed for deed in did if deed[0] != "again"]
        if not any(deed == "again" for deed, _ in did):
            return done


def belongings(database, run_id):
    """Rows of a run, or of a trigger of that id, in the other tables."""
    database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level) VALUES (%s, 1, now(), 'run.created', 'ok')", run_id)
    database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference, name, kind)"
                   " VALUES (%s, 1, now(), 1, 1, 0, 'running', '/do/0/x', 'x', 'call')", run_id)
    database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status) VALUES (%s, 1, 1, now(), 1, 'running')", run_id)
    database.query("INSERT INTO workflow.snapshot (run_id, seq, state) VALUES (%s, 64, '{}')", run_id)
    database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home,"
                   " topic, event_id, type, source_type, workflow, workflow_version)"
                   " VALUES (%s, now(), 1, 1, 0, 0, 1, 't', 'e', 'x', 'api', 'n/w', '1.0.0')", run_id)
