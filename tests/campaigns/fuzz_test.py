# SPDX-License-Identifier: Apache-2.0
"""Each fuzz target is built by clang with libFuzzer and run briefly, from the seeds of the repository."""
import glob
import os

import pytest

import clang_build
import fuzz

SECONDS = 1
TARGETS = sorted(os.path.basename(path)[:-len("_fuzz.c")] for path in glob.glob(os.path.join(fuzz.FUZZ, "*_fuzz.c")))


@pytest.fixture(scope="module")
def fuzzers(build):
    return clang_build.made(build)


def test_there_are_targets():
    assert {"trigger", "command", "worker", "definition", "expression"} <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_in(fuzzers, name):
    seeds = len(os.listdir(os.path.join(fuzz.FUZZ, f"corpus_{name}")))
    code, executed, output = fuzz.fuzz(fuzzers, name, SECONDS)
    assert code == 0, output[-6000:]
    assert executed > seeds, "more than the seeds were tried"
