# SPDX-License-Identifier: Apache-2.0
"""`workflowctl dev`, as quickstart.sh runs it: what it shows, what it counts, what it
leaves behind, and that its last line and exit code tell the truth."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg2
import pytest

from children import Child, eventually

LINE = re.compile(r"^quickstart: (\d+) triggers, (\d+) runs, (\d+) completed, (\d+) faulted, (\d+) stuck$")


class Dev:
    """A development server that runs; its output is read line by line."""

    def __init__(self, programs, tmp_path, folder, *arguments):
        self.child = Child("workflowctl dev", [os.path.join(programs, "workflowctl"), "dev", *arguments],
                           tmp_path / "dev.log", env={"TMPDIR": folder}, stdout=subprocess.PIPE)
        self.lines = []

    def read_until(self, pattern):
        """The match in the first new line that has it."""
        for line in self.child.process.stdout:
            self.lines.append(line.rstrip("\n"))
            match = re.search(pattern, line)
            if match:
                return match
        raise AssertionError(f"no {pattern!r} in:\n" + "\n".join(self.lines) + self.child.tail())

    def end(self, seconds=120):
        """Its exit code, after its output has ended."""
        self.lines += [line.rstrip("\n") for line in self.child.process.stdout]
        return self.child.process.wait(seconds)

    def pid_of(self, name):
        return int(self.read_until(rf"^{name} .* process (\d+)").group(1))


@pytest.fixture
def dev(programs, tmp_path):
    started = []
    # A short path, or PostgreSQL's socket has no room; open to the user that it runs as.
    folder = tempfile.mkdtemp(prefix="wf-dev-")
    os.chmod(folder, 0o755)

    def start(*arguments):
        started.append(Dev(programs, tmp_path, folder, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.child.kill()
    eventually(lambda: not glob.glob(f"{folder}/*/postgresql/data/postmaster.pid"), 60, "PostgreSQL has ended")
    shutil.rmtree(folder)


def gone(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def test_demonstration_tells_its_story(dev):
    server = dev("--demo", "100")
    folder = server.read_until(r"private, in (/.+)/postgresql;").group(1)
    assert server.end() == 0
    text = "\n".join(server.lines)
    assert server.lines[-1] == "quickstart: 100 triggers, 100 runs, 100 completed, 0 faulted, 0 stuck"
    assert "it keeps nothing" in text
    assert "SELECT workflow, status" in text and "SELECT seq" in text
    # One lead's story: not answered, message, wait, second call, retry with backoff, branch.
    story = text[text.index("SELECT seq"):]
    for part in ("step.retry_scheduled", "no_answer", "Sorry, we missed you", "Wait before the second call", "Second call",
                 "Was the second call answered?", "run.completed"):
        assert part in story, part
    assert not os.path.exists(folder)


def test_in_json_it_is_one_document(dev):
    server = dev("--demo", "20", "--json")
    assert server.end() == 0
    assert [json.loads(line) for line in server.lines] == [{"triggers": 20, "runs": 20, "completed": 20, "faulted": 0, "stuck": 0}]
    assert "quickstart: 20 triggers" in server.child.tail()


def test_killed_worker_is_seen_in_line_and_exit_code(dev):
    server = dev("--demo", "300")
    worker = server.pid_of("worker")
    server.read_until(r"accepted\s+[1-9]")
    os.kill(worker, signal.SIGKILL)
    assert server.end() == 1
    triggers, runs, completed, faulted, stuck = map(int, LINE.match(server.lines[-1]).groups())
    assert (triggers, runs) == (300, 300)
    assert stuck > 0 and completed + faulted + stuck == 300
    assert "the example worker has ended: signal 9" in server.child.tail()


def test_killed_daemon_is_seen_in_line_and_exit_code(dev):
    server = dev("--demo", "300")
    daemon = server.pid_of("workflowd")
    server.read_until(r"accepted\s+[1-9]")
    os.kill(daemon, signal.SIGKILL)
    assert server.end() == 1
    triggers, runs, completed, _, stuck = map(int, LINE.match(server.lines[-1]).groups())
    assert runs == triggers and completed + stuck == runs and stuck > 0


def test_keep_stays_and_says_how_to_go_on(dev):
    server = dev("--demo", "10", "--keep")
    pids = [server.pid_of("workflowd"), server.pid_of("worker")]
    conninfo = server.read_until(r"psql '([^']+)'").group(1)
    publish = server.read_until(r"echo '(.+)' \|").group(1)
    address, topic = server.read_until(r"kcat -P -b (\S+) -t (\S+)").groups()
    server.read_until(r"^quickstart: 10 triggers")
    server.read_until(r"Ctrl-C ends it")
    # What it tells a newcomer to do works.
    subprocess.run(["kcat", "-P", "-b", address, "-t", topic], input=publish, text=True, check=True, timeout=60)

    def status():
        with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT status FROM workflow.runs WHERE recipient_id = 'you'")
            row = cursor.fetchone()
        connection.close()
        return row and row[0] == "completed"

    eventually(status, 60, "the newcomer's own run completes")
    server.child.signal(signal.SIGINT)
    assert server.end() == 0
    assert all(gone(pid) for pid in pids)


def test_kill_of_the_server_leaves_no_process(dev):
    server = dev("--demo", "10", "--keep")
    pids = [server.pid_of("workflowd"), server.pid_of("worker")]
    server.read_until(r"Ctrl-C ends it")
    server.child.kill()
    eventually(lambda: all(gone(pid) for pid in pids), 30, "children end with their parent")


def test_servers_that_exist(dev, real_kafka, database):
    server = dev("--demo", "50", "--kafka", real_kafka.address, "--database", database.conninfo)
    assert server.end() == 0
    assert server.lines[-1] == "quickstart: 50 triggers, 50 runs, 50 completed, 0 faulted, 0 stuck"
    assert database.value("SELECT count(*) FROM workflow.run") == 50


def test_a_kafka_that_is_not_there(dev):
    server = dev("--demo", "10", "--kafka", "127.0.0.1:1")
    assert server.end() == 1
    said = server.child.tail().splitlines()
    assert said[0].startswith("workflowctl dev: no Kafka at 127.0.0.1:1: ") and "Connection refused" in said[0]
    assert len(said) == 2 and said[1].startswith("workflowctl dev: logs are in ")


@pytest.mark.parametrize("arguments", [["--demo", "0"], ["--demo", "many"], ["--what"], ["now"]])
def test_wrong_arguments(dev, arguments):
    assert dev(*arguments).end() == 2
