# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml and the Dockerfile, as far as they can be judged without an engine."""
import os
import re
import subprocess

import pytest
import repo
import yaml

PROGRAMS = ("workflowd", "workflowd-api", "workflowctl", "workflow-example-worker")


@pytest.fixture(scope="module")
def services():
    """As docker-compose itself understands them."""
    said = subprocess.run(["docker-compose", "-f", str(repo.ROOT / "docker-compose.yml"), "config"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return yaml.safe_load(said.stdout)["services"]


def stage(number):
    return re.split(r"^FROM ", repo.text("Dockerfile"), flags=re.M)[number]


def test_what_is_built_here_is_never_looked_for_elsewhere(services):
    ours = [service for service in services.values() if service["image"] == "workflowd"]
    assert len(ours) == 3 and all(service.get("build") for service in ours)


def test_everything_listens_on_loopback(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(str(port).startswith("127.0.0.1:") for port in ports)


def test_each_waits_for_what_it_needs(services):
    assert services["workflowd"]["depends_on"] == {name: {"condition": "service_completed_successfully"} for name in ("migrate", "topics")}
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == services["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    assert services["postgres"]["healthcheck"] and services["kafka"]["healthcheck"]


def test_the_images_programs_are_started(services):
    for service in services.values():
        program = (service.get("entrypoint") or [""])[0]
        if service["image"] == "workflowd" and program:
            assert os.path.basename(program) in PROGRAMS
    assert re.search(r'^ENTRYPOINT \["/usr/bin/workflowd"\]$', stage(2), re.M)


def test_the_configuration_is_good_and_its_topics_are_made(services, build):
    config = repo.ROOT / "config/compose.yaml"
    assert services["workflowd"]["command"] == ["-c", "/usr/share/workflowd/compose.yaml"]
    program = os.path.join(build, "bin", "workflowd")
    # Its folder of definitions is the image's.
    checked = subprocess.run([program, "-c", str(config), "--check", "--set", f"definitions.folder={repo.ROOT / 'config/examples'}"],
                             capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    printed = subprocess.run([program, "-c", str(config), "--print-config"], capture_output=True, text=True).stdout
    wanted = set(re.findall(r": (workflow\.[a-z-]+)$", printed, re.M))
    assert len(wanted) == 4 and wanted == set(re.findall(r"\bworkflow\.[a-z-]+", services["topics"]["command"][0]))


def test_the_image_has_the_libraries_that_the_programs_need(build):
    """By the names that the loader looks for and the Debian packages that have them."""
    needed = set()
    for program in PROGRAMS:
        header = subprocess.run(["objdump", "-p", os.path.join(build, "bin", program)], capture_output=True, text=True, check=True).stdout
        needed |= set(re.findall(r"NEEDED\s+(\S+)", header))
    owners = subprocess.run(["dpkg-query", "-S", *(f"*/{name}" for name in needed if not re.match(r"lib(asan|ubsan|c|m|gcov|gcc_s)\.", name))],
                            capture_output=True, text=True).stdout
    packages = {re.sub(r"-core-", "-", line.split(":")[0]) for line in owners.splitlines() if not line.startswith("lib32")}
    assert {"librdkafka1", "libpq5", "libjq1"} <= packages
    installed = set(re.search(r"--no-install-recommends (.*?) *\\", stage(2))[1].split())
    assert packages - {"libc6"} <= installed, f"not in the Dockerfile: {packages - installed}"
