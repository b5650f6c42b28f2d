# SPDX-License-Identifier: Apache-2.0
"""The fence and the take-over, with two sessions at once: one writer per home."""
import socket
import struct
import threading

import psycopg2
import pytest

from children import eventually

FENCE = """SELECT workflow.fence(%s::smallint[], %s::bigint[], %s::bigint[],
  array_fill(7::bigint, ARRAY[n]), array_fill(6::bigint, ARRAY[n]), array_fill(now(), ARRAY[n]), array_fill(0::bigint, ARRAY[n]),
  array_fill(1::bigint, ARRAY[n]), array_fill(1::bigint, ARRAY[n]), array_fill(now(), ARRAY[n]), array_fill('{}'::text, ARRAY[n]),
  array_fill(NULL::bytea, ARRAY[n]), %s, %s) FROM (SELECT cardinality(%s::int[]) AS n) c"""
TAKE = "SELECT home, epoch, batch_no, next_offset, mine_committed FROM workflow.takeover('c', %s, %s, %s, %s, %s)"


def fence(cursor, homes, epochs, batch_nos, generation=1, due_max=None):
    cursor.execute(FENCE, (homes, epochs, batch_nos, generation, due_max, homes))
    return cursor.fetchone()[0]


def take(cursor, partitions, instance="i", mine=None):
    zeros = [0] * len(partitions)
    epochs, batch_nos = mine or (zeros, zeros)
    cursor.execute(TAKE, (instance, ["t"] * len(partitions), partitions, epochs, batch_nos))
    return cursor.fetchall()


@pytest.fixture
def two(database):
    a, b = database.connect(autocommit=False), database.connect(autocommit=False)
    with a.cursor() as first:
        take(first, [0, 1])
    a.commit()
    return a, b


def code(raised):
    return raised.value.pgcode


def test_batches_follow_each_other(two):
    a, _ = two
    with a.cursor() as cursor:
        fence(cursor, [1, 2], [1, 1], [2, 2])
        fence(cursor, [1], [1], [3])
        a.commit()
        cursor.execute("SELECT home, batch_no FROM workflow.batch ORDER BY 1, 2")
        assert cursor.fetchall() == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]


@pytest.mark.parametrize("homes,epochs,batch_nos,detail", [
    ([1], [1], [3], "1"),           # the batch before is missing
    ([1], [1], [1], "1"),           # it is there already
    ([1], [2], [2], "1"),           # another epoch
    ([9], [1], [2], "9"),           # no such home
    ([1, 2], [1, 9], [2, 2], "2"),  # one of two
])
def test_a_wrong_batch_is_fenced(two, homes, epochs, batch_nos, detail):
    a, _ = two
    with a.cursor() as cursor:
        with pytest.raises(psycopg2.Error) as raised:
            fence(cursor, homes, epochs, batch_nos)
        assert code(raised) == "WF001"
        assert raised.value.diag.message_detail == detail
        a.rollback()
        cursor.execute("SELECT count(*) FROM workflow.batch")
        assert cursor.fetchone()[0] == 2


def test_a_takeover_waits_for_the_commit_under_way_and_goes_behind_it(two):
    a, b = two
    taken = []
    with a.cursor() as first, b.cursor() as second:
        fence(first, [1], [1], [2])
        thread = threading.Thread(target=lambda: taken.extend(take(second, [0], "i", ([1], [2]))))
        thread.start()
        wait_until_blocked(a)
        assert taken == []
        a.commit()
        thread.join(30)
        # Asked about the batch that was just being committed: it is there, and the
        # take-over starts from its values.
        assert taken[0] == (1, 2, 3, 7, True)
        b.commit()
        with pytest.raises(psycopg2.Error) as raised:
            fence(first, [1], [1], [3])
        assert code(raised) == "WF001"


def test_a_commit_waits_for_the_takeover_under_way_and_is_fenced(two):
    a, b = two
    raised = []
    with a.cursor() as first, b.cursor() as second:
        take(second, [0], "other")

        def try_commit():
            try:
                fence(first, [1], [1], [2])
            except psycopg2.Error as error:
                raised.append(error.pgcode)

        thread = threading.Thread(target=try_commit)
        thread.start()
        wait_until_blocked(b)
        assert raised == []
        b.commit()
        thread.join(30)
        assert raised == ["WF001"]


def test_an_aborted_takeover_fences_nobody(two):
    a, b = two
    with a.cursor() as first, b.cursor() as second:
        take(second, [0], "other")
        b.rollback()
        fence(first, [1], [1], [2])
        a.commit()


def test_a_zombie_older_than_all_rows_is_fenced(two):
    a, b = two
    with a.cursor() as first, b.cursor() as second:
        for number in range(3):
            take(second, [0], f"other {number}")
        second.execute("DELETE FROM workflow.batch WHERE home = 1 AND batch_no < 4")
        b.commit()
        with pytest.raises(psycopg2.Error) as raised:
            fence(first, [1], [1], [5])  # the row before exists, its epoch does not
        assert code(raised) == "WF001"


def test_two_takeovers_of_the_same_partitions_both_succeed(two):
    a, b = two
    with a.cursor() as first, b.cursor() as second:
        assert [row[1] for row in take(first, [1, 0], "a")] == [2, 2]
        taken = []
        thread = threading.Thread(target=lambda: taken.extend(take(second, [0, 1], "b")))
        thread.start()
        wait_until_blocked(a)
        a.commit()
        thread.join(30)
        assert [row[1] for row in taken] == [3, 3]
        b.commit()


def test_homes_are_handed_out_once_by_two_at_once(database):
    a, b = database.connect(autocommit=False), database.connect(autocommit=False)
    with a.cursor() as first, b.cursor() as second:
        take(first, [0, 1])
        taken = []
        thread = threading.Thread(target=lambda: taken.extend(take(second, [1, 2])))
        thread.start()
        wait_until_blocked(a)
        a.commit()
        thread.join(30)
        assert [row[0] for row in taken] == [2, 3]
        b.commit()
    assert database.query("SELECT home FROM workflow.home ORDER BY 1") == [(1,), (2,), (3,)]


def test_definitions_and_clock(two):
    a, _ = two
    with a.cursor() as cursor:
        with pytest.raises(psycopg2.Error) as raised:
            fence(cursor, [1], [1], [2], generation=2)
        assert code(raised) == "WF004"
        a.rollback()
        cursor.execute("SELECT clock_timestamp() + interval '1 second'")
        due = cursor.fetchone()[0]
        with pytest.raises(psycopg2.Error) as raised:
            fence(cursor, [1], [1], [2], due_max=due)
        assert code(raised) == "WF005"
        assert int(raised.value.diag.message_detail) < due.timestamp() * 1e6
        a.rollback()
        cursor.execute("SELECT clock_timestamp()")
        before = cursor.fetchone()[0]
        assert fence(cursor, [1], [1], [2], due_max=before) >= before


def wait_until_blocked(connection):
    """Until some session waits for a lock that `connection` holds."""
    probe = psycopg2.connect(connection.dsn)
    probe.autocommit = True
    with probe.cursor() as cursor:
        for _ in range(3000):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", (connection.info.backend_pid,))
            if cursor.fetchone()[0]:
                break
            cursor.execute("SELECT pg_sleep(0.01)")
        else:
            raise AssertionError("nobody waits")
    probe.close()


class Stopped:
    """A program that stopped while it sent a transaction: the protocol's messages of statements, and no end of them."""

    def __init__(self, database, application, statements):
        self.socket = socket.create_connection(("127.0.0.1", database.cluster.port))
        named = {"user": "postgres", "database": database.name, "application_name": application}
        words = b"".join(word.encode() + b"\0" for pair in named.items() for word in pair) + b"\0"
        self.socket.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
        for statement in statements:
            self._send(b"P", b"\0" + statement.encode() + b"\0" + struct.pack("!H", 0))
            self._send(b"B", b"\0\0" + struct.pack("!HHH", 0, 0, 0))
            self._send(b"E", b"\0" + struct.pack("!I", 0))

    def _send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)


@pytest.fixture
def stopped(database, two):
    a, _ = two
    stopped = Stopped(database, "workflowd/i/0", ["BEGIN", "UPDATE workflow.home SET taken_at = now() WHERE partition = 0"])
    held = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'workflowd/i/0' AND state = 'active' AND wait_event = 'ClientRead'"
    eventually(lambda: database.value(held + " AND backend_xid IS NOT NULL AND state_change < clock_timestamp() - interval '100 ms'") == 1, 60,
               "it has held a home for a while")
    yield lambda: database.value(held)
    stopped.socket.close()


def patience(database, of, taker="j"):
    """A take-over by a session with that patience for the former owner."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{of}'; SET lock_timeout = '3s'")
        return take(cursor, [0], instance=taker)


def test_an_owner_that_stopped_while_it_sent_is_ended(database, stopped):
    assert patience(database, "50ms")[0][1] == 2
    assert stopped() == 0


@pytest.mark.parametrize("of, taker", [("1h", "j"), ("0", "j"), ("1ms", "i")])
def test_an_owner_that_may_go_on_is_waited_for(database, stopped, of, taker):
    """It stopped a moment ago, nobody says for how long it may, or it is the taker's own."""
    with pytest.raises(psycopg2.Error) as raised:
        patience(database, of, taker)
    assert code(raised) == "55P03"
    assert stopped() == 1
