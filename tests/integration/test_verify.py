# SPDX-License-Identifier: Apache-2.0
"""workflowctl verify: after all sorts of runs the read tables are what folding the events
gives; and whatever is damaged is named, exactly."""
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
def verify(programs, database):
    """As an operator's login: no superuser, so row-level security applies."""
    database.query("DO $$BEGIN CREATE ROLE operator LOGIN IN ROLE workflow_admin; EXCEPTION WHEN duplicate_object THEN END$$")
    conninfo = database.cluster.conninfo(database.name, "operator")

    def run(*arguments, code=OK):
        done = subprocess.run([os.path.join(programs, "workflowctl"), "verify", *arguments, "--database", conninfo],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


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
    ended_at = database.value("SELECT (extract(epoch FROM ended_at) * 1000000)::bigint FROM workflow.run WHERE run_id = %s", run)
    database.query("UPDATE workflow.run SET ended_at = ended_at + interval '1 microsecond' WHERE run_id = %s", run)
    database.query("UPDATE workflow.step SET output = jsonb_set(output, '{share}', '0.2') WHERE run_id = %s AND step_no = 1", run)
    database.query("DELETE FROM workflow.action WHERE run_id = %s", run)
    database.query("INSERT INTO workflow.step (run_id, step_no, updated_at, visit, attempt, retry_count, status, reference,"
                   " name, kind) VALUES (%s, 9, now(), 1, 1, 0, 'completed', '/do/9/x', 'x', 'set')", run)
    said = verify("--all", code=BAD_NEWS)
    assert said[0] == f"{run} run ended_at: stored {ended_at + 1}, folded {ended_at}"
    assert said[1].startswith(f"{run} step 1 output: stored ") and '"share":0.2' in said[1] and '"share":0.1' in said[1]
    assert said[2:] == [f"{run} step 9: stored, but no event tells of it",
                        f"{run} action 1: not stored, but events tell of it", "85 runs, 1 differ"]


def test_a_history_with_a_gap_is_named(load, verify, database):
    run = database.value("SELECT run_id::text FROM workflow.run WHERE recipient_id = 'good'")
    database.query("DELETE FROM workflow.event WHERE run_id = %s AND seq = 3", run)
    assert verify(run, code=BAD_NEWS) == [f"{run} event 3 seq: stored 4, folded 3", "1 runs, 1 differ"]


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
