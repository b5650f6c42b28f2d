# SPDX-License-Identifier: Apache-2.0
"""A backup taken while everything runs; more work; then the older database instead of the
newer one. The daemon reads Kafka again from the offsets that it finds there."""
import os
import subprocess
from collections import Counter

import pytest

import checker
import database as databases
import pgcluster
import scenario
from children import eventually
from messages import read_topic

# A wait, an action, a wait, an action: a backup falls into the middle of all.
STAGES = """
document: {dsl: '1.0.0', namespace: test, name: stages, version: '1.0.0'}
do:
  - before: {wait: {milliseconds: 200}}
  - first: {call: noop, with: {}}
  - between: {wait: '${ $workflow.input.wait }'}
  - second: {call: noop, with: {}}
"""


def dump(database, path):
    subprocess.run([os.path.join(pgcluster.find_programs(), "pg_dump"), "-Fc", "-f", path, database.conninfo], check=True)


def restore(cluster, path, name):
    cluster.create_database(name)
    subprocess.run([os.path.join(pgcluster.find_programs(), "pg_restore"), "--exit-on-error", "-d", cluster.conninfo(name), path], check=True)
    return databases.Database(cluster, name)


def requests(story):
    """{(action id, attempt): how often it was published}, and the run of each event id."""
    made = Counter()
    for record in read_topic(story.broker, story.topics.requests, 4):
        request = story.messages.worker_request(record.value()).request
        made[request.action_id, request.attempt] += 1
    return made


def test_an_older_database_catches_up(definitions, database, broker, topics, messages, publisher, start_workflowd, start_worker, postgres, tmp_path):
    (definitions / "stages.yaml").write_text(STAGES)
    story = scenario.Scenario(database, broker, topics, messages, publisher)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/stages", 60, prefix="ended", data={"wait": "PT0.1S"})
    eventually(lambda: story.ended() == 60, 60, "the first have ended")
    story.publish("test/stages", 60, prefix="under-way", data={"wait": "PT4S"})
    eventually(lambda: story.runs("current_step_name = 'between'") == 60, 60, "others are between their actions")
    dump(database, tmp_path / "backup")
    taken = {event: run for event, run in database.query(
        "SELECT t.event_id, r.run_id::text FROM workflow.trigger t JOIN workflow.run r USING (trigger_id)")}
    story.publish("test/stages", 60, prefix="lost", data={"wait": "PT0.1S"})
    eventually(lambda: story.ended() == 180, 60, "all have ended, and what came later")
    lost = {event: run for event, run in database.query(
        "SELECT t.event_id, r.run_id::text FROM workflow.trigger t JOIN workflow.run r USING (trigger_id) WHERE t.event_id LIKE 'lost%%'")}
    daemon.stop()
    before = requests(story)
    assert len(before) == 360 and set(before.values()) == {1}

    older = restore(postgres.cluster, tmp_path / "backup", f"{database.name}_restored")
    assert older.query("SELECT count(*), count(ended_at) FROM workflow.run") == [(120, 60)]
    story.database = older
    daemon.configure(daemon.config | {"postgres": {"conninfo": older.daemon_conninfo}})
    daemon.start()
    eventually(lambda: story.ended() == 180, 60, "everything has ended once more")
    assert story.runs("status = 'completed'") == 180

    # Runs that the backup knows go on under their ids, and those taken since it arise again under theirs.
    now = {event: run for event, run in older.query(
        "SELECT t.event_id, r.run_id::text FROM workflow.trigger t JOIN workflow.run r USING (trigger_id)")}
    assert {event: now[event] for event in taken} == taken
    assert {event: now[event] for event in lost} == lost
    assert set(now) == set(taken) | set(lost)
    # What the backup had asked for is not asked for again; what it had still to ask for is, under the same action id
    # and attempt, so that a worker that remembers it does nothing.
    after = requests(story)
    again = {action for (action, attempt), times in after.items() if times == 2}
    runs_again = {action.rsplit(":", 1)[0] for action in again}
    assert runs_again == {run for event, run in taken.items() if event.startswith("under-way")} | set(lost.values())
    assert after.keys() == before.keys()
    checker.triggers_are_whole(older, story.wanted)
    checker.histories_are_gapless(older)
    checker.status_agrees_with_history(older)
    checker.results_count_once(older)
    checker.offsets_reached_the_end(older, broker, topics.triggers)
    checker.nothing_is_stuck(older)
    # Answers that were read again before their runs were there again; the worker repeats them.
    assert {row[:2] for row in older.query("SELECT topic, reason_code FROM workflow.quarantine")} <= {(topics.results, "unknown_run")}
