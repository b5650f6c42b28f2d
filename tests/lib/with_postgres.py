# SPDX-License-Identifier: Apache-2.0
"""Runs a program with a private PostgreSQL cluster of its own; its superuser's
connection string is in WORKFLOWD_TEST_DATABASE. Ends with the program's exit code.

    with_postgres.py PROGRAM [ARGUMENT]...
"""
import os
import subprocess
import sys

from pgcluster import PgCluster

with PgCluster() as cluster:
    environment = dict(os.environ, WORKFLOWD_TEST_DATABASE=cluster.conninfo())
    code = subprocess.run(sys.argv[1:], env=environment).returncode
sys.exit(code if code >= 0 else 128 - code)
