# SPDX-License-Identifier: Apache-2.0
"""-DWORKFLOWD_ENGINE_ONLY=ON: the engine builds and passes its tests where librdkafka,
libpq, libevent and the rest are not installed. Here they are hidden from pkg-config, and
whatever was read or linked all the same is seen afterwards."""
import os
import re
import subprocess

import repo

# What the engine may know: its own libraries and the tests' runner.
KNOWN = ("libfyaml", "cmocka")
STRANGERS = re.compile(r"/usr/include/(event|librdkafka|postgresql|libpq|protobuf-c|systemd)")
STRANGE_LIBRARIES = re.compile(r"lib(event|rdkafka|pq|protobuf-c|systemd)\b")


def run(*arguments, **environment):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def hide(folder):
    """A folder of pkg-config's with the known alone."""
    folder.mkdir()
    for name in KNOWN:
        home = run("pkg-config", "--variable=pcfiledir", name).strip()
        (folder / f"{name}.pc").symlink_to(os.path.join(home, f"{name}.pc"))
    return str(folder)


def test_the_engine_builds_and_passes_alone(tmp_path):
    build = str(tmp_path / "build")
    hidden = hide(tmp_path / "pkg-config")
    run("cmake", "-S", str(repo.ROOT), "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DWORKFLOWD_ENGINE_ONLY=ON",
        PKG_CONFIG_LIBDIR=hidden, PKG_CONFIG_PATH="")
    run("ninja", "-C", build, PKG_CONFIG_LIBDIR=hidden, PKG_CONFIG_PATH="")
    read = run("ninja", "-C", build, "-t", "deps")
    assert "engine/decide.h" in read
    assert not [line for line in read.splitlines() if line.startswith(" ") and STRANGERS.search(line)]
    linked = run("ldd", os.path.join(build, "tests", "unit", "engine", "decide_test"))
    assert "libjq" in linked and not STRANGE_LIBRARIES.search(linked)
    passed = run("ctest", "--test-dir", build, "-j", str(os.cpu_count()), "--output-on-failure", "-E", "walk_test|turn_task_test|evolve_check_test")  # they take long, and run with the others
    assert re.search(r"100% tests passed, 0 tests failed out of (?:[4-9]\d|\d{3})\b", passed), passed


def test_a_missing_library_is_missed(tmp_path):
    """The hiding hides: the whole project does not configure so."""
    done = subprocess.run(["cmake", "-S", str(repo.ROOT), "-B", str(tmp_path / "build"), "-G", "Ninja"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "PKG_CONFIG_LIBDIR": hide(tmp_path / "pkg-config"), "PKG_CONFIG_PATH": ""})
    assert done.returncode != 0 and "rdkafka" in done.stdout
