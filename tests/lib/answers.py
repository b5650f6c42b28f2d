# SPDX-License-Identifier: Apache-2.0
"""Rows by hand for tests of what is answered about runs: one workflow of six tasks, and
runs of it that stand wherever a test wants them. Instants are seconds after 09:00:00Z on
2026-01-05, a run's ids count from its number."""
import datetime
import json

START = datetime.datetime(2026, 1, 5, 9, 0, 0, tzinfo=datetime.timezone.utc)
WORKFLOW = "sales/lead-follow-up"

# ord, parent, next, is_decision, reference, name, title, kind, type, function, branch, config
TASKS = [
    (1, None, 3, False, "/do/0/reach", "reach", None, "try", "try", None, None, None),
    (2, 1, 3, False, "/do/0/reach/try/0/callLead", "callLead", "Call the lead", "call", "voice_call", "callLead", None,
     {"lead": "${ .lead }"}),
    (3, None, None, True, "/do/1/outcome", "outcome", "What came of it", "switch", "branch", None, None, []),
    (4, None, 5, False, "/do/2/pause", "pause", "Two hours", "wait", "delay", None, "otherwise", {"hours": 2}),
    (5, None, 6, False, "/do/3/write", "write", None, "call", "sms", "sendMessage", None, {"to": "${ .lead }"}),
    (6, None, None, False, "/do/4/won", "won", "Won", "set", "converted", None, "answered", {"stage": "won"}),
]
CALL, OUTCOME, PAUSE, WRITE, WON = (TASKS[n][4] for n in range(1, 6))


def at(seconds):
    return None if seconds is None else START + datetime.timedelta(seconds=seconds)


class Rows:
    """Writes rows into a migrated database as its superuser."""

    def __init__(self, database, tenant="acme"):
        self.database, self.tenant = database, tenant
        self.query("SELECT workflow.ensure_partitions(ARRAY[%s], '{}')", START)
        known = self.query("SELECT max(definition_id) FROM workflow.definition WHERE name = 'lead-follow-up'")[0][0]
        self.definition_id = known or self.definition("lead-follow-up", "Lead follow-up")
        self.runs = self.query("SELECT count(*) FROM workflow.run")[0][0]

    def query(self, sql, *parameters):
        return self.database.query(sql, *parameters)

    def insert(self, table, row):
        row = {name: json.dumps(value) if isinstance(value, (dict, list)) or name in ("input", "output") and value is not None else value
               for name, value in row.items()}
        return self.query(f"INSERT INTO workflow.{table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())

    def definition(self, name, title=None, tasks=TASKS, version="1.0.0"):
        number = self.query("INSERT INTO workflow.definition (namespace, name, version, content_hash, document, title, created_at, updated_at)"
                            " VALUES ('sales', %s, %s, 'x', '', %s, %s, %s) RETURNING definition_id",
                            name, version, title, at(-3600), at(-3600))[0][0]
        for task in tasks:
            columns = "ord parent_ord next_ord is_decision reference name title kind type function branch config".split()
            self.insert("task", dict(zip(columns, task), definition_id=number))
        return number


    def run(self, seconds=0, trigger=None, **columns):
        """A run with its trigger; returns the run's id."""
        self.runs += 1
        head = "%012x" % round((START.timestamp() + seconds) * 1000)
        whole = f"{head}70018000{self.runs:012x}"
        run_id = "-".join((whole[:8], whole[8:12], whole[12:16], whole[16:20], whole[20:]))
        row = dict(run_id=run_id, trigger_id=run_id, created_at=at(seconds), updated_at=at(seconds + 60.25), started_at=at(seconds + 1),
                   last_executed_at=at(seconds + 60.25), definition_id=self.definition_id, last_seq=1, retry_count=0, error_count=0,
                   status="completed", tenant=self.tenant, workflow=WORKFLOW, workflow_version="1.0.0", recipient_collection="leads",
                   recipient_id="lead-1", input={"lead": "lead-1"})
        row.update(columns)
        if row["status"] in ("completed", "faulted", "cancelled"):
            row.setdefault("ended_at", row["updated_at"])
        self.insert("run", row)
        if trigger is not None or "trigger_id" not in columns:
            self.trigger(**{**dict(trigger_id=row["trigger_id"], tenant=row["tenant"], received_at=at(seconds)), **(trigger or {})})
        return run_id

    def trigger(self, **columns):
        self.insert("trigger", {**dict(definition_id=self.definition_id, recipient_count=1, record_offset=0, partition=0, home=1, topic="t",
                                       event_id="event-1", type="lead.created", source_type="api", source_name="crm", workflow=WORKFLOW,
                                       workflow_version="1.0.0"), **columns})

    def step(self, run_id, step_no, reference, status="completed", start=1, end=None, **columns):
        task = next(t for t in TASKS if t[4] == reference)
        self.insert("step", {**dict(run_id=run_id, step_no=step_no, reference=reference, name=task[5], kind=task[7], title=task[6],
                                    status=status, visit=1, attempt=1, retry_count=0, scheduled_at=at(start),
                                    started_at=None if status == "skipped" else at(start), ended_at=at(end),
                                    updated_at=at(start if end is None else end)), **columns})

    def action(self, run_id, action_no, step_no, status="completed", **columns):
        self.insert("action", {**dict(run_id=run_id, action_no=action_no, step_no=step_no, status=status, attempt=1, updated_at=at(5),
                                      requested_at=at(2), function="callLead"), **columns})

    def events(self, run_id, *events):
        """Each (type, seconds, columns)."""
        for seq, (kind, seconds, columns) in enumerate(events, start=1):
            self.insert("event", {**dict(run_id=run_id, seq=seq, type=kind, occurred_at=at(seconds), level="ok"), **columns})

    # ---- runs of a kind ----------------------------------------------------------

    def waiting(self, seconds=0, **columns):
        """Called twice, not reached; waits before it writes."""
        run = self.run(seconds, **{**dict(status="waiting", waiting_for="timer", next_wake_at=at(7260), current_step_no=4,
                                          current_reference=PAUSE, current_step_name="pause", error_count=1, error_code="communication",
                                          error_summary="Line busy", error_detail_internal="SIP 486", last_seq=15), **columns})
        self.step(run, 1, "/do/0/reach", start=1, end=20, attempt=2, max_attempts=3, retry_count=1)
        self.step(run, 2, CALL, start=1, end=20, attempt=2, max_attempts=3, retry_count=1, scheduled_at=at(12), parent_step_no=1,
                  outcome="no_answer", external_reference="call-7", input={"lead": "lead-1"}, output={"outcome": "no_answer"})
        self.step(run, 3, OUTCOME, start=20, end=20, outcome="otherwise")
        self.step(run, 4, PAUSE, "waiting", start=60.25, due_at=at(7260))
        self.action(run, 1, 2, attempt=2, outcome="no_answer", external_reference="call-7", summary="Nobody answered",
                    input={"lead": "lead-1", "round": 1}, output={"outcome": "no_answer"}, ended_at=at(20))
        about = dict(step_no=2, reference=CALL, attempt=1)
        asked = {**about, "action_no": 1}
        again = {**about, "attempt": 2}
        self.events(
            run, ("run.created", 0, {"data": {"recipient": {"collection": "leads", "id": "lead-1"}}}), ("run.started", 1, {}),
            ("step.started", 1, dict(step_no=1, reference="/do/0/reach", attempt=1, data={"kind": "try", "max_attempts": 3})),
            ("step.started", 1, {**about, "data": {"kind": "call", "parent": 1}}),
            ("action.requested", 1, {**asked, "data": {"function": "callLead", "timer": 1, "arguments": {"lead": "lead-1"}}}),
            ("action.failed", 2, {**asked, "level": "error", "reason_code": "communication", "summary": "Line busy",
                                  "detail_internal": "SIP 486"}),
            ("step.retry_scheduled", 2, dict(step_no=1, reference="/do/0/reach", attempt=1, reason_code="communication",
                                             data={"delay": 10, "timer": 2, "failed_step": 2, "due_at": "2026-01-05T09:00:12.000000Z"})),
            ("step.retried", 12, dict(step_no=1, reference="/do/0/reach", attempt=2)), ("step.started", 12, again),
            ("action.requested", 12, {**asked, "attempt": 2, "data": {"timer": 3}}),
            ("action.completed", 20, {**asked, "attempt": 2, "summary": "Nobody answered",
                                      "data": {"outcome": "no_answer", "external_reference": "call-7"}}),
            ("step.completed", 20, again), ("step.completed", 20, dict(step_no=3, reference=OUTCOME, attempt=1, data={"branch": "otherwise"})),
            ("step.started", 60.25, dict(step_no=4, reference=PAUSE, attempt=1, data={"kind": "wait"})),
            ("step.waiting", 60.25, dict(step_no=4, reference=PAUSE, attempt=1, data={"timer": 4, "due_at": "2026-01-05T11:01:00.000000Z"})))
        return run

    def retrying(self, seconds=0, **columns):
        """The first call failed; it is tried again in ten seconds."""
        run = self.run(seconds, **{**dict(status="waiting", waiting_for="retry", next_wake_at=at(12), next_retry_at=at(12),
                                          current_step_no=1, current_reference="/do/0/reach", current_step_name="reach", retry_count=1,
                                          max_retries=2, error_count=1, error_code="communication", error_summary="Line busy",
                                          error_detail_internal="SIP 486"), **columns})
        self.step(run, 1, "/do/0/reach", "waiting", next_retry_at=at(12), max_attempts=3)
        self.step(run, 2, CALL, "waiting", next_retry_at=at(12), scheduled_at=at(12), max_attempts=3, parent_step_no=1,
                  error_code="communication", error_summary="Line busy", error_detail_internal="SIP 486")
        self.action(run, 1, 2, "faulted", next_retry_at=at(12), error_code="communication", error_summary="Line busy", input={"lead": "lead-1"})
        return run

    def faulted(self, seconds=0, **columns):
        run = self.run(seconds, **{**dict(status="faulted", error_count=2, error_code="communication", error_summary="Line busy",
                                          error_detail_internal="SIP 486", reason_code="communication"), **columns})
        self.step(run, 1, "/do/0/reach", "faulted", end=5)
        self.step(run, 2, CALL, "faulted", end=5, parent_step_no=1, outcome="busy", error_code="communication", error_summary="Line busy",
                  error_detail_internal="SIP 486", external_reference="call-8")
        return run

    def cancelled(self, seconds=0, **columns):
        run = self.run(seconds, **{**dict(status="cancelled", reason_code="cancelled", reason_text="wrong number"), **columns})
        self.step(run, 1, OUTCOME, end=2, outcome="otherwise")
        self.step(run, 2, PAUSE, "cancelled", start=2, end=30, due_at=at(7200))
        return run

    def completed(self, seconds=0, **columns):
        """Reached at once: what follows a failed call was skipped."""
        run = self.run(seconds, **{**dict(skip_code="condition", output={"stage": "won"}), **columns})
        self.step(run, 1, CALL, end=9, outcome="answered", external_reference="call-9", output="they talked")
        self.step(run, 2, PAUSE, "skipped", start=9, end=9, skip_code="condition")
        self.step(run, 3, WON, start=10, end=10.5, output={"stage": "won"})
        self.action(run, 1, 1, summary="They talked", input={"lead": "lead-1"}, external_reference="call-9", ended_at=at(9))
        return run

    def pending(self, seconds=0, **columns):
        return self.run(seconds, **{**dict(status="pending", started_at=None, last_executed_at=None, updated_at=at(seconds)), **columns})
