-- Of workflow.maintain(): drops a week of triggers, events, runs, steps and actions, named
-- by its Monday (YYYYMMDD). Runs still open are few when a week expires: they are copied
-- into fresh partitions with the same bounds, so that retention never waits for one of
-- them. A week with more than `open_max` open runs stays. Returns what it did.
CREATE OR REPLACE FUNCTION workflow.drop_week(week text, open_max bigint DEFAULT 10000) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  tables CONSTANT text[] := '{trigger,event,run,step,action}'; -- locked in the order in which a commit does
  name   text;
  open   bigint;
  total  bigint;
BEGIN
  EXECUTE format('SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FROM workflow.%I', 'run_' || week) INTO open, total;
  IF open > open_max OR open > 0 AND open = total THEN
    RETURN 'kept for open runs';
  END IF;
  FOREACH name IN ARRAY tables LOOP
    EXECUTE format('ALTER TABLE workflow.%I DETACH PARTITION workflow.%I', name, name || '_' || week);
    EXECUTE format('ALTER TABLE workflow.%I RENAME TO %I', name || '_' || week, name || '_expired');
  END LOOP;
  IF open > 0 THEN
    PERFORM workflow.ensure_partitions(ARRAY[(week || ' 00:00Z')::timestamptz], '{}');
    INSERT INTO workflow.run SELECT * FROM workflow.run_expired r WHERE r.ended_at IS NULL;
    INSERT INTO workflow.trigger SELECT t.* FROM workflow.trigger_expired t
     WHERE t.trigger_id IN (SELECT r.trigger_id FROM workflow.run_expired r WHERE r.ended_at IS NULL);
    INSERT INTO workflow.event SELECT e.* FROM workflow.event_expired e JOIN workflow.run_expired r USING (run_id) WHERE r.ended_at IS NULL;
    INSERT INTO workflow.step SELECT s.* FROM workflow.step_expired s JOIN workflow.run_expired r USING (run_id) WHERE r.ended_at IS NULL;
    INSERT INTO workflow.action SELECT a.* FROM workflow.action_expired a JOIN workflow.run_expired r USING (run_id) WHERE r.ended_at IS NULL;
  END IF;
  DROP TABLE workflow.trigger_expired, workflow.event_expired, workflow.run_expired, workflow.step_expired, workflow.action_expired;
  RETURN CASE WHEN open > 0 THEN 'dropped but for open runs' ELSE 'dropped' END;
END $$;
COMMENT ON FUNCTION workflow.drop_week IS 'Drops a week of runs, keeping those still open; of maintain()';
REVOKE ALL ON FUNCTION workflow.drop_week FROM PUBLIC;
