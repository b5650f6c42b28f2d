# SPDX-License-Identifier: Apache-2.0
"""What is asked of the stage for each of the five products, by SQL and by HTTP, and the
files that hold the answers: tests/integration/answers/<product>/<case>.json."""
import dataclasses
import pathlib

ANSWERS = pathlib.Path(__file__).parents[1] / "integration" / "answers"
FOLLOW_UP, WELCOME, BRIEF = "sales/follow-up", "success/welcome", "agents/call-brief"
PEOPLE = ("ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal")


@dataclasses.dataclass
class Question:
    """`call` is a function of workflow_api with its arguments; `path` what HTTP is asked for.
    In both, names in braces are filled in by the stage: {ada} is the run of sales/follow-up
    for ada, {mia@agents/call-brief} that of another workflow, {id:…} the id of a workflow."""
    product: str
    case: str
    call: str
    path: str
    operator: bool = False
    tenant: str = "acme"

    @property
    def name(self):
        return f"{self.product}/{self.case}"

    @property
    def is_list(self):
        return self.name in ("knock/list", "knock/page", "plannr/list", "plannr/names", "plannr/blueprint")

    @property
    def file(self):
        return ANSWERS / f"{self.name}.json"


def questions():
    knock, plannr = "/knock/v1/workflow_recipient_runs", "/plannr/api/v1"
    yield Question("knock", "list", "knock_runs()", knock)
    yield Question("knock", "page", f"knock_runs(page_size => 2, workflow => '{WELCOME}', after => '{{cursor}}')",
                   f"{knock}?page_size=2&workflow=success%2Fwelcome&after={{cursor}}")
    for name in PEOPLE:
        yield Question("knock", name, f"knock_run('{{{name}}}')", f"{knock}/{{{name}}}")
        yield Question("leadping", name, f"leadping_workflow_status('{name}')", f"/leadping/leads/{name}/workflow-status")
        yield Question("dialnexa", name, f"dialnexa_history('{{id:{FOLLOW_UP}}}', '{{{name}}}')",
                       f"/dialnexa/v1/workflows/{{id:{FOLLOW_UP}}}/leads/{{{name}}}/history")
        yield Question("truestate", name, f"truestate_session('{{id:{FOLLOW_UP}}}', '{{{name}}}')",
                       f"/truestate/automations/{{id:{FOLLOW_UP}}}/sessions/{{{name}}}/")
        yield Question("plannr", name, f"plannr_execution('{{{name}}}', true)", f"{plannr}/automation-executions/{{{name}}}?include=account")
    yield Question("knock", "rehearsal", f"knock_run('{{lee@{WELCOME}}}')", f"{knock}/{{lee@{WELCOME}}}")
    yield Question("leadping", "operator", "leadping_workflow_status('dan', true)", "/leadping/leads/dan/workflow-status", operator=True)
    for name in ("mia", "nat", "oto"):
        yield Question("truestate", name, f"truestate_session('{{id:{BRIEF}}}', '{{{name}@{BRIEF}}}')",
                       f"/truestate/automations/{{id:{BRIEF}}}/sessions/{{{name}@{BRIEF}}}/", tenant="globex")
    yield Question("plannr", "list", "plannr_executions(account_uuids => '{bob,hal}', include_account => true, sort => 'created_at', page_size => 2)",
                   f"{plannr}/automation-executions?filter[account_uuids]=bob,hal&include=account&sort=created_at&page[size]=2")
    yield Question("plannr", "names", "plannr_executions(page_size => 3)", f"{plannr}/automation-executions?page[size]=3")
    yield Question("plannr", "blueprint", f"plannr_blueprint_executions('{{id:{WELCOME}}}', sort => '-created_at')",
                   f"{plannr}/automation-blueprints/{{id:{WELCOME}}}/executions?sort=-created_at")


# Once it has been cancelled.
CANCELLED = Question("truestate", "cancelled", f"truestate_session('{{id:{BRIEF}}}', '{{pia@{BRIEF}}}')",
                     f"/truestate/automations/{{id:{BRIEF}}}/sessions/{{pia@{BRIEF}}}/", tenant="globex")
