# SPDX-License-Identifier: Apache-2.0
"""`call: http` and `call: openapi` by the daemon itself, against a real server: outputs,
errors and retries, authentication, signatures, secrets, what is private, and a death in
the middle."""
import base64
import hashlib
import hmac
import json
import os
import signal

import pytest

from children import eventually
from sites import Site, echo
from stories import HEAD, HandWorker, all_ended, everything_stored

JSON = [("content-type", b"application/json")]
SECRET = "s3cr3t-token-of-the-shop"
PASSWORD = "hunter2-of-the-shop"

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def run(definitions, start_workflowd, publisher, topics, database, site, tmp_path):
    """Starts workflowd with tasks, given as text in which URL is the site, and runs them:
    status, output and error of the run."""
    def go(tasks, data=None, config=None, wait=True, use="", environment=None):
        document = HEAD.format(name="calls").replace("1.0.0'", "1.0.3'", 1) + use + "do:\n" + tasks
        (definitions / "calls.yaml").write_text(document.replace("URL", site.url))
        settings = {"calls": {"allow": "127.0.0.1"}}
        for section, keys in (config or {}).items():
            settings.setdefault(section, {}).update(keys)
        daemon = start_workflowd(config=settings, environment=environment)
        publisher.send(topics.triggers, json.dumps({"id": "t", "type": "x", "workflow": "test/calls", "data": data or {}}).encode(), headers=JSON, partition=1)
        publisher.flush()
        if not wait:
            return daemon
        all_ended(database, 1, 30)
        return database.query("SELECT status, output, error_code FROM workflow.run")[0]
    return go


def test_every_output(run, site):
    site.says("/pets/7", (200, {"x-a": "b"}, {"name": "Rex"}))
    status, output, _ = run("""
- content: {call: http, with: {method: get, endpoint: 'URL/pets/{id}', query: {q: '${ .id }'}, headers: {X-Me: 5}}, export: {as: '{content: .}'}}
- raw: {input: {from: '{id: 7}'}, call: http, with: {method: get, endpoint: {uri: 'URL/pets/{id}'}, output: raw}, export: {as: '$context + {raw: .}'}}
- response: {input: {from: '{id: 7}'}, call: http, with: {method: post, endpoint: 'URL/pets/7', body: {n: 1}, output: response}}
- all: {set: '${ $context + {response: .} }'}
""", {"id": 7})
    assert status == "completed"
    assert output["content"] == {"name": "Rex"}
    assert json.loads(base64.b64decode(output["raw"])) == {"name": "Rex"}
    assert output["response"]["statusCode"] == 200 and output["response"]["content"] == {"name": "Rex"}
    assert output["response"]["request"]["uri"] == site.url + "/pets/7"
    first, _, third = site.asked
    assert first[:2] == ("GET", "/pets/7?q=7") and first[2]["X-Me"] == "5"
    assert third[0] == "POST" and json.loads(third[3]) == {"n": 1}
    assert len({asked[2]["Idempotency-Key"] for asked in site.asked}) == 3


def test_an_error_is_retried_after_what_the_server_asks_for(run, site, database):
    site.says("/busy", (503, {"Retry-After": "1"}, b"{}"), (200, {}, {"ok": True}))
    status, output, _ = run("""
- attempt:
    try: [{call: {call: http, with: {method: get, endpoint: 'URL/busy'}}}]
    catch: {errors: {with: {status: 503}}, retry: {delay: PT0S, limit: {attempt: {count: 3}}}}
""")
    assert (status, output) == ("completed", {"ok": True})
    keys = [asked[2]["Idempotency-Key"] for asked in site.asked]
    assert keys[0].endswith(":1/1") and keys[1].endswith(":1/2")
    waited = database.value("SELECT max(occurred_at) FILTER (WHERE attempt = 2) - min(occurred_at) FROM workflow.event WHERE type = 'action.requested'")
    assert waited.total_seconds() >= 1


def test_an_error_is_caught_by_its_type(run, site):
    site.says("/gone", (410, {}, b"{}"))
    status, output, _ = run("""
- attempt:
    try: [{call: {call: http, with: {method: get, endpoint: 'URL/gone'}}}]
    catch: {errors: {with: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication'}}, as: e, do: [{note: {set: {status: '${ $e.status }', where: '${ $e.instance }'}}}]}
""")
    assert (status, output) == ("completed", {"status": 410, "where": "/do/0/attempt/try/0/call"})


def test_private_addresses_are_refused_unless_they_are_allowed(run, site):
    site.says("/", (200, {}, {}))
    status, _, _ = run("- call: {call: http, with: {method: get, endpoint: 'URL/'}}\n", config={"calls": {"allow": ""}})
    assert status == "faulted"
    assert not site.asked


def test_a_deadline_is_the_timeout_error(run, site):
    site.held.clear()
    status, _, code = run("- call: {call: http, with: {method: get, endpoint: 'URL/'}}\n", config={"calls": {"timeout": "300ms"}})
    assert (status, code) == ("faulted", "timeout")


def test_policies(run, site, tmp_path):
    site.says("/", (200, {}, {}))
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, text in {"token": SECRET + "\n", "shop": json.dumps({"username": "me", "password": PASSWORD})}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    status, output, _ = run("""
- inline: {call: http, with: {method: get, endpoint: {uri: 'URL/', authentication: {basic: {username: a, password: b}}}}, output: {as: '$authorization'}, export: {as: .}}
- named: {call: http, with: {method: get, endpoint: {uri: 'URL/', authentication: {use: shop}}}}
- bearer: {call: http, with: {method: get, endpoint: {uri: 'URL/', authentication: {bearer: {use: token}}}}}
- header: {call: http, with: {method: get, endpoint: 'URL/', headers: {X-Token: '${ "is " + $secrets.token }'}}, output: {as: $context}}
""", use="use: {secrets: [token, shop], authentications: {shop: {basic: {use: shop}}}}\n", config={"secrets": {"folder": str(folder)}})
    assert status == "completed"
    assert output == {"scheme": "Basic", "parameter": "YTpi"}
    sent = [asked[2] for asked in site.asked]
    assert sent[0]["Authorization"] == "Basic YTpi"
    assert sent[1]["Authorization"] == "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    assert sent[2]["Authorization"] == "Bearer " + SECRET
    assert sent[3]["X-Token"] == "is " + SECRET


def test_secrets_stay_where_they_are(run, site, tmp_path, database, start_workflowd, broker, topics, messages, publisher):
    # A server that says what it was told, credentials too, and a worker that is told a name.
    site.says("/echo", (200, {}, echo))
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "secret_token").write_text(SECRET)
    (credentials / "secret_token").chmod(0o400)
    worker = HandWorker(broker, topics, messages, publisher)
    daemon = run("""
- echo: {call: http, with: {method: post, endpoint: 'URL/echo', body: '${ $secrets.token }', headers: {X-A: '${ $secrets.token }'}, output: response}, export: {as: .}}
- ask: {call: callLead, with: {token: '${ "Bearer " + $secrets.token }'}}
""", use="use: {secrets: [token]}\n", wait=False, environment={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)})
    try:
        request, = eventually(worker.requests, 30, "the worker is asked")
        assert json.loads(request.arguments) == {"token": "Bearer secret:token"}
        assert site.asked[0][3].decode().strip('"') == SECRET
        assert "secret:token" in json.dumps(database.value("SELECT context FROM workflow.run"))
        assert SECRET not in everything_stored(database)
        with open(daemon.log) as log:
            assert SECRET not in log.read()
        with open(f"/proc/{daemon.child.pid}/cmdline") as line:
            assert SECRET not in line.read()
    finally:
        worker.close()


def test_a_secret_that_is_not_there_is_the_authorization_error(run, site):
    status, _, code = run("- call: {call: http, with: {method: get, endpoint: 'URL/', headers: {A: '${ $secrets.token }'}}}\n", use="use: {secrets: [token]}\n")
    assert (status, code) == ("faulted", "authorization")
    assert not site.asked


def test_requests_are_signed(run, site, tmp_path):
    site.says("/hook", (200, {}, {}))
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef")
    path = tmp_path / "keys"
    path.write_text(f"{site.url}/ whsec_{key.decode()}\n")
    path.chmod(0o600)
    status, _, _ = run("- call: {call: http, with: {method: post, endpoint: 'URL/hook', body: {a: 1}}}\n", config={"calls": {"signing_keys_file": str(path)}})
    assert status == "completed"
    _, _, headers, body = site.asked[0]
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(base64.b64decode(key), signed, hashlib.sha256).digest()).decode()


def test_openapi(run, site):
    site.says("/api.json", (200, {}, {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": site.url}],
                                      "paths": {"/pets/{id}": {"get": {"operationId": "getPet", "responses": {"200": {"description": "ok"}},
                                                                       "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]}}}}))
    site.says("/pets/7", (200, {}, {"name": "Rex"}))
    status, output, _ = run("- call: {call: openapi, with: {document: {endpoint: 'URL/api.json'}, operationId: getPet, parameters: {id: '${ .id }'}}}\n", {"id": 7})
    assert (status, output) == ("completed", {"name": "Rex"})


def test_a_stop_lets_a_call_end(run, site, database):
    site.says("/slow", (200, {}, {"ok": True}))
    site.held.clear()
    daemon = run("- slow: {call: http, with: {method: post, endpoint: 'URL/slow'}}\n", wait=False)
    eventually(lambda: site.asked, 30, "the server is asked")
    daemon.child.signal(signal.SIGTERM)
    eventually(lambda: (daemon.get("/readyz") or (0,))[0] == 503, 30, "it is stopping")
    site.held.set()
    assert daemon.child.process.wait(20) == 0
    assert database.query("SELECT status, output FROM workflow.run") == [("completed", {"ok": True})]
    assert len(site.asked) == 1


def test_killed_in_the_middle_it_is_repeated_under_the_same_key(run, site, database):
    site.says("/slow", (200, {}, {"ok": True}))
    site.held.clear()
    daemon = run("- call: {call: http, with: {method: post, endpoint: 'URL/slow'}}\n", wait=False)
    eventually(lambda: site.asked, 30, "the server is asked")
    daemon.kill()
    site.held.set()
    daemon.start()
    all_ended(database, 1, 30)
    assert database.query("SELECT status, output FROM workflow.run") == [("completed", {"ok": True})]
    assert len(site.asked) == 2
    assert len({asked[2]["Idempotency-Key"] for asked in site.asked}) == 1


def test_more_than_may_be_under_way_wait_and_a_cancel_hangs_up(run, site, database):
    site.says("/slow", (200, {}, {}))
    site.held.clear()
    daemon = run("- call: {call: http, with: {method: post, endpoint: 'URL/slow'}}\n", wait=False, config={"calls": {"in_flight": 1}})
    eventually(lambda: site.asked, 30, "the server is asked")
    assert daemon.metric("workflowd_calls_in_flight") == 1
    database.query("SELECT workflow.cancel_run(run_id, 'enough') FROM workflow.run")
    all_ended(database, 1, 30)
    eventually(lambda: daemon.metric("workflowd_calls_in_flight") == 0, 10, "it is hung up")
    assert database.value("SELECT status FROM workflow.run") == "cancelled"
    assert daemon.metric('workflowd_calls_total{result="cancelled"}') == 1
