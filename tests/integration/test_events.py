# SPDX-License-Identifier: Apache-2.0
"""Events: sent by `emit`, heard by `listen`, started on by `schedule.on`, told of lives."""
import json

import pytest

from children import eventually
from messages import read_topic
from stories import HEAD, run_status

EVENT = [("content-type", b"application/cloudevents+json")]
on_one_broker = pytest.mark.parametrize("broker", ["embedded"], indirect=True)
on_real_kafka = pytest.mark.parametrize("broker", ["real"], indirect=True)

HEARS = HEAD.format(name="hears") + """
do:
  - paid:
      listen:
        to:
          one:
            with: {type: com.example.paid}
            correlate:
              order: {from: .data.order, expect: "${ .order }"}
"""
SAYS = HEAD.format(name="says") + """
do:
  - say:
      emit:
        event:
          with: {source: /shop, type: com.example.paid, data: {order: "${ .order }"}}
"""
STARTS = HEAD.format(name="starts") + """
schedule:
  on:
    any:
      - with: {type: com.example.paid, data: "${ .order != null }"}
      - with: {type: com.example.refunded}
do:
  - note:
      set: {order: "${ $workflow.input[0].data.order }"}
"""


@pytest.fixture
def say(publisher, topics):
    """say(id, order, …): an event on the topic of triggers."""
    def send(id, order, partition=0, type="com.example.paid"):
        event = {"specversion": "1.0", "id": id, "source": "/bank", "type": type, "data": {"order": order}}
        publisher.send(topics.triggers, json.dumps(event).encode(), partition=partition, headers=EVENT)
        publisher.flush()
    return send


@pytest.fixture
def start_run(publisher, topics, messages):
    def start(id, workflow, partition=0, **data):
        publisher.send(topics.triggers, messages.trigger(id, workflow, [], data), partition=partition)
        publisher.flush()
    return start


def becomes(database, event_id, status):
    eventually(lambda: [s for _, s in run_status(database, event_id)] == [status], 30, f"the run of {event_id} is {status}")


def listeners(database):
    return database.value("SELECT count(*) FROM workflow.subscription")


def events_of(database, event_id, type):
    return database.query("SELECT e.reason_code, e.data FROM workflow.event e JOIN workflow.run r USING (run_id) JOIN workflow.trigger t"
                          " USING (trigger_id) WHERE t.event_id = %s AND e.type = %s ORDER BY e.seq", event_id, type)


@on_one_broker
def test_what_one_run_says_another_hears(definitions, start_workflowd, start_run, database):
    (definitions / "hears.yaml").write_text(HEARS)
    (definitions / "says.yaml").write_text(SAYS)
    (definitions / "starts.yaml").write_text(STARTS)
    start_workflowd()
    start_run("h-1", "test/hears", partition=1, order=7)
    becomes(database, "h-1", "waiting")
    assert database.query("SELECT * FROM workflow.stuck") == []
    start_run("s-1", "test/says", partition=2, order=7)
    becomes(database, "h-1", "completed")
    assert database.value("SELECT output FROM workflow.run WHERE workflow = 'test/hears'") == [{"order": 7}]
    eventually(lambda: database.query("SELECT status, output FROM workflow.run WHERE workflow = 'test/starts'") == [("completed", {"order": 7})],
               30, "the event has started a workflow")
    (emitted,), = [row[1:] for row in events_of(database, "s-1", "event.emitted")]
    (matched,), = [row[1:] for row in events_of(database, "h-1", "event.matched")]
    assert matched["event_id"] == emitted["event"]["id"] and matched["keys"] == {"order": 7}
    assert listeners(database) == 0
    assert database.query("SELECT * FROM workflow.stuck") == []


@on_one_broker
def test_an_event_just_before_its_listener_after_a_restart(definitions, start_workflowd, start_run, say, database):
    (definitions / "hears.yaml").write_text(HEARS)
    daemon = start_workflowd()
    say("e-1", 7)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.arrival") == 1, 30, "the event is in")
    daemon.kill()
    start_workflowd("two")
    start_run("h-1", "test/hears", partition=3, order=7)
    becomes(database, "h-1", "completed")


@on_one_broker
def test_a_listener_outlives_its_daemon_and_a_repeat_counts_once(definitions, start_workflowd, start_run, say, database):
    (definitions / "twice.yaml").write_text(HEAD.format(name="twice") + """
do:
  - two:
      listen:
        to:
          any: [{with: {type: com.example.paid}}]
          until: ${ length == 2 }
""")
    daemon = start_workflowd()
    start_run("h-1", "test/twice")
    becomes(database, "h-1", "waiting")
    say("e-1", 1)
    eventually(lambda: len(events_of(database, "h-1", "event.matched")) == 1, 30, "the first is heard")
    daemon.kill()
    start_workflowd("two")
    say("e-1", 1, partition=2)
    say("e-2", 2)
    becomes(database, "h-1", "completed")
    assert database.value("SELECT output FROM workflow.run") == [{"order": 1}, {"order": 2}]


@on_one_broker
def test_why_an_event_was_not_taken(definitions, start_workflowd, start_run, say, database):
    (definitions / "hears.yaml").write_text(HEARS)
    (definitions / "hot.yaml").write_text(HEAD.format(name="hot") + """
do:
  - hot: {listen: {to: {one: {with: {type: com.example.paid, data: "${ .order > 100 }"}}}}}
""")
    start_workflowd()
    start_run("h-1", "test/hears", order=7)
    start_run("h-2", "test/hot")
    becomes(database, "h-1", "waiting")
    becomes(database, "h-2", "waiting")
    say("e-1", 8)
    eventually(lambda: events_of(database, "h-2", "event.rejected"), 30, "the run has said no")
    (reason, data), = events_of(database, "h-2", "event.rejected")
    assert reason == "data" and data["event_id"] == "e-1"
    assert sorted(database.query("SELECT r.workflow, c.verdict FROM workflow.event_candidate c JOIN workflow.run r USING (run_id)"
                                 " WHERE c.event_id = 'e-1'")) == [("test/hears", "correlation"), ("test/hot", "handed over")]
    assert events_of(database, "h-1", "event.rejected") == []


@on_one_broker
def test_a_workflow_that_starts_on_two_events(definitions, start_workflowd, say, database):
    (definitions / "both.yaml").write_text(HEAD.format(name="both") + """
schedule:
  on:
    all:
      - with: {type: com.example.paid}
        correlate: {order: {from: .data.order}}
      - with: {type: com.example.packed}
        correlate: {order: {from: .data.order}}
do:
  - note:
      set: {types: "${ [$workflow.input[].type] }", order: "${ $workflow.input[0].data.order }"}
""")
    daemon = start_workflowd()
    say("e-1", 1)
    say("e-2", 2, type="com.example.packed", partition=1)
    say("e-2", 2, type="com.example.packed", partition=1)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.gathering") == 2, 30, "two are gathered")
    daemon.kill()
    start_workflowd("two")
    say("e-3", 1, type="com.example.packed", partition=3)
    eventually(lambda: database.query("SELECT status, output FROM workflow.run") == [
        ("completed", {"types": ["com.example.paid", "com.example.packed"], "order": 1})], 30, "one has started")
    assert database.query("SELECT keys, filled FROM workflow.gathering") == [({"order": 2}, [2])]


@on_one_broker
def test_a_workflow_that_starts_when_others_were_enough(definitions, start_workflowd, say, database):
    (definitions / "until.yaml").write_text(HEAD.format(name="until") + """
schedule:
  on:
    any:
      - with: {type: com.example.paid}
    until:
      one:
        with: {type: com.example.packed}
do:
  - note:
      set: {types: "${ [$workflow.input[].id] }"}
""")
    start_workflowd()
    say("u-1", 1)
    say("u-2", 2, partition=1)
    eventually(lambda: database.value("SELECT coalesce(sum(cardinality(events)), 0) FROM workflow.gathering") == 2, 30, "two are gathered")
    say("u-3", 1, type="com.example.packed", partition=3)
    eventually(lambda: [(status, sorted(output["types"])) for status, output in database.query("SELECT status, output FROM workflow.run")] == [
        ("completed", ["u-1", "u-2"])], 30, "one has started")
    assert database.query("SELECT * FROM workflow.gathering") == []


@on_real_kafka
def test_a_condition_ends_sets_of_events_of_two_instances(definitions, start_workflowd, say, topics, database):
    """Each event is in one set, though one instance dies meanwhile."""
    (definitions / "threes.yaml").write_text(HEAD.format(name="threes") + """
schedule:
  on:
    any:
      - with: {type: com.example.paid}
    until: length == 3
do:
  - note:
      set: {ids: "${ [$workflow.input[].id] }"}
""")
    first = start_workflowd("one")
    start_workflowd("two", wait=False)
    owner = "SELECT count(DISTINCT instance) FROM workflow.home WHERE topic = %s"
    eventually(lambda: database.value(owner, topics.triggers) == 2, 60, "both own partitions")
    for number in range(30):
        say(f"t-{number}", number, partition=number % 4)
        if number == 15:
            eventually(lambda: database.value("SELECT count(*) FROM workflow.run") > 0, 60, "some have begun")
            first.kill()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == 10, 90, "all have started runs")
    sets = [output["ids"] for output, in database.query("SELECT output FROM workflow.run")]
    assert {len(ids) for ids in sets} == {3}
    assert sorted(sum(sets, [])) == sorted(f"t-{number}" for number in range(30))
    assert database.query("SELECT * FROM workflow.gathering") == []


@on_one_broker
def test_listening_ends_with_its_run(definitions, start_workflowd, start_run, say, database):
    (definitions / "late.yaml").write_text(HEAD.format(name="late") + """
do:
  - wait:
      listen: {to: {one: {with: {type: com.example.never}}}}
      timeout: {after: PT0.5S}
""")
    start_workflowd()
    start_run("h-1", "test/late")
    becomes(database, "h-1", "faulted")
    assert listeners(database) == 0


@on_one_broker
def test_lives_are_told_in_order(definitions, start_workflowd, start_run, topics, broker, database):
    (definitions / "says.yaml").write_text(SAYS)
    topic = topics.triggers + ".lifecycle"
    broker.create_topics(**{topic: 4})
    start_workflowd(config={"topics": {"lifecycle": topic, "lifecycle_events": "all"}})
    start_run("s-1", "test/says", order=1)
    eventually(lambda: len(read_topic(broker, topic, 4)) == 9, 30, "all is told")
    told = [json.loads(record.value()) for record in read_topic(broker, topic, 4)]
    assert [event["type"].removeprefix("io.serverlessworkflow.").removesuffix(".v1") for event in told] == [
        "workflow.started", "workflow.status-changed", "task.created", "task.started", "task.status-changed", "task.completed",
        "task.status-changed", "workflow.completed", "workflow.status-changed"]
    assert len({event["id"] for event in told}) == 9
    run_id, = database.query("SELECT run_id::text FROM workflow.run")[0]
    assert {event["subject"] for event in told} == {run_id}
    assert [int(event["sequence"]) for event in told] == sorted(int(event["sequence"]) for event in told)
    assert told[0]["data"]["name"] == f"says-{run_id}.test"
    assert told[5]["data"]["output"]["type"] == "com.example.paid"


@on_real_kafka
def test_event_and_listener_at_two_instances(definitions, start_workflowd, start_run, say, topics, database):
    """Whichever comes first: nobody misses the other."""
    (definitions / "hears.yaml").write_text(HEARS)
    start_workflowd("one")
    start_workflowd("two", wait=False)
    owner = "SELECT partition, instance FROM workflow.home WHERE topic = %s AND instance IS NOT NULL"
    eventually(lambda: len({instance for _, instance in database.query(owner, topics.triggers)}) == 2, 60, "both own partitions")
    homes = dict(database.query(owner, topics.triggers))
    here, there = next((a, b) for a in homes for b in homes if homes[a] != homes[b])
    for number in range(20):
        say(f"before-{number}", number, partition=there)
        start_run(f"h-{number}", "test/hears", partition=here, order=number)
        start_run(f"h-{number + 100}", "test/hears", partition=here, order=number + 100)
        say(f"after-{number}", number + 100, partition=there)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == 40, 60, "all have heard")
    assert database.value("SELECT count(*) FROM workflow.event WHERE type = 'event.matched'") == 40
    assert listeners(database) == 0
