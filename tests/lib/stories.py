# SPDX-License-Identifier: Apache-2.0
"""What several tests tell again and again: small workflows, and a worker that is the
test itself, so that a test says when, where and how an action is answered."""
from children import eventually
from messages import PROTOBUF, read_topic

HEAD = "document: {{dsl: '1.0.0', namespace: test, name: {name}, version: '1.0.0'}}\n"

ONE_CALL = HEAD.format(name="one-call") + """
do:
  - callLead:
      call: callLead
      with:
        lead: ${ .lead }
"""
NO_CALL = HEAD.format(name="no-call") + """
do:
  - note:
      set: {lead: "${ .lead }"}
"""
SLEEPS = HEAD.format(name="sleeps") + """
do:
  - sleep:
      wait: PT1H
"""
RETRIES = HEAD.format(name="retries") + """
do:
  - attempt:
      try:
        - callLead:
            call: callLead
      catch:
        retry:
          delay: PT0S
          limit: {attempt: {count: 3}}
"""


def ended(database):
    return database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL")


def all_ended(database, count, seconds=60):
    eventually(lambda: ended(database) == count, seconds, f"{count} runs have ended")


def run_status(database, event_id):
    """[(run id, status)] of an event, by recipient."""
    return database.query("SELECT r.run_id::text, r.status FROM workflow.run r JOIN workflow.trigger t USING (trigger_id)"
                          " WHERE t.event_id = %s ORDER BY r.recipient_id", event_id)


class HandWorker:
    """Sees the requests on the topic and answers what the test tells it to."""

    def __init__(self, broker, topics, messages, publisher):
        self.broker, self.topics, self.publisher = broker, topics, publisher
        self.messages = messages
        self.contract = messages.modules["worker"]

    def _messages(self):
        return [self.messages.worker_request(record.value()) for record in read_topic(self.broker, self.topics.requests, 4)]

    def requests(self, count=1):
        """All requests there have been, once there are `count`."""
        def enough():
            found = [one.request for one in self._messages() if one.HasField("request")]
            return len(found) >= count and found
        return eventually(enough, 30, f"{count} requests are published")

    def recalls(self, count=1):
        """All recalls there have been, once there are `count`."""
        def enough():
            found = [one.cancel for one in self._messages() if one.HasField("cancel")]
            return len(found) >= count and found
        return eventually(enough, 30, f"{count} requests are recalled")

    def answer(self, action_id, attempt, partition, output=b"{}", failure=None):
        """Completed with `output`, or failed with the fields of an ActionFailed."""
        result = self.contract.ActionResult(action_id=action_id, attempt=attempt)
        if failure is None:
            result.completed.output = output
        else:
            result.failed.CopyFrom(self.contract.ActionFailed(**failure))
        self.publisher.send(self.topics.results, self.contract.WorkerReply(result=result).SerializeToString(),
                            partition=partition, headers=PROTOBUF)
        self.publisher.flush()
