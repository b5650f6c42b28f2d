# SPDX-License-Identifier: Apache-2.0
"""Runs workflowd-api for tests, with stand-ins for its SQL functions that answer with what
they were asked, and asks it."""
import http.client
import json
import os
import socket

from children import Child, eventually
from pgcluster import free_port

ROLE = "workflowd_api"

# name: (arguments, what is given when nothing else is said). Each answers with its own
# arguments and the tenant that row-level security goes by.
FUNCTIONS = {
    "knock_runs": "after text, before text, page_size int, workflow text, status text[], tenant text, has_errors bool,"
                  " recipient_collection text, recipient_id text, starting_at timestamptz, ending_at timestamptz",
    "knock_run": "id uuid",
    "leadping_workflow_status": "lead_id text, operator bool",
    "dialnexa_history": "workflow_id text, lead_id text",
    "truestate_session": "automation_id uuid, session_id uuid",
    "truestate_cancel": "automation_id uuid, session_id uuid, cancelled_by text",
    "plannr_execution": "uuid uuid, include_account bool",
    "plannr_executions": "uuids uuid[], client_uuids text[], account_uuids text[], include_account bool, sort text, page_size int, after text",
    "plannr_blueprint_executions": "blueprint uuid, uuids uuid[], sort text, page_size int, after text",
}
NOBODY = "00000000-0000-0000-0000-000000000000"
REFUSED = "00000000-0000-0000-0000-0000000000%s"


def stand_in(database):
    """In place of the real functions: NOBODY is not found, ids that end in …e1 to …e5 fail in several ways, …51 is slow."""
    for name, arguments in FUNCTIONS.items():
        names = [argument.split()[0] for argument in arguments.split(", ")]
        subject = {"knock_run": "id", "truestate_session": "session_id", "truestate_cancel": "session_id", "plannr_execution": "uuid"}.get(name)
        database.query(f"DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc WHERE proname = '{name}'"
                       " AND pronamespace = 'workflow_api'::regnamespace LOOP EXECUTE 'DROP FUNCTION ' || f; END LOOP; END $$")
        pairs = ", ".join(f"'{one}', ${number}" for number, one in enumerate(names, start=1))
        guard = "" if subject is None else f"""
              IF {subject} = '{NOBODY}' THEN RETURN NULL; END IF;
              IF {subject} = '{REFUSED % 'e1'}' THEN RAISE 'that is no such thing' USING ERRCODE = 'WFA22'; END IF;
              IF {subject} = '{REFUSED % 'e2'}' THEN RAISE 'too late' USING ERRCODE = 'WFA09'; END IF;
              IF {subject} = '{REFUSED % 'e3'}' THEN RAISE 'of no matter to you' USING ERRCODE = 'no_data_found'; END IF;
              IF {subject} = '{REFUSED % 'e4'}' THEN RAISE 'a secret of the inside' USING ERRCODE = 'XX000'; END IF;
              IF {subject} = '{REFUSED % '51'}' THEN PERFORM pg_sleep(30); END IF;"""
        database.query(f"CREATE FUNCTION workflow_api.{name}({arguments}) RETURNS json LANGUAGE plpgsql STABLE AS $$ BEGIN {guard}"
                       f" RETURN json_build_object('function', '{name}', 'seen', current_setting('workflow_api.tenant', true),"
                       f" 'runs', (SELECT count(*) FROM workflow.run), {pairs}); END $$")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        assert self.headers["content-type"].split(";")[0] in ("application/json", "application/problem+json"), self.headers
        return json.loads(self.body)


class Api:
    """One instance. Its configuration is JSON, which is YAML too."""

    def __init__(self, programs, folder, database, config=None, conninfo=None):
        self.program = os.path.join(programs, "workflowd-api")
        self.port = free_port()
        self.path = os.path.join(folder, f"workflowd-api-{self.port}.yaml")
        self.log = os.path.join(folder, f"workflowd-api-{self.port}.log")
        self.config = {"http": {"listen": f"127.0.0.1:{self.port}"}, "log": {"target": "stderr"}, "keys": {"cache": "200ms"},
                       "postgres": {"conninfo": conninfo or database.cluster.conninfo(database.name, ROLE), "connections": 2}}
        for section, values in (config or {}).items():
            self.config[section] = {**self.config[section], **values} if isinstance(values, dict) else values
        self.configure(self.config)
        self.child = None

    def configure(self, config):
        self.config = config
        with open(self.path, "w") as out:
            json.dump(config, out, indent=2)

    def start(self, wait=True):
        self.child = Child("workflowd-api", [self.program, "-c", self.path], self.log)
        eventually(self.ready if wait else self.answers, 30, lambda: self.child.tail())
        return self

    def answers(self):
        assert self.child.running(), self.child.tail()
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def ready(self):
        return self.answers() and self.get("/readyz").status == 200

    def connect(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, key=None, headers=None, body=None, connection=None):
        own = connection or self.connect()
        own.request(method, path, body=body, headers={**({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})})
        answer = Answer(own.getresponse())
        if not connection:
            own.close()
        return answer

    def get(self, path, key=None, headers=None, connection=None):
        return self.ask("GET", path, key, headers, None, connection)

    def raw(self, data, timeout=20):
        """All that is said until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as wire:
            wire.sendall(data)
            said = b""
            while True:
                piece = wire.recv(65536)
                if not piece:
                    return said
                said += piece

    def metric(self, series):
        body = self.get("/metrics").body.decode()
        return next((float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if line.startswith(series + " ")), 0.0)

    def logged(self):
        with open(self.log) as log:
            return log.read()

    def close(self):
        if self.child and self.child.running():
            self.child.kill()


def login(database):
    """The role that it logs in with, as an operator makes it."""
    database.query(f"DO $$ BEGIN IF to_regrole('{ROLE}') IS NULL THEN CREATE ROLE {ROLE} LOGIN IN ROLE workflow_http; END IF; END $$")


def make_key(database, tenant="", role="reader", rate=None, expires=None):
    return database.value("SELECT workflow_api.create_key('test', %s, %s, %s, %s)", tenant, role, rate, expires)


def store_a_run(database, run, tenant):
    """One completed run of one action, by the tables."""
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s::uuid)], '{}')", run)
    definition = database.value("INSERT INTO workflow.definition (namespace, name, version, content_hash, document)"
                                " VALUES ('examples', 'one', '1.0.0', 'x', '{}') RETURNING definition_id")
    database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition, home, topic,"
                   " event_id, type, source_type, workflow, workflow_version, tenant, data) VALUES (%s, now(), %s, 1, 0, 0, 1, 't', 'e', 'lead.created',"
                   " 'api', 'examples/one', '1.0.0', %s, '{}')", run, definition, tenant)
    database.query("INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, started_at, ended_at, definition_id, last_seq, retry_count,"
                   " error_count, status, workflow, workflow_version, tenant, recipient_id, input) VALUES (%s, %s, now(), now(), now(), now(), %s, 7, 0,"
                   " 0, 'completed', 'examples/one', '1.0.0', %s, 'lead-1', '{}')", run, run, definition, tenant)
    database.query("INSERT INTO workflow.step (run_id, step_no, scheduled_at, started_at, ended_at, updated_at, visit, attempt, retry_count, status,"
                   " reference, name, kind, input, output) VALUES (%s, 1, now(), now(), now(), now(), 1, 1, 0, 'completed', '/do/0/call', 'call', 'call',"
                   " '{}', '{}')", run)
    database.query("INSERT INTO workflow.action (run_id, action_no, step_no, requested_at, ended_at, updated_at, attempt, status, function)"
                   " VALUES (%s, 1, 1, now(), now(), now(), 1, 'completed', 'callLead')", run)
    for seq, kind in enumerate(["run.created", "run.started", "step.started", "action.requested", "action.completed", "step.completed", "run.completed"],
                               start=1):
        step, action = (1 if 3 <= seq <= 6 else None), (1 if 4 <= seq <= 5 else None)
        database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level, step_no, action_no, attempt, reference)"
                       " VALUES (%s, %s, now(), %s, 'ok', %s, %s, %s, %s)", run, seq, kind, step, action, step and 1, "/do/0/call" if step else None)
    database.query("ANALYZE")
