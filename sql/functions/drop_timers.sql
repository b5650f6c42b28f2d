-- Of workflow.maintain(): drops the oldest day bucket of timers that is older than
-- `before` and in which no home has anything to come. Returns its name, NULL = there is
-- none to drop, or 'put off'.
CREATE OR REPLACE FUNCTION workflow.drop_timers(before timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  bucket name;
  live   CONSTANT text := 'SELECT EXISTS (SELECT FROM workflow.home h '
    'CROSS JOIN LATERAL (SELECT b.timer_low FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) n '
    'WHERE EXISTS (SELECT FROM workflow.%I t WHERE t.home = h.home AND t.due_at >= n.timer_low))';
  is_live bool;
BEGIN
  FOR bucket IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'workflow.timer'::regclass
       -- CASE: PostgreSQL may look at the names of other relations before it joins.
       AND CASE WHEN c.relname ~ '_[0-9]{8}$' THEN (right(c.relname, 8) || ' 00:00Z')::timestamptz + interval '24 hours' <= before END
     ORDER BY 1
  LOOP
    EXECUTE format(live, bucket) INTO is_live;
    CONTINUE WHEN is_live;
    BEGIN
      EXECUTE format('LOCK TABLE ONLY workflow.timer, workflow.%I IN ACCESS EXCLUSIVE MODE', bucket);
      EXECUTE format(live, bucket) INTO is_live; -- something may have been written meanwhile
      CONTINUE WHEN is_live;
      EXECUTE format('DROP TABLE workflow.%I', bucket);
      RETURN bucket;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      RETURN 'put off';
    END;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION workflow.drop_timers IS 'Drops the oldest bucket of timers with nothing to come; of maintain()';
REVOKE ALL ON FUNCTION workflow.drop_timers FROM PUBLIC;
