# SPDX-License-Identifier: Apache-2.0
"""The batch and the engine in a world that fails in every way it can (tests/sim): a
thousand seeds keep every promise, the faults they claim to survive did happen, and a
build that breaks a promise is caught by the promise it breaks."""
import os
import re
import subprocess

import pytest

SEEDS = 1000
CHUNK = 250
CRASH_POINTS = [
    "before the database was asked",
    "before its answer was seen",
    "after its answer",
    "before a delivery report",
    "idle",
    "of a poison",
]


def simulate(build, *arguments):
    program = os.path.join(build, "tests", "sim", "sim")
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)


@pytest.mark.parametrize("first", range(1, SEEDS, CHUNK))
def test_every_promise_holds(build, first):
    result = simulate(build, "--seed", str(first), "--count", str(CHUNK))
    assert result.returncode == 0, result.stdout
    report = result.stdout
    assert report.startswith(f"{CHUNK} seeds: "), report
    met = {where.strip(): int(count) for count, where in re.findall(r"(\d+) crashes ([^;\n]+)", report)}
    for point in CRASH_POINTS:
        assert met.get(point, 0) > 0, f"no instance died {point}: {report}"
    for kind in ("runs", "events", "zombies", "commits of unknown outcome", "inputs set aside"):
        found = re.search(rf"(\d+) {kind}", report)
        assert found and int(found.group(1)) > 0, f"no {kind}: {report}"


def test_a_seed_repeats(build):
    one, two = (simulate(build, "--seed", "7").stdout for _ in range(2))
    assert one == two
    assert one != simulate(build, "--seed", "8").stdout


@pytest.mark.parametrize(
    "broken, seen",
    [
        ("fence", "two writers|zombie|went back|has seq|twice"),
        ("dedupe", "started its runs twice|accepted|repeated triggers"),
        ("order", "left before its event was committed"),
        ("caution", "not everything has ended"),
    ],
)
def test_a_broken_build_is_caught(build, broken, seen):
    result = simulate(build, "--count", str(SEEDS), "--break", broken)
    assert result.returncode == 0, result.stdout
    assert re.search(rf"^seed \d+: .*({seen})", result.stdout, re.M), result.stdout
