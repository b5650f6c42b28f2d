# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL cluster for tests: own folder, own loopback port, superuser
`postgres` without password. Run by root it belongs to the user postgres, because
PostgreSQL refuses to run as root.

    with PgCluster() as cluster:
        cluster.conninfo("name")     # libpq connection string
        cluster.create_database()    # a fresh, empty database; returns its name
        cluster.restart(); cluster.stop("immediate"); cluster.start()
"""
import contextlib
import glob
import itertools
import os
import shutil
import socket
import subprocess
import tempfile

import psycopg2

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 4GB
fsync = {fsync}
timezone = 'America/New_York'
{more}
"""


def find_programs():
    """The folder with initdb and pg_ctl: the newest Debian one, or where PATH says."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[4]))
    if folders:
        return folders[-1]
    found = shutil.which("pg_ctl")
    if not found:
        raise RuntimeError("PostgreSQL is not installed: no pg_ctl")
    return os.path.dirname(os.path.realpath(found))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class PgCluster:
    """Made and started by the constructor; `more` is appended to postgresql.conf. All its
    processes run behind the command `enter` (small_disk.py), and initdb gets `initdb`."""

    def __init__(self, fsync="off", more="", port=None, enter=(), initdb=()):
        self.programs = find_programs()
        self._enter = list(enter)
        self.folder = tempfile.mkdtemp(prefix="wf-pg-")
        self.data = os.path.join(self.folder, "data")
        self.port = port or free_port()
        self._numbers = itertools.count(1)
        self._as_user = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres", "postgres")
        try:
            self._run("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "-N", *initdb)
            with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
                conf.write(SETTINGS.format(port=self.port, folder=self.folder, fsync=fsync, more=more))
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _run(self, program, *arguments):
        subprocess.run(self.command(program, *arguments), check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=None, start_new_session=True)

    def command(self, program, *arguments):
        """How one of PostgreSQL's programs is run for this cluster."""
        return [*self._enter, *self._as_user, os.path.join(self.programs, program), *arguments]

    def running(self):
        return subprocess.run(self.command("pg_ctl", "-D", self.data, "status"), cwd="/", stdout=subprocess.DEVNULL).returncode == 0

    def start(self):
        self._run("pg_ctl", "-D", self.data, "-l", os.path.join(self.folder, "log"), "-w", "-t", "60", "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def conninfo(self, database="postgres", user="postgres"):
        return f"host=127.0.0.1 port={self.port} user={user} dbname={database}"

    def sql(self, text, database="postgres"):
        """Runs SQL as superuser, outside of a transaction; returns the rows."""
        with contextlib.closing(psycopg2.connect(self.conninfo(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(text)
                return cursor.fetchall() if cursor.description else []

    def create_database(self, name=None):
        name = name or f"test_{next(self._numbers)}"
        self.sql(f'CREATE DATABASE "{name}"')
        return name

    def close(self):
        if os.path.isdir(self.folder):
            try:
                self.stop("immediate")
            except subprocess.CalledProcessError:
                pass  # it was down already
            # Hundreds of thousands of files after a whole run: Python would take long.
            subprocess.run(["rm", "-rf", self.folder], check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
