#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A million runs of one action into one database, with durable commits: the speed of each portion, and whether it
falls as the tables grow. Fails when even the best of the last third is over 10 % slower than the best of as many
portions from the second on (a machine's own speed changes from portion to portion; tables only grow), or when memory
has grown. run.sh builds (release) and calls this."""
import os
import sys

import ground
from children import Child

SLOWDOWN_MAX = 0.10
GROWTH_MAX = 32 << 20  # bytes of memory, after the first portion
SECONDS = 900  # for a portion
POSTGRES = {"fsync": "on", "more": "shared_buffers = 2GB\nmax_wal_size = 8GB"}
ONE_ACTION = """
document: {dsl: '1.0.0', namespace: stored, name: one, version: '1.0.0'}
do:
  - work: {call: noop, with: {}}
"""


def completed(daemon):
    return daemon.metric('workflowd_transitions_total{type="run.completed"}')


def publish(place, load, number, count):
    return Child("load", [load, place.broker.address, place.topics.triggers, "stored/one", count, 0, f"p{number}"],
                 os.path.join(place.folder, "load.log"))


def fill(place, daemon, load, portions, size):
    """The publisher is ahead by half a portion to one and a half, to the last: one portion more is published than is
    measured. Prints and returns the memory after each portion."""
    memory, publisher = [], publish(place, load, 0, size)
    for number in range(1, portions + 1):
        ground.eventually(lambda: completed(daemon) >= (number - 0.5) * size, SECONDS, f"half of portion {number} has run")
        assert publisher.process.wait(SECONDS) == 0, publisher.tail()
        publisher = publish(place, load, number, size)
        ground.eventually(lambda: completed(daemon) >= number * size, SECONDS, f"{number * size} runs have ended")
        memory.append(daemon.resident())
        ground.say(f"  {number * size} runs, {memory[-1] / (1 << 20):.0f} MiB resident")
    assert publisher.process.wait(SECONDS) == 0, publisher.tail()
    return memory


def speeds(database, portions, size):
    """Runs/s of each portion, by when their runs ended."""
    return [float(size / seconds) for (seconds,) in database.query(
        "WITH n AS (SELECT ended_at, (row_number() OVER (ORDER BY ended_at) - 1) / %s AS portion FROM workflow.run),"
        " e AS (SELECT portion, max(ended_at) AS until FROM n GROUP BY 1)"
        " SELECT extract(epoch FROM until - lag(until, 1, (SELECT min(created_at) FROM workflow.run)) OVER (ORDER BY portion))"
        "   FROM e ORDER BY portion LIMIT %s", size, portions)]


def verdict(rates, memory):
    """What is wrong with the speeds and the memory of the portions, or None."""
    window = max(1, len(rates) // 3)
    first, last = max(rates[1:1 + window]), max(rates[-window:])
    ground.say(f"stored: {first:.0f} runs/s at first, {last:.0f} runs/s at last ({100 * (last / first - 1):+.1f} %);"
               f" memory {(memory[-1] - memory[0]) / (1 << 20):+.1f} MiB since the first portion")
    if last < first * (1 - SLOWDOWN_MAX):
        return f"slower by more than {100 * SLOWDOWN_MAX:.0f} %"
    if memory[-1] - memory[0] > GROWTH_MAX:
        return "memory has grown"
    return None


def main():
    options = ground.options(__doc__, broker="real", runs=(1000000, "runs in all"), portion=(100000, "runs of a portion"))
    portions = options.runs // options.portion
    if portions < 3:
        sys.exit("stored: at least three portions, or there is nothing to compare")
    with ground.Ground(options, options.brokers[0], POSTGRES, {"heap": "1g"}) as place:
        place.define("one", ONE_ACTION)
        daemon = place.start("one")
        memory = fill(place, daemon, os.path.join(options.build_dir, "bench", "load"), portions, options.portion)
        rates = speeds(place.database, portions, options.portion)
        for number, rate in enumerate(rates, 1):
            ground.say(f"  portion {number}: {rate:.0f} runs/s")
        wrong = verdict(rates, memory)
        assert not wrong, wrong
        assert place.work.runs("status = 'faulted'") == 0
        assert not place.work.stuck()


if __name__ == "__main__":
    main()
