# SPDX-License-Identifier: Apache-2.0
"""The runs that the answers in the form of five products are about (docs/apis.md): what is
published, what workers say, where it has come to, and how it is asked for.

One trigger with eight recipients of sales/follow-up, each of whom comes to another place:

  ada  answers the first call                  completed
  bob  a retry, no answer, a text, and now     waiting for a timer
  cyd  is to be tried again in an hour         waiting for a retry
  dan  three tries, the last of them fatal     faulted
  eve  no mobile phone: text skipped, then     cancelled by key, she alone
  fay  a text as recipient, waits              suspended
  gus  is being called                         waiting for a worker
  hal  no mobile phone, waited, called again   completed, given up

and one trigger of success/welcome from each other kind of source."""
import contextlib
import json
import pathlib
import re
import shutil

import psycopg2

import messages as contract
import workflowd as runners
from children import eventually
from stories import HandWorker

WORKFLOWS = pathlib.Path(__file__).parents[1] / "integration" / "answers" / "workflows"
FUNCTIONS = ("callLead", "sendText", "sendEmail", "askModel")
LONG, SHORT, NONE = "PT1H", "PT0.05S", "PT0S"

ADA, BOB, CYD, DAN, EVE, GUS, HAL = (("leads", name) for name in ("ada", "bob", "cyd", "dan", "eve", "gus", "hal"))
FAY = ("", "fay")
RECIPIENTS = [
    (*ADA, {"lead": "ada"}),
    (*BOB, {"lead": "bob"}),
    (*CYD, {"lead": "cyd", "pause": LONG}),
    (*DAN, {"lead": "dan"}),
    (*EVE, {"lead": "eve", "mobile": False}),
    (*FAY, {"lead": "fay"}),
    (*GUS, {"lead": "gus"}),
    (*HAL, {"lead": "hal", "mobile": False, "wait": SHORT}),
]

BUSY = dict(failure=dict(type="https://example.org/errors/overloaded", status=503, title="Overloaded", detail="no free line"),
            summary="All lines were busy", detail_internal="SIP 503 from trunk 2")
NO_NUMBER = dict(failure=dict(type="https://example.org/errors/no-number", status=404, title="No such number", detail="number not assigned"),
                 outcome="failed", external_reference="call-dan-3", summary="The number does not exist",
                 detail_internal="SIP 404 from trunk 1, cause 1")


def called(lead, number, outcome, summary):
    return dict(output=f'{{"outcome": "{outcome}"}}'.encode(), outcome=outcome, external_reference=f"call-{lead}-{number}",
                summary=summary, detail_internal=f"trunk 1, {number}")


TEXTED = dict(output=b'{"parts": 1}', outcome="delivered", external_reference="sms-1", summary="Text delivered")
SENT = dict(output=b'{"accepted": true}', outcome="delivered", external_reference="mail-1", summary="Welcome email sent")

# What workers say, by recipient, task and how often they were asked; None = nothing yet.
SAID = {
    ("ada", "callLead", 1): called("ada", 1, "answered", "Ada was reached"),
    ("bob", "callLead", 1): BUSY,
    ("bob", "callLead", 2): called("bob", 2, "no_answer", "Nobody answered"),
    ("bob", "text", 1): TEXTED,
    ("cyd", "callLead", 1): BUSY,
    ("dan", "callLead", 1): BUSY,
    ("dan", "callLead", 2): BUSY,
    ("dan", "callLead", 3): NO_NUMBER,
    ("eve", "callLead", 1): called("eve", 1, "no_answer", "Nobody answered"),
    ("fay", "callLead", 1): called("fay", 1, "no_answer", "Nobody answered"),
    ("fay", "text", 1): TEXTED,
    ("gus", "callLead", 1): None,
    ("hal", "callLead", 1): called("hal", 1, "busy", "The line was engaged"),
    ("hal", "secondCall", 1): called("hal", 2, "no_answer", "Nobody answered the second call"),
    ("mia", "summarise", 1): dict(output=b'{"summary": "Wants an offer by Friday"}', summary="Summarised in 12 words"),
    ("mia", "nextStep", 1): dict(output=b'{"next": "Send the offer", "tokens": 212}', summary="One step proposed"),
    ("nat", "summarise", 1): dict(failure=dict(type="https://example.org/errors/refused", status=422, title="Refused",
                                               detail="the call has no words"), summary="There was nothing to summarise"),
    ("oto", "summarise", 1): None,
    ("pia", "summarise", 1): None,
    ("rex", "summarise", 1): None,
}

SETTLED = """
  SELECT coalesce(recipient_id, '') || ' ' || workflow, concat_ws(' ', status, CASE WHEN ended_at IS NULL THEN waiting_for END)
    FROM workflow.run"""
EXPECTED = {
    "ada sales/follow-up": "completed", "bob sales/follow-up": "waiting timer", "cyd sales/follow-up": "waiting retry",
    "dan sales/follow-up": "faulted", "eve sales/follow-up": "cancelled", "fay sales/follow-up": "suspended resume",
    "gus sales/follow-up": "running action", "hal sales/follow-up": "completed",
    "mia agents/call-brief": "completed", "nat agents/call-brief": "faulted", "oto agents/call-brief": "running action",
    "pia agents/call-brief": "running action", "rex agents/call-brief": "running action",
    **{f"{name} success/welcome": "completed" for name in ("ada", "ivy", "jon", "kim", "lee", "max", "")},
    "bob success/welcome": "waiting timer",
}


class Stage:
    """A database, a daemon and the test as its worker; `play()` brings all runs to where
    they are asked about."""

    TENANT, OTHER = "acme", "globex"

    def __init__(self, broker, database, messages, programs, folder):
        self.database, self.messages, self._keys = database, messages, {}
        definitions = pathlib.Path(folder) / "definitions"
        shutil.copytree(WORKFLOWS, definitions)
        self.topics = runners.Topics("stage")
        self.topics.create(broker)
        functions = [{"name": name, "topic": self.topics.requests, "timeout": "2h"} for name in FUNCTIONS]
        self.daemon = runners.Workflowd(programs, folder, database, broker, self.topics, definitions, config={"functions": functions})
        self.publisher = contract.Publisher(broker)
        self.worker = HandWorker(broker, self.topics, messages, self.publisher)
        for role, member, tenants in (("story_reader", "workflow_reader", [self.TENANT]), ("story_other", "workflow_reader", [self.OTHER]),
                                      ("story_admin", "workflow_admin", [])):
            if not database.query("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                database.query(f"CREATE ROLE {role} LOGIN IN ROLE {member}")
            for tenant in tenants:
                database.query("INSERT INTO workflow.reader_tenant VALUES (%s, %s)", role, tenant)

    def close(self):
        self.worker.close()
        self.daemon.close()

    # ---- the play

    def play(self):
        self.daemon.start()
        for step in (self._import, self._sources, self._briefs):
            step()
        self._answer_all()
        self._control()
        eventually(self._all_are_there, 60, lambda: f"{EXPECTED} but for {set(self._settled().items()) ^ set(EXPECTED.items())}")
        return self

    def _publish(self, id, workflow, recipients=(), data=None, kind="API", tenant=TENANT, **fields):
        """One after another, so that their order is known."""
        source = self.messages.modules["trigger_event"]
        fields["source"] = source.TriggerSource(kind=source.TriggerSourceKind.Value(f"TRIGGER_SOURCE_KIND_{kind}"), **fields.get("source", {}))
        self.publisher.send(self.topics.triggers, self.messages.trigger(id, workflow, recipients, data, tenant=tenant, **fields), partition=0)
        self.publisher.flush()
        eventually(lambda: self.database.value("SELECT sum(recipient_count) = (SELECT count(*) FROM workflow.run) AND count(*) FILTER"
                                               " (WHERE event_id = %s) = 1 FROM workflow.trigger", id), 30, f"{id} is taken")

    def _ref(self, collection, id):
        return self.messages.modules["recipient"].RecipientRef(collection=collection, id=id)

    def _import(self):
        self._publish("import-7", "sales/follow-up", RECIPIENTS, {"pause": NONE, "wait": LONG, "mobile": True}, source={"name": "crm"},
                      type="leads.imported", actor=self._ref("users", "olga"), cancellation_key="import-7", correlation_id="batch-2026-11")

    def _sources(self):
        def welcome(id, kind, recipients, wait=SHORT, **fields):
            self._publish(id, "success/welcome", recipients, {"wait": wait}, kind, **fields)

        welcome("joined-1", "AUDIENCE", [ADA], source={"audience_key": "new-leads"}, actor=self._ref("", "olga"))
        welcome("monday-1", "SCHEDULE", ["ivy"], source={"schedule_id": "every-monday"})
        welcome("news-1", "BROADCAST", [("users", "jon"), ("users", "kim")], source={"name": "newsletter"})
        welcome("step-1", "WORKFLOW_STEP", [BOB], LONG, source={"name": "sales/follow-up"}, cancellation_key="import-7")
        welcome("signed-1", "INTEGRATION", [("accounts", "max")], source={"name": "signatures"}, type="document.signed")
        welcome("nobody-1", "API", [])
        welcome("try-1", "REHEARSAL", ["lee"], LONG)

    def _briefs(self):
        for name in ("mia", "nat", "oto", "pia", "rex"):
            self._publish(f"call-{name}", "agents/call-brief", [("calls", name)], {"call": f"call-{name}-1"}, tenant=self.OTHER)

    def _answer_all(self):
        """Until everything that was to be said is."""
        done, asked = set(), 0
        emails = {"ada", "ivy", "jon", "kim", "bob", "max", ""}
        while done != {*SAID, *((name, "email", 1) for name in emails)}:
            for request in self.worker.requests(asked + 1)[asked:]:
                asked += 1
                key = request.recipient.id, request.step.rsplit("/", 1)[1], request.attempt
                answer = SENT if key[1] == "email" else SAID[key]
                done.add(key)
                if answer:
                    self.worker.answer(request.action_id, request.attempt, request.reply_to.partition, **answer)

    def _control(self):
        """Once the two wait."""
        def reached(name):
            eventually(lambda: self._settled()[f"{name} sales/follow-up"] == "waiting timer", 30, f"{name} waits")
        module = self.messages.modules["run_command"]
        reached("eve")
        target = module.CancellationTarget(tenant=self.TENANT, cancellation_key="import-7", recipients=[self._ref(*EVE)])
        command = module.RunCommand(kind=module.RUN_COMMAND_KIND_CANCEL, cancellation=target, actor="olga", reason="She asked not to be called")
        self.publisher.send(self.topics.commands, command.SerializeToString(), partition=1)
        self.publisher.flush()
        reached("fay")
        self.database.query("SELECT workflow.suspend_run(%s, 'Checked by the sales desk')", self.run_id("fay"))

    def _settled(self):
        return dict(self.database.query(SETTLED))

    def _all_are_there(self):
        return self._settled() == EXPECTED

    # ---- the answers

    def run_id(self, recipient, workflow="sales/follow-up"):
        return self.database.value("SELECT run_id::text FROM workflow.run WHERE coalesce(recipient_id, '') = %s AND workflow = %s",
                                   recipient, workflow)

    def fill(self, text):
        """Names in braces as asked.Question has them."""
        def value(found):
            if found[0] == "{cursor}":
                page = self.by_sql("story_reader", "SELECT workflow_api.knock_runs(page_size => 2, workflow => 'success/welcome')::text")
                return json.loads(page)["page_info"]["after"]
            if found[1] == "id:":
                return self.database.value("SELECT workflow.workflow_id(%s)::text", found[2])
            return self.run_id(found[2], found[3] or "sales/follow-up")
        return re.sub(r"{(id:)?([a-z]+(?:/[a-z-]+)?)(?:@([a-z]+/[a-z-]+))?}", value, text)

    def by_sql(self, role, statement):
        """What a login with that role gets: one value."""
        with contextlib.closing(psycopg2.connect(self.database.cluster.conninfo(self.database.name, role))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0]

    def ask(self, question):
        """The text of the answer, by the login that may ask."""
        role = "story_admin" if question.operator else "story_reader" if question.tenant == self.TENANT else "story_other"
        return self.by_sql(role, f"SELECT (workflow_api.{self.fill(question.call)})::text")

    def path(self, question):
        return self.fill(question.path)

    def key(self, tenant=TENANT, role="reader"):
        """A key of workflowd-api, the same each time."""
        if (tenant, role) not in self._keys:
            self._keys[tenant, role] = self.database.value("SELECT workflow_api.create_key('stage', %s, %s)", tenant, role)
        return self._keys[tenant, role]

    def kinds(self):
        """Of what kind each id is: a run's, a trigger's; None = it follows from names."""
        found = {id: "run" for id, in self.database.query("SELECT run_id::text FROM workflow.run")}
        found.update((id, "trigger") for id, in self.database.query("SELECT trigger_id::text FROM workflow.trigger"))
        found.update((id, None) for id, in self.database.query(
            "SELECT workflow_id::text FROM workflow.definition UNION ALL"
            " SELECT workflow.task_id(workflow_id, version, reference)::text FROM workflow.definition JOIN workflow.task USING (definition_id)"))
        return found
