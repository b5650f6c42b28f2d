# SPDX-License-Identifier: Apache-2.0
"""Mixed work for campaigns: runs that wait, retry, fault, sleep and fan out, repeated ids,
and operators who cancel, suspend, resume, wake and retry meanwhile. What is chosen comes
from a seed; when it happens, from the machine."""
import os
import time

import psycopg2

import checker
import workflowctl
from children import eventually
from scenario import Scenario

HEAD = "document: {{dsl: '1.0.0', namespace: mixed, name: {name}, version: '1.0.0'}}\ndo:\n"
WORKFLOWS = {
    "call": """
  - callLead:
      call: callLead
      with: {lead: '${ .name }', trouble: true}
""",
    # The bank answers the second time; one card in ten has expired.
    "payment": """
  - pause: {wait: '${ .pause }'}
  - pay:
      try:
        - charge:
            call: chargeCard
            with: {customer: '${ $workflow.input.name }', amount: 10}
      catch:
        retry:
          when: '${ $error.status >= 500 }'
          delay: {milliseconds: 200}
          limit: {attempt: {count: 3}}
        do:
          - unpaid: {set: {paid: false}}
""",
    "chain": """
  - first: {call: noop, with: {}}
  - choose:
      switch:
        - short: {when: '${ $workflow.input.short }', then: end}
        - long: {then: second}
  - second: {call: noop, with: {}}
  - third: {call: sendMessage, with: {to: '${ $workflow.input.name }', template: welcome}}
""",
    # Faults, since nobody catches what the bank says.
    "charge": """
  - charge: {call: chargeCard, with: {customer: '${ .name }', amount: 10}}
""",
    "transcript": """
  - listen: {call: transcribeCall, with: {call: '${ .name }', seconds: 1}}
""",
    "sleeper": """
  - sleep: {wait: PT12H}
""",
}
WEIGHTS = {"call": 8, "payment": 8, "chain": 4, "charge": 2, "transcript": 1, "sleeper": 4}
KEYS = 20  # cancellation keys in use
REPEATS, FANOUTS = 0.05, 0.02  # shares of triggers
RECIPIENTS_MAX = 100
# So that a fan-out comes in several pieces.
CONFIG = {"bounds": {"recipients_per_transaction": 30}}


def write_definitions(folder):
    for name, body in WORKFLOWS.items():
        with open(os.path.join(folder, f"{name}.yaml"), "w") as out:
            out.write(HEAD.format(name=name) + body.lstrip("\n"))


class Mixture(Scenario):
    """Work of one campaign. `random` is a random.Random; the topics have 4 partitions."""

    def __init__(self, database, broker, topics, messages, publisher, random):
        super().__init__(database, broker, topics, messages, publisher)
        self.random = random
        self.repeats = 0
        self.progress = 0

    # ---- what is done

    def load(self, count):
        """`count` triggers, and repeats of some."""
        kinds = self.random.choices(list(WEIGHTS), WEIGHTS.values(), k=count)
        for kind in kinds:
            value, name = self._trigger(kind)
            self.publisher.send(self.topics.triggers, value, key=name)
            if self.random.random() < REPEATS:
                self.repeats += 1
                self.publisher.send(self.topics.triggers, value, partition=self.random.randrange(4))
        self.publisher.flush()

    def _trigger(self, kind):
        name = f"{kind}-{len(self.wanted)}"
        count = self.random.randint(2, RECIPIENTS_MAX) if self.random.random() < FANOUTS else 1
        self.wanted[name] = count
        recipients = [("leads", f"{name}-{number}") for number in range(count)]
        data = {"name": name, "short": self.random.random() < 0.5, "pause": f"PT0.{self.random.randint(1, 5)}S"}
        key = f"key-{self.random.randrange(KEYS)}" if kind == "sleeper" else ""
        return self.messages.trigger(name, f"mixed/{kind}", recipients, data, type="test", tenant="acme", cancellation_key=key), name

    def interfere(self, count):
        """`count` deeds of operators, each on a run or a key of its choice. PostgreSQL may be away."""
        for _ in range(count):
            deed = self.random.choice([self._suspend, self._resume, self._cancel, self._cancel_by_kafka, self._cancel_key,
                                       self._cancel_key_by_kafka, self._wake, self._retry])
            try:
                deed()
            except psycopg2.OperationalError:
                pass
        self.publisher.flush()

    def _some_run(self, condition):
        found = self.database.query(f"SELECT run_id FROM workflow.run WHERE {condition} LIMIT 50")
        return self.random.choice(found)[0] if found else None

    def _order(self, function, condition):
        run = self._some_run(condition)
        if run:
            self.database.query(f"SELECT workflow.{function}(%s, 'campaign')", run)

    def _suspend(self):
        self._order("suspend_run", "ended_at IS NULL AND status <> 'suspended'")

    def _resume(self):
        self._order("resume_run", "status = 'suspended'")

    def _cancel(self):
        self._order("cancel_run", "ended_at IS NULL AND workflow <> 'mixed/sleeper'")

    def _wake(self):
        self._order("wake_run", "waiting_for IN ('timer', 'retry')")

    def _retry(self):
        self._order("retry_run", "status = 'faulted'")

    def _cancel_key(self):
        self.database.query("SELECT workflow.cancel_by_key(%s, 'acme')", f"key-{self.random.randrange(KEYS)}")

    def _command(self, **fields):
        module = self.messages.modules["run_command"]
        value = module.RunCommand(kind=module.RUN_COMMAND_KIND_CANCEL, actor="campaign", **fields).SerializeToString()
        self.publisher.send(self.topics.commands, value, partition=self.random.randrange(4))

    def _cancel_by_kafka(self):
        run = self._some_run("ended_at IS NULL")
        if run:
            self._command(run_id=run)

    def _cancel_key_by_kafka(self):
        module = self.messages.modules["run_command"]
        self._command(cancellation=module.CancellationTarget(tenant="acme", cancellation_key=f"key-{self.random.randrange(KEYS)}"))

    # ---- what came of it

    def moved(self):
        """Whether anything was recorded since this was last true."""
        try:
            now = self.database.value("SELECT coalesce(sum(last_seq), 0) FROM workflow.run")
        except psycopg2.OperationalError:
            return False
        if now <= self.progress:
            return False
        self.progress = now
        return True

    def _let_go(self):
        """Who is suspended or asleep would never end by itself."""
        idle = "NOT EXISTS (SELECT FROM workflow.command c WHERE c.run_id = r.run_id)"
        self.database.query(f"SELECT workflow.resume_run(run_id) FROM workflow.run r WHERE status = 'suspended' AND {idle}")
        self.database.query("SELECT workflow.wake_run(run_id) FROM workflow.run r"
                            f" WHERE workflow = 'mixed/sleeper' AND status = 'waiting' AND {idle}")
        # Killed twice in a row while it tried the same input, the daemon holds that one to be the cause.
        self.database.query("SELECT workflow.replay_quarantine(quarantine_id) FROM workflow.quarantine"
                            " WHERE state = 'quarantined' AND reason_code = 'crash_loop'")

    def all_end(self, programs, seconds=120):
        """Waits until all runs have ended, then checks every promise. Returns a line of what there was."""
        wanted, last = sum(self.wanted.values()), 0

        def done():
            nonlocal last
            if time.monotonic() - last > 1:
                self._let_go()
                last = time.monotonic()
            return self.ended() >= wanted and not self.database.value("SELECT count(*) FROM workflow.quarantine WHERE state <> 'replayed'")
        eventually(done, seconds, lambda: f"{wanted} runs have ended; {self.ended()} have; open: {self._open()}")
        eventually(lambda: self.database.value("SELECT count(*) FROM workflow.command") == 0, 30, "all commands are applied")
        sent_again = checker.everything(self.database, self.broker, self.topics, self.messages, self.wanted, self.repeats)
        checker.offsets_reached_the_end(self.database, self.broker, self.topics.commands)
        workflowctl.said(programs, self.database, "verify", "--all", seconds=600)
        statuses = ", ".join(f"{count} {status}" for status, count in self.database.query(
            "SELECT status, count(*) FROM workflow.run GROUP BY 1 ORDER BY 1"))
        blamed = self.database.value("SELECT count(*) FROM workflow.quarantine")
        return (f"{len(self.wanted)} triggers, {self.repeats} repeated, {wanted} runs ({statuses}),"
                f" {self.database.value('SELECT count(*) FROM workflow.command_applied')} commands, {sent_again} requests sent again,"
                f" {blamed} records replayed that two kills had met")

    def _open(self):
        return self.database.query("SELECT workflow, status, waiting_for, count(*) FROM workflow.run WHERE ended_at IS NULL"
                                   " GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 8")
