# SPDX-License-Identifier: Apache-2.0
"""The vendors' own clients (tests/clients), in processes of their own: what they need is
fetched by pip into a cached folder, once per machine and list of versions, and stays apart
from the packages of the tests."""
import hashlib
import json
import os
import subprocess
import sys

import fetched

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients")
REQUIREMENTS = os.path.join(FOLDER, "requirements.txt")
PIP_SECONDS = 300


def libraries():
    """The folder with the clients, filled by pip when it is not there."""
    with open(REQUIREMENTS, "rb") as listed:
        version = hashlib.sha256(listed.read() + sys.version.encode()).hexdigest()[:12]
    return fetched.folder(f"clients-{version}", "the vendors' clients", lambda path: [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore",
        "--no-deps", "--only-binary=:all:", "--target", path, "--requirement", REQUIREMENTS], PIP_SECONDS)


def call(program, calls, *arguments, **environment):
    """What `program` of tests/clients writes, given `calls`."""
    done = subprocess.run([sys.executable, os.path.join(FOLDER, program), *arguments], input=json.dumps(calls),
                          capture_output=True, text=True, timeout=120,
                          env={"PYTHONPATH": libraries(), "PATH": os.environ["PATH"], **environment})
    assert done.returncode == 0, f"{program}:\n{done.stderr[-6000:]}"
    return json.loads(done.stdout)
