# SPDX-License-Identifier: Apache-2.0
"""What definitions refer to by URI: read when they are published, and stored with them."""
import json
import os
import subprocess

import pytest

DOCUMENT = """document: {dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0'}
use: {catalogs: {tools: {endpoint: https://example.com/tools}}}
do: [{t: {call: 'hello:1.0.0@tools', with: {name: '${ .who }'}}}]
"""


@pytest.fixture
def ctl(programs):
    def run(*arguments, code=0):
        done = subprocess.run([os.path.join(programs, "workflowctl"), *map(str, arguments)], capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr
    return run


def test_a_function_of_a_catalog_is_published_with_what_calls_it(ctl, database, tmp_path):
    """Its file may change, a published version does not."""
    function = tmp_path / "resources/tools/functions/hello/1.0.0/function.yaml"
    function.parent.mkdir(parents=True)
    function.write_text("set: {greeting: '${ \"Hello \\(.name)\" }'}\n")
    config, document, stored = tmp_path / "workflowd.yaml", tmp_path / "greet.yaml", tmp_path / "stored.yaml"
    config.write_text(f"definitions: {{resources: {tmp_path}/resources}}\n")
    document.write_text(DOCUMENT)
    ann = ["--input", '{"who": "Ann"}', "--json"]
    publish = ["apply", document, "--json", "-c", config, "--database", database.conninfo]
    assert ctl("rehearse", document, "-c", config, *ann)["output"] == {"greeting": "Hello Ann"}
    assert ctl(*publish)[0]["outcome"] == "published"
    stored.write_text(database.value("SELECT document FROM workflow.definition WHERE name = 'greet'"))
    assert stored.read_text().startswith(DOCUMENT + '#:resource {"')
    assert ctl(*publish)[0]["outcome"] == "unchanged"
    function.write_text("set: {greeting: Hi}\n")
    assert "published with another content" in ctl(*publish, code=1)
    # What is stored says all of it: without the folder it is the same.
    assert ctl("rehearse", stored, *ann)["output"] == {"greeting": "Hello Ann"}
