# SPDX-License-Identifier: Apache-2.0
"""The batch and the engine in a world that fails in every way it can, each commit and each
message watched (tests/sim): hundreds of seeds keep every promise, half of them without
deadlines that could make up for what was lost; each crash point and each kind of trouble
was met; a build that breaks a promise is caught by the promise it breaks."""
import concurrent.futures
import os
import re
import subprocess
from collections import Counter

import pytest

SEEDS = 200  # each crash point and kind of trouble is met several times; more: tests/campaigns/run.sh simulate
CHUNK = 25
LEAST = 85  # crash points and kinds of trouble that are counted


def simulate(build, *arguments):
    program = os.path.join(build, "tests", "sim", "sim")
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)


def test_every_promise_holds_and_all_trouble_was_met(build):
    met = Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda first: simulate(build, "--seed", str(first), "--count", str(CHUNK)), range(1, SEEDS + 1, CHUNK)))
    for result in results:
        assert result.returncode == 0, result.stdout
        assert re.match(rf"{CHUNK} seeds, \d+ patient: \d+ runs, \d+ events$", result.stdout.splitlines()[0]), result.stdout
        for name, count in re.findall(r"^(crash .+|met .+): (\d+)$", result.stdout, re.M):
            met[name] += int(count)
    assert len(met) >= LEAST, met
    never = [name for name, count in met.items() if count == 0]
    assert not never, f"never met: {never}"


def test_a_seed_repeats(build):
    one, two = (simulate(build, "--seed", "7").stdout for _ in range(2))
    assert one == two
    assert one != simulate(build, "--seed", "8").stdout


@pytest.mark.parametrize(
    "broken, seen",
    [
        ("fence", "two writers|zombie|went back|has seq|twice"),
        ("dedupe", "was accepted|repeated triggers"),
        ("order", "left before its event was committed"),
        ("caution", "not everything has ended"),
    ],
)
def test_a_broken_build_is_caught(build, broken, seen):
    result = simulate(build, "--count", str(SEEDS), "--break", broken)
    assert result.returncode == 0, result.stdout
    assert re.search(rf"^seed \d+: .*({seen})", result.stdout, re.M), result.stdout
