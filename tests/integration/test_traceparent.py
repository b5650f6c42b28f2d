# SPDX-License-Identifier: Apache-2.0
"""Workers can go on with the trace of whoever asked: the trigger's traceparent is in every
request of its runs, in whatever form the trigger came and whoever sends the request."""
import json

import pytest

from children import eventually
from stories import RETRIES, HandWorker, all_ended

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JSON = [("content-type", b"application/json")]
PLAIN = {"id": "t-1", "workflow": "test/retries", "recipients": ["a"], "traceparent": TRACE}
CLOUDEVENT = {"specversion": "1.0", "id": "t-1", "source": "/crm", "type": "lead", "workflow": "test/retries", "traceparent": TRACE}
FORMS = {"JSON": (PLAIN, JSON),
         "binary CloudEvent": ({}, [(f"ce_{name}", value.encode()) for name, value in CLOUDEVENT.items()] + JSON),
         "structured CloudEvent": (CLOUDEVENT, None)}

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def worker(broker, topics, messages, publisher):
    worker = HandWorker(broker, topics, messages, publisher)
    yield worker
    worker.close()


@pytest.mark.parametrize("form", FORMS)
def test_every_attempt_carries_it(definitions, start_workflowd, worker, publisher, topics, database, form):
    """The second is asked for by an instance that has the run from the tables alone."""
    (definitions / "retries.yaml").write_text(RETRIES)
    daemon = start_workflowd()
    value, headers = FORMS[form]
    publisher.send(topics.triggers, json.dumps(value).encode(), headers=headers)
    publisher.flush()
    first, = worker.requests()
    daemon.kill()
    daemon.start(wait=False)
    eventually(daemon.ready, 30, "ready")
    worker.answer(first.action_id, 1, first.reply_to.partition, failure={"title": "busy", "status": 503})
    requests = eventually(lambda: [one for one in worker.requests() if one.attempt == 2], 30, "the second attempt")
    worker.answer(first.action_id, 2, first.reply_to.partition)
    all_ended(database, 1)
    assert first.traceparent == TRACE
    assert {one.traceparent for one in worker.requests() + requests} == {TRACE}


def test_without_one_there_is_none(definitions, start_workflowd, worker, publisher, messages, topics):
    (definitions / "retries.yaml").write_text(RETRIES)
    start_workflowd()
    publisher.send(topics.triggers, messages.trigger("t-1", "test/retries", ["a"]))
    publisher.flush()
    request, = worker.requests()
    assert request.traceparent == ""
