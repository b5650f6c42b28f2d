# SPDX-License-Identifier: Apache-2.0
"""Processes and waiting, for tests. Every process dies with the test run, whatever
happens; every wait is for a condition and has an end."""
import os
import signal
import subprocess
import time


def eventually(condition, seconds=30, what=None):
    """Calls `condition` until it gives something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what or condition.__doc__ or 'condition'}")
        time.sleep(0.02)


class Child:
    """A process whose output goes to `log` (a path), unless `stdout` says otherwise."""

    def __init__(self, name, arguments, log, env=None, stdin=subprocess.DEVNULL, stdout=None):
        self.name = name
        self.log = log
        with open(log, "ab") as sink:
            # setpriv: the kernel kills it when the test run dies.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, arguments)], stdin=stdin, stdout=stdout or sink, stderr=sink,
                env={**os.environ, **(env or {})}, start_new_session=True, text=True)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9, and gone when this returns."""
        self.process.kill()
        return self.process.wait(30)

    def stop(self, seconds=30):
        """SIGTERM; returns the exit code."""
        if self.running():
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM; its log:\n{self.tail()}")

    def tail(self, size=6000):
        with open(self.log, "rb") as log:
            return log.read()[-size:].decode("utf-8", "replace")
