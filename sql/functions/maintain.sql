-- Upkeep: makes partitions ahead, forgets what the settings say is old enough, rotates
-- the remembered trigger ids. Safe at any time and from anywhere; a second caller at the
-- same moment returns at once. Each call is short and never waits long for a lock, since
-- whoever comes behind would wait with it. Returns what it did; the deed 'again' says
-- that another call would find more to do, 'put off' that a lock was not to be had.
CREATE OR REPLACE FUNCTION workflow.maintain(row_limit int DEFAULT 20000) RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '250ms' AS $$
DECLARE
  clock timestamptz := clock_timestamp();
  keep  CONSTANT jsonb := (SELECT jsonb_object_agg(s.name, s.value) FROM workflow.setting s);
BEGIN
  IF NOT pg_try_advisory_xact_lock(1467370598, 4) THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT 'made', 'partitions', workflow.ensure_partitions(
    ARRAY(SELECT generate_series(clock, clock + (keep ->> 'partitions.ahead')::interval, interval '168 hours')),
    ARRAY(SELECT generate_series(clock - interval '24 hours', clock + (keep ->> 'timers.ahead')::interval, interval '24 hours')))::bigint;
  RETURN QUERY SELECT * FROM workflow.forget_expired(clock, keep, row_limit);
  -- What needs a lock that others feel comes last, so that it is held shortest.
  RETURN QUERY SELECT * FROM workflow.drop_expired(clock, keep);
END $$;
COMMENT ON FUNCTION workflow.maintain IS 'Upkeep: partitions ahead, retention, rotation; returns what it did';
REVOKE ALL ON FUNCTION workflow.maintain FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.maintain TO workflow_daemon, workflow_admin;
