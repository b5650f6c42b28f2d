# SPDX-License-Identifier: Apache-2.0
"""The campaigns in their short form, at random: a failure prints the seed that repeats its choices."""
import random
import time

import pytest

import chaos
import kills
import mixture


@pytest.fixture
def work(database, broker, topics, messages, publisher, definitions):
    seed = time.time_ns() % 1000000
    print(f"seed {seed}")
    mixture.write_definitions(definitions)
    return mixture.Mixture(database, broker, topics, messages, publisher, random.Random(seed))


def test_killed_ten_times_under_mixed_load(work, programs, start_workflowd, start_worker):
    """On both brokers: twenty in all."""
    daemon = start_workflowd(config=mixture.CONFIG)
    start_worker()
    assert kills.kill_loop(work, daemon, kills=10, load=60) >= 3, "it was killed with timers and retries pending"
    work.all_end(programs)
    assert daemon.child.running()


@pytest.mark.parametrize("broker", ["real"], indirect=True)
def test_two_instances_survive_chaos(work, programs, start_workflowd, start_worker, postgres):
    instances = [start_workflowd("one", config=mixture.CONFIG), start_workflowd("two", config=mixture.CONFIG, wait=False)]
    start_worker()
    done = chaos.disturb(work, instances, postgres.cluster, rounds=3, load=100)
    assert len(done) >= 3
    work.all_end(programs)
