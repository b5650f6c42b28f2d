# SPDX-License-Identifier: Apache-2.0
"""A record that kills the process that takes it in. No record is known to: a library
loaded before all others ends the process when libjq is to parse a marked text. A
supervisor starts it again, as systemd does; it must end with that record in quarantine
and all others done."""
import os
import subprocess
import time

import pytest

import scenario
from children import eventually

QUIET = """
document: {dsl: '1.0.0', namespace: test, name: quiet, version: '1.0.0'}
do:
  - note: {set: {name: '${ .name }'}}
"""

KILLER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jv.h>
#include <stdlib.h>
#include <string.h>

jv jv_parse_sized(const char *text, int size) {
  static jv (*real)(const char *, int);
  if (memmem(text, (size_t)size, "kill me", 7)) abort();
  if (!real) real = (jv (*)(const char *, int))dlsym(RTLD_NEXT, "jv_parse_sized");
  return real(text, size);
}
"""

embedded_only = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


@pytest.fixture
def deadly(tmp_path):
    """The environment of a process that dies of the words "kill me"."""
    source, library = tmp_path / "killer.c", tmp_path / "killer.so"
    source.write_text(KILLER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    asan = subprocess.run(["cc", "-print-file-name=libasan.so"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    # Where the daemon is built with it, the sanitizer's library has to be the first.
    return {"LD_PRELOAD": f"{os.path.realpath(asan)}:{library}", "ASAN_OPTIONS": "handle_abort=0:detect_leaks=0"}


def supervise(daemon, is_done, seconds):
    """Starts it again whenever it has died, until all is well. Returns how often it died."""
    deaths, until = 0, time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < until, f"not done after {deaths} deaths:\n{daemon.child.tail()}"
        if daemon.child.running():
            time.sleep(0.05)
            continue
        deaths += 1
        daemon.start(wait=False)
    return deaths


@embedded_only
def test_record_that_kills_ends_in_quarantine(database, broker, topics, messages, publisher, definitions, start_workflowd, deadly):
    (definitions / "quiet.yaml").write_text(QUIET)
    story = scenario.Scenario(database, broker, topics, messages, publisher)
    daemon = start_workflowd(environment=deadly)
    story.publish("test/quiet", 20, prefix="before")
    publisher.send(topics.triggers, messages.trigger("poison", "test/quiet", ["x"], {"name": "kill me"}), key="before-3")
    publisher.flush()
    story.publish("test/quiet", 20, prefix="behind")
    deaths = supervise(daemon, lambda: story.ended() == 40 and database.value("SELECT count(*) FROM workflow.quarantine") == 1, 60)
    # Twice without caution, then twice announced.
    assert 3 <= deaths <= 6
    code, reason, value = database.query("SELECT reason_code, reason, value FROM workflow.quarantine")[0]
    assert code == "crash_loop" and "died" in reason and b"kill me" in bytes(value)
    eventually(daemon.ready, 30, "ready")
    story.publish("test/quiet", 5, prefix="later")
    eventually(lambda: story.ended() == 45, 30, "what comes later ends")
    assert story.runs() == 45 and story.stuck() == []
    assert daemon.stop() == 0
    # Given back: the next owner has nobody's end to count.
    assert database.query("SELECT DISTINCT instance FROM workflow.home") == [(None,)]
