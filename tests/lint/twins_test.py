# SPDX-License-Identifier: Apache-2.0
"""Each source has its unit test beside it in tests/unit, and every test is built."""
import pathlib
import re

import repo

# Sources without a twin, and what tests them instead.
WITHOUT = {
    "daemon/main.c": "arguments and exit codes of a process: integration/test_check.py, test_faults.py",
    "daemon/definitions.c": "a folder into the database: integration/test_faults.py, test_reload",
    "daemon/serve.c": "the life of the process, signals and reload: integration/test_faults.py",
    "daemon/serve_calls.c": "wiring of the job to calls over HTTP: integration/test_calls.py",
    "daemon/serve_status.c": "HTTP and systemd of a whole daemon: integration/test_faults.py, lint/metrics_test.py",
    "daemon/serve_upkeep.c": "wiring of pg_upkeep to metrics: integration/test_keeper.py",
    "daemon/serve_world.c": "wiring of the job to Kafka and PostgreSQL: every integration test",
    "daemon/api/api_serve.c": "the life of a process, signals and reload: integration/test_api_limits.py",
    "daemon/api/main.c": "arguments of a process: integration/test_api_limits.py",
    "daemon/api/service.c": "the way of a request through all of it: integration/test_api.py",
    "daemon/api/service_life.c": "PostgreSQL coming and going: integration/test_api_limits.py",
    "daemon/api/service_pages.c": "health and metrics of a whole process: integration/test_api.py",
    "daemon/ctl/main.c": "finds the verb: integration/test_workflowctl.py",
    "daemon/ctl/trigger_report.c": "asks a database what became of a trigger: integration/test_workflowctl.py",
    "daemon/dev/broker_verb.c": "a process with a broker in it: integration/test_quickstart.py, test_embedded_broker.py",
    "daemon/dev/dev_servers.c": "starts PostgreSQL, broker, daemon and worker: integration/test_quickstart.py",
    "daemon/dev/dev_verb.c": "the order of the same: integration/test_quickstart.py",
    "daemon/dev/topics.c": "makes topics at a broker: integration/test_quickstart.py, test_servers_that_exist",
    "daemon/worker/main.c": "arguments of a process: every integration test",
}


def twin_of(name):
    return repo.ROOT / "tests/unit" / name.relative_to("daemon").with_name(f"{name.stem}_test.c")


def test_each_source_has_its_twin():
    missing = [f"{name}: no {twin_of(name).relative_to(repo.ROOT)}" for name in repo.with_suffix(".c", ".cc")
               if name.parts[0] == "daemon" and not twin_of(name).is_file() and str(name) not in WITHOUT]
    assert not missing, "\n" + "\n".join(missing)


def test_exceptions_are_needed():
    stale = [name for name in WITHOUT if not (repo.ROOT / name).is_file() or twin_of(pathlib.Path(name)).is_file()]
    assert not stale, "\n" + "\n".join(stale)


def test_exceptions_name_tests_that_exist():
    gone = [f"{name}: {test}" for name, reason in WITHOUT.items() for test in re.findall(r"(?:\w+/)?\w+\.py", reason)
            if not list((repo.ROOT / "tests").glob(f"**/{pathlib.PurePath(test).name}"))]
    assert not gone, "\n" + "\n".join(gone)


def test_each_test_is_registered():
    missing = []
    for name in repo.with_suffix(".c"):
        if str(name).startswith("tests/unit/") and name.stem.endswith("_test"):
            listed = repo.ROOT / name.parent / "CMakeLists.txt"
            if not listed.is_file() or f"wf_unit_test({name.name}" not in listed.read_text():
                missing.append(str(name))
    assert not missing, "\n" + "\n".join(missing)


def test_each_case_is_run():
    """A cmocka case that nobody lists passes by never running."""
    missing = []
    for name in repo.with_suffix(".c"):
        if not name.stem.endswith("_test"):
            continue
        source = repo.text(name)
        for case in re.findall(r"^static void (test_\w+)\(void \*\*", source, re.M):
            if len(re.findall(rf"\b{case}\b", source)) < 2:
                missing.append(f"{name}: {case}")
    assert not missing, "\n" + "\n".join(missing)
