#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a million stored runs make the next ones slower: an instance with so many and one with a tenth of them, in
databases of one server with durable commits, do the same portions of one-action runs in turn. Fails when the one with
more is over 10 % slower by the median of the pairs, or when its memory has grown since its first tenth. In turn,
because a machine's own speed changes by more than that within a minute. run.sh builds (release) and calls this."""
import os
import statistics
import time

import ground
from children import Child
from workflowd import Topics, Worker, Workflowd

SLOWDOWN_MAX = 0.10
GROWTH_MAX = 32 << 20  # bytes of memory, after the first tenth
SECONDS = 900  # for a portion
POSTGRES = {"fsync": "on", "more": "shared_buffers = 512MB\nmax_wal_size = 8GB"}
ONE_ACTION = """
document: {dsl: '1.0.0', namespace: stored, name: one, version: '1.0.0'}
do:
  - work: {call: noop, with: {}}
"""


class Side:
    """An instance with a database, topics and a worker of its own."""

    def __init__(self, place, load, name):
        self.name, self.load, self.folder, self.broker = name, load, place.folder, place.broker
        self.database, self.topics, self.published = place.postgres.fresh(), Topics(name), 0
        self.topics.create(place.broker)
        place.keep(Worker(place.programs, place.folder, place.broker, self.topics, f"worker-{name}")).start()
        self.daemon = place.keep(Workflowd(place.programs, place.folder, self.database, place.broker, self.topics,
                                           place.definitions, name)).start()

    def run(self, count):
        """Seconds from the first publish to the end of the last run."""
        start = time.monotonic()
        publisher = Child("load", [self.load, self.broker.address, self.topics.triggers, "stored/one", count, 0,
                                   f"{self.name}-{self.published}-"], os.path.join(self.folder, f"load-{self.name}.log"))
        self.published += count
        ground.eventually(lambda: self.completed() >= self.published, SECONDS, f"{self.published} runs of {self.name} have ended")
        seconds = time.monotonic() - start
        assert publisher.process.wait(SECONDS) == 0, publisher.tail()
        return seconds

    def completed(self):
        return self.daemon.metric('workflowd_transitions_total{type="run.completed"}')

    def check(self):
        """Everything that was published has run, once."""
        states = self.database.query("SELECT status, count(*) FROM workflow.run GROUP BY 1")
        assert states == [("completed", self.published)], states


def fill(side, runs, portion):
    """Its memory after the first tenth."""
    first = None
    while side.published < runs:
        seconds = side.run(portion)
        first = first or side.daemon.resident()
        ground.say(f"  {side.name}: {side.published} runs, the last {portion} at {portion / seconds:.0f}/s,"
                   f" {side.daemon.resident() / (1 << 20):.0f} MiB resident")
    return first


def compare(few, many, pairs, portion):
    """How many times the seconds of `few` `many` took: the median of the pairs, each side first in turn."""
    ratios = []
    for number in range(pairs):
        order = (few, many) if number % 2 else (many, few)
        took = {side: side.run(portion) for side in order}
        ratios.append(took[many] / took[few])
        ground.say(f"  pair {number + 1}: {portion / took[few]:.0f} and {portion / took[many]:.0f} runs/s, {ratios[-1]:.3f} times the time")
    return statistics.median(ratios)


def main():
    options = ground.options(__doc__, broker="real", runs=(1000000, "stored runs"), portion=(25000, "runs of a portion"),
                             pairs=(9, "portions of each side"))
    with ground.Ground(options, options.brokers[0], POSTGRES, {"heap": "1g"}) as place:
        place.define("one", ONE_ACTION)
        load = os.path.join(options.build_dir, "bench", "load")
        few, many = Side(place, load, "few"), Side(place, load, "many")
        tenth = options.runs // 10
        fill(few, tenth, tenth)
        early = fill(many, options.runs, tenth)
        times = compare(few, many, options.pairs, options.portion)
        growth = many.daemon.resident() - early
        ground.say(f"stored: with {options.runs} runs in place of {tenth} the same takes {times:.3f} times the time;"
                   f" memory {growth / (1 << 20):+.1f} MiB since the first {tenth}")
        assert times <= 1 + SLOWDOWN_MAX, f"slower by more than {100 * SLOWDOWN_MAX:.0f} %"
        assert growth <= GROWTH_MAX, "memory has grown"
        for side in (few, many):
            side.check()


if __name__ == "__main__":
    main()
