# SPDX-License-Identifier: Apache-2.0
"""Each branch of a run has one reason to wait, and what will wake it is there: the views waits and stuck."""
import pytest

from old_runs import run

LEAVES = [
    # columns of the step, its action; what it waits for, and what is wrong with it
    (dict(kind="wait", status="waiting", due_at="1 hour"), None, "timer", None),
    (dict(kind="wait", status="waiting", due_at="-5 minutes"), None, "timer", "is overdue"),
    (dict(kind="wait", status="waiting", due_at="2 hours"), None, "timer", "has no timer"),
    (dict(kind="wait", status="waiting", due_at="60 days"), None, "timer", None),
    (dict(kind="wait", status="waiting"), None, None, "has no reason to wait"),
    (dict(kind="do", status="running"), None, None, "has no reason to wait"),
    (dict(kind="try", status="waiting", next_retry_at="1 hour"), None, "retry", None),
    (dict(kind="call", status="running"), "1 hour", "action", None),
    (dict(kind="try", status="running", next_retry_at="1 hour"), "1 hour", "retry", "has several reasons to wait"),
    (dict(kind="listen", status="waiting"), None, "event", "has no subscription"),
    (dict(kind="run", status="running"), "child", "child", "waits for a child that is not open"),
]


def step(database, run_id, number, parent, **columns):
    values = dict(run_id=run_id, step_no=number, parent_step_no=parent, updated_at=database.value("SELECT now()"), visit=1, attempt=1,
                  retry_count=0, reference=f"/do/{number}", name=f"s{number}", **columns)
    for name in ("due_at", "next_retry_at"):
        if values.get(name):
            values[name] = database.value("SELECT date_trunc('hour', now()) + %s::interval", values[name])
    database.query(f"INSERT INTO workflow.step ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", *values.values())


@pytest.fixture
def forked(database):
    """A run with a fork, whose first branch waits for a timer an hour from now; its row tells of that."""
    database.query("SELECT workflow.takeover('c', 'i', '{t}', '{0}', '{0}', '{0}')")
    database.query("UPDATE workflow.batch SET guard_low = batch_no + 1")  # no deadline is held by older batches
    due = database.value("SELECT date_trunc('hour', now()) + interval '1 hour'")
    run_id = run(database, database.value("SELECT now()"), False, waiting_for="timer", next_wake_at=due)
    database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) VALUES (1, 1, %s, %s)", due, run_id)
    step(database, run_id, 1, None, kind="fork", status="running")
    step(database, run_id, 2, 1, kind="wait", status="waiting", due_at="1 hour")
    return run_id


def branches(database):
    return database.query("SELECT step_no, waiting_for FROM workflow.waits ORDER BY step_no")


@pytest.mark.parametrize("columns, action, waiting_for, problem", LEAVES)
def test_each_branch_is_judged(database, forked, columns, action, waiting_for, problem):
    step(database, forked, 3, 1, kind="do", status="running")
    step(database, forked, 4, 3, **columns)
    if action:
        deadline = database.value("SELECT date_trunc('hour', now()) + interval '1 hour'") if action != "child" else None
        database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status, function, deadline_at)"
                       " VALUES (%s, 1, 4, now(), 1, 'running', %s, %s)", forked, "workflow" if action == "child" else "f", deadline)
    assert branches(database) == [(2, "timer"), (4, waiting_for)]
    said = [("has a branch at /do/4 that " + problem,)] if problem else []
    assert database.query("SELECT problem FROM workflow.stuck") == said
    assert database.value("SELECT coalesce(sum(stuck), 0) FROM workflow.survey_runs('00000000-0000-0000-0000-000000000000', workflow.uuid_at(now() + interval '1 day'), 10)") == len(said)


def test_a_branch_that_listens_has_a_subscription_of_its_own(database, forked):
    for number in (3, 4):
        step(database, forked, number, 1, kind="listen", status="waiting")
    database.query("INSERT INTO workflow.event (run_id, seq, occurred_at, type, level, step_no) VALUES (%s, 7, now(), 'step.listening', 'ok', 3)", forked)
    database.query("INSERT INTO workflow.subscription (run_id, subscription_no, filter_no, key) VALUES (%s, 7, 1, 1)", forked)
    assert database.query("SELECT problem FROM workflow.stuck") == [("has a branch at /do/4 that has no subscription",)]


def test_a_run_that_gave_way_waits_for_nothing_else(database, forked):
    step(database, forked, 3, 1, kind="for", status="running")
    database.query("UPDATE workflow.run SET next_wake_at = now(), updated_at = now()")
    database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) SELECT 1, 2, next_wake_at, run_id FROM workflow.run")
    assert branches(database) == [(2, "timer"), (3, None)]
    assert database.query("SELECT problem FROM workflow.stuck") == []


def test_what_is_over_or_suspended_waits_for_no_timer(database, forked):
    step(database, forked, 3, 1, kind="wait", status="completed", ended_at=database.value("SELECT now()"))
    assert branches(database) == [(2, "timer")]
    database.query("UPDATE workflow.run SET status = 'suspended', waiting_for = 'resume'")
    assert branches(database) == [(2, "timer")]  # once it is resumed
    assert database.query("SELECT problem FROM workflow.stuck") == []
    database.query("UPDATE workflow.run SET status = 'completed', ended_at = now()")
    assert branches(database) == []


def problems(database, run_id):
    return [problem for problem, in database.query("SELECT problem FROM workflow.stuck WHERE run_id = %s", run_id)]


def test_a_branch_waits_for_an_open_child_of_its_own(database, forked):
    now = database.value("SELECT now()")
    children = {3: run(database, now, False), 4: run(database, now, True)}
    for number, child in children.items():
        step(database, forked, number, 1, kind="run", status="running")
        database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status, function, external_reference)"
                       " VALUES (%s, %s, %s, now(), 1, 'running', 'workflow', %s)", forked, number, number, child)
    assert problems(database, forked) == ["has a branch at /do/4 that waits for a child that is not open"]
    database.query("UPDATE workflow.run SET status = 'waiting', ended_at = NULL WHERE run_id = %s", children[4])
    assert problems(database, forked) == []


def test_timers_that_nobody_reads_any_more_do_not_count(database, forked):
    database.query("UPDATE workflow.batch SET timer_low = date_trunc('hour', now()) + interval '2 hours'")
    database.query("UPDATE workflow.run SET next_wake_at = date_trunc('hour', now()) + interval '3 hours'")
    database.query("INSERT INTO workflow.timer (home, timer_no, due_at, run_id) SELECT 1, 2, next_wake_at, run_id FROM workflow.run")
    assert problems(database, forked) == ["has a branch at /do/2 that has no timer"]


def test_a_deadline_of_a_batch_that_is_looked_through_needs_no_row(database, forked):
    step(database, forked, 3, 1, kind="call", status="running")
    database.query("INSERT INTO workflow.action (run_id, action_no, step_no, updated_at, attempt, status, function, deadline_at)"
                   " VALUES (%s, 1, 3, now(), 1, 'running', 'f', now() + interval '2 hours')", forked)
    assert problems(database, forked) == ["has a branch at /do/3 that has no timer"]
    database.query("UPDATE workflow.batch SET guard_low = batch_no")
    assert problems(database, forked) == []
