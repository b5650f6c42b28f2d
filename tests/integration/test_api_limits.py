# SPDX-License-Identifier: Apache-2.0
"""workflowd-api within its bounds: keys that end, rates, connections, slow clients, the
database going and coming, reload and stop."""
import re
import signal
import socket
import subprocess
import threading

import pytest

import api as apis
from api import REFUSED
from children import eventually
from database import PostgresServer
from pgcluster import free_port

RUN = "/knock/v1/workflow_recipient_runs/01a1e1a7-4c00-7001-8000-000000000001"
SLOW = "/knock/v1/workflow_recipient_runs/" + REFUSED % "51"


@pytest.fixture
def database(postgres):
    database = postgres.fresh()
    apis.login(database)
    apis.stand_in(database)
    return database


@pytest.fixture
def start(programs, tmp_path, database):
    started = []

    def start(config=None, **more):
        wait = more.pop("wait", True)
        started.append(apis.Api(programs, str(tmp_path), database, config, **more))
        return started[-1].start(wait)

    yield start
    for api in started:
        api.close()


# ---- keys -----------------------------------------------------------------------------

def test_a_revoked_key_ends_within_the_cache(start, database):
    api, key = start(), apis.make_key(database)
    assert api.get(RUN, key).status == 200
    database.query("SELECT workflow_api.revoke_key(%s)", key.split("_")[1])
    eventually(lambda: api.get(RUN, key).status == 401, 3, "the key is refused")


def test_an_expired_key_is_refused_and_the_right_id_is_not_enough(start, database):
    api = start()
    key = apis.make_key(database, expires="2020-01-01")
    other = apis.make_key(database)
    assert api.get(RUN, key).status == 401
    assert api.get(RUN, other[:-1] + ("0" if other[-1] != "0" else "1")).status == 401
    assert api.get(RUN, other).status == 200


def test_requests_of_a_key_are_bounded(start, database):
    api = start({"keys": {"requests_per_minute": 20}})
    key, generous = apis.make_key(database), apis.make_key(database, rate=1000)
    codes = [api.get(RUN, key).status for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    refused = api.get(RUN, key)
    assert refused.headers["retry-after"] in ("1", "2", "3") and refused.json()["code"] == "too_many_requests"
    assert {api.get(RUN, generous).status for _ in range(20)} == {200}
    eventually(lambda: api.get(RUN, key).status == 200, 5, "the bucket fills")


def test_rates_are_told_as_the_vendors_do(start, database):
    api, key = start({"keys": {"requests_per_minute": 8}}), apis.make_key(database)
    first = api.get("/plannr/api/v1/automation-executions", key)
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("8", "1")
    api.get("/plannr/api/v1/automation-executions", key)
    over = api.get("/plannr/api/v1/automation-executions", key)
    assert (over.status, over.headers["x-ratelimit-remaining"], over.json()) == (429, "0", {"message": "Too Many Attempts."})
    over = api.get("/leadping/leads/1/workflow-status", key)
    assert (over.status, over.headers["content-type"]) == (429, "application/problem+json") and over.headers["retry-after"]


# ---- clients --------------------------------------------------------------------------

def still_open(wires):
    """How many the server has not closed, by what can be read without waiting."""
    count = 0
    for wire in wires:
        wire.setblocking(False)
        try:
            count += wire.recv(1) != b""
        except BlockingIOError:
            count += 1
    return count


def test_one_client_does_not_take_all_connections(start, database):
    api, key = start({"http": {"connections": 20, "connections_per_client": 3}}), apis.make_key(database)
    mine = [socket.create_connection(("127.0.0.1", api.port), 10) for _ in range(8)]
    eventually(lambda: still_open(mine) <= 3, 10, lambda: f"{still_open(mine)} are open")
    other = socket.create_connection(("127.0.0.1", api.port), 10, source_address=("127.0.0.2", 0))
    other.sendall(f"GET {RUN} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode())
    assert other.recv(12) == b"HTTP/1.1 200"
    assert still_open(mine) in (2, 3)  # one of an earlier request may have counted
    for wire in [*mine, other]:
        wire.close()
    eventually(lambda: api.metric('workflowd_api_connections_closed_total{reason="client"}') >= 5, 10, "they are counted")


def test_slow_clients_are_dropped(start):
    api = start({"http": {"request_time": "500ms"}})
    with socket.create_connection(("127.0.0.1", api.port), 10) as wire:
        wire.settimeout(0.05)
        said = None
        for byte in f"GET {RUN} HTTP/1.1\r\nX-Long: {'y' * 400}".encode():
            try:
                wire.sendall(bytes([byte]))
                said = wire.recv(1)
            except socket.timeout:
                continue
            except OSError:
                said = b""
            if said == b"":
                break
        assert said == b""
    assert api.metric('workflowd_api_connections_closed_total{reason="slow"}') == 1


def test_a_client_that_does_not_read_is_dropped(start, database):
    database.query("DROP FUNCTION workflow_api.knock_run; CREATE FUNCTION workflow_api.knock_run(id uuid) RETURNS json LANGUAGE sql"
                   " AS $$ SELECT to_json(repeat('x', 30000000)) $$")
    api, key = start({"http": {"request_time": "500ms"}}), apis.make_key(database)
    with socket.create_connection(("127.0.0.1", api.port), 10) as wire:
        wire.sendall(f"GET {RUN} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        eventually(lambda: api.metric('workflowd_api_connections_closed_total{reason="slow"}') >= 1, 10, "it is dropped")


# ---- the database -----------------------------------------------------------------------

def test_the_database_may_be_away_and_comes_back(programs, tmp_path):
    server = PostgresServer(programs)
    try:
        database = server.fresh()
        apis.login(database)
        apis.stand_in(database)
        key = apis.make_key(database)
        server.cluster.stop()
        api = apis.Api(programs, str(tmp_path), database).start(wait=False)
        try:
            assert api.get("/readyz").status == 503 and api.get("/healthz").status == 200
            for path in (RUN, "/plannr/api/v1/automation-executions", "/leadping/leads/1/workflow-status"):
                answer = api.get(path, key)
                assert answer.status == 503 and answer.headers["retry-after"] and answer.json()
            server.cluster.start()
            eventually(api.ready, 20, "it is ready")
            assert api.get(RUN, key).status == 200
            server.cluster.restart("immediate")
            eventually(lambda: api.ready() and api.get(RUN, key).status == 200, 20, "it is back")
            assert api.logged().count("PostgreSQL cannot be reached") <= 2 and "PostgreSQL is there again" in api.logged()
        finally:
            api.close()
    finally:
        server.close()


def test_a_server_that_has_stopped_answers_nothing(start, database):
    api, key = start({"postgres": {"statement_timeout": "300ms", "connections": 1}}), apis.make_key(database)
    assert api.get(RUN, key).status == 200
    backend = database.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'workflowd-api' AND datname = %s", database.name)
    subprocess.run(["kill", "-STOP", str(backend)], check=True)
    try:
        assert api.get(RUN, key).status == 503
        eventually(lambda: api.get(RUN, key).status == 200, 10, "another connection is made")
    finally:
        subprocess.run(["kill", "-CONT", str(backend)], check=True)


def test_another_schema_is_said(start, database):
    database.query("INSERT INTO workflow.migration (version, name) VALUES (999, 'later')")
    api = start(wait=False)
    eventually(lambda: "another version" in api.get("/readyz").body.decode(), 10, "the reason is said")


@pytest.mark.parametrize("gone", ["FUNCTION workflow_api.knock_run(uuid)", "TABLE workflow_api.api_key CASCADE", "SCHEMA workflow CASCADE"])
def test_a_schema_that_is_not_migrated_is_said(start, database, gone):
    database.query(f"DROP {gone}")
    api = start(wait=False)
    said = r"PostgreSQL cannot be used: .* does not exist: .*run workflowctl migrate"
    eventually(lambda: re.search(said, api.get("/readyz").body.decode()), 10, lambda: api.get("/readyz").body.decode())
    assert re.search("requests get 503, " + said, api.logged()) and "cannot be reached" not in api.logged()


def test_a_role_without_rights_gets_nothing(start, database):
    database.query("DO $$ BEGIN IF to_regrole('nobody_at_all') IS NULL THEN CREATE ROLE nobody_at_all LOGIN; END IF; END $$")
    api = start(wait=False, conninfo=database.cluster.conninfo(database.name, "nobody_at_all"))
    eventually(lambda: "permission denied" in api.get("/readyz").body.decode(), 10, "the reason is said")
    assert api.get(RUN, apis.make_key(database)).status == 503


# ---- the process ------------------------------------------------------------------------

def test_a_stop_finishes_what_is_under_way(start, database):
    database.query("DROP FUNCTION workflow_api.knock_run; CREATE FUNCTION workflow_api.knock_run(id uuid) RETURNS json LANGUAGE sql"
                   " AS $$ SELECT pg_sleep(1); SELECT '{}'::json $$")
    api, key, answers = start(), apis.make_key(database), []
    idle = socket.create_connection(("127.0.0.1", api.port), 10)
    asking = threading.Thread(target=lambda: answers.append(api.get(RUN, key)))
    asking.start()
    eventually(lambda: api.metric("workflowd_api_questions") == 1, 10, "it is asked")
    api.child.signal(signal.SIGTERM)
    assert idle.recv(1) == b""
    asking.join(10)
    assert answers[0].status == 200 and answers[0].headers["connection"] == "close"
    assert api.child.process.wait(10) == 0
    idle.close()


def test_a_stop_does_not_wait_for_ever(start, database):
    api, key = start({"drain_timeout": "300ms"}), apis.make_key(database)
    with socket.create_connection(("127.0.0.1", api.port), 10) as wire:
        wire.sendall(f"GET {SLOW} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        eventually(lambda: api.metric("workflowd_api_questions") == 1, 10, "it is asked")
        assert api.child.stop(5) == 0
    assert "not everything is answered" in api.logged()


def test_a_reload_changes_what_it_may(start, database):
    api, key = start({"keys": {"requests_per_minute": 4}}), apis.make_key(database)
    assert [api.get(RUN, key).status for _ in range(2)] == [200, 429]
    api.configure({**api.config, "keys": {"cache": "1s", "requests_per_minute": 0}, "http": {**api.config["http"], "connections": 7}})
    api.child.signal(signal.SIGHUP)
    eventually(lambda: "notice: reloaded" in api.logged(), 10, "it is reloaded")
    assert {api.get(RUN, key).status for _ in range(9)} == {200}
    assert "http.connections has changed; it takes effect at the next start" in api.logged()
    api.configure({"nonsense": 1})
    api.child.signal(signal.SIGHUP)
    eventually(lambda: "refused, nothing is changed" in api.logged(), 10, "it is refused")
    assert api.get(RUN, key).status == 200


def test_arguments_and_exit_codes(start, programs, tmp_path):
    program = f"{programs}/workflowd-api"

    def run(*arguments):
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=30)

    bad = tmp_path / "bad.yaml"
    bad.write_text("http:\n  listen: 0.0.0.0:80\n")
    said = run("--check", "-c", str(bad))
    assert said.returncode == 2 and f"{bad}:2:" in said.stderr
    assert run("--check").returncode == 0 and run("--nonsense").returncode == 2
    assert run("--version").stdout.startswith("workflowd-api ")
    assert "#statement_timeout: 5s" in run("--print-config").stdout
    api = start()
    taken = run("--set", f"http.listen=127.0.0.1:{api.port}", "--set", "log.target=stderr")
    assert taken.returncode == 1 and "in use" in taken.stderr
    missing = run("--set", f"http.listen=127.0.0.1:{free_port()}", "--set", "postgres.password_file=/nonexistent", "--set", "log.target=stderr")
    assert missing.returncode == 1 and "postgres.password_file" in missing.stderr
