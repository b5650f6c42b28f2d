# SPDX-License-Identifier: Apache-2.0
"""Answers and commands, whoever sends them, whatever they mean and wherever they arrive;
and instances that share the work, join, leave, and freeze."""
import json
import time

import pytest

import checker
from children import eventually
from stories import ONE_CALL, RETRIES, SLEEPS, HandWorker, all_ended, run_status

JSON = [("content-type", b"application/json")]
on_one_broker = pytest.mark.parametrize("broker", ["embedded"], indirect=True)
on_real_kafka = pytest.mark.parametrize("broker", ["real"], indirect=True)


@pytest.fixture
def worker(broker, topics, messages, publisher):
    worker = HandWorker(broker, topics, messages, publisher)
    yield worker
    worker.close()


@pytest.fixture
def start_run(publisher, topics, messages, database):
    """start_run(event id, workflow, …): publishes a trigger for one recipient; returns its run id."""
    def start(id, workflow, partition=0, recipient="a", **fields):
        publisher.send(topics.triggers, messages.trigger(id, workflow, [recipient], {"lead": recipient}, **fields), partition=partition)
        publisher.flush()
        return eventually(lambda: run_status(database, id), 30, "the run is there")[0][0]
    return start


@pytest.fixture
def command(publisher, topics, messages):
    """command(kind, …): publishes a RunCommand as protobuf, on a partition that is not the run's."""
    module = messages.modules["run_command"]

    def send(kind, partition=3, **fields):
        value = module.RunCommand(kind=module.RunCommandKind.Value(f"RUN_COMMAND_KIND_{kind}"), **fields)
        publisher.send(topics.commands, value.SerializeToString(), partition=partition)
        publisher.flush()
    return send


def expect_status(database, run_id, status):
    eventually(lambda: database.value("SELECT status FROM workflow.run WHERE run_id = %s", run_id) == status, 30, f"the run is {status}")


def late_results(database):
    return [reason for (reason,) in database.query(
        "SELECT reason_code FROM workflow.event WHERE type = 'action.late_result' ORDER BY run_id, seq")]


def run_row(database, run_id):
    """The read table without what tells of the latest event."""
    return database.query("SELECT to_jsonb(r) - 'last_seq' - 'updated_at' FROM workflow.run r WHERE run_id = %s", run_id)[0][0]


# ---- answers


@pytest.mark.parametrize("aside", [1, 2, 3])
@on_one_broker
def test_an_answer_on_any_partition(definitions, start_workflowd, start_run, worker, broker, topics, messages, database, aside):
    """From a worker that does not look where it is asked to answer."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    request, = worker.requests()
    assert request.reply_to.topic == topics.results
    worker.answer(request.action_id, 1, (request.reply_to.partition + aside) % 4, b'{"said": "hello"}')
    expect_status(database, run, "completed")
    assert database.value("SELECT output ->> 'said' FROM workflow.run") == "hello"
    checker.everything(database, broker, topics, messages, {"t-1": 1})


def test_a_late_answer_changes_nothing(definitions, start_workflowd, start_run, worker, broker, topics, messages, database):
    """Of an older attempt, of one that is not asked for yet, of an ended run; the next good one counts."""
    (definitions / "retries.yaml").write_text(RETRIES)
    start_workflowd()
    run = start_run("t-1", "test/retries", partition=1)
    action = worker.requests()[0].action_id
    worker.answer(action, 7, 1, b'{"from": "the future"}')
    worker.answer(action, 1, 1, failure={"title": "busy", "status": 503})
    worker.requests(2)
    worker.answer(action, 1, 2, b'{"from": "the past"}')
    worker.answer(f"{run}:9", 1, 1)
    eventually(lambda: sorted(late_results(database)) == ["older_attempt", "unknown_action", "unknown_attempt"], 30, "all are late")
    expect_status(database, run, "running")
    worker.answer(action, 2, 1, b'{"from": "the second"}')
    expect_status(database, run, "completed")
    before = run_row(database, run)
    worker.answer(action, 2, 1, b'{"from": "the ended"}')
    eventually(lambda: late_results(database)[3:] == ["run_ended"], 30, "it is late")
    assert run_row(database, run) == before
    assert before["output"] == {"from": "the second"}
    checker.everything(database, broker, topics, messages, {"t-1": 1})


@on_one_broker
@pytest.mark.parametrize("home", ["own", "nobody's", "none"])
def test_an_answer_for_an_unknown_run(definitions, start_workflowd, start_run, worker, broker, topics, messages, database, home):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    digits = {"own": run[15:18], "nobody's": "fff", "none": "000"}[home]
    unknown = f"{run[:15]}{digits}{run[18:-5]}00009"
    worker.answer(f"{unknown}:1", 1, 1)
    eventually(lambda: database.query("SELECT topic, partition, record_offset, reason_code FROM workflow.quarantine") ==
               [(topics.results, 1, 0, "unknown_run")], 30, "it is recorded")
    worker.answer(worker.requests()[0].action_id, 1, 1)
    expect_status(database, run, "completed")
    checker.offsets_reached_the_end(database, broker, topics.results)
    checker.triggers_are_whole(database, {"t-1": 1})


# ---- commands by Kafka


def test_suspend_and_resume_by_kafka(definitions, start_workflowd, start_run, command, worker, broker, topics, messages, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    request, = worker.requests()
    command("SUSPEND", run_id=run, actor="ops", reason="lunch")
    expect_status(database, run, "suspended")
    worker.answer(request.action_id, 1, 1)
    eventually(lambda: database.query("SELECT 1 FROM workflow.event WHERE type = 'action.completed'"), 30, "the answer is taken")
    expect_status(database, run, "suspended")
    command("RESUME", run_id=run, actor="ops")
    expect_status(database, run, "completed")
    checker.everything(database, broker, topics, messages, {"t-1": 1})


@on_one_broker
def test_cancel_by_kafka_recalls_the_request(definitions, start_workflowd, start_run, command, worker, broker, topics, messages,
                                             database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    request, = worker.requests()
    command("CANCEL", run_id=run, actor="ops", reason="signed elsewhere")
    expect_status(database, run, "cancelled")
    assert database.value("SELECT reason_text FROM workflow.run") == "signed elsewhere"
    assert [(one.action_id, one.attempt) for one in worker.recalls()] == [(request.action_id, 1)]
    worker.answer(request.action_id, 1, 1)
    eventually(lambda: late_results(database) == ["run_ended"], 30, "the answer is late")
    command("RESUME", run_id=run)
    command("CANCEL", run_id=run)
    other = start_run("t-2", "test/one-call", partition=1)
    worker.requests(2)
    worker.answer(f"{other}:1", 1, 1)
    expect_status(database, other, "completed")
    expect_status(database, run, "cancelled")
    checker.everything(database, broker, topics, messages, {"t-1": 1, "t-2": 1})


@on_one_broker
def test_retry_by_kafka_goes_on_from_the_failed_step(definitions, start_workflowd, start_run, command, worker, broker, topics,
                                                     messages, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    first = worker.requests()[0]
    worker.answer(first.action_id, 1, 1, failure={"title": "expired", "status": 402, "non_retryable": True})
    expect_status(database, run, "faulted")
    command("RETRY", run_id=run, actor="ops", reason="new card")
    second = worker.requests(2)[1]
    assert (second.action_id, second.attempt) != (first.action_id, first.attempt)
    worker.answer(second.action_id, second.attempt, 1)
    expect_status(database, run, "completed")
    checker.triggers_are_whole(database, {"t-1": 1})
    checker.nothing_is_stuck(database)
    checker.requests_agree(database, broker, topics, messages)


@on_one_broker
def test_a_command_for_an_unknown_run_is_set_aside(definitions, start_workflowd, start_run, command, broker, topics, database):
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    start_workflowd()
    run = start_run("t-1", "test/sleeps", partition=1)
    command("CANCEL", run_id=run[:-5] + "00009", id="c-1")
    eventually(lambda: database.query("SELECT topic, partition, record_offset, reason_code, event_id FROM workflow.quarantine") ==
               [(topics.commands, 3, 0, "unknown_run", "c-1")], 30, "it is set aside")
    command("CANCEL", run_id=run)
    expect_status(database, run, "cancelled")
    checker.offsets_reached_the_end(database, broker, topics.commands)


def test_cancel_by_key_for_some_recipients_by_kafka(definitions, start_workflowd, publisher, messages, topics, broker, database):
    """As JSON; runs of two partitions; another tenant's are not touched."""
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    start_workflowd()
    for partition, tenant in enumerate(("acme", "acme", "beta")):
        publisher.send(topics.triggers, messages.trigger(f"t-{partition}", "test/sleeps", [("leads", "a"), ("leads", "b"), "a"],
                                                         cancellation_key="k", tenant=tenant), partition=partition)
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE status = 'waiting'") == 9, 30, "all sleep")
    publisher.send(topics.commands, json.dumps({
        "kind": "CANCEL", "actor": "ops",
        "cancellation": {"tenant": "acme", "cancellationKey": "k", "recipients": [{"collection": "leads", "id": "a"}]}}), headers=JSON)
    publisher.flush()
    all_ended(database, 2)
    assert database.query("SELECT tenant, recipient_collection, recipient_id, status FROM workflow.run WHERE ended_at IS NOT NULL") == [
        ("acme", "leads", "a", "cancelled")] * 2
    checker.histories_are_gapless(database)
    checker.nothing_is_stuck(database)
    checker.nothing_is_quarantined(database)


def test_a_cancel_that_comes_before_its_trigger_wins(definitions, start_workflowd, publisher, messages, topics, broker, database, command):
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    daemon = start_workflowd()
    now = time.time_ns() // 1000
    target = messages.modules["run_command"].CancellationTarget(cancellation_key="k")
    command("CANCEL", cancellation=target, time_us=now)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.command_applied") == 4, 30, "every home has applied it")
    daemon.kill()
    daemon.start(wait=False)
    for id, at in (("before", now - 60_000_000), ("after", now + 60_000_000)):
        publisher.send(topics.triggers, messages.trigger(id, "test/sleeps", ["a"], cancellation_key="k", time_us=at), partition=2)
    publisher.flush()
    eventually(lambda: run_status(database, "before") and run_status(database, "after"), 30, "both came")
    assert run_status(database, "before")[0][1] == "cancelled"
    expect_status(database, run_status(database, "after")[0][0], "waiting")
    assert database.value("SELECT count(*) FROM workflow.event e WHERE run_id = %s AND type LIKE 'step.%%'",
                          run_status(database, "before")[0][0]) == 0
    checker.nothing_is_stuck(database)


# ---- commands by SQL


@on_one_broker
def test_commands_by_sql(definitions, start_workflowd, start_run, worker, broker, topics, messages, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    run = start_run("t-1", "test/one-call", partition=1)
    other = start_run("t-2", "test/one-call", partition=2)
    numbers = []

    def order(function, run_id, status, result="applied"):
        numbers.append(database.value(f"SELECT workflow.{function}(%s, 'why')", run_id))
        eventually(lambda: database.query("SELECT state, result FROM workflow.command_status(%s)", numbers[-1]) == [("applied", result)]
                   or None, 30, f"{function} is applied")
        expect_status(database, run_id, status)

    order("suspend_run", run, "suspended")
    order("resume_run", run, "running")
    order("cancel_run", other, "cancelled")
    order("cancel_run", other, "cancelled", "it does not apply to a run that is cancelled")
    worker.answer(f"{run}:1", 1, 1, failure={"title": "broken", "status": 500, "non_retryable": True})
    expect_status(database, run, "faulted")
    order("retry_run", run, "running")
    request = [one for one in worker.requests(4) if one.run_id == run][-1]  # one came again with the resume
    worker.answer(request.action_id, request.attempt, 1)
    expect_status(database, run, "completed")
    assert len(set(numbers)) == 5
    assert database.value("SELECT count(*) FROM workflow.command") == 0
    checker.nothing_is_stuck(database)
    checker.nothing_is_quarantined(database)


# ---- two instances


def homes_of(database, topic):
    """{partition: (epoch, instance)}"""
    return {partition: (epoch, instance) for partition, epoch, instance in database.query(
        "SELECT partition, epoch, instance FROM workflow.home WHERE topic = %s", topic)}


def owned_by(database, topic, count):
    """The instances, when each partition is owned and they are so many; None while partitions move."""
    owners = {instance for _, instance in homes_of(database, topic).values()}
    return owners if None not in owners and len(owners) == count else None


def epochs_never_fall(database):
    wrong = database.query(
        "SELECT home, batch_no, epoch, before FROM (SELECT home, batch_no, epoch, lag(epoch) OVER w AS before,"
        "   batch_no - lag(batch_no) OVER w AS step FROM workflow.batch WINDOW w AS (PARTITION BY home ORDER BY batch_no)) b"
        " WHERE before > epoch OR step <> 1 LIMIT 3")
    assert not wrong, f"an old owner wrote after a new one: {wrong}"


class Load:
    """Triggers in small bundles over all partitions."""

    def __init__(self, publisher, topics, messages):
        self.publisher, self.topics, self.messages, self.count = publisher, topics, messages, 0

    def send(self, count):
        for _ in range(count):
            self.publisher.send(self.topics.triggers, self.messages.trigger(
                f"t-{self.count}", "test/one-call", ["a"], {"lead": f"lead-{self.count}"}), partition=self.count % 4)
            self.count += 1
        self.publisher.flush()

    def while_waiting_for(self, condition, seconds, what):
        """Keeps sending until the condition holds."""
        def one():
            if self.count < 20000:
                self.send(5)
            return condition()
        return eventually(one, seconds, what)

    @property
    def wanted(self):
        return {f"t-{number}": 1 for number in range(self.count)}


@pytest.fixture
def load(publisher, topics, messages):
    return Load(publisher, topics, messages)


@on_real_kafka
def test_an_instance_joins_and_leaves_under_load(definitions, start_workflowd, start_worker, load, messages, topics, broker, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    one = start_workflowd("one")
    start_worker()
    load.send(200)
    two = start_workflowd("two", wait=False)
    both = load.while_waiting_for(lambda: owned_by(database, topics.triggers, 2), 60, "both own partitions")
    load.send(200)
    assert two.stop() == 0
    last = load.while_waiting_for(lambda: owned_by(database, topics.triggers, 1), 60, "the first owns all again")
    assert last < both
    load.send(200)
    all_ended(database, load.count, 90)
    assert one.child.running()
    checker.everything(database, broker, topics, messages, load.wanted)
    epochs_never_fall(database)


@on_real_kafka
def test_answers_reach_the_owner_from_the_other_instance(definitions, start_workflowd, publisher, messages, worker, topics, broker,
                                                         database, command):
    """Each answer and each command is published where the other instance reads."""
    count = 40
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd("one")
    start_workflowd("two", wait=False)
    eventually(lambda: owned_by(database, topics.triggers, 2), 60, "both own partitions")
    for number in range(count):
        publisher.send(topics.triggers, messages.trigger(f"t-{number}", "test/one-call", ["a"], {"lead": "x"}), partition=number % 4)
    publisher.flush()
    requests = worker.requests(count)
    reader = {partition: instance for partition, (_, instance) in homes_of(database, topics.results).items()}
    writer = {partition: instance for partition, (_, instance) in homes_of(database, topics.triggers).items()}
    commanded = {partition: instance for partition, (_, instance) in homes_of(database, topics.commands).items()}
    for number, request in enumerate(requests):
        mine = writer[request.reply_to.partition]
        if number % 2:
            worker.answer(request.action_id, 1, next(p for p in range(4) if reader[p] != mine))
        else:
            command("CANCEL", run_id=request.run_id, partition=next(p for p in range(4) if commanded[p] != mine))
    all_ended(database, count)
    assert dict(database.query("SELECT status, count(*) FROM workflow.run GROUP BY 1")) == {"completed": count // 2, "cancelled": count // 2}
    checker.everything(database, broker, topics, messages, {f"t-{number}": 1 for number in range(count)})


@on_real_kafka
def test_a_frozen_instance_is_fenced(definitions, start_workflowd, start_worker, load, messages, topics, broker, database):
    """SIGSTOP past the session timeout under load; the other takes over; the zombie wakes up and changes nothing."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd("one", config={"postgres": {"transaction_timeout": "5s"}})  # it may have stopped with homes locked
    two = start_workflowd("two", wait=False)
    start_worker()
    load.while_waiting_for(lambda: owned_by(database, topics.triggers, 2), 60, "both own partitions")
    load.send(300)
    two.freeze()
    before = homes_of(database, topics.triggers)
    load.while_waiting_for(lambda: owned_by(database, topics.triggers, 1), 60, "the other owns all")
    taken = homes_of(database, topics.triggers)
    lost = [partition for partition in before if before[partition][1] != taken[partition][1]]
    assert lost and all(taken[partition][0] > before[partition][0] for partition in lost)
    load.send(200)
    two.thaw()
    load.while_waiting_for(lambda: owned_by(database, topics.triggers, 2), 60, "it owns partitions again")
    load.send(200)
    all_ended(database, load.count, 90)
    assert two.child.running()
    checker.everything(database, broker, topics, messages, load.wanted)
    epochs_never_fall(database)
