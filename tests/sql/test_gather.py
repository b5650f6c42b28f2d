# SPDX-License-Identifier: Apache-2.0
"""Workflows that start on several events: what counts as one event, and when they are enough."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from meeting import PLANS
from plans import executed, nodes


def batch(cursor, *events, most=1000, order=None, keys="{}", count=2, asks=False, home=1):
    """Notes and gathers (id, filter) pairs in one transaction, as a batch does; how many start, and are refused."""
    ids, filters = [i for i, _ in events], [f for _, f in events]
    n = len(events)
    whole = [json.dumps({"id": i}) for i in ids]
    cursor.execute("SELECT workflow.note_events(%s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::json[])",
                   ([home] * n, [None] * n, ["t"] * n, ["s"] * n, ids, [None] * n, whole))
    cursor.execute("SELECT workflow.lock_gatherings(%s::int[], %s::text[], %s::text[], '{}')", ([1] * n, [None] * n, [json.dumps([order])] * n))
    cursor.execute("SELECT * FROM workflow.gather(%s::smallint[], %s::int[], %s::text[], %s::smallint[], %s::smallint[], %s::bool[], %s::text[],"
                   " %s::text[], %s::text[], %s::text[], %s::json[], %s::json[], 60000000, %s)",
                   ([home] * n, [1] * n, ["n/w"] * n, filters, [count] * n, [asks] * n, [None] * n, ["s"] * n, ids, [json.dumps([order])] * n, [keys] * n,
                    whole, most))
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


# ---- until a condition holds: gathered here, judged by the daemon

def add(cursor, *ids, **more):
    return batch(cursor, *[(id, 0) for id in ids], count=0, asks=True, **more)


def asked(database):
    """Rows by which a home is asked, as (home, what it reads), oldest first."""
    return database.query("SELECT dst_home, convert_from(workflow.judging_of(payload), 'UTF8')::json FROM workflow.inbox WHERE kind = 'judge'"
                          " ORDER BY src_pos")


def judge(database, row, cuts, seen=None, home=1):
    """The verdict of who has read the row; how many start."""
    return database.value("SELECT workflow.judge(%s::smallint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::text[], 60000000)",
                          [home], [row["gathering"]], [row["first"]], [row["judged"]], [len(row["events"]) if seen is None else seen], [cuts])


def starts(database):
    return [[event["id"] for event in payload["events"]] for payload, in database.query(
        "SELECT convert_from(payload, 'UTF8')::json FROM workflow.inbox WHERE kind = 'start' ORDER BY src_pos")]


def held(database):
    return database.query("SELECT held, judged, asked, size = (SELECT sum(size) FROM workflow.gathered) FROM workflow.gathering")


def test_one_home_is_asked_for_all_that_came(cursor, database):
    add(cursor, "a", "b", home=2)
    add(cursor, "c", home=1)
    (home, row), = asked(database)
    assert home == 2 and [event["id"] for event in row["events"]] == ["a", "b", "c"] and row["judged"] == 0
    assert held(database) == [(3, 0, True, True)]


def test_where_it_holds_runs_start(cursor, database):
    add(cursor, *"abcde")
    assert judge(database, asked(database)[0][1], "{2,4}") == 2
    assert starts(database) == [["a", "b"], ["c", "d"]]
    assert held(database) == [(1, 1, False, True)]
    ids = {payload["id"] for payload, in database.query("SELECT convert_from(payload, 'UTF8')::json FROM workflow.inbox WHERE kind = 'start'")}
    assert len(ids) == 2  # triggers of the same name would be one
    add(cursor, "f")
    row = asked(database)[-1][1]
    assert (row["judged"], [event["id"] for event in row["events"]]) == (1, ["e", "f"])
    assert judge(database, row, "{2}") == 1
    assert starts(database)[-1] == ["e", "f"] and held(database) == []


def test_what_came_meanwhile_is_judged_next(cursor, database):
    add(cursor, "a")
    row = asked(database)[0][1]
    add(cursor, "b", home=2)
    assert judge(database, row, "{}") == 0
    assert held(database) == [(2, 1, True, True)]
    rows = asked(database)
    assert len(rows) == 2 and rows[1][0] == 1  # who judges goes on
    assert judge(database, rows[1][1], "{2}") == 1
    assert starts(database) == [["a", "b"]]


def test_one_verdict_counts(cursor, database):
    add(cursor, *"abc")
    row = asked(database)[0][1]
    assert judge(database, row, "{1}", seen=1) == 1
    assert held(database) == [(2, 0, True, True)]  # asked again, with none judged, as before
    assert judge(database, row, "{1}", seen=1) == 0
    assert judge(database, asked(database)[-1][1], "{}") == 0
    assert judge(database, asked(database)[-1][1], "{2}") == 0  # nobody asks now
    assert starts(database) == [["a"]] and held(database) == [(2, 2, False, True)]


def test_a_verdict_over_what_is_gone_is_none(cursor, database):
    add(cursor, "a")
    row = asked(database)[0][1]
    database.query("DELETE FROM workflow.gathering")
    assert database.value("SELECT count(*) FROM workflow.gathered") == 0
    assert judge(database, row, "{1}") == 0
    assert "events" not in asked(database)[0][1]


def test_a_piece_is_as_many_as_a_set_may_have(cursor, database):
    add(cursor, *[f"x-{n}" for n in range(1003)])
    assert len(asked(database)[0][1]["events"]) == 1000
    database.query("UPDATE workflow.gathered SET size = 9 << 20")
    assert len(asked(database)[0][1]["events"]) == 2


def test_too_many_that_wait_are_refused_visibly(cursor, database):
    add(cursor, "a")
    database.query("UPDATE workflow.gathering SET held = 100000")
    assert add(cursor, "b") == (0, 1)
    assert database.query("SELECT event_id, reason FROM workflow.event_refusal") == [("b", "gathering_full")]


def test_what_waits_for_its_verdict_is_kept_longer(cursor, database):
    add(cursor, "a")
    add(cursor, "b", order=1)
    judge(database, asked(database)[1][1], "{}")
    database.query("UPDATE workflow.gathering SET expires_at = now()")
    database.query("SELECT * FROM workflow.maintain()")
    assert held(database) == [(1, 0, True, True)]
    add(cursor, "c")  # of another set, since the first is too old
    assert database.value("SELECT count(*) FROM workflow.gathering") == 2
    database.query("UPDATE workflow.gathering SET expires_at = now() - interval '8 days'")
    database.query("SELECT * FROM workflow.maintain()")
    assert held(database) == []


def test_the_rest_has_its_own_time_and_correlations(cursor, database):
    add(cursor, "a", keys='{"x": 1}')
    add(cursor, "b", keys='{"y": 2}')
    database.query("UPDATE workflow.gathering SET expires_at = expires_at - interval '30 seconds'")
    assert database.query("SELECT keys FROM workflow.gathering") == [({"x": 1, "y": 2},)]
    judge(database, asked(database)[0][1], "{1}")
    assert database.query("SELECT keys, expires_at > now() + interval '40 seconds' FROM workflow.gathering") == [({"y": 2}, True)]


def test_its_bytes_bound_what_is_read_at_once(cursor, database):
    for order in range(3):
        add(cursor, f"a{order}", order=order)
    read = "SELECT count(*) FROM workflow.read_inbox('{1}', '{}', '{}', '{}', 100, 1000)"
    assert database.value(read) == 3
    database.query("UPDATE workflow.gathering SET size = 600")
    assert database.value(read) == 2


def test_locks_are_taken_in_one_order(cursor, database):
    """Those of events and those of verdicts."""
    cursor.execute("SELECT workflow.lock_gatherings('{1,1}', ARRAY[NULL, NULL]::text[], '{[1],[2]}', '{63,0}')")
    taken = [objid for objid, in database.query("SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND classid = 1467370600 AND granted")]
    assert {0, 63} < set(taken)
    cursor.connection.rollback()
    other = database.connect(autocommit=False)
    with other.cursor() as second:
        second.execute("SELECT pg_advisory_xact_lock(1467370600, 0)")  # the least: who waits for it holds none
        pid = cursor.connection.info.backend_pid
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(cursor.execute, "SELECT workflow.lock_gatherings('{1}', ARRAY[NULL]::text[], '{[1]}', '{63,0}')")
            try:
                while not database.value("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", pid):
                    assert not waiting.done()
                assert database.value("SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory' AND granted", pid) == 0
            finally:
                other.commit()
            waiting.result(60)
