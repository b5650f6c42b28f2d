#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long PostgreSQL takes for each answer about runs, with 1,000,000 runs and 10,000,000 events stored (stored.sql)
and runs being written meanwhile: p50, p99 and the longest, as the HTTP role asks, through one connection. api_sql.sh
builds and calls this. Nothing here is a test: it prints."""
import argparse
import os
import random
import subprocess
import sys
import threading
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from database import PostgresServer  # noqa: E402

SETTINGS = "shared_buffers = 2GB\nmax_wal_size = 8GB\nmaintenance_work_mem = 512MB"
# %(run)s, %(lead)s, %(cursor)s: drawn anew for each call, of the asking tenant.
ANSWERS = [
    ("knock_run", "knock_run(%(run)s)"),
    ("leadping_workflow_status", "leadping_workflow_status(%(lead)s)"),
    ("leadping, operator", "leadping_workflow_status(%(lead)s, true)"),
    ("dialnexa_history", "dialnexa_history(%(workflow)s, %(run)s)"),
    ("truestate_session", "truestate_session(workflow.workflow_id(%(workflow)s), %(run)s)"),
    ("plannr_execution", "plannr_execution(%(run)s, true)"),
    ("plannr list by name", "plannr_executions()"),
    ("plannr list, 50 by time", "plannr_executions(sort => '-created_at', page_size => 50)"),
    ("plannr list of 20 clients", "plannr_executions(client_uuids => %(leads)s)"),
    ("plannr blueprint", "plannr_blueprint_executions(workflow.workflow_id(%(workflow)s))"),
    ("knock list", "knock_runs()"),
    ("knock list, any depth", "knock_runs(after => %(cursor)s)"),
    ("knock list, backwards", "knock_runs(before => %(cursor)s)"),
    ("knock list, a range", "knock_runs(after => %(cursor)s, before => workflow_api.cursor_of(workflow.uuid_at(workflow.uuid_time(%(run)s) - interval '1 hour')))"),
    ("knock list, one day", "knock_runs(starting_at => workflow.uuid_time(%(run)s), ending_at => workflow.uuid_time(%(run)s) + interval '1 day')"),
    ("knock list, nobody is queued", "knock_runs(status => '{queued}')"),
    ("knock list, cancelled", "knock_runs(status => '{cancelled}', after => %(cursor)s)"),
    ("knock list, cancelled with errors: none", "knock_runs(status => '{cancelled}', has_errors => true)"),
    ("knock list, errors", "knock_runs(has_errors => true, after => %(cursor)s)"),
    ("knock list, workflow", "knock_runs(workflow => %(workflow)s, after => %(cursor)s)"),
    ("knock list, workflow and status: none", "knock_runs(workflow => 'bench/flow-12', status => '{cancelled}')"),
    ("knock list, no such workflow", "knock_runs(workflow => 'bench/none')"),
    ("knock list, another tenant's", "knock_runs(tenant => 'tenant-1')"),
    ("knock list, recipient", "knock_runs(recipient_id => %(lead)s)"),
    ("knock list, no such recipient", "knock_runs(recipient_id => 'nobody')"),
]

# A second's writing by the daemon, in pieces: runs begin, and those of the piece before end.
WRITE = """
WITH new AS (
  SELECT (key || '00001')::uuid AS id, (key || '00000')::uuid AS trigger, now() AS at, CASE WHEN n %% 2 = 0 THEN 'acme' ELSE 'tenant-' || n %% 40 END AS tenant,
         'bench/flow-' || n %% 12 + 1 AS flow, 'lead-' || (random() * %(runs)s / 4)::int AS lead
    FROM (SELECT n, lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || '0028' || '000' || lpad(to_hex(n), 7, '0') AS key
            FROM generate_series(%(first)s, %(first)s + %(amount)s - 1) n) k
), triggers AS (
  INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home, topic, event_id, source_type,
                                tenant, workflow, workflow_version)
  SELECT trigger, at, 1, 1, 0, 0, 2, 't', id::text, 'api', tenant, flow, '1.0.0' FROM new
), runs AS (
  INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, started_at, definition_id, last_seq, retry_count, error_count, status, waiting_for,
                            tenant, workflow, workflow_version, recipient_collection, recipient_id, input)
  SELECT id, trigger, at, at, at, 1, 5, 0, 0, 'running', 'action', tenant, flow, '1.0.0', 'leads', lead, '{}' FROM new
), steps AS (
  INSERT INTO workflow.step (run_id, step_no, scheduled_at, started_at, updated_at, visit, attempt, retry_count, status, reference, name, kind)
  SELECT id, 1, at, at, at, 1, 1, 0, 'running', '/do/0/reach/try/0/callLead', 'callLead', 'call' FROM new
), actions AS (
  INSERT INTO workflow.action (run_id, action_no, step_no, requested_at, updated_at, attempt, status, function)
  SELECT id, 1, 1, at, at, 1, 'running', 'callLead' FROM new
), begun AS (
  INSERT INTO workflow.event (run_id, seq, step_no, occurred_at, attempt, type, level)
  SELECT id, s, CASE WHEN s > 2 THEN 1 END, at, CASE WHEN s > 2 THEN 1 END, 'step.started', 'ok' FROM new, generate_series(1, 5) s
), ended AS (
  INSERT INTO workflow.event (run_id, seq, step_no, occurred_at, attempt, type, level)
  SELECT id, s, 1, now(), 1, 'step.completed', 'ok' FROM unnest(%(open)s::uuid[]) id, generate_series(6, 7) s
), ended_steps AS (
  UPDATE workflow.step SET status = 'completed', ended_at = now() FROM unnest(%(open)s::uuid[]) id WHERE run_id = id AND step_no = 1
), ended_actions AS (
  UPDATE workflow.action SET status = 'completed', ended_at = now() FROM unnest(%(open)s::uuid[]) id WHERE run_id = id AND action_no = 1
), ended_runs AS (
  UPDATE workflow.run SET status = 'completed', waiting_for = NULL, ended_at = now(), last_seq = 7 FROM unnest(%(open)s::uuid[]) id WHERE run_id = id
)
SELECT array_agg(id::text) FROM new
"""


class Writer(threading.Thread):
    """Writes so many runs per second, in transactions of a tenth of that."""

    def __init__(self, conninfo, rate, runs):
        super().__init__(daemon=True)
        self.connection = psycopg2.connect(conninfo)
        self.connection.autocommit = True
        self.rate, self.runs, self.written, self.stop = rate, runs, 0, threading.Event()

    def run(self):
        opened, begun = [], time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("SET enable_hashjoin = off")
            cursor.execute("SET enable_mergejoin = off")
            cursor.execute("SET jit = off")
            while not self.stop.wait(max(0, begun + self.written / self.rate - time.monotonic())):
                cursor.execute(WRITE, dict(runs=self.runs, first=self.written, amount=self.rate // 10, open=opened))
                opened = cursor.fetchone()[0]
                self.written += len(opened)


def fill(conninfo, runs):
    begun = time.monotonic()
    halves = [(1, runs // 2), (runs // 2 + 1, runs)]
    parts = [subprocess.Popen(["psql", "-Xq", "-d", conninfo, "-v", f"runs={runs}", "-v", f"first={first}", "-v", f"last={last}", "-f",
                               os.path.join(HERE, "stored.sql")], stdout=subprocess.DEVNULL) for first, last in halves]
    assert [part.wait() for part in parts] == [0, 0]
    subprocess.run(["psql", "-Xq", "-d", conninfo, "-c", "VACUUM ANALYZE"], check=True)
    print(f"{runs:,} runs stored in {time.monotonic() - begun:.0f} s", flush=True)


def draws(database, tenant, amount):
    """Runs of the tenant, of any age: what the answers are asked about."""
    rows = database.query("SELECT run_id::text, recipient_id, workflow, workflow_api.cursor_of(run_id) FROM workflow.run"
                          " TABLESAMPLE bernoulli(%s) WHERE tenant = %s LIMIT 5000", amount, tenant)
    leads = [row[1] for row in rows]
    return [dict(run=run, lead=lead, workflow=workflow, cursor=cursor, leads=random.sample(leads, min(20, len(leads))))
            for run, lead, workflow, cursor in random.sample(rows, min(1000, len(rows)))]


def measure(connection, tenant, about, calls):
    print(f"tenant {tenant}: milliseconds          p50     p99     max")
    for name, sql in ANSWERS:
        times = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('workflow_api.tenant', %s, false)", ("=" + tenant,))
            for number in range(calls + 10):
                text = cursor.mogrify("SELECT workflow_api." + sql, about[number % len(about)])
                begun = time.perf_counter()
                cursor.execute(text)
                cursor.fetchone()
                if number >= 10:  # the first make the plans
                    times.append(1000 * (time.perf_counter() - begun))
        times.sort()
        print(f"{name:42} {times[len(times) // 2]:7.2f} {times[len(times) * 99 // 100]:7.2f} {times[-1]:7.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--runs", type=int, default=1000000, help="stored; of each ten events")
    parser.add_argument("--rate", type=int, default=1000, help="runs written per second meanwhile")
    parser.add_argument("--calls", type=int, default=300, help="of each answer")
    options = parser.parse_args()
    server = PostgresServer(os.path.join(os.path.abspath(options.build_dir), "bin"), fsync="on", more=SETTINGS)
    try:
        database = server.fresh()
        server.cluster.sql("CREATE ROLE asker LOGIN IN ROLE workflow_http")
        fill(database.conninfo, options.runs)
        writer = Writer(database.conninfo, options.rate, options.runs) if options.rate else None
        connection = psycopg2.connect(server.cluster.conninfo(database.name, "asker"))
        connection.autocommit = True
        begun = time.monotonic()
        if writer:
            writer.start()
        for tenant, share in (("acme", 1), ("tenant-7", 20), ("rare", 100)):
            measure(connection, tenant, draws(database, tenant, share), options.calls)
        if writer:
            writer.stop.set()
            print(f"meanwhile {writer.written / (time.monotonic() - begun):.0f} runs/s were written")
    finally:
        server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
