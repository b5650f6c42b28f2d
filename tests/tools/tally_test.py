# SPDX-License-Identifier: Apache-2.0
"""The count that test.sh prints last must not lie."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tally import Tally, main  # noqa: E402


def counted(output, ended_well=True):
    tally = Tally()
    tally.add_tap("unit/x_test", output, ended_well)
    return tally.passed, len(tally.failed), len(tally.skipped)


@pytest.mark.parametrize("output, ended_well, expected", [
    ("1..2\nok 1 - a\nok 2 - b\n# ok - tests\n", True, (2, 0, 0)),
    ("1..3\nok 1 - a\nnot ok 2 # SKIP b\nok 3 - c\n", True, (2, 0, 1)),
    ("1..2\nok 1 - a\nnot ok 2 - b\n# 0x1 != 0x2\n# not ok - tests\n", False, (1, 1, 0)),
    ("1..3\nok 1 - a\n", False, (1, 1, 0)),  # died in the second
    ("1..1\nok 1 - a\n", False, (1, 1, 0)),  # died after the last: a leak, say
    ("1..1\nok 1 - a\n1..1\nok 1 - b\n", True, (2, 0, 0)),  # two groups
    ("1..1\nseed 1seed 2ok 1 - a\n", True, (1, 0, 0)),  # standard error in the same line
    ("1..1\nit is ok 7 times\nok 1 - a\n", True, (1, 0, 0)),
])
def test_tap(output, ended_well, expected):
    assert counted(output, ended_well) == expected


def test_failure_shows_what_belongs_to_it():
    tally = Tally()
    tally.add_tap("p", "1..3\nok 1 - a\nbefore\nnot ok 2 - b\n# why\nafter\nok 3 - c\n", False)
    assert tally.failed == [("p: b", "before\n# why")]


def report(tmp_path, cases):
    path = tmp_path / "report.xml"
    path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return str(path)


@pytest.mark.parametrize("cases, code, line", [
    ('<testcase classname="c" name="a"/><testcase name="b"><skipped message="why"/></testcase>', 0,
     "1 passed, 0 failed, 1 skipped"),
    ('<testcase name="a"/><testcase name="b"><failure message="x">text</failure></testcase>', 1,
     "1 passed, 1 failed, 0 skipped"),
    ('<testcase name="a"/><testcase name="b"><error message="x"/></testcase>', 1, "1 passed, 1 failed, 0 skipped"),
    ("", 1, "0 passed, 0 failed, 0 skipped"),  # nothing passed: nothing was tested
])
def test_exit_code_and_last_line(tmp_path, capsys, cases, code, line):
    assert main([report(tmp_path, cases)]) == code
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_a_report_that_is_missing_is_a_failure(tmp_path, capsys):
    assert main([report(tmp_path, '<testcase name="a"/>'), str(tmp_path / "none.xml")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
