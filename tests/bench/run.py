#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Benchmarks; run.sh builds and calls this. Everything on one machine, durable commits,
the worker and the publisher in processes of their own. Prints one line per figure.

Instants come from PostgreSQL: a run is done when the transaction that says so was
committed (track_commit_timestamp), not when it was decided.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import checker  # noqa: E402
import kafka_server  # noqa: E402
from children import Child, eventually  # noqa: E402
from database import PostgresServer  # noqa: E402
from messages import Messages  # noqa: E402
from workflowd import Topics, Worker, Workflowd  # noqa: E402

SETTINGS = "shared_buffers = 2GB\nmax_wal_size = 8GB\ntrack_commit_timestamp = on"
PARTITIONS = 4

ACTIONS = """
document: {{dsl: '1.0.0', namespace: bench, name: actions-{count}, version: '1.0.0'}}
do:
{calls}
"""
TIMER = """
document: {dsl: '1.0.0', namespace: bench, name: timer, version: '1.0.0'}
do:
  - untilThen:
      wait: ${ .due }
"""


def actions(count):
    calls = "\n".join(f"  - work{number}:\n      call: noop\n      with: {{number: {number}}}" for number in range(count))
    return ACTIONS.format(count=count, calls=calls)


def say(text):
    print(text, flush=True)


class Stand:
    """Fresh database and topics, instances and a worker, for one measurement."""

    def __init__(self, bench, broker, instances=1):
        self.bench, self.broker = bench, broker
        self.folder = tempfile.mkdtemp(prefix="wf-bench-")
        self.database = bench.postgres.fresh()
        self.topics = Topics(f"bench-{self.database.name}")
        self.topics.create(broker, PARTITIONS)
        definitions = os.path.join(self.folder, "definitions")
        os.mkdir(definitions)
        for name, text in (("one", actions(1)), ("three", actions(3)), ("timer", TIMER)):
            with open(os.path.join(definitions, f"{name}.yaml"), "w") as out:
                out.write(text)
        self.instances = [Workflowd(bench.programs, self.folder, self.database, broker, self.topics, definitions,
                                    name=f"bench-{number}").start() for number in range(instances)]
        self.worker = Worker(bench.programs, self.folder, broker, self.topics).start()
        self.publish("bench/actions-1", 10, prefix="warm")  # everyone has connected and joined
        self.wait(10)

    def load(self, workflow, count, rate=0, prefix="load", data=None):
        return Child("load", [self.bench.tool("load"), self.broker.address, self.topics.triggers, workflow, count, rate, prefix,
                              json.dumps(data or {"lead": "lead-1"})], os.path.join(self.folder, "load.log"))

    def publish(self, workflow, count, **options):
        child = self.load(workflow, count, **options)
        assert child.process.wait(600) == 0, child.tail()

    def wait(self, count, seconds=600):
        eventually(lambda: self.ended() >= count, seconds, f"{count} runs have ended")

    def ended(self):
        """Asked of the instances: counting rows again and again would use the processors that are measured."""
        return sum(instance.metric('workflowd_transitions_total{type="run.completed"}') for instance in self.instances)

    def stored(self):
        return self.database.value("SELECT count(*) FROM workflow.run WHERE ended_at IS NOT NULL")

    def memory(self):
        """Resident MiB of the first instance."""
        return self.instances[0].resident() / (1 << 20)

    def percentiles(self, milliseconds, where="true"):
        """p50, p99 and maximum of an SQL expression over runs r with trigger t."""
        return self.database.query(
            f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), percentile_cont(0.99) WITHIN GROUP (ORDER BY ms), max(ms)"
            f"  FROM (SELECT ({milliseconds})::float8 AS ms FROM workflow.run r JOIN workflow.trigger t USING (trigger_id)"
            f"         WHERE t.event_id LIKE 'load-%%' AND {where}) m")[0]

    def close(self):
        self.worker.close()
        for instance in self.instances:
            instance.close()
        subprocess.run(["rm", "-rf", self.folder], check=False)


SINCE_PUBLISHED = "1000 * extract(epoch FROM pg_xact_commit_timestamp(r.xmin) - t.event_time)"
UNTIL_REQUESTED = ("1000 * extract(epoch FROM (SELECT pg_xact_commit_timestamp(e.xmin) FROM workflow.event e"
                   " WHERE e.run_id = r.run_id AND e.type = 'action.requested' ORDER BY e.seq LIMIT 1) - t.event_time)")


class Bench:
    def __init__(self, build, quick):
        self.build, self.quick = os.path.abspath(build), quick
        self.programs = os.path.join(self.build, "bin")
        self.postgres = PostgresServer(self.programs, fsync="on", more=SETTINGS)
        self.folder = tempfile.mkdtemp(prefix="wf-bench-")
        self.brokers = {"embedded": kafka_server.EmbeddedBroker(self.programs, self.folder),
                        "real": kafka_server.RealKafka(heap="1g", lasting=True)}
        self.yardsticks, self.rates = {}, {}

    def tool(self, name):
        return os.path.join(self.build, "bench", name)

    def close(self):
        for broker in self.brokers.values():
            broker.stop()
        self.postgres.close()
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def yardstick(self, count):
        """Runs/s of PostgreSQL alone; the better of what was measured before and after."""
        database = self.postgres.cluster.create_database()
        conninfo = self.postgres.cluster.conninfo(database)
        subprocess.run(["psql", "-qX", "-d", conninfo, "-f", os.path.join(HERE, "yardstick.sql")], check=True,
                       stderr=subprocess.DEVNULL)
        seconds = "5" if self.quick else "10"
        out = subprocess.run([self.tool("yardstick"), conninfo, seconds, "2", "100", str(count)], check=True, text=True,
                             capture_output=True).stdout
        say(out.strip())
        self.postgres.cluster.sql(f"DROP DATABASE {database}")
        self.yardsticks.setdefault(count, []).append(float(out.split()[1]))

    def warm_up(self):
        """Not counted: a Java process that has just started compiles its own code, for some 100,000 runs."""
        for _ in range(1 if self.quick else 3):
            self.speed("real", 1, 1, 20000 if self.quick else 40000)

    def throughput(self):
        runs = {1: 10000 if self.quick else 40000, 3: 4000 if self.quick else 15000}
        self.yardstick(1), self.yardstick(3)
        measured = [(kind, instances, count, self.speed(kind, instances, count, runs[count]))
                    for kind, instances in (("embedded", 1), ("real", 1), ("real", 2)) for count in (1, 3)]
        self.yardstick(1), self.yardstick(3)
        for kind, instances, count, rate in measured:
            best = max(self.yardsticks[count])
            say(f"throughput, {kind} broker, {instances} instance(s), {count} action(s): {rate:.0f} runs/s,"
                f" {100 * rate / best:.0f} % of the yardstick ({best:.0f})")

    def speed(self, kind, instances, count, runs):
        """First publish to the commit of the last run's end."""
        stand = Stand(self, self.brokers[kind], instances)
        try:
            start = time.time()
            stand.publish(f"bench/actions-{count}", runs)
            stand.wait(runs + 10)
            end = stand.database.value("SELECT max(extract(epoch FROM pg_xact_commit_timestamp(xmin)))::float8 FROM workflow.run")
            memory, size = stand.memory(), stand.database.value(
                "SELECT sum(pg_total_relation_size(c.oid))::float8 FROM pg_class c"
                " WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind = 'r'")
        finally:
            stand.close()
        rate = runs / (end - start)
        self.rates[kind, instances, count] = rate
        say(f"  {kind}, {instances} instance(s), {count} action(s): {runs} runs in {end - start:.2f} s = {rate:.0f} runs/s;"
            f" {memory:.0f} MiB resident, {size / runs:.0f} bytes per run with indexes")
        return rate

    def latency(self):
        for kind, broker in self.brokers.items():
            self.latency_at(kind, broker, 50, 500 if self.quick else 3000)
            half = int(self.rates.get((kind, 1, 1), 2000) / 2)
            self.latency_at(kind, broker, half, half * (5 if self.quick else 10))

    def latency_at(self, kind, broker, rate, runs):
        stand = Stand(self, broker)
        try:
            stand.publish("bench/actions-1", runs, rate=rate)
            stand.wait(runs + 10)
            completed, requested = stand.percentiles(SINCE_PUBLISHED), stand.percentiles(UNTIL_REQUESTED)
        finally:
            stand.close()
        for what, (p50, p99, worst) in (("run completed", completed), ("action requested", requested)):
            say(f"latency, {kind} broker, {rate}/s, trigger published to {what}:"
                f" p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {worst:.1f} ms")

    def timers(self):
        count = 5000 if self.quick else 20000
        stand = Stand(self, self.brokers["real"])
        try:
            due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=15 if self.quick else 30)
            stand.publish("bench/timer", count, data={"due": due.isoformat().replace("+00:00", "Z")})
            eventually(lambda: stand.database.value("SELECT count(*) FROM workflow.run WHERE waiting_for = 'timer'") == count, 60,
                       "all wait")
            left = (due - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
            memory = stand.memory()
            assert left > 0, "the timers were due before all were waiting: give them more time"
            stand.wait(count + 10)
            p50, p99, worst = stand.percentiles(
                f"1000 * extract(epoch FROM pg_xact_commit_timestamp(r.xmin) - '{due.isoformat()}'::timestamptz)")
            early = stand.database.value("SELECT count(*) FROM workflow.run WHERE workflow = 'bench/timer' AND ended_at < %s", due)
        finally:
            stand.close()
        say(f"timers, {count} at one instant: late p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {worst:.0f} ms; {early} early;"
            f" {memory:.0f} MiB resident while they wait")

    def recovery(self):
        """kill -9 half-way, started again at once: until every run has ended."""
        runs = 5000
        stand = Stand(self, self.brokers["real"])
        try:
            stand.publish("bench/actions-1", runs)
            eventually(lambda: stand.ended() > runs / 2, 120, "half of the runs have ended")
            stand.instances[0].kill()
            left = runs + 10 - stand.stored()
            start = time.time()
            stand.instances[0].start(wait=False)
            eventually(lambda: stand.stored() >= runs + 10, 120, "all have ended")
            seconds = time.time() - start
            checker.triggers_are_whole(stand.database, {**{f"load-{n}": 1 for n in range(runs)},
                                                        **{f"warm-{n}": 1 for n in range(10)}})
            checker.histories_are_gapless(stand.database)
            repeated = checker.requests_agree(stand.database, stand.broker, stand.topics, Messages(self.build), PARTITIONS)
        finally:
            stand.close()
        say(f"recovery, kill -9 with {left} of {runs} runs open: all done {seconds:.2f} s after the restart;"
            f" 0 lost, 0 doubled, {repeated} requests sent again")


PARTS = ("throughput", "latency", "timers", "recovery")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--quick", action="store_true", help="fewer runs; rougher figures")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part alone; may be repeated")
    options = parser.parse_args()
    bench = Bench(options.build_dir, options.quick)
    try:
        bench.warm_up()
        for part in options.only or PARTS:
            getattr(bench, part)()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
