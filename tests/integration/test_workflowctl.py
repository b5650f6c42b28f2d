# SPDX-License-Identifier: Apache-2.0
"""workflowctl as operators and programs use it: against a private PostgreSQL, and with a
daemon on the embedded broker where something has to happen."""
import json
import os
import pathlib
import re
import subprocess

import pytest

import plans
from children import eventually

OK, FAILED, USAGE, NOT_FOUND, BAD_NEWS, TIMED_OUT = range(6)
NOBODY = "0198c0de-0000-7001-8000-000000000001"

TWO_STEPS = """
document: {dsl: '1.0.0', namespace: test, name: two-steps, version: '1.0.0'}
do:
  - greet:
      call: callLead
      with:
        lead: ${ .lead }
  - pause:
      wait: ${ $workflow.input.wait }
"""
FAILS = """
document: {dsl: '1.0.0', namespace: test, name: fails, version: '1.0.0'}
do:
  - stop:
      raise:
        error: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation', status: 400, title: No way}
"""


class Ctl:
    def __init__(self, programs, database=None, config=None):
        self.program = os.path.join(programs, "workflowctl")
        self.more = (["--database", database] if database else []) + (["-c", config] if config else [])

    def run(self, *arguments, stdin=None):
        environment = {name: value for name, value in os.environ.items() if name != "WORKFLOWD_DATABASE"}
        return subprocess.run([self.program, *arguments, *self.more], input=stdin, capture_output=True, text=True,
                              timeout=120, env=environment)

    def json(self, *arguments, code=OK):
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def fails(self, code, *arguments):
        """Its one line on standard error."""
        done = self.run(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]


@pytest.fixture
def ctl(programs, database):
    return Ctl(programs, database.conninfo)


# ---- without a daemon


def test_help_names_every_verb(programs):
    said = Ctl(programs).run("--help")
    assert said.returncode == OK
    for verb in ("validate", "apply", "workflows", "trigger", "trigger-status", "runs", "show", "cancel", "suspend", "resume",
                 "retry", "wake", "quarantine", "status", "stuck", "verify", "migrate", "dev"):
        assert re.search(rf"^  {verb} ", said.stdout, re.M), verb


def test_what_cannot_be_written_is_a_failure(programs):
    with open("/dev/full", "w") as full:
        done = subprocess.run([os.path.join(programs, "workflowctl"), "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == FAILED
    assert done.stderr == "workflowctl: standard output cannot be written: No space left on device\n"


def test_validate_needs_no_database(programs, tmp_path):
    (tmp_path / "good.yaml").write_text(TWO_STEPS)
    (tmp_path / "bad.yaml").write_text(TWO_STEPS.replace("call: callLead", "call: calLead"))
    ctl = Ctl(programs)
    good = ctl.run("validate", str(tmp_path / "good.yaml"), "--function", "callLead")
    assert (good.returncode, good.stdout) == (OK, f"{tmp_path}/good.yaml: test/two-steps@1.0.0 is good\n")
    said = ctl.fails(FAILED, "validate", str(tmp_path / "bad.yaml"), "--function", "callLead")
    assert re.match(rf"{tmp_path}/bad.yaml:5:\d+: .*calLead.*callLead", said)
    both = ctl.json("validate", str(tmp_path / "good.yaml"), str(tmp_path / "bad.yaml"), "--function", "callLead", code=FAILED)
    assert [(one["valid"], len(one["problems"])) for one in both] == [(True, 0), (False, 1)]
    assert both[1]["problems"][0]["line"] == 5
    assert ctl.run("validate", "-", "--function", "callLead", stdin=TWO_STEPS).returncode == OK


def test_apply_publishes_all_or_none(ctl, database, tmp_path):
    (tmp_path / "one.yaml").write_text(TWO_STEPS)
    (tmp_path / "two.yaml").write_text(FAILS.replace("raise:", "rise:"))
    said = ctl.run("apply", str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"), "--function", "callLead")
    assert said.returncode == FAILED
    assert "nothing is published: 1 of 2 files" in said.stderr
    assert database.value("SELECT count(*) FROM workflow.definition") == 0
    (tmp_path / "two.yaml").write_text(FAILS)
    outcomes = ctl.json("apply", str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"), "--function", "callLead")
    assert [one["outcome"] for one in outcomes] == ["published", "published"]
    assert database.value("SELECT document FROM workflow.definition WHERE name = 'two-steps'") == TWO_STEPS
    assert database.value("SELECT array_agg(t.name || ' ' || t.kind ORDER BY ord) FROM workflow.task t JOIN workflow.definition USING (definition_id)"
                          " WHERE namespace || '/' || definition.name = 'test/fails'") == ["stop raise"]
    assert ctl.json("apply", str(tmp_path / "two.yaml"))[0]["outcome"] == "unchanged"


def test_a_published_version_never_changes(ctl, tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(FAILS)
    assert ctl.run("apply", str(path)).returncode == OK
    path.write_text(FAILS + "# changed\n")
    said = ctl.fails(FAILED, "apply", str(path))
    assert "test/fails@1.0.0 is published with another content" in said
    assert str(path) in said


def test_workflows_are_listed_and_switched(ctl, database, tmp_path):
    (tmp_path / "one.yaml").write_text(FAILS)
    assert ctl.run("apply", str(tmp_path / "one.yaml")).returncode == OK
    generation = database.value("SELECT generation FROM workflow.definition_generation")
    listed = ctl.json("workflows")
    assert [(one["workflow"], one["version"], one["state"], one["open_runs"]) for one in listed] == [("test/fails", "1.0.0", "active", 0)]
    assert ctl.json("workflows", "deactivate", "test/fails@1.0.0") == {"state": "inactive", "changed": True}
    assert ctl.json("workflows", "fails")[0]["state"] == "inactive"
    assert ctl.json("workflows", "deactivate", "test/fails@1.0.0") == {"state": "inactive", "changed": False}
    assert ctl.run("workflows", "activate", "test/fails@1.0.0").stdout == "test/fails@1.0.0 is active\n"
    assert database.value("SELECT generation FROM workflow.definition_generation") == generation + 2
    assert ctl.run("workflows", "document", "test/fails@1.0.0").stdout == FAILS
    assert "test/fails@2.0.0" in ctl.fails(NOT_FOUND, "workflows", "activate", "test/fails@2.0.0")


def test_what_is_not_there(ctl):
    assert NOBODY in ctl.fails(NOT_FOUND, "show", NOBODY)
    assert NOBODY in ctl.fails(NOT_FOUND, "cancel", NOBODY)
    assert NOBODY in ctl.fails(NOT_FOUND, "wake", NOBODY, "--wait")
    assert '"t-1"' in ctl.fails(NOT_FOUND, "trigger-status", "t-1")
    assert "--tenant" not in ctl.fails(NOT_FOUND, "trigger-status", "t-1")
    wrong = ctl.fails(NOT_FOUND, "trigger-status", "t-1", "--tenant", "acne")
    assert '"t-1" of tenant "acne"' in wrong and "without --tenant all are looked through" in wrong
    assert "record 7" in ctl.fails(NOT_FOUND, "quarantine", "show", "7")
    assert "record 7" in ctl.fails(NOT_FOUND, "quarantine", "replay", "7")


def test_an_empty_database_has_nothing_to_say(ctl):
    assert ctl.json("runs") == {"runs": [], "next": None}
    assert ctl.json("stuck") == []
    assert ctl.json("quarantine", "list") == []
    status = ctl.json("status", "--runs")
    assert (status["instances"], status["homes"], status["runs"]) == ([], [], [])
    assert status["overview"]["schema_version"] >= 5


def test_without_the_schema_it_says_what_makes_it(programs, postgres):
    name = postgres.cluster.create_database()
    said = Ctl(programs, postgres.cluster.conninfo(name)).fails(FAILED, "runs")
    assert "workflowctl migrate makes the schema" in said


def test_without_a_database_it_says_how_to_name_one(programs):
    said = Ctl(programs).fails(FAILED, "runs")
    assert "--database" in said and "WORKFLOWD_DATABASE" in said


def test_the_database_from_environment_and_configuration(programs, database, tmp_path):
    environment = {**os.environ, "WORKFLOWD_DATABASE": database.conninfo}
    done = subprocess.run([os.path.join(programs, "workflowctl"), "stuck", "--json"], capture_output=True, text=True,
                          env=environment, timeout=60)
    assert (done.returncode, json.loads(done.stdout)) == (OK, [])
    config = tmp_path / "workflowd.yaml"
    config.write_text(json.dumps({"postgres": {"conninfo": database.conninfo}}))
    assert Ctl(programs, config=str(config)).json("stuck") == []


def test_the_daemons_login_may_not_command(programs, database):
    said = Ctl(programs, database.daemon_conninfo).fails(FAILED, "cancel", NOBODY)
    assert "permission denied" in said and "workflow_admin" in said


def insert_run(database, number, **columns):
    run_id = f"0198c0de-0000-7001-8000-0000000{number:05x}"
    values = {"run_id": run_id, "trigger_id": NOBODY[:-5] + "00000", "definition_id": 1, "last_seq": 1, "retry_count": 0,
              "error_count": 0, "status": "waiting", "workflow": "test/x", "workflow_version": "1", **columns}
    names = ", ".join(values)
    database.query(f"INSERT INTO workflow.run ({names}, created_at, updated_at) VALUES ({', '.join(['%s'] * len(values))},"
                   " workflow.uuid_time(%s), now())", *values.values(), run_id)
    return run_id


def make_partitions(database):
    """Where the ids of insert_run() belong."""
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s)], '{}')", NOBODY)


def test_runs_page_by_key(ctl, database):
    make_partitions(database)
    ids = [insert_run(database, number) for number in range(1, 8)]
    seen, after = [], []
    while True:
        page = ctl.json("runs", "--limit", "3", *after)
        seen += [run["run_id"] for run in page["runs"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert seen == ids[::-1]
    table = ctl.run("runs", "--limit", "3").stdout
    assert table.endswith(f"(3 rows)\nnext page: --after {ids[4]}\n")


def test_runs_are_filtered(ctl, database):
    make_partitions(database)
    one = insert_run(database, 1, tenant="acme", recipient_collection="leads", recipient_id="a", status="running")
    two = insert_run(database, 2, tenant="acme", recipient_id="leads/a", workflow="test/y")
    three = insert_run(database, 3, recipient_id="a", status="faulted", ended_at="2026-01-01")

    def found(*filters):
        return [run["run_id"] for run in ctl.json("runs", *filters)["runs"]]

    assert found("--status", "running") == [one]
    assert found("--status", "open") == [two, one]
    assert found("--tenant", "acme") == [two, one]
    assert found("--workflow", "test/y") == [two]
    assert found("--workflow", "test/x@1") == [three, one]
    assert found("--recipient", "a") == [three, one]
    assert found("--recipient", "leads/a") == [two, one]
    assert found("--trigger", NOBODY[:-5] + "00000") == [three, two, one]
    assert found("--trigger", "0198c0de-0000-7001-8000-000000100000") == []
    assert found("--recipient", "a' OR true --") == []


@pytest.mark.parametrize("errors", [0, 1])
def test_runs_of_every_status_are_found(ctl, database, errors):
    """Each word of --status, by runs in whatever state that can be."""
    make_partitions(database)
    stored = [("pending", None), ("running", None), ("waiting", "action"), ("waiting", "timer"), ("suspended", None), ("cancelled", None),
              ("faulted", None), ("completed", None)]
    ids = [insert_run(database, number, status=status, waiting_for=reason, error_count=errors, ended_at="2026-01-01" if number > 5 else None)
           for number, (status, reason) in enumerate(stored, start=1)]
    for status in {status for status, _ in stored}:
        assert [run["run_id"] for run in ctl.json("runs", "--status", status)["runs"]] == [
            id for id, (own, _) in reversed(list(zip(ids, stored))) if own == status]
    assert [run["run_id"] for run in ctl.json("runs", "--status", "open")["runs"]] == ids[4::-1]


def test_a_rare_status_is_not_looked_for_among_all_runs(ctl, database, monkeypatch):
    make_partitions(database)
    rare = insert_run(database, 1, tenant="acme", status="suspended")
    database.query(f"INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, ended_at, definition_id, last_seq, retry_count, error_count,"
                   " status, workflow, workflow_version, tenant) SELECT u.id, u.id, now(), now(), now(), 1, 1, 0, 0, 'completed', 'test/x', '1', 'acme'"
                   f" FROM generate_series(2, 3000) n, LATERAL (SELECT ('{NOBODY[:-5]}' || to_char(n, 'fm00000'))::uuid) u (id)")
    database.query("ANALYZE workflow.run")
    log = pathlib.Path(database.cluster.folder, "log")
    before = log.stat().st_size
    monkeypatch.setenv("PGOPTIONS", " ".join(f"-c {setting}" for setting in (
        "session_preload_libraries=auto_explain", "auto_explain.log_min_duration=0", "auto_explain.log_analyze=on", "auto_explain.log_format=json")))
    assert [run["run_id"] for run in ctl.json("runs", "--status", "suspended", "--tenant", "acme")["runs"]] == [rare]
    said = log.read_text()[before:]
    assert 0 < sum(plans.handled(plan) for plan in logged_plans(said)) < 100


def logged_plans(said):
    """Those that auto_explain has logged, as JSON."""
    return [json.JSONDecoder(strict=False).raw_decode(part.lstrip())[0]["Plan"] for part in said.split("plan:\n")[1:]]


def test_stuck_runs_are_bad_news(ctl, database):
    make_partitions(database)
    run = insert_run(database, 1, status="running")
    rows = ctl.json("stuck", code=BAD_NEWS)
    assert [(row["run_id"], row["problem"]) for row in rows] == [(run, "has no reason to wait")]


def test_quarantine_shows_the_record(ctl, database):
    database.query("INSERT INTO workflow.quarantine (record_offset, partition, topic, reason_code, reason, event_id, key, value, headers)"
                   " VALUES (5, 1, 't', 'undecodable', 'no JSON', 'e-1', 'k', '\\x7b00ff1b', '[{\"name\": \"h\", \"value\": \"6162\"}]')")
    listed = ctl.json("quarantine", "list", "--reason", "undecodable")
    assert [(one["topic"], one["partition"], one["record_offset"], one["bytes"]) for one in listed] == [("t", 1, 5, 4)]
    assert ctl.json("quarantine", "list", "--reason", "too_large") == []
    shown = ctl.json("quarantine", "show", str(listed[0]["quarantine_id"]))
    assert (shown["value_base64"], shown["headers"], shown["key"], shown["reason"]) == ("ewD/Gw==", {"h": "ab"}, "k", "no JSON")
    text = ctl.run("quarantine", "show", str(listed[0]["quarantine_id"])).stdout
    assert "\x1b" not in text
    assert ctl.json("trigger-status", "e-1", code=BAD_NEWS)["quarantine"][0]["reason"] == "no JSON"


def test_json_is_one_document_in_utc(ctl, database):
    make_partitions(database)
    insert_run(database, 1)
    assert ctl.json("runs")["runs"][0]["created_at"].endswith("+00:00")


def test_publishing_to_nobody_fails_and_says_why(programs):
    said = Ctl(programs).fails(FAILED, "trigger", "test/x", "--kafka", "127.0.0.1:1")
    assert "not published to workflow.triggers" in said and "127.0.0.1:1" in said


# ---- with a daemon


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


@pytest.fixture
def live(programs, database, definitions, start_workflowd, start_worker):
    """A working daemon; its configuration says the topics, an operator's login the database."""
    (definitions / "two-steps.yaml").write_text(TWO_STEPS)
    (definitions / "fails.yaml").write_text(FAILS)
    daemon = start_workflowd()
    start_worker()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.definition") == 2, 30, "definitions are published")
    return Ctl(programs, database.conninfo, daemon.path)


def trigger(live, *arguments, code=OK, workflow="test/two-steps", wait="PT0S"):
    return live.json("trigger", workflow, "--type", "lead.created", "--data", json.dumps({"lead": "lead-1", "wait": wait}),
                     *arguments, code=code)


def test_a_trigger_is_followed_to_its_end(live):
    done = trigger(live, "--id", "t-1", "--tenant", "acme", "--recipient", "leads/a", "--recipient", "leads/b", "--wait")
    assert done["id"] == "t-1"
    assert [(one["recipients"], one["completed"]) for one in done["triggers"]] == [(2, 2)]
    assert [run["recipient"] for run in done["runs"]] == ["leads/a", "leads/b"]
    status = live.json("trigger-status", "t-1")
    assert status["triggers"] == done["triggers"]
    assert live.json("trigger-status", done["triggers"][0]["trigger_id"])["runs"] == done["runs"]
    runs = live.json("runs", "--trigger", done["triggers"][0]["trigger_id"])["runs"]
    assert {run["status"] for run in runs} == {"completed"}


def test_a_repeated_trigger_names_the_first(live):
    first = trigger(live, "--id", "t-1", "--wait")["triggers"][0]["trigger_id"]
    again = trigger(live, "--id", "t-1", "--wait")
    assert (again["triggers"], [one["first_trigger_id"] for one in again["duplicates"]]) == ([], [first])
    assert len(live.json("trigger-status", "t-1")["duplicates"]) == 1


def test_bad_ends_are_bad_news(live):
    faulted = trigger(live, "--wait", workflow="test/fails", code=BAD_NEWS)
    assert [run["status"] for run in faulted["runs"]] == ["faulted"]
    unknown = trigger(live, "--wait", workflow="test/nothing", code=BAD_NEWS)
    assert unknown["quarantine"][0]["reason_code"] == "unknown_workflow"
    assert "matched no active workflow" in live.fails(BAD_NEWS, "trigger", "--type", "no.such", "--wait")


def test_waiting_ends_in_time(live):
    late = trigger(live, "--wait", "--timeout", "1s", code=TIMED_OUT, wait="PT1H")
    assert late["triggers"][0]["open"] == 1


def waiting_run(live):
    late = trigger(live, "--wait", "--timeout", "1s", code=TIMED_OUT, wait="PT1H")
    run_id = late["runs"][0]["run_id"]
    eventually(lambda: live.json("show", run_id)["run"]["waiting_for"] == "timer", 30, "the run waits")
    return run_id


def test_show_draws_the_timeline_and_says_why_it_waits(live):
    run_id = waiting_run(live)
    text = live.run("show", run_id, "--ascii").stdout
    assert re.search(r"^why        waits at pause until 20\d\d-", text, re.M)
    assert re.search(r"^  \d\d:\d\d:\d\d\.\d{3} +0\.000 s  o created$", text, re.M)
    assert re.search(r"^ +\+- greet \(call\)$", text, re.M)
    assert re.search(r"^ +\|  > callLead requested, until ", text, re.M)
    assert re.search(r"^ +\|  ~ waits until 20\d\d-", text, re.M)
    assert text.isascii()
    shown = live.json("show", run_id)
    assert [step["name"] for step in shown["steps"]] == ["greet", "pause"]
    assert [event["seq"] for event in shown["timeline"]] == list(range(1, len(shown["timeline"]) + 1))
    assert shown["actions"][0]["function"] == "callLead"


def test_show_in_a_terminal_of_utf8(live):
    run_id = waiting_run(live)
    done = subprocess.run([live.program, "show", run_id, *live.more], capture_output=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert "├─ greet (call)" in done.stdout.decode()


def test_status_names_homes_and_their_owner(live, topics):
    trigger(live, "--wait")
    status = live.json("status", "--runs")
    assert len(status["instances"]) == 1
    homes = [home for home in status["homes"] if home["topic"] == topics.triggers]
    assert sorted(home["partition"] for home in homes) == [0, 1, 2, 3]
    assert {home["epoch"] for home in homes} == {1}
    assert sum(one["runs"] for one in status["runs"]) == 1
    assert {home["lag"] for home in homes} == {0}
    assert live.run("status").stdout.count("\n") > 10


def test_status_tells_the_lag(live, topics, broker, programs, database):
    trigger(live, "--wait")
    live.json("pause-intake")
    for _ in range(3):
        trigger(live)

    def lags(ctl, *arguments):
        homes = [home for home in ctl.json("status", *arguments)["homes"] if home["topic"] == topics.triggers]
        return [home["lag"] for home in homes]

    assert sum(lags(live)) == 3
    assert sum(lags(Ctl(programs, database.conninfo), "--kafka", broker.address)) == 3
    assert lags(Ctl(programs, database.conninfo)) == [None] * 4, "nobody was asked"
    away = live.run("status", "--kafka", "127.0.0.1:1", "--json")
    assert away.returncode == OK and [home["lag"] for home in json.loads(away.stdout)["homes"]] == [None] * 12
    assert away.stderr.startswith("workflowctl status: the lag is not known: ") and "127.0.0.1:1" in away.stderr
    live.json("resume-intake")
    eventually(lambda: sum(lags(live)) == 0, 30, "they are taken")


def test_commands_are_applied(live):
    run_id = waiting_run(live)
    assert live.json("suspend", run_id, "--reason", "lunch", "--wait")[0]["result"] == "applied"
    run = live.json("show", run_id)["run"]
    assert (run["status"], run["explanation"]) == ("suspended", "suspended: lunch; starts nothing until it is resumed")
    assert live.json("resume", run_id, "--wait")[0]["result"] == "applied"
    assert live.json("wake", run_id, "--wait")[0]["result"] == "applied"
    eventually(lambda: live.json("show", run_id)["run"]["status"] == "completed", 30, "the run has ended")
    done = live.run("cancel", run_id, "--wait")
    assert done.returncode == BAD_NEWS and run_id in done.stdout


def test_cancel_by_key_and_by_filter(live):
    trigger(live, "--recipient", "a", "--recipient", "b", "--cancellation-key", "k", "--wait", "--timeout", "1s", wait="PT1H",
            code=TIMED_OUT)
    assert live.json("cancel", "--key", "k", "--recipient", "a", "--wait")["runs"] == 1
    assert live.json("cancel", "--workflow", "test/two-steps") == {"runs": 1}
    eventually(lambda: live.json("runs", "--status", "open")["runs"] == [], 30, "all are cancelled")
    assert {run["status"] for run in live.json("runs")["runs"]} == {"cancelled"}


def test_a_quarantined_record_is_replayed(live, tmp_path):
    held = trigger(live, "--wait", workflow="test/later", code=BAD_NEWS)["quarantine"][0]["quarantine_id"]
    (tmp_path / "later.yaml").write_text(TWO_STEPS.replace("two-steps", "later"))
    assert live.run("apply", str(tmp_path / "later.yaml")).returncode == OK
    assert live.json("quarantine", "replay", str(held))[0]["quarantine_id"] == held
    eventually(lambda: live.json("runs", "--workflow", "test/later", "--status", "completed")["runs"], 30, "it has run")
    eventually(lambda: live.json("quarantine", "list")[0]["state"] == "replayed", 30, "it is marked as replayed")


def test_a_trigger_is_found_without_reading_all_of_them(ctl, database, monkeypatch):
    """By the tables that remember ids; what is asked for has an index. Scans of whole tables are counted."""
    trigger = "0198c0de-0000-7001-8000-000000000000"
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s)], '{}')", trigger)
    database.query("SELECT workflow.apply_definition('test', 'fails', '1.0.0', %s)", FAILS)
    for tenant, at, name in ((None, trigger, "t-1"), ("acme", trigger[:-6] + "100000", "t-2")):
        database.query("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition,"
                       " home, topic, event_id, source_type, tenant, workflow, workflow_version)"
                       " VALUES (%s, now(), 1, 1, 0, 0, 1, 'x', %s, 'api', %s, 'test/fails', '1.0.0')", at, name, tenant)
        database.query("INSERT INTO workflow.dedupe_0 VALUES (workflow.dedupe_key(%s, 'test/fails', %s), %s)", tenant, name, at)
    database.query("INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, workflow, event_id)"
                   " VALUES (%s, now(), 7, 0, 'x', 'test/fails', 't-1')", trigger)
    scans = ("SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE relname ~ '^(trigger|run|duplicate|quarantine)'")
    database.query("SELECT pg_stat_force_next_flush()")
    before = database.value(scans)
    run = ctl.run
    monkeypatch.setenv("PGOPTIONS", "-c enable_seqscan=off")
    said = json.loads(run("trigger-status", "t-1", "--json").stdout)
    assert [one["trigger_id"] for one in said["triggers"]] == [trigger]
    assert [one["first_trigger_id"] for one in said["duplicates"]] == [trigger]
    said = json.loads(run("trigger-status", "t-2", "--tenant", "acme", "--json").stdout)
    assert [one["event_id"] for one in said["triggers"]] == ["t-2"]
    run("runs", "--recipient", "leads/1")
    run("runs", "--trigger", trigger)
    run("runs", "--status", "faulted", "--limit", "5")
    assert database.value(scans) == before


def test_migrate_says_in_json_what_it_applied(ctl, database):
    said = ctl.json("migrate")
    assert said["version"] == database.value("SELECT max(version) FROM workflow.migration")
    assert isinstance(said["applied"], list)


def test_keys_of_the_api_are_made_listed_and_revoked(ctl, database):
    made = ctl.run("api-key", "create", "the CRM", "--tenant", "acme", "--operator", "--rate-per-minute", "90", "--expires-in", "1h")
    assert made.returncode == OK, made.stderr
    found = re.fullmatch(r"wfk_([0-9a-f]{12})_[0-9a-f]{64}\n", made.stdout)
    assert found and "not shown again" in made.stderr
    other = ctl.json("api-key", "create", "plain")["key"].split("_")[1]
    listed = {key["key_id"]: key for key in ctl.json("api-key", "list")}
    assert [listed[found[1]][name] for name in ("name", "tenant", "role", "rate_per_minute", "state")] == ["the CRM", "acme", "operator", 90, "valid"]
    assert "secret_hash" not in listed[found[1]] and listed[found[1]]["expires_at"]
    assert (listed[other]["tenant"], listed[other]["role"], listed[other]["expires_at"]) == ("", "reader", None)
    assert [key["key_id"] for key in ctl.json("api-key", "list", "--tenant", "acme")] == [found[1]]
    assert "no key 000000000000" in ctl.fails(NOT_FOUND, "api-key", "revoke", "000000000000", other)
    assert [key["state"] for key in ctl.json("api-key", "list") if key["key_id"] == other] == ["revoked"]
    database.query("UPDATE workflow_api.api_key SET expires_at = now() WHERE key_id = %s", found[1])
    assert [key["state"] for key in ctl.json("api-key", "list") if key["key_id"] == found[1]] == ["expired"]
    said = ctl.json("api-key", "revoke", found[1], other)
    assert [key["key_id"] for key in said] == [found[1], other] and all(key["revoked_at"] for key in said)
