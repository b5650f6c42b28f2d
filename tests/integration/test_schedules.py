# SPDX-License-Identifier: Apache-2.0
"""Workflows that start by themselves: every, cron and after; never early, never twice, never
lost in silence, whoever dies when."""
import json

import pytest

import checker
import workflowctl
from children import eventually

HEAD = "document: {{dsl: '1.0.3', namespace: test, name: {name}, version: '{version}'}}\nschedule: {{{schedule}}}\n"
NOTE = "do: [{note: {set: {done: true}}}]\n"
NAP = "do: [{nap: {wait: {milliseconds: 300}}}]\n"
embedded = pytest.mark.parametrize("broker", ["embedded"], indirect=True)
real = pytest.mark.parametrize("broker", ["real"], indirect=True)


def write(definitions, name, schedule, rest=NOTE, version="1.0.0"):
    (definitions / f"{name}.yaml").write_text(HEAD.format(name=name, version=version, schedule=schedule) + rest)


def started(database, name):
    return database.value("SELECT count(*) FROM workflow.schedule_slot WHERE state = 'started' AND workflow = %s", f"test/{name}")


def slots(database, name):
    """[(first, last, count, state)] in seconds since 1970, in order."""
    return [(float(first), float(last), count, state) for first, last, count, state in database.query(
        "SELECT extract(epoch FROM slot_at), extract(epoch FROM until), slot_count, state FROM workflow.schedule_slot"
        " WHERE workflow = %s ORDER BY slot_at", f"test/{name}")]


def grid_is_whole(database, name, step):
    """Each slot of a step of so many seconds was started or skipped, exactly once."""
    seen = slots(database, name)
    for (first, last, count, _), (following, *_) in zip(seen, seen[1:]):
        assert following - last == pytest.approx(step, abs=1e-5), seen
        assert count == round((last - first) / step) + 1, seen


def every_slot_has_its_run(database):
    assert database.value("SELECT count(*) FROM workflow.schedule_slot n WHERE state = 'started' AND"
                          " (SELECT count(*) FROM workflow.run r WHERE r.trigger_id = n.trigger_id) <> 1") == 0
    assert database.value("SELECT count(*) FROM workflow.trigger") == database.value(
        "SELECT count(*) FROM workflow.schedule_slot WHERE state = 'started'")
    assert database.value("SELECT count(*) FROM workflow.trigger WHERE received_at < event_time") == 0  # never early


def late(database):
    """Seconds from the slot to its trigger, the median."""
    return float(database.value("SELECT extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY received_at - event_time))"
                                " FROM workflow.trigger"))


@embedded
def test_slots_are_started_and_what_was_missed_is_recorded(definitions, start_workflowd, database, programs):
    write(definitions, "every", "every: {seconds: 1}")
    write(definitions, "cron", "cron: 'CRON_TZ=Europe/Berlin */2 * * * * *'")
    write(definitions, "after", "after: {seconds: 1}", NAP)
    config = {"schedule": {"catchup_window": "1m"}}
    daemon = start_workflowd(config=config)
    eventually(lambda: min(started(database, name) for name in ("every", "cron", "after")) >= 3, 30, "all have started thrice")
    assert late(database) < 0.5
    daemon.kill()
    before = slots(database, "every")[-1][1]
    eventually(lambda: float(database.value("SELECT extract(epoch FROM clock_timestamp())")) > before + 4.2, 30, "slots were missed")
    daemon = start_workflowd(config=config)
    eventually(lambda: slots(database, "every")[-1][0] > before + 5, 30, "goes on")
    skipped = [slot for slot in slots(database, "every") if slot[3] == "skipped"]
    assert sum(slot[2] for slot in skipped) >= 3
    grid_is_whole(database, "every", 1)
    grid_is_whole(database, "cron", 2)
    every_slot_has_its_run(database)
    # after: a second behind the end of the last run, never sooner.
    assert database.value("SELECT count(*) FROM (SELECT t.event_time - lag(r.ended_at) OVER (ORDER BY t.event_time) AS pause"
                          " FROM workflow.trigger t JOIN workflow.run r USING (trigger_id) WHERE t.workflow = 'test/after') p"
                          " WHERE pause < interval '1 second'") == 0

    source, schedule = database.query("SELECT DISTINCT source_type, schedule_id FROM workflow.trigger WHERE workflow = 'test/cron'")[0]
    assert (source, schedule) == ("schedule", "test/cron")
    listed = json.loads(workflowctl.said(programs, database, "workflows", "every", "--json"))[0]
    assert listed["schedule"] == "every 1s" and listed["next_slot_at"] and int(listed["skipped_slots_7d"]) >= 3

    # Without an active version it stops; a new version brings its own schedule.
    assert database.value("SELECT workflow.deactivate_definition('test', 'every', '1.0.0')")
    eventually(lambda: database.value("SELECT schedule FROM workflow.schedule WHERE workflow = 'test/every'") is None, 30, "stopped")
    count = started(database, "every")
    database.query("SELECT workflow.apply_definition('test', 'cron', '1.1.0', %s)",
                   HEAD.format(name="cron", version="1.1.0", schedule="every: {milliseconds: 200}") + NOTE)
    eventually(lambda: database.value("SELECT count(*) FROM workflow.trigger WHERE workflow = 'test/cron' AND workflow_version = '1.1.0'") >= 5,
               30, "the new version")
    assert started(database, "every") == count
    checker.histories_are_gapless(database)
    checker.nothing_is_stuck(database)
    assert daemon.child.running()


@real
def test_two_instances_start_none_twice_and_one_takes_over(definitions, start_workflowd, database):
    names = [f"tick{number}" for number in range(6)]
    for name in names:
        write(definitions, name, "every: {seconds: 1}")
    config = {"schedule": {"catchup": "all", "catchup_window": "10m"}}
    first = start_workflowd("one", config)
    second = start_workflowd("two", config)
    homes = "SELECT count(DISTINCT h.instance) FROM workflow.schedule s JOIN workflow.home h USING (home)"
    eventually(lambda: database.value(homes) == 2, 60, "both have schedules")
    eventually(lambda: min(started(database, name) for name in names) >= 2, 30, "all start")
    first.kill()
    killed = float(database.value("SELECT extract(epoch FROM clock_timestamp())"))
    eventually(lambda: min(slots(database, name)[-1][0] for name in names) > killed + 1, 60, "the other goes on with all of them")
    for name in names:
        grid_is_whole(database, name, 1)
    assert database.value("SELECT count(*) FROM workflow.schedule_slot WHERE state = 'skipped'") == 0  # all are caught up
    every_slot_has_its_run(database)
    assert second.child.running()
