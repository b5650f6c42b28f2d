-- Keeps the window of recent events within so many rows and bytes: forgets the oldest, at most
-- `row_limit`, and says so in workflow.event_window. Those that somebody has still to hear
-- stay. Returns how many went. What PostgreSQL knows of the table spares nearly every call
-- the look at it.
CREATE OR REPLACE FUNCTION workflow.trim_events(row_most bigint, byte_most bigint, row_limit int DEFAULT 20000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  until timestamptz;
  gone  bigint;
BEGIN
  IF pg_stat_get_live_tuples('workflow.arrival'::regclass) < row_most / 2 AND pg_table_size('workflow.arrival') < byte_most / 2 THEN
    RETURN 0;
  END IF;
  SELECT s.received_at INTO until FROM (
    SELECT a.received_at, row_number() OVER w AS rows, sum(a.size) OVER w AS bytes
      FROM workflow.arrival a WINDOW w AS (ORDER BY a.received_at DESC ROWS UNBOUNDED PRECEDING)) s
   WHERE s.rows > row_most OR s.bytes > byte_most LIMIT 1;
  IF until IS NULL THEN
    RETURN 0;
  END IF;
  gone := workflow.forget_events(until + interval '1 microsecond', row_limit);
  IF gone > 0 THEN
    UPDATE workflow.event_window w
       SET trimmed_at = clock_timestamp(), trimmed_until = greatest(w.trimmed_until, until), trimmed_events = w.trimmed_events + gone;
  END IF;
  RETURN gone;
END $$;
COMMENT ON FUNCTION workflow.trim_events IS 'Keeps the window of recent events within its bounds; returns how many it forgot';
REVOKE ALL ON FUNCTION workflow.trim_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.trim_events TO workflow_daemon, workflow_admin;
