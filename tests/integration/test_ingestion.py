# SPDX-License-Identifier: Apache-2.0
"""What producers may send, good and bad: bad records are set aside with their reason and
stop nothing, repeated ids start nothing, large triggers come in pieces."""
import json
import re

import pytest

import checker
import workflowctl
from children import eventually
from messages import PROTOBUF
from stories import HEAD, NO_CALL, ONE_CALL, SLEEPS, all_ended, ended, run_status

JSON = [("content-type", b"application/json")]
on_one_broker = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


def set_aside(database):
    return database.query("SELECT topic, partition, record_offset, reason_code, reason, value FROM workflow.quarantine"
                          " ORDER BY topic, partition, record_offset")


@pytest.fixture
def take(definitions, start_workflowd, publisher, messages, topics, broker, database):
    """take(value, headers): publishes it and then a good trigger to the same partition of a working daemon; returns
    (reason code, reason) of what was set aside when the good one has run."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd(config={"bounds": {"record": "64KiB"}})

    def publish(value, headers=PROTOBUF):
        publisher.send(topics.triggers, value, partition=2, headers=headers, key="k")
        publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=2)
        publisher.flush()
        all_ended(database, 1)
        checker.offsets_reached_the_end(database, broker, topics.triggers)
        checker.triggers_are_whole(database, {"good": 1})
        rows = set_aside(database)
        assert [row[:3] for row in rows] == [(topics.triggers, 2, 0)]
        assert bytes(rows[0][5]) == value
        assert bytes(database.value("SELECT key FROM workflow.quarantine")) == b"k"
        return rows[0][3:5]

    return publish


def test_record_that_is_no_protobuf(take):
    assert take(b"\x0a\xff\xff\xff\xff")[0] == "undecodable"


@on_one_broker
def test_record_that_is_no_json(take):
    code, reason = take(b'{"id": "x", ', headers=None)
    assert code == "undecodable" and "byte 12" in reason


@on_one_broker
def test_record_of_another_content_type(take):
    code, reason = take(b"id,workflow", headers=[("content-type", b"text/csv")])
    assert code == "wrong_type" and "text/csv" in reason


@on_one_broker
def test_record_with_a_wrong_type(take):
    code, reason = take(b'{"id": 7, "workflow": "test/no-call"}', headers=JSON)
    assert code == "wrong_type" and reason.startswith("id: ")


@on_one_broker
def test_record_with_a_misspelt_name(take):
    code, reason = take(b'{"id": "x", "workflow": "test/no-call", "tenants": "acme"}', headers=JSON)
    assert code == "undecodable" and reason == 'message: unknown name "tenants", expected perhaps tenant'


@on_one_broker
@pytest.mark.parametrize("recipient,expected", [("true", "recipients[0]: true, expected an object"),
                                                ('{"data": {}}', "recipients[0].id: missing"),
                                                ('{"name": "a"}', 'recipients[0]: unknown name "name"')], ids=["true", "data", "name"])
def test_recipient_of_unknown_form(take, recipient, expected):
    code, reason = take(f'{{"id": "x", "workflow": "test/no-call", "recipients": [{recipient}]}}'.encode(), headers=JSON)
    assert code in ("wrong_type", "missing_field", "undecodable") and reason.startswith(expected)


@on_one_broker
def test_record_that_is_too_large(take, messages):
    code, reason = take(messages.trigger("x", "test/no-call", ["a"], {"lead": "a" * 70000}))
    assert code == "too_large" and "65536" in reason


@on_one_broker
def test_bad_utf8(take, messages):
    code, reason = take(messages.trigger("bad-xx", "test/no-call", ["a"]).replace(b"bad-xx", b"bad-\xc3\x28"))
    assert code == "bad_utf8" and "id" in reason


@on_one_broker
def test_bad_utf8_in_data(take, messages):
    code, reason = take(messages.trigger("x", "test/no-call", ["a"], {"lead": "??"}).replace(b"??", b"\xff\xfe"))
    assert code == "bad_utf8" and "data" in reason


@on_one_broker
def test_nul_in_text(take, messages):
    code, reason = take(messages.trigger("a\0b", "test/no-call", ["a"]))
    assert code == "nul_in_text" and "id" in reason


@on_one_broker
def test_nul_in_data(take, messages):
    code, reason = take(messages.trigger("x", "test/no-call", ["a"], {"lead": "a\0b"}))
    assert code == "nul_in_text" and "data" in reason


@on_one_broker
def test_id_that_is_too_long(take, messages):
    code, reason = take(messages.trigger("i" * 513, "test/no-call", ["a"]))
    assert code == "id_too_long" and "513" in reason and "512" in reason


@on_one_broker
def test_id_that_is_missing(take, messages):
    assert take(messages.trigger("", "test/no-call", ["a"]))[0] == "missing_field"


def test_unknown_workflow(take, messages):
    code, reason = take(messages.trigger("x", "test/no-cal", ["a"]))
    assert code == "unknown_workflow" and '"test/no-cal"' in reason and "test/no-call" in reason.split("there are:")[1]


@on_one_broker
def test_results_that_no_action_would_give(take, messages):
    settings = messages.modules["trigger_event"].TriggerSettings(results=b"{}")
    code, reason = take(messages.trigger("x", "test/no-call", ["a"], settings=settings))
    assert code == "not_supported" and reason.startswith("settings.results: ")


@on_one_broker
def test_bad_records_on_the_other_topics(definitions, start_workflowd, start_worker, publisher, messages, topics, broker, database):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd()
    start_worker()
    publisher.send(topics.commands, b"\xff", partition=1)
    publisher.send(topics.results, b'{"result": 3}', partition=3, headers=JSON)
    publisher.send(topics.triggers, messages.trigger("good", "test/one-call", ["a"], {"lead": "a"}))
    publisher.flush()
    all_ended(database, 1)
    eventually(lambda: len(set_aside(database)) == 2, 30, "both are set aside")
    assert [row[:4] for row in set_aside(database)] == [(topics.results, 3, 0, "wrong_type"), (topics.commands, 1, 0, "undecodable")]


def test_replay_after_the_workflow_was_registered(programs, definitions, start_workflowd, publisher, messages, topics, broker,
                                                  database, tmp_path):
    """One by SQL, one by workflowctl; a record of a partition without any other input."""
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    start_workflowd()
    for number in (1, 2):
        publisher.send(topics.triggers, messages.trigger(f"q-{number}", "test/no-call", [f"lead-{number}"], {"lead": "x"}, tenant="acme"),
                       partition=number)
    publisher.flush()
    eventually(lambda: len(set_aside(database)) == 2, 30, "both are set aside")
    (tmp_path / "no-call.yaml").write_text(NO_CALL)
    workflowctl.said(programs, database, "apply", str(tmp_path / "no-call.yaml"))
    first, second = [number for (number,) in database.query("SELECT quarantine_id FROM workflow.quarantine ORDER BY partition")]
    database.query("SELECT workflow.replay_quarantine(%s)", first)
    workflowctl.said(programs, database, "quarantine", "replay", str(second))
    all_ended(database, 2)
    eventually(lambda: database.query("SELECT state FROM workflow.quarantined") == [("replayed",)] * 2, 30, "both are marked")
    checker.triggers_are_whole(database, {"q-1": 1, "q-2": 1})
    assert database.query("SELECT tenant, partition, record_offset FROM workflow.trigger ORDER BY partition") == [
        ("acme", 1, 0), ("acme", 2, 0)]
    assert len(set_aside(database)) == 2


def test_a_replay_of_what_is_still_wrong_is_set_aside_again(definitions, start_workflowd, publisher, messages, topics, broker, database):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd()
    publisher.send(topics.triggers, b"\xff", partition=1)
    publisher.flush()
    eventually(lambda: len(set_aside(database)) == 1, 30, "it is set aside")
    database.query("SELECT workflow.replay_quarantine(quarantine_id) FROM workflow.quarantine")
    eventually(lambda: len(set_aside(database)) == 2, 30, "it is set aside again")
    assert {row[:4] for row in set_aside(database)} == {(topics.triggers, 1, 0, "undecodable")}
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=1)
    publisher.flush()
    all_ended(database, 1)


# ---- forms


CLOUDEVENT = {"specversion": "1.0", "id": "ce-1", "source": "/crm", "type": "lead.created", "tenant": "acme", "workflow": "test/no-call",
              "recipients": "lead-1, lead-2", "recipientcollection": "leads", "time": "2026-01-02T03:04:05Z", "cancellationkey": "k-1"}


def expect_cloudevent(database):
    all_ended(database, 2)
    assert database.query("SELECT event_id, tenant, source_name, type, cancellation_key, event_time::text, workflow FROM workflow.trigger") == [
        ("ce-1", "acme", "/crm", "lead.created", "k-1", "2026-01-01 22:04:05-05", "test/no-call")]
    assert database.query("SELECT recipient_collection, recipient_id, input ->> 'lead' FROM workflow.run ORDER BY 2") == [
        ("leads", "lead-1", "x"), ("leads", "lead-2", "x")]


@on_one_broker
def test_cloudevent_in_binary_mode(definitions, start_workflowd, publisher, topics, broker, database):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd()
    headers = [(f"ce_{name}", value.encode()) for name, value in CLOUDEVENT.items()] + JSON
    publisher.send(topics.triggers, b'{"lead": "x"}', headers=headers)
    publisher.flush()
    expect_cloudevent(database)


@on_one_broker
@pytest.mark.parametrize("headers", [None, [("content-type", b"application/cloudevents+json; charset=utf-8")]], ids=["bare", "typed"])
def test_cloudevent_in_structured_mode(definitions, start_workflowd, publisher, topics, broker, database, headers):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd()
    publisher.send(topics.triggers, json.dumps({**CLOUDEVENT, "data": {"lead": "x"}}), headers=headers)
    publisher.flush()
    expect_cloudevent(database)


def starts_on(name, filters):
    return HEAD.format(name=name) + f"schedule: {{on: {{one: {{with: {filters}}}}}}}\n" + \
        "do:\n  - note:\n      set: {lead: '${ $workflow.input[0].data.lead }', type: '${ $workflow.input[0].type }'}\n"


@on_one_broker
def test_an_event_starts_every_workflow_that_waits_for_it(definitions, start_workflowd, publisher, messages, topics, broker, database):
    (definitions / "one.yaml").write_text(starts_on("one", "{type: lead.created}"))
    (definitions / "two.yaml").write_text(starts_on("two", "{type: lead.created, source: crm}"))
    (definitions / "other.yaml").write_text(starts_on("other", "{type: lead.lost}"))
    start_workflowd()
    source = messages.modules["trigger_event"].TriggerSource(name="crm")
    publisher.send(topics.triggers, messages.trigger("e-0", "", [], {"lead": "x"}, type="nobody.waits"), partition=0)
    publisher.send(topics.triggers, messages.trigger("e-1", "", ["a", "b"], {"lead": "x"}, type="lead.created", source=source), partition=0)
    publisher.send(topics.triggers, messages.trigger("e-2", "", ["a"], {"lead": "y"}, type="lead.created"), partition=0)
    publisher.send(topics.triggers, messages.trigger("e-1", "", ["a", "b"], {"lead": "x"}, type="lead.created", source=source), partition=0)
    publisher.flush()
    all_ended(database, 5)
    assert database.query("SELECT t.event_id, r.workflow, count(*), min(r.output::text) FROM workflow.run r JOIN workflow.trigger t"
                          " USING (trigger_id) GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("e-1", "test/one", 2, '{"lead": "x", "type": "lead.created"}'),
        ("e-1", "test/two", 2, '{"lead": "x", "type": "lead.created"}'),
        ("e-2", "test/one", 1, '{"lead": "y", "type": "lead.created"}')]
    eventually(lambda: database.value("SELECT count(*) FROM workflow.duplicate") == 2, 30, "the repeat is recorded per workflow")
    checker.offsets_reached_the_end(database, broker, topics.triggers)
    checker.nothing_is_quarantined(database)


# ---- repeated ids


def test_a_repeated_id_starts_nothing(definitions, start_workflowd, publisher, messages, topics, broker, database):
    """In the same batch, later, on another partition, after a restart; another tenant's is another."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    value = messages.trigger("r-1", "test/no-call", ["a"], {"lead": "a"}, tenant="acme")

    def repeats(count):
        publisher.flush()
        eventually(lambda: database.value("SELECT count(*) FROM workflow.duplicate") == count, 30, f"{count} repeats are recorded")

    publisher.send(topics.triggers, value, partition=1)
    publisher.send(topics.triggers, value, partition=1)
    publisher.flush()
    daemon = start_workflowd()
    repeats(1)
    publisher.send(topics.triggers, value, partition=1)
    repeats(2)
    publisher.send(topics.triggers, value, partition=2)
    repeats(3)
    daemon.stop()
    publisher.send(topics.triggers, value, partition=3)
    publisher.send(topics.triggers, messages.trigger("r-1", "test/no-call", ["a"], {"lead": "a"}, tenant="other"), partition=3)
    daemon.start()
    repeats(4)
    all_ended(database, 2)
    first = database.value("SELECT trigger_id FROM workflow.trigger WHERE tenant = 'acme'")
    assert database.query("SELECT first_trigger_id, tenant, workflow, event_id, topic, partition, record_offset FROM workflow.duplicate"
                          " ORDER BY partition, record_offset") == [
        (first, "acme", "test/no-call", "r-1", topics.triggers, partition, offset)
        for partition, offset in ((1, 1), (1, 2), (2, 0), (3, 0))]
    checker.histories_are_gapless(database)
    checker.nothing_is_quarantined(database)


def test_the_same_ids_on_all_partitions_at_once(definitions, start_workflowd, publisher, messages, topics, broker, database):
    """Homes of different lanes race for the same ids."""
    count = 300
    (definitions / "no-call.yaml").write_text(NO_CALL)
    for number in range(count):
        for partition in range(4):
            publisher.send(topics.triggers, messages.trigger(f"r-{number}", "test/no-call", ["a"], {"lead": "a"}), partition=partition)
    publisher.flush()
    start_workflowd(config={"postgres": {"connections": 4}})
    eventually(lambda: database.value("SELECT count(*) FROM workflow.duplicate") == 3 * count, 60, "all repeats are recorded")
    all_ended(database, count)
    checker.triggers_are_whole(database, {f"r-{number}": 1 for number in range(count)})
    assert database.value("SELECT count(*) FROM workflow.duplicate d JOIN workflow.trigger t ON t.trigger_id = d.first_trigger_id"
                          " AND t.event_id = d.event_id") == 3 * count
    checker.offsets_reached_the_end(database, broker, topics.triggers)


# ---- 10,000 recipients in one trigger


MANY = 10000
PIECE = {"bounds": {"recipients_per_transaction": 50}}


def runs(database):
    return database.value("SELECT count(*) FROM workflow.run")


def send_many(publisher, topics, messages, workflow, **fields):
    recipients = [f"lead-{number}" for number in range(MANY)]
    publisher.send(topics.triggers, messages.trigger("many", workflow, recipients + ["lead-0"], {"lead": "x"}, **fields), partition=1)
    publisher.flush()


@on_one_broker
def test_ten_thousand_recipients_all_run(definitions, start_workflowd, publisher, messages, topics, broker, database):
    """And other triggers of the same partition need not wait for them."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd(config=PIECE)
    send_many(publisher, topics, messages, "test/no-call")
    publisher.send(topics.triggers, messages.trigger("one", "test/no-call", ["a"], {"lead": "a"}), partition=1)
    publisher.flush()
    eventually(lambda: run_status(database, "one") == [(run_status(database, "one")[0][0], "completed")]
               if run_status(database, "one") else None, 30, "the other trigger has run")
    assert runs(database) < MANY
    all_ended(database, MANY + 1, 90)
    checker.triggers_are_whole(database, {"many": MANY, "one": 1})
    checker.histories_are_gapless(database)
    checker.nothing_is_stuck(database)
    assert database.value("SELECT count(*) FROM workflow.run WHERE status = 'completed'") == MANY + 1


@on_one_broker
def test_ten_thousand_recipients_survive_a_kill_in_the_middle(definitions, start_workflowd, publisher, messages, topics, broker,
                                                              database):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    daemon = start_workflowd(config=PIECE)
    send_many(publisher, topics, messages, "test/no-call")
    for part in (1, 3):
        eventually(lambda: runs(database) >= part * MANY // 10, 60, "some are written")
        daemon.kill()
        assert runs(database) < MANY
        daemon.start(wait=False)
    all_ended(database, MANY, 90)
    checker.triggers_are_whole(database, {"many": MANY})
    checker.histories_are_gapless(database)
    checker.status_agrees_with_history(database)
    checker.nothing_is_stuck(database)
    checker.offsets_reached_the_end(database, broker, topics.triggers)


@on_one_broker
def test_ten_thousand_recipients_cancelled_in_the_middle(definitions, start_workflowd, publisher, messages, topics, broker, database):
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    start_workflowd(config=PIECE)
    send_many(publisher, topics, messages, "test/sleeps", cancellation_key="stop", tenant="acme")
    eventually(lambda: runs(database) >= MANY // 20, 60, "some are written")
    database.query("SELECT workflow.cancel_by_key('stop', 'acme')")
    written = runs(database)
    assert written < MANY
    all_ended(database, MANY, 90)
    assert database.query("SELECT status, count(*) FROM workflow.run GROUP BY 1") == [("cancelled", MANY)]
    checker.triggers_are_whole(database, {"many": MANY})
    checker.histories_are_gapless(database)
    checker.status_agrees_with_history(database)
    checker.nothing_is_stuck(database)
    begun = database.value("SELECT count(*) FROM workflow.step")
    assert 0 < begun < MANY, "who came after the cancellation begins nothing"


# ---- definitions


# What the file holds behind its head, and what the log says of it: "line:column: what".
REFUSED = {
    "function": ("do:\n  - ring:\n      call: calLead\n", r"4:13: unknown function `calLead`, did you mean `callLead`\?"),
    "expression": ("do:\n  - note:\n      set: {a: '${ .a + }'}\n", r"4:16: jq refuses the expression: "),
    "import": ("do:\n  - note:\n      set: {a: '${ import \"x\" as x; .a }'}\n", r"4:16: the expression `import` is not available: it reads files; expected "),
    "environment": ("do:\n  - note:\n      set: {a: '${ $ENV.HOME }', b: '${ env }'}\n", r"4:16: the expression `\$ENV` is not available: it reads the environment"),
    "then": ("do:\n  - note: {set: {a: 1}, then: nowhere}\n", r"3:31: `then: nowhere` goes nowhere; expected a task"),
    "task": ("do:\n  - note: {sett: {a: 1}}\n", r"3:12: unknown key `sett` in task `note`, did you mean `set`\?"),
    "branches": ("do:\n  - both: {fork: {branches: 5}}\n", r"3:29: a task list is a number: expected a list of named tasks"),
    "anchor": ("do:\n  - note: &note {set: {a: 1}}\n  - again: *note\n", r"3:11: anchors \(&\) are not allowed: expected the value itself"),
}


@on_one_broker
def test_definitions_that_are_refused_while_the_others_serve(definitions, start_workflowd, publisher, messages, topics, broker, database):
    for name, (document, _) in REFUSED.items():
        (definitions / f"{name}.yaml").write_text(HEAD.format(name=name) + document)
    (definitions / "no-call.yaml").write_text(NO_CALL)
    (definitions / "no-call2.yaml").write_text(NO_CALL + "  - more: {set: {lead: another}}\n")  # the same version
    daemon = start_workflowd()
    for name in REFUSED:
        publisher.send(topics.triggers, messages.trigger(name, f"test/{name}", ["a"]), partition=1)
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=1)
    publisher.flush()
    all_ended(database, 1)
    log = daemon.child.tail(100000)
    for name, (_, said) in REFUSED.items():
        assert re.search(rf"error: {definitions}/{name}\.yaml:{said}", log), f"{name}:\n{log}"
    assert re.search(rf"error: {definitions}/no-call2\.yaml:1:67: test/no-call@1\.0\.0 is not published: .*"
                     r"is published with another content, which never changes: expected another document\.version", log), log
    assert [row[3] for row in set_aside(database)] == ["unknown_workflow"] * len(REFUSED)
    assert database.query("SELECT name, document FROM workflow.definition") == [("no-call", NO_CALL)]
    assert database.value("SELECT output ->> 'lead' FROM workflow.run") == "a"
