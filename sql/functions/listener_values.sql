-- What a listener has fixed: paths into the event, in order, and the value wanted at each;
-- both NULL when nothing is.
CREATE OR REPLACE FUNCTION workflow.listener_values(source text, subject text, conditions json, OUT paths text[], OUT wanted text[])
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT array_agg(c.path ORDER BY c.path, c.value), array_agg(c.value ORDER BY c.path, c.value)
    FROM (SELECT r.path::text, r.value FROM json_to_recordset(conditions) AS r (path text[], value text)
          UNION ALL SELECT '{source}', source WHERE source IS NOT NULL
          UNION ALL SELECT '{subject}', subject WHERE subject IS NOT NULL) c
$$;
COMMENT ON FUNCTION workflow.listener_values IS 'Paths and values that a listener has fixed';
REVOKE ALL ON FUNCTION workflow.listener_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.listener_values TO workflow_daemon, workflow_admin;
