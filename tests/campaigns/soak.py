#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mixed load at a steady rate for minutes or hours, then idleness. Samples memory, queries, tables and what is open;
fails when memory, the queries or the bytes of a run grow, when work piles up, when anything is stuck, or when an
idle daemon keeps asking. run.sh builds (release) and calls this."""
import statistics
import time

import ground

SAMPLES = 30  # in all
MEMORY_GROWTH_MAX = 8 << 20  # bytes from the second fifth to the last
QUERY_GROWTH_MAX = BYTES_GROWTH_MAX = 1.25
BEHIND_MAX = 30  # seconds' worth of triggers that are open and not asleep
IDLE_SECONDS = 10
IDLE_QUERIES_MAX = 20  # a second, of one instance with two lanes
POSTGRES = {"fsync": "on", "more": "shared_buffers = 1GB\nmax_wal_size = 8GB\nshared_preload_libraries = 'pg_stat_statements'"}
COLUMNS = ("runs", "memory", "queries", "bytes", "open", "dead rows")


class Gauge:
    def __init__(self, place, daemon):
        self.place, self.database, self.daemon = place, place.database, daemon
        self.database.query("CREATE EXTENSION pg_stat_statements")
        self.samples = []  # by COLUMNS, with the time first

    def queries(self):
        return int(self.database.value("SELECT sum(calls) FROM pg_stat_statements WHERE userid = 'workflowd'::regrole AND toplevel"))

    def sample(self):
        (size, dead), = self.database.query(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint, sum(pg_stat_get_dead_tuples(c.oid))::bigint FROM pg_class c"
            " WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind = 'r'")
        waking = self.place.work.runs("ended_at IS NULL AND status <> 'suspended' AND workflow <> 'mixed/sleeper'")
        row = (self.place.work.runs(), self.daemon.resident(), self.queries(), size, waking, dead)
        self.samples.append((time.monotonic(), *row))
        ground.say("  " + ", ".join(f"{name} {value / (1 << 20):.1f} MiB" if name in ("memory", "bytes") else f"{name} {value}"
                                    for name, value in zip(COLUMNS, row)))
        stuck = self.place.work.stuck()
        assert not stuck, f"stuck: {stuck}"

    def fifth(self, number):
        size = len(self.samples) // 5
        return self.samples[number * size:(number + 1) * size + 1]

    def memory(self, number):
        return statistics.median(row[2] for row in self.fifth(number))

    def per_run(self, column, number):
        """Growth of a column over a fifth, per run."""
        first, last = self.fifth(number)[0], self.fifth(number)[-1]
        return (last[column] - first[column]) / (last[1] - first[1])

    def judge(self, rate):
        grown = self.memory(4) - self.memory(1)
        queries, size = [self.per_run(3, n) for n in (1, 4)], [self.per_run(4, n) for n in (1, 4)]
        ground.say(f"soak: memory {grown / (1 << 20):+.1f} MiB, {queries[0]:.2f} then {queries[1]:.2f} queries and"
                   f" {size[0]:.0f} then {size[1]:.0f} bytes per run")
        assert grown <= MEMORY_GROWTH_MAX, "memory grows"
        assert queries[1] <= queries[0] * QUERY_GROWTH_MAX, "ever more queries per run"
        assert size[1] <= size[0] * BYTES_GROWTH_MAX, "ever more bytes per run"
        behind = max(row[5] for row in self.samples)
        assert behind <= BEHIND_MAX * rate, f"{behind} runs were open: the daemon cannot keep up"


def load_until(end, work, rate):
    """`rate` triggers and one deed a second."""
    while time.monotonic() < end:
        second = time.monotonic() + 1
        work.load(rate)
        work.interfere(1)
        time.sleep(max(0, second - time.monotonic()))


def main():
    options = ground.options(__doc__, broker="real", minutes=(10.0, "how long the load lasts"), rate=(200, "triggers a second"))
    with ground.Ground(options, options.brokers[0], POSTGRES) as place:
        gauge = Gauge(place, place.start("one"))
        start = time.monotonic()
        for number in range(1, SAMPLES + 1):
            load_until(start + number * options.minutes * 60 / SAMPLES, place.work, options.rate)
            gauge.sample()
        told = place.work.all_end(place.programs, 300)
        gauge.judge(options.rate)
        before = gauge.queries()
        time.sleep(IDLE_SECONDS)
        idle = (gauge.queries() - before) / IDLE_SECONDS
        assert idle <= IDLE_QUERIES_MAX, f"{idle} queries a second without work"
        ground.say(f"soak, seed {options.seed}: {options.minutes:g} minutes at {options.rate}/s; {told}; {idle:.1f} queries/s when idle")


if __name__ == "__main__":
    main()
