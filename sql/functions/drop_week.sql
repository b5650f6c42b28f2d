-- Of workflow.maintain(): drops a week of triggers, events, runs, steps, actions and
-- snapshots, named by its Monday (YYYYMMDD). Runs that are open, or have ended since `ended_before`, are
-- few when a week expires: they are copied while everybody works on, and the copies are
-- then swapped in with the same bounds, so that retention never waits for one of them.
-- Only the swap takes locks that others feel, and gives up when it has to wait for one
-- (lock_timeout of the caller); the copies then wait for the next call.
-- A week stays as it is when more than half of it, or more than `stay_max` runs, would be
-- copied. Returns what it did.
CREATE OR REPLACE FUNCTION workflow.drop_week(week text, ended_before timestamptz, stay_max bigint DEFAULT 1000000)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  tables CONSTANT text[] := '{trigger,event,run,step,action,snapshot}'; -- locked in the order in which a commit does
  lower  CONSTANT timestamptz := (week || ' 00:00Z')::timestamptz;
  name   text;
  old    text;
  bounds text;
  stay   bigint;
  total  bigint;
BEGIN
  EXECUTE format('SELECT count(*) FILTER (WHERE ended_at IS NULL OR ended_at >= $1), count(*) FROM workflow.%I', 'run_' || week)
    INTO stay, total USING ended_before;
  IF stay > stay_max OR stay * 2 > total OR EXISTS
     (SELECT FROM workflow.fanout f WHERE f.trigger_id >= workflow.uuid_at(lower) AND f.trigger_id < workflow.uuid_at(lower + interval '168 hours')) THEN
    RETURN 'kept for runs that stay';
  END IF;
  IF stay > 0 THEN
    PERFORM workflow.copy_week(week, ended_before);
  END IF;
  BEGIN
    FOREACH name IN ARRAY tables LOOP
      EXECUTE format('LOCK TABLE ONLY workflow.%I, workflow.%I IN ACCESS EXCLUSIVE MODE', name, name || '_' || week);
    END LOOP;
    -- What has changed between the look and the locks: also a run that was taken up again.
    EXECUTE format('SELECT count(*) FROM workflow.%I WHERE ended_at IS NULL OR ended_at >= $1', 'run_' || week)
      INTO stay USING ended_before;
    IF stay > 0 THEN
      PERFORM workflow.copy_week(week, ended_before);
    END IF;
    FOREACH name IN ARRAY tables LOOP
      old := name || '_' || week;
      SELECT pg_get_expr(c.relpartbound, c.oid) INTO bounds FROM pg_class c WHERE c.oid = format('workflow.%I', old)::regclass;
      EXECUTE format('ALTER TABLE workflow.%I DETACH PARTITION workflow.%I', name, old);
      EXECUTE format('DROP TABLE workflow.%I', old);
      IF stay > 0 THEN
        EXECUTE format('ALTER TABLE workflow.%I RENAME TO %I', old || '_kept', old);
        EXECUTE format('ALTER TABLE workflow.%I ATTACH PARTITION workflow.%I %s', name, old, bounds);
        EXECUTE format('ALTER TABLE workflow.%I DROP CONSTRAINT bounds', old);
      ELSE
        EXECUTE format('DROP TABLE IF EXISTS workflow.%I', old || '_kept');
      END IF;
    END LOOP;
  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN 'put off';
  END;
  RETURN CASE WHEN stay > 0 THEN 'dropped but for runs that stay' ELSE 'dropped' END;
END $$;
COMMENT ON FUNCTION workflow.drop_week IS 'Drops a week of runs but for those that stay; of maintain()';
REVOKE ALL ON FUNCTION workflow.drop_week FROM PUBLIC;
