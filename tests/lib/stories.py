# SPDX-License-Identifier: Apache-2.0
"""What several tests tell again and again: small workflows, and a worker that is the
test itself, so that a test says when, where and how an action is answered."""
from confluent_kafka import Consumer, TopicPartition

from children import eventually
from messages import PROTOBUF

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
          limit: {attempt: {count: 2}}
"""


def ended(database):
    return database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL")


def all_ended(database, count, seconds=60):
    eventually(lambda: ended(database) == count, seconds, f"{count} runs have ended")


def run_status(database, event_id):
    """[(run id, status)] of an event, by recipient."""
    return database.query("SELECT r.run_id::text, r.status FROM workflow.run r JOIN workflow.trigger t USING (trigger_id)"
                          " WHERE t.event_id = %s ORDER BY r.recipient_id", event_id)


def everything_stored(database):
    """All texts of all tables, as one."""
    tables = [name for name, in database.query("SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'workflow'")]
    return "\n".join(str(row) for table in tables for row in database.query(f"SELECT t::text FROM {table} t"))


class HandWorker:
    """Sees the requests on the topic and answers what the test tells it to."""

    def __init__(self, broker, topics, messages, publisher):
        self.topics, self.publisher, self.messages = topics, publisher, messages
        self.contract = messages.modules["worker"]
        self.seen = []
        self.consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "hand", "enable.auto.commit": False,
                                  "auto.offset.reset": "earliest", "log_level": 0, **broker.client_config})
        self.consumer.assign([TopicPartition(topics.requests, partition, 0) for partition in range(4)])

    def close(self):
        self.consumer.close()

    def _find(self, kind, count):
        def enough():
            record = self.consumer.poll(0.02)
            if record and not record.error():
                self.seen.append(self.messages.worker_request(record.value()))
            found = [getattr(one, kind) for one in self.seen if one.HasField(kind)]
            return len(found) >= count and found
        return eventually(enough, 30, f"{count} messages of kind {kind} are published")

    def requests(self, count=1):
        """The requests there have been, once there are `count`; those of a run in their order."""
        return self._find("request", count)

    def recalls(self, count=1):
        """The recalls there have been, once there are `count`."""
        return self._find("cancel", count)

    def answer(self, action_id, attempt, partition, output=b"{}", failure=None, **told):
        """Completed with `output`, or failed with the fields of an ActionFailed; `told` are
        fields of the ActionResult, such as outcome and summary."""
        result = self.contract.ActionResult(action_id=action_id, attempt=attempt, **told)
        if failure is None:
            result.completed.output = output
        else:
            result.failed.CopyFrom(self.contract.ActionFailed(**failure))
        self.publisher.send(self.topics.results, self.contract.WorkerReply(result=result).SerializeToString(),
                            partition=partition, headers=PROTOBUF)
        self.publisher.flush()
