# SPDX-License-Identifier: Apache-2.0
"""Down is a state, not a crash: PostgreSQL or Kafka away, the daemon stopped or reloaded,
expressions that would take a process down. Nothing is lost or done twice. (Killed at
random: tests/campaigns.)"""
import contextlib
import json
import os
import re
import signal
import subprocess
import time

import pytest

import scenario
import workflowd as runners
from children import eventually

# Each run waits, then charges a card: the first try fails, one customer in ten has no valid card.
PATIENT = """
document: {dsl: '1.0.0', namespace: test, name: patient, version: '1.0.0'}
do:
  - pause:
      wait: {milliseconds: 300}
  - pay:
      try:
        - charge:
            call: chargeCard
            with: {customer: '${ $workflow.input.name }', amount: 10}
      catch:
        retry:
          when: '${ $error.status >= 500 }'
          delay: {milliseconds: 200}
          limit: {attempt: {count: 3}}
        do:
          - unpaid: {set: {paid: false}}
"""

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause: {wait: '${ .wait }'}
"""

SHORT = """
document: {dsl: '1.0.0', namespace: test, name: short, version: '1.0.0'}
do:
  - work: {call: noop, with: {}}
"""

QUIET = """
document: {dsl: '1.0.0', namespace: test, name: quiet, version: '1.0.0'}
do:
  - note: {set: {name: '${ .name }'}}
"""

embedded_only = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def story(database, broker, topics, messages, publisher):
    return scenario.Scenario(database, broker, topics, messages, publisher)


@pytest.fixture
def patient(definitions):
    (definitions / "patient.yaml").write_text(PATIENT)


@contextlib.contextmanager
def away(take, bring):
    """Whatever happens in between, what was taken away comes back: other tests use it too."""
    take()
    try:
        yield
    finally:
        bring()


def says_no(daemon, reason):
    """/readyz says no, for this reason."""
    answer = daemon.get("/readyz")
    return answer is not None and answer[0] == 503 and reason in answer[1]


def lines(daemon, text):
    with open(daemon.log, encoding="utf-8", errors="replace") as log:
        return [line for line in log if text in line]


# ---- PostgreSQL ---------------------------------------------------------------------


@embedded_only
def test_postgres_away_at_start(patient, story, start_workflowd, start_worker, postgres):
    with away(postgres.cluster.stop, postgres.cluster.start):
        daemon = start_workflowd(wait=False)
        eventually(lambda: says_no(daemon, "PostgreSQL cannot be reached"), 30, "not ready without PostgreSQL")
        assert daemon.get("/healthz") == (200, "ok\n")
        story.publish("test/patient", 20)
    eventually(daemon.ready, 30, "ready again")
    start_worker()
    story.all_end()


@embedded_only
def test_database_without_the_schema(start_workflowd, programs, postgres):
    """Or with another version of it: nothing is done, the reason says what helps, and then it goes on."""
    name = postgres.cluster.create_database()
    daemon = start_workflowd(config={"postgres": {"conninfo": postgres.cluster.conninfo(name, "workflowd")}}, wait=False)
    eventually(lambda: says_no(daemon, "workflowctl migrate makes it"), 30, "not ready without the schema")
    owner = postgres.cluster.conninfo(name)
    subprocess.run([os.path.join(programs, "workflowctl"), "migrate", "--database", owner], check=True, timeout=60)
    eventually(daemon.ready, 30, "ready with it")
    postgres.cluster.sql("INSERT INTO workflow.migration (version, name) VALUES (999, 'of a later release')", name)
    postgres.cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'workflowd' AND datname = current_database()", name)
    eventually(lambda: says_no(daemon, "the schema is of another version"), 30, "not ready with another")
    assert len(lines(daemon, "workflow.migration")) == 2, "said once by each lane"
    postgres.cluster.sql("DELETE FROM workflow.migration WHERE version = 999", name)
    eventually(daemon.ready, 30, "ready again")


@embedded_only
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgres_goes_away_under_load(mode, patient, story, start_workflowd, start_worker, postgres):
    daemon = start_workflowd()
    start_worker()
    story.publish("test/patient", 1000)
    eventually(lambda: story.ended() > 20, 60, "runs end")
    with away(lambda: postgres.cluster.stop(mode), postgres.cluster.start):
        eventually(lambda: says_no(daemon, "PostgreSQL cannot be reached"), 30, "not ready without PostgreSQL")
        story.publish("test/patient", 50, prefix="meanwhile")
    eventually(daemon.ready, 30, "ready again")
    story.all_end()
    assert daemon.child.running()
    per_lane = [len(lines(daemon, f"lane {lane}: PostgreSQL cannot be reached")) for lane in range(2)]
    assert per_lane == [1, 1], "each lane says it once"


# ---- Kafka --------------------------------------------------------------------------


def test_kafka_away_at_start_and_later(patient, story, definitions, start_workflowd, start_worker, broker):
    (definitions / "waits.yaml").write_text(WAITS)
    real = broker.kind == "real"
    with away(broker.take_away, broker.bring_back):
        daemon = start_workflowd(wait=False)
        eventually(lambda: says_no(daemon, "Kafka cannot be reached"), 30, "not ready without Kafka")
        assert daemon.get("/healthz") == (200, "ok\n")
    eventually(daemon.ready, 60, "ready with Kafka")
    start_worker()
    story.publish("test/patient", 500)
    story.publish("test/waits", 20, prefix="waits", data={"wait": "PT9S" if real else "PT2S"})
    eventually(lambda: story.runs("workflow = 'test/waits'") == 20, 60, "they have begun to wait")
    with away(broker.take_away, broker.bring_back):
        eventually(lambda: says_no(daemon, "Kafka cannot be reached"), 60, "not ready without Kafka")
        if real:
            eventually(lambda: lines(daemon, "partitions lost"), 30, "the group's session is over")
        # Time goes on all the same.
        eventually(lambda: story.runs("workflow = 'test/waits' AND status = 'completed'") == 20, 30, "timers fire")
        eventually(lambda: story.runs("waiting_for IN ('timer', 'retry')") == 0, 30, "all of them")
    eventually(daemon.ready, 60, "ready again")
    story.all_end()
    assert daemon.child.running()
    assert len(lines(daemon, "Kafka cannot be reached")) == 2, "said once each time"
    assert len(lines(daemon, "brokers are down")) <= 2, "and by nobody else"


# ---- names --------------------------------------------------------------------------


@embedded_only
@pytest.mark.parametrize("config, reason", [
    ({"kafka": {"bootstrap.servers": "no-such-host.invalid:9092"}}, "Kafka cannot be reached"),
    ({"postgres": {"conninfo": "host=no-such-host.invalid dbname=workflow user=workflowd"}}, "PostgreSQL cannot be reached"),
])
def test_name_that_does_not_resolve(config, reason, story, definitions, start_workflowd):
    (definitions / "quiet.yaml").write_text(QUIET)
    daemon = start_workflowd(config=config, wait=False)
    eventually(lambda: says_no(daemon, reason), 30, "not ready")
    eventually(lambda: lines(daemon, reason), 30, "the log says why")
    assert daemon.get("/healthz") == (200, "ok\n")
    assert daemon.stop() == 0
    assert len(lines(daemon, reason)) <= 2, "said once (by each lane)"
    story.publish("test/quiet", 3)
    right = {"postgres": {"conninfo": story.database.daemon_conninfo}, "kafka": {"bootstrap.servers": story.broker.address}}
    daemon.configure({name: {**value, **right[name]} if name in right else value for name, value in daemon.config.items()})
    daemon.start()
    story.all_end()


# The daemon sees another /etc/hosts, in a mount namespace of its own.
OWN_HOSTS = """#!/bin/sh
exec unshare --mount {user} sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' {hosts} {program} "$@"
"""


@pytest.fixture
def own_hosts(programs, tmp_path):
    """A folder of programs whose workflowd reads the file of hosts that is given beside it."""
    hosts, folder = tmp_path / "hosts", tmp_path / "programs"
    hosts.write_text("127.0.0.1 the-database.invalid\n")
    folder.mkdir()
    user = "" if os.geteuid() == 0 else "--user --map-root-user"
    allowed = subprocess.run(["unshare", "--mount", *user.split(), "mount", "--bind", hosts, "/etc/hosts"], capture_output=True, text=True)
    if allowed.returncode:
        pytest.skip("this machine lets us mount nothing: " + allowed.stderr.strip())
    (folder / "workflowd").write_text(OWN_HOSTS.format(user=user, hosts=hosts, program=os.path.join(programs, "workflowd")))
    (folder / "workflowd").chmod(0o755)
    return hosts, folder


@embedded_only
def test_name_that_stops_resolving(own_hosts, patient, story, start_worker, tmp_path, broker, topics, definitions):
    hosts, folder = own_hosts
    conninfo = story.database.daemon_conninfo.replace("host=127.0.0.1", "host=the-database.invalid")
    assert "the-database.invalid" in conninfo
    daemon = runners.Workflowd(folder, str(tmp_path), story.database, broker, topics, definitions,
                               config={"postgres": {"conninfo": conninfo}}).start()
    start_worker()
    try:
        story.publish("test/patient", 100)
        eventually(lambda: story.ended() > 5, 60, "runs end")
        hosts.write_text("")
        story.database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'workflowd'")
        eventually(lambda: says_no(daemon, 'host name "the-database.invalid" cannot be resolved'), 30, "/readyz says why")
        story.publish("test/patient", 10, prefix="meanwhile")
        hosts.write_text("127.0.0.1 the-database.invalid\n")
        eventually(daemon.ready, 30, "ready again")
        story.all_end()
        assert daemon.child.stop() == 0
    finally:
        daemon.close()


# ---- it stops and reloads -----------------------------------------------------------


def test_drain_finishes_and_ends_within_the_bound(patient, story, start_workflowd, start_worker):
    daemon = start_workflowd(config={"drain_timeout": "10s"})
    start_worker()
    story.publish("test/patient", 500)
    eventually(lambda: story.ended() > 5, 60, "runs end")
    assert daemon.child.stop(20) == 0
    assert story.stuck() == []
    assert not lines(daemon, "not everything is finished")
    daemon.start()
    story.all_end()


@embedded_only
def test_second_signal_ends_at_once_and_the_bound_holds(patient, story, start_workflowd, start_worker, postgres):
    daemon = start_workflowd(config={"drain_timeout": "60s"})
    start_worker()
    story.publish("test/patient", 500)
    eventually(lambda: story.ended() > 5, 60, "runs end")
    with away(postgres.cluster.stop, postgres.cluster.start):
        eventually(lambda: says_no(daemon, "PostgreSQL cannot be reached"), 30, "not ready")
        daemon.child.signal(signal.SIGTERM)
        eventually(lambda: says_no(daemon, "stopping"), 30, "it is stopping")
        began = time.monotonic()
        assert daemon.child.stop(10) == 1, "the second signal ends it"
        assert time.monotonic() - began < 5
        # What cannot be finished ends with the bound.
        daemon.configure({**daemon.config, "drain_timeout": "1s"})
        daemon.start(wait=False)
        eventually(lambda: says_no(daemon, "PostgreSQL cannot be reached"), 30, "not ready")
        assert daemon.child.stop(15) == 0
    daemon.start()
    story.all_end()


@embedded_only
def test_reload(story, definitions, start_workflowd, start_worker):
    (definitions / "short.yaml").write_text(SHORT)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/short", 1, prefix="before")

    # A new definition is served.
    (definitions / "quiet.yaml").write_text(QUIET)
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: story.database.value("SELECT count(*) FROM workflow.definition WHERE name = 'quiet'"), 30, "it is there")
    story.publish("test/quiet", 1, prefix="after")

    # A bad configuration changes nothing.
    good = daemon.config
    with open(daemon.path, "w") as out:
        out.write(json.dumps({**good, "log": {"level": "loud"}}))
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: lines(daemon, "is refused, nothing is changed"), 30, "refused")
    assert lines(daemon, 'error: reload: ') and lines(daemon, 'log.level: "loud" is not valid'), "and what is wrong with it"
    story.publish("test/quiet", 1, prefix="still")
    eventually(lambda: story.ended() == 3, 30, "it goes on")

    # So does a bad definition: what is served stays, and the file is named with the place.
    daemon.configure(good)
    bad = QUIET.replace("'1.0.0'}", "'1.2.0'}").replace("note:", "note: {}\n    # ")
    (definitions / "quiet.yaml").write_text(bad)
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: lines(daemon, "quiet.yaml:"), 30, "it is named")
    assert re.search(r"error: \S+/quiet\.yaml:4:\d+: .*note", lines(daemon, "quiet.yaml:")[0])
    assert story.database.query("SELECT name, version FROM workflow.definition ORDER BY 1") == [("quiet", "1.0.0"), ("short", "1.0.0")]
    (definitions / "quiet.yaml").write_text(QUIET)

    # What only a start changes is named, and the rest is taken.
    daemon.configure({**good, "instance": {"name": "another"}, "bounds": {"batch_inputs": 77}})
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: len(lines(daemon, "it takes effect at the next start")) == 2, 30, "both are named")
    assert lines(daemon, "reload: instance.name has changed; it takes effect at the next start")
    assert lines(daemon, "reload: bounds.batch_inputs has changed; it takes effect at the next start")
    eventually(lambda: lines(daemon, "reloaded"), 30, "the rest is taken")
    story.publish("test/quiet", 1, prefix="unmoved")
    eventually(lambda: story.ended() == 4, 30, "it goes on")

    # How long a cancel by key holds, from the next one on.
    story.database.query("SELECT workflow.cancel_by_key('early')")
    eventually(lambda: story.database.value("SELECT count(*) FROM workflow.tombstone") == 4, 30, "each home has carried it out")
    daemon.configure({**good, "retention": {"tombstones": "1h"}})
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: len(lines(daemon, "reloaded")) == 4, 30, "it is read")
    story.database.query("SELECT workflow.cancel_by_key('late')")
    held = "SELECT DISTINCT cancellation_key, round(extract(epoch FROM expires_at - cancel_time) / 3600)::int FROM workflow.tombstone ORDER BY 1"
    eventually(lambda: story.database.query(held) == [("early", 7 * 24), ("late", 1)], 30, "both are carried out")

    # The level of the log changes: nobody hears of the next reload.
    reloaded = len(lines(daemon, "reloaded"))
    assert reloaded >= 1
    daemon.configure({**good, "log": {**good["log"], "level": "error"}})
    (definitions / "quiet.yaml").write_text(QUIET.replace("'1.0.0'}", "'1.1.0'}"))
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: story.database.value("SELECT count(*) FROM workflow.definition WHERE version = '1.1.0'"), 30, "read")
    assert len(lines(daemon, "reloaded")) == reloaded
    daemon.configure(good)
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: len(lines(daemon, "reloaded")) == reloaded + 1, 30, "it speaks again")
    story.all_end()


@embedded_only
def test_health_and_metrics(story, definitions, start_workflowd):
    (definitions / "quiet.yaml").write_text(QUIET)
    daemon = start_workflowd()
    story.publish("test/quiet", 7)
    story.all_end()
    assert daemon.get("/healthz") == (200, "ok\n")
    assert daemon.get("/readyz")[0] == 200
    assert daemon.get("/nothing")[0] == 404
    status, body = daemon.get("/metrics")
    assert status == 200
    values = dict(line.rsplit(" ", 1) for line in body.splitlines() if line and not line.startswith("#"))
    assert float(values["workflowd_ready"]) == 1
    assert float(values["workflowd_postgres_up"]) == 1
    assert float(values["workflowd_kafka_up"]) == 1
    assert float(values['workflowd_ingest_records_total{result="accepted"}']) == 7
    assert float(values['workflowd_batches_total{result="committed"}']) >= 1


# ---- expressions --------------------------------------------------------------------

EXPRESSION = """
document: {{dsl: '1.0.0', namespace: test, name: {name}, version: '1.0.0'}}
do:
  - evaluate:
      set:
        result: '${{ {expression} }}'
"""

BAD = {
    "aborts-in-a-date": ".id | todate",
    "writes-far-away": "[] | .[1e9] = 1",
    "repeats-a-text": '"x" * 1e9',
    "makes-much": "[range(20000000)]",
    "never-ends": "last(repeat(.))",
}


@embedded_only
def test_expression_takes_only_its_own_run_down(story, definitions, start_workflowd):
    for name, expression in {**BAD, "good": "[.name | explode[]] | implode"}.items():
        (definitions / f"{name}.yaml").write_text(EXPRESSION.format(name=name, expression=expression))
    daemon = start_workflowd(config={"bounds": {"expression_time": "500ms"}})
    pid = daemon.child.pid
    for name in BAD:
        story.publish(f"test/{name}", 1, prefix=name, data={"id": 1234567890123456789})
        story.publish("test/good", 1, prefix=f"after-{name}")
    story.all_end(60)
    rows = story.database.query("SELECT replace(workflow, 'test/', ''), status, error_code FROM workflow.run")
    assert {row for row in rows if row[0] == "good"} == {("good", "completed", None)}
    bad = {name: (status, code) for name, status, code in rows if name != "good"}
    assert set(bad) == set(BAD)
    assert {status for status, _ in bad.values()} == {"faulted"}, bad
    assert all(code == "expression" for _, code in bad.values()), bad
    assert daemon.child.running() and daemon.child.pid == pid
    assert story.stuck() == []


# ---- memory -------------------------------------------------------------------------


@embedded_only
def test_memory_stays_flat_over_twenty_thousand_runs(story, definitions, start_workflowd, monkeypatch):
    # With AddressSanitizer: freed memory is not kept back.
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    (definitions / "quiet.yaml").write_text(QUIET)
    daemon = start_workflowd(config={"bounds": {"runs_cached": "1MiB"}})
    story.publish("test/quiet", 5000, prefix="first")
    eventually(lambda: story.ended() == 5000, 60, "the first runs have ended")
    before = daemon.resident()
    story.publish("test/quiet", 15000, prefix="later")
    eventually(lambda: story.ended() == 20000, 90, "all runs have ended")
    grown = daemon.resident() - before
    assert grown < 24 << 20, f"grown by {grown} bytes"
    assert daemon.child.running()
