# SPDX-License-Identifier: Apache-2.0
"""Turns between the processes of one test run, for what they make in a common folder."""
import contextlib
import fcntl
import os


@contextlib.contextmanager
def alone(folder):
    """One process at a time for this folder, which is made if it is not there."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".turn"), "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
