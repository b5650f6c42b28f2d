#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs in PostgreSQL while many runs each wait for their own order, and what
beginning to listen costs, beside a yardstick: the same rows written without any meeting.

    tests/campaigns/run.sh listeners [--listeners 100000] [--events 5000] [--batch 100]
"""
import argparse
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import database as databases  # noqa: E402
import meeting  # noqa: E402

YARDSTICK = """
CREATE SCHEMA yardstick;
CREATE TABLE yardstick.event (event_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(), key uuid UNIQUE, event json);
CREATE TABLE yardstick.inbox (home smallint, source smallint, position bigint GENERATED ALWAYS AS IDENTITY, run_id uuid, event_no bigint,
  PRIMARY KEY (home, source, position));
"""
WRITE = ("WITH e AS (INSERT INTO yardstick.event (key, event) SELECT u.key, u.event FROM unnest(%s::uuid[], %s::json[]) u (key, event) RETURNING *)"
         " INSERT INTO yardstick.inbox (home, source, run_id, event_no) SELECT 1, 8193, e.key, e.event_no FROM e")
LOOKED = ("SELECT coalesce(sum(seq_scan), 0), coalesce(sum(idx_tup_fetch + seq_tup_read), 0) FROM pg_stat_user_tables"
          " WHERE relname IN ('subscription', 'arrival_key')")


def event(number):
    return {"order": number, "customer": f"customer-{number}", "note": "x" * 300}


def listen(writer, first, count):
    writer.begin(*[(meeting.run_id(n), 3, 1, None, "paid", None, None, meeting.Meeting.conditions({"data.order": n})) for n in range(first, first + count)])


def timed(work, total, batch):
    """Microseconds each, and milliseconds of the slowest batch."""
    began, worst = time.monotonic(), 0
    for first in range(0, total, batch):
        at = time.monotonic()
        work(first, min(batch, total - first))
        worst = max(worst, time.monotonic() - at)
    return (time.monotonic() - began) / total * 1e6, worst * 1e3


def settle_statistics(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    connection.commit()


def measure(database, listeners, events, batch, say=print):
    """Returns figures by name; each event is handed to one listener, or it raises."""
    import psycopg2
    connection, other = psycopg2.connect(database.conninfo), psycopg2.connect(database.conninfo)
    writer, figures = meeting.Meeting(connection), {}
    with other.cursor() as cursor:
        cursor.execute(YARDSTICK)
        other.commit()

        def plain(first, count):
            cursor.execute(WRITE, ([meeting.run_id(n) for n in range(first, first + count)], [json.dumps(event(n)) for n in range(first, first + count)]))
            other.commit()
        figures["yardstick"], _ = timed(plain, events, batch)
    figures["listen"], figures["listen_worst"] = timed(lambda first, count: listen(writer, first, count), listeners, max(batch, 100))
    settle_statistics(connection)
    scans, rows = database.query(LOOKED)[0]
    step = max(1, listeners // events)

    def meet(first, count):
        writer.batch(events=[(f"e{n}", event(n * step % listeners)) for n in range(first, first + count)])
    figures["event"], figures["event_worst"] = timed(meet, events, batch)
    settle_statistics(connection)
    scans_after, rows_after = database.query(LOOKED)[0]
    figures["scans"], figures["rows"] = scans_after - scans, float(rows_after - rows) / events
    handed = database.query("SELECT count(*), count(DISTINCT arrival_no) FROM workflow.inbox WHERE kind = 'event'")[0]
    assert handed == (events, events), handed
    figures["late"], _ = timed(lambda first, count: listen(writer, 2 * listeners + first, count), min(events, 1000), max(batch, 100))
    connection.close()
    other.close()
    say(f"{listeners} listeners, {events} events in batches of {batch}: an event {figures['event']:.0f} µs (slowest batch {figures['event_worst']:.1f} ms),"
        f" the yardstick {figures['yardstick']:.0f} µs; to begin listening {figures['listen']:.0f} µs (slowest batch {figures['listen_worst']:.1f} ms),"
        f" with events in the window {figures['late']:.0f} µs; {figures['rows']:.1f} rows looked at per event, {figures['scans']} tables read whole")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--listeners", type=int, default=100000)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=100)
    options = parser.parse_args()
    server = databases.PostgresServer(os.path.join(options.build_dir, "bin"), fsync="on")
    try:
        for listeners in (100, options.listeners):
            measure(server.fresh(), listeners, options.events, options.batch)
    finally:
        server.close()


if __name__ == "__main__":
    main()
