# SPDX-License-Identifier: Apache-2.0
"""Runs workflowd and the example worker for tests: configured by a dict, started,
killed, stopped and restarted at will."""
import json
import os
import signal
import urllib.error
import urllib.request

from children import Child, eventually
from pgcluster import free_port

FUNCTIONS = ("noop", "callLead", "sendMessage", "chargeCard", "transcribeCall")


def merge(base, more):
    """Dicts in dicts, the second wins."""
    merged = dict(base)
    for key, value in more.items():
        merged[key] = merge(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
    return merged


class Topics:
    """Names of a test's own topics, so that tests share a broker without meeting."""

    def __init__(self, prefix):
        self.triggers = f"{prefix}.triggers"
        self.commands = f"{prefix}.commands"
        self.requests = f"{prefix}.action-requests"
        self.results = f"{prefix}.action-results"

    def create(self, broker, partitions=4):
        broker.create_topics(**{name: partitions for name in (self.triggers, self.commands, self.requests, self.results)})


class Workflowd:
    """One instance. Its configuration is JSON, which is YAML too."""

    def __init__(self, programs, folder, database, broker, topics, definitions, name="one", config=None, environment=None):
        self.environment = environment
        self.program = os.path.join(programs, "workflowd")
        self.name = name
        self.port = free_port()
        self.path = os.path.join(folder, f"workflowd-{name}.yaml")
        self.log = os.path.join(folder, f"workflowd-{name}.log")
        self.child = None
        base = {
            "instance": {"name": name},
            "postgres": {"conninfo": database.daemon_conninfo},
            "kafka": {"bootstrap.servers": broker.address, "group.id": topics.triggers},
            "topics": {"triggers": topics.triggers, "commands": topics.commands, "results": topics.results},
            "functions": [{"name": function, "topic": topics.requests, "timeout": "60s",
                           "heartbeat": "5s" if function == "transcribeCall" else "0s"} for function in FUNCTIONS],
            "definitions": {"folder": str(definitions)},
            "log": {"target": "stderr"},
            "http": {"listen": f"127.0.0.1:{self.port}"},
        }
        self.configure(merge(merge(base, broker.daemon_config), config or {}))

    def configure(self, config):
        self.config = config
        with open(self.path, "w") as out:
            json.dump(config, out, indent=2)

    def start(self, wait=True):
        self.child = Child(f"workflowd {self.name}", [self.program, "-c", self.path], self.log, env=self.environment)
        if wait:
            try:
                eventually(self.ready, 60, f"workflowd {self.name} is ready")
            except AssertionError as late:
                raise AssertionError(f"{late}; /readyz says {self.get('/readyz')}") from None
        return self

    def get(self, path):
        """(status, body) of its HTTP listener, or None when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        except OSError:
            return None

    def metric(self, series):
        """The value of a series as /metrics names it; 0 when it is not there yet."""
        _, body = self.get("/metrics")
        return next((float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if line.startswith(series + " ")), 0.0)

    def resident(self):
        """Bytes of memory that it holds."""
        with open(f"/proc/{self.child.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def ready(self):
        if not self.child.running():
            raise AssertionError(f"workflowd {self.name} ended, code {self.child.process.returncode}:\n{self.child.tail()}")
        answer = self.get("/readyz")
        return answer is not None and answer[0] == 200

    def kill(self):
        self.child.kill()

    def stop(self):
        return self.child.stop()

    def freeze(self):
        self.child.signal(signal.SIGSTOP)

    def thaw(self):
        self.child.signal(signal.SIGCONT)

    def close(self):
        if self.child and self.child.running():
            self.child.kill()


class Worker:
    """The example worker in C."""

    def __init__(self, programs, folder, broker, topics, name="worker"):
        self.arguments = [os.path.join(programs, "workflow-example-worker"), "--brokers", broker.address,
                          "--topic", topics.requests, "--group", f"{topics.requests}.workers"]
        if broker.kind == "embedded":
            self.arguments.append("--assign-all")
        for key, value in broker.client_config.items():
            self.arguments += ["-X", f"{key}={value}"]
        self.log = os.path.join(folder, f"{name}.log")
        self.child = None

    def start(self):
        self.child = Child("worker", self.arguments, self.log)
        return self

    def kill(self):
        self.child.kill()

    def stop(self):
        return self.child.stop()

    def close(self):
        if self.child and self.child.running():
            self.child.kill()
