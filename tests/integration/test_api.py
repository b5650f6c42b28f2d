# SPDX-License-Identifier: Apache-2.0
"""workflowd-api over HTTP: routes, parameters, errors in each vendor's form. Its SQL
functions are stand-ins that answer with what they were asked."""
import json

import pytest

import api as apis
from api import NOBODY, REFUSED

RUN = "01a1e1a7-4c00-7001-8000-0000000000%02d"
A, B = RUN % 1, RUN % 2


@pytest.fixture(scope="module")
def database(postgres):
    database = postgres.fresh()
    apis.login(database)
    apis.stand_in(database)
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s::uuid)], '{}')", A)
    for number, tenant in enumerate(["acme", "acme", "beta", None], start=1):
        database.query("INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count,"
                       " status, workflow, workflow_version, tenant, recipient_id)"
                       " VALUES (%s, %s, now(), now(), 1, 1, 0, 0, 'running', 'n/w', '1.0.0', %s, 'lead')", RUN % number, RUN % number, tenant)
    return database


@pytest.fixture(scope="module")
def api(programs, tmp_path_factory, database):
    api = apis.Api(programs, str(tmp_path_factory.mktemp("api")), database,
                   {"keys": {"requests_per_minute": 0}, "postgres": {"statement_timeout": "1s"}}).start()
    yield api
    api.close()


@pytest.fixture(scope="module")
def key(database):
    return apis.make_key(database, "acme")


@pytest.fixture(scope="module")
def operator(database):
    return apis.make_key(database, "acme", "operator")


# ---- each path asks its function ---------------------------------------------------

PATHS = {
    f"/knock/v1/workflow_recipient_runs/{A}": ("knock_run", {"id": A}),
    "/knock/v1/workflow_recipient_runs": ("knock_runs", {"page_size": 50, "after": None, "status": None, "recipient_id": None}),
    "/leadping/leads/lead%2F1%20x/workflow-status": ("leadping_workflow_status", {"lead_id": "lead/1 x", "operator": False}),
    "/dialnexa/v1/workflows/n%2Fw/leads/+49/history": ("dialnexa_history", {"workflow_id": "n/w", "lead_id": "+49"}),
    f"/truestate/automations/{A}/sessions/{B}/": ("truestate_session", {"automation_id": A, "session_id": B}),
    f"/truestate/automations/{A}/sessions/{B}": ("truestate_session", {"automation_id": A, "session_id": B}),
    f"/plannr/api/v1/automation-executions/{A}": ("plannr_execution", {"uuid": A, "include_account": False}),
    f"/plannr/api/v1/automation-executions/{A}?include=account": ("plannr_execution", {"include_account": True}),
    "/plannr/api/v1/automation-executions": ("plannr_executions", {"uuids": None, "sort": None, "page_size": None, "include_account": False}),
    f"/plannr/api/v1/automation-blueprints/{A}/executions": ("plannr_blueprint_executions", {"blueprint": A, "uuids": None}),
}


@pytest.mark.parametrize("path", PATHS)
def test_each_path_asks_its_function(api, key, path):
    answer = api.get(path, key)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    function, arguments = PATHS[path]
    said = answer.json()
    assert said["function"] == function and {name: said[name] for name in arguments} == arguments


@pytest.mark.parametrize("path", PATHS)
def test_the_key_says_whose_runs_are_seen(api, database, key, path):
    seen = [api.get(path, one).json() for one in (key, apis.make_key(database, "beta"), apis.make_key(database), apis.make_key(database, "other"))]
    assert [(one["seen"], one["runs"]) for one in seen] == [("=acme", 2), ("=beta", 1), ("=", 1), ("=other", 0)]


def test_the_answer_is_passed_on_byte_for_byte(api, database, key):
    answer = api.get(f"/knock/v1/workflow_recipient_runs/{A}", key)
    expected = database.query("SELECT workflow_api.knock_run(%s)::text FROM (SELECT set_config('workflow_api.tenant', '=acme', true) OFFSET 0) s", A)[0][0]
    # A superuser sees all four runs.
    assert answer.body.decode() == expected.replace('"runs" : 4', '"runs" : 2')


def test_operators_are_told_apart(api, key, operator):
    path = "/leadping/leads/1/workflow-status"
    assert [api.get(path, one).json()["operator"] for one in (key, operator)] == [False, True]


def test_only_an_operators_key_cancels(api, key, operator):
    path = f"/truestate/automations/{A}/sessions/{B}/cancel"
    assert api.ask("PATCH", path, key).status == 403
    said = api.ask("PATCH", path, operator, body="{}", headers={"Content-Type": "application/json"})
    assert said.status == 200
    assert said.json()["cancelled_by"] == f"api-key {operator.split('_')[1]}"


# ---- parameters ---------------------------------------------------------------------

KNOCK = "/knock/v1/workflow_recipient_runs"
LISTS = [
    ("status[]=queued&status[]=paused", {"status": ["queued", "paused"]}),
    ("status=queued&status=paused", {"status": ["queued", "paused"]}),
    ("status%5B%5D=completed", {"status": ["completed"]}),
    ("status[0]=cancelled&status[1]=processing", {"status": ["cancelled", "processing"]}),
    ("status=", {"status": None}),
    ("recipient=user%40example.com", {"recipient_id": "user@example.com", "recipient_collection": None}),
    ("recipient[id]=p1&recipient[collection]=projects", {"recipient_id": "p1", "recipient_collection": "projects"}),
    ('recipient={"id":"p1","collection":"projects"}', {"recipient_id": "p1", "recipient_collection": "projects"}),
    ("recipient=", {"recipient_id": None}),
    ("page_size=1&after=abc&before=d%2Be", {"page_size": 1, "after": "abc", "before": "d+e"}),
    ("page_size=&after=&workflow=&tenant=", {"page_size": 50, "after": None, "workflow": None, "tenant": None}),
    ("workflow=n/w&tenant=acme&has_errors=true", {"workflow": "n/w", "tenant": "acme", "has_errors": True}),
    ("has_errors=false", {"has_errors": False}),
    ("starting_at=2026-11-22T10:00:00%2B01:00&ending_at=2026-11-22T10:00:00.5Z",
     {"starting_at": "2026-11-22T09:00:00+00:00", "ending_at": "2026-11-22T10:00:00.5+00:00"}),
    ("workflow=a+b&unknown=1&unknown[]=2", {"workflow": "a b"}),
    ('workflow={"a,b\\c', {"workflow": '{"a,b\\c'}),
]


@pytest.mark.parametrize("query,arguments", LISTS)
def test_knocks_filters(api, key, query, arguments):
    answer = api.get(f"{KNOCK}?{query.replace(' ', '%20')}", key)
    assert answer.status == 200, answer.body
    said = answer.json()
    assert {name: said[name] for name in arguments} == arguments


@pytest.mark.parametrize("query", ["page_size=0", "page_size=51", "page_size=ten", "page_size=99999999999999999999", "status=failed",
                                   "status[]=queued&status[]=x", "has_errors=maybe", "starting_at=yesterday", "ending_at=2026-11-22",
                                   "recipient[collection]=x", "recipient={", 'recipient={"collection":"x"}'])
def test_what_knock_does_not_take_is_422(api, key, query):
    answer = api.get(f"{KNOCK}?{query}", key)
    said = answer.json()
    assert (answer.status, said["status"], said["code"], said["type"]) == (422, 422, "invalid_params", "invalid_request_error")
    assert query.split("=")[0].split("[")[0] in said["message"]


@pytest.mark.parametrize("query,arguments", [
    (f"filter[uuid]={A},{B}", {"uuids": [A, B]}),
    (f"filter[uuid]={A},nonsense,", {"uuids": [A]}),
    ("filter[uuid]=nonsense", {"uuids": []}),
    ("filter[uuid]=", {"uuids": None}),
    ("filter[client_uuids]=a,b%2Cc", {"client_uuids": ["a", "b", "c"]}),
    ("filter[account_uuids]=x&include=account,steps&sort=-created_at", {"account_uuids": ["x"], "include_account": True, "sort": "-created_at"}),
    ("page[size]=7&page[after]=c", {"page_size": 7, "after": "c"}),
])
def test_plannrs_filters(api, key, query, arguments):
    said = api.get(f"/plannr/api/v1/automation-executions?{query}", key).json()
    assert {name: said[name] for name in arguments} == arguments


def test_plannr_has_bounds(api, key):
    for query in ("sort=colour", "page[size]=0", "filter[uuid]=" + ",".join([A] * 101)):
        answer = api.get(f"/plannr/api/v1/automation-executions?{query}", key)
        assert answer.status == 422 and list(answer.json()) == ["message", "errors"], query


@pytest.mark.parametrize("query", ["workflow=%", "workflow=%4", "workflow=%zz", "workflow=%ff", "workflow=a%00b", "&".join(["a=b"] * 201)])
def test_a_query_that_cannot_be_read_is_400(api, key, query):
    assert api.get(f"{KNOCK}?{query}", key).status == 400


# ---- errors in each vendor's form ----------------------------------------------------

ONE = {"knock": "/knock/v1/workflow_recipient_runs/%s", "truestate": f"/truestate/automations/{A}/sessions/%s/",
       "plannr": "/plannr/api/v1/automation-executions/%s"}


def form(vendor, body):
    """Whether a body has the vendor's form, and its status if it says one."""
    keys = list(body)
    if vendor == "knock":
        assert keys == ["code", "message", "status", "type"]
        return body["status"]
    if vendor == "leadping":
        assert keys == ["type", "title", "status", "detail", "instance"]
        return body["status"]
    if vendor == "dialnexa":
        assert keys == ["statusCode", "message", "error"]
        return body["statusCode"]
    assert keys[0] == {"truestate": "detail", "plannr": "message"}[vendor]
    return None


ANY = {"knock": KNOCK, "leadping": "/leadping/leads/1/workflow-status", "dialnexa": "/dialnexa/v1/workflows/w/leads/1/history",
       "truestate": f"/truestate/automations/{A}/sessions/{B}/", "plannr": "/plannr/api/v1/automation-executions"}


@pytest.mark.parametrize("vendor", ANY)
@pytest.mark.parametrize("authorization", [None, "", "Basic x", "Bearer", "Bearer ", "Bearer nonsense", "Bearer wfk_000000000000_" + "0" * 64])
def test_without_a_good_key_it_is_401(api, vendor, authorization):
    answer = api.get(ANY[vendor], headers={"Authorization": authorization} if authorization is not None else {})
    assert answer.status == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert form(vendor, answer.json()) in (401, None)


@pytest.mark.parametrize("vendor", ANY)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_405(api, key, vendor, method):
    answer = api.ask(method, ANY[vendor], key)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert form(vendor, answer.json()) in (405, None)


def test_the_cancel_is_patch_alone(api, operator):
    answer = api.get(f"/truestate/automations/{A}/sessions/{B}/cancel", operator)
    assert (answer.status, answer.headers["allow"]) == (405, "PATCH")


@pytest.mark.parametrize("vendor", ANY)
def test_unknown_paths_are_404_in_the_vendors_form(api, key, vendor):
    for path in (f"/{vendor}/nothing", f"/{vendor}/", ANY[vendor] + "/more/of/it"):
        answer = api.get(path, key)
        assert answer.status == 404 and form(vendor, answer.json()) in (404, None), path


def test_elsewhere_there_is_nothing(api):
    for path in ("/", "/knockout", "/favicon.ico", "/knock"):
        assert api.get(path).status == 404


@pytest.mark.parametrize("vendor", ONE)
def test_what_is_not_there_is_404(api, key, vendor):
    for missing in (NOBODY, REFUSED % "e3"):
        answer = api.get(ONE[vendor] % missing, key)
        assert answer.status == 404 and form(vendor, answer.json()) in (404, None)


def test_what_is_no_uuid(api, key):
    assert [api.get(ONE[vendor] % "nonsense", key).status for vendor in ("knock", "plannr", "truestate")] == [404, 404, 422]
    said = api.get(ONE["truestate"] % "nonsense", key).json()
    assert said["detail"] == [{"loc": ["path", "session_id"], "msg": "value is not a valid uuid", "type": "value_error"}]


@pytest.mark.parametrize("vendor", ONE)
@pytest.mark.parametrize("end,status,text", [("e1", 422, "that is no such thing"), ("e2", 409, "too late"), ("e4", 500, None), ("51", 504, None)])
def test_failures_of_the_function(api, key, vendor, end, status, text):
    answer = api.get(ONE[vendor] % (REFUSED % end), key)
    assert answer.status == status and form(vendor, answer.json()) in (status, None)
    assert text is None or text in answer.body.decode()
    assert "secret of the inside" not in answer.body.decode()


def test_what_the_caller_is_not_told_is_in_the_log(api, key):
    api.get(ONE["knock"] % (REFUSED % "e4"), key)
    assert "knock_run: a secret of the inside (SQLSTATE XX000)" in api.logged()


# ---- HTTP ----------------------------------------------------------------------------

def test_head_is_get_without_a_body(api, key):
    path = f"/knock/v1/workflow_recipient_runs/{A}"
    whole, head = api.get(path, key), api.ask("HEAD", path, key)
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(len(whole.body))


def test_dialnexa_answers_conditionally(api, key):
    first = api.get(ANY["dialnexa"], key)
    tag = first.headers["etag"]
    assert first.status == 200 and not tag.startswith("W/") and "no-cache" in first.headers["cache-control"]
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = api.get(ANY["dialnexa"], key, {"If-None-Match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag), known
    assert api.get(ANY["dialnexa"], key, {"If-None-Match": '"x"'}).status == 200
    assert "etag" not in api.get(KNOCK, key).headers


def test_many_requests_go_over_one_connection(api, key):
    connection = api.connect()
    for _ in range(50):
        assert api.get(f"/knock/v1/workflow_recipient_runs/{A}", key, connection=connection).status == 200
    connection.close()


def test_a_body_of_get_is_refused(api, key):
    said = api.raw(f"GET {KNOCK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 20\r\n\r\nGET /healthz HTTP/1.1".encode())
    assert said.startswith(b"HTTP/1.1 400 ") and said.count(b"HTTP/1.1") == 1


def test_garbage_does_no_harm(api, key):
    for data in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 40000 + b"\r\n\r\n", b"BREW / HTTP/1.1\r\nConnection: close\r\n\r\n"):
        code, headers, body = parts(api.raw(data))
        assert code >= 400 and headers["content-type"] == "application/problem+json" and json.loads(body)["status"] == code
    assert api.get(KNOCK, key).status == 200


def parts(said):
    """The status, the headers and the body of one answer as it came."""
    head, _, body = said.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert int(headers["content-length"]) == len(body) and headers["connection"] == "close" and headers["date"].endswith(" GMT")
    return int(status.split()[1]), headers, body


UNREAD = {
    "no version": (400, "GET %s HTTP/x\r\n\r\n"),
    "a header without a name": (400, "GET %s HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
    "a long request line": (400, "GET %s?" + "x" * 20000 + " HTTP/1.1\r\n\r\n"),
    "long headers": (400, "GET %s HTTP/1.1\r\nHost: x\r\nCookie: " + "x" * 20000 + "\r\n\r\n"),
    "a large body": (413, "PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"),
    "a large body in pieces": (413, "PATCH %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n"),
    "a length that is none": (400, "PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"),
    "an expectation": (417, "PATCH %s HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n"),
    "an unknown method": (501, "BREW %s HTTP/1.1\r\nHost: x\r\n\r\n"),
}


@pytest.mark.parametrize("vendor", ANY)
@pytest.mark.parametrize("what", UNREAD)
def test_what_cannot_be_read_is_refused_in_the_vendors_form(api, vendor, what):
    code, request = UNREAD[what]
    got, headers, body = parts(api.raw((request % ANY[vendor]).encode()))
    assert (got, headers["content-type"]) == (code, "application/problem+json" if vendor == "leadping" else "application/json")
    assert form(vendor, json.loads(body)) in (code, None)


def test_what_cannot_be_read_is_counted_and_logged(api):
    before = api.metric('workflowd_api_requests_total{endpoint="other",code="413"}')
    api.raw(b"PATCH /knock/secret?of=mine HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")
    assert api.metric('workflowd_api_requests_total{endpoint="other",code="413"}') == before + 1
    assert "refused as it was read: /knock/secret" in api.logged() and "of=mine" not in api.logged()


def test_the_log_has_the_path_but_no_query_and_no_secret(api, key):
    api.get(f"{KNOCK}?recipient=someone%40example.com", key)
    log = api.logged()
    assert f"GET {KNOCK}" in log and key.split("_")[1] in log
    assert "someone" not in log and key.split("_")[2] not in log


def test_metrics_count_requests(api, key):
    before = api.metric('workflowd_api_requests_total{endpoint="knock_run",code="404"}')
    api.get(ONE["knock"] % NOBODY, key)
    assert api.metric('workflowd_api_requests_total{endpoint="knock_run",code="404"}') == before + 1
    assert api.metric("workflowd_api_ready") == 1 and api.metric("workflowd_api_postgres_connections") == 2


def test_pages_need_no_key_and_take_no_other_method(api):
    for path in ("/healthz", "/readyz", "/metrics"):
        assert api.get(path).status == 200
        assert api.ask("HEAD", path).body == b""
        assert api.ask("POST", path).status == 405


def test_errors_are_json_to_the_last(api, key):
    for path in (f"{KNOCK}?page_size=x", ONE["plannr"] % NOBODY, "/nowhere"):
        json.loads(api.get(path, key).body)
