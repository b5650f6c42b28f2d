# SPDX-License-Identifier: Apache-2.0
"""What the daemon calls, as it is met outside: servers that ask who is there, that are slow,
large or lead elsewhere, addresses that must not be reached, runs that are stopped while
their call is under way, and an instance that dies. One daemon for all but the last."""
import base64
import collections
import email
import hashlib
import json
import os
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

import clients
import messages as contract
import workflowd as runners
from certificates import Authority
from children import eventually
from fetched import wanted
from sites import Site, echo
from stories import HEAD, all_ended, everything_stored

JSON = [("content-type", b"application/json")]
HOST = "site.localhost"  # a name that no server is asked for; nothing else may be called
KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
LOGIN = {"username": "alibaba", "password": "open sesame/&?"}
TOKEN, ODD = "bearer-token-of-the-shop", "odd/part?of&a#url"
RESPONSE_MAX = 64 << 10

AUTHENTICATIONS = """
    login: {basic: {use: login}}
    digest: {digest: {use: login}}
    bearer: {bearer: {use: token}}
    shown: {certificate: {use: client}}
    tokens: {oauth2: {authority: 'SITE/shop', grant: client_credentials, client: {id: shop, secret: '${ $secrets.token }'}, scopes: [a, b]}}
    brief: {oauth2: {authority: 'SITE/brief', endpoints: {token: /token}, grant: client_credentials, client: {id: shop, secret: x, authentication: client_secret_basic}}}
    provider: {oidc: {authority: 'SITE/provider', grant: client_credentials, client: {id: shop, secret: x}, issuers: ['https://issuer.example']}}
"""
TASKS = {
    "basic": "{call: http, with: {method: get, endpoint: {uri: 'SITE/echo', authentication: {use: login}}}}",
    "bearer": "{call: http, with: {method: get, endpoint: {uri: 'SITE/echo', authentication: {use: bearer}}, output: raw}}",
    "digest": "{call: http, with: {method: post, endpoint: {uri: 'SITE/digest', authentication: {use: digest}}, body: {a: 1}}}",
    "tokens": "{call: http, with: {method: get, endpoint: {uri: 'SITE/api', authentication: {use: tokens}}}}",
    "brief": "{call: http, with: {method: get, endpoint: {uri: 'SITE/brief/api', authentication: {use: brief}}}}",
    "provider": "{call: http, with: {method: get, endpoint: {uri: 'SITE/provider/api', authentication: {use: provider}}}}",
    "shown": "{call: http, with: {method: get, endpoint: {uri: 'TLS/who', authentication: {use: shown}}}}",
    "hidden": "{call: http, with: {method: get, endpoint: 'TLS/who'}}",
    "slow": "{call: http, with: {method: get, endpoint: 'SITE/slow'}}\n- after: {call: http, with: {method: get, endpoint: 'SITE/after'}}",
    "big": "{call: http, with: {method: get, endpoint: 'SITE/big/{size}'}}",
    "stays": "{call: http, with: {method: get, endpoint: 'SITE/moved'}}",
    "follows": "{call: http, with: {method: get, endpoint: {uri: 'SITE/moved', authentication: {use: login}}, headers: {X-Shop: '${ $secrets.token }', X-Open: a}, redirect: true}}",
    "anywhere": "{call: http, with: {method: get, endpoint: '${ .url }', redirect: true}}",
    "document": "{call: openapi, with: {document: {endpoint: '${ .url }'}, operationId: any}}",
    "authority": "{call: http, with: {method: get, endpoint: {uri: 'SITE/api', authentication: {oauth2: {authority: '${ .url }', grant: client_credentials, client: {id: a}}}}}}",
    "signed": "{call: http, with: {method: post, endpoint: 'SITE/hook', body: {a: 'ä'}}}",
    "odd": "{input: {from: '${ {key: $secrets.odd} }'}, call: http, with: {method: get, endpoint: 'SITE/odd/{key}'}}",
    "odder": "{input: {from: '${ {key: $secrets.odd} }'}, call: openapi, with: {document: {endpoint: 'SITE/docs/{key}'}, operationId: send,"
             " parameters: {note: hi, photo: {base64: iVBORw==, filename: a.png, contentType: image/png}, tags: [x, y]}}}",
    "form": "{call: http, with: {method: post, endpoint: 'SITE/form', headers: {Content-Type: multipart/form-data}, body: {n: 1, file: {content: 'a text', filename: b.txt}}}}",
}
FORM = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "/"}], "paths": {"/form": {"post": {
    "operationId": "send", "responses": {"200": {"description": "ok"}},
    "requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {
        "photo": {"type": "string", "format": "binary"}, "note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}}}}}}}}}

Run = collections.namedtuple("Run", "id status output code detail")


class World:
    """One daemon and the sites that it calls."""

    def __init__(self, folder, programs, database, broker, topics, definitions, site, guarded, config):
        self.database, self.topics, self.site = database, topics, site
        self.numbers = iter(range(1000))
        self.publisher = contract.Publisher(broker)
        for name, task in TASKS.items():
            use = "use:\n  secrets: [login, token, odd, client]\n  authentications:" + AUTHENTICATIONS
            text = HEAD.format(name=name).replace("1.0.0'", "1.0.3'", 1) + use + "do:\n- ask: " + task + "\n"
            text = text.replace("SITE", f"http://{HOST}:{site.port}").replace("TLS", f"https://{HOST}:{guarded.port}")
            (definitions / f"{name}.yaml").write_text(text)
        self.daemon = runners.Workflowd(programs, folder, database, broker, topics, definitions, "one", config).start()

    def start(self, name, data=None):
        """The event's id."""
        id = f"{name}-{next(self.numbers)}"
        value = json.dumps({"id": id, "type": "x", "workflow": f"test/{name}", "data": data or {}}).encode()
        self.publisher.send(self.topics.triggers, value, headers=JSON, partition=1)
        self.publisher.flush()
        return id

    def see(self, id):
        rows = self.database.query("SELECT r.run_id, r.status, r.output, r.error_code, concat(r.error_summary, ' ', r.error_detail_internal,"
                                   " (SELECT string_agg(e.data->'error'->>'detail', ' ') FROM workflow.event e WHERE e.run_id = r.run_id))"
                                   " FROM workflow.run r JOIN workflow.trigger t USING (trigger_id) WHERE t.event_id = %s", id)
        return Run(*rows[0]) if rows else None

    def becomes(self, id, *statuses):
        def there():
            run = self.see(id)
            return run if run and run.status in statuses else None
        return eventually(there, 30, f"{id} is {statuses}")

    def run(self, name, data=None):
        return self.becomes(self.start(name, data), "completed", "faulted", "cancelled")


@pytest.fixture(scope="module")
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("authority")))


@pytest.fixture(scope="module")
def guarded(authority):
    """A site that lets nobody in without a certificate of the authority."""
    key, certificate = authority.sign("site", HOST)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.load_verify_locations(authority.certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    site = Site(tls)
    yield site
    site.close()


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


@pytest.fixture(scope="module")
def world(programs, postgres, embedded_broker, tmp_path_factory, site, guarded, authority):
    folder = tmp_path_factory.mktemp("outside")
    secrets, definitions = folder / "secrets", folder / "definitions"
    secrets.mkdir()
    definitions.mkdir()
    key, certificate = authority.sign("client")
    pem = {name: open(path).read() for name, path in {"certificate": certificate, "key": key}.items()}
    for name, text in {"login": json.dumps(LOGIN), "token": TOKEN, "odd": ODD, "client": json.dumps(pem)}.items():
        secret(secrets / name, text)
    topics = runners.Topics(folder.name)
    topics.create(embedded_broker)
    config = {"calls": {"allow": HOST, "response": str(RESPONSE_MAX), "ca_file": authority.certificate,
                        "signing_keys_file": secret(folder / "keys", f"http://{HOST}:{site.port}/hook {KEY}\n")},
              "secrets": {"folder": str(secrets)}}
    world = World(str(folder), programs, postgres.fresh(), embedded_broker, topics, definitions, site, guarded, config)
    yield world
    world.daemon.close()


# ---- who is there ---------------------------------------------------------------------

def test_basic_and_bearer_by_secrets_leave_no_trace(world, site):
    site.says("/echo", (200, {}, echo))
    basic, bearer = world.run("basic"), world.run("bearer")
    pair = base64.b64encode(f"{LOGIN['username']}:{LOGIN['password']}".encode()).decode()
    sent = [asked.headers["Authorization"] for asked in site.of("/echo")]
    assert sent == ["Basic " + pair, "Bearer " + TOKEN]
    # The server said both back, in JSON and in what became base64.
    assert basic.output["headers"]["Authorization"] == "Basic ***"
    assert json.loads(base64.b64decode(bearer.output))["headers"]["Authorization"] == "Bearer secret:token"
    stored = everything_stored(world.database)
    assert not [text for text in (pair, TOKEN, LOGIN["password"], base64.b64encode(TOKEN.encode()).decode()[4:-4]) if text in stored]


def digest_guard(asked):
    """RFC 7616."""
    def hashed(*parts):
        return hashlib.sha256(":".join(parts).encode()).hexdigest()
    header = asked.headers.get("Authorization", "")
    if not header.startswith("Digest "):
        return 401, {"WWW-Authenticate": 'Digest realm="shop", qop="auth", algorithm=SHA-256, nonce="once", opaque="o"'}, b""
    fields = urllib.request.parse_keqv_list(urllib.request.parse_http_list(header[len("Digest "):]))
    expected = hashed(hashed(LOGIN["username"], "shop", LOGIN["password"]), "once", fields["nc"], fields["cnonce"], "auth", hashed(asked.method, fields["uri"]))
    return (200, {}, {"body": asked.body.decode()}) if fields["response"] == expected and fields["uri"] == asked.path else (403, {}, {})


def test_digest(world, site):
    site.on("/digest", digest_guard)
    run = world.run("digest")
    assert (run.status, run.output) == ("completed", {"body": '{"a":1}'}), run.detail
    assert len(site.of("/digest")) == 2
    assert LOGIN["password"] not in str(site.of("/digest"))


class Tokens:
    """A server of tokens, and one that they open."""

    def __init__(self, site, token_path, api_path, lives):
        self.forms, self.valid, self.made, self.lives, self.asked = [], set(), [], lives, []
        site.on(token_path, self.give)
        site.on(api_path, self.let_in)

    def give(self, asked):
        self.forms.append({name: values[0] for name, values in urllib.parse.parse_qs(asked.body.decode()).items()})
        self.asked.append(asked)
        self.made.append(f"opaque-token-{len(self.made)}-{self.lives}")
        self.valid = {"Bearer " + self.made[-1]}
        return 200, {}, {"access_token": self.made[-1], "token_type": "Bearer", "expires_in": self.lives}

    def let_in(self, asked):
        return (200, {}, echo(asked)) if asked.headers.get("Authorization") in self.valid else (401, {}, {})


def test_a_token_is_fetched_once_for_all_and_anew_when_it_is_refused(world, site):
    tokens = Tokens(site, "/shop/oauth2/token", "/api", 3600)
    runs = [world.becomes(id, "completed", "faulted") for id in [world.start("tokens") for _ in range(4)]]
    assert {run.status for run in runs} == {"completed"}, runs
    assert tokens.forms == [{"grant_type": "client_credentials", "client_id": "shop", "client_secret": TOKEN, "scope": "a b"}]
    tokens.valid = set()  # as if it had been revoked
    again = world.run("tokens")
    assert again.status == "completed" and len(tokens.forms) == 2
    assert world.database.value("SELECT count(*) FROM workflow.event WHERE run_id = %s AND type = 'action.requested'", again.id) == 1
    assert again.output["headers"]["Authorization"] == "Bearer ***"
    stored = everything_stored(world.database)
    assert not [text for text in tokens.made + [TOKEN] if text in stored]


def test_a_token_is_renewed_when_it_expires(world, site):
    tokens = Tokens(site, "/brief/token", "/brief/api", 1)
    assert world.run("brief").status == "completed"
    fetched = time.monotonic()
    eventually(lambda: time.monotonic() > fetched + 1, 5, "the token has expired")
    assert world.run("brief").status == "completed"
    assert len(tokens.made) == 2 and len(site.of("/brief/api")) == 2  # none was refused
    assert tokens.asked[0].headers["Authorization"] == "Basic " + base64.b64encode(b"shop:x").decode()


def jwt(claims):
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, claims, {}))


def test_a_provider_says_where_its_tokens_are_and_who_issues_them(world, site):
    site.says("/provider/.well-known/openid-configuration", (200, {}, {"token_endpoint": f"http://{HOST}:{site.port}/elsewhere/token"}))
    site.says("/elsewhere/token", (200, {}, {"access_token": jwt({"iss": "https://other.example"})}),
              (200, {}, {"access_token": jwt({"iss": "https://issuer.example"})}))
    site.says("/provider/api", (200, {}, {"in": True}))
    assert world.run("provider").code == "authentication"
    assert not site.of("/provider/api")
    assert world.run("provider").output == {"in": True}


def test_a_certificate_of_the_client(world, guarded):
    guarded.says("/who", (200, {}, {"in": True}))
    assert world.run("shown").output == {"in": True}
    hidden = world.run("hidden")
    assert (hidden.status, hidden.code) == ("faulted", "communication")
    assert len(guarded.asked) == 1


# ---- where it may go ------------------------------------------------------------------

def test_what_must_not_be_reached(world, site):
    """By number and by name, in IPv6, behind a redirect, as a document and as an authority."""
    local = [f"http://127.0.0.1:{site.port}/inside", f"http://localhost:{site.port}/inside", f"http://other.localhost:{site.port}/inside",
             f"http://[::ffff:127.0.0.1]:{site.port}/inside", f"http://[::1]:{site.port}/inside", f"http://2130706433:{site.port}/inside",
             f"http://0.0.0.0:{site.port}/inside", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://10.0.0.1/", "http://[fd00::1]/",
             f"http://{HOST}:{site.port}/leads-inside"]
    site.says("/leads-inside", (302, {"Location": f"http://127.0.0.1:{site.port}/inside"}, b""))
    started = [world.start("anywhere", {"url": url}) for url in local]
    started += [world.start(name, {"url": local[0]}) for name in ("document", "authority")]
    for id in started:
        run = world.becomes(id, "faulted", "completed")
        assert (run.status, run.code) == ("faulted", "authorization"), run
    assert not site.of("/inside") and not site.of("/inside/oauth2/token")


def test_a_redirect_is_an_error_or_followed_without_credentials(world, site):
    moved = Site()
    try:
        # Another port is another origin.
        site.says("/moved", (302, {"Location": f"http://{HOST}:{moved.port}/new"}, b""))
        moved.says("/new", (200, {}, echo))
        stays = world.run("stays")
        assert (stays.status, stays.code) == ("faulted", "communication") and not moved.asked
        follows = world.run("follows")
        assert follows.status == "completed"
        names = {name.lower() for name in follows.output["headers"]}
        assert "x-open" in names and not names & {"authorization", "x-shop"}
    finally:
        moved.close()


def test_an_answer_of_just_the_bound(world, site):
    for size in (RESPONSE_MAX, RESPONSE_MAX + 1):
        site.says(f"/big/{size}", (200, {"content-type": "text/plain"}, b"x" * size))
    fits, too_large = (world.becomes(world.start("big", {"size": size}), "completed", "faulted") for size in (RESPONSE_MAX, RESPONSE_MAX + 1))
    assert fits.output == "x" * RESPONSE_MAX
    assert too_large.code == "communication" and str(RESPONSE_MAX) in too_large.detail


# ---- what is sent ---------------------------------------------------------------------

def test_a_signature_is_good_for_the_library_of_the_scheme(world, site):
    site.says("/hook", (200, {}, {}))
    wanted("the library of Standard Webhooks", clients.libraries)
    assert world.run("signed").status == "completed"
    asked, = site.of("/hook")
    body = asked.body.decode()
    assert clients.call("webhook_calls.py", [[asked.headers, body], [asked.headers, body + " "]], WEBHOOK_SECRET=KEY) == [{"a": "ä"}, None]


def parts_of(asked):
    """[(name, file name, type, content)] by Python's own parser."""
    parsed = email.message_from_bytes(b"Content-Type: " + asked.headers["Content-Type"].encode() + b"\r\n\r\n" + asked.body)
    return sorted((part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
                  for part in parsed.get_payload())


def test_forms_with_files_and_secrets_in_urls(world, site):
    encoded = urllib.parse.quote(ODD, safe="")
    site.says(f"/odd/{encoded}", (200, {}, {}))
    site.says(f"/docs/{encoded}", (200, {}, FORM))
    site.says("/form", (200, {}, {}))
    for name in ("odd", "odder", "form"):
        run = world.run(name)
        assert run.status == "completed", run
    openapi, plain = site.of("/form")
    assert parts_of(openapi) == [("note", None, "text/plain", b"hi"), ("photo", "a.png", "image/png", b"\x89PNG"),
                                 ("tags", None, "text/plain", b"x"), ("tags", None, "text/plain", b"y")]
    assert parts_of(plain) == [("file", "b.txt", "text/plain", b"a text"), ("n", None, "text/plain", b"1")]
    stored = everything_stored(world.database)
    assert encoded not in stored and ODD not in stored


def test_a_rehearsal_calls_with_the_secrets_of_a_folder(programs, tmp_path):
    site = Site()
    site.says("/echo", (200, {}, echo))
    (tmp_path / "secrets").mkdir()
    secret(tmp_path / "secrets" / "token", TOKEN)
    document = tmp_path / "live.yaml"
    document.write_text(HEAD.format(name="live") + "use: {secrets: [token, other]}\ndo:\n- ask: {call: http, with: {method: get, endpoint: {uri: '"
                        + site.url + "/echo', authentication: {bearer: {use: token}}}}}\n")

    def rehearse(*options):
        done = subprocess.run([os.path.join(programs, "workflowctl"), "rehearse", str(document), "--json", "--live-http", *options], capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr
    try:
        code, told = rehearse("--secrets", str(tmp_path / "secrets"))
        assert (code, told["output"]["headers"]["Authorization"]) == (0, "Bearer secret:token")
        assert site.asked[0].headers["Authorization"] == "Bearer " + TOKEN
        code, told = rehearse()
        assert (code, told["error"]["status"]) == (3, 403)
        assert rehearse("--secrets", str(tmp_path / "nowhere"))[0] == 1
        document.write_text(document.read_text().replace("use: token", "use: other"))
        code, told = rehearse("--secrets", str(tmp_path / "secrets"))
        assert (code, told["error"]["status"]) == (3, 403) and len(site.asked) == 1
    finally:
        site.close()


# ---- stopped in the middle --------------------------------------------------------------

def asks(world, name, path):
    """Starts a run; its id once the site has its request."""
    before = len(world.site.of(path))
    id = world.start(name)
    eventually(lambda: len(world.site.of(path)) == before + 1, 30, f"{path} is asked")
    return id


def test_suspended_while_its_call_is_under_way(world, site):
    site.says("/slow", (200, {}, {"slow": True}))
    site.says("/after", (200, {}, {"after": True}))
    site.held.clear()
    id = asks(world, "slow", "/slow")
    run = eventually(lambda: world.see(id), 30, "the run is there")
    world.database.query("SELECT workflow.suspend_run(%s, 'wait')", run.id)
    world.becomes(id, "suspended")
    site.held.set()
    eventually(lambda: world.database.value("SELECT count(*) FROM workflow.event WHERE run_id = %s AND type = 'action.completed'", run.id) == 1, 30,
               "the answer is taken in")
    assert world.see(id).status == "suspended" and not site.of("/after")
    world.database.query("SELECT workflow.resume_run(%s)", run.id)
    assert world.becomes(id, "completed", "faulted").output == {"after": True}
    assert len(site.of("/slow")) == 1


def test_cancelled_while_its_call_is_under_way(world, site):
    site.held.clear()
    id = asks(world, "slow", "/slow")
    run = eventually(lambda: world.see(id), 30, "the run is there")
    asked_after = len(site.of("/after"))
    world.database.query("SELECT workflow.cancel_run(%s, 'enough')", run.id)
    world.becomes(id, "cancelled")
    eventually(lambda: [asked.path for asked in site.left] == ["/slow"], 10, "the transfer is aborted")
    site.held.set()
    assert len(site.of("/after")) == asked_after
    assert world.daemon.metric("workflowd_calls_in_flight") == 0


@pytest.mark.parametrize("broker", ["real"], indirect=True)
def test_a_dead_instance_s_calls_are_repeated_by_the_other(definitions, start_workflowd, publisher, topics, database):
    site = Site()
    site.says("/slow", (200, {}, {}))
    site.held.clear()
    (definitions / "slow.yaml").write_text(HEAD.format(name="slow") + f"do: [{{ask: {{call: http, with: {{method: post, endpoint: '{site.url}/slow'}}}}}}]\n")
    config = {"calls": {"allow": "127.0.0.1"}}
    try:
        one, _ = (start_workflowd(name, config) for name in ("one", "two"))
        owners = "SELECT count(DISTINCT instance) FROM workflow.home WHERE topic = %s AND instance IS NOT NULL"
        eventually(lambda: database.value(owners, topics.triggers) == 2, 60, "each has homes")
        for partition in range(4):
            publisher.send(topics.triggers, json.dumps({"id": f"t-{partition}", "type": "x", "workflow": "test/slow"}).encode(), headers=JSON, partition=partition)
        publisher.flush()
        eventually(lambda: len(site.asked) == 4, 30, "all are asked")
        its_own = int(one.metric("workflowd_calls_in_flight"))
        assert 0 < its_own < 4
        one.kill()
        eventually(lambda: len(site.left) >= its_own, 10, "they are cut off")
        cut_off = [asked.headers["Idempotency-Key"] for asked in site.left[:its_own]]
        times = lambda: collections.Counter(asked.headers["Idempotency-Key"] for asked in site.asked)
        eventually(lambda: all(times()[key] == 2 for key in cut_off), 30, "the other repeats them")
        site.held.set()
        all_ended(database, 4, 30)
        assert len(times()) == 4 and max(times().values()) == 2
        assert database.query("SELECT DISTINCT status FROM workflow.run") == [("completed",)]
    finally:
        site.close()
