# SPDX-License-Identifier: Apache-2.0
"""Events and who listens for them: who is handed what, in what pieces, and at what cost."""
import json
import threading

import pytest

from meeting import PLANS, Meeting, run_id
from plans import executed, nodes


@pytest.fixture
def meeting(database):
    made = Meeting(database.connect(autocommit=False))
    yield made


@pytest.fixture
def other(database):
    yield Meeting(database.connect(autocommit=False))


def handed(database):
    """(run, subscription, event id) in the order of the inbox."""
    return database.query("SELECT right(i.run_id::text, 12)::int, i.subscription_no, a.event_id FROM workflow.inbox i"
                          " JOIN workflow.arrival a USING (arrival_no) WHERE i.kind = 'event' ORDER BY i.src_pos")


# ---- who hears what -----------------------------------------------------------

def test_an_event_finds_those_that_wait_for_its_value(meeting, database):
    for order in range(3):
        meeting.listen(order, {"data.order": order})
    meeting.event("e", order=1)
    assert handed(database) == [(1, 3, "e")]


def test_a_number_is_its_text(meeting, database):
    meeting.listen(1, {"data.order": "7"})
    meeting.event("e", order=7)
    meeting.event("f", order="7")
    assert [event for _, _, event in handed(database)] == ["e", "f"]


def test_all_of_several_values_must_be_there(meeting, database):
    meeting.listen(1, {"data.order": 7, "data.place": "here"})
    meeting.listen(2, {"data.place": "here", "data.order": 7})
    meeting.listen(3, {"data.order": 7})
    meeting.event("no", order=7, place="there")
    meeting.event("none", place="here")
    meeting.event("yes", order=7, place="here")
    assert handed(database) == [(3, 3, "no"), (1, 3, "yes"), (2, 3, "yes"), (3, 3, "yes")]


def test_types_have_keys_of_their_own(meeting, database):
    meeting.listen(1, {"data.order": 7})
    meeting.listen(2, {"data.order": 7}, type="lost")
    meeting.event("e", order=7)
    assert handed(database) == [(1, 3, "e")]


def test_whatever_its_values_a_set_of_paths_is_one(meeting, database):
    meeting.listen(1, {"data.order": 1, "data.place": 2})
    meeting.listen(2, {"data.order": 2, "data.place": 1})
    assert database.value("SELECT count(*) FROM workflow.correlation_path") == 1
    meeting.event("e", order=2, place=1)
    assert handed(database) == [(2, 3, "e")]


def test_who_fixes_nothing_hears_its_type(meeting, database):
    meeting.listen(1)
    meeting.listen(2, type="other")
    meeting.event("e")
    assert handed(database) == [(1, 3, "e")]


def test_who_listens_for_any_type(meeting, database):
    meeting.listen(1, type=None)
    meeting.listen(2, {"data.order": 7}, type=None)
    meeting.event("e", type="a", order=7)
    meeting.event("f", type="b")
    assert handed(database) == [(1, 3, "e"), (2, 3, "e"), (1, 3, "f")]


def test_source_and_subject(meeting, database):
    meeting.listen(1, source="/shop")
    meeting.listen(2, source="/bank")
    meeting.listen(3, subject="s", source="/shop")
    meeting.event("e")
    meeting.event("f", subject="s")
    assert handed(database) == [(1, 3, "e"), (1, 3, "f"), (3, 3, "f")]


def test_tenants_hear_their_own(meeting, database):
    meeting.listen(1, tenant="a")
    meeting.listen(2)
    meeting.listen(3, {"data.order": 7}, tenant="a")
    meeting.event("e", tenant="a", order=7)
    meeting.event("e", order=7)
    assert handed(database) == [(1, 3, "e"), (3, 3, "e"), (2, 3, "e")]


def test_two_filters_of_one_listener_are_one(meeting, database):
    meeting.begin((run_id(1), 3, 1, None, "paid", None, None, None), (run_id(1), 3, 2, None, None, None, None, None))
    meeting.event("e")
    assert handed(database) == [(1, 3, "e")]


def test_who_has_ended_hears_no_more(meeting, database):
    meeting.listen(1)
    meeting.end(run_id(1), 3)
    meeting.event("e")
    assert handed(database) == []


def test_begun_and_ended_in_one_batch(meeting, database):
    meeting.batch(ended=[(run_id(1), 3)], begun=[(run_id(1), 3, 1, None, "paid", None, None, None)])
    assert database.query("SELECT * FROM workflow.subscription") == []


def test_a_repeat_is_no_event(meeting, database):
    meeting.listen(1)
    meeting.event("e")
    meeting.event("e")
    assert handed(database) == [(1, 3, "e")]


# ---- looking back -------------------------------------------------------------

def test_what_came_before(meeting, database):
    meeting.event("e", order=1)
    meeting.event("f", order=2)
    meeting.listen(1, {"data.order": 2})  # the first of its paths: events had no such key
    meeting.event("g", order=3)
    meeting.listen(2, {"data.order": 3})
    meeting.listen(3, {"data.order": 1})
    meeting.listen(4)
    meeting.listen(5, type=None)
    assert handed(database) == [(1, 3, "f"), (2, 3, "g"), (3, 3, "e"), *[(4, 3, e) for e in "efg"], *[(5, 3, e) for e in "efg"]]


def test_not_what_came_long_before(meeting, database):
    meeting.event("e")
    meeting.listen(1, lookback=0)
    assert handed(database) == []


def test_event_and_listener_of_one_batch(meeting, database):
    meeting.batch(events=[("e", {})], begun=[(run_id(1), 3, 1, None, "paid", None, None, None)])
    assert handed(database) == [(1, 3, "e")]


@pytest.mark.parametrize("first", ["event", "listener"])
def test_whichever_commits_first(meeting, other, database, first):
    """The second waits for the first, and sees it."""
    one, two = (meeting.event, other.listen) if first == "event" else (meeting.listen, other.event)
    one("e" if first == "event" else 1, commit=False)
    waits = threading.Thread(target=two, args=(1 if first == "event" else "e",))
    waits.start()
    while not database.value("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"):
        assert waits.is_alive()
    assert handed(database) == []
    meeting.connection.commit()
    waits.join()
    assert handed(database) == [(1, 3, "e")]


def test_events_do_not_wait_for_each_other(meeting, other, database):
    meeting.listen(1)
    meeting.event("e", commit=False)
    other.event("f")
    assert handed(database) == [(1, 3, "f")]


def test_a_listener_for_any_type_holds_up_its_tenant_only(meeting, other, database):
    meeting.listen(1, type=None, tenant="a", commit=False)
    for number in range(100):
        if other.slot("b", f"t{number}") != other.slot("a", None) != other.slot("b", None):
            other.event(f"e{number}", tenant="b", type=f"t{number}")
    assert database.value("SELECT count(*) FROM workflow.arrival") > 50


# ---- in pieces ----------------------------------------------------------------

def test_an_event_that_many_hear(meeting, database):
    for number in range(20):
        meeting.listen(number)
    assert meeting.event("e") == ([], [1])
    assert handed(database) == []
    meeting.listen(99)  # looks back itself
    for woken, unfinished in (([1], [1]), ([1], [1]), ([1], [])):
        assert meeting.hand_over(8) == (woken, unfinished)
    assert sorted(handed(database)) == [*[(number, 3, "e") for number in range(20)], (99, 3, "e")]
    assert database.query("SELECT * FROM workflow.handover") == []


def test_of_two_events_the_first_is_handed_over_first(meeting, database):
    for number in range(20):
        meeting.listen(number)
    meeting.event("e")
    meeting.event("f")
    while meeting.hand_over(7)[1]:
        pass
    assert [event for _, _, event in handed(database)] == ["e"] * 20 + ["f"] * 20


def test_one_that_ended_meanwhile_is_passed_over(meeting, database):
    for number in range(20):
        meeting.listen(number)
    meeting.event("e")
    meeting.hand_over(10)
    meeting.end(run_id(15), 3)
    while meeting.hand_over(10)[1]:
        pass
    assert [run for run, _, _ in handed(database)] == [n for n in range(20) if n != 15]


def test_a_listener_that_many_came_before(meeting, database):
    for number in range(20):
        meeting.event(f"e{number}", order=number % 2)
    meeting.listen(1)
    meeting.listen(2, {"data.order": 1})  # ten only: at once
    meeting.event("late")  # hands itself over
    while meeting.hand_over(8)[1]:
        pass
    assert [event for run, _, event in handed(database) if run == 1] == ["late", *[f"e{n}" for n in range(20)]]
    assert [event for run, _, event in handed(database) if run == 2] == [f"e{n}" for n in range(1, 20, 2)]


def test_a_listener_that_ended_is_handed_no_more(meeting, database):
    for number in range(20):
        meeting.event(f"e{number}")
    meeting.listen(1)
    meeting.hand_over(8)
    meeting.end(run_id(1), 3)
    assert meeting.hand_over(8) == ([], [])
    assert len(handed(database)) == 8


def test_events_of_the_listeners_own_batch(meeting, database):
    meeting.batch(events=[(f"e{n}", {}) for n in range(20)], begun=[(run_id(1), 3, 1, None, "paid", None, None, None)])
    while meeting.hand_over(8)[1]:
        pass
    assert [event for _, _, event in handed(database)] == [f"e{n}" for n in range(20)]


def test_what_is_read_of_an_inbox_is_bounded_by_bytes(meeting, database):
    meeting.listen(1)
    for number in range(4):
        meeting.event(f"e{number}", pad="x" * 1000)
    def read(limit):
        return len(database.query(f"SELECT * FROM workflow.read_inbox('{{1}}', '{{}}', '{{}}', '{{}}', 100, {limit})"))
    assert (read(1), read(1500), read(100000)) == (1, 2, 4)


# ---- what is kept -------------------------------------------------------------

def test_an_event_that_is_still_to_be_heard_stays(meeting, database):
    meeting.listen(1)
    meeting.event("heard", order=1)
    meeting.event("other", type="nobody")
    database.query("UPDATE workflow.arrival SET received_at = received_at - interval '2 days'")
    database.query("SELECT * FROM workflow.maintain()")
    assert database.query("SELECT event_id FROM workflow.arrival") == [("heard",)]
    database.query("DELETE FROM workflow.inbox")
    database.query("SELECT * FROM workflow.maintain()")
    assert database.query("SELECT event_id FROM workflow.arrival") == []


def test_an_event_that_waits_to_be_handed_over_stays(meeting, database):
    for number in range(20):
        meeting.listen(number)
    meeting.event("e")
    database.query("UPDATE workflow.arrival SET received_at = received_at - interval '2 days'")
    database.query("UPDATE workflow.handover SET since = since - interval '2 days'")
    database.query("SELECT * FROM workflow.maintain()")
    assert database.query("SELECT event_id FROM workflow.arrival") == [("e",)]


def test_the_window_is_bounded_by_rows_and_bytes(meeting, database):
    meeting.listen(1)
    meeting.event("heard")
    meeting.batch(events=[(f"e{n}", {"pad": "x" * 1000}) for n in range(20)], type="other")
    database.query("VACUUM ANALYZE workflow.arrival")
    assert database.value("SELECT workflow.trim_events(1000000, 1000000)") == 0
    assert database.query("SELECT trimmed_events, trimmed_until FROM workflow.event_window") == [(0, None)]
    assert database.value("SELECT workflow.trim_events(15, 1000000)") == 5
    assert database.value("SELECT workflow.trim_events(15, 1000000)") == 0
    assert database.value("SELECT workflow.trim_events(15, 10000)") > 5
    assert 0 < database.value("SELECT sum(size) FROM workflow.arrival WHERE type = 'other'") <= 10000
    assert database.value("SELECT count(*) FROM workflow.arrival WHERE event_id IN ('heard', 'e19')") == 2
    assert database.value("SELECT trimmed_until < clock_timestamp() AND trimmed_events = 21 - (SELECT count(*) FROM workflow.arrival)"
                          " FROM workflow.event_window")


def test_why_one_was_not_handed_over(meeting, database):
    meeting.listen(1, {"data.order": 1})
    meeting.listen(2, {"data.order": 2})
    meeting.event("e", order=2)
    assert database.query("SELECT right(run_id::text, 12)::int, verdict FROM workflow.event_candidate ORDER BY 1") == [
        (1, "correlation"), (2, "handed over")]


# ---- what it costs ------------------------------------------------------------

def rows_looked_at(database, sql, *parameters):
    """Of the tables that grow, by any statement inside; no scan of a whole one. Nothing of it stays."""
    count = 0
    for plan in executed(database, sql, *parameters, setup=PLANS):
        for node in nodes(plan):
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "correlation_path":
                raise AssertionError(f"all of {node['Relation Name']} was read")
            if node.get("Relation Name") in ("subscription", "arrival", "arrival_key", "handover"):
                count += node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return count


@pytest.fixture
def many(meeting, database):
    """3,000 runs that each wait for their own order."""
    meeting.begin(*[(run_id(n), 3, 1, None, "paid", None, None, Meeting.conditions({"data.order": n})) for n in range(3000)])
    return database


def test_an_event_looks_at_its_listeners_only(meeting, many):
    event = json.dumps({"id": "e", "type": "paid", "data": {"order": 7}})
    many.query("SELECT workflow.note_events('{1}', '{NULL}', '{paid}', '{s}', '{e}', '{NULL}', ARRAY[%s::json])", event)
    looked = rows_looked_at(many, "SELECT set_config('workflow.noted', (SELECT array_agg(arrival_no) FROM workflow.arrival)::text, false),"
                                  " workflow.correlate('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 60000000)")
    assert 0 < looked < 20
    meeting.event("f", order=7)
    assert handed(many) == [(7, 3, "f")]


def test_a_listener_looks_at_its_events_only(meeting, database):
    meeting.listen(1, {"data.order": -1})
    meeting.batch(events=[(f"e{n}", {"order": n}) for n in range(3000)])
    condition = Meeting.conditions({"data.order": 7})
    looked = rows_looked_at(database, "SELECT workflow.correlate('{}', '{}', %s::uuid[], '{3}', '{1}', '{NULL}', '{paid}', '{NULL}', '{NULL}',"
                                      " ARRAY[%s::json], 60000000)", [run_id(2)], condition)
    assert 0 < looked < 20
    meeting.listen(2, {"data.order": 7})
    assert handed(database) == [(2, 3, "e7")]


def test_a_piece_looks_at_itself_only(meeting, database):
    meeting.begin(*[(run_id(n), 3, 1, None, "paid", None, None, None) for n in range(3000)])
    meeting.event("e")
    for _ in range(2):
        assert 0 < rows_looked_at(database, "SELECT workflow.hand_over('{1}', 10)") < 40
        meeting.hand_over(10)
    assert [run for run, _, _ in handed(database)] == list(range(20))
