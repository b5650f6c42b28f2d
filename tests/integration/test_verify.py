# SPDX-License-Identifier: Apache-2.0
"""workflowctl verify and rebuild: after all sorts of runs the read tables are what folding the
events gives; whatever is damaged is named, exactly, and made anew from the events beside a
daemon at work. Events that are no history stop their run alone."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from children import eventually

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config" / "examples"
OK, USAGE, NOT_FOUND, BAD_NEWS = 0, 2, 3, 4
NOBODY = "0198c0de-0000-7001-8000-000000000001"

# Its data make a run complete, wait, or fault.
ALL_SORTS = r"""
document: {dsl: '1.0.0', namespace: test, name: all-sorts, version: '1.0.0'}
do:
  - note:
      set: {lead: '${ .lead }', share: 0.1, text: "caf\u00e9 \"x\""}
      export: {as: '${ {seen: .lead} }'}
  - maybe:
      if: ${ $workflow.input.call }
      call: callLead
      with: {lead: '${ $workflow.input.lead }'}
  - pause:
      wait: ${ $workflow.input.wait }
  - choose:
      switch:
        - bad: {when: '${ $workflow.input.fail }', then: stop}
        - good: {then: end}
  - stop:
      raise:
        error: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation', status: 400, title: No way}
"""


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


@pytest.fixture
def ctl(programs, database):
    """As an operator's login: no superuser, so row-level security applies."""
    database.query("DO $$BEGIN CREATE ROLE operator LOGIN IN ROLE workflow_admin; EXCEPTION WHEN duplicate_object THEN END$$")
    conninfo = database.cluster.conninfo(database.name, "operator")

    def run(*arguments):
        return subprocess.run([os.path.join(programs, "workflowctl"), *arguments, "--database", conninfo],
                              capture_output=True, text=True, timeout=120)

    return run


def verb(ctl, name):
    def run(*arguments, code=OK):
        done = ctl(name, *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


@pytest.fixture
def verify(ctl):
    return verb(ctl, "verify")


@pytest.fixture
def rebuild(ctl):
    return verb(ctl, "rebuild")


@pytest.fixture
def load(definitions, start_workflowd, start_worker, publisher, messages, topics, database):
    """80 runs of examples that call, retry, wait and branch; then some that end in other ways, wait or are suspended;
    with commands before and after a restart. The daemon goes on."""
    for name in ("lead-follow-up.yaml", "payment-retry.yaml"):
        shutil.copy(EXAMPLES / name, definitions)
    (definitions / "all-sorts.yaml").write_text(ALL_SORTS)
    daemon = start_workflowd()
    start_worker()
    for number in range(40):
        publisher.send(topics.triggers, messages.trigger(f"f-{number}", "sales/lead-follow-up", [("leads", f"lead-{number:04d}")],
                                                         {"lead": f"lead-{number:04d}", "wait": "PT0.2S"}, type="lead.created"))
        publisher.send(topics.triggers, messages.trigger(f"p-{number}", "billing/payment-retry", [("customers", f"c-{number}")],
                                                         {"customer": f"customer-{number}", "amount": 49.5}, type="invoice.due"))
    for name, call, wait, fail in (("good", True, "PT0S", False), ("bad", False, "PT0S", True), ("long", True, "PT1H", False),
                                   ("held", True, "PT1H", False), ("gone", False, "PT1H", False)):
        publisher.send(topics.triggers, messages.trigger(f"t-{name}", "test/all-sorts", [("leads", name)],
                                                         {"lead": name, "call": call, "wait": wait, "fail": fail}))
    publisher.flush()
    waiting = "SELECT count(*) FROM workflow.run WHERE waiting_for = 'timer' AND workflow = 'test/all-sorts'"
    eventually(lambda: database.value(waiting) == 3, 60, "three runs wait")
    database.query("SELECT workflow.suspend_run(run_id) FROM workflow.run WHERE recipient_id = 'held'")
    database.query("SELECT workflow.cancel_run(run_id, 'Not wanted') FROM workflow.run WHERE recipient_id = 'gone'")
    suspended = "SELECT count(*) FROM workflow.run WHERE status = 'suspended'"
    eventually(lambda: database.value(suspended) == 1, 30, "one is suspended")
    ended = "SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL"
    eventually(lambda: database.value(ended) == 83, 90, "all but two runs have ended")
    daemon.kill()
    daemon.start()
    database.query("SELECT workflow.retry_run(run_id) FROM workflow.run WHERE recipient_id = 'bad'")
    faults = ("SELECT count(*) FROM workflow.event JOIN workflow.run USING (run_id)"
              " WHERE recipient_id = 'bad' AND type = 'run.faulted'")
    eventually(lambda: database.value(faults) == 2, 60, "the retried run faults again")
    return daemon


def test_all_is_as_the_events_tell_and_damage_is_named(load, verify, database):
    assert verify("--all") == ["85 runs, 0 differ"]
    assert verify("--limit", "3") == ["3 runs, 0 differ"]
    assert {status for (status,) in database.query("SELECT DISTINCT status FROM workflow.run")} == {
        "completed", "faulted", "cancelled", "waiting", "suspended"}
    assert database.value("SELECT count(*) FROM workflow.run WHERE context IS NOT NULL") > 0
    assert database.value("SELECT count(*) FROM workflow.action") > 40

    run = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'good'")
    other = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'bad'")
    database.query("UPDATE workflow.step SET status = 'faulted' WHERE run_id = %s AND step_no = 2", run)
    damage = f'{run} step 2 status: stored "faulted", folded "completed"'
    assert verify("--all", code=BAD_NEWS) == [damage, "85 runs, 1 differ"]
    assert verify(run, run.upper(), code=BAD_NEWS) == [damage, "1 runs, 1 differ"]
    assert verify(other) == ["1 runs, 0 differ"]
    assert json.loads(verify(run, "--json", code=BAD_NEWS)[0]) == {
        "runs": 1, "differ": 1, "differences": [{"run": run, "table": "step", "row": "2", "column": "status",
                                                 "stored": "faulted", "folded": "completed"}]}

    # An instant by a microsecond, a value deep in JSON, a row that is not there, and one too many.
    database.query("UPDATE workflow.step SET status = 'completed' WHERE run_id = %s AND step_no = 2", run)
    text = "to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    ended_at = database.value(f"SELECT {text} FROM workflow.run WHERE run_id = %s", run)
    database.query("UPDATE workflow.run SET ended_at = ended_at + interval '1 microsecond' WHERE run_id = %s", run)
    database.query("UPDATE workflow.step SET output = jsonb_set(output, '{share}', '0.2') WHERE run_id = %s AND step_no = 1", run)
    database.query("DELETE FROM workflow.action WHERE run_id = %s", run)
    database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference,"
                   " name, kind) VALUES (%s, 9, now(), 1, 1, 0, 'completed', '/do/9/x', 'x', 'set')", run)
    later = database.value(f"SELECT {text} FROM workflow.run WHERE run_id = %s", run)
    said = verify("--all", code=BAD_NEWS)
    assert said[0] == f'{run} run ended_at: stored "{later}", folded "{ended_at}"'
    assert said[1].startswith(f"{run} step 1 output: stored ") and '"share":0.2' in said[1] and '"share":0.1' in said[1]
    assert said[2:] == [f"{run} step 9: stored, but no event tells of it",
                        f"{run} action 1: not stored, but events tell of it", "85 runs, 1 differ"]


def test_a_history_with_a_gap_is_named(load, verify, database):
    run = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'good'")
    database.query("DELETE FROM workflow.event WHERE run_id = %s AND seq = 3", run)
    assert verify(run, code=BAD_NEWS) == [f"{run} event 3 seq: stored 4, folded 3", "1 runs, 1 differ"]


NONSENSE = {
    "a fact gone": ("data = data - 'kind'", "step.started", "step.started: `kind` is missing or unknown"),
    "a fact of another type": ("data = jsonb_set(data, '{kind}', '7')", "step.started", "step.started: `kind` is not of its kind"),
    "data of another type": ("data = '[]'", "step.started", "step.started: its data is no object"),
    "another type": ("type = 'run.sung'", "step.started", "run.sung: its type is unknown"),
    "another step": ("step_no = 77", "step.completed", "step.completed: there is no such open step"),
    "no instant": ("occurred_at = 'infinity'", "step.started", "step.started: its instant is none"),
}


def test_events_that_are_no_history_are_named_and_stop_their_run_alone(load, verify, rebuild, database, publisher, messages, topics):
    """Each sort of nonsense in a run of its own, some of which go on; the daemon forgets what it knew, and meets them."""
    ended = [run for (run,) in database.query("SELECT run_id::text FROM workflow.run WHERE workflow = 'sales/lead-follow-up' ORDER BY run_id")]
    lines = []
    for run, (change, kind, problem) in zip(ended, NONSENSE.values()):
        seq = database.value("SELECT min(seq) FROM workflow.event WHERE run_id = %s AND type = %s", run, kind)
        database.query(f"UPDATE workflow.event SET {change} WHERE run_id = %s AND seq = %s", run, seq)
        lines.append(f"{run} event {seq} {problem}")
    waiting, held = (database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = %s", name) for name in ("long", "held"))
    for run in (waiting, held):
        database.query("UPDATE workflow.event SET data = data - 'timer' WHERE run_id = %s AND type = 'step.waiting'", run)
        seq = database.value("SELECT seq FROM workflow.event WHERE run_id = %s AND type = 'step.waiting'", run)
        lines.append(f"{run} event {seq} step.waiting: `timer` or `due_at` is missing")
    said = verify("--all", code=BAD_NEWS)
    assert sorted(said[:-1]) == sorted(lines)
    assert said[-1] == f"85 runs, {len(lines)} differ"
    said = rebuild("--all", code=BAD_NEWS)
    assert sorted(said[:-1]) == sorted(lines)
    assert said[-1] == f"85 runs, 0 rebuilt, {len(lines)} damaged"

    load.kill()
    load.start()
    commands = [database.value("SELECT workflow.wake_run(%s)", waiting), database.value("SELECT workflow.resume_run(%s)", held),
                database.value("SELECT workflow.retry_run(%s)", ended[0])]
    publisher.send(topics.triggers, messages.trigger("t-after", "test/all-sorts", [("leads", "after")],
                                                     {"lead": "after", "call": True, "wait": "PT0S", "fail": False}))
    publisher.flush()
    for command in commands:
        result = eventually(lambda: database.value("SELECT (SELECT result FROM workflow.command_applied WHERE command_id = %s)", command), 60,
                            "the command is answered")
        assert "the run's history is damaged at event" in result
    eventually(lambda: database.value("SELECT (SELECT status FROM workflow.run WHERE recipient_id = 'after')") == "completed", 60,
               "others go on")
    assert load.child.running()
    answer = {"result": {"action_id": f"{waiting}:1", "attempt": 1, "completed": {"output": {}}}}
    publisher.send(topics.results, json.dumps(answer).encode(), headers=[("content-type", "application/json")])
    publisher.flush()
    reason = eventually(lambda: database.value("SELECT (SELECT reason FROM workflow.quarantine WHERE reason_code = 'damaged_run')"), 30,
                        "its answer is set aside")
    assert "step.waiting" in reason


DAMAGE = [
    "UPDATE workflow.run SET status = 'waiting', ended_at = NULL, output = '{\"no\": 1}', tenant = 'other', last_seq = 2 WHERE run_id = %s",
    "UPDATE workflow.step SET status = 'running', reference = '/do/9/x', input = '7', kind = 'do' WHERE run_id = %s",
    "UPDATE workflow.action SET status = 'running', output = NULL, attempt = 9 WHERE run_id = %s",
    "DELETE FROM workflow.run WHERE run_id = %s",
    "DELETE FROM workflow.step WHERE run_id = %s",
    "DELETE FROM workflow.action WHERE run_id = %s",
    "INSERT INTO workflow.step SELECT (jsonb_populate_record(s, '{\"step_no\": 99}')).* FROM workflow.step s WHERE run_id = %s AND step_no = 1",
    "INSERT INTO workflow.action SELECT (jsonb_populate_record(a, '{\"action_no\": 99}')).* FROM workflow.action a WHERE run_id = %s AND action_no = 1",
]


def test_damaged_tables_are_made_anew_beside_a_daemon_at_work(load, verify, rebuild, ctl, database, publisher, messages, topics):
    runs = [run for (run,) in database.query("SELECT r.run_id::text FROM workflow.run r JOIN workflow.action USING (run_id)"
                                             " WHERE r.ended_at IS NOT NULL GROUP BY 1 ORDER BY 1")][:3 * len(DAMAGE)]
    for number, run in enumerate(runs):
        database.query(DAMAGE[number % len(DAMAGE)], run)
    waiting = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'long'")
    database.query("UPDATE workflow.run SET current_reference = '/do/9/x', next_wake_at = NULL WHERE run_id = %s", waiting)
    database.query("UPDATE workflow.step SET due_at = NULL WHERE run_id = %s", waiting)
    assert verify("--all", code=BAD_NEWS)[-1] == f"85 runs, {len(runs) + 1} differ"
    said = rebuild("--all", "--dry-run", code=BAD_NEWS)
    assert said[-1] == f"85 runs, {len(runs) + 1} to rebuild, 0 damaged"
    assert verify("--all", code=BAD_NEWS)[-1] == f"85 runs, {len(runs) + 1} differ"
    assert rebuild(runs[0])[-1] == "1 runs, 1 rebuilt, 0 damaged"
    assert json.loads(rebuild(runs[1], "--json")[0])["rebuilt"] == 1

    # Runs go on while their tables are damaged and made anew, and the daemon is killed.
    for number in range(120):
        publisher.send(topics.triggers, messages.trigger(f"m-{number}", "sales/lead-follow-up", [("leads", f"more-{number:04d}")],
                                                         {"lead": f"lead-{number:04d}", "wait": "PT1S"}, type="lead.created"))
    publisher.flush()
    more = "workflow = 'sales/lead-follow-up' AND recipient_id LIKE 'more-%%'"
    for kill in range(4):
        eventually(lambda: database.value(f"SELECT count(*) FROM workflow.run WHERE {more} AND status = 'waiting'") > 0
                   or database.value(f"SELECT count(*) FROM workflow.run WHERE {more} AND ended_at IS NOT NULL") == 120, 60, "some wait")
        database.query("UPDATE workflow.run SET current_reference = '/no', error_count = 77, created_at = 'epoch' WHERE run_id IN"
                       f" (SELECT run_id FROM workflow.run WHERE {more} ORDER BY run_id LIMIT 40 OFFSET {20 * kill})")
        database.query("UPDATE workflow.step SET title = 'no', visit = 9, input = '7' WHERE run_id IN"
                       f" (SELECT run_id FROM workflow.run WHERE {more} ORDER BY run_id LIMIT 40 OFFSET {20 * kill})")
        done = ctl("rebuild", "--since", "2020-01-01")
        assert done.returncode == OK, done.stdout[-2000:] + done.stderr
        load.kill()
        load.start()
    eventually(lambda: database.value(f"SELECT count(*) FROM workflow.run WHERE {more} AND ended_at IS NOT NULL") == 120, 90,
               "all that went on have ended")
    assert rebuild("--all")[-1].endswith(", 0 damaged")
    assert verify("--all") == ["205 runs, 0 differ"]
    assert database.value(f"SELECT count(*) FROM workflow.run WHERE {more} AND status = 'completed'") == 120
    assert database.value("SELECT count(*) FROM workflow.stuck") == 0
    # The run that waited is made right, and goes on.
    database.query("SELECT workflow.wake_run(%s)", waiting)
    eventually(lambda: database.value("SELECT status FROM workflow.run WHERE run_id = %s", waiting) == "completed", 30, "it goes on")
    assert verify(waiting) == ["1 runs, 0 differ"]


def test_a_run_without_its_trigger_is_left_as_it_is(load, rebuild, database):
    """What a trigger was given is in no event."""
    run = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'good'")
    database.query("DELETE FROM workflow.trigger WHERE trigger_id = (SELECT trigger_id FROM workflow.run WHERE run_id = %s)", run)
    database.query("UPDATE workflow.run SET error_count = 5 WHERE run_id = %s", run)
    assert rebuild(run, code=BAD_NEWS) == [f"{run} event 1: the row of workflow.trigger with what it was given is gone",
                                           "1 runs, 0 rebuilt, 1 damaged"]
    assert database.value("SELECT error_count FROM workflow.run WHERE run_id = %s", run) == 5


def test_who_may_rebuild(load, database):
    """The daemon's and readers' logins may not."""
    for role in ("workflow_daemon", "workflow_reader"):
        assert not database.value("SELECT has_function_privilege(%s, 'workflow.rebuild_run(uuid, int, jsonb)', 'EXECUTE')", role)
    assert database.value("SELECT has_function_privilege('workflow_admin', 'workflow.rebuild_run(uuid, int, jsonb)', 'EXECUTE')")


def test_pages(verify, database):
    """More than a page of runs, none with events: each is met once."""
    database.query("SELECT workflow.ensure_partitions(ARRAY[workflow.uuid_time(%s)], '{}')", NOBODY)
    database.query("INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq,"
                   " retry_count, error_count, status, workflow, workflow_version)"
                   " SELECT ('0198c0de-0000-7001-8000-' || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(), now(), now(),"
                   " 1, 1, 0, 0, 'completed', 'test/x', '1' FROM generate_series(1, 450) n")
    for wanted, *arguments in ((450, "--all"), (201, "--limit", "201"), (400, "--limit", "400")):
        said = verify(*arguments, code=BAD_NEWS)
        assert said[-1] == f"{wanted} runs, {wanted} differ"
        assert len(set(said[:-1])) == wanted
    assert said[0].endswith(" event 1 seq: stored null, folded 1")


def test_what_is_not_there(verify):
    assert verify("--all") == ["0 runs, 0 differ"]
    verify(NOBODY, code=NOT_FOUND)
    verify("--all", "--limit", "3", code=USAGE)
