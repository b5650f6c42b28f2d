# SPDX-License-Identifier: Apache-2.0
"""Reads scenarios and plays them by `workflowctl rehearse --json`.

A file of scenarios is a YAML list. Of each:

  name      what is shown, unique in its file
  do        the workflow's tasks; or
  workflow  more of the document: use, input, output, timeout, schedule, evaluate, do; or
  text      the whole document as it is
  input     the workflow's input
  answers   what actions are answered with (workflowctl(1))
  events    what is received (workflowctl(1))
  children  other documents, each like `workflow`, with a `document` of its own
  beside    the same, but nothing names their files: they lie in the same folder
  options   further arguments of the command
  expect    what must come of it:
    status    completed (default when nothing says otherwise), faulted, cancelled, waiting, refused
    output    equal
    error     its members, those named here; null = must not be there
    has       members of the output that must be there: "a.b"
    ran       names of the tasks that were entered and not skipped, in this order
    skipped   names of those that were skipped
    tasks     status by name
    took      virtual seconds from the start to the last event
    says      texts that standard error holds, when it is refused or waits
    waits     references or functions that it waits for
    emitted   the events emitted, in order, their members named here
    asked     what workers are asked for, in order: function, and perhaps arguments
    told      the lifecycle events, in order: "task.started /do/0/t", "workflow.completed"
    tells     of the lifecycle events of that name, the last one's data: the members named here
"""
import json
import os
import re
import subprocess
from datetime import datetime

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = {"dsl": "1.0.3", "namespace": "conformance", "name": "scenario", "version": "1.0.0"}
EXIT = {"completed": 0, "refused": 2, "faulted": 3, "cancelled": 4, "waiting": 5}


class Core(yaml.SafeLoader):
    """YAML 1.2: `on` and `yes` are texts, an instant is one too."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read(path):
    with open(path, encoding="utf-8") as file:
        scenarios = yaml.load(file, Loader=Core) or []
    names = [scenario["name"] for scenario in scenarios]
    assert len(names) == len(set(names)), f"{path}: a name stands twice"
    return scenarios


def document(body, name="scenario"):
    return {"document": {**HEAD, "name": name, **body.get("document", {})},
            **{key: value for key, value in body.items() if key != "document"}}


class Rehearsal:
    """What one scenario came to."""

    def __init__(self, programs, folder, scenario):
        self.folder = str(folder)
        arguments = [os.path.join(programs, "workflowctl"), "rehearse", self.definition(scenario), "--json"]
        for kind in ("input", "answers"):
            if kind in scenario:
                arguments += [f"--{kind}", self.write(f"{kind}.json", scenario[kind])]
        if "events" in scenario:
            arguments += ["--event", self.write("events.json", scenario["events"])]
        for number, child in enumerate(scenario.get("children", [])):
            arguments += ["--definition", self.write(f"child{number}.json", document(child))]
        for number, child in enumerate(scenario.get("beside", [])):
            self.write(f"beside{number}.json", document(child))
        arguments += [str(option) for option in scenario.get("options", [])]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        self.code, self.said = done.returncode, done.stderr
        self.result = json.loads(done.stdout) if done.stdout else {}

    def write(self, name, value):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) and name.endswith(".yaml") else json.dumps(value))
        return path

    def definition(self, scenario):
        if "text" in scenario:
            return self.write("definition.yaml", scenario["text"])
        body = dict(scenario.get("workflow", {}))
        if "do" in scenario:
            body["do"] = scenario["do"]
        return self.write("definition.json", document(body))

    # ---- what came of it

    def names(self, skipped):
        return [task["name"] for task in self.result["tasks"] if (task["status"] == "skipped") == skipped]

    def took(self):
        at = [datetime.fromisoformat(event["at"].replace("Z", "+00:00")) for event in self.result["events"]]
        return (max(at) - min(at)).total_seconds()


def member(value, path):
    for part in path.split("."):
        assert isinstance(value, dict) and part in value, f"no {path} in {value}"
        value = value[part]
    return value


def members(actual, expected, what):
    assert isinstance(actual, dict), f"{what}: {actual}"
    for name, value in expected.items():
        if value is None:
            assert name not in actual, f"{what}: {name} is {actual[name]}"
        else:
            assert actual.get(name) == value, f"{what}: {name} is {actual.get(name)!r}, not {value!r}, in {actual}"


def check(rehearsal, expect):
    status, said, result = expect.get("status", "completed"), rehearsal.said, rehearsal.result
    assert rehearsal.code == EXIT[status], f"exit {rehearsal.code}, not {EXIT[status]}: {said} {result.get('error')}"
    for text in expect.get("says", []):
        assert text in said, said
    assert result["status"] == status
    if status == "refused":
        return
    if "output" in expect:
        assert result["output"] == expect["output"]
    if "error" in expect:
        members(result["error"], expect["error"], "error")
    for path in expect.get("has", []):
        member(result["output"], path)
    for what, skipped in (("ran", False), ("skipped", True)):
        if what in expect:
            assert rehearsal.names(skipped) == expect[what]
    for name, wanted in expect.get("tasks", {}).items():
        found = [task["status"] for task in result["tasks"] if task["name"] == name]
        assert found and found[-1] == wanted, f"{name}: {found}"
    if "took" in expect:
        assert rehearsal.took() == expect["took"]
    if "waits" in expect:
        assert [want.get("function") or want["reference"] for want in result["waitingFor"]] == expect["waits"]
    if "emitted" in expect:
        assert len(result["emitted"]) == len(expect["emitted"])
        for actual, wanted in zip(result["emitted"], expect["emitted"]):
            members(actual, wanted, "event")
    if "asked" in expect:
        asked = [event for event in result["events"] if event["type"] == "action.requested"]
        assert [event["function"] for event in asked] == [wanted["function"] for wanted in expect["asked"]]
        given = {}
        for event, wanted in zip(asked, expect["asked"]):
            # An event says what is called with what only when it differs from the attempt before.
            given[event["action"]] = event["data"].get("arguments", given.get(event["action"]))
            if "arguments" in wanted:
                assert given[event["action"]] == wanted["arguments"]
    if "told" in expect:
        assert [told(event) for event in result["lifecycle"]] == expect["told"]
    for name, data in expect.get("tells", {}).items():
        members([event["data"] for event in result["lifecycle"] if told(event) == name][-1], data, name)


def told(event):
    name = event["type"].removeprefix("io.serverlessworkflow.").removesuffix(".v1")
    return f"{name} {event['data']['task']}" if "task" in event["data"] else name
