# SPDX-License-Identifier: Apache-2.0
"""Runs that runs start: answered, failing, cancelled with their parents, also when the
daemon dies between."""
import pytest

import checker
from children import eventually
from stories import run_status

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)

HEAD = "document: {{dsl: '1.0.3', namespace: test, name: {name}, version: '1.0.0'}}\n"
DEFINITIONS = {
    "child": "do: [{nap: {wait: {milliseconds: 300}}}, {say: {set: {got: '${ $workflow.input.n }'}}}]\n",
    "long": "do: [{nap: {wait: PT1H}}]\n",
    "broken": "do: [{oops: {raise: {error: {type: 'https://example.com/errors/broken', status: 418, title: Broken}}}}]\n",
    "parent": "do: [{ask: {run: {workflow: {namespace: test, name: child, version: latest, input: {n: 7}}}}}]\n",
    "grand": "do: [{ask: {run: {workflow: {namespace: test, name: parent, version: '1.0.0'}}}}]\n",
    "waits": "do: [{ask: {run: {workflow: {namespace: test, name: long, version: latest}}}}]\n",
    "hurries": "do: [{ask: {run: {workflow: {namespace: test, name: long, version: latest}}, timeout: {after: {seconds: 1}}}}]\n",
    "leaves": "do: [{ask: {run: {workflow: {namespace: test, name: long, version: latest}, await: false}}}]\n",
    "fails": "do: [{ask: {run: {workflow: {namespace: test, name: broken, version: latest}}}}]\n",
    "misses": "do: [{ask: {run: {workflow: {namespace: test, name: chidl, version: latest}}}}]\n",
}


def test_runs_that_runs_start(definitions, start_workflowd, database, messages, publisher, topics):
    for name, document in DEFINITIONS.items():
        (definitions / f"{name}.yaml").write_text(HEAD.format(name=name) + document)
    daemon = start_workflowd()

    def send(name, count=1):
        for number in range(count):
            publisher.send(topics.triggers, messages.trigger(f"{name}-{number}", f"test/{name}", ["a"], {"lead": "a"}), key=f"{name}-{number}")
        publisher.flush()

    def runs(workflow, condition="true"):
        return database.value(f"SELECT count(*) FROM workflow.run WHERE workflow = 'test/{workflow}' AND {condition}")

    # All of three generations are there when the daemon dies, and go on.
    send("grand", 40)
    eventually(lambda: runs("child") >= 10, 30, "children have begun")
    daemon.kill()
    daemon = start_workflowd()
    eventually(lambda: runs("grand", "status = 'completed'") == 40, 60, "all generations have ended")
    assert runs("child") == runs("parent") == 40
    assert database.value("SELECT count(*) FROM workflow.run WHERE workflow = 'test/grand' AND output = '{\"got\": 7}'") == 40
    rows = database.query("SELECT t.source_type, t.depth, t.parent_step_no, p.workflow FROM workflow.trigger t JOIN workflow.run p"
                          " ON p.run_id = t.parent_run_id WHERE t.workflow = 'test/child' GROUP BY 1, 2, 3, 4")
    assert rows == [("workflow_step", 2, 1, "test/parent")]

    send("fails")
    send("misses")
    eventually(lambda: runs("fails", "status = 'faulted'") + runs("misses", "status = 'faulted'") == 2, 30, "both fault")
    assert database.value("SELECT error_code FROM workflow.run WHERE workflow = 'test/fails'") == "broken"
    assert database.value("SELECT error_code FROM workflow.run WHERE workflow = 'test/misses'") == "configuration"

    send("waits")
    send("hurries")
    send("leaves")
    eventually(lambda: runs("long") == 3 and runs("hurries", "status = 'faulted'"), 30, "three children, one is too late")
    eventually(lambda: runs("long", "status = 'cancelled'") == 1, 30, "its child is cancelled")
    waiting = run_status(database, "waits-0")[0][0]
    assert database.value("SELECT waiting_for FROM workflow.run WHERE run_id = %s", waiting) == "child"
    checker.nothing_is_stuck(database)
    daemon.kill()
    start_workflowd()
    database.query("SELECT workflow.cancel_run(%s, 'enough')", waiting)
    eventually(lambda: runs("long", "status = 'cancelled'") == 2, 30, "with its parent")
    assert runs("long", "ended_at IS NULL") == 1 and runs("leaves", "status = 'completed'") == 1  # nobody waits for it
    checker.histories_are_gapless(database)
    checker.status_agrees_with_history(database)
    checker.nothing_is_stuck(database)
