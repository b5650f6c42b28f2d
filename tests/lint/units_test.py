# SPDX-License-Identifier: Apache-2.0
"""The systemd units: valid, hardened, alike."""
import re
import subprocess

import pytest
import repo

EXPOSURE_MAX = 1.5
UNITS = {"workflowd.service": "workflowd.service", "workflowd@.service": "workflowd@1.service",
         "workflowd-api.service": "workflowd-api.service"}


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", UNITS)
def test_verify_is_silent(unit, tmp_path):
    """With a program that exists here in place of the one that is not installed yet."""
    for name in UNITS:
        text = repo.text(f"systemd/{name}")
        replaced = re.sub(r"^ExecStart=/usr/bin/workflowd(-api)? ", "ExecStart=/bin/true ", text, flags=re.M)
        assert replaced != text
        (tmp_path / name).write_text(replaced)
    said = analyze("--man=no", "verify", str(tmp_path / UNITS[unit]))
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_exposure_is_low(unit):
    said = analyze("security", "--offline=true", str(repo.ROOT / "systemd" / unit))
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert level, said.stdout + said.stderr
    assert float(level[1]) <= EXPOSURE_MAX


def settings(name):
    return [line for line in repo.lines(f"systemd/{name}") if line and not line.startswith("#")]


def test_the_template_differs_only_in_what_it_must():
    one, many = settings("workflowd.service"), settings("workflowd@.service")
    differing = [(a, b) for a, b in zip(one, many) if a != b]
    assert len(one) == len(many)
    assert [a.split("=", 1)[0] for a, _ in differing] == ["Description", "ExecStart"]
    assert differing[1][1] == differing[1][0] + " --set instance.slot=%i"


@pytest.mark.parametrize("unit,table", [("workflowd", "daemon/config_table.c"), ("workflowd-api", "daemon/api/api_config.c")])
def test_the_unit_stops_after_the_daemon_has_drained(unit, table):
    drain = re.search(r'"drain_timeout", CONFIG_DURATION, AT\(drain_timeout\), "(\d+)s"', repo.text(table))
    stop = re.search(r"^TimeoutStopSec=(\d+)s$", repo.text(f"systemd/{unit}.service"), re.M)
    assert int(stop[1]) > int(drain[1])


@pytest.mark.parametrize("unit", UNITS)
def test_documentation_exists(unit):
    pages = re.findall(r"man:([\w.-]+)\((\d)\)", repo.text(f"systemd/{unit}"))
    assert pages
    for name, section in pages:
        assert (repo.ROOT / "man" / f"{name}.{section}").is_file()


def test_the_user_of_the_unit_is_made():
    user = re.search(r"^User=(\w+)$", repo.text("systemd/workflowd.service"), re.M)
    assert re.search(rf"^u {user[1]} ", repo.text("systemd/workflowd.sysusers"), re.M)


def test_sysusers_accepts_its_file(tmp_path):
    (tmp_path / "etc").mkdir()
    said = subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(repo.ROOT / "systemd/workflowd.sysusers")],
                          capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "workflowd:" in (tmp_path / "etc/passwd").read_text()
