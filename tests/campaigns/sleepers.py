#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs that sleep far beyond the horizon: some thousand put there by the daemon, the others copies of their rows, with
which `workflowctl verify` must agree; then a fresh daemon over them. Fails when it
holds much memory, is slow to be ready, or asks more of PostgreSQL than it would with none; or when many that are due
at one instant, and some that are woken, are not all done within the same bounds. run.sh builds (release) and calls
this."""
import calendar
import time
import urllib.error
import urllib.request

import psycopg2

import ground

MEMORY_MAX = 64 << 20  # bytes resident, whatever sleeps
READY_MAX = 1.0  # seconds from the start of the process, in the long form
QUERIES_MAX = 20  # a second, of one idle instance with two lanes
IDLE_SECONDS = 10
RECIPIENTS = 5000  # of one trigger
ORIGINALS = 1000  # put to sleep by the daemon before they are copied
HORIZON = 20  # seconds; what is due at one instant must lie beyond it when it is put to sleep
POSTGRES = {"more": "shared_buffers = 1GB\nmax_wal_size = 8GB\nshared_preload_libraries = 'pg_stat_statements'"}
NAPPER = """
document: {dsl: '1.0.0', namespace: asleep, name: napper, version: '1.0.0'}
do:
  - nap: {wait: '${ .until }'}
  - rise: {set: {awake: true}}
"""
CONFIG = {"timers": {"horizon": f"{HORIZON}s"}}


def instant(seconds):
    """RFC 3339, that many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def count(database, condition, *parameters):
    return database.value(f"SELECT count(*) FROM workflow.run WHERE {condition}", *parameters)


def publish(messages, publisher, topic, name, runs, until):
    for first in range(0, runs, RECIPIENTS):
        people = [f"{name}-{n}" for n in range(first, min(first + RECIPIENTS, runs))]
        publisher.send(topic, messages.trigger(f"{name}-{first}", "asleep/napper", people, {"until": until}))
    publisher.flush()


def put_to_sleep(place, name, runs, until):
    """Returns when all of them are asleep."""
    before = count(place.database, "status = 'waiting'")
    publish(place.work.messages, place.work.publisher, place.topics.triggers, name, runs, until)
    ground.eventually(lambda: count(place.database, "status = 'waiting'") >= before + runs, 60 + runs / 500, f"{runs} runs are asleep")


def multiply(place, runs):
    """So many asleep, by copies of those there are: more recipients of the same trigger, by the last digits of the id."""
    with psycopg2.connect(place.database.conninfo) as connection, connection.cursor() as cursor:
        for table in ("event", "step", "run", "timer"):
            cursor.execute("SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
                           " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'run_id'", (f"workflow.{table}",))
            columns = ", ".join(cursor.fetchone()[0])
            cursor.execute(f"CREATE TEMP TABLE original AS SELECT * FROM workflow.{table};"
                           f"INSERT INTO workflow.{table} (run_id, {columns})"
                           "SELECT (left(run_id::text, 31) || lpad(to_hex(('x' || right(run_id::text, 5))::bit(20)::int + copy * %s), 5, '0'))::uuid,"
                           f" {columns} FROM original CROSS JOIN generate_series(1, %s) copy;"
                           "DROP TABLE original", (ORIGINALS, runs // ORIGINALS - 1))
    connection.close()
    place.database.query("UPDATE workflow.trigger SET recipient_count = %s", runs)


def start_timed(place, name):
    """A daemon, and how long it took to be ready; None when it is not seen as soon as it is."""
    start = time.monotonic()
    daemon = place.start(name, wait=False, config=CONFIG)
    while time.monotonic() < start + 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return daemon, time.monotonic() - start
        except (OSError, urllib.error.HTTPError):
            assert daemon.child.running(), daemon.child.tail()
        time.sleep(0.01)  # between two looks: the time to be ready is measured
    raise AssertionError(f"not ready within a minute: {daemon.get('/readyz')}")


def queries(database):
    return int(database.value("SELECT sum(calls) FROM pg_stat_statements WHERE userid = 'workflowd'::regrole AND toplevel"))


def idle_queries(database):
    """Queries a second, while nothing is due."""
    before = queries(database)
    time.sleep(IDLE_SECONDS)  # nothing is waited for: so long they are counted
    return (queries(database) - before) / IDLE_SECONDS


def peak(daemon):
    """The most memory that it ever held, in bytes."""
    with open(f"/proc/{daemon.child.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def mebibytes(size):
    return f"{size / (1 << 20):.0f} MiB"


def over_sleepers(place, runs):
    """A fresh daemon over what sleeps. Returns it, with the seconds to be ready and the queries a second."""
    daemon, ready = start_timed(place, "fresh")
    asked = idle_queries(place.database)
    ground.say(f"  {runs} asleep: ready after {ready:.2f} s, {mebibytes(daemon.resident())} resident"
               f" ({mebibytes(peak(daemon))} at most), {asked:.1f} queries/s")
    assert daemon.resident() <= MEMORY_MAX, "it holds too much memory over what sleeps"
    assert asked <= QUERIES_MAX, "it asks too much for what sleeps"
    return daemon, ready, asked


def wake_some(place, some):
    """An operator wakes every n-th of those asleep; they all end."""
    before = count(place.database, "status = 'completed'")
    place.database.query("SELECT workflow.wake_run(run_id) FROM workflow.run WHERE status = 'waiting' ORDER BY random() LIMIT %s", some)
    ground.eventually(lambda: count(place.database, "status = 'completed'") >= before + some, 120, f"{some} that were woken have ended")


def all_at_once(place, daemon, runs, seconds, memory_max=MEMORY_MAX):
    """That many due at one instant, that many seconds from now and beyond the horizon; in so much memory."""
    until = instant(seconds)
    put_to_sleep(place, "herd", runs, until)
    assert time.time() < calendar.timegm(time.strptime(until, "%Y-%m-%dT%H:%M:%SZ")) - HORIZON, "too late: allow more seconds"
    asleep = mebibytes(daemon.resident())
    due = "(SELECT s.due_at FROM workflow.step s WHERE s.run_id = r.run_id AND s.step_no = 1)"
    ground.eventually(lambda: count(place.database, "recipient_id LIKE 'herd-%%' AND status = 'completed'") >= runs,
                      seconds + 60 + runs / 500, "all that were due at once have ended")
    late, last, early = place.database.query(
        f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.ended_at - {due})),"
        f" max(extract(epoch FROM r.ended_at - {due})), count(*) FILTER (WHERE r.ended_at < {due})"
        "  FROM workflow.run r WHERE recipient_id LIKE 'herd-%%'")[0]
    ground.say(f"  {runs} due at one instant: half within {late:.1f} s, all within {last:.1f} s;"
               f" {asleep} before, {mebibytes(peak(daemon))} at most, {mebibytes(daemon.resident())} after")
    assert not early, f"{early} ended before their instant"
    assert peak(daemon) <= memory_max, "it holds too much memory when many are due at once"


def campaign(place, runs, at_once, seconds):
    """The whole of it. Returns the seconds to be ready."""
    place.database.query("CREATE EXTENSION pg_stat_statements")
    place.define("napper", NAPPER)
    daemon = place.start("one", config=CONFIG)
    without = idle_queries(place.database)
    ground.say(f"  none asleep: {mebibytes(daemon.resident())} resident, {without:.1f} queries/s")
    begin = time.monotonic()
    put_to_sleep(place, "sleeper", ORIGINALS, instant(20 * 86400))
    assert daemon.stop() == 0
    multiply(place, runs)
    ground.say(f"  {count(place.database, 'true')} put to sleep in {time.monotonic() - begin:.0f} s")
    daemon, ready, asked = over_sleepers(place, runs)
    assert asked <= without + 1, f"{asked} queries a second, {without} with none asleep"
    wake_some(place, min(1000, runs // 10))
    all_at_once(place, daemon, at_once, seconds)
    place.verify("--limit", "5000")
    assert not place.work.stuck()
    return ready


def main():
    options = ground.options(__doc__, broker="embedded", runs=(1000000, "runs that sleep"), at_once=(100000, "runs due at one instant"),
                             seconds=(60, "from then on until they are due"))
    with ground.Ground(options, options.brokers[0], POSTGRES) as place:
        ready = campaign(place, options.runs, options.at_once, options.seconds)
        assert ready <= READY_MAX, f"ready only after {ready:.2f} s"
        ground.say(f"sleepers: {options.runs} asleep, {options.at_once} due at one instant, all within {mebibytes(MEMORY_MAX)}")


if __name__ == "__main__":
    main()
