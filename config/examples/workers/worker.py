#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A worker in Python: does `sendMessage` and `transcribeCall`, answers in JSON.

    worker.py --brokers 127.0.0.1:9092

Needs Debian's python3-confluent-kafka, python3-protobuf and protobuf-compiler. Requests
are protobuf (proto/workflow/v1/worker.proto); what is sent back may be protobuf or, as
here, JSON of the same shape.

The four things that every worker must do, marked below:
  1. do each action once, by (action_id, attempt): a request may come again;
  2. answer on the topic and partition that the request names;
  3. commit an offset only when all before it is answered;
  4. give signs of life while something takes long, and stop what is recalled.
"""
import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict

from confluent_kafka import Consumer, Producer, TopicPartition

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO_FOLDERS = (os.path.join(HERE, "..", "..", "..", "proto"), "/usr/share/workflowd/proto")
ANSWERS_MAX = 100_000


def load_contract():
    """The generated module for worker.proto; a project of yours would run protoc when it is built."""
    folder = next(f for f in PROTO_FOLDERS if os.path.exists(os.path.join(f, "workflow", "v1", "worker.proto")))
    out = tempfile.mkdtemp(prefix="worker-")
    try:
        subprocess.run(["protoc", f"--proto_path={folder}", f"--python_out={out}",
                        "workflow/v1/recipient.proto", "workflow/v1/worker.proto"], check=True)
        sys.path.insert(0, out)
        return importlib.import_module("workflow.v1.worker_pb2")
    finally:
        subprocess.run(["rm", "-rf", out], check=False)


# ---- what it can do: (arguments, action id) to an outcome ---------------------------


def send_message(arguments, action_id):
    # Your provider's call goes here. Give it the action's id as idempotency key.
    return {"completed": {"output": {"message": f"message-{action_id}", "channel": arguments.get("channel", "email")}},
            "outcome": "sent", "external_reference": f"message-{action_id}",
            "summary": f"Sent {arguments['template']} to {arguments['to']}"}


def transcribe_call(arguments, _):
    return {"completed": {"output": {"call": arguments["call"], "text": "Hello?"}}, "outcome": "transcribed"}


FUNCTIONS = {"sendMessage": send_message, "transcribeCall": transcribe_call}


def how_long(function, arguments):
    """Seconds that the work takes; this example only pretends."""
    return float(arguments.get("seconds", 3)) if function == "transcribeCall" else 0


def failed(title, detail, status, non_retryable):
    return {"failed": {"type": "https://workflowd.dev/errors/example", "status": status, "title": title, "detail": detail,
                       "non_retryable": non_retryable}}


def do(function, arguments, action_id):
    if function not in FUNCTIONS:
        return failed("Unknown function", f"this worker has no function {function}", 404, True)
    try:
        return FUNCTIONS[function](arguments, action_id)
    except KeyError as missing:
        return failed("An argument is missing", str(missing), 400, True)


# ---- the loop -----------------------------------------------------------------------


class Worker:
    def __init__(self, options):
        self.contract = load_contract()
        properties = {"bootstrap.servers": options.brokers, **dict(p.split("=", 1) for p in options.X)}
        self.consumer = Consumer({"group.id": options.group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                                  **properties})
        self.producer = Producer({"linger.ms": 0, "enable.idempotence": True, "bootstrap.servers": options.brokers})
        self.topic = options.topic
        if options.assign_all:  # the embedded broker takes seconds to let one join a group
            count = len(self.consumer.list_topics(self.topic, 10).topics[self.topic].partitions)
            self.consumer.assign([TopicPartition(self.topic, number) for number in range(count)])
        else:
            self.consumer.subscribe([self.topic])
        self.answered = OrderedDict()  # (action id, attempt) to its reply
        self.under_way = {}  # (action id, attempt) to [due, next sign of life, request, [offsets]]
        self.offsets = {}  # partition to {offset: done}, in order

    def reply(self, request, body, offsets=()):
        # 2. Where the request says. The offset counts as done when the broker has the answer.
        def delivered(error, _):
            if error:
                raise SystemExit(f"answer not delivered: {error}")  # started anew, it is asked again
            for place in offsets:
                self.done(*place)

        self.producer.produce(request.reply_to.topic, json.dumps(body), key=request.run_id,
                              partition=request.reply_to.partition, headers=[("content-type", b"application/json")],
                              on_delivery=delivered)

    def done(self, partition, offset):
        # 3. Only up to the first that is not done.
        open_offsets = self.offsets[partition]
        open_offsets[offset] = True
        position = None
        while open_offsets and next(iter(open_offsets.values())):
            position = next(iter(open_offsets)) + 1
            open_offsets.popitem(last=False)
        if position is not None:
            self.consumer.commit(offsets=[TopicPartition(self.topic, partition, position)], asynchronous=True)

    def take(self, record):
        place = (record.partition(), record.offset())
        self.offsets.setdefault(place[0], OrderedDict())[place[1]] = False
        message = self.contract.WorkerRequest()
        try:
            message.ParseFromString(record.value())
        except Exception as problem:  # protobuf's DecodeError; nobody waits for an answer to it
            print(f"{self.topic}[{place[0]}]@{place[1]} is no request: {problem}", file=sys.stderr)
            return self.done(*place)
        if message.HasField("cancel"):
            # 4. Recalled: stop, and answer nothing.
            work = self.under_way.pop((message.cancel.action_id, message.cancel.attempt), None)
            for other in [*(work[3] if work else ()), place]:
                self.done(*other)
            return None
        return self.take_request(message.request, place)

    def take_request(self, request, place):
        key = (request.action_id, request.attempt)
        if key in self.answered:  # 1. Asked again: the same answer, and no second doing.
            return self.reply(request, self.answered[key], [place])
        if key in self.under_way:
            return self.under_way[key][3].append(place)
        arguments = json.loads(request.arguments or b"{}")
        now, every = time.monotonic(), request.heartbeat_timeout_us / 3e6 or float("inf")
        self.under_way[key] = [now + how_long(request.function, arguments), now + every, request, [place]]
        return None

    def finish_what_is_due(self):
        now = time.monotonic()
        for key, (due, sign, request, places) in list(self.under_way.items()):
            if due <= now:
                del self.under_way[key]
                result = {"action_id": request.action_id, "attempt": request.attempt,
                          **do(request.function, json.loads(request.arguments or b"{}"), request.action_id)}
                self.answered[key] = {"result": result}
                if len(self.answered) > ANSWERS_MAX:
                    self.answered.popitem(last=False)
                self.reply(request, self.answered[key], places)
            elif sign <= now:  # 4. A sign of life, three times as often as is asked for.
                self.under_way[key][1] = now + request.heartbeat_timeout_us / 3e6
                self.reply(request, {"heartbeat": {"action_id": request.action_id, "attempt": request.attempt}})

    def run(self, ends):
        while not ends:
            for record in self.consumer.consume(500, 0.02):
                if not record.error():
                    self.take(record)
            self.finish_what_is_due()
            self.producer.poll(0)
        self.producer.flush(10)
        self.consumer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--group", default="workflow-example-worker-python")
    parser.add_argument("--topic", default="workflow.action-requests")
    parser.add_argument("--assign-all", action="store_true", help="for the embedded broker")
    parser.add_argument("-X", action="append", default=[], metavar="PROPERTY=VALUE", help="any property of librdkafka")
    ends = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ends.append(True))
    Worker(parser.parse_args()).run(ends)


if __name__ == "__main__":
    main()
