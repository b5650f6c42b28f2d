# SPDX-License-Identifier: Apache-2.0
"""Each example definition, run as a newcomer would; and the Python worker."""
import collections
import importlib.util
import os
import pathlib
import shutil
import sys
import types
from collections import OrderedDict

import pytest

import checker
from children import Child, eventually

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config" / "examples"


@pytest.fixture
def examples(definitions):
    """All example definitions, in the folder that workflowd reads."""
    for path in EXAMPLES.glob("*.yaml"):
        shutil.copy(path, definitions)


@pytest.fixture
def story(examples, start_workflowd, start_worker, publisher, messages, topics, database, broker):
    """Publishes triggers, waits until their runs have ended, checks every promise, returns the database."""
    start_workflowd()
    start_worker()

    def run(triggers):
        """`triggers`: {event id: fields of the trigger}, each for one recipient."""
        for event_id, fields in triggers.items():
            publisher.send(topics.triggers, messages.trigger(event_id, fields.pop("workflow", ""), [("people", event_id)],
                                                             fields.pop("data"), **fields))
        publisher.flush()
        eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL") == len(triggers), 90,
                   "all runs have ended")
        checker.everything(database, broker, topics, messages, {event_id: 1 for event_id in triggers})
        return database

    return run


def steps(database, recipient):
    return database.query("SELECT s.name, s.status FROM workflow.steps s JOIN workflow.runs r USING (run_id)"
                          " WHERE r.recipient_id = %s ORDER BY s.step_no", recipient)


def test_every_example_has_the_schema_line_for_editors():
    for path in EXAMPLES.glob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=https://"), path.name


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_every_task_of_an_example_has_a_name_for_people(examples, start_workflowd, database, broker):
    start_workflowd()
    assert database.query("SELECT namespace || '/' || name, title FROM workflow.definition ORDER BY 1") == [
        ("billing/payment-retry", "Payment retry"), ("sales/lead-follow-up", "Lead follow-up"), ("success/client-onboarding", "Client onboarding")]
    assert database.query("SELECT name FROM workflow.task WHERE title IS NULL") == []
    assert database.query("SELECT t.ord, t.name, t.title, t.type, t.next_ord, t.is_decision, t.branch FROM workflow.task t"
                          " JOIN workflow.definition d USING (definition_id) WHERE d.name = 'lead-follow-up' ORDER BY ord") == [
        (1, "firstCall", "Reach the lead", "try", 4, False, None),
        (2, "placeFirstCall", "First call", "voice_call", 4, False, None),
        (3, "noFirstCall", "No line was free", "set", 4, False, "catch"),
        (4, "firstOutcome", "Was the first call answered?", "branch", None, True, None),
        (5, "sorryWeMissedYou", "Sorry, we missed you", "sms", 6, False, "otherwise"),
        (6, "beforeTheSecondCall", "Wait before the second call", "delay", 7, False, None),
        (7, "secondCall", "Reach the lead once more", "try", 10, False, None),
        (8, "placeSecondCall", "Second call", "voice_call", 10, False, None),
        (9, "noSecondCall", "Again no line was free", "set", 10, False, "catch"),
        (10, "secondOutcome", "Was the second call answered?", "branch", None, True, None),
        (11, "qualified", "Qualified", "converted", None, False, "answered"),
        (12, "unreachable", "Not reached", "dropped", None, False, "otherwise")]


def test_lead_follow_up(story):
    leads = {f"lead-{number:04d}": {"workflow": "sales/lead-follow-up", "type": "lead.created",
                                    "data": {"lead": f"lead-{number:04d}", "wait": "PT0.5S"}} for number in range(60)}
    database = story(leads)
    assert database.value("SELECT count(*) FROM workflow.runs WHERE status <> 'completed'") == 0
    stages = dict(database.query("SELECT output ->> 'stage', count(*) FROM workflow.runs GROUP BY 1"))
    assert stages.keys() == {"qualified", "unreachable"}
    # Whoever answered at first was not called again; everybody else had a message and waited.
    again, waited = database.query(
        "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM workflow.steps s WHERE s.run_id = f.run_id"
        "                                       AND s.name = 'placeSecondCall')),"
        "       count(*) FILTER (WHERE EXISTS (SELECT FROM workflow.steps s WHERE s.run_id = f.run_id"
        "                                       AND s.name = 'beforeTheSecondCall'))"
        "  FROM workflow.steps f WHERE f.name = 'firstOutcome' AND f.outcome = 'answered'")[0]
    assert (again, waited) == (0, 0)
    assert database.value("SELECT count(*) FROM workflow.events WHERE type = 'step.retry_scheduled'") > 0
    early = database.value("SELECT count(*) FROM workflow.steps WHERE name = 'beforeTheSecondCall'"
                           " AND ended_at - started_at < interval '0.5 s'")
    assert early == 0


def test_client_onboarding_is_started_by_its_event(story):
    database = story({"client-1": {"type": "client.signed", "data": {"client": "client-1", "email": "ada@example.org",
                                                                     "plan": "pro", "pause": "PT0.2S"}},
                      "client-2": {"type": "client.signed", "data": {"client": "client-2", "email": "bob@example.org",
                                                                     "plan": "free", "pause": "PT0.2S"}}})
    assert dict(steps(database, "client-1"))["personalIntroduction"] == "completed"
    assert dict(steps(database, "client-2")).get("personalIntroduction") != "completed"
    sent = database.query("SELECT a.input ->> 'template' FROM workflow.actions a JOIN workflow.runs r USING (run_id)"
                          " WHERE r.recipient_id = 'client-2' ORDER BY a.action_no")
    assert [template for (template,) in sent] == ["welcome", "first-steps", "how-is-it-going"]


def test_payment_retry(story):
    customers = {f"customer-{number}": {"workflow": "billing/payment-retry", "type": "invoice.due",
                                        "data": {"customer": f"customer-{number}", "amount": 49.5}} for number in range(30)}
    database = story(customers)
    paid = dict(database.query("SELECT output ->> 'paid', count(*) FROM workflow.runs GROUP BY 1"))
    assert paid.keys() == {"true", "false"}, "one customer in ten has an expired card"
    # The bank times out once: every payment took two tries; an expired card is tried once.
    tries = database.query("SELECT r.output ->> 'paid', max(a.attempt) FROM workflow.actions a JOIN workflow.runs r USING (run_id)"
                           " WHERE a.function = 'chargeCard' GROUP BY r.run_id, 1")
    assert collections.Counter(tries) == {("true", 2): paid["true"], ("false", 1): paid["false"]}
    assert database.value("SELECT count(*) FROM workflow.events WHERE type = 'step.retry_scheduled'") == paid["true"]


class PythonWorker:
    def __init__(self, tmp_path, broker, topics):
        arguments = [sys.executable, EXAMPLES / "workers" / "worker.py", "--brokers", broker.address, "--topic", topics.requests,
                     "--group", f"{topics.requests}.python", "-X", "fetch.wait.max.ms=5"]
        if broker.kind == "embedded":
            arguments.append("--assign-all")
        self.child = Child("worker.py", arguments, os.path.join(tmp_path, "worker.log"))


ONE_STEP = """
document: {{dsl: '1.0.0', namespace: test, name: one-step, version: '1.0.0'}}
do:
  - work:
      call: {function}
      with: {arguments}
"""


@pytest.mark.parametrize("function, arguments, outcome", [
    ("sendMessage", "{to: ada@example.org, template: welcome}", "sent"),
    ("transcribeCall", "{call: call-1, seconds: 5}", "transcribed"),
])
def test_python_worker(function, arguments, outcome, definitions, start_workflowd, publisher, messages, topics, database,
                       broker, tmp_path):
    (definitions / "one-step.yaml").write_text(ONE_STEP.format(function=function, arguments=arguments))
    # Silent for longer than this, the long one would have failed: its heartbeats arrive.
    functions = [{"name": function, "topic": topics.requests, "timeout": "30s", "heartbeat": "3s"}]
    start_workflowd(config={"functions": functions})
    worker = PythonWorker(tmp_path, broker, topics)
    publisher.send(topics.triggers, messages.trigger("t-1", "test/one-step", ["one"], {}, type="test"))
    publisher.flush()
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL") == 1, 60, "the run has ended")
    assert database.query("SELECT status, outcome FROM workflow.actions") == [("completed", outcome)]
    checker.everything(database, broker, topics, messages, {"t-1": 1})
    assert worker.child.stop() == 0, worker.child.tail()


@pytest.fixture
def worker_by_hand():
    """worker.py without Kafka: the module, a Worker, what it did, what it answered and committed."""
    spec = importlib.util.spec_from_file_location("example_worker", EXAMPLES / "workers" / "worker.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    did, answers, commits = [], [], []
    module.FUNCTIONS = {"note": lambda arguments, action_id: did.append(action_id) or {"completed": {"output": arguments}}}
    worker = object.__new__(module.Worker)
    worker.topic, worker.answered, worker.under_way, worker.offsets = "requests", OrderedDict(), {}, {}
    worker.reply = lambda request, body, offsets=(): answers.append((body, list(offsets)))
    worker.consumer = types.SimpleNamespace(commit=lambda offsets, asynchronous: commits.append(offsets[0].offset))
    return worker, did, answers, commits


def request(action_id, attempt=1):
    return types.SimpleNamespace(action_id=action_id, attempt=attempt, function="note", arguments=b'{"a": 1}', run_id="r",
                                 heartbeat_timeout_us=0)


def test_python_worker_does_an_attempt_once(worker_by_hand):
    """Asked again while it is under way, and after it was answered: one doing, the same answer."""
    worker, did, answers, _ = worker_by_hand
    worker.take_request(request("x"), (0, 0))
    worker.take_request(request("x"), (0, 1))
    worker.finish_what_is_due()
    worker.take_request(request("x"), (0, 2))
    worker.finish_what_is_due()
    assert did == ["x"]
    assert [places for _, places in answers] == [[(0, 0), (0, 1)], [(0, 2)]]
    assert answers[0][0] == answers[1][0] == {"result": {"action_id": "x", "attempt": 1, "completed": {"output": {"a": 1}}}}
    worker.take_request(request("x", 2), (0, 3))
    worker.finish_what_is_due()
    assert did == ["x", "x"], "another attempt is another doing"


def test_python_worker_commits_up_to_the_first_that_is_open(worker_by_hand):
    worker, _, _, commits = worker_by_hand
    worker.offsets[0] = OrderedDict({7: False, 8: False, 9: False})
    worker.done(0, 8)
    assert commits == []
    worker.done(0, 7)
    assert commits == [9]
    worker.done(0, 9)
    assert commits == [9, 10]
