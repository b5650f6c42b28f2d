# SPDX-License-Identifier: Apache-2.0
"""The Debian package: made by cpack from the build, looked at with dpkg-deb."""
import os
import re
import subprocess

import pytest
import repo

PROGRAMS = {"workflowd", "workflowd-api", "workflowctl"}


def run(*arguments):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def package(build, tmp_path_factory):
    """The package unpacked: its files in the folder, what dpkg reads in DEBIAN/."""
    folder = tmp_path_factory.mktemp("package")
    run("cpack", "-G", "DEB", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", str(folder), "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")  # quicker than its own
    made = [name for name in folder.glob("*.deb")]
    assert [name.name.split("_")[0] for name in made] == ["workflowd"]
    run("dpkg-deb", "--raw-extract", str(made[0]), str(folder / "root"))
    return folder / "root"


@pytest.fixture(scope="module")
def contents(package):
    return {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file() and "DEBIAN" not in path.parts}


def test_files_are_where_debian_expects_them(contents):
    folders = ("etc/workflowd/", "usr/bin/", "usr/lib/systemd/system/", "usr/lib/sysusers.d/", "usr/share/doc/workflowd/",
               "usr/share/man/man1/", "usr/share/man/man5/", "usr/share/man/man8/", "usr/share/workflowd/")
    assert not [name for name in contents if not name.startswith(folders)]
    assert {f"usr/bin/{name}" for name in PROGRAMS} <= contents
    assert {"usr/lib/systemd/system/workflowd-api.service", "usr/lib/systemd/system/workflowd.service", "usr/lib/systemd/system/workflowd@.service"} <= contents
    assert {"usr/share/doc/workflowd/copyright", "usr/share/doc/workflowd/changelog.Debian.gz"} <= contents


def test_everything_that_belongs_to_it_is_there(contents):
    wanted = {str(name) for name in repo.with_suffix(".sql", ".proto") if name.parts[0] in ("sql", "proto") and "internal" not in name.parts}
    assert len(wanted) > 20
    assert wanted <= {name.removeprefix("usr/share/workflowd/") for name in contents}
    examples = {name.name for name in repo.files() if name.parts[:2] == ("config", "examples") and name.suffix in (".yaml", ".py")}
    assert examples and examples <= {os.path.basename(name) for name in contents if "/examples/" in name}
    pages = {name.name + ".gz" for name in repo.files() if name.parts[0] == "man" and re.fullmatch(r"\.\d", name.suffix)}
    assert pages == {os.path.basename(name) for name in contents if "/man/" in name}


def test_every_program_has_its_page(contents):
    pages = {os.path.basename(name).split(".")[0] for name in contents if "/man/" in name}
    assert {os.path.basename(name) for name in contents if name.startswith("usr/bin/")} <= pages


def test_configuration_is_kept_from_upgrades(package, contents):
    conffiles = set((package / "DEBIAN/conffiles").read_text().split())
    assert conffiles == {f"/{name}" for name in contents if name.startswith("etc/")}


def test_control_says_what_it_is(package):
    control = (package / "DEBIAN/control").read_text()
    version = re.search(r"project\(workflowd VERSION ([\d.]+)", repo.text("CMakeLists.txt"))[1]
    assert f"\nVersion: {version}-1\n" in control
    for library in ("libc6", "libevent", "libfyaml0", "libjq1", "libpq5", "libprotobuf-c1", "libssl3", "librdkafka1", "libsystemd0"):
        assert re.search(rf"^Depends:.*\b{re.escape(library)}", control, re.M), f"{library}: {control}"
    assert re.search(r"^Maintainer: .+ <.+@.+>$", control, re.M)


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_scripts_are_sound(package, script):
    path = package / "DEBIAN" / script
    assert path.stat().st_mode & 0o111
    text = path.read_text()
    assert text.startswith("#!/bin/sh\n") and "\nset -e\n" in text
    run("sh", "-n", str(path))


def test_pages_can_be_read(package):
    for page in package.glob("usr/share/man/man*/*.gz"):
        assert run("gzip", "-dc", str(page)).startswith(".")
