# SPDX-License-Identifier: Apache-2.0
"""Workflows that start on all of several events: what counts as one event."""
import json

import pytest


def batch(cursor, *events):
    """Notes and gathers (id, filter) pairs in one transaction, as a batch does; how many start."""
    ids, filters = [i for i, _ in events], [f for _, f in events]
    n = len(events)
    whole = [json.dumps({"id": i}) for i in ids]
    cursor.execute("SELECT workflow.note_events(%s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::json[])",
                   ([1] * n, [None] * n, ["t"] * n, ["s"] * n, ids, [None] * n, whole))
    cursor.execute("SELECT workflow.gather(%s::smallint[], %s::int[], %s::text[], %s::smallint[], %s::smallint[], %s::text[],"
                   " %s::text[], %s::text[], %s::json[], %s::json[], 60000000)",
                   ([1] * n, [1] * n, ["n/w"] * n, filters, [2] * n, [None] * n, ["s"] * n, ids, ["{}"] * n, whole))
    started, = cursor.fetchone()
    cursor.connection.commit()
    return started


@pytest.fixture
def cursor(database):
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def test_a_repeat_in_the_same_batch_is_none(cursor, database):
    assert batch(cursor, ("a", 1), ("a", 1)) == 0
    assert database.query("SELECT filled FROM workflow.gathering") == [([1],)]
    assert batch(cursor, ("b", 2)) == 1
    assert database.query("SELECT filled FROM workflow.gathering") == []


def test_a_repeat_in_a_later_batch_is_none(cursor, database):
    assert batch(cursor, ("a", 1)) == 0
    assert batch(cursor, ("a", 1)) == 0
    assert database.query("SELECT filled FROM workflow.gathering") == [([1],)]


def test_one_event_for_two_filters(cursor, database):
    assert batch(cursor, ("a", 1), ("a", 2)) == 1
    assert database.query("SELECT filled FROM workflow.gathering") == []
