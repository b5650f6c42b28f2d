# SPDX-License-Identifier: Apache-2.0
"""What the campaigns run on: the same servers and helpers as the tests, outside of pytest.
Everything listens on loopback and is gone afterwards, except the logs of a failure."""
import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import kafka_server  # noqa: E402
import messages as contract  # noqa: E402
import mixture  # noqa: E402
import workflowctl  # noqa: E402
import workflowd as runners  # noqa: E402
from children import eventually  # noqa: E402,F401 (for the campaigns)
from database import PostgresServer  # noqa: E402

BROKERS = {"embedded": ["embedded"], "real": ["real"], "both": ["embedded", "real"]}


def say(text):
    print(text, flush=True)


def options(about, broker="both", **numbers):
    """The command line: --build-dir, --seed, --broker where there is a choice (`broker` is the default, None = none),
    and a number of each given name: (default, help). Prints the seed."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True, help="the build that is tried")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is chosen")
    if broker:
        parser.add_argument("--broker", choices=BROKERS, default=broker, help="the broker")
    for name, (default, text) in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default, help=text)
    chosen = parser.parse_args()
    if broker:
        chosen.brokers = BROKERS[chosen.broker]
    say(f"seed {chosen.seed}")
    return chosen


class Ground:
    """One fresh database, one broker, its topics, the mixed workflows and a worker: `with Ground(options, "real")`."""

    def __init__(self, chosen, kind, postgres=None, kafka=None):
        self.programs = os.path.join(os.path.abspath(chosen.build_dir), "bin")
        self.folder = tempfile.mkdtemp(prefix="wf-campaign-")
        self.started = []
        with contextlib.ExitStack() as stack:
            self.postgres = PostgresServer(self.programs, **(postgres or {}))
            stack.callback(self.postgres.close)
            self.broker = kafka_server.EmbeddedBroker(self.programs, self.folder) if kind == "embedded" else \
                kafka_server.RealKafka(**(kafka or {}))
            stack.callback(self.broker.stop)
            self.database = self.postgres.fresh()
            self.topics = runners.Topics("campaign")
            self.topics.create(self.broker)
            self.definitions = os.path.join(self.folder, "definitions")
            os.mkdir(self.definitions)
            mixture.write_definitions(self.definitions)
            self.work = mixture.Mixture(self.database, self.broker, self.topics, contract.Messages(os.path.abspath(chosen.build_dir)),
                                        contract.Publisher(self.broker), random.Random(chosen.seed))
            self.keep(runners.Worker(self.programs, self.folder, self.broker, self.topics)).start()
            self.stack = stack.pop_all()

    def define(self, name, text):
        """One more workflow, for instances that start later."""
        with open(os.path.join(self.definitions, f"{name}.yaml"), "w") as out:
            out.write(text)

    def keep(self, runner):
        self.started.append(runner)
        return runner

    def verify(self, *arguments):
        """workflowctl verify."""
        workflowctl.said(self.programs, self.database, "verify", *arguments, seconds=None)

    def start(self, name, wait=True, config=None):
        """A running instance."""
        return self.keep(runners.Workflowd(self.programs, self.folder, self.database, self.broker, self.topics, self.definitions,
                                           name, runners.merge(mixture.CONFIG, config or {}))).start(wait)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for runner in self.started:
            runner.close()
        self.stack.close()
        if kind:
            say(f"what the processes said is in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
