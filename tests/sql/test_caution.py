# SPDX-License-Identifier: Apache-2.0
"""Unclean ends of owners, and what they announced: workflow.takeover, announce, settle."""
import psycopg2
import pytest


@pytest.fixture
def sql(database):
    return Sql(database)


class Sql:
    def __init__(self, database):
        self.database = database

    def take(self, instance):
        """Takes home 1 over: (epoch, batch_no, unclean_ends)."""
        return self.database.query("SELECT epoch, batch_no, unclean_ends FROM workflow.takeover('c', %s, '{t}', '{0}', '{0}', '{0}')", instance)[0]

    def announce(self, instance, epoch, batch_no, record="record 7"):
        return self.database.value("SELECT workflow.announce(1::smallint, %s, %s, %s, %s)", epoch, batch_no, instance, record)

    def settle(self, instance, epoch, gives_back):
        self.database.query("SELECT workflow.settle('{1}', ARRAY[%s]::bigint[], %s, %s)", epoch, instance, gives_back)

    def commit(self, epoch, batch_no):
        self.database.query("INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_hash, outbox_acked,"
                            " guard_low, timer_low) VALUES (1, %s, %s, 1, 0, 0, 1, 1, now())", batch_no, epoch)

    def announced(self):
        return self.database.query("SELECT input, instance FROM workflow.announcement ORDER BY 1, 2")


def test_ends_without_a_word_are_counted(sql):
    assert [sql.take(name)[2] for name in "abc"] == [0, 1, 2]


def test_the_same_process_may_take_over_again(sql):
    sql.take("a")
    assert sql.take("a")[2] == 0


def test_one_that_is_well_ends_the_row(sql):
    sql.take("a")
    epoch = sql.take("b")[0]
    sql.settle("b", epoch, False)
    assert sql.take("c")[2] == 1  # its own end


def test_giving_back_is_no_end_and_wipes_none(sql):
    sql.take("a")
    epoch = sql.take("b")[0]
    sql.settle("b", epoch, True)
    assert sql.take("c")[2] == 1


def test_who_lost_the_home_changes_nothing(sql):
    epoch = sql.take("a")[0]
    sql.take("b")
    sql.settle("a", epoch, True)
    assert sql.database.query("SELECT instance, unclean_ends FROM workflow.home") == [("b", 1)]


def test_deaths_are_other_instances_that_did_not_come_back(sql):
    for deaths, name in enumerate("abc"):
        epoch, batch_no, _ = sql.take(name)
        assert sql.announce(name, epoch, batch_no + 1) == deaths
        assert sql.announce(name, epoch, batch_no + 1) == deaths  # again, after a failure
    assert len(sql.announced()) == 3


def test_what_was_committed_killed_nobody(sql):
    epoch, batch_no, _ = sql.take("a")
    sql.announce("a", epoch, batch_no + 1)
    sql.commit(epoch, batch_no + 1)
    epoch, batch_no, _ = sql.take("b")
    assert sql.announce("b", epoch, batch_no + 1) == 0


def test_a_batch_of_another_epoch_is_not_that_one(sql):
    epoch, batch_no, _ = sql.take("a")
    sql.announce("a", epoch, batch_no + 1)
    epoch, batch_no, _ = sql.take("b")  # inserts the number that was announced
    assert sql.announce("b", epoch, batch_no + 1) == 1


def test_the_next_announcement_takes_the_last_one_back(sql):
    epoch, batch_no, _ = sql.take("a")
    sql.announce("a", epoch, batch_no + 1, "record 7")
    sql.announce("a", epoch, batch_no + 2, "record 8")
    assert sql.announced() == [("record 8", "a")]


@pytest.mark.parametrize("gives_back", [False, True])
def test_who_lives_takes_its_announcements_back(sql, gives_back):
    epoch, batch_no, _ = sql.take("a")
    sql.announce("a", epoch, batch_no + 1)
    sql.take("b")  # even when the home is another's by now
    sql.settle("a", epoch, gives_back)
    assert sql.announced() == []


def test_announcing_is_fenced(sql):
    epoch, batch_no, _ = sql.take("a")
    sql.take("b")
    with pytest.raises(psycopg2.Error) as raised:
        sql.announce("a", epoch, batch_no + 1)
    assert raised.value.pgcode == "WF001" and raised.value.diag.message_detail == "1"
    assert sql.announced() == []
