# SPDX-License-Identifier: Apache-2.0
"""Each fuzz target is built by clang with libFuzzer and run briefly, from the seeds of the repository."""
import glob
import os
import subprocess

import pytest

import fuzz

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECONDS = 3
TARGETS = sorted(os.path.basename(path)[:-len("_fuzz.c")] for path in glob.glob(os.path.join(fuzz.FUZZ, "*_fuzz.c")))


@pytest.fixture(scope="module")
def fuzzers(build):
    folder = os.path.join(build, "fuzz")
    for command in (["cmake", "-S", ROOT, "--preset", "fuzz", "-B", folder], ["cmake", "--build", folder, "--target", "fuzzers"]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout[-6000:]
    return folder


def test_there_are_targets():
    assert {"trigger", "command", "worker", "definition", "expression"} <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_in(fuzzers, name):
    seeds = len(os.listdir(os.path.join(fuzz.FUZZ, f"corpus_{name}")))
    code, executed, output = fuzz.fuzz(fuzzers, name, SECONDS)
    assert code == 0, output[-6000:]
    assert executed > seeds, "more than the seeds were tried"
