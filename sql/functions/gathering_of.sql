-- The gathering that an inbox row of kind 'judge' is about.
CREATE OR REPLACE FUNCTION workflow.gathering_of(payload bytea) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (convert_from(payload, 'UTF8')::json ->> 'gathering')::bigint
$$;
COMMENT ON FUNCTION workflow.gathering_of IS 'The gathering that an inbox row of kind judge is about';
REVOKE ALL ON FUNCTION workflow.gathering_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.gathering_of TO workflow_daemon, workflow_admin;
