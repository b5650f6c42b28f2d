# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml and workflowd-api say the same: paths and methods by the table of
routes, answers of the real SQL functions and errors by the schemas."""
import pathlib
import re

import jsonschema
import pytest
import yaml

import answers
import api as apis

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
RUN = "019b8d21-2e00-7001-8000-000000000001"


def operations():
    """{(method, path): operation}"""
    return {(method, path): operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()}


def conforms(operation, answer):
    """That the operation declares such an answer."""
    declared = operation["responses"].get(str(answer.status))
    assert declared, f"{answer.status} is not declared: {answer.body}"
    for name in declared.get("headers", {}):
        assert name.lower() in answer.headers
    kind = answer.headers["content-type"]
    assert kind in declared["content"], kind
    schema = {**declared["content"][kind]["schema"], "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(answer.json())


def test_every_reference_leads_somewhere():
    schemas = DOCUMENT["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", (ROOT / "docs/openapi.yaml").read_text()))
    assert used == set(schemas) and DOCUMENT["openapi"].startswith("3.1.")
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_paths_are_the_routes():
    table = (ROOT / "daemon/api/route.c").read_text()
    routes = {(name, re.sub(r"\{\w*\}", "{}", pattern), method.lower())
              for name, pattern, method in re.findall(r'^    \{"(\w+)", "([^"]+)", VENDOR_\w+, HTTP_METHOD_(\w+),', table, re.M)}
    assert routes == {(operation["operationId"], re.sub(r"\{\w+\}", "{}", path), method) for (method, path), operation in operations().items()}


def test_parameters_of_a_path_are_declared():
    for (_, path), operation in operations().items():
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path))


@pytest.fixture(scope="module")
def database(postgres):
    database = postgres.fresh()
    apis.login(database)
    apis.store_a_run(database, RUN, "acme")
    return database


@pytest.fixture(scope="module")
def api(programs, tmp_path_factory, database):
    api = apis.Api(programs, str(tmp_path_factory.mktemp("api")), database, {"keys": {"requests_per_minute": 0}}).start()
    yield api
    api.close()


@pytest.fixture(scope="module")
def key(database):
    return apis.make_key(database, "acme", "operator")


@pytest.fixture(scope="module")
def filled(database):
    """Each path with the parts of the run that is stored."""
    workflow = str(database.value("SELECT workflow.workflow_id('examples/one')"))
    parts = {"id": RUN, "session_id": RUN, "automation_id": workflow, "workflowId": workflow, "uuid": RUN}
    special = {"leadping_status": {"id": "lead-1"}, "plannr_blueprint": {"uuid": workflow}}
    return {operation["operationId"]: (method.upper(), operation, path.format(**{**parts, **special.get(operation["operationId"], {})}))
            for (method, path), operation in operations().items()}


NAMES = [operation["operationId"] for operation in operations().values()]


@pytest.mark.parametrize("name", NAMES)
def test_answers_conform(api, key, filled, name):
    method, operation, path = filled[name]
    answer = api.ask(method, path, key)
    assert answer.status == 200, answer.body
    conforms(operation, answer)


@pytest.mark.parametrize("state", ["waiting", "retrying", "faulted", "cancelled", "completed", "pending"])
def test_answers_about_runs_in_every_state_conform(api, database, key, state):
    run = getattr(answers.Rows(database), state)()
    workflow = str(database.value("SELECT workflow.workflow_id(%s)", answers.WORKFLOW))
    parts = {"id": run, "session_id": run, "automation_id": workflow, "workflowId": workflow, "uuid": run}
    for (method, path), operation in operations().items():
        lists = operation["operationId"] in ("knock_runs", "plannr_executions", "plannr_blueprint", "leadping_status")
        if method == "get":
            answer = api.get(path.format(**{**parts, **({"uuid": workflow, "id": "lead-1"} if lists else {})}), key)
            assert answer.status == 200, path
            conforms(operation, answer)


@pytest.mark.parametrize("name", NAMES)
def test_errors_conform(api, database, key, filled, name):
    method, operation, path = filled[name]
    stranger = apis.make_key(database, "other", "operator")
    seen = {answer.status: conforms(operation, answer) for answer in (
        api.ask(method, path), api.ask(method, path, stranger), api.ask("DELETE", path, key), api.ask(method, path + "?a=%zz", key),
        api.ask(method, path.replace(RUN, "nonsense"), key), api.ask(method, path + "?page_size=x&sort=x", key))}
    assert {400, 401, 405} <= set(seen)


def test_conditional_requests_are_declared_where_they_are(api, key, filled):
    for name, (method, operation, path) in filled.items():
        if method == "GET":
            tagged = "etag" in api.ask(method, path, key).headers
            assert tagged == ("304" in operation["responses"]), name
