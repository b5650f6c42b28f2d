# SPDX-License-Identifier: Apache-2.0
"""What the README shows under "Publish a trigger" is run as it is printed, in its order:
kcat, Python, and C built by the lines that stand below it."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

import kafka_server
import workflowd as runners
from children import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]


def snippets():
    """(language, text) of each block of the section; indented ones are for a shell."""
    section = re.search(r"^## Publish a trigger\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S)[1]
    for language, fenced, indented in re.findall(r"^```(\w*)\n(.*?)^```$|^((?: {4}[^\n]*\n)+)", section, re.M | re.S):
        yield (language, fenced) if fenced else ("sh", re.sub(r"^ {4}", "", indented, flags=re.M))


class DefaultTopics(runners.Topics):
    """Of the names that the README uses."""

    def __init__(self):
        super().__init__("workflow")


@pytest.fixture
def own_broker(programs, tmp_path):
    broker = kafka_server.EmbeddedBroker(programs, str(tmp_path))
    yield broker
    broker.stop()


def run(language, text, folder, environment):
    """As a reader would: what is no command is saved under the name that the next commands use."""
    if language == "c":
        (folder / "publish.c").write_text(text)
        return
    program = [sys.executable, "-c", text] if language == "python" else ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(program, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


def test_the_section_has_three_languages():
    languages = [language for language, _ in snippets()]
    assert languages.count("sh") == 3 and {"python", "c"} <= set(languages)


def test_each_snippet_starts_a_run(own_broker, programs, database, tmp_path):
    topics = DefaultTopics()
    topics.create(own_broker)
    daemon = runners.Workflowd(programs, str(tmp_path), database, own_broker, topics, ROOT / "config" / "examples").start()
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "proto").symlink_to(ROOT / "proto")
    try:
        for language, text in snippets():
            run(language, text, folder, {"BROKER": own_broker.address})
        begun = ("SELECT t.event_id, t.tenant, r.workflow, r.recipient_collection, r.recipient_id"
                 "  FROM workflow.runs r JOIN workflow.triggers t USING (trigger_id) ORDER BY 1")
        eventually(lambda: len(database.query(begun)) >= 4, 60, "four runs have begun")
        assert database.query(begun) == [
            ("lead-2000-created", "acme", "sales/lead-follow-up", "leads", "lead-2000"),
            ("lead-2001-created", "acme", "sales/lead-follow-up", "leads", "lead-2001"),
            ("lead-2002-created", "acme", "sales/lead-follow-up", "leads", "lead-2002"),
            ("signed-17", "acme", "success/client-onboarding", None, "c-17")]
        assert database.value("SELECT count(*) FROM workflow.quarantine") == 0
    finally:
        daemon.close()
