# SPDX-License-Identifier: Apache-2.0
"""A test of a whole daemon: publish triggers, watch their runs, judge the end."""
import checker
from children import eventually


class Scenario:
    """One test's database, broker, topics and messages, with the triggers published so far."""

    def __init__(self, database, broker, topics, messages, publisher):
        self.database = database
        self.broker = broker
        self.topics = topics
        self.messages = messages
        self.publisher = publisher
        self.wanted = {}  # event id to number of runs

    def publish(self, workflow, count=1, prefix="t", data=None, flush=True):
        """`count` triggers with one recipient each; `data(name)` gives the input."""
        for number in range(count):
            name = f"{prefix}-{number}"
            self.wanted[name] = 1
            value = self.messages.trigger(name, workflow, [name], data(name) if callable(data) else data or {"name": name},
                                          type="test")
            self.publisher.send(self.topics.triggers, value, key=name)
        if flush:
            self.publisher.flush()

    def runs(self, condition="true"):
        return self.database.value(f"SELECT count(*) FROM workflow.run WHERE {condition}")

    def ended(self):
        return self.runs("ended_at IS NOT NULL")

    def events(self, type):
        return self.database.value("SELECT count(*) FROM workflow.event WHERE type = %s", type)

    def all_end(self, seconds=90):
        """Waits until every trigger's run has ended, then checks every promise."""
        self.publisher.flush()
        eventually(lambda: self.ended() >= len(self.wanted), seconds, f"{len(self.wanted)} runs have ended")
        checker.everything(self.database, self.broker, self.topics, self.messages, self.wanted)

    def stuck(self):
        return self.database.query("SELECT run_id, problem, waiting_for FROM workflow.stuck LIMIT 3")
