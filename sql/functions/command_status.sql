-- What became of a command, or of a group of them, by home: a cancellation by key is done
-- when no home is pending. `runs` counts those that it changed so far.
CREATE OR REPLACE FUNCTION workflow.command_status(command bigint)
RETURNS TABLE (home smallint, state text, commands bigint, pending bigint, runs bigint, result text, applied_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.home, CASE WHEN count(*) FILTER (WHERE c.result IS NULL) > 0 THEN 'pending' ELSE 'applied' END,
         count(*), count(*) FILTER (WHERE c.result IS NULL), sum(c.run_count)::bigint,
         string_agg(DISTINCT c.result, '; '), max(c.applied_at)
    FROM (SELECT w.home, NULL AS result, 0 AS run_count, NULL::timestamptz AS applied_at
            FROM workflow.command w WHERE w.command_id = command OR w.group_id = command
          UNION ALL
          SELECT a.home, a.result, a.run_count, a.applied_at
            FROM workflow.command_applied a WHERE a.command_id = command OR a.group_id = command) c
   GROUP BY c.home ORDER BY c.home
$$;
COMMENT ON FUNCTION workflow.command_status IS 'What became of a command or a group of them, one row per home';
REVOKE ALL ON FUNCTION workflow.command_status FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.command_status TO workflow_admin;
