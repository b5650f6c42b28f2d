# SPDX-License-Identifier: Apache-2.0
"""workflowctl as a test's operator: on the test's database."""
import os
import subprocess

DIFFERS = 4  # how `verify` ends when a table is not what the events come to


def said(programs, database, *arguments, code=0, seconds=120):
    """What it prints; it must end with `code`."""
    done = subprocess.run([os.path.join(programs, "workflowctl"), *arguments, "--database", database.conninfo],
                          capture_output=True, text=True, timeout=seconds)
    assert done.returncode == code, f"workflowctl {' '.join(arguments)}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr}"
    return done.stdout
