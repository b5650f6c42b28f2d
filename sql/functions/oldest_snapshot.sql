-- Who keeps PostgreSQL from clearing away old versions of rows, the oldest: a session in a
-- transaction, a prepared transaction, a replication slot or a standby. While it lasts
-- every table with updates grows, and reading it costs more. No row: nobody does.
--
--   seconds       for which it has lasted; NULL = not known (slots, standbys)
--   transactions  that have begun since
--   holder        who it is, for a line in the log
--
-- The owner sees others' sessions as a member of pg_read_all_stats (bootstrap.sql).
CREATE OR REPLACE FUNCTION workflow.oldest_snapshot() RETURNS TABLE (seconds float8, transactions bigint, holder text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT h.seconds, h.transactions, h.holder FROM (
    SELECT extract(epoch FROM clock_timestamp() - a.xact_start)::float8, age(coalesce(a.backend_xmin, a.backend_xid))::bigint,
           format('session %s of %s (%s, %s)', a.pid, coalesce(a.usename, a.backend_type), coalesce(nullif(a.application_name, ''), 'no name'),
                  coalesce(a.state, a.backend_type))
      FROM pg_stat_activity a
     WHERE coalesce(a.backend_xmin, a.backend_xid) IS NOT NULL AND a.pid <> pg_backend_pid()
       AND (a.datname = current_database() OR a.backend_type = 'walsender')
    UNION ALL
    SELECT extract(epoch FROM clock_timestamp() - p.prepared)::float8, age(p.transaction)::bigint, format('prepared transaction %L', p.gid)
      FROM pg_prepared_xacts p WHERE p.database = current_database()
    UNION ALL
    SELECT NULL, age(s.xmin)::bigint, format('replication slot %s', s.slot_name)
      FROM pg_replication_slots s WHERE s.xmin IS NOT NULL
  ) h (seconds, transactions, holder)
  ORDER BY h.seconds DESC NULLS LAST, h.transactions DESC LIMIT 1
$$;
COMMENT ON FUNCTION workflow.oldest_snapshot IS 'Who keeps old versions of rows from being cleared away, the oldest';
REVOKE ALL ON FUNCTION workflow.oldest_snapshot FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.oldest_snapshot TO workflow_daemon, workflow_admin;
