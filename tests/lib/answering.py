# SPDX-License-Identifier: Apache-2.0
"""A rehearsal's answers (workflowctl(1)), given by who is really asked: a worker, and a server
of HTTP. What an attempt was told, it is told again when it asks again."""
import heapq
import http.server
import itertools
import json
import re
import threading
import time

from confluent_kafka import Consumer, TopicPartition

from messages import PROTOBUF
from spans import seconds

STANDARD = "https://serverlessworkflow.io/spec/1.0.0/errors/"
WORDS = ("configuration", "validation", "expression", "authentication", "authorization", "timeout", "communication", "runtime")


class Answers:
    """Those of one scenario: by reference, by name of the task, by function; the last again and again."""

    def __init__(self, document):
        self.entries = {key: list(value) if isinstance(value, list) else [value] for key, value in (document or {}).items()}
        self.given = {}

    def take(self, key, reference, function):
        """What the attempt that `key` names is told, None = nothing."""
        if key not in self.given:
            name = reference.rsplit("/", 1)[1].replace("~1", "/").replace("~0", "~")
            entry = next((self.entries[one] for one in (reference, name, function) if one in self.entries), [None])
            self.given[key] = entry.pop(0) if len(entry) > 1 else entry[0]
        return self.given[key]


def whole(error):
    """Of a status, a type or a title alone, the error that it stands for."""
    if isinstance(error, int):
        return {"status": error}
    if isinstance(error, str):
        return {"type": error} if error in WORDS or "://" in error else {"title": error}
    return error or {}


def failure(error):
    """The members of an ActionFailed."""
    error = whole(error)
    kind = error.get("type", "")
    told = {"type": STANDARD + kind if kind in WORDS else kind, "status": error.get("status", 0), "title": error.get("title", ""),
            "detail": error.get("detail", ""), "non_retryable": not error.get("retryable", True)}
    if "retryAfter" in error:
        told["retry_after_us"] = round(seconds(error["retryAfter"]) * 1e6)
    return told


class AnsweringWorker(threading.Thread):
    """Does what is asked on the topic of requests: `find(workflow)` gives the Answers of who asks."""

    def __init__(self, broker, topics, messages, publisher, find):
        super().__init__(daemon=True)
        self.topics, self.messages, self.publisher, self.find = topics, messages, publisher, find
        self.worker, self.due, self.numbers, self.stopping = messages.modules["worker"], [], itertools.count(), False
        self.consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "answering", "enable.auto.commit": False,
                                  "auto.offset.reset": "earliest", "log_level": 0, **broker.client_config})
        self.consumer.assign([TopicPartition(topics.requests, partition, 0) for partition in range(4)])
        self.asked = 0
        self.start()

    def run(self):
        while not self.stopping:
            for record in self.consumer.consume(100, 0.01):
                message = self.messages.worker_request(record.value())
                if not record.error() and message.HasField("request"):
                    self._ask(message.request)
            while self.due and self.due[0][0] <= time.monotonic():
                _, _, request, answer = heapq.heappop(self.due)
                self._answer(request, answer)

    def _ask(self, request):
        self.asked += 1
        answer = self.find(request.workflow).take((request.action_id, request.attempt), request.step, request.function)
        if answer is not None and not answer.get("never"):
            heapq.heappush(self.due, (time.monotonic() + seconds(answer.get("delay", 0)), next(self.numbers), request, answer))

    def _answer(self, request, answer):
        result = self.worker.ActionResult(action_id=request.action_id, attempt=request.attempt, outcome=answer.get("outcome", ""),
                                          external_reference=answer.get("externalReference", ""), summary=answer.get("summary", ""))
        if "error" in answer:
            result.failed.CopyFrom(self.worker.ActionFailed(**failure(answer["error"])))
        else:
            result.completed.output = json.dumps(answer["output"]).encode()
        self.publisher.send(self.topics.results, self.worker.WorkerReply(result=result).SerializeToString(),
                            partition=request.reply_to.partition, headers=PROTOBUF)

    def close(self):
        self.stopping = True
        self.join()
        self.consumer.close()


class AnsweringSite:
    """A server under whose path /SCENARIO/… the answers of a scenario's calls are: `told[scenario][action, attempt]`."""

    def __init__(self):
        self.told, self.asked = {}, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                scenario = self.path.split("/")[1]
                numbers = re.search(r"[:.](\d+)/(\d+)$", self.headers.get("Idempotency-Key", ""))
                site.asked.append((scenario, self.command, self.path))
                if self.path.endswith("/token"):
                    site.tell(self, {"output": {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}})
                    return
                site.tell(self, site.told.get(scenario, {}).get(tuple(map(int, numbers.groups()))) if numbers else None)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

            def date_time_string(self, timestamp=None):
                return "Mon, 05 Jan 2026 09:00:00 GMT"  # the same for all who ask

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stopped = threading.Event()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tell(self, request, answer):
        if answer is None or answer.get("never"):
            self.stopped.wait(60)
            return
        self.stopped.wait(seconds(answer.get("delay", 0)))
        error, output = whole(answer["error"]) if "error" in answer else None, answer.get("output")
        if isinstance(output, dict) and "statusCode" in output and "content" in output:
            output = output["content"]
        content, headers = json.dumps(output).encode(), {"content-type": "application/json"}
        if error is not None:
            content = b"{}"
            if "retryAfter" in error:
                headers["Retry-After"] = str(round(seconds(error["retryAfter"])))
        try:
            request.send_response(200 if error is None else error.get("status", 500))
            for name, value in {**headers, "content-length": str(len(content))}.items():
                request.send_header(name, value)
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(content)
        except OSError:
            pass  # whoever asked is gone

    def close(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
