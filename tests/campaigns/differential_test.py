# SPDX-License-Identifier: Apache-2.0
"""Some conformance scenarios, chosen at random, by the daemon, which dies once meanwhile: all come to what
`workflowctl rehearse` says."""
import random
import time

import pytest

import differential

SCENARIOS = 40


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
def test_daemon_and_rehearsal_agree(programs, tmp_path, database, broker, topics, messages, publisher, start_workflowd):
    seed = time.time_ns() % 1000000
    print(f"seed {seed}")
    chance = random.Random(seed)
    stand = differential.Stand(programs, tmp_path, database, broker, topics, messages, publisher)
    try:
        twins = [twin for twin in stand.rehearse(chance.sample(differential.playable(), SCENARIOS)) if differential.is_timeless(twin)]
        daemons = []
        stand.play(twins, lambda: daemons.append(start_workflowd(config=stand.config)), differential.killer(daemons, chance, 1), 10)
    finally:
        stand.close()


def test_a_difference_is_seen(programs, tmp_path):
    """Whatever of a run is not as rehearsed."""
    config = tmp_path / "config.yaml"
    config.write_text("{}")
    scenario = {"name": "x", "do": [{"a": {"emit": {"event": {"with": {"source": "https://example.com", "type": "t"}}}}}, {"b": {"set": {"n": 1}}}]}
    twin = differential.Twin("s000", "x", scenario, str(tmp_path)).rehearse(f"{programs}/workflowctl", str(config))
    same = {**twin.rehearsed, "emitted": list(twin.rehearsed["emitted"])}
    assert twin.differences(same) == []
    for member, other in (("status", "faulted"), ("output", {"n": 2}), ("tasks", same["tasks"][:1]), ("events", same["events"][:-1]),
                          ("emitted", []), ("lifecycle", same["lifecycle"][:-1])):
        assert member in differential.unequal(twin.differences({**same, member: other})), member
