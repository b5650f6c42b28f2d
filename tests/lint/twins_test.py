# SPDX-License-Identifier: Apache-2.0
"""Each source has its unit test beside it in tests/unit, and every test is built."""
import re

import repo

ROOMS = ("base", "engine", "io", "job")


def test_each_source_has_its_twin():
    missing = []
    for name in repo.with_suffix(".c"):
        if name.parts[0] == "daemon" and len(name.parts) == 3 and name.parts[1] in ROOMS:
            twin = repo.ROOT / "tests/unit" / name.parts[1] / f"{name.stem}_test.c"
            if not twin.is_file():
                missing.append(f"{name}: no {twin.relative_to(repo.ROOT)}")
    assert not missing, "\n" + "\n".join(missing)


def test_each_test_is_registered():
    missing = []
    for name in repo.with_suffix(".c"):
        if str(name).startswith("tests/unit/") and name.stem.endswith("_test"):
            listed = repo.ROOT / name.parent / "CMakeLists.txt"
            if not listed.is_file() or f"wf_unit_test({name.name}" not in listed.read_text():
                missing.append(str(name))
    assert not missing, "\n" + "\n".join(missing)


def test_each_case_is_run():
    """A cmocka case that nobody lists passes by never running."""
    missing = []
    for name in repo.with_suffix(".c"):
        if not name.stem.endswith("_test"):
            continue
        source = repo.text(name)
        for case in re.findall(r"^static void (test_\w+)\(void \*\*", source, re.M):
            if len(re.findall(rf"\b{case}\b", source)) < 2:
                missing.append(f"{name}: {case}")
    assert not missing, "\n" + "\n".join(missing)
