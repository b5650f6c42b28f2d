# SPDX-License-Identifier: Apache-2.0
"""What an instance cannot use, another can: events of runs whose workflow does not load here."""
import json

import pytest

from children import eventually
from stories import HEAD, run_status

EVENT = [("content-type", b"application/cloudevents+json")]

HEARS = HEAD.format(name="hears") + """
do:
  - paid: {listen: {to: {one: {with: {type: com.example.paid}}}}}
  - later: {if: "${ false }", call: newer}
"""
ALSO = HEAD.format(name="also") + """
do:
  - paid: {listen: {to: {one: {with: {type: com.example.paid}}}}}
"""


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_an_event_waits_for_an_instance_that_can_use_it(definitions, start_workflowd, publisher, topics, messages, database):
    (definitions / "hears.yaml").write_text(HEARS)
    newer = {"functions": [{"name": "newer", "topic": topics.requests, "timeout": "30s"}]}
    daemon = start_workflowd(config=newer)
    for id in ("h-1", "h-2"):
        publisher.send(topics.triggers, messages.trigger(id, "test/hears", [], {}), partition=1)
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.subscription") == 2, 30, "both listen")
    daemon.stop()
    (definitions / "hears.yaml").unlink()
    (definitions / "also.yaml").write_text(ALSO)  # so that the event is wanted here
    daemon = start_workflowd("two")
    event = {"specversion": "1.0", "id": "e-1", "source": "/bank", "type": "com.example.paid", "data": {"n": 1}}
    publisher.send(topics.triggers, json.dumps(event).encode(), partition=0, headers=EVENT)
    publisher.flush()
    put_off = "SELECT run_id, kind FROM workflow.inbox WHERE src_home > 16384 ORDER BY src_pos"
    eventually(lambda: len(database.query(put_off)) == 2, 30, "the event is put off for both")
    assert database.value("SELECT count(*) FROM workflow.quarantine") == 0
    # One of them as if it had been set aside: an operator has it taken again.
    run, _ = database.query(put_off)[0]
    database.query("""WITH gone AS (DELETE FROM workflow.inbox WHERE run_id = %s AND src_home > 8192 RETURNING *)
        INSERT INTO workflow.quarantine (record_offset, partition, topic, reason_code, reason, key, value)
        SELECT src_pos, dst_home, 'inbox/event', 'not_storable', 'for the test', convert_to(run_id::text, 'UTF8'), payload
          FROM gone WHERE src_home > 16384 ORDER BY src_pos LIMIT 1""", run)
    daemon.stop()
    start_workflowd("three", config=newer)
    eventually(lambda: run_status(database, "h-1") + run_status(database, "h-2") != [], 30, "they are there")
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == 1, 30, "the new owner takes it at once")
    database.query("SELECT workflow.replay_quarantine(quarantine_id) FROM workflow.quarantine")
    eventually(lambda: database.query("SELECT status, output FROM workflow.run") == [("completed", [{"n": 1}])] * 2, 30, "it is heard")
