#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two instances share mixed work on a real Kafka while instances are frozen, killed and stopped, PostgreSQL is
crashed and Kafka is killed, at random, sometimes two at once. run.sh builds and calls this; the tests run a few."""
import contextlib
import time

import ground

# Beyond the session timeout of the tests' Kafka (6 s) the frozen instance's partitions go to the other.
FROZEN_MAX = 9


@contextlib.contextmanager
def frozen(instance):
    instance.freeze()
    try:
        yield
    finally:
        instance.thaw()


@contextlib.contextmanager
def killed(instance):
    instance.kill()
    try:
        yield
    finally:
        instance.start(wait=False)


@contextlib.contextmanager
def stopped(instance):
    """As an operator does; with PostgreSQL or Kafka away it ends by its bound."""
    instance.child.stop(60)
    try:
        yield
    finally:
        instance.start(wait=False)


@contextlib.contextmanager
def crashed(cluster):
    cluster.stop("immediate")
    try:
        yield
    finally:
        cluster.start()


@contextlib.contextmanager
def away(broker):
    broker.take_away()
    try:
        yield
    finally:
        broker.bring_back()


def disturbance(random, instances, cluster, broker):
    """(what it is, the context in which it lasts, for how many seconds)."""
    instance = random.choice(instances)
    return random.choice([
        lambda: (f"{instance.name} frozen", frozen(instance), random.uniform(0, FROZEN_MAX)),
        lambda: (f"{instance.name} killed", killed(instance), random.uniform(0, 3)),
        lambda: (f"{instance.name} stopped", stopped(instance), random.uniform(0, 3)),
        lambda: ("PostgreSQL crashed", crashed(cluster), random.uniform(0, 2)),
        lambda: ("Kafka killed", away(broker), random.uniform(0, 2)),
    ])()


def disturb(work, instances, cluster, rounds, load, say=lambda text: None):
    """`rounds` disturbances, each of them between work that moves. Returns what was done."""
    done = []
    for _ in range(rounds):
        work.load(load)
        work.interfere(4)
        ground.eventually(work.moved, 60, "work moves")
        time.sleep(work.random.uniform(0, 0.3))  # the instant is the campaign's to choose
        chosen = [disturbance(work.random, instances, cluster, work.broker)]
        if work.random.random() < 0.3:
            second = disturbance(work.random, instances, cluster, work.broker)
            # The same one cannot be taken away twice.
            chosen += [second] if second[0].split()[0] != chosen[0][0].split()[0] else []
        say(" and ".join(f"{what} for {seconds:.1f} s" for what, _, seconds in chosen))
        with contextlib.ExitStack() as stack:
            for _, context, _ in chosen:
                stack.enter_context(context)
            time.sleep(max(seconds for _, _, seconds in chosen))  # how long it is to last
        done += [what for what, _, _ in chosen]
        for instance in instances:
            assert instance.child.running(), f"{instance.name} ended:\n{instance.child.tail()}"
    return done


def main():
    options = ground.options(__doc__, broker=None, rounds=(40, "disturbances"), load=(100, "triggers between two disturbances"))
    with ground.Ground(options, "real") as place:
        instances = [place.start("one"), place.start("two", wait=False)]
        done = disturb(place.work, instances, place.postgres.cluster, options.rounds, options.load, ground.say)
        told = place.work.all_end(place.programs)
        ground.say(f"chaos, seed {options.seed}: {len(done)} disturbances; {told}")


if __name__ == "__main__":
    main()
