-- What workflow.judge() and gather() behind it rely on in the same transaction: that no other
-- changes a gathering they may change. 64 locks, by workflow and shared values of an event, or
-- of the gathering that is judged (`locks`); of both in one order, or two commits would wait for
-- each other. A statement of its own: those behind it see what was committed while it waited.
CREATE OR REPLACE FUNCTION workflow.lock_gatherings(definitions int[], tenants text[], shareds text[], locks int[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  lock int;
BEGIN
  FOR lock IN
    SELECT (workflow.gathering_key(n.definition, n.tenant, n.shared) & 63)::int
      FROM unnest(definitions, tenants, shareds) n (definition, tenant, shared)
     UNION SELECT l & 63 FROM unnest(locks) l ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(1467370600, lock);
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.lock_gatherings IS 'Locks what gather() and judge() may change';
REVOKE ALL ON FUNCTION workflow.lock_gatherings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.lock_gatherings TO workflow_daemon;
