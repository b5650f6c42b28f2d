# SPDX-License-Identifier: Apache-2.0
"""The vendors' own clients, unchanged, pointed at workflowd-api (tests/clients): what they
make of its answers is what was answered."""
import datetime
import json

import pytest

import clients
import fetched


@pytest.fixture(scope="module", autouse=True)
def libraries():
    return fetched.wanted("clients of the vendors", clients.libraries)


@pytest.fixture(scope="module", params=["py", "js"])
def language(request):
    """Knock has a client for Python and one for Node.js."""
    if request.param == "js":
        fetched.wanted("clients of the vendors for Node.js", clients.modules)
    return request.param


@pytest.fixture(scope="module")
def knock(stage, api, language):
    """knock([call, arguments], …): what each gave."""
    def call(*calls, key=None):
        return clients.call(f"knock_calls.{language}", calls, KNOCK_API_KEY=key or stage.key(), KNOCK_BASE_URL=f"http://127.0.0.1:{api.port}/knock")
    return call


def instants(value):
    """With every text that is an instant as one, so that its form does not matter."""
    if isinstance(value, dict):
        return {key: instants(one) for key, one in value.items()}
    if isinstance(value, list):
        return [instants(one) for one in value]
    try:
        return datetime.datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 18 else value
    except ValueError:
        return value


def ids(stage, condition="true", *parameters):
    return [id for id, in stage.database.query(
        f"SELECT run_id::text FROM workflow.run r JOIN workflow.trigger t USING (trigger_id)"
        f" WHERE r.tenant = 'acme' AND {condition} ORDER BY run_id DESC", *parameters)]


# ---- Knock


def test_knock_gets_a_run(stage, knock, language):
    """All that was answered arrives: for Python in the client's types, which it checks strictly."""
    for name in ("bob", "dan", "fay"):
        run = stage.run_id(name)
        got, = knock(["get", {"id": run}])
        said = json.loads(stage.by_sql("story_reader", f"SELECT workflow_api.knock_run('{run}')::text"))
        if language == "py":  # which names all fields that there may be
            missing = {"audience_key": None, "cancellation_key": None, "schedule_id": None}
            said["trigger_source"] = {**missing, **said["trigger_source"]}
            said["events"] = [{"attempt": None, **event} for event in said["events"]]
        assert instants(got) == instants(said)


def test_knock_lists_and_walks(stage, knock):
    """A list is a page; the client goes on by itself to the end, with each size of page."""
    every = ids(stage)
    page, *walks, pages = knock(["list", {"page_size": 3}], *(["walk", {"page_size": size}] for size in (1, 4, 50)),
                                ["walk_later", {"page_size": 5}], ["pages", {"page_size": 5}])
    assert [run["id"] for run in page["items"]] == every[:3] and page["page_info"]["after"] and page["page_info"]["before"] is None
    assert walks == [every] * 4
    assert pages == -(-len(every) // 5)


def test_knock_pages_both_ways(knock, stage):
    every = ids(stage)
    first, = knock(["list", {"page_size": 4}])
    second, = knock(["list", {"page_size": 4, "after": first["page_info"]["after"]}])
    back, between = knock(["list", {"page_size": 4, "before": second["page_info"]["before"]}],
                          ["walk", {"after": first["page_info"]["after"], "before": second["page_info"]["after"]}])
    assert [run["id"] for run in second["items"]] == every[4:8]
    assert [run["id"] for run in back["items"]] == every[:4]
    # A range: what is older than the one and newer than the other.
    assert between == every[4:7]


FILTERS = [
    ({"workflow": "success/welcome"}, "r.workflow = 'success/welcome'"),
    ({"status": ["paused"]}, "r.status IN ('waiting', 'suspended') AND r.waiting_for <> 'action'"),
    ({"status": ["completed", "cancelled"]}, "r.status IN ('completed', 'faulted', 'cancelled')"),
    ({"status": ["queued"]}, "false"),
    ({"status": ["processing"]}, "r.status = 'running'"),
    ({"has_errors": True}, "error_count > 0"),
    ({"has_errors": False}, "error_count = 0"),
    ({"tenant": "acme"}, "true"),
    ({"tenant": "globex"}, "false"),
    ({"recipient": "ivy"}, "recipient_id = 'ivy'"),
    ({"recipient": {"id": "bob", "collection": "leads"}}, "recipient_id = 'bob'"),
    ({"recipient": {"id": "bob", "collection": "users"}}, "false"),
    ({"workflow": "sales/follow-up", "status": ["completed"], "has_errors": True}, "recipient_id = 'dan'"),
]


@pytest.mark.parametrize("arguments,condition", FILTERS, ids=[json.dumps(arguments) for arguments, _ in FILTERS])
def test_knocks_filters(stage, knock, arguments, condition):
    got, = knock(["walk", {"page_size": 3, **arguments}])
    assert got == ids(stage, condition)


def test_knock_by_time(stage, knock):
    """From one instant, which belongs to it, to another, which does not."""
    every = ids(stage)
    middle = stage.database.value("SELECT workflow.uuid_time(run_id) FROM workflow.run WHERE run_id = %s", every[5]).isoformat()
    later, earlier = knock(["walk", {"starting_at": middle}], ["walk", {"ending_at": middle}])
    assert later == ids(stage, "workflow.uuid_time(run_id) >= %s", middle) and earlier == ids(stage, "workflow.uuid_time(run_id) < %s", middle)
    assert later and earlier and later + earlier == every


def test_knocks_errors(stage, knock):
    """As the exceptions that the client has for them."""
    nobody = "00000000-0000-7000-8000-000000000000"
    ours, bounds, other, gone = knock(["get", {"id": "none"}], ["list", {"page_size": 51}],
                                      ["get_with_key", {"id": stage.run_id("ada"), "key": stage.key("globex")}], ["get", {"id": nobody}])
    refused, = knock(["get", {"id": nobody}], key="sk_test_1")
    assert [(one["error"], one["status"]) for one in (ours, bounds, other, gone, refused)] == [
        ("NotFoundError", 404), ("UnprocessableEntityError", 422), ("NotFoundError", 404), ("NotFoundError", 404), ("AuthenticationError", 401)]
    assert all(set(one["body"]) == {"code", "message", "status", "type"} for one in (ours, bounds, other, gone, refused))
    assert [one["body"]["code"] for one in (bounds, gone, refused)] == ["invalid_params", "resource_missing", "authentication_required"]
    assert other["body"] == gone["body"], "what is another's is not told from what is not there"


# ---- Leadping


@pytest.fixture(scope="module")
def leadping(stage, api):
    def call(*leads, key=None):
        return clients.call("leadping_calls.py", leads, f"http://127.0.0.1:{api.port}/leadping", key or stage.key())
    return call


def snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def as_client(value):
    """An answer as the client has it: names in snake_case, nothing left over but the one
    that the vendor's page has and none of its clients."""
    if isinstance(value, list):
        return [as_client(one) for one in value]
    if isinstance(value, dict):
        return {"additional_data": {key: one for key, one in value.items() if key == "currentStepOrder"},
                **{snake(key): as_client(one) for key, one in value.items() if key != "currentStepOrder"}}
    return value


def test_leadping_reads_leads(stage, leadping):
    """All that was answered arrives in the client's types, and it knows every name."""
    names = ("ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal")
    for name, got in zip(names, leadping(*names)):
        said = json.loads(stage.by_sql("story_reader", f"SELECT workflow_api.leadping_workflow_status('{name}')::text"))
        assert instants(got) == instants(as_client(said)), name


def test_leadping_tells_operators_more(stage, leadping):
    got, = leadping("dan", key=stage.key(role="operator"))
    assert got["runs"][0]["internal_error_details"] == "SIP 404 from trunk 1, cause 1"
    assert [one["admin_diagnostics"] for one in got["runs"][0]["actions"]] == ["SIP 404 from trunk 1, cause 1"]


def test_leadpings_errors(stage, leadping):
    none, = leadping("nobody")
    other, = leadping("ada", key=stage.key("globex"))
    refused, = leadping("ada", key="sk_1")
    assert [(one["error"], one["status"]) for one in (none, other, refused)] == [("ProblemDetails", 404), ("ProblemDetails", 404), ("ProblemDetails", 401)]
    assert [one["title"] for one in (none, other, refused)] == ["Not Found", "Not Found", "Unauthorized"]
