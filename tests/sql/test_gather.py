# SPDX-License-Identifier: Apache-2.0
"""Workflows that start on several events: what counts as one event, and when they are enough."""
import json

import pytest

from meeting import PLANS
from plans import executed, nodes


def batch(cursor, *events, most=1000, order=None, keys="{}", count=2):
    """Notes and gathers (id, filter) pairs in one transaction, as a batch does; how many start, and are refused."""
    ids, filters = [i for i, _ in events], [f for _, f in events]
    n = len(events)
    whole = [json.dumps({"id": i}) for i in ids]
    cursor.execute("SELECT workflow.note_events(%s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::json[])",
                   ([1] * n, [None] * n, ["t"] * n, ["s"] * n, ids, [None] * n, whole))
    cursor.execute("SELECT * FROM workflow.gather(%s::smallint[], %s::int[], %s::text[], %s::smallint[], %s::smallint[], %s::text[],"
                   " %s::text[], %s::text[], %s::text[], %s::json[], %s::json[], 60000000, %s)",
                   ([1] * n, [1] * n, ["n/w"] * n, filters, [count] * n, [None] * n, ["s"] * n, ids, [json.dumps([order])] * n, [keys] * n, whole, most))
    started, refused = cursor.fetchone()
    cursor.connection.commit()
    return (started, refused) if refused else started


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


def events_of(database):
    return [[json.loads(event)["id"] for event in events] for events, in database.query("SELECT events::text[] FROM workflow.gathering")]


def started_with(database):
    payload, = database.query("SELECT convert_from(payload, 'UTF8')::json FROM workflow.inbox WHERE kind = 'start' ORDER BY src_pos DESC LIMIT 1")[0]
    return [event["id"] for event in payload["events"]]


def test_until_another_event(cursor, database):
    assert batch(cursor, ("end-0", -1), count=1) == 0  # it begins nothing
    assert database.query("SELECT * FROM workflow.gathering") == []
    assert batch(cursor, ("a", 0), ("b", 0), ("a", 0), count=1) == 0
    assert events_of(database) == [["a", "b"]]
    assert batch(cursor, ("end-1", -1), count=1) == 1
    assert started_with(database) == ["a", "b"]
    assert events_of(database) == []


def test_until_all_of_several(cursor, database):
    assert batch(cursor, ("a", 0), ("e-1", -1), ("e-2", -1), ("b", 0)) == 0
    assert batch(cursor, ("e-3", -2)) == 1
    assert started_with(database) == ["a", "b"]


def test_very_many_start_whatever_comes(cursor, database):
    assert batch(cursor, *[(f"x-{i}", 0) for i in range(999)], count=1) == 0
    assert batch(cursor, ("last", 0), ("next", 0), count=1) == 1
    assert len(started_with(database)) == 1000
    assert events_of(database) == [["next"]]


def test_events_find_the_others_of_their_set(cursor, database):
    for order in (1, 2, 3):
        assert batch(cursor, (f"a{order}", 1), order=order) == 0
    assert batch(cursor, ("b", 2), order=2) == 1
    assert database.value("SELECT count(*) FROM workflow.gathering") == 2


def test_what_only_some_filters_have_is_compared_too(cursor, database):
    assert batch(cursor, ("a", 1), keys='{"place": "x"}') == 0
    assert batch(cursor, ("b", 2), keys='{"place": "y"}') == 0
    assert batch(cursor, ("c", 2), keys='{"place": "x"}') == 1


def test_the_oldest_that_lacks_it(cursor, database):
    assert batch(cursor, ("a", 1), ("b", 1)) == 0
    oldest = database.value("SELECT min(gathering_no) FROM workflow.gathering")
    assert batch(cursor, ("c", 2)) == 1
    assert database.value("SELECT min(gathering_no) FROM workflow.gathering") > oldest


def test_one_too_many_is_refused_visibly(cursor, database):
    assert batch(cursor, ("a", 1), ("b", 1), ("c", 1), most=2) == (0, 1)
    assert database.query("SELECT workflow, event_id, reason FROM workflow.event_refusal") == [("n/w", "c", "gatherings_full")]
    assert batch(cursor, ("d", 2), most=2) == 1
    assert batch(cursor, ("e", 1), most=2) == 0
    assert batch(cursor, ("f", 1), most=2) == (0, 1)


def test_what_expired_is_begun_anew(cursor, database):
    assert batch(cursor, ("a", 1)) == 0
    database.query("UPDATE workflow.gathering SET expires_at = now()")
    assert batch(cursor, ("b", 2)) == 0
    database.query("SELECT * FROM workflow.maintain()")
    assert database.query("SELECT filled FROM workflow.gathering") == [([2],)]


def test_it_looks_at_its_own_set_only(cursor, database):
    batch(cursor, *[(f"a{n}", 1) for n in range(500)])  # none of them lacks this event
    for order in range(200):
        batch(cursor, (f"o{order}", 1), order=order)
    looked = [node for plan in executed(database, "SELECT workflow.open_gathering(1, NULL, %s, 2::smallint, '{}'),"
                                                  " workflow.open_gathering(1, NULL, %s, 1::smallint, '{}')", "[7]", "[null]", setup=PLANS)
              for node in nodes(plan) if node.get("Relation Name") == "gathering"]
    assert 0 < sum(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in looked) < 12
    assert {node["Node Type"] for node in looked} <= {"Index Scan", "Index Only Scan"}
