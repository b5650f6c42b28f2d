# SPDX-License-Identifier: Apache-2.0
"""Judges, after the fact, whether workflowd kept its promises: reads the topics and the
tables as anyone could, and shares no code with it. Each check says what it found."""
from collections import Counter

from messages import read_topic

ENDINGS = ("run.completed", "run.faulted", "run.cancelled")
RETRIED = "run.retried"


def triggers_are_whole(database, wanted):
    """`wanted`: {event id: number of recipients}. Each made one trigger and these runs, no more."""
    rows = database.query(
        "SELECT t.event_id, count(DISTINCT t.trigger_id), count(r.run_id)"
        "  FROM workflow.trigger t LEFT JOIN workflow.run r ON r.trigger_id = t.trigger_id GROUP BY 1")
    found = {event_id: (triggers, runs) for event_id, triggers, runs in rows}
    expected = {event_id: (1, runs) for event_id, runs in wanted.items()}
    wrong = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()
             if found.get(key) != expected.get(key)}
    assert not wrong, f"{len(wrong)} triggers are lost, doubled or unasked for, such as {dict(list(wrong.items())[:3])}"


def histories_are_gapless(database):
    """Per run: seq is 1, 2, 3 … up to the read table's last_seq, and it ends at most once, and once more whenever it
    was retried after its fault."""
    wrong = database.query(
        "SELECT r.run_id, r.last_seq, count(e.seq), min(e.seq), max(e.seq)"
        "  FROM workflow.run r LEFT JOIN workflow.event e USING (run_id) GROUP BY 1, 2"
        " HAVING count(e.seq) <> r.last_seq OR min(e.seq) <> 1 OR max(e.seq) <> r.last_seq LIMIT 3")
    assert not wrong, f"histories with gaps: {wrong}"
    orphans = database.value("SELECT count(*) FROM workflow.event e LEFT JOIN workflow.run r USING (run_id)"
                             " WHERE r.run_id IS NULL")
    assert orphans == 0, f"{orphans} events without a run"
    twice = database.query("SELECT run_id, count(*) FROM workflow.event WHERE type = ANY (%s) GROUP BY 1"
                           " HAVING count(*) - 2 * count(*) FILTER (WHERE type = %s) NOT IN (0, 1) LIMIT 3",
                           [*ENDINGS, RETRIED], RETRIED)
    assert not twice, f"runs that ended twice: {twice}"


def status_agrees_with_history(database):
    wrong = database.query(
        "SELECT r.run_id, r.status, e.type FROM workflow.run r"
        "  LEFT JOIN (SELECT DISTINCT ON (run_id) run_id, nullif(type, %s) AS type FROM workflow.event WHERE type = ANY (%s)"
        "              ORDER BY run_id, seq DESC) e USING (run_id)"
        " WHERE (r.ended_at IS NOT NULL) <> (e.type IS NOT NULL) OR e.type IS DISTINCT FROM 'run.' || r.status"
        "   AND r.ended_at IS NOT NULL LIMIT 3", RETRIED, [*ENDINGS, RETRIED])
    assert not wrong, f"read table and history differ: {wrong}"


def results_count_once(database):
    twice = database.query(
        "SELECT run_id, action_no, attempt, count(*) FROM workflow.event"
        " WHERE type IN ('action.completed', 'action.failed', 'action.timed_out') GROUP BY 1, 2, 3 HAVING count(*) > 1 LIMIT 3")
    assert not twice, f"attempts that ended twice: {twice}"


def control_is_final(database):
    """After a cancel, and between a suspend and its resume, nothing is requested."""
    wrong = database.query(
        "SELECT run_id, seq, control FROM (SELECT run_id, seq, type, (SELECT c.type FROM workflow.event c WHERE c.run_id = e.run_id"
        "    AND c.seq < e.seq AND c.type IN ('run.cancelled', 'run.suspended', 'run.resumed') ORDER BY c.seq DESC LIMIT 1) AS control"
        "   FROM workflow.event e WHERE e.type = 'action.requested' AND e.run_id IN ("
        "     SELECT run_id FROM workflow.event WHERE type IN ('run.cancelled', 'run.suspended'))) r"
        " WHERE control IN ('run.cancelled', 'run.suspended') LIMIT 3")
    assert not wrong, f"requested after a cancel or while suspended: {wrong}"


def nothing_was_early(database):
    wrong = database.query("SELECT run_id, step_no, due_at, ended_at FROM workflow.step s WHERE kind = 'wait' AND status = 'completed'"
                           " AND ended_at < due_at AND NOT EXISTS (SELECT FROM workflow.event e WHERE e.run_id = s.run_id"
                           "   AND e.type = 'run.woken') LIMIT 3")
    assert not wrong, f"fired before their instant: {wrong}"


def repeats_are_recorded(database, repeats):
    """Each repeat of a trigger's id, once, naming the first."""
    found = database.value("SELECT count(*) FROM workflow.duplicate d JOIN workflow.trigger t ON t.trigger_id = d.first_trigger_id"
                           " AND t.event_id = d.event_id")
    assert found == repeats, f"{repeats} ids were repeated, {found} repeats are recorded"


def actions(database, type):
    """{(action id, attempt)} of all events of a type."""
    return {(f"{run_id}:{action_no}", attempt) for run_id, action_no, attempt in database.query(
        "SELECT run_id, action_no, attempt FROM workflow.event WHERE type = %s", type)}


def requests_agree(database, broker, topics, messages, partitions=4):
    """Everything recorded as requested was published, unless it was given up before it left; nothing was published
    that is not recorded; and whatever left and was given up, its worker was told. Returns how many requests were
    published more than once."""
    recorded = actions(database, "action.requested")
    given_up = actions(database, "action.cancelled") | actions(database, "action.timed_out")
    published, recalled = Counter(), set()
    for record in read_topic(broker, topics.requests, partitions):
        message = messages.worker_request(record.value())
        if message.HasField("request"):
            published[(message.request.action_id, message.request.attempt)] += 1
        elif message.HasField("cancel"):
            recalled.add((message.cancel.action_id, message.cancel.attempt))
    untold = (given_up & published.keys()) - recalled
    assert not untold, f"{len(untold)} requests left, were given up and never recalled, such as {sorted(untold)[:3]}"
    assert recalled <= given_up, f"recalled and not recorded so: {sorted(recalled - given_up)[:3]}"
    unsent = recorded - published.keys() - given_up
    unrecorded = published.keys() - recorded
    assert not unsent, f"{len(unsent)} requests are recorded and never left, such as {sorted(unsent)[:3]}"
    assert not unrecorded, f"{len(unrecorded)} requests left and are not recorded, such as {sorted(unrecorded)[:3]}"
    return sum(count - 1 for count in published.values())


def offsets_reached_the_end(database, broker, topic, partitions=4):
    """What PostgreSQL says was read is all there is."""
    ends = Counter(record.partition() for record in read_topic(broker, topic, partitions))
    read = dict(database.query(
        "SELECT h.partition, (SELECT b.next_offset FROM workflow.batch b WHERE b.home = h.home"
        "                      ORDER BY b.batch_no DESC LIMIT 1)"
        "  FROM workflow.home h WHERE h.topic = %s", topic))
    wrong = {p: (read.get(p), end) for p, end in ends.items() if read.get(p) != end}
    assert not wrong, f"{topic}: partitions not read to their end (read, end): {wrong}"


def nothing_is_stuck(database):
    stuck = database.query("SELECT run_id, problem, status, waiting_for FROM workflow.stuck LIMIT 3")
    assert not stuck, f"stuck: {stuck}"


def nothing_is_quarantined(database):
    """But what a daemon killed twice blamed for it, and was given again."""
    rows = database.query("SELECT topic, reason_code, reason FROM workflow.quarantine"
                          " WHERE reason_code <> 'crash_loop' OR state <> 'replayed' LIMIT 3")
    assert not rows, f"quarantined: {rows}"


def everything(database, broker, topics, messages, wanted, repeats=0):
    """All of it, for a story in which nothing bad was published. Returns how many requests left twice."""
    triggers_are_whole(database, wanted)
    histories_are_gapless(database)
    status_agrees_with_history(database)
    results_count_once(database)
    control_is_final(database)
    nothing_was_early(database)
    repeats_are_recorded(database, repeats)
    offsets_reached_the_end(database, broker, topics.triggers)
    nothing_is_stuck(database)
    nothing_is_quarantined(database)
    return requests_agree(database, broker, topics, messages)
