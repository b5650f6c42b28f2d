# SPDX-License-Identifier: Apache-2.0
"""A run of many events has a snapshot, goes on from it in another process, and nothing is lost when it cannot be used."""

import pytest

import workflowctl
from children import eventually

LOOPS = r"""
document: {dsl: '1.0.0', namespace: test, name: loops, version: '1.0.0'}
do:
  - count:
      set: '${ {n: ((.n // 0) + 1)} }'
      export: {as: '${ {counted: .n} }'}
  - again:
      switch:
        - more: {when: '${ .n % 20 != 0 }', then: count}
        - enough: {then: nap}
  - nap:
      wait: PT6H
  - more:
      switch:
        - yes: {when: '${ .n < 60 }', then: count}
        - no: {then: last}
  - last:
      call: noop
      with: {n: '${ .n }', counted: '${ $context.counted }'}
"""


@pytest.fixture
def broker(embedded_broker):
    return embedded_broker


def test_a_long_run_goes_on_from_its_snapshot(programs, definitions, database, topics, messages, publisher, start_workflowd, start_worker):
    (definitions / "loops.yaml").write_text(LOOPS)
    daemon = start_workflowd("first")
    start_worker()
    for name in ("kept", "spoilt", "gone"):
        publisher.send(topics.triggers, messages.trigger(name, "test/loops", [name]))
    publisher.flush()

    def asleep(naps):
        return database.value("SELECT count(*) FROM workflow.event WHERE type = 'step.waiting'") == 3 * naps

    def wake():
        database.query("SELECT workflow.wake_run(run_id) FROM workflow.run WHERE status = 'waiting'")

    eventually(lambda: asleep(1), 30, "all nap")
    assert database.value("SELECT count(*) FROM workflow.snapshot WHERE seq >= 64") == 3
    wake()
    eventually(lambda: asleep(2), 30, "all nap again")
    first = database.value("SELECT min(seq) FROM workflow.snapshot")
    assert first >= 128 and daemon.stop() == 0
    database.query("UPDATE workflow.snapshot SET state = replace(state::text, '\"format\":1', '\"format\":0')::json"
                   " WHERE run_id = (SELECT run_id FROM workflow.run WHERE recipient_id = 'spoilt')")
    database.query("DELETE FROM workflow.snapshot WHERE run_id = (SELECT run_id FROM workflow.run WHERE recipient_id = 'gone')")
    start_workflowd("second")
    wake()
    eventually(lambda: asleep(3), 30, "all nap once more")
    assert database.value("SELECT count(*) FROM workflow.snapshot WHERE seq > %s", first) == 3
    wake()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == 3, 30, "all have ended")
    assert database.query("SELECT DISTINCT input FROM workflow.action") == [({"n": 60, "counted": 60},)]
    workflowctl.said(programs, database, "verify", "--all")
    database.query("UPDATE workflow.snapshot SET state = replace(state::text, '\"entry_count\":', '\"entry_count\":1')::json")
    said = workflowctl.said(programs, database, "verify", "--all", code=workflowctl.DIFFERS)
    assert "3 runs, 3 differ" in said and " snapshot state: " in said, said
