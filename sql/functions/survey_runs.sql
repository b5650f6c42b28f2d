-- Counts a slice of the runs, in the order of their ids behind `after` up to `until`: open
-- ones by workflow and status, and those that are stuck (the view). The table has no index on
-- what is open, since that would cost every run; looked at slice by slice, no statement
-- is long and none keeps a snapshot. The first row says how many were looked at, and
-- behind which run to go on; NULL = that was the end.
CREATE OR REPLACE FUNCTION workflow.survey_runs(after uuid, until uuid, row_limit int)
RETURNS TABLE (next uuid, workflow text, status text, runs bigint, stuck bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last uuid;
BEGIN
  SELECT count(*), (array_agg(s.run_id ORDER BY s.run_id DESC))[1] INTO runs, last
    FROM (SELECT r.run_id FROM workflow.run r WHERE r.run_id > after AND r.run_id <= until ORDER BY r.run_id LIMIT row_limit) s;
  next := CASE WHEN runs = row_limit THEN last END;
  RETURN NEXT;
  RETURN QUERY
    SELECT NULL::uuid, c.workflow, c.status, sum(c.runs)::bigint, sum(c.stuck)::bigint
      FROM (SELECT r.workflow, r.status, count(*) AS runs, 0 AS stuck FROM workflow.run r
             WHERE r.run_id > after AND r.run_id <= last AND r.ended_at IS NULL GROUP BY 1, 2
             UNION ALL
            SELECT t.workflow, t.status, 0, count(*) FROM workflow.stuck t
             WHERE t.run_id > after AND t.run_id <= last GROUP BY 1, 2) c
     GROUP BY c.workflow, c.status;
END $$;
COMMENT ON FUNCTION workflow.survey_runs IS 'Counts a slice of the runs: open by workflow and status, and stuck';
REVOKE ALL ON FUNCTION workflow.survey_runs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.survey_runs TO workflow_daemon, workflow_admin;
