# SPDX-License-Identifier: Apache-2.0
"""Batches of events and listeners, as the daemon writes them: workflow.note_events(), correlate(), hand_over()."""
import json
import uuid

# What the daemon sets on its connections (daemon/io/pg_conn.c).
PLANS = ("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
         " SET jit = off;")


def run_id(number, home=1):
    return str(uuid.UUID(f"0199aaaaaaaa7{home:03x}8000{number:012}"))


class Meeting:
    """A connection that writes batches of one home."""

    def __init__(self, connection, home=1):
        self.connection = connection
        self.cursor = connection.cursor()
        self.cursor.execute(PLANS)
        connection.commit()
        self.home = home

    @staticmethod
    def conditions(values):
        """{"data.order": 7} as the daemon sends it."""
        return json.dumps([{"path": path.split("."), "value": str(value)} for path, value in values.items()]) if values else None

    def batch(self, events=(), ended=(), begun=(), type="paid", tenant=None, subject=None, lookback=60, commit=True):
        """events: (id, data); ended: (run, number); begun: (run, number, filter, tenant, type, source, subject, conditions)."""
        count = len(events)
        whole = [json.dumps({"specversion": "1.0", "id": id, "source": "/shop", "type": type, "subject": subject, "data": data})
                 for id, data in events]
        if events:
            self.cursor.execute("SELECT workflow.note_events(%s::int2[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::json[])",
                                ([self.home] * count, [tenant] * count, [type] * count, ["/shop"] * count, [id for id, _ in events],
                                 [subject] * count, whole))
        columns = [list(column) for column in zip(*begun)] or [[]] * 8
        self.cursor.execute("SELECT woken, unfinished FROM workflow.correlate(%s::uuid[], %s::int[], %s::uuid[], %s::int[], %s::int2[],"
                            " %s::text[], %s::text[], %s::text[], %s::text[], %s::json[], %s)",
                            ([run for run, _ in ended], [number for _, number in ended], *columns, lookback * 1000000))
        answer = self.cursor.fetchone()
        if commit:
            self.connection.commit()
        return tuple(homes or [] for homes in answer)

    def event(self, id, type="paid", tenant=None, subject=None, commit=True, **data):
        return self.batch([(id, data)], type=type, tenant=tenant, subject=subject, commit=commit)

    def listen(self, number, values=None, type="paid", tenant=None, source=None, subject=None, lookback=60, commit=True):
        return self.batch(begun=[(run_id(number), 3, 1, tenant, type, source, subject, self.conditions(values))], lookback=lookback, commit=commit)

    def begin(self, *begun):
        return self.batch(begun=begun)

    def end(self, run, number):
        return self.batch(ended=[(run, number)])

    def hand_over(self, piece):
        self.cursor.execute("SELECT woken, unfinished FROM workflow.hand_over(ARRAY[%s]::int2[], %s)", (self.home, piece))
        answer = self.cursor.fetchone()
        self.connection.commit()
        return answer

    def slot(self, tenant, type):
        self.cursor.execute("SELECT workflow.event_kind(%s, %s) & 63", (tenant, type))
        slot, = self.cursor.fetchone()
        self.connection.commit()
        return slot
