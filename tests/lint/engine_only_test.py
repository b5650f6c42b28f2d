# SPDX-License-Identifier: Apache-2.0
"""-DWORKFLOWD_ENGINE_ONLY=ON: the engine builds and passes its tests where librdkafka,
libpq, libevent and the rest are not installed. Here they are hidden from pkg-config; one
test is built so, with the whole engine, and what the others read is known from the build."""
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


def strange(read):
    """Of what ninja says that was read: the headers that the engine does not know."""
    return [line for line in read.splitlines() if line.startswith(" ") and STRANGERS.search(line)]


def test_the_engine_builds_and_passes_alone(tmp_path):
    build = str(tmp_path / "build")
    hidden = hide(tmp_path / "pkg-config")
    run("cmake", "-S", str(repo.ROOT), "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=", "-DWORKFLOWD_ENGINE_ONLY=ON",
        PKG_CONFIG_LIBDIR=hidden, PKG_CONFIG_PATH="")
    run("ninja", "-C", build, "decide_test", PKG_CONFIG_LIBDIR=hidden, PKG_CONFIG_PATH="")
    read = run("ninja", "-C", build, "-t", "deps")
    assert "engine/decide.h" in read and not strange(read)
    program = os.path.join(build, "tests", "unit", "engine", "decide_test")
    linked = run("ldd", program)
    assert "libjq" in linked and not STRANGE_LIBRARIES.search(linked)
    run(program)
    listed = run("ninja", "-C", build, "-t", "targets", "all")
    assert len(re.findall(r"^tests/unit/engine/\w+_test: ", listed, re.M)) >= 40


def test_the_engine_s_tests_know_no_more(build):
    read = run("ninja", "-C", build, "-t", "deps")
    own = "".join(part for part in re.split(r"\n(?=\S)", read) if part.startswith(("tests/unit/engine/", "daemon/engine/")))
    assert own.count("_test.c.o: ") >= 40 and "cmocka.h" in own and not strange(own)
    assert strange(read), "others of the build do"


def test_a_missing_library_is_missed(tmp_path):
    """The hiding hides: the whole project does not configure so."""
    done = subprocess.run(["cmake", "-S", str(repo.ROOT), "-B", str(tmp_path / "build"), "-G", "Ninja"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "PKG_CONFIG_LIBDIR": hide(tmp_path / "pkg-config"), "PKG_CONFIG_PATH": ""})
    assert done.returncode != 0 and "rdkafka" in done.stdout
