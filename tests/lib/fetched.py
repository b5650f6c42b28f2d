# SPDX-License-Identifier: Apache-2.0
"""What tests need of others' programs and no Debian package has: fetched once per machine
into a cached folder, all or nothing. Where that fails, Unavailable tells why, and what
needs it is skipped; where everything is wanted (CI=true), that is a failure."""
import os
import shutil
import subprocess
import tempfile

import pytest

import turns


class Unavailable(Exception):
    """What was to be fetched is not there, and cannot be got."""


def wanted(what, get):
    """What `get()` gives, or the test ends here."""
    try:
        return get()
    except Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{what} is wanted in CI: {reason}")
        pytest.skip(f"no {what}: {reason}")


def folder(name, what, command, seconds):
    """The cached folder `name`; one that is not there is filled by `command(path)`, a list of
    arguments, within `seconds`. `what` is its name in words."""
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "workflowd")
    path = os.path.join(cache, name)
    try:
        with turns.alone(cache):
            return path if os.path.isdir(path) else _fill(path, what, command, seconds)
    except OSError as problem:
        raise Unavailable(f"{what}: {problem}")


def _fill(path, what, command, seconds):
    made = tempfile.mkdtemp(prefix="fetched-", dir=os.path.dirname(path))
    try:
        done = subprocess.run(command(made), capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise Unavailable(f"{what} could not be fetched: " + (done.stdout + done.stderr).strip()[-500:])
        os.rename(made, path)
    except subprocess.TimeoutExpired as problem:
        raise Unavailable(f"{what} could not be fetched: {problem}")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return path
