# SPDX-License-Identifier: Apache-2.0
"""The table of keys, the sample, the manual page and the code say the same."""
import re
import subprocess
import sys

import pytest
import repo

sys.path.insert(0, str(repo.ROOT / "tests/tools"))
import man_keys  # noqa: E402


# The file and the table that it is printed from.
TABLES = {"workflowd.yaml": "daemon/config_table.c", "workflowd-api.yaml": "daemon/api/api_config.c"}
each = pytest.mark.parametrize("name", TABLES)


def rows(name):
    """(key, type) of each row of the table."""
    table = repo.text(TABLES[name]).split("config_rows[] = {", 1)[1]
    found = re.findall(r'^    \{"([^"]+)", (CONFIG_\w+)', table, re.M)
    assert len(found) > 10
    return found


def sample_keys(name):
    return [key for kind, key, _ in man_keys.read_sample(repo.lines(f"config/{name}")) if kind == "key"]


@each
def test_the_sample_has_every_key(name):
    assert sorted(sample_keys(name)) == sorted(key for key, _ in rows(name))


@each
def test_the_manual_page_has_every_key(name):
    assert re.findall(r"^\.It Ic (.+)$", repo.text(f"man/{name}.5"), re.M) == sample_keys(name)


@each
def test_the_manual_page_says_what_the_sample_says(name):
    page = repo.text(f"man/{name}.5")
    assert page == man_keys.page_with_keys(name, page), "run tests/tools/man_keys.py --write"


@each
def test_every_key_is_read(name):
    """A key that nothing reads promises what nobody keeps."""
    code = "\n".join(repo.text(path) for path in repo.with_suffix(".c")
                     if path.parts[0] == "daemon" and (path.parts[1] == "api") == (name == "workflowd-api.yaml") and "config" not in path.name)
    unread = [key for key, kind in rows(name) if kind != "CONFIG_PROPERTY"
              and not re.search(r"(->|\.)" + re.escape(key.replace("functions[].", "")) + r"\b", code)]
    assert not unread, "\n" + "\n".join(unread)


def test_what_a_reload_changes_is_taken_over():
    """A key marked so is in force after SIGHUP: the reload copies it, or uses it."""
    table = repo.text("daemon/config_table.c").split("config_rows[] = {", 1)[1]
    keys = re.findall(r'^    \{"([^"]+)", CONFIG_\w+, [^"]*"(?:[^"]*)", [^"]*?, true,', table, re.M)
    assert {"log.level", "retention.tombstones", "postgres.password_file", "definitions.folder"} <= set(keys)
    reload = repo.text("daemon/serve.c").split("// ---- reload", 1)[1].split("// ---- signals", 1)[0]
    by_credentials = {"postgres.password_file"}  # world_set_credentials(), from settings_new()
    assert "world_set_credentials(" in reload
    left = [key for key in keys if key not in by_credentials
            and not re.search(rf"= config->({re.escape(key)}|{re.escape(key.split('.')[0])});|\)->{re.escape(key)}\b", reload)]
    assert not left, "\n" + "\n".join(left)


@pytest.mark.parametrize("page", [str(name) for name in repo.files() if name.parts[0] == "man" and name.name != "CMakeLists.txt"])
def test_manual_pages_are_clean(page):
    said = subprocess.run(["mandoc", "-T", "lint", "-W", "style", str(repo.ROOT / page)], capture_output=True, text=True, check=False)
    # Whether other pages are installed is no matter of this one.
    complaints = [line for line in said.stdout.splitlines() + said.stderr.splitlines()
                  if "referenced manual not found" not in line and "makewhatis" not in line]
    assert not complaints, "\n" + "\n".join(complaints)


def test_units_and_packages_name_files_that_are_installed():
    unit = repo.text("systemd/workflowd.service")
    assert "/etc/workflowd/workflowd.yaml" in unit
    assert "workflowd.yaml" in repo.text("config/CMakeLists.txt")
