# SPDX-License-Identifier: Apache-2.0
"""Partitions added to a topic while the daemon works: each gets a home, and what is
published there runs."""
import pytest
from confluent_kafka.admin import NewPartitions

import checker
from children import eventually
from kafka_server import quiet_admin
from messages import Publisher
from stories import NO_CALL, SLEEPS, all_ended, run_status

pytestmark = pytest.mark.parametrize("broker", ["real"], indirect=True)


def test_partitions_added_to_the_topic_of_triggers(definitions, start_workflowd, messages, topics, broker, database):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    (definitions / "sleeps.yaml").write_text(SLEEPS)
    daemon = start_workflowd()

    def send(name, partition, workflow="test/no-call", **fields):
        sender = Publisher(broker)  # a new one knows how many partitions there are by now
        sender.send(topics.triggers, messages.trigger(name, workflow, ["a"], {"lead": "a"}, **fields), partition=partition)
        sender.flush()

    def homes():
        return [partition for partition, in database.query("SELECT partition FROM workflow.home WHERE topic = %s ORDER BY 1", topics.triggers)]

    send("before", 3)
    send("asleep", 1, "test/sleeps", cancellation_key="stop")
    eventually(lambda: database.value("SELECT count(*) FROM workflow.run") == 2, 30, "both are there")
    assert homes() == [0, 1, 2, 3]
    admin = quiet_admin(broker.address)
    admin.create_partitions([NewPartitions(topics.triggers, 6)])[topics.triggers].result(30)
    eventually(lambda: homes() == [0, 1, 2, 3, 4, 5], 60, "each has a home")
    send("same", 5)
    send("after", 5)
    send("old", 3)
    send("before", 4)  # its id is known, wherever it comes again
    eventually(lambda: database.value("SELECT count(*) FROM workflow.duplicate") == 1, 60, "the repeat is recorded")
    # Homes that are new have their part in a cancellation by key.
    database.query("SELECT workflow.cancel_by_key('stop')")
    all_ended(database, 5)
    assert [status for _, status in run_status(database, "asleep")] == ["cancelled"]
    assert [status for _, status in run_status(database, "after")] == ["completed"]
    checker.triggers_are_whole(database, {name: 1 for name in ("before", "asleep", "same", "after", "old")})
    checker.histories_are_gapless(database)
    checker.nothing_is_stuck(database)
    checker.offsets_reached_the_end(database, broker, topics.triggers, 6)
    assert daemon.child.running()
