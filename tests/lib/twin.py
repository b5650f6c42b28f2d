# SPDX-License-Identifier: Apache-2.0
"""One conformance scenario, played twice: by `workflowctl rehearse`, and by the daemon. Here is
what both are given, what each made of it, and where the two differ."""
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime

import yaml

from answering import Answers
from spans import scaled

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "conformance"))
import scenarios  # noqa: E402

LONGEST = 3.0   # seconds that a scenario may take; a longer one is played in less time
HTTP = ("http", "openapi")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(:\d+)?")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
NUMBER = re.compile(r"\b17\d{8}(?:\d{3})?\b")  # of seconds or milliseconds since 1970
HOST = re.compile(r"https?://([a-z0-9.-]+)")
# A result that comes after the end, which a rehearsal does not look behind; and what does not match a listener, most of
# which the daemon's SQL leaves out before the run could say so.
UNEQUAL = ("action.late_result", "event.rejected")
UNORDERED = ("fork", "listen", "workflow", "await")  # keys of documents in which several things happen at a time


def plain(value):
    """Without what two plays never have in common: ids and instants."""
    text = NUMBER.sub("0", json.dumps(value, sort_keys=True))
    return json.loads(INSTANT.sub("<instant>", UUID.sub("<id>", text)))


def keys_of(value):
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def renamed(value, old, new):
    """Texts and values: `old` in namespaces becomes `new`."""
    if isinstance(value, dict):
        return {key: new if key == "namespace" and member == old else renamed(member, old, new) for key, member in value.items()}
    return [renamed(member, old, new) for member in value] if isinstance(value, list) else value


class Twin:
    """A scenario in a namespace and a tenant of its own, both named `key`."""

    def __init__(self, key, file, scenario, folder):
        self.key, self.name, self.folder = key, f"{file}: {scenario['name']}", os.path.join(folder, key)
        os.mkdir(self.folder)
        self.scenario = scenario
        self.document = self._own(scenario["text"]) if "text" in scenario else self._document(scenario)
        self.children = [renamed(scenarios.document(child), "conformance", key) for child in scenario.get("children", []) + scenario.get("beside", [])]
        self.input, self.answers = scenario.get("input"), scenario.get("answers", {})
        self.events = [self._event(number, event) for number, event in enumerate(scenario.get("events", []))]
        self.options = [str(option) for option in scenario.get("options", [])]
        self.rehearsed, self.calls = None, {}

    def _own(self, text):
        return re.sub(r"(namespace\W+)[\w-]+", rf"\g<1>{self.key}", text, count=1)

    def _document(self, scenario):
        body = {**scenario.get("workflow", {}), **({"do": scenario["do"]} if "do" in scenario else {})}
        return renamed(scenarios.document(body), "conformance", self.key)

    def _event(self, number, given):
        event = dict(given.get("event", given) if "at" in given else given)
        event = {"id": f"{self.key}-{number}", "source": "https://example.com/test", "specversion": "1.0", **event}
        return {"at": given["at"], "event": event} if "at" in given else event

    def workflow(self):
        whole = yaml.load(self.document, Loader=scenarios.Core) if isinstance(self.document, str) else self.document
        return f"{self.key}/{whole['document']['name']}"

    # ---- the rehearsal

    def rehearse(self, program, config, site=None):
        """Plays it, in at most LONGEST seconds of its own clock; with a site, calls over HTTP really go there."""
        result = self._play(program, config)
        took = self._took(result)
        if took > LONGEST:
            self._shorten(LONGEST / took)
            result = self._play(program, config)
        self.rehearsed = result
        if site and self._calls(result) and not self.waits() and not self.is_long():
            self._go_to(site, result)
            self.rehearsed = self._play(program, config, "--live-http")
        return self

    def _play(self, program, config, *more):
        arguments = [program, "rehearse", self.write("definition", self.document), "--json", "--lifecycle", "-c", config, *more]
        if self.input is not None:
            arguments += ["--input", self.write("input", self.input)]
        if self.answers:
            arguments += ["--answers", self.write("answers", self.answers)]
        if self.events:
            arguments += ["--event", self.write("events", self.events)]
        for number, child in enumerate(self.children):
            arguments += ["--definition", self.write(f"child{number}", child)]
        arguments += [option for option in self.options if option != "--lifecycle"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        assert done.stdout, f"{self.name}: {done.returncode} {done.stderr}"
        return {"emitted": [], "lifecycle": [], **json.loads(done.stdout)}

    def write(self, name, value):
        path = os.path.join(self.folder, name + (".yaml" if isinstance(value, str) else ".json"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        return path

    def is_long(self):
        """Some of its times are not in the document."""
        return self.took() > LONGEST + 0.5

    def took(self):
        return self._took(self.rehearsed)

    @staticmethod
    def _took(result):
        instants = [event["at"] for event in result["events"]]
        if not instants:
            return 0
        first, last = (datetime.fromisoformat(at.replace("Z", "+00:00")) for at in (min(instants), max(instants)))
        return (last - first).total_seconds()

    def _shorten(self, factor):
        self.document, self.children, self.answers, self.options = (
            scaled(value, factor) for value in (self.document, self.children, self.answers, self.options))
        self.events = [{"at": scaled(event["at"], factor), "event": event["event"]} if "at" in event else event for event in self.events]

    @staticmethod
    def _calls(result):
        return [event for event in result["events"] if event.get("function") == "http" and event["type"] == "action.requested"]

    def _go_to(self, site, result):
        """What was answered from a document is now said by the site, at addresses of this scenario."""
        answers = Answers(self.answers)
        given = {}
        for event in (event for event in result["events"] if event["type"] == "action.requested"):
            given[event["action"], event["attempt"]] = answers.take((event["action"], event["attempt"]), event["reference"], event["function"])
        site.told[self.key] = self.calls = {(event["action"], event["attempt"]): given[event["action"], event["attempt"]]
                                            for event in self._calls(result)}
        here = f"{site.url}/{self.key}/"
        hosts = {"login.example.com", *(host for event in self._calls(result) for host in HOST.findall(json.dumps(event.get("data"))))}
        for name in ("document", "children", "input", "answers"):
            text = json.dumps(getattr(self, name))
            setattr(self, name, json.loads(re.sub(rf"https?://({'|'.join(hosts)})(?=[/\"?])", here + r"\1", text)))
        keys = {one for event in self._calls(result) for one in ("http", event["reference"], event["reference"].rsplit("/", 1)[1])}
        self.answers = {key: answer for key, answer in self.answers.items() if key not in keys}

    # ---- what it came to

    def lacks_children(self):
        """Whether it runs workflows that are not there."""
        asked = [event for event in self.rehearsed["events"] if event.get("function") == "workflow" and event["type"] == "action.requested"]
        return bool(asked) and not self.children

    def is_ordered(self):
        return not isinstance(self.document, str) and not keys_of(self.document) & set(UNORDERED)

    def waits(self):
        return self.rehearsed["status"] == "waiting"

    def differences(self, run):
        """`run`: what the tables have (Daemon.read). A list of (what, rehearsed, by the daemon)."""
        mine, found = self.rehearsed, []

        def compare(what, rehearsed, daemon):
            if rehearsed != daemon:
                found.append((what, rehearsed, daemon))

        compare("status", mine["status"], "waiting" if self.waits() and run["status"] == "running" else run["status"])
        if mine["status"] == "completed":
            compare("output", plain(mine["output"]), plain(run["output"]))
        compare("error", plain(mine["error"]), plain(run["error"]) if run["status"] == "faulted" else None)
        compare("tasks", self._in_order(mine["tasks"], ("reference", "name", "kind", "status", "visit", "attempts")),
                self._in_order(run["tasks"], ("reference", "name", "kind", "status", "visit", "attempts")))
        if not found:
            compare("events", self._events(mine["events"]), self._events(run["events"]))
        compare("emitted", sorted(json.dumps(plain(event), sort_keys=True) for event in mine["emitted"]),
                sorted(json.dumps(plain(event), sort_keys=True) for event in run["emitted"]))
        compare("lifecycle", *self._told(mine["lifecycle"], run["lifecycle"]))
        return found

    def _in_order(self, items, names):
        rows = [tuple(item[name] for name in names) for item in items]
        return rows if self.is_ordered() else sorted(rows, key=str)

    def _events(self, events):
        rows = []
        for event in events:
            if event["type"] in UNEQUAL:
                continue
            unsaid = () if self.is_ordered() else ("parent", "timer", "timeout_timer", "step")
            data = {key: value for key, value in (event.get("data") or {}).items() if key not in ("actor", *unsaid)}
            rows.append((event["type"], event.get("reference"), event.get("attempt"), event["level"], event.get("reasonCode"),
                         event.get("summary"), event.get("detail"), json.dumps(plain(data), sort_keys=True)))
        return rows if self.is_ordered() else sorted(rows, key=str)

    def _told(self, mine, run):
        """The first run's whole; of its children only that what was rehearsed is there, since they may go on behind its end."""
        def lives(events):
            found = {}
            for event in events:
                row = (scenarios.told(event), event["source"], json.dumps(plain(event["data"]), sort_keys=True))
                found.setdefault(event["subject"], []).append(row)
            whole, *children = found.values() or [[]]
            return (whole if self.is_ordered() else sorted(whole)), sorted(children)

        (mine, children), (run, others) = lives(mine), lives(run)
        missing = [life for life in children if not any(other[:len(life)] == life for other in others)]
        return mine + missing, run


def unequal(differences):
    """Readable: of two lists only what one has and the other has not."""
    lines = []
    for what, mine, other in differences:
        if isinstance(mine, list) and isinstance(other, list):
            here, there = Counter(map(str, mine)), Counter(map(str, other))
            gone, more = list((here - there).elements()), list((there - here).elements())
            lines.append(f"  {what}: " + ("the same in another order: " + f"{mine}\n    {other}" if not gone and not more else ""))
            lines += [f"    - {one}" for one in gone] + [f"    + {one}" for one in more]
        else:
            lines.append(f"  {what}: {mine!r}\n    daemon: {other!r}")
    return "\n".join(lines)
