# SPDX-License-Identifier: Apache-2.0
"""What listeners hear of all that comes: not what started their run, each event once, and no
more at a time than there is room for."""
import json

import pytest

from children import eventually
from stories import HEAD

EVENT = [("content-type", b"application/cloudevents+json")]
pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def say(publisher, topics):
    def send(id, type, data, partition=0):
        event = {"specversion": "1.0", "id": id, "source": "/bank", "type": type, "data": data}
        publisher.send(topics.triggers, json.dumps(event).encode(), partition=partition, headers=EVENT)
    return send


def test_a_run_does_not_hear_the_events_that_started_it(definitions, start_workflowd, say, publisher, database):
    (definitions / "both.yaml").write_text(HEAD.format(name="both") + """
schedule:
  on:
    all:
      - with: {type: com.example.paid}
      - with: {type: com.example.packed}
do:
  - again: {listen: {to: {one: {with: {type: com.example.paid}}}}}
""")
    start_workflowd()
    say("e-1", "com.example.paid", 1)
    say("e-2", "com.example.packed", 2, partition=1)
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.event WHERE type = 'event.rejected'") == 1, 30, "the look-back hands it over")
    assert database.value("SELECT reason_code FROM workflow.event WHERE type = 'event.rejected'") == "started_the_run"
    assert database.value("SELECT status FROM workflow.run") == "waiting"
    say("e-3", "com.example.paid", 3)
    publisher.flush()
    eventually(lambda: database.query("SELECT status, output FROM workflow.run") == [("completed", [3])], 30, "it hears the next")


def test_a_listener_takes_no_more_than_it_has_room_for(definitions, start_workflowd, start_worker, say, messages, publisher, topics, database):
    (definitions / "each.yaml").write_text(HEAD.format(name="each") + """
do:
  - hear:
      listen: {to: {any: [{with: {type: com.example.paid}}], until: "${ false }"}}
      foreach: {do: [{act: {call: noop, with: {n: 1}}}]}
""")
    start_workflowd(config={"bounds": {"value": "64KiB"}})
    publisher.send(topics.triggers, messages.trigger("h-1", "test/each", [], {}), partition=1)
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.subscription") == 1, 30, "it listens")
    for number in range(12):
        say(f"e-{number}", "com.example.paid", "x" * 20000)
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.inbox WHERE src_home > 16384") >= 9, 30, "most are put off")
    assert database.value("SELECT count(*) FROM workflow.event WHERE type = 'event.matched'") == 3
    start_worker()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.event WHERE type = 'event.handled'") == 12, 40, "all are dealt with")
    assert database.query("SELECT * FROM workflow.stuck") == []
