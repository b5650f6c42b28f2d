# SPDX-License-Identifier: Apache-2.0
"""Connections to PostgreSQL that are used again. Tests ask thousands of times, and a server's
process for each question costs more than all else; each use begins as a new connection would."""
import threading

import psycopg2

# The settings, roles, locks and tables of a session go, and what it counted is told.
ANEW = ("DISCARD ALL", "SELECT pg_stat_force_next_flush()")


class Kept:
    """One connection for each thread that asks; close() closes the caller's."""

    def __init__(self, conninfo):
        self.conninfo = conninfo
        self._own = threading.local()

    def run(self, sql, parameters):
        """Rows of the statement, None when it has none. One that the server has closed since is made anew."""
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            try:
                return self._run(connection, sql, parameters)
            except psycopg2.Error:
                if not connection.closed:
                    raise
        self._own.connection = psycopg2.connect(self.conninfo)
        self._own.connection.autocommit = True
        return self._run(self._own.connection, sql, parameters)

    @staticmethod
    def _run(connection, sql, parameters):
        with connection.cursor() as cursor:
            try:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else None
            finally:
                try:
                    for statement in ANEW:
                        cursor.execute(statement)
                except psycopg2.Error:
                    connection.close()

    def close(self):
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
