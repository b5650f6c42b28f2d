# SPDX-License-Identifier: Apache-2.0
"""The daemon's own clock is set forwards and back by hours while it works (libfaketime,
for that process alone): timers are the database's, so none is early, late or lost, no
action times out and nobody leaves."""
import glob
import os

import pytest

import scenario
from children import eventually
from messages import read_topic

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)
LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause: {wait: {seconds: 3}}
  - work: {call: noop, with: {}}
"""

LONG = """
document: {dsl: '1.0.0', namespace: test, name: long, version: '1.0.0'}
do:
  - transcribe:
      call: transcribeCall
      with: {call: call-1, seconds: 3}
"""


class Clock:
    """The wall clock of one process."""

    def __init__(self, folder):
        libraries = glob.glob(LIBRARY)
        assert libraries, f"no {LIBRARY}: scripts/install-packages.sh test installs it"
        self.path = os.path.join(folder, "clock")
        self.set(0)
        # Some sanitizers want to be loaded first; this must be.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.environment = {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": sanitizer}

    def set(self, hours):
        """So many hours off."""
        with open(self.path + ".new", "w") as out:
            out.write(f"{hours:+d}h\n")
        os.rename(self.path + ".new", self.path)


def test_clock_steps(definitions, start_workflowd, start_worker, database, broker, topics, messages, publisher, tmp_path):
    (definitions / "waits.yaml").write_text(WAITS)
    (definitions / "long.yaml").write_text(LONG)
    clock = Clock(str(tmp_path))
    daemon = start_workflowd(environment=clock.environment)
    start_worker()
    story = scenario.Scenario(database, broker, topics, messages, publisher)

    def step_while_all_wait(hours, name):
        story.publish("test/waits", 40, prefix=f"waits-{name}")
        story.publish("test/long", 4, prefix=f"in-flight-{name}")
        eventually(lambda: story.runs("waiting_for = 'timer'") == 40 and story.runs("waiting_for = 'action'") == 4, 30, "all wait")
        ended = story.ended()
        clock.set(hours)
        assert story.ended() == ended, "the clock was set while all waited"
        story.publish("test/waits", 40, prefix=f"after-{name}")
        story.all_end(30)

    step_while_all_wait(5, "forwards")
    step_while_all_wait(-7, "back")
    assert story.runs("status = 'completed'") == 168
    assert database.query("SELECT run_id, due_at, ended_at FROM workflow.step WHERE kind = 'wait' AND ended_at < due_at LIMIT 3") == []
    assert database.value("SELECT count(*) FROM workflow.step WHERE kind = 'wait' AND due_at IS NOT NULL") == 160
    assert story.events("action.timed_out") == 0
    assert database.value("SELECT count(*) FROM workflow.event WHERE abs(extract(epoch FROM occurred_at - clock_timestamp())) > 600") == 0
    assert daemon.child.running() and daemon.stop() == 0
    # Only its client of Kafka goes by that clock: the steps were there.
    made = [record.timestamp()[1] / 1000 for record in read_topic(broker, topics.requests, 4)]
    now = database.value("SELECT extract(epoch FROM clock_timestamp())::float8")
    off = [round((at - now) / 3600) for at in made]
    assert off.count(5) >= 40 and off.count(-7) >= 40, off
