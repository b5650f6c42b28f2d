# SPDX-License-Identifier: Apache-2.0
"""The spine, on real input and real components: triggers in, durable runs out, status in
SQL."""
import re

import checker
from children import eventually

ONE_CALL = """
document: {dsl: '1.0.0', namespace: test, name: one-call, version: '1.0.0'}
do:
  - prepare:
      set:
        lead: ${ .lead }
        greeting: ${ "Hello " + .lead }
  - callLead:
      call: callLead
      with:
        lead: ${ .lead }
"""


def ended(database):
    return database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL")


def is_named_everywhere(daemon, database):
    """The name of the instance, and one boot id: in the log, of its homes, of its connections."""
    owners = [owner for (owner,) in database.query("SELECT DISTINCT instance FROM workflow.home")]
    assert len(owners) == 1 and re.fullmatch(r"one-[0-9a-f]{24}", owners[0])
    with open(daemon.log) as log:
        assert f"started, instance {owners[0]}" in log.read()
    connections = [name for (name,) in database.query(
        "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s", f"workflowd/{owners[0]}/%")]
    assert {"0", "listen"} <= {name.split("/")[2] for name in connections}


def test_one_trigger_becomes_one_completed_run(definitions, start_workflowd, start_worker, publisher, messages, topics,
                                               broker, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd()
    start_worker()
    publisher.send(topics.triggers, messages.trigger("t-1", "test/one-call", [("leads", "lead-7")], {"lead": "lead-7"},
                                                     type="lead.created", tenant="acme"))
    publisher.flush()
    eventually(lambda: ended(database) == 1, 60, "the run has ended")
    row = database.query("SELECT tenant, workflow, workflow_version, recipient_collection, recipient_id, status,"
                         " waiting_for, error_count FROM workflow.runs")
    assert row == [("acme", "test/one-call", "1.0.0", "leads", "lead-7", "completed", None, 0)]
    assert [name for (name,) in database.query("SELECT name FROM workflow.steps ORDER BY step_no")] == ["prepare", "callLead"]
    assert database.value("SELECT input ->> 'lead' FROM workflow.actions") == "lead-7"
    assert database.value("SELECT count(*) FROM workflow.timeline") > 5
    is_named_everywhere(daemon, database)
    checker.everything(database, broker, topics, messages, {"t-1": 1})


def test_json_trigger_is_the_same(definitions, start_workflowd, start_worker, publisher, messages, topics, broker, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    start_worker()
    publisher.send(topics.triggers, b'{"id": "j-1", "workflow": "test/one-call", "recipients": ["lead-8"],'
                                    b' "data": {"lead": "lead-8"}}', headers=None)
    publisher.flush()
    eventually(lambda: ended(database) == 1, 60, "the run has ended")
    assert database.value("SELECT status FROM workflow.runs") == "completed"
    checker.everything(database, broker, topics, messages, {"j-1": 1})
