# SPDX-License-Identifier: Apache-2.0
"""`workflowd --check` finds what the start would find in the file."""
import os
import subprocess

import pytest


@pytest.fixture
def check(build, tmp_path):
    def run(document, *arguments):
        path = tmp_path / "workflowd.yaml"
        path.write_text(document)
        done = subprocess.run([os.path.join(build, "bin", "workflowd"), "-c", str(path), "--check", *arguments],
                              capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr.replace(str(path), "FILE")
    return run


def test_properties_of_kafka_are_asked_of_librdkafka(check):
    assert check("kafka:\n  client.id: me\n  fetch.min.bytes: 1\n  acks: all\n") == (0, "")
    code, said = check("kafka:\n  nosuch.property: 1\n  linger.ms: soon\n")
    assert code == 2
    unknown, value = said.splitlines()
    assert unknown.startswith("FILE:2:3: kafka.nosuch.property: ")
    assert value.startswith("FILE:3:3: kafka.linger.ms: Invalid value")


def test_an_override_is_named_as_such(check):
    code, said = check("", "--set", "kafka.nosuch.property=1")
    assert code == 2 and "kafka.nosuch.property: No such" in said
