-- What:     group roles, the schemas, the table of applied migrations; repeated by every migrate
-- Why:      migrations need a role to own what they make and a place to be recorded
-- Breaking: no
-- Lock:     none on existing tables
DO $$
DECLARE
  wanted text;
BEGIN
  IF current_setting('server_version_num')::int < 150000 THEN
    RAISE EXCEPTION 'PostgreSQL % is too old: workflowd needs 15 or later', current_setting('server_version');
  END IF;
  FOREACH wanted IN ARRAY ARRAY['workflow_owner', 'workflow_daemon', 'workflow_reader', 'workflow_admin', 'workflow_http'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this cluster is being migrated at this moment
      END;
    END IF;
  END LOOP;
  -- To see who holds an old snapshot, whoever it is. Without the right to give this, only
  -- the daemon's own sessions are seen.
  IF NOT pg_has_role('workflow_owner', 'pg_read_all_stats', 'MEMBER') THEN
    BEGIN
      GRANT pg_read_all_stats TO workflow_owner;
    EXCEPTION WHEN insufficient_privilege OR unique_violation OR internal_error THEN
      NULL; -- no superuser, or another database of this cluster is being migrated at this moment
    END;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'workflow') THEN
    CREATE SCHEMA workflow AUTHORIZATION workflow_owner;
    COMMENT ON SCHEMA workflow IS 'workflowd: definitions, triggers, runs and everything it must remember';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'workflow_api') THEN
    CREATE SCHEMA workflow_api AUTHORIZATION workflow_owner;
    COMMENT ON SCHEMA workflow_api IS 'workflowd: what is answered about runs, in SQL and by workflowd-api over HTTP';
  END IF;
END $$;

SET LOCAL ROLE workflow_owner;

DO $$
BEGIN
  IF to_regclass('workflow.migration') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE TABLE workflow.migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  COMMENT ON TABLE workflow.migration IS 'Migrations applied to this schema, forward only';
  COMMENT ON COLUMN workflow.migration.version IS 'Number of the migration; the daemon starts only on the highest it knows';
  COMMENT ON COLUMN workflow.migration.name IS 'Name of the migration''s file';
  COMMENT ON COLUMN workflow.migration.applied_at IS 'When it was applied, by the database''s clock';
END $$;
