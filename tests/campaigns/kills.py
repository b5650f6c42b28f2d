#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at random instants under mixed load. run.sh builds and calls this;
the tests run it with a few kills."""
import time

import ground

BLIND_MAX = 3


def kill_loop(work, daemon, kills, load):
    """Each round brings work of its own. Most kills wait until work has moved since the last, and then a random
    while; some come as the daemon starts, takes over or reads its first records, but never many in a row, so that
    it gets somewhere. Returns how many found timers or retries pending."""
    pending = blind = 0
    for _ in range(kills):
        work.load(load)
        work.interfere(4)
        if blind < BLIND_MAX and work.random.random() < 0.25:
            blind += 1
        else:
            ground.eventually(work.moved, 60, "work moves")
            blind = 0
        time.sleep(work.random.uniform(0, 0.3))  # the instant is the campaign's to choose
        pending += work.runs("waiting_for IN ('timer', 'retry') AND next_wake_at < clock_timestamp() + interval '10 s'") > 0
        daemon.kill()
        stuck = work.stuck()
        assert not stuck, f"stuck: {stuck}"
        daemon.start(wait=False)
    return pending


def main():
    options = ground.options(__doc__, kills=(200, "kills on each broker"), load=(60, "triggers between two kills"))
    for kind in options.brokers:
        with ground.Ground(options, kind) as place:
            daemon = place.start("one")
            pending = kill_loop(place.work, daemon, options.kills, options.load)
            told = place.work.all_end(place.programs)
            assert daemon.child.running()
            ground.say(f"kills, {kind} broker, seed {options.seed}: {options.kills} kills, {pending} with timers or retries pending; {told}")


if __name__ == "__main__":
    main()
