# SPDX-License-Identifier: Apache-2.0
"""What every file has, and what no file says."""
import re

import repo

TEXT = (".c", ".cc", ".h", ".py", ".sh", ".sql", ".proto", ".md", ".yaml", ".yml", ".txt", ".cmake", ".service", ".in", ".8", ".5", ".1", ".7")
# Machine paths and notes to oneself. Put together here, so that this file does not
# offend by naming them.
FORBIDDEN = re.compile("|".join([
    r"(?<![\w.])/" + r"work\b",
    r"\.\./" + "shared",
    r"\b" + "TO" + r"DO\b",
    r"\b" + "FIX" + r"ME\b",
    r"\b" + "X" + r"XX\b(?!X)",
]))


def test_no_machine_paths_and_no_notes_to_oneself():
    offenders = []
    for name in repo.with_suffix(*TEXT):
        for number, line in enumerate(repo.lines(name), 1):
            found = FORBIDDEN.search(line)
            if found:
                offenders.append(f"{name}:{number}: {found[0]}")
    assert not offenders, "\n" + "\n".join(offenders)


def test_sources_begin_with_their_licence():
    offenders = [str(name) for name in repo.with_suffix(".c", ".cc", ".h", ".py", ".sh", ".proto")
                 if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(repo.lines(name)[:2])]
    assert not offenders, "\n" + "\n".join(offenders)


def test_headers_are_included_once():
    offenders = [str(name) for name in repo.with_suffix(".h") if "#pragma once" not in repo.text(name)]
    assert not offenders, "\n" + "\n".join(offenders)


def test_headers_say_what_they_are():
    """The header is the manual: a comment stands between the licence and the code."""
    offenders = [str(name) for name in repo.with_suffix(".h")
                 if name.parts[0] == "daemon" and not (len(repo.lines(name)) > 1 and repo.lines(name)[1].startswith("//"))]
    assert not offenders, "\n" + "\n".join(offenders)


def test_no_tabs_and_no_trailing_blanks():
    offenders = [f"{name}:{number}" for name in repo.with_suffix(".c", ".cc", ".h", ".py", ".sql", ".proto", ".yaml")
                 for number, line in enumerate(repo.lines(name), 1) if "\t" in line or line != line.rstrip()]
    assert not offenders, "\n" + "\n".join(offenders)
