# SPDX-License-Identifier: Apache-2.0
"""Each single answer, whole: every key, in the vendor's order, with its form of an instant.
Ids of steps and tasks are what workflow.step_id() and task_id() say."""
import json
import uuid

import psycopg2
import pytest

import answers
from answers import CALL, OUTCOME, PAUSE, WON, WRITE, Rows


@pytest.fixture(scope="module")
def rows(shared_database):
    return Rows(shared_database)


def ask(rows, sql, *parameters, user="postgres"):
    """The answer, with its keys in the order in which they came."""
    return rows.database.query(f"SELECT {sql}", *parameters, user=user)[0][0]


def equal(answer, expected):
    assert json.dumps(answer, indent=1) == json.dumps(expected, indent=1)


def ids(rows, run):
    """(id of the step of a reference, id of its task)."""
    workflow = rows.query("SELECT workflow.workflow_id(%s)::text", answers.WORKFLOW)[0][0]

    def step(reference, visit=1):
        return rows.query("SELECT workflow.step_id(%s, %s, %s)::text", run, reference, visit)[0][0]

    def task(reference):
        return rows.query("SELECT workflow.task_id(%s, '1.0.0', %s)::text", workflow, reference)[0][0]

    return workflow, step, task


# ---- Knock ---------------------------------------------------------------------

def knock_run(run, status="completed", errors=0, updated="2026-01-05T09:01:00Z", source=None):
    return {"__typename": "WorkflowRecipientRun", "id": run, "workflow_run_id": run, "workflow": answers.WORKFLOW, "status": status,
            "recipient": {"id": "lead-1", "collection": "leads"},
            "trigger_source": source or {"type": "api", "cancellation_key": None}, "inserted_at": "2026-01-05T09:00:00Z",
            "updated_at": updated, "actor": None, "error_count": errors, "tenant": "acme"}


def knock_event(run, seq, event, at, step=None, kind=None, attempt=None, data=None, status="ok"):
    answer = {"__typename": "WorkflowRecipientRunEvent", "id": f"{run}.{seq}", "event": event, "status": status,
              "inserted_at": f"2026-01-05T09:0{at}Z", "attempt": attempt, "data": data, "step_ref": step, "step_type": kind}
    if attempt is None:
        del answer["attempt"]
    return answer


def test_a_knock_run_has_its_events(rows):
    run = rows.waiting()
    reach, call = dict(step="/do/0/reach", kind="group"), dict(step=CALL, kind="channel")
    pause = dict(step=PAUSE, kind="delay")
    message = {"channel_type": "voice", "message_id": f"{run}:1"}
    answer = ask(rows, "workflow_api.knock_run(%s)", run)
    for event in answer["events"]:  # members of data have no order
        event["data"] = event["data"] and dict(sorted(event["data"].items()))
    equal(answer, {**knock_run(run, "paused", 1), "events": [
        knock_event(run, 1, "run_created", "0:00"),
        knock_event(run, 2, "run_started", "0:01"),
        knock_event(run, 3, "step_started", "0:01", **reach, attempt=1, data={"max_attempts": 3}),
        knock_event(run, 4, "step_started", "0:01", **call, attempt=1),
        knock_event(run, 5, "message_enqueued", "0:01", **call, attempt=1,
                    data=dict(sorted({**message, "function": "callLead", "arguments": {"lead": "lead-1"}}.items()))),
        knock_event(run, 6, "action_failed", "0:02", **call, attempt=1, status="error",
                    data={"reason": "communication", "summary": "Line busy"}),
        knock_event(run, 7, "step_retry_scheduled", "0:02", **reach, attempt=1,
                    data={"delay": 10, "due_at": "2026-01-05T09:00:12.000000Z", "reason": "communication"}),
        knock_event(run, 8, "step_retried", "0:12", **reach, attempt=2),
        knock_event(run, 9, "step_started", "0:12", **call, attempt=2),
        knock_event(run, 10, "message_enqueued", "0:12", **call, attempt=2, data=message),
        knock_event(run, 11, "action_completed", "0:20", **call, attempt=2,
                    data={"external_reference": "call-7", "outcome": "no_answer", "summary": "Nobody answered"}),
        knock_event(run, 12, "step_completed", "0:20", **call, attempt=2),
        knock_event(run, 13, "step_completed", "0:20", OUTCOME, "branch", 1, {"branch": "otherwise"}),
        knock_event(run, 14, "step_started", "1:00", **pause, attempt=1),
        knock_event(run, 15, "step_waiting", "1:00", **pause, attempt=1, data={"due_at": "2026-01-05T11:01:00.000000Z"}),
    ]})


@pytest.mark.parametrize("status,waiting_for,word", [
    ("pending", None, "queued"), ("running", "action", "processing"), ("running", None, "processing"), ("waiting", "action", "processing"),
    ("waiting", "timer", "paused"), ("waiting", "retry", "paused"), ("waiting", "event", "paused"), ("waiting", "child", "paused"),
    ("suspended", "resume", "paused"), ("completed", None, "completed"), ("faulted", None, "completed"), ("cancelled", None, "cancelled")])
def test_knock_statuses(rows, status, waiting_for, word):
    run = rows.run(status=status, waiting_for=waiting_for)
    assert ask(rows, "workflow_api.knock_run(%s)", run)["status"] == word


@pytest.mark.parametrize("trigger,source", [
    (dict(source_type="api", cancellation_key="order-7"), {"type": "api", "cancellation_key": "order-7"}),
    (dict(source_type="audience", audience_key="new-leads"), {"type": "audience", "audience_key": "new-leads"}),
    (dict(source_type="schedule", schedule_id="s-1"), {"type": "schedule", "schedule_id": "s-1"}),
    (dict(source_type="schedule"), {"type": "schedule", "schedule_id": None}),
    (dict(source_type="broadcast"), {"type": "broadcast"}),
    (dict(source_type="workflow_step", cancellation_key="order-7"), {"type": "workflow_step", "cancellation_key": "order-7"}),
    (dict(source_type="integration"), {"type": "integration"}),
    (dict(source_type="rehearsal"), {"type": "rehearsal"})])
def test_knock_trigger_sources(rows, trigger, source):
    equal(ask(rows, "workflow_api.knock_run(%s)", rows.run(trigger=trigger))["trigger_source"], source)


@pytest.mark.parametrize("columns,recipient", [
    (dict(recipient_collection=None, recipient_id='us"er'), 'us"er'), (dict(recipient_collection="leads"), {"id": "lead-1", "collection": "leads"}),
    (dict(recipient_collection=None, recipient_id=None), "")])
def test_knock_recipients(rows, columns, recipient):
    equal(ask(rows, "workflow_api.knock_run(%s)", rows.run(**columns))["recipient"], recipient)


@pytest.mark.parametrize("actor,shown", [
    ('"ann"', "ann"), ('{"collection": "users", "id": "ann"}', {"id": "ann", "collection": "users"}), (None, None)])
def test_knock_actors_and_no_tenant(rows, actor, shown):
    answer = ask(rows, "workflow_api.knock_run(%s)", rows.run(trigger=dict(actor=actor), tenant=None))
    equal([answer["actor"], answer["tenant"], answer["events"]], [shown, None, []])


def test_runs_of_one_trigger_share_it(rows):
    first = rows.run(trigger=dict(recipient_count=2))
    second = rows.run(trigger_id=first)
    assert [ask(rows, "workflow_api.knock_run(%s)", run)["workflow_run_id"] for run in (first, second)] == [first, first]


def test_a_trigger_whose_id_follows_from_the_runs(rows):
    number = rows.runs + 1
    trigger = f"019b8d62-7a80-7001-8000-{number:012x}"[:-5] + "00000"
    run = rows.run(trigger_id=trigger, trigger=dict(actor='"ann"'))
    answer = ask(rows, "workflow_api.knock_run(%s)", run)
    assert [answer["id"], answer["workflow_run_id"], answer["actor"]] == [run, trigger, "ann"]


# ---- Leadping --------------------------------------------------------------------

def test_a_lead_has_its_runs_with_actions_and_events(rows):
    run = rows.waiting(recipient_id="leadping-1")
    workflow, step, task = ids(rows, run)
    answer = ask(rows, "workflow_api.leadping_workflow_status('leadping-1')")
    events = answer["runs"][0].pop("events")
    equal(answer, {"leadId": "leadping-1", "runs": [{
        "id": run, "businessId": "acme", "leadId": "leadping-1", "automationId": workflow, "automationName": "Lead follow-up",
        "triggerType": "api", "triggerDisplay": "Started by API", "status": "waiting", "statusDisplay": "Waiting",
        "currentStepId": task(PAUSE), "currentStepName": "Two hours", "currentStepOrder": 4,
        "nextExecutionAt": "2026-01-05T11:01:00Z", "lastExecutionAt": "2026-01-05T09:01:00.25Z", "startedAt": "2026-01-05T09:00:01Z",
        "updatedAt": "2026-01-05T09:01:00.25Z", "completedAt": None, "failedAt": None, "cancelledAt": None, "retryCount": 0,
        "maxRetryCount": 0, "nextRetryAt": None, "lastErrorCode": "communication", "lastErrorMessage": "Line busy", "skipReasonCode": None,
        "skipReasonDisplay": None, "lastActionSummary": "Nobody answered", "correlationId": run, "sourceEventId": "event-1",
        "executionKey": "sales/lead-follow-up/event-1/leadping-1", "internalErrorDetails": None,
        "actions": [
            {"id": step(CALL), "stepId": task(CALL), "stepOrder": 2, "stepDisplayName": "Call the lead", "actionType": "voice",
             "actionTypeDisplay": "Voice call", "status": "completed", "statusDisplay": "Completed", "scheduledAt": "2026-01-05T09:00:01Z",
             "startedAt": "2026-01-05T09:00:01Z", "completedAt": "2026-01-05T09:00:20Z", "failedAt": None, "skippedAt": None, "retryCount": 1,
             "nextRetryAt": None, "userSummary": "Nobody answered", "safeReason": None, "failureCode": None, "adminDiagnostics": None},
            {"id": step(OUTCOME), "stepId": task(OUTCOME), "stepOrder": 3, "stepDisplayName": "What came of it", "actionType": "condition",
             "actionTypeDisplay": "Condition", "status": "completed", "statusDisplay": "Completed", "scheduledAt": "2026-01-05T09:00:20Z",
             "startedAt": "2026-01-05T09:00:20Z", "completedAt": "2026-01-05T09:00:20Z", "failedAt": None, "skippedAt": None, "retryCount": 0,
             "nextRetryAt": None, "userSummary": None, "safeReason": None, "failureCode": None, "adminDiagnostics": None},
            {"id": step(PAUSE), "stepId": task(PAUSE), "stepOrder": 4, "stepDisplayName": "Two hours", "actionType": "delay",
             "actionTypeDisplay": "Delay", "status": "waiting", "statusDisplay": "Waiting", "scheduledAt": "2026-01-05T09:01:00.25Z",
             "startedAt": "2026-01-05T09:01:00.25Z", "completedAt": None, "failedAt": None, "skippedAt": None, "retryCount": 0,
             "nextRetryAt": None, "userSummary": None, "safeReason": None, "failureCode": None, "adminDiagnostics": None}]}]})
    assert len(events) == 15
    about = {"stepId": task(CALL), "actionId": step(CALL)}
    equal([events[0], events[2], events[5], events[6], events[10], events[14]], [
        {"id": f"{run}.1", "stepId": None, "actionId": None, "eventType": "run.created", "status": "pending", "statusDisplay": "Pending",
         "summary": "Run created", "reasonCode": None, "occurredAt": "2026-01-05T09:00:00Z", "adminDiagnostics": None},
        {"id": f"{run}.3", "stepId": task("/do/0/reach"), "actionId": None, "eventType": "step.started", "status": "running",
         "statusDisplay": "Running", "summary": "Step started", "reasonCode": None, "occurredAt": "2026-01-05T09:00:01Z", "adminDiagnostics": None},
        {"id": f"{run}.6", **about, "eventType": "action.failed", "status": "failed", "statusDisplay": "Failed", "summary": "Line busy",
         "reasonCode": "communication", "occurredAt": "2026-01-05T09:00:02Z", "adminDiagnostics": None},
        {"id": f"{run}.7", "stepId": task("/do/0/reach"), "actionId": None, "eventType": "step.retry_scheduled", "status": "retrying",
         "statusDisplay": "Waiting to retry", "summary": "Retry scheduled", "reasonCode": "communication", "occurredAt": "2026-01-05T09:00:02Z",
         "adminDiagnostics": None},
        {"id": f"{run}.11", **about, "eventType": "action.completed", "status": "completed", "statusDisplay": "Completed",
         "summary": "Nobody answered", "reasonCode": None, "occurredAt": "2026-01-05T09:00:20Z", "adminDiagnostics": None},
        {"id": f"{run}.15", "stepId": task(PAUSE), "actionId": step(PAUSE), "eventType": "step.waiting", "status": "waiting",
         "statusDisplay": "Waiting", "summary": "Step waits", "reasonCode": None, "occurredAt": "2026-01-05T09:01:00.25Z",
         "adminDiagnostics": None}])


def leadping(rows, **columns):
    """The answer about the one run of a lead of its own."""
    kind = columns.pop("kind", "run")
    lead = f"leadping-{uuid.uuid4()}"
    getattr(rows, kind)(recipient_id=lead, **columns)
    return ask(rows, "workflow_api.leadping_workflow_status(%s)", lead)["runs"][0]


def part(answer, *keys):
    return [answer[key] for key in keys]


def test_leadping_retries(rows):
    run = leadping(rows, kind="retrying")
    assert part(run, "status", "statusDisplay", "retryCount", "maxRetryCount", "nextRetryAt", "nextExecutionAt", "currentStepName") == [
        "retrying", "Waiting to retry", 1, 2, "2026-01-05T09:00:12Z", "2026-01-05T09:00:12Z", "Call the lead"]
    assert part(run["actions"][0], "status", "retryCount", "nextRetryAt", "safeReason", "failureCode") == [
        "retrying", 1, "2026-01-05T09:00:12Z", "Line busy", "communication"]


@pytest.mark.parametrize("kind,ended,words", [
    ("completed", "completedAt", ["completed", "Completed"]), ("faulted", "failedAt", ["failed", "Failed"]),
    ("cancelled", "cancelledAt", ["cancelled", "Cancelled"])])
def test_leadping_ends(rows, kind, ended, words):
    run = leadping(rows, kind=kind)
    assert part(run, "status", "statusDisplay") == words
    assert {key: run[key] for key in ("completedAt", "failedAt", "cancelledAt")} == {
        **dict.fromkeys(("completedAt", "failedAt", "cancelledAt")), ended: "2026-01-05T09:01:00.25Z"}
    assert part(run, "currentStepId", "currentStepName", "currentStepOrder", "nextExecutionAt") == [None] * 4


def test_leadping_skips_have_a_reason(rows):
    run = leadping(rows, kind="completed")
    assert part(run, "skipReasonCode", "skipReasonDisplay", "lastActionSummary") == ["condition", "Condition not met", "They talked"]
    assert part(run["actions"][1], "status", "statusDisplay", "skippedAt", "startedAt", "safeReason") == [
        "skipped", "Skipped", "2026-01-05T09:00:09Z", None, "Condition not met"]


def test_leadping_words_without_a_label_are_readable(rows):
    run = leadping(rows, skip_code="no_consent.given")
    assert run["skipReasonDisplay"] == "No consent given"


@pytest.mark.parametrize("status,waiting_for,word,label", [
    ("pending", None, "pending", "Pending"), ("running", "action", "running", "Running"), ("waiting", "event", "waiting", "Waiting"),
    ("suspended", "resume", "paused", "Paused")])
def test_leadping_states(rows, status, waiting_for, word, label):
    assert part(leadping(rows, status=status, waiting_for=waiting_for), "status", "statusDisplay") == [word, label]


def test_a_deadline_is_no_next_execution(rows):
    assert leadping(rows, status="running", waiting_for="action", next_wake_at=answers.at(60))["nextExecutionAt"] is None


def test_leadping_keeps_to_the_producers_correlation(rows):
    assert leadping(rows, trigger=dict(correlation_id="order-7"))["correlationId"] == "order-7"


def test_leadping_lists_the_newest_run_first_and_a_hundred_at_most(rows):
    runs = [rows.run(seconds, recipient_id="often") for seconds in range(101)]
    assert [run["id"] for run in ask(rows, "workflow_api.leadping_workflow_status('often')")["runs"]] == runs[:0:-1]


def test_operators_read_diagnostics(rows):
    run = rows.waiting(recipient_id="leadping-op")
    rows.faulted(recipient_id="leadping-op")
    failed, waiting = ask(rows, "workflow_api.leadping_workflow_status('leadping-op', true)")["runs"]
    assert [failed["internalErrorDetails"], failed["actions"][0]["adminDiagnostics"]] == ["SIP 486", "SIP 486"]
    assert [event["adminDiagnostics"] for event in waiting["events"]] == [None] * 5 + ["SIP 486"] + [None] * 9
    assert "SIP 486" not in json.dumps(ask(rows, "workflow_api.leadping_workflow_status('leadping-op')"))
    assert "SIP 486" not in json.dumps(ask(rows, "workflow_api.knock_run(%s)", run))


# ---- DialNexa --------------------------------------------------------------------

def test_a_lead_in_a_workflow_has_its_history(rows):
    run = rows.waiting(recipient_id="dialnexa-1")
    workflow, _, task = ids(rows, run)
    expected = {"id": run, "workflow_id": workflow, "history": [
        {"node_id": task(CALL), "node_type": "VOICE_CALL", "node_label": "Call the lead", "status": "no_answer",
         "entered_at": "2026-01-05T09:00:01.000Z", "exited_at": "2026-01-05T09:00:20.000Z", "call_id": "call-7", "label": "Call the lead",
         "started_at": "2026-01-05T09:00:01.000Z", "ended_at": "2026-01-05T09:00:20.000Z"},
        {"node_id": task(OUTCOME), "node_type": "CONDITIONAL", "node_label": "What came of it", "status": "completed",
         "entered_at": "2026-01-05T09:00:20.000Z", "exited_at": "2026-01-05T09:00:20.000Z", "call_id": None, "label": "What came of it",
         "started_at": "2026-01-05T09:00:20.000Z", "ended_at": "2026-01-05T09:00:20.000Z"},
        {"node_id": task(PAUSE), "node_type": "TIME", "node_label": "Two hours", "status": "waiting", "entered_at": "2026-01-05T09:01:00.250Z",
         "exited_at": None, "call_id": None, "label": "Two hours", "started_at": "2026-01-05T09:01:00.250Z",
         "ends_at": "2026-01-05T11:01:00.000Z"}]}
    for workflow_name in (workflow, answers.WORKFLOW):
        for lead in (run, "dialnexa-1", run.upper()):
            equal(ask(rows, "workflow_api.dialnexa_history(%s, %s)", workflow_name, lead), expected)


def dialnexa(rows, run):
    return [(node["node_type"], node["status"], node["call_id"])
            for node in ask(rows, "workflow_api.dialnexa_history(%s, %s)", answers.WORKFLOW, run)["history"]]


def test_skipped_nodes_were_not_visited(rows):
    assert dialnexa(rows, rows.completed()) == [("VOICE_CALL", "answered", "call-9"), ("CONVERTED", "completed", None)]


def test_a_failed_call_says_how(rows):
    assert dialnexa(rows, rows.faulted()) == [("VOICE_CALL", "busy", "call-8")]


def test_nodes_at_work_cancelled_and_failed_without_an_outcome(rows):
    run = rows.run(status="running")
    rows.step(run, 1, CALL, "running")
    rows.step(run, 2, WRITE, "faulted", end=3)
    rows.step(run, 3, PAUSE, "cancelled", end=3)
    assert dialnexa(rows, run) == [("VOICE_CALL", "in_progress", None), ("APPLICATION", "failed", None), ("TIME", "cancelled", None)]


def test_a_node_visited_twice_stands_there_twice(rows):
    run = rows.run()
    rows.step(run, 1, CALL, end=2)
    rows.step(run, 2, CALL, end=3, visit=2)
    assert len(dialnexa(rows, run)) == 2


def test_a_recipient_means_its_newest_run_of_that_workflow(rows):
    rows.definition("other")
    rows.run(10, recipient_id="again")
    newest = rows.run(20, recipient_id="again")
    rows.run(30, recipient_id="again", workflow="sales/other")
    assert ask(rows, "workflow_api.dialnexa_history(%s, 'again')", answers.WORKFLOW)["id"] == newest


# ---- TrueState ---------------------------------------------------------------------

def truestate(rows, run):
    return ask(rows, "workflow_api.truestate_session(workflow.workflow_id(%s), %s)", answers.WORKFLOW, run)


def test_a_session_has_its_steps(rows):
    run = rows.waiting()
    workflow, step, task = ids(rows, run)
    made = {"created_at": "2026-01-05T08:00:00Z", "updated_at": "2026-01-05T08:00:00Z"}
    last = {"id": step(PAUSE), "status": "RUNNING", "prompt": {"type": "DELAY", "until": "2026-01-05T11:01:00Z"}, "result": None, "error": None,
            "step": {"id": task(PAUSE), "name": "Two hours", "step_type": "DELAY", "prompt_template": {"type": "DELAY", "input": {"hours": 2}}, **made},
            "created_at": "2026-01-05T09:01:00Z", "updated_at": "2026-01-05T09:01:00Z"}
    answer = truestate(rows, run)
    equal(answer, {
        "id": run, "automation_id": workflow, "inputs": {"lead": "lead-1"}, "error": None, "status": "RUNNING",
        "created_at": "2026-01-05T09:00:00Z", "updated_at": "2026-01-05T09:01:00Z", "steps": [
            {"id": step(""), "status": "FINISHED", "prompt": {"type": "START"}, "result": "", "error": None,
             "step": {"id": task(""), "name": "Start", "step_type": "START", "prompt_template": {"type": "START"}, **made},
             "created_at": "2026-01-05T09:00:00Z", "updated_at": "2026-01-05T09:00:01Z"},
            {"id": step(CALL), "status": "FINISHED", "prompt": {"type": "VOICE_CALL", "input": {"lead": "lead-1", "round": 1}},
             "result": '{"outcome": "no_answer"}', "error": None,
             "step": {"id": task(CALL), "name": "Call the lead", "step_type": "VOICE_CALL",
                      "prompt_template": {"type": "VOICE_CALL", "input": {"lead": "${ .lead }"}}, **made},
             "created_at": "2026-01-05T09:00:01Z", "updated_at": "2026-01-05T09:00:20Z"},
            {"id": step(OUTCOME), "status": "FINISHED", "prompt": {"type": "BRANCH", "input": None}, "result": "", "error": None,
             "step": {"id": task(OUTCOME), "name": "What came of it", "step_type": "BRANCH",
                      "prompt_template": {"type": "BRANCH", "input": []}, **made},
             "created_at": "2026-01-05T09:00:20Z", "updated_at": "2026-01-05T09:00:20Z"},
            last],
        "steps_count": 6, "current_step": last})


@pytest.mark.parametrize("kind,status,error", [
    ("pending", "NEW", None), ("retrying", "RUNNING", None), ("completed", "FINISHED", None), ("faulted", "FAILED", "Line busy"),
    ("cancelled", "FAILED", "cancelled")])
def test_truestate_states(rows, kind, status, error):
    answer = truestate(rows, getattr(rows, kind)())
    assert [answer["status"], answer["error"]] == [status, error]


def test_a_session_that_has_not_begun_has_a_start_alone(rows):
    answer = truestate(rows, rows.pending())
    assert [step["status"] for step in answer["steps"]] == ["NEW"] and answer["current_step"] is None


def test_results_and_errors_of_steps(rows):
    steps = truestate(rows, rows.completed())["steps"]
    assert [(step["status"], step["result"], step["error"]) for step in steps[1:]] == [
        ("FINISHED", "they talked", None), ("FINISHED", "", None), ("FINISHED", '{"stage": "won"}', None)]
    step = truestate(rows, rows.faulted())["current_step"]
    assert (step["status"], step["result"], step["error"]) == ("FAILED", None, "Line busy")
    step = truestate(rows, rows.cancelled())["current_step"]
    assert (step["status"], step["result"], step["error"]) == ("FAILED", None, "cancelled")


def test_a_step_that_is_tried_again_is_running(rows):
    step = truestate(rows, rows.retrying())["current_step"]
    assert (step["status"], step["error"], step["prompt"]["input"]) == ("RUNNING", "Line busy", {"lead": "lead-1"})


@pytest.mark.parametrize("value,inputs", [([{"id": 1}], {"events": [{"id": 1}]}), (None, {}), ({"a": 1234567890123456789}, {"a": 1234567890123456789})])
def test_inputs_are_an_object(rows, value, inputs):
    equal(truestate(rows, rows.run(input=value))["inputs"], inputs)


# ---- Plannr ------------------------------------------------------------------------

def plannr(rows, run, account=False):
    return ask(rows, "workflow_api.plannr_execution(%s, %s)", run, account)


def test_an_execution_has_its_steps_and_what_is_next(rows):
    run = rows.waiting()
    _, step, _ = ids(rows, run)

    def shown(reference, name, status, created, updated, executed, info=None):
        return {"uuid": step(reference), "name": name, "status": status, "info": info, "created_at": f"2026-01-05T09:0{created}+00:00",
                "updated_at": f"2026-01-05T09:0{updated}+00:00", "executed_at": executed and f"2026-01-05T09:0{executed}+00:00"}

    decided = shown(OUTCOME, "What came of it", "completed", "0:20", "0:20", "0:20")
    expected = {
        "uuid": run, "name": "Lead follow-up", "status": "in_progress", "triggered_by": "lead.created",
        "created_at": "2026-01-05T09:00:00+00:00", "updated_at": "2026-01-05T09:01:00+00:00",
        "steps": [shown(CALL, "Call the lead", "completed", "0:01", "0:20", "0:20"), decided,
                  shown(PAUSE, "Two hours", "in_progress", "1:00", "1:00", None)],
        "next_step": shown(WRITE, "write", "pending", "0:00", "1:00", None), "previous_step": decided}
    equal(plannr(rows, run), expected)
    equal(plannr(rows, run, True), {**expected, "account": {"uuid": "lead-1", "type": "leads"}})


@pytest.mark.parametrize("kind,status", [
    ("pending", "pending"), ("waiting", "in_progress"), ("retrying", "in_progress"), ("completed", "completed"), ("faulted", "failed"),
    ("cancelled", "cancelled")])
def test_plannr_states(rows, kind, status):
    assert plannr(rows, getattr(rows, kind)())["status"] == status


def test_before_the_start_the_first_task_is_next(rows):
    answer = plannr(rows, rows.pending())
    assert answer["next_step"]["name"] == "Call the lead"  # the container in front of it is no step
    assert [answer["steps"], answer["previous_step"]] == [[], None]


def test_a_step_that_is_tried_again_is_next(rows):
    answer = plannr(rows, rows.retrying())
    assert answer["next_step"] == answer["steps"][0] and answer["next_step"]["status"] == "in_progress"
    assert answer["next_step"]["info"] == '[{"errors":"Line busy"}]' and answer["previous_step"] is None


def test_at_the_end_nothing_is_next_and_skipped_steps_were_not_executed(rows):
    answer = plannr(rows, rows.completed())
    assert answer["next_step"] is None and answer["previous_step"]["name"] == "Won"
    assert [(step["status"], step["executed_at"], step["info"]) for step in answer["steps"]] == [
        ("completed", "2026-01-05T09:00:09+00:00", None), ("skipped", None, '[{"skipped":"condition"}]'),
        ("completed", "2026-01-05T09:00:10+00:00", None)]


def test_behind_the_last_task_nothing_is_next(rows):
    run = rows.run(status="running")
    rows.step(run, 1, WON, "running")
    assert plannr(rows, run)["next_step"] is None


def test_a_decision_stands_for_what_follows_it(rows):
    run = rows.run(status="running")
    rows.step(run, 1, CALL, "running")
    assert plannr(rows, run)["next_step"]["name"] == "What came of it"


def test_the_next_step_keeps_its_id_when_it_comes(rows):
    run = rows.waiting()
    rows.step(run, 5, WRITE, "running", start=7260)
    assert plannr(rows, run)["steps"][-1]["uuid"] == ids(rows, run)[1](WRITE)
    rows.query("UPDATE workflow.step SET status = 'completed', ended_at = started_at WHERE run_id = %s AND step_no = 5", run)
    assert plannr(rows, run)["next_step"]["uuid"] == ids(rows, run)[1](WRITE, 2)  # another visit of it


# ---- all -----------------------------------------------------------------------------

@pytest.mark.parametrize("sql", [
    "workflow_api.knock_run(gen_random_uuid())", "workflow_api.leadping_workflow_status('nobody')",
    "workflow_api.dialnexa_history('sales/lead-follow-up', 'nobody')", "workflow_api.dialnexa_history('no/such', 'lead-1')",
    "workflow_api.dialnexa_history(gen_random_uuid()::text, 'lead-1')", "workflow_api.truestate_session(gen_random_uuid(), gen_random_uuid())",
    "workflow_api.plannr_execution(gen_random_uuid())", "workflow_api.truestate_cancel(gen_random_uuid(), gen_random_uuid(), 'x')"])
def test_what_is_not_there_is_null(rows, sql):
    assert ask(rows, sql) is None


def test_a_run_of_another_workflow_is_not_there(rows):
    run = rows.run()
    other = rows.definition("somebody-elses")
    assert other and ask(rows, "workflow_api.truestate_session(workflow.workflow_id('sales/somebody-elses'), %s)", run) is None
    assert ask(rows, "workflow_api.dialnexa_history('sales/somebody-elses', %s)", run) is None


def test_answers_do_not_depend_on_the_sessions_settings(rows):
    run = rows.waiting()
    connection = rows.database.connect()
    with connection.cursor() as cursor:
        found = set()
        for setting in ("TimeZone = 'Asia/Kolkata'", "DateStyle = 'German'", "IntervalStyle = 'sql_standard'", "TimeZone = 'UTC'"):
            cursor.execute(f"SET {setting}")
            cursor.execute("SELECT workflow_api.knock_run(%s)::text || workflow_api.truestate_session(workflow.workflow_id(%s), %s)"
                           " || workflow_api.leadping_workflow_status('lead-1')::text", (run, answers.WORKFLOW, run))
            found.add(cursor.fetchone()[0])
    assert len(found) == 1


def test_a_session_is_cancelled_by_a_command(rows):
    run = rows.waiting()
    before = truestate(rows, run)
    equal(ask(rows, "workflow_api.truestate_cancel(workflow.workflow_id(%s), %s, 'key 1')", answers.WORKFLOW, run), before)
    assert rows.query("SELECT kind, reason FROM workflow.command WHERE run_id = %s", run) == [("cancel", "cancelled by key 1")]
    ended = rows.completed()
    assert ask(rows, "workflow_api.truestate_cancel(workflow.workflow_id(%s), %s, 'key 1')", answers.WORKFLOW, ended)["status"] == "FINISHED"
    assert rows.query("SELECT 1 FROM workflow.command WHERE run_id = %s", ended) == []
    with pytest.raises(psycopg2.errors.NoDataFound):
        ask(rows, "workflow_api.cancel_run(gen_random_uuid(), 'x')")
