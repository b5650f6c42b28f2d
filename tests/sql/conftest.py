# SPDX-License-Identifier: Apache-2.0
"""One private cluster for all SQL tests, and for each test a database of its own, copied
from one that pg_migrate_tool (workflowctl migrate's own code) has migrated."""
import os
import pathlib
import subprocess
import sys

import psycopg2
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from kept import Kept  # noqa: E402
from pgcluster import PgCluster  # noqa: E402


def pytest_addoption(parser):
    try:
        parser.addoption("--build-dir", default=str(ROOT / "build" / "dev"), help="where the programs were built")
    except ValueError:
        pass  # the integration tests have the same option


class Database:
    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.opened = []
        self._kept = {}  # by user

    def connect(self, user="postgres", autocommit=True):
        connection = psycopg2.connect(self.cluster.conninfo(self.name, user))
        connection.autocommit = autocommit
        self.opened.append(connection)
        return connection

    def query(self, sql, *parameters, user="postgres"):
        """Rows of one statement in a session of its own."""
        if user not in self._kept:
            self._kept[user] = Kept(self.cluster.conninfo(self.name, user))
        return self._kept[user].run(sql, parameters or None)

    def value(self, sql, *parameters, user="postgres"):
        return self.query(sql, *parameters, user=user)[0][0]

    def close(self):
        for connection in [*self.opened, *self._kept.values()]:
            connection.close()


@pytest.fixture(scope="session")
def cluster():
    with PgCluster() as made:
        yield made


@pytest.fixture(scope="session")
def migrate(pytestconfig):
    """Migrates the database of a connection string; returns the lines printed."""
    tool = os.path.join(pytestconfig.getoption("--build-dir"), "tests", "sql", "pg_migrate_tool")

    def run(conninfo, check=True):
        done = subprocess.run([tool, conninfo], capture_output=True, text=True)
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout.splitlines() if check else done

    return run


@pytest.fixture(scope="session")
def template(cluster, migrate):
    name = cluster.create_database("migrated")
    migrate(cluster.conninfo(name))
    return name


def copied(cluster, template):
    name = f"copy_{next(cluster._numbers)}"
    cluster.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    made = Database(cluster, name)
    yield made
    made.close()


@pytest.fixture
def database(cluster, template):
    yield from copied(cluster, template)


@pytest.fixture(scope="module")
def shared_database(cluster, template):
    """For tests that leave no trace that the others would see."""
    yield from copied(cluster, template)
