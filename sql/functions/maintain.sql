-- Upkeep: makes partitions ahead, forgets what the settings say is old enough, rotates
-- the remembered trigger ids. Safe at any time and from anywhere; a second caller at the
-- same moment returns at once. Returns what it did.
CREATE OR REPLACE FUNCTION workflow.maintain() RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
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
  RETURN QUERY SELECT * FROM workflow.forget_expired(clock, keep);
  -- What needs a lock that others feel comes last, so that it is held shortest.
  BEGIN
    RETURN QUERY SELECT * FROM workflow.drop_expired(clock, keep);
  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN QUERY SELECT 'put off', 'what needs a lock', 1::bigint;
  END;
END $$;
COMMENT ON FUNCTION workflow.maintain IS 'Upkeep: partitions ahead, retention, rotation; returns what it did';
REVOKE ALL ON FUNCTION workflow.maintain FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.maintain TO workflow_daemon, workflow_admin;
