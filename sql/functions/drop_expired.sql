-- Of workflow.maintain(): what needs a lock that others feel. Rotates the remembered
-- trigger ids, drops a day bucket of timers, and an expired week: of each at most one in a
-- call, so that the locks are held for an instant only. The deed 'again' says that there
-- may be more.
CREATE OR REPLACE FUNCTION workflow.drop_expired(clock timestamptz, keep jsonb)
RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
  ended_before CONSTANT timestamptz := clock - (keep ->> 'retention.runs')::interval;
  bucket text;
  week   text;
  next_generation smallint;
BEGIN
  amount := 1;
  IF EXISTS (SELECT FROM workflow.dedupe_generation g
              WHERE g.rotated_at < clock - (keep ->> 'dedupe.rotation')::interval) THEN
    object := 'dedupe'; deed := 'rotated';
    BEGIN
      PERFORM pg_advisory_xact_lock(1467370598, 3);
      SELECT (g.current + 1) % 3 INTO next_generation FROM workflow.dedupe_generation g;
      EXECUTE format('TRUNCATE workflow.dedupe_%s', next_generation);
      UPDATE workflow.dedupe_generation SET current = next_generation, rotated_at = clock;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      deed := 'put off';
    END;
    RETURN NEXT;
  END IF;
  bucket := workflow.drop_timers(clock - (keep ->> 'retention.timers')::interval);
  IF bucket IS NOT NULL THEN
    object := bucket; deed := 'dropped';
    IF bucket = 'put off' THEN
      object := 'timer'; deed := bucket;
    END IF;
    RETURN NEXT;
  END IF;
  FOR week IN
    SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'workflow.run'::regclass
       -- CASE: PostgreSQL may look at the names of other relations before it joins.
       AND CASE WHEN c.relname ~ '_[0-9]{8}$' THEN (right(c.relname, 8) || ' 00:00Z')::timestamptz + interval '168 hours' <= ended_before END
     ORDER BY 1
  LOOP
    object := week; deed := workflow.drop_week(week, ended_before);
    RETURN NEXT;
    EXIT WHEN deed NOT LIKE 'kept%';
  END LOOP;
  IF bucket <> 'put off' OR deed LIKE 'dropped%' THEN
    object := 'partitions'; deed := 'again';
    RETURN NEXT;
  END IF;
END $$;
COMMENT ON FUNCTION workflow.drop_expired IS 'Drops and rotates what is old enough; of maintain()';
REVOKE ALL ON FUNCTION workflow.drop_expired FROM PUBLIC;
