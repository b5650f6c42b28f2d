# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rooms_covered  # noqa: E402


def file(name, lines, reached, branches=0, taken=0):
    return {"filename": name, "line_total": lines, "line_covered": reached, "branch_total": branches, "branch_covered": taken}


FILES = [file("daemon/base/a.c", 10, 10, 4, 2), file("daemon/job/b.c", 30, 20), file("daemon/job/c.c", 10, 5), file("daemon/main.c", 5, 0)]


def test_rooms_are_summed():
    assert rooms_covered.rows(FILES) == [(".", 5, 0, 0, 0), ("base", 10, 10, 4, 2), ("job", 40, 25, 0, 0), ("all", 55, 35, 4, 2)]


def test_the_worst_files_come_first():
    assert rooms_covered.unreached(FILES) == [(10, "daemon/job/b.c"), (5, "daemon/main.c"), (5, "daemon/job/c.c")]


def test_nothing_to_reach_is_no_share():
    assert "%" not in rooms_covered.percent(0, 0) and rooms_covered.percent(1, 3).strip() == "33.3 %"
