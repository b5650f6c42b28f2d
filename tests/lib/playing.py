# SPDX-License-Identifier: Apache-2.0
"""Scenarios by the real daemon: published, triggered, answered, told of events, all at a time; then what the
tables and topics have of each."""
import contextlib
import heapq
import itertools
import json
import time

import psycopg2

from answering import Answers, AnsweringWorker
from messages import read_topic
from spans import seconds

EVENT = [("content-type", b"application/cloudevents+json")]
QUICK = 0.1  # seconds
BUSY = 3  # runs that are open when the next begin
SETTLING = 0.5  # seconds without a new event, of runs that do not end


class Player:
    """Of twins that have been rehearsed. `play()` ends when all have come to their end, or raises."""

    def __init__(self, twins, database, broker, topics, messages, publisher, lifecycle):
        self.twins = {twin.key: twin for twin in twins}
        self.database, self.broker, self.topics, self.lifecycle = database, broker, topics, lifecycle
        self.messages, self.publisher = messages, publisher
        self.answers = {key: Answers(twin.answers) for key, twin in self.twins.items()}
        self.worker = AnsweringWorker(broker, topics, messages, publisher, lambda workflow: self.answers[workflow.split("/")[0]])
        self.deeds, self.numbers = [], itertools.count()
        self.untimed = {}
        self.partitions = {key: number % 4 for number, key in enumerate(self.twins)}

    def write_definitions(self, folder):
        for key, twin in self.twins.items():
            for number, document in enumerate([twin.document, *twin.children]):
                path = folder / f"{key}-{number}.yaml"
                path.write_text(document if isinstance(document, str) else json.dumps(document))

    def close(self):
        self.worker.close()

    # ---- what is done

    def begin(self, pace=None):
        """Those that take no time first; `pace`: so many at a time, else all."""
        quick = [key for key, twin in self.twins.items() if twin.took() < QUICK]
        slow = [key for key in self.twins if key not in quick]
        self.waves = [quick[at:at + pace] for at in range(0, len(quick), pace)] if pace else [quick]
        self.waves += [slow] if slow else []
        self.started = set()

    def _begin(self, keys):
        for key in keys:
            twin = self.twins[key]
            untimed = [event for event in twin.events if "at" not in event]
            if self._is_started_by_events(twin):
                for event in twin.events:
                    self._send(key, event.get("event", event) if "at" in event else event)
            else:
                self.untimed[key] = untimed
                self._trigger(key, twin)
                for event in twin.events:
                    if "at" in event:
                        self._later(seconds(event["at"]), self._send, key, event["event"])
            if "--cancel-after" in twin.options:
                self._later(seconds(twin.options[twin.options.index("--cancel-after") + 1]), self._cancel, key)
        self.publisher.flush()

    @staticmethod
    def _is_started_by_events(twin):
        return "on" in (twin.document.get("schedule") or {} if isinstance(twin.document, dict) else {}) and twin.input is None

    def _later(self, after, deed, *arguments):
        heapq.heappush(self.deeds, (time.monotonic() + after, next(self.numbers), deed, arguments))

    def _trigger(self, key, twin):
        workflow = twin.workflow()
        self.publisher.send(self.topics.triggers, self.messages.trigger(key, workflow, [], twin.input, tenant=key), partition=self.partitions[key])

    def _send(self, key, event):
        self.publisher.send(self.topics.triggers, json.dumps({**event, "tenant": key}).encode(), partition=self.partitions[key], headers=EVENT)

    def _cancel(self, key):
        self.database.query("SELECT workflow.cancel_run(run_id, NULL) FROM workflow.run WHERE tenant = %s AND ended_at IS NULL", key)

    # ---- until it is over

    def play(self, seconds_max=60, meanwhile=lambda: None):
        """`meanwhile` is called again and again."""
        open_ones = set(self.twins)
        self.still = {}
        end = time.monotonic() + seconds_max
        while open_ones:
            assert self.worker.is_alive(), "the worker has failed, see above"
            assert time.monotonic() < end, f"open: {sorted((key, self.twins[key].name) for key in open_ones)}"
            while self.deeds and self.deeds[0][0] <= time.monotonic():
                _, _, deed, arguments = heapq.heappop(self.deeds)
                deed(*arguments)
            try:
                if self.waves and len(open_ones & self.started) <= BUSY:
                    self.started.update(self.waves[0])
                    self._begin(self.waves.pop(0))
                meanwhile()
                self._tell_listeners()
                open_ones -= self._over(open_ones)
            except psycopg2.OperationalError:
                pass  # somebody has restarted it
            self.publisher.producer.poll(0.03)

    def _tell_listeners(self):
        """The next event of those whose runs listen."""
        wanting = [key for key, events in self.untimed.items() if events]
        for key, in self.database.query("SELECT DISTINCT tenant FROM workflow.subscription WHERE tenant = ANY (%s)", wanting):
            self._send(key, self.untimed[key].pop(0))

    def _over(self, keys):
        rows = self.database.query(
            "SELECT tenant, count(*), count(ended_at), sum(last_seq), bool_and(ended_at IS NOT NULL) FILTER (WHERE workflow = ANY (%s))"
            "  FROM workflow.run WHERE tenant = ANY (%s) AND workflow LIKE tenant || '/%%' GROUP BY 1",
            [self.twins[key].workflow() for key in keys], list(keys))
        over = {key for key, _, _, _, has_ended in rows if has_ended and not self.twins[key].waits()}
        for key, _, _, seq, _ in rows:
            if self.still.get(key, (None,))[0] != seq or self.untimed.get(key):
                self.still[key] = seq, time.monotonic()
        never = {key for key in keys if self.twins[key].waits() and not self.twins[key].rehearsed["events"]}
        return over | never | {key for key in keys if self.twins[key].waits() and key in self.still
                               and time.monotonic() - self.still[key][1] > SETTLING
                               and self.still[key][0] >= len(self.twins[key].rehearsed["events"])}

    # ---- what came of it

    def results(self):
        """{key: what Twin.differences() takes}, None where no run began. `told` are the lifecycle events, in order."""
        records = sorted(read_topic(self.broker, self.lifecycle, 4), key=lambda record: (record.partition(), record.offset()))
        self.told, told = [json.loads(record.value()) for record in records], {}
        for event in self.told:
            told.setdefault(event["subject"], {}).setdefault(event["id"], event)
        with contextlib.closing(psycopg2.connect(self.database.conninfo)) as self.connection:
            return {key: self._result(twin, told) for key, twin in self.twins.items()}

    def _result(self, twin, told):
        runs = self._rows("SELECT run_id::text, status, output FROM workflow.run WHERE tenant = %s AND workflow = %s ORDER BY run_id",
                          ("run_id", "status", "output"), twin.key, twin.workflow())
        if not runs:
            return None
        run_id = runs[0]["run_id"]
        events = self._rows("SELECT seq, type, step_no, reference, attempt, level, reason_code, summary, detail_internal, data FROM workflow.event"
                            " WHERE run_id = %s ORDER BY seq",
                            ("seq", "type", "step", "reference", "attempt", "level", "reasonCode", "summary", "detail", "data"), run_id)
        tasks = self._rows("SELECT reference, name, kind, status, visit, attempt FROM workflow.step WHERE run_id = %s ORDER BY step_no",
                           ("reference", "name", "kind", "status", "visit", "attempts"), run_id)
        emitted = self._rows("SELECT data->'event' FROM workflow.event JOIN workflow.run r USING (run_id) WHERE r.tenant = %s"
                             " AND r.workflow LIKE %s AND type = 'event.emitted'", ("event",), twin.key, twin.key + "/%")
        others = [row["run_id"] for row in self._rows("SELECT run_id::text FROM workflow.run WHERE tenant = %s AND workflow LIKE %s AND run_id <> %s"
                                                      " ORDER BY run_id", ("run_id",), twin.key, twin.key + "/%", run_id)]
        return {**runs[0], "error": fault(events), "tasks": tasks, "events": events, "emitted": [row["event"] for row in emitted],
                "lifecycle": [event for one in [run_id, *others] for event in told.get(one, {}).values()], "count": len(runs)}

    def _rows(self, sql, names, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return [dict(zip(names, row)) for row in cursor]


def fault(events):
    """The error of a run that faulted, from its history."""
    for event in reversed(events):
        if event["type"] == "run.faulted" and "error" in (event["data"] or {}):
            return event["data"]["error"]
        if event["type"] != "run.faulted" and "error" in (event["data"] or {}):
            return event["data"]["error"]
    return None
