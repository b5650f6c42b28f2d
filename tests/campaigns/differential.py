#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every conformance scenario by one daemon, all at a time, and by `workflowctl rehearse`: both must come to the same
status, output, error, tasks, history, emitted events and lifecycle events. Then a choice of them while the daemon is
killed again and again, and by two instances of which one dies. run.sh builds and calls this; the tests play some."""
import concurrent.futures
import contextlib
import glob
import json
import os
import pathlib
import random
import sys
import tempfile
import time

import ground

sys.path.insert(0, os.path.join(ground.HERE, "..", "conformance"))

import checker  # noqa: E402
import kafka_server  # noqa: E402
import lives  # noqa: E402
import messages as contract  # noqa: E402
import scenarios  # noqa: E402
import workflowctl  # noqa: E402
import workflowd as runners  # noqa: E402
from answering import AnsweringSite  # noqa: E402
from database import PostgresServer  # noqa: E402
from playing import Player  # noqa: E402
from twin import Twin, unequal  # noqa: E402

# What scenarios call: names of their own, and what the DSL leaves to workers.
FUNCTIONS = ("greet", "log", "getPet", "askNurse", "askDoctor", "f", "g", "grpc", "asyncapi", "a2a", "mcp", "container", "script", "shell")
# Rehearsals have no configuration that bounds children, and say so; they know who calls a function, and why an event was none.
OTHERWISE = ("a workflow that runs itself for ever", "a function is answered by the task that calls it",
             "a listen that still waits says why none of the events was it")
# What both can be given.
KEYS = {"name", "do", "workflow", "text", "input", "answers", "events", "children", "options", "expect"}
OPTIONS = {"--lifecycle", "--cancel-after", "--function"}

# Several of its scenarios want tokens, certificates and secrets, which nobody has here.
REHEARSED_ONLY = ("each",)


def is_playable(scenario):
    """Not those that are refused, that a rehearsal stops at, that are about rehearsals alone, or that need an OpenAPI
    document or a secret, which nobody has."""
    expect = scenario.get("expect", {})
    options = {option for option in map(str, scenario.get("options", [])) if option.startswith("--")}
    return (expect.get("status") != "refused" and expect.get("waits") != ["http"] and not any(word in json.dumps(scenario) for word in ("openapi", "secrets"))
            and scenario.keys() <= KEYS and options <= OPTIONS and scenario["name"] not in OTHERWISE)


def playable():
    """[(file, scenario)]"""
    return [(os.path.basename(path)[:-5], scenario) for path in sorted(glob.glob(os.path.join(scenarios.HERE, "*.yaml")))
            if os.path.basename(path)[:-5] not in REHEARSED_ONLY for scenario in scenarios.read(path) if is_playable(scenario)]


class Stand:
    """Where scenarios are played: servers, topics, a folder, a site, and an instance's configuration."""

    def __init__(self, programs, folder, database, broker, topics, messages, publisher):
        self.programs, self.folder, self.database, self.broker = programs, pathlib.Path(folder), database, broker
        self.topics, self.messages, self.publisher = topics, messages, publisher
        self.lifecycle = topics.triggers + ".lifecycle"
        broker.create_topics(**{self.lifecycle: 4})
        functions = [{"name": name, "topic": topics.requests, "timeout": "60s"} for name in FUNCTIONS]
        self.config = {"functions": functions, "topics": {"lifecycle": self.lifecycle}, "calls": {"allow": "127.0.0.1"}}
        self.definitions = self.folder / "definitions"
        self.definitions.mkdir(exist_ok=True)
        self.site = AnsweringSite()

    def rehearse(self, chosen):
        """Twins of [(file, scenario)], without those that take long, or run what only answers stand for."""
        path = self.folder / "rehearse.yaml"
        path.write_text(json.dumps(self.config))

        def one(numbered):
            number, (file, scenario) = numbered
            return Twin(f"s{number:03}", file, scenario, str(self.folder)).rehearse(os.path.join(self.programs, "workflowctl"), str(path), self.site)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            twins = list(pool.map(one, enumerate(chosen)))
        return [twin for twin in twins if not twin.is_long() and not twin.lacks_children()]

    def play(self, twins, start, meanwhile=None, pace=None):
        """Plays them by what `start()` starts, and judges; returns a line of what there was."""
        player = Player(twins, self.database, self.broker, self.topics, self.messages, self.publisher, self.lifecycle)
        try:
            player.write_definitions(self.definitions)
            start()
            player.begin(pace)
            player.play(120, meanwhile or (lambda: None))
            return self.judge(twins, player)
        finally:
            player.close()

    def judge(self, twins, player):
        wrong = []
        results = player.results()
        for twin in twins:
            if results[twin.key] is None:
                differences = [] if not twin.rehearsed["events"] else [("run", "one", "none")]
            else:
                differences = twin.differences(results[twin.key])
            if differences:
                wrong.append(f"{twin.key} {twin.name}\n{unequal(differences)}")
        assert not wrong, f"{len(wrong)} of {len(twins)} differ:\n" + "\n".join(wrong)
        checker.nothing_is_stuck(self.database)
        checker.nothing_is_quarantined(self.database)
        checker.histories_are_gapless(self.database)
        checker.status_agrees_with_history(self.database)
        checker.results_count_once(self.database)
        told = lives.check(player.told)
        workflowctl.said(self.programs, self.database, "verify", "--all")
        return f"{len(twins)} scenarios, {told} runs told {len(player.told)} lifecycle events; all as rehearsed"

    def close(self):
        self.site.close()


def is_timeless(twin):
    """Whether it comes to the same however late the daemon is."""
    return twin.took() < 0.1 and not twin.waits() and "--cancel-after" not in twin.options


def killer(daemons, chance, times):
    """What is done meanwhile: kill -9 of one of `daemons` `times` times, at random instants, and a start anew."""
    def kill():
        if kill.left and all(daemon.child.running() for daemon in daemons) and chance.random() < 0.2:
            kill.left -= 1
            daemon = chance.choice(daemons)
            daemon.kill()
            daemon.start(wait=False)
    kill.left = times
    return kill


@contextlib.contextmanager
def stand(chosen, kind):
    """A stand outside of pytest, and what starts an instance on it."""
    programs, started = os.path.join(os.path.abspath(chosen.build_dir), "bin"), []
    with tempfile.TemporaryDirectory(prefix="wf-differential-") as folder, contextlib.ExitStack() as stack:
        postgres = PostgresServer(programs)
        stack.callback(postgres.close)
        broker = kafka_server.EmbeddedBroker(programs, folder) if kind == "embedded" else kafka_server.RealKafka()
        stack.callback(broker.stop)
        topics = runners.Topics("differential")
        topics.create(broker)
        place = Stand(programs, folder, postgres.fresh(), broker, topics, contract.Messages(os.path.abspath(chosen.build_dir)),
                      contract.Publisher(broker))
        stack.callback(place.close)

        def start(name="one", wait=True):
            started.append(runners.Workflowd(programs, folder, place.database, broker, topics, place.definitions, name, place.config))
            stack.callback(started[-1].close)
            return started[-1].start(wait)
        yield place, start


def played(chosen, kind, what, count, instances=1, kills=0):
    """One stage of the campaign. `count`: how many scenarios, 0 = all."""
    chance, began, daemons = random.Random(chosen.seed), time.monotonic(), []
    with stand(chosen, kind) as (place, start):
        twins = place.rehearse(playable())
        if kills:
            twins = [twin for twin in twins if is_timeless(twin)]
        if count:
            twins = chance.sample(twins, min(count, len(twins)))

        def begin():
            daemons.extend(start(f"instance-{number}", wait=number == instances - 1) for number in range(instances))
        told = place.play(twins, begin, killer(daemons, chance, kills) if kills else None, 10 if kills else None)
        ground.say(f"differential, {what}, {kind} broker: {told}, {time.monotonic() - began:.0f} s")


def main():
    options = ground.options(__doc__, kills=(8, "kills of the daemon, and of two instances"), scenarios=(120, "scenarios that are played under kills"))
    for kind in options.brokers:
        played(options, kind, "all", 0)
        played(options, kind, f"{options.kills} kills", options.scenarios, kills=options.kills)
    if "real" in options.brokers:
        played(options, "real", f"two instances, {options.kills} kills", options.scenarios, instances=2, kills=options.kills)


if __name__ == "__main__":
    main()
