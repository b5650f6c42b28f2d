# SPDX-License-Identifier: Apache-2.0
"""Fresh, migrated databases on one private PostgreSQL: each a copy of a template."""
import os
import subprocess

from kept import Kept
from pgcluster import PgCluster


class Database:
    """Plain SQL for tests, as superuser; `daemon_conninfo` is what workflowd connects with."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.daemon_conninfo = cluster.conninfo(name, "workflowd")
        self._kept = Kept("")
        self.ask(name)

    def ask(self, name):
        """That database from now on; nobody is connected to the one before."""
        self._kept.close()
        self.conninfo = self.cluster.conninfo(name)
        self._kept = Kept(self.conninfo)

    def query(self, sql, *parameters):
        return self._kept.run(sql, parameters) or []

    def value(self, sql, *parameters):
        return self.query(sql, *parameters)[0][0]

    def close(self):
        self._kept.close()


class PostgresServer:
    """The cluster of a test run. databases are dropped by nobody: the cluster goes whole."""

    TEMPLATE = "workflow_template"

    def __init__(self, programs, **options):
        self.cluster = PgCluster(**options)
        self.cluster.create_database(self.TEMPLATE)
        done = subprocess.run([os.path.join(programs, "workflowctl"), "migrate", "--database",
                               self.cluster.conninfo(self.TEMPLATE)], capture_output=True, text=True)
        if done.returncode:
            self.cluster.close()
            raise AssertionError(f"migrate failed:\n{done.stdout}{done.stderr}")
        # A login like the one an operator makes: no more rights than the daemon's role.
        self.cluster.sql("CREATE ROLE workflowd LOGIN IN ROLE workflow_daemon")
        self._made = 0

    def fresh(self):
        self._made += 1
        name = f"workflow_{self._made}"
        self.cluster.sql(f"CREATE DATABASE {name} TEMPLATE {self.TEMPLATE}")
        return Database(self.cluster, name)

    def close(self):
        self.cluster.close()
