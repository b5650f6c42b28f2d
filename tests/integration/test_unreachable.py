# SPDX-License-Identifier: Apache-2.0
"""Hosts that swallow packets, at the start and later: no call waits for ever, /readyz says
why, a stop is not held up, and the next record is handled."""
import contextlib
import os
import signal
import socket

import pytest

import scenario
from children import eventually
from stories import NO_CALL, ONE_CALL

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def story(database, broker, topics, messages, publisher):
    return scenario.Scenario(database, broker, topics, messages, publisher)


def says_no(daemon, *parts):
    answer = daemon.get("/readyz")
    return answer and answer[0] == 503 and any(all(part in line for part in parts) for line in answer[1].splitlines())


def lines(daemon, text):
    with open(daemon.log, encoding="utf-8", errors="replace") as log:
        return [line for line in log if text in line]


@pytest.fixture
def swallows():
    """The port of a listener whose queue is full: the kernel drops whoever comes next without a word."""
    with contextlib.ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(16):
            guest = open_sockets.enter_context(socket.socket())
            guest.settimeout(0.2)
            try:
                guest.connect(listener.getsockname())
            except TimeoutError:
                break
        else:
            raise AssertionError("the queue is never full")
        yield listener.getsockname()[1]


@pytest.mark.parametrize("server, reason", [
    ("postgres", "PostgreSQL cannot be reached: no answer from 127.0.0.1 within 2 seconds"),
    ("kafka", "Kafka cannot be reached"),
])
def test_host_that_swallows_packets_at_start(server, reason, swallows, story, definitions, start_workflowd):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    wrong = {"postgres": {"postgres": {"conninfo": f"host=127.0.0.1 port={swallows} connect_timeout=2 user=workflowd dbname=x"}},
             "kafka": {"kafka": {"bootstrap.servers": f"127.0.0.1:{swallows}"}}}[server]
    daemon = start_workflowd(config=wrong, wait=False)
    right = {**daemon.config, "postgres": {"conninfo": story.database.daemon_conninfo},
             "kafka": {**daemon.config["kafka"], "bootstrap.servers": story.broker.address}}
    eventually(lambda: says_no(daemon, reason) and lines(daemon, "cannot be reached"), 30, "/readyz and the log say it")
    assert daemon.get("/healthz") == (200, "ok\n")
    story.publish("test/no-call", 10, data=lambda name: {"lead": name})
    said = len(lines(daemon, "cannot be reached"))
    assert said == (2 if server == "postgres" else 1), "said once, by each lane"
    assert daemon.child.stop(10) == 0
    daemon.configure(right)
    daemon.start()
    story.all_end()


def family(pid):
    """The process and its children."""
    children = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit():
                with open(f"/proc/{entry}/stat") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == pid:
                        children.append(int(entry))
    return [pid, *children]


def send_signal(pid, number):
    with contextlib.suppress(ProcessLookupError):  # one of PostgreSQL's sessions that was ending
        os.kill(pid, number)


@contextlib.contextmanager
def frozen(pid):
    """The process and its children. Whatever happens, they go on: other tests use them too."""
    os.kill(pid, signal.SIGSTOP)
    pids = family(pid)
    try:
        for child in pids:
            send_signal(child, signal.SIGSTOP)
        yield
    finally:
        for child in pids:
            send_signal(child, signal.SIGCONT)


def test_postgres_falls_silent(story, definitions, start_workflowd, start_worker, postgres):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd(config={"readiness": {"commit_age": "1s"}})
    start_worker()
    story.publish("test/one-call", 500, prefix="before", data=lambda name: {"lead": name})
    eventually(lambda: story.ended() > 5, 60, "runs end")
    with open(os.path.join(postgres.cluster.data, "postmaster.pid")) as lock:
        postmaster = int(lock.readline())
    with frozen(postmaster):
        story.publish("test/one-call", 100, prefix="meanwhile", data=lambda name: {"lead": name})
        eventually(lambda: says_no(daemon, "a transaction has been under way"), 30, "/readyz says it")
        assert daemon.get("/healthz") == (200, "ok\n")
    story.all_end()
    eventually(daemon.ready, 30, "ready again")


def test_kafka_falls_silent(story, definitions, start_workflowd, start_worker, broker):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/one-call", 500, prefix="before", data=lambda name: {"lead": name})
    eventually(lambda: story.ended() > 5, 60, "runs end")
    with frozen(broker.child.pid):
        story.publish("test/one-call", 100, prefix="meanwhile", data=lambda name: {"lead": name}, flush=False)
        eventually(lambda: says_no(daemon, "Kafka cannot be reached"), 30, "/readyz says it")
        assert daemon.get("/healthz") == (200, "ok\n")
    story.all_end()
    eventually(daemon.ready, 30, "ready again")
    assert len(lines(daemon, "Kafka cannot be reached")) == 1, "said once"
