# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL that is there and cannot: a full disk (data, WAL), deadlocks, serialization
failures, locks that somebody holds. Batches wait or are done again, intact; the log says
it once, /readyz and the metrics say why; afterwards nothing is lost or doubled."""
import contextlib
import os
import shutil
import tempfile

import psycopg2
import pytest

import scenario
from children import eventually
from database import Database, PostgresServer
from small_disk import DiskUnavailable, SmallDisks
from stories import NO_CALL, ONE_CALL

pytestmark = pytest.mark.parametrize("broker", ["embedded"], indirect=True)

WAITS = """
document: {dsl: '1.0.0', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause: {wait: {milliseconds: 1500}}
"""


@pytest.fixture
def story(database, broker, topics, messages, publisher):
    return scenario.Scenario(database, broker, topics, messages, publisher)


def metrics(daemon):
    return dict(line.rsplit(" ", 1) for line in daemon.get("/metrics")[1].splitlines() if line and not line.startswith("#"))


def metric(daemon, name):
    return float(metrics(daemon).get(name, 0))


def says_no(daemon, *parts):
    answer = daemon.get("/readyz")
    return answer and answer[0] == 503 and any(all(part in line for part in parts) for line in answer[1].splitlines())


def lines(daemon, text):
    with open(daemon.log, encoding="utf-8", errors="replace") as log:
        return [line for line in log if text in line]


# ---- the disk is full -------------------------------------------------------


class SmallServer(PostgresServer):
    """WAL on one small disk, the databases of tests on another."""

    def __init__(self, programs, disks):
        self.disks = disks
        super().__init__(programs, enter=disks.enter, initdb=[f"--waldir={disks.path('wal')}/files", "--wal-segsize=1"],
                         more="min_wal_size = 2MB\nmax_wal_size = 8MB\nwal_recycle = off\n")
        self.cluster.sql(f"CREATE TABLESPACE small LOCATION '{disks.path('data')}/files'")

    def fresh(self):
        self._made += 1
        name = f"workflow_{self._made}"
        self.cluster.sql(f"CREATE DATABASE {name} TEMPLATE {self.TEMPLATE} TABLESPACE small STRATEGY file_copy")
        return Database(self.cluster, name)

    def panicked(self):
        with open(f"{self.cluster.folder}/log", encoding="utf-8", errors="replace") as log:
            return any("PANIC" in line and "No space left on device" in line for line in log)


@pytest.fixture(scope="module")
def small_server(programs):
    # Open to the user that PostgreSQL runs as, which pytest's own folders are not.
    folder = tempfile.mkdtemp(prefix="wf-disks-")
    os.chmod(folder, 0o755)
    try:
        disks = SmallDisks(folder, wal=64, data=160)
    except DiskUnavailable as reason:
        pytest.skip(f"no small disk to fill: {reason}")
    try:
        server = SmallServer(programs, disks)
    except BaseException:
        disks.close()
        raise
    yield server
    server.close()
    disks.close()
    shutil.rmtree(folder)


@pytest.fixture
def database(request):
    """On a small disk, for the tests that ask for it."""
    return request.getfixturevalue("small_server" if "full_disk" in request.fixturenames else "postgres").fresh()


@pytest.fixture
def full_disk(small_server):
    yield small_server
    for name in ("wal", "data"):
        small_server.disks.make_space(name)


def test_disk_full_of_data(full_disk, story, definitions, start_workflowd, start_worker):
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/one-call", 20, prefix="before", data=lambda name: {"lead": name})
    eventually(lambda: story.ended() == 20, 60, "runs end")
    full_disk.disks.fill("data")
    story.publish("test/one-call", 500, prefix="meanwhile", data=lambda name: {"lead": name, "much": "x" * 4000})
    eventually(lambda: says_no(daemon, "batches wait for PostgreSQL", "No space left on device", "disk is full"), 30, "/readyz says why")
    assert daemon.get("/healthz") == (200, "ok\n")
    eventually(lambda: metric(daemon, 'workflowd_store_waiting{reason="disk_full"}') == 2, 30, "both lanes wait")
    eventually(lambda: metric(daemon, 'workflowd_store_errors_total{sqlstate="53100"}') >= 8, 30, "it is tried again and again")
    waited = story.ended()
    assert waited < 520
    full_disk.disks.make_space("data")
    eventually(lambda: story.ended() > waited, 30, "it goes on")
    story.all_end()
    eventually(daemon.ready, 30, "ready again")
    assert metric(daemon, 'workflowd_store_waiting{reason="disk_full"}') == 0
    said = lines(daemon, "53100")
    assert 1 <= len(said) <= 2 and all("disk is full: make space" in line for line in said), f"each lane says it once: {said}"
    assert len(lines(daemon, "goes on")) == len(said)


def test_disk_full_of_wal(full_disk, story, definitions, start_workflowd, start_worker):
    """PostgreSQL panics and cannot start: it is away until somebody makes space."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd()
    start_worker()
    story.publish("test/one-call", 20, prefix="before", data=lambda name: {"lead": name})
    eventually(lambda: story.ended() == 20, 60, "runs end")
    full_disk.disks.fill("wal")
    story.publish("test/one-call", 500, prefix="meanwhile", data=lambda name: {"lead": name, "much": "x" * 4000})
    eventually(full_disk.panicked, 60, "PostgreSQL panics")
    eventually(lambda: says_no(daemon, "PostgreSQL cannot be reached"), 30, "/readyz says it")
    eventually(lambda: not full_disk.cluster.running(), 60, "it gives up")
    assert daemon.get("/healthz") == (200, "ok\n")
    full_disk.disks.make_space("wal")
    full_disk.cluster.start()
    story.all_end()
    eventually(daemon.ready, 30, "ready again")
    assert daemon.child.running()


# ---- others in the same tables ----------------------------------------------


@contextlib.contextmanager
def session(database):
    """Another session, with a transaction that ends here at the latest."""
    connection = psycopg2.connect(database.conninfo)
    try:
        yield connection.cursor()
    finally:
        connection.rollback()
        connection.close()


def lanes_that_wait_for_a_lock(story):
    return story.database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'workflowd'"
                                " AND wait_event_type = 'Lock'")


def test_deadlock(story, definitions, start_workflowd):
    """Somebody locks what the daemon locks, in the other order; the daemon is the one whom PostgreSQL ends."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    daemon = start_workflowd()
    with session(story.database) as other:
        other.execute("SET deadlock_timeout = '1min'")
        other.execute("LOCK TABLE workflow.run IN SHARE MODE")
        story.publish("test/no-call", 40, data=lambda name: {"lead": name})
        eventually(lambda: lanes_that_wait_for_a_lock(story) > 0, 30, "the daemon waits")
        other.execute("LOCK TABLE workflow.batch IN ACCESS EXCLUSIVE MODE")
        assert story.runs() == 0
    story.all_end()
    assert metric(daemon, 'workflowd_store_errors_total{sqlstate="40P01"}') >= 1
    assert metric(daemon, 'workflowd_batches_total{result="redone"}') >= 1
    eventually(daemon.ready, 10, "ready")


def test_serialization_failure(story, definitions, start_workflowd, postgres):
    """The role's transactions are serializable, and somebody changes a row between their snapshot and their update."""
    (definitions / "waits.yaml").write_text(WAITS)
    postgres.cluster.sql(f"ALTER ROLE workflowd IN DATABASE {story.database.name} SET default_transaction_isolation = 'serializable'")
    daemon = start_workflowd()
    story.publish("test/waits", 40)
    eventually(lambda: story.runs("waiting_for = 'timer'") == 40, 30, "all wait")
    with session(story.database) as other:
        other.execute("UPDATE workflow.run SET updated_at = updated_at")
        eventually(lambda: lanes_that_wait_for_a_lock(story) == 2, 30, "the daemon waits for the rows")
        other.connection.commit()
    story.all_end()
    assert metric(daemon, 'workflowd_store_errors_total{sqlstate="40001"}') >= 2
    eventually(daemon.ready, 10, "ready")


@pytest.mark.parametrize("statement_timeout, sqlstate, reason", [
    ("30s", None, "a transaction has been under way"),
    ("1s", "55P03", "a transaction has been under way"),
])
def test_somebody_locks_a_table(statement_timeout, sqlstate, reason, story, definitions, start_workflowd):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    daemon = start_workflowd(config={"postgres": {"statement_timeout": statement_timeout}, "readiness": {"commit_age": "1s"}})
    with session(story.database) as other:
        other.execute("LOCK TABLE workflow.event IN ACCESS EXCLUSIVE MODE")
        story.publish("test/no-call", 40, data=lambda name: {"lead": name})
        eventually(lambda: says_no(daemon, reason), 30, "/readyz says it")
        if sqlstate:
            eventually(lambda: metric(daemon, f'workflowd_store_errors_total{{sqlstate="{sqlstate}"}}') >= 11, 30, "it is tried again")
        assert daemon.get("/healthz") == (200, "ok\n")
    story.all_end()
    eventually(daemon.ready, 10, "ready again")
    if sqlstate:
        assert 1 <= len(lines(daemon, sqlstate)) <= 2, "each lane says it once"


# ---- one input that takes too long ------------------------------------------


def test_one_input_that_takes_too_long_is_set_aside(story, definitions, start_workflowd):
    """Alone, it is tried some times; then it goes to quarantine, and what stood behind it goes on."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    start_workflowd(config={"postgres": {"statement_timeout": "1s", "connections": 1}})
    story.database.cluster.sql("""
        CREATE FUNCTION workflow.dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END';
        CREATE TRIGGER dawdle BEFORE INSERT ON workflow.trigger FOR EACH ROW WHEN (NEW.event_id = 'slow-0') EXECUTE FUNCTION workflow.dawdle()
        """, story.database.name)
    story.publish("test/no-call", 1, prefix="slow")
    story.publish("test/no-call", 3)
    eventually(lambda: story.ended() == 3, 60, "the others have ended")
    assert story.database.query("SELECT reason_code, event_id FROM workflow.quarantine") in ([("too_slow", "slow-0")], [("too_slow", None)])


# ---- a held snapshot --------------------------------------------------------


def statistics(story):
    """Once they have all that ended: blocks touched in the tables of this schema, and rows changed or deleted by table."""
    def complete():
        rows = story.database.query(
            "SELECT regexp_replace(s.relname, '_[0-9]+$', ''), sum(s.n_tup_upd + s.n_tup_del),"
            "       sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)"
            "  FROM pg_stat_user_tables s JOIN pg_statio_user_tables io USING (relid) WHERE s.schemaname = 'workflow' GROUP BY 1")
        done = {name: int(changed) for name, changed, _ in rows}
        if min(done[name] for name in ("run", "step", "action")) < len(story.wanted):
            return None
        return sum(int(blocks) for _, _, blocks in rows), done
    return eventually(complete, 30, "the statistics are in")


def test_held_old_snapshot(story, definitions, start_workflowd, start_worker):
    """Batches cost no more although nothing can be cleared away, and change no rows but those of their own runs, which
    is what would rot; the log and the metrics say who holds it."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    daemon = start_workflowd(config={"postgres": {"snapshot_alarm": "1s"}, "bounds": {"batch_inputs": 20}})
    start_worker()
    with session(story.database) as other:
        other.execute("SET application_name = 'monthly report'")
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM workflow.run")
        costs, (before, changed_before) = [], statistics(story)
        for portion in range(4):
            story.publish("test/one-call", 400, prefix=f"portion-{portion}", data=lambda name: {"lead": name})
            eventually(lambda: story.ended() == len(story.wanted), 60, "runs end")
            after, changed = statistics(story)
            costs.append((after - before) / 400)
            before = after
        assert costs[-1] < 1.3 * costs[1], f"blocks touched per run, portion by portion: {costs}"
        batches = story.database.value("SELECT count(*) FROM workflow.batch")
        often = {name: count - changed_before[name] for name, count in changed.items() if count - changed_before[name] > 40}
        assert batches >= 80 and often.keys() <= {"run", "step", "action"} and max(often.values()) <= 2 * 1600, (batches, often)
        eventually(lambda: lines(daemon, "an old snapshot is held"), 30, "the log says it")
        assert metric(daemon, "workflowd_oldest_snapshot_age_seconds") > 1
        assert metric(daemon, "workflowd_oldest_snapshot_transactions") > 80
    said = lines(daemon, "an old snapshot is held")
    assert len(said) == 1 and "monthly report, idle in transaction" in said[0], "said once"
    eventually(lambda: lines(daemon, "no old snapshot is held any more"), 30, "the log says that it is over")
    story.all_end()
