# SPDX-License-Identifier: Apache-2.0
"""The embedded broker as other programs see it (kcat, as a newcomer would)."""
import subprocess

import pytest

from children import Child, eventually
from stories import NO_CALL, all_ended


def kcat(*arguments, stdin=None):
    return subprocess.run(["kcat", "-X", "fetch.wait.max.ms=1", *arguments], input=stdin, capture_output=True, text=True,
                          timeout=60, check=True).stdout


def test_kcat_produces_and_consumes(embedded_broker):
    embedded_broker.create_topics(kcat=2)
    kcat("-P", "-b", embedded_broker.address, "-t", "kcat", "-p", "1", stdin="one\ntwo\n")
    assert kcat("-C", "-b", embedded_broker.address, "-t", "kcat", "-p", "1", "-e", "-q") == "one\ntwo\n"


def test_listens_on_loopback_only(embedded_broker):
    host, port = embedded_broker.address.split(":")
    assert host == "127.0.0.1"
    listens = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            for line in list(table)[1:]:
                _, local, _, state = line.split()[:4]
                if state == "0A" and int(local.split(":")[1], 16) == int(port):
                    listens.add((name, local.split(":")[0]))
    assert listens == {("tcp", "0100007F")}, "nothing else listens on that port"


def test_says_that_it_keeps_nothing(embedded_broker):
    assert "it keeps nothing" in embedded_broker.child.tail()


def test_starts_with_the_topics_asked_for(programs, tmp_path):
    child = Child("dev-broker", [f"{programs}/workflowctl", "dev-broker", "--topic", "a:3"], tmp_path / "log",
                  stdout=subprocess.PIPE)
    address = child.process.stdout.readline().strip()
    assert "topic \"a\" with 3 partitions" in kcat("-L", "-b", address, "-t", "a")
    assert child.stop() == 0


@pytest.mark.parametrize("arguments", [["--topic", "a"], ["--topic", "a:0"], ["--topic", ":3"], ["--topic", "a:x"], ["b"]])
def test_wrong_arguments_end_it(programs, arguments):
    done = subprocess.run([f"{programs}/workflowctl", "dev-broker", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""


def test_dies_with_its_parent(programs, tmp_path):
    parent = Child("sh", ["sh", "-c", f"{programs}/workflowctl dev-broker > {tmp_path}/address & echo $!; wait"],
                   tmp_path / "log", stdout=subprocess.PIPE)
    pid = int(parent.process.stdout.readline())
    address = tmp_path / "address"
    eventually(lambda: address.exists() and address.read_text(), 30, "the broker's address")
    parent.kill()

    def gone():
        try:
            with open(f"/proc/{pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    eventually(gone, 30, "the broker is gone")


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_what_it_drops_unread_is_a_recorded_gap(definitions, start_workflowd, publisher, messages, topics, database, broker):
    """It keeps the newest 5 MiB of a partition; what was never read of the rest is said."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    daemon = start_workflowd(config={"gap": {"policy": "continue"}})
    publisher.send(topics.triggers, messages.trigger("first", "test/no-call", ["a"], {"lead": "a"}), partition=1)
    publisher.flush()
    all_ended(database, 1)
    daemon.stop()
    for _ in range(10):
        publisher.send(topics.triggers, b"\xff" * 900000, partition=1)
        publisher.flush()
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=1)
    publisher.flush()
    daemon.start()
    all_ended(database, 2)
    (offset, reason), = database.query("SELECT record_offset, reason FROM workflow.quarantine WHERE reason_code = 'gap'")
    missing = 10 - database.value("SELECT count(*) FROM workflow.quarantine WHERE reason_code = 'undecodable'")
    assert missing > 3 and offset == 1 and reason.endswith(f"; offsets 1 to {missing} were not read")
    assert daemon.metric(f'workflowd_gaps_total{{topic="{topics.triggers}"}}') == 1
