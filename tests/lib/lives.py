# SPDX-License-Identifier: Apache-2.0
"""Judges lifecycle events as the specification has them (dsl-reference.md, "Lifecycle Events"): each member of each,
once for each (run, fact), in the order of the run."""
import re

WHOSE = {"workflow": {"name"}, "task": {"workflow", "task"}}
# The instant's name, and what else there must be, and may be.
KINDS = {
    "workflow.started": ("startedAt", {"definition"}, set()),
    "workflow.suspended": ("suspendedAt", set(), set()),
    "workflow.resumed": ("resumedAt", set(), set()),
    "workflow.correlation-started": ("startedAt", set(), set()),
    "workflow.correlation-completed": ("completedAt", set(), {"correlationKeys"}),
    "workflow.cancelled": ("cancelledAt", set(), set()),
    "workflow.faulted": ("faultedAt", {"error"}, set()),
    "workflow.completed": ("completedAt", set(), {"output"}),
    "workflow.status-changed": ("updatedAt", {"status"}, set()),
    "task.created": ("createdAt", set(), set()),
    "task.started": ("startedAt", set(), set()),
    "task.suspended": ("suspendedAt", set(), set()),
    "task.resumed": ("resumedAt", set(), set()),
    "task.retried": ("retriedAt", set(), set()),
    "task.cancelled": ("cancelledAt", set(), set()),
    "task.faulted": ("faultedAt", {"error"}, set()),
    "task.completed": ("completedAt", set(), {"output"}),
    "task.status-changed": ("updatedAt", {"status"}, set()),
}
ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "sequence", "datacontenttype", "data"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ENDS = ("completed", "faulted", "cancelled")
STATUSES = ("pending", "running", "waiting", "suspended", "cancelled", "faulted", "completed")


def kind_of(event):
    return event["type"].removeprefix("io.serverlessworkflow.").removesuffix(".v1")


def is_as_specified(event):
    kind, data = kind_of(event), event["data"]
    assert kind in KINDS and event["type"] == f"io.serverlessworkflow.{kind}.v1", event
    instant, required, optional = KINDS[kind]
    required = required | WHOSE[kind.split(".")[0]] | {instant}
    assert required <= data.keys() <= required | optional, f"members {sorted(data)}: {event}"
    assert ATTRIBUTES <= event.keys() <= ATTRIBUTES | {"tenant", "traceparent"}, event
    assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json"), event
    assert INSTANT.fullmatch(data[instant]) and data[instant] == event["time"], event
    space, name = event["source"].removeprefix("/workflowd/").split("/")
    assert data.get("name", data.get("workflow")) == f"{name}-{event['subject']}.{space}", event
    assert re.fullmatch(rf"{event['subject']}:{event['sequence']}(\.[1-9]\d*)?", event["id"]), event
    if "definition" in data:
        assert data["definition"].keys() == {"name", "namespace", "version"} and data["definition"]["name"] == name, event
    if "error" in data:
        assert {"type", "status"} <= data["error"].keys() <= {"type", "status", "instance", "title", "detail"}, event
    if "task" in data:
        assert data["task"].startswith("/do/"), event
    if "status" in required:
        assert data["status"] in STATUSES, event


def is_a_life(events):
    """Those of one run, in their order and each once: it starts, its tasks do and end, it ends."""
    order = [(int(event["sequence"]), int((event["id"].split(".") + ["0"])[1])) for event in events]
    assert order == sorted(set(order)), f"out of order or twice: {order}"
    kinds = [kind_of(event) for event in events if not event["type"].endswith(".status-changed.v1")]
    if kinds in (["workflow.faulted"], ["workflow.cancelled"]):
        return  # its input is not valid, or it was recalled before it began
    assert kinds[0] == "workflow.started" and kinds.count("workflow.started") == 1, kinds
    assert not {f"workflow.{end}" for end in ENDS} & set(kinds[:-1]), f"something after the end: {kinds}"
    open_tasks = {}
    for event in events:
        kind, task = kind_of(event), event["data"].get("task")
        word = kind.removeprefix("task.")
        if not kind.startswith("task.") or word == "status-changed":
            continue
        if word == "created":
            open_tasks.setdefault(task, []).append("created")
            continue
        # What is retried anew may have faulted before.
        assert open_tasks.get(task) or word == "retried", f"{kind} of {task}, which is not open: {kinds}"
        if word in ENDS:
            open_tasks[task].pop()
        elif word == "retried" and not open_tasks.get(task):
            open_tasks[task] = ["retried"]
    if kinds[-1] in [f"workflow.{end}" for end in ENDS]:
        left = [task for task, states in open_tasks.items() if states]
        assert not left, f"the run has ended and nobody told of the end of {left}: {kinds}"


def check(topic):
    """`topic`: the events in the order in which they stand in their partition. One that was sent again after a crash
    counts where it stood first. Returns how many runs told of their lives."""
    lives = {}
    for event in topic:
        is_as_specified(event)
        life = lives.setdefault(event["subject"], {})
        assert life.setdefault(event["id"], event) == event, f"two events of one id: {event}, {life[event['id']]}"
    for life in lives.values():
        is_a_life(list(life.values()))
    return len(lives)
