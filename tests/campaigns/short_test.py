# SPDX-License-Identifier: Apache-2.0
"""The campaigns in their short form, at random: a failure prints the seed that repeats its choices."""
import os
import random
import time
import types

import pytest

import chaos
import kills
import listeners
import mixture
import sleepers


@pytest.fixture
def work(database, broker, topics, messages, publisher, definitions):
    seed = time.time_ns() % 1000000
    print(f"seed {seed}")
    mixture.write_definitions(definitions)
    return mixture.Mixture(database, broker, topics, messages, publisher, random.Random(seed))


def has_real_kafka(request):
    try:
        return bool(request.getfixturevalue("real_kafka"))
    except pytest.skip.Exception:
        return False


def test_killed_under_mixed_load(work, programs, start_workflowd, start_worker, request):
    """Twenty times in all: ten on each broker, or all on the one there is."""
    daemon = start_workflowd(config=mixture.CONFIG)
    start_worker()
    times = 10 if has_real_kafka(request) else 20
    assert kills.kill_loop(work, daemon, kills=times, load=40) >= 3, "it was killed with timers and retries pending"
    work.all_end(programs)
    assert daemon.child.running()


@pytest.mark.parametrize("broker", ["real"], indirect=True)
def test_two_instances_survive_chaos(work, programs, start_workflowd, start_worker, postgres):
    instances = [start_workflowd("one", config=mixture.CONFIG), start_workflowd("two", config=mixture.CONFIG, wait=False)]
    start_worker()
    done = chaos.disturb(work, instances, postgres.cluster, rounds=3, load=100)
    assert len(done) >= 3
    work.all_end(programs)


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_runs_asleep_cost_nothing(work, database, topics, definitions, start_workflowd, monkeypatch):
    """Not in memory, not in queries, not at a start; and those due at one instant come in portions."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    (definitions / "napper.yaml").write_text(sleepers.NAPPER)
    place = types.SimpleNamespace(database=database, topics=topics, work=work)
    config = {"timers": {"horizon": "2s"}}

    def holds(daemon):
        return [daemon.metric(f"workflowd_{series}") for series in ("runs_cached_bytes", "timers_pending")]

    daemon = start_workflowd(config=config)
    before = daemon.resident()
    sleepers.put_to_sleep(place, "first", 5000, sleepers.instant(20 * 86400))
    taken_in = daemon.resident()  # what taking in so many needs, it has by now
    sleepers.put_to_sleep(place, "second", 5000, sleepers.instant(20 * 86400))
    assert holds(daemon) == [0, 0]
    assert daemon.resident() - taken_in < 8 << 20
    assert daemon.stop() == 0
    daemon = start_workflowd("fresh", config=config)
    asked = database.value("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    time.sleep(3)  # nothing is waited for: so long queries are counted
    asked = database.value("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()") - asked
    assert asked <= 3 * sleepers.QUERIES_MAX
    assert holds(daemon) == [0, 0]
    assert daemon.resident() - before < 8 << 20
    sleepers.wake_some(place, 100)
    monkeypatch.setattr(sleepers, "HORIZON", 2)
    sleepers.all_at_once(place, daemon, 3000, 10, before + (48 << 20))
    assert work.runs("status = 'waiting'") == 9900
    assert not work.stuck()


def test_an_event_costs_what_concerns_it(database):
    """However many listen for something else; the long form measures it."""
    figures = listeners.measure(database, listeners=2000, events=200, batch=50)
    assert figures["scans"] == 0
    assert figures["rows"] < 5
