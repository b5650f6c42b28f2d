# SPDX-License-Identifier: Apache-2.0
"""Records that are gone before they were read, on a real Apache Kafka: a recorded gap and
an alarm, then stop or go on as configured; never a silent reset, and never a record that
is there and not taken."""
import ctypes

import pytest

import checker
from children import eventually
from kafka_server import quiet_admin
from stories import NO_CALL, all_ended

pytestmark = pytest.mark.parametrize("broker", ["real"], indirect=True)
CONTINUE = {"gap": {"policy": "continue"}}


@pytest.fixture
def send(publisher, topics, messages):
    """send(first, count): triggers t-first… to partition 1."""
    def publish(first, count):
        for number in range(first, first + count):
            publisher.send(topics.triggers, messages.trigger(f"t-{number}", "test/no-call", ["a"], {"lead": "a"}), partition=1)
        publisher.flush()
    return publish


@pytest.fixture
def stopped(definitions, start_workflowd, send, database):
    """A daemon that has taken five records of the partition and is stopped."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    daemon = start_workflowd()
    send(0, 5)
    all_ended(database, 5)
    daemon.stop()
    return daemon


def remove_before(broker, topic, offset):
    """What retention does, at once: Kafka's DeleteRecords, which Debian's confluent_kafka does not have yet."""
    kafka = ctypes.CDLL("librdkafka.so.1")
    for name in ("conf_new", "new", "topic_partition_list_new", "DeleteRecords_new", "queue_new", "queue_poll", "event_error_string"):
        getattr(kafka, f"rd_kafka_{name}").restype = ctypes.c_void_p
    reason = ctypes.create_string_buffer(256)
    conf = ctypes.c_void_p(kafka.rd_kafka_conf_new())
    assert kafka.rd_kafka_conf_set(conf, b"bootstrap.servers", broker.address.encode(), reason, 256) == 0
    client = ctypes.c_void_p(kafka.rd_kafka_new(0, conf, reason, 256))
    places = ctypes.c_void_p(kafka.rd_kafka_topic_partition_list_new(1))
    kafka.rd_kafka_topic_partition_list_add(places, topic.encode(), 1)
    assert kafka.rd_kafka_topic_partition_list_set_offset(places, topic.encode(), 1, ctypes.c_int64(offset)) == 0
    wish = ctypes.c_void_p(kafka.rd_kafka_DeleteRecords_new(places))
    queue = ctypes.c_void_p(kafka.rd_kafka_queue_new(client))
    kafka.rd_kafka_DeleteRecords(client, ctypes.byref(wish), ctypes.c_size_t(1), None, queue)
    answer = ctypes.c_void_p(kafka.rd_kafka_queue_poll(queue, 30000))
    assert answer and kafka.rd_kafka_event_error(answer) == 0
    kafka.rd_kafka_event_destroy(answer)
    kafka.rd_kafka_queue_destroy(queue)
    kafka.rd_kafka_DeleteRecords_destroy(wish)
    kafka.rd_kafka_topic_partition_list_destroy(places)
    kafka.rd_kafka_destroy(client)


def make_anew(broker, topic):
    admin = quiet_admin(broker.address)
    admin.delete_topics([topic])[topic].result(30)
    eventually(lambda: topic not in admin.list_topics(timeout=5).topics, 30, "the topic is gone")
    eventually(lambda: created(broker, topic), 30, "the topic is there")


def created(broker, topic):
    try:
        broker.create_topics(**{topic: 4})
    except Exception:  # pylint: disable=broad-except; still being deleted
        return False
    return True


def gaps(database):
    return database.query("SELECT partition, record_offset, reason FROM workflow.quarantine WHERE reason_code = 'gap' ORDER BY 1, 2")


def counted(daemon):
    _, body = daemon.get("/metrics")
    return sum(float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if line.startswith("workflowd_gaps_total"))


def go_on(daemon):
    daemon.configure({**daemon.config, **CONTINUE})
    daemon.start()


def test_records_that_retention_removed(stopped, send, broker, topics, messages, publisher, database):
    """With stop the partition stays where it is and the others go on; with continue it goes on behind the gap."""
    send(5, 5)
    remove_before(broker, topics.triggers, 8)
    stopped.start(wait=False)
    eventually(lambda: gaps(database), 60, "the gap is recorded")
    (partition, offset, reason), = gaps(database)
    assert (partition, offset) == (1, 5) and "offsets 5 to 7 " in reason
    assert counted(stopped) == 1
    status, reasons = stopped.get("/readyz")
    assert status == 503 and "1 partition is read no further" in reasons
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=2)
    publisher.flush()
    all_ended(database, 6)
    stopped.stop()
    go_on(stopped)
    all_ended(database, 8)
    send(10, 1)
    all_ended(database, 9)
    checker.triggers_are_whole(database, {f"t-{number}": 1 for number in (0, 1, 2, 3, 4, 8, 9, 10)} | {"good": 1})


@pytest.mark.parametrize("count", [2, 8], ids=["offsets run backwards", "reaches beyond"])
def test_a_topic_made_anew(stopped, send, broker, topics, database, count):
    make_anew(broker, topics.triggers)
    send(100, count)
    go_on(stopped)
    eventually(lambda: gaps(database), 60, "the gap is recorded")
    send(200, 1)
    all_ended(database, 5 + count + 1)
    wanted = {f"t-{number}": 1 for number in [*range(5), *range(100, 100 + count), 200]}
    checker.triggers_are_whole(database, wanted)


def test_a_topic_made_anew_is_not_read_without_a_decision(stopped, send, broker, topics, messages, publisher, database):
    make_anew(broker, topics.triggers)
    send(100, 8)
    stopped.start(wait=False)
    eventually(lambda: gaps(database), 60, "the gap is recorded")
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}), partition=2)
    publisher.flush()
    all_ended(database, 6)
    checker.triggers_are_whole(database, {**{f"t-{number}": 1 for number in range(5)}, "good": 1})
