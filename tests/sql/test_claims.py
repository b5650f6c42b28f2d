# SPDX-License-Identifier: Apache-2.0
"""Remembered trigger ids: all or none, over three generations."""
import threading
import uuid

import psycopg2
import pytest

from test_fence import wait_until_blocked


def claim(cursor, *ids, tenant="acme", workflow="n/w"):
    triggers = [str(uuid.uuid4()) for _ in ids]
    cursor.execute("SELECT workflow.claim_triggers(%s, %s, %s, %s::uuid[])",
                   ([tenant] * len(ids), [workflow] * len(ids), list(ids), triggers))
    return triggers


def found(cursor, event_id, tenant="acme", workflow="n/w"):
    cursor.execute("SELECT trigger_id FROM workflow.find_claims(%s, %s, %s)", ([tenant], [workflow], [event_id]))
    row = cursor.fetchone()
    return row and row[0]


def rotate(database):
    database.query("UPDATE workflow.dedupe_generation SET rotated_at = now() - interval '8 days'")
    deeds = database.query("SELECT deed FROM workflow.maintain()")
    assert ("rotated",) in deeds


def test_all_or_none(database):
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        first = claim(cursor, "a", "b")
        connection.commit()
        with pytest.raises(psycopg2.Error) as raised:
            claim(cursor, "c", "b")
        assert raised.value.pgcode == "WF002"
        connection.rollback()
        assert found(cursor, "c") is None
        assert found(cursor, "b") == first[1]


def test_the_same_id_of_another_tenant_or_workflow_is_another(database):
    with database.connect().cursor() as cursor:
        claim(cursor, "a")
        claim(cursor, "a", tenant="other")
        claim(cursor, "a", tenant=None)
        claim(cursor, "a", workflow="n/x")
        with pytest.raises(psycopg2.Error):
            claim(cursor, "a", tenant=None)


def test_the_same_id_twice_in_one_call(database):
    with database.connect().cursor() as cursor, pytest.raises(psycopg2.Error) as raised:
        claim(cursor, "a", "a")
    assert raised.value.pgcode == "WF002"


def test_an_id_lives_for_two_rotations(database):
    with database.connect().cursor() as cursor:
        first = claim(cursor, "a")[0]
        for _ in range(2):
            rotate(database)
            assert found(cursor, "a") == first
            with pytest.raises(psycopg2.Error):
                claim(cursor, "a")
        rotate(database)
        assert found(cursor, "a") is None
        claim(cursor, "a")


def test_two_claimers_of_one_id(database):
    a, b = database.connect(autocommit=False), database.connect(autocommit=False)
    with a.cursor() as first, b.cursor() as second:
        claim(first, "x", "y")
        codes = []

        def try_claim():
            try:
                claim(second, "y", "x", "z")
            except psycopg2.Error as error:
                codes.append(error.pgcode)

        thread = threading.Thread(target=try_claim)
        thread.start()
        wait_until_blocked(a)
        a.commit()
        thread.join(30)
        assert codes == ["WF002"]


def test_a_rotation_waits_for_claims_under_way(database):
    a = database.connect(autocommit=False)
    database.query("UPDATE workflow.dedupe_generation SET rotated_at = now() - interval '8 days'")
    with a.cursor() as cursor:
        claim(cursor, "x")
        # It gives up after its lock_timeout rather than hold everybody up.
        assert ("put off",) in database.query("SELECT deed FROM workflow.maintain()")
        a.commit()
    assert ("rotated",) in database.query("SELECT deed FROM workflow.maintain()")
