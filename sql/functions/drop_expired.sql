-- Of workflow.maintain(): what needs a lock that others feel. Rotates the remembered
-- trigger ids, drops day buckets of timers that every home has passed, and expired weeks.
CREATE OR REPLACE FUNCTION workflow.drop_expired(clock timestamptz, keep jsonb)
RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
  part record;
  next_generation smallint;
BEGIN
  amount := 1;
  IF EXISTS (SELECT FROM workflow.dedupe_generation g
              WHERE g.rotated_at < clock - (keep ->> 'dedupe.rotation')::interval) THEN
    PERFORM pg_advisory_xact_lock(1467370598, 3);
    SELECT (g.current + 1) % 3 INTO next_generation FROM workflow.dedupe_generation g;
    EXECUTE format('TRUNCATE workflow.dedupe_%s', next_generation);
    UPDATE workflow.dedupe_generation SET current = next_generation, rotated_at = clock;
    deed := 'rotated'; object := 'dedupe';
    RETURN NEXT;
  END IF;
  FOR part IN
    SELECT c.relname, p.relname AS parent, (right(c.relname, 8) || ' 00:00Z')::timestamptz AS lower
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
     WHERE p.relnamespace = 'workflow'::regnamespace AND p.relname IN ('run', 'timer') AND c.relkind = 'r'
     ORDER BY lower
  LOOP
    IF part.parent = 'timer' THEN
      CONTINUE WHEN part.lower + interval '24 hours' > least(clock - (keep ->> 'retention.timers')::interval,
        (SELECT min(n.timer_low) FROM workflow.home h CROSS JOIN LATERAL
           (SELECT * FROM workflow.batch l WHERE l.home = h.home ORDER BY l.batch_no DESC LIMIT 1) n));
      EXECUTE format('DROP TABLE workflow.%I', part.relname);
      deed := 'dropped'; object := part.relname;
    ELSE
      CONTINUE WHEN part.lower + interval '168 hours' > clock - (keep ->> 'retention.runs')::interval;
      deed := workflow.drop_week(right(part.relname, 8)); object := right(part.relname, 8);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.drop_expired IS 'Drops and rotates what is old enough; of maintain()';
REVOKE ALL ON FUNCTION workflow.drop_expired FROM PUBLIC;
