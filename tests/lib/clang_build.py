# SPDX-License-Identifier: Apache-2.0
"""The build by clang that the fuzz targets need, inside the build that is tested. It has every
warning that the others have, and they are errors in it."""
import os
import subprocess

import turns

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def _run(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def configured(build):
    """Its folder."""
    folder = os.path.join(build, "fuzz")
    with turns.alone(folder):
        if not os.path.exists(os.path.join(folder, "build.ninja")):
            _run("cmake", "-S", ROOT, "--preset", "fuzz", "-B", folder)
    return folder


def made(build):
    """Its folder, with the fuzz targets."""
    folder = configured(build)
    _run("cmake", "--build", folder, "--target", "fuzzers")
    return folder


def sources(build):
    """Paths of the C and C++ sources that it compiles."""
    folder = configured(build)
    inputs = _run("ninja", "-C", folder, "-t", "inputs", "fuzzers").splitlines()
    return {os.path.normpath(os.path.join(folder, name)) for name in inputs if name.endswith((".c", ".cc"))}
