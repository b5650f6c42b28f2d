# SPDX-License-Identifier: Apache-2.0
"""Who may do what: the daemon cannot change history, a reader sees its own tenants and
nothing internal, whatever it SETs."""
import psycopg2
import pytest

from tenants import RUN, fill, refused


@pytest.fixture(scope="module")
def people(shared_database):
    database = shared_database
    database.query("""DO $$ BEGIN
      IF to_regrole('a_daemon') IS NULL THEN
        CREATE ROLE a_daemon LOGIN IN ROLE workflow_daemon;
        CREATE ROLE acme_team NOLOGIN IN ROLE workflow_reader;
        CREATE ROLE alice LOGIN IN ROLE acme_team;
        CREATE ROLE bob LOGIN IN ROLE workflow_reader;
        CREATE ROLE boss LOGIN IN ROLE workflow_admin;
        CREATE ROLE stranger LOGIN;
      END IF; END $$""")
    database.query("INSERT INTO workflow.reader_tenant VALUES ('acme_team', 'acme'), ('bob', 'beta'), ('bob', '')")
    fill(database)
    return database


@pytest.mark.parametrize("sql", [
    "UPDATE workflow.event SET type = 'x'",
    "DELETE FROM workflow.event",
    "TRUNCATE workflow.event",
    "DELETE FROM workflow.run",
    "UPDATE workflow.batch SET epoch = 9",
    "DELETE FROM workflow.batch",
    "UPDATE workflow.definition SET document = 'x'",
    "INSERT INTO workflow.definition (namespace, name, version, content_hash, document) VALUES ('a', 'b', 'c', 'd', 'e')",
    "CREATE TABLE workflow.mine (x int)",
    "DROP TABLE workflow.event",
    "ALTER TABLE workflow.run ADD x int",
    "UPDATE workflow.trigger SET tenant = 'x'",
    "UPDATE workflow.definition_generation SET generation = 1",
    "SELECT workflow.adopt_cluster('x')",
])
def test_the_daemon_cannot(people, sql):
    refused(people, "a_daemon", sql)


def test_nobody_writes_partitions_directly(people):
    partition = people.value("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'workflow.event'::regclass LIMIT 1")
    for user in ("a_daemon", "alice", "boss"):
        refused(people, user, f"DELETE FROM {partition}")
        refused(people, user, f"SELECT * FROM {partition}")


def test_the_daemon_sees_and_writes_all_tenants(people):
    assert people.value("SELECT count(*) FROM workflow.run", user="a_daemon") == 3
    people.query("UPDATE workflow.run SET status = 'running'", user="a_daemon")
    assert people.value("SELECT count(*) FROM workflow.run WHERE status = 'running'") == 3


@pytest.mark.parametrize("view", ["runs", "triggers", "steps", "actions", "events", "timeline"])
@pytest.mark.parametrize("user,count", [("alice", 1), ("bob", 2), ("boss", 3)])
def test_a_reader_sees_its_tenants(people, view, user, count):
    assert people.value(f"SELECT count(*) FROM workflow.{view}", user=user) == count


def test_run_status_counts_only_what_is_seen(people):
    assert people.query("SELECT tenant, runs FROM workflow.run_status", user="alice") == [("acme", 1)]


def test_nothing_a_reader_sets_shows_more(people):
    connection = people.connect("alice")
    with connection.cursor() as cursor:
        for setting in ("SET workflow.tenant = 'beta'", "SET row_security = on", "SET search_path = workflow",
                        "SET application_name = 'bob'", "SET session_replication_role = DEFAULT"):
            try:
                cursor.execute(setting)
            except psycopg2.errors.InsufficientPrivilege:
                pass
            cursor.execute("SELECT array_agg(tenant) FROM workflow.runs")
            assert cursor.fetchone()[0] == ["acme"]
        for role in ("bob", "boss", "workflow_admin", "workflow_daemon", "workflow_owner", "postgres"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SET ROLE {role}")
        cursor.execute("SET row_security = off")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):  # says that it would leave rows out
            cursor.execute("SELECT count(*) FROM workflow.runs")


@pytest.mark.parametrize("sql", [
    "SELECT detail_internal FROM workflow.event",
    "SELECT error_detail_internal FROM workflow.run",
    "SELECT error_detail_internal FROM workflow.step",
    "SELECT error_detail_internal FROM workflow.action",
    "SELECT * FROM workflow.run",
    "SELECT document FROM workflow.definition",
    "SELECT * FROM workflow.quarantine",
    "SELECT * FROM workflow.batch",
    "SELECT * FROM workflow.dedupe_0",
    "SELECT * FROM workflow.stuck",
    "UPDATE workflow.run SET status = 'completed'",
    "INSERT INTO workflow.reader_tenant VALUES ('alice', 'beta')",
    "SELECT workflow.cancel_run('%s')" % (RUN % 1),
    "SELECT workflow.maintain()",
    "SELECT workflow.takeover('c', 'i', '{}', '{}', '{}', '{}')",
])
def test_a_reader_cannot(people, sql):
    refused(people, "alice", sql)


def test_no_view_for_readers_has_an_internal_column(people):
    internal = people.query("""
        SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = 'workflow' AND table_name IN ('runs', 'steps', 'actions', 'events', 'triggers', 'timeline')
           AND column_name LIKE '%internal%'""")
    assert internal == []


def test_every_view_reads_with_the_rights_of_who_asks(people):
    assert people.query("""SELECT relname FROM pg_class WHERE relnamespace = 'workflow'::regnamespace AND relkind = 'v'
                            AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)""") == []


def test_an_admin_reads_all_and_writes_nothing(people):
    assert people.value("SELECT count(*) FROM workflow.event WHERE detail_internal = 'secret'", user="boss") == 3
    refused(people, "boss", "UPDATE workflow.run SET status = 'completed'")
    refused(people, "boss", "DELETE FROM workflow.event")


def test_a_stranger_sees_nothing(people):
    refused(people, "stranger", "SELECT * FROM workflow.runs")


def test_a_command_needs_only_execute(people):
    command = people.value("SELECT workflow.cancel_run(%s, 'wrong number')", RUN % 2, user="boss")
    assert people.query("SELECT kind, home, actor, reason FROM workflow.command WHERE command_id = %s", command) == [
        ("cancel", 1, "boss", "wrong number")]
    refused(people, "boss", "INSERT INTO workflow.command (kind, run_id, actor) VALUES ('cancel', gen_random_uuid(), 'x')")
    with pytest.raises(psycopg2.errors.NoDataFound):
        people.query("SELECT workflow.suspend_run(gen_random_uuid())", user="boss")


def test_a_command_wakes_whoever_listens(people):
    connection = people.connect("boss")
    with connection.cursor() as cursor:
        cursor.execute("LISTEN workflow_home")
        for verb in ("cancel", "suspend", "resume", "retry", "wake"):
            cursor.execute(f"SELECT workflow.{verb}_run(%s)", (RUN % 1,))
    connection.poll()
    assert [n.payload for n in connection.notifies] == ["1"] * 5


# ---- every object, by the catalogue ------------------------------------------

# Rights on each relation, as letters: select, insert, update, delete, usage (sequences);
# columns: some columns only. A new table, view or sequence needs a line here: a decision.
RELATIONS = """
  action                 daemon siu   reader columns  admin s
  announcement           daemon siud  reader -        admin s
  arrival                daemon si    reader -        admin s
  arrival_key            daemon si    reader -        admin s
  batch                  daemon si    reader -        admin s
  cluster                daemon si    reader -        admin s
  command                daemon sid   reader -        admin s
  command_applied        daemon si    reader -        admin s
  correlation_path       daemon si    reader -        admin s
  dedupe_0               daemon si    reader -        admin s
  dedupe_1               daemon si    reader -        admin s
  dedupe_2               daemon si    reader -        admin s
  dedupe_generation      daemon s     reader -        admin s
  definition             daemon s     reader columns  admin s
  definition_generation  daemon s     reader -        admin s
  duplicate              daemon si    reader s        admin s
  event                  daemon si    reader columns  admin s
  fanout                 daemon siud  reader -        admin s
  gathered               daemon sid   reader -        admin s
  gathering              daemon siud  reader -        admin s
  handover               daemon siud  reader -        admin s
  home                   daemon siu   reader -        admin s
  inbox                  daemon si    reader -        admin s
  intake                 daemon s     reader -        admin s
  migration              daemon s     reader -        admin s
  quarantine             daemon siu   reader -        admin s
  reader_tenant          daemon -     reader s        admin siud
  run                    daemon siu   reader columns  admin s
  schedule               daemon siu   reader s        admin s
  schedule_slot          daemon si    reader s        admin s
  setting                daemon s     reader -        admin s
  snapshot               daemon siu   reader -        admin s
  step                   daemon siu   reader columns  admin s
  subscription           daemon sid   reader -        admin s
  task                   daemon s     reader s        admin s
  timer                  daemon si    reader -        admin s
  tombstone              daemon si    reader -        admin s
  trigger                daemon si    reader s        admin s
  actions                daemon s     reader s        admin s
  event_candidate        daemon -     reader -        admin s
  event_refusal          daemon si    reader -        admin s
  event_window           daemon -     reader -        admin s
  events                 daemon s     reader s        admin s
  quarantined            daemon -     reader -        admin s
  run_status             daemon s     reader s        admin s
  runs                   daemon s     reader s        admin s
  schedules              daemon s     reader s        admin s
  steps                  daemon s     reader s        admin s
  stuck                  daemon s     reader -        admin s
  timeline               daemon s     reader s        admin s
  triggers               daemon s     reader s        admin s
  waits                  daemon s     reader s        admin s
  arrival_arrival_no_seq        daemon -  reader -  admin -
  handover_handover_no_seq      daemon -  reader -  admin -
  command_number                daemon u  reader -  admin -
  definition_definition_id_seq  daemon -  reader -  admin -
  duplicate_duplicate_id_seq    daemon -  reader -  admin -
  gathered_event_no_seq         daemon -  reader -  admin -
  gathering_gathering_no_seq    daemon -  reader -  admin -
  match_position                daemon u  reader -  admin -
  quarantine_quarantine_id_seq  daemon -  reader -  admin -
  replay_position               daemon -  reader -  admin -
  schedule_schedule_no_seq      daemon -  reader -  admin -
  tombstone_tombstone_id_seq    daemon -  reader -  admin -
"""

# Who may execute each function; * = it runs with the owner's rights. "everyone" is for
# what only computes.
FUNCTIONS = """
  add_path                daemon
  adopt_cluster*          admin
  announce                daemon
  apply_definition*       admin daemon
  ask_judge               daemon
  ask_judges              daemon
  cancel_by_key*          admin
  cancel_run*             admin
  cancel_runs*            admin
  change_setting*         admin
  change_intake*
  claim_triggers          daemon
  command_key             daemon
  command_run*
  command_status*         admin
  copy_week
  correlate               daemon
  deactivate_definition*  admin daemon
  dedupe_key              everyone
  drop_expired
  drop_timers
  drop_week
  end_stopped             daemon
  ensure_partitions*      admin daemon
  event_keys              admin daemon
  event_kind              admin daemon
  event_mismatch          admin daemon
  expect                  everyone
  fence                   daemon
  filter_bit              admin daemon
  find_claims             admin daemon
  forget_events
  forget_expired
  gather                  daemon
  gathering_key           admin daemon
  gathering_of            admin daemon
  hand_over               daemon
  judge                   daemon
  judging_of              daemon
  listener_key            admin daemon
  listener_values         admin daemon
  lock_gatherings         daemon
  look_back               daemon
  maintain*               admin daemon
  make_homes              daemon
  next_gathered           admin daemon
  note_events             daemon
  oldest_snapshot*        admin daemon
  open_gathering          daemon
  pause_intake*           admin
  plain_columns
  read_inbox              admin daemon
  read_schedules          daemon
  rebuild_run*            admin
  refuse_event            daemon
  replay_quarantine*      admin
  resume_intake*          admin
  resume_run*             admin
  retry_run*              admin
  settle                  daemon
  survey_runs*            admin daemon
  step_id                 everyone
  store_outline
  suspend_run*            admin
  tell_listeners          daemon
  trim_events*            admin daemon
  takeover                daemon
  task_id                 everyone
  upkeep_status*          admin daemon
  uuid_at                 everyone
  uuid_home               everyone
  uuid_time               everyone
  uuid_v3                 everyone
  wake_run*               admin
  workflow_id             everyone
"""


def decided(table):
    """First word of each line -> the others."""
    return {words[0]: words[1:] for words in (line.split() for line in table.strip().splitlines())}


def test_rights_on_every_relation_are_as_decided(people):
    rows = people.query("""
        SELECT c.relname, r.role,
               coalesce((SELECT string_agg(lower(left(p.privilege, 1)), '' ORDER BY p.n)
                           FROM unnest(CASE c.relkind WHEN 'S' THEN '{USAGE,SELECT,UPDATE}'::text[]
                                       ELSE '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}' END) WITH ORDINALITY p (privilege, n)
                          WHERE CASE c.relkind WHEN 'S' THEN has_sequence_privilege('workflow_' || r.role, c.oid, p.privilege)
                                ELSE has_table_privilege('workflow_' || r.role, c.oid, p.privilege) END),
                        CASE WHEN c.relkind <> 'S' AND has_any_column_privilege('workflow_' || r.role, c.oid, 'SELECT') THEN 'columns' END, '-')
          FROM pg_class c CROSS JOIN unnest('{daemon,reader,admin}'::text[]) r (role)
         WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind NOT IN ('i', 'I', 't') AND NOT c.relispartition""")
    found = {}
    for name, role, rights in rows:
        found.setdefault(name, {})[role] = rights
    expected = {name: dict(zip(words[::2], words[1::2])) for name, words in decided(RELATIONS).items()}
    assert found == expected


def test_partitions_give_no_rights_of_their_own(people):
    assert people.query("SELECT relname, relacl FROM pg_class WHERE relnamespace = 'workflow'::regnamespace AND relispartition"
                        " AND relkind = 'r' AND relacl IS NOT NULL") == []


def test_nothing_is_granted_to_everyone(people):
    assert people.query("SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'workflow'::regnamespace"
                        " AND (a.grantee = 0 OR a.is_grantable)") == []
    assert people.query("SELECT a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'workflow' AND a.grantee = 0") == []


def test_everything_belongs_to_the_owner(people):
    assert people.query("SELECT relname FROM pg_class WHERE relnamespace = 'workflow'::regnamespace AND relowner <> 'workflow_owner'::regrole") == []
    assert people.query("SELECT proname FROM pg_proc WHERE pronamespace = 'workflow'::regnamespace AND proowner <> 'workflow_owner'::regrole") == []


def test_rights_on_every_function_are_as_decided(people):
    rows = people.query("""
        SELECT p.proname || CASE WHEN p.prosecdef THEN '*' ELSE '' END,
               ARRAY(SELECT r.role FROM unnest('{admin,daemon,reader}'::text[]) r (role)
                      WHERE has_function_privilege('workflow_' || r.role, p.oid, 'EXECUTE')),
               has_function_privilege('stranger', p.oid, 'EXECUTE')
          FROM pg_proc p WHERE p.pronamespace = 'workflow'::regnamespace""")
    assert {name: ["everyone"] if everyone else roles for name, roles, everyone in rows} == decided(FUNCTIONS)


def test_what_runs_with_the_owners_rights_looks_names_up_safely(people):
    """A caller's search_path, temporary tables included, must not decide what such a function calls."""
    assert people.query("SELECT proname FROM pg_proc WHERE pronamespace = 'workflow'::regnamespace AND prosecdef"
                        " AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)") == []


def test_every_table_that_readers_see_is_parted_by_tenant(people):
    """What a reader may select from is held by row-level security, or has nothing of any tenant."""
    open_to_readers = people.query("""
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND has_any_column_privilege('workflow_reader', c.oid, 'SELECT')
           AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'workflow_reader'::regrole = ANY (p.polroles)))""")
    assert sorted(open_to_readers) == [("definition",), ("schedule",), ("schedule_slot",), ("task",)]


def test_in_all_that_a_reader_sees_there_are_only_its_tenants(people):
    """Each relation by name, so that a new one is looked at too."""
    names = [name for name, in people.query("""
        SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('v', 'p', 'r')
           AND NOT c.relispartition AND has_any_column_privilege('workflow_reader', c.oid, 'SELECT')""")]
    assert len(names) > 10
    for name in names:
        columns = [column for column, in people.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = ('workflow.' || %s)::regclass AND attnum > 0"
            " AND has_column_privilege('workflow_reader', attrelid, attnum, 'SELECT')", name)]
        if "tenant" in columns:
            assert {tenant for tenant, in people.query(f"SELECT DISTINCT tenant FROM workflow.{name}", user="alice")} <= {"acme"}, name
        for key in {"run_id", "trigger_id"} & set(columns):
            seen = {str(value) for value, in people.query(f"SELECT {key} FROM workflow.{name}", user="alice")}
            assert seen <= {RUN % 1}, name
