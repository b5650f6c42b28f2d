-- All keys by which somebody may listen for an event: for its type, for any type, and for
-- each set of paths that a listener of either has fixed. What the event does not have at a
-- path, nobody finds it by.
CREATE OR REPLACE FUNCTION workflow.event_keys(tenant text, kind bigint, event json) RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ARRAY[event_keys.kind, workflow.event_kind(tenant, NULL)] || ARRAY(
    SELECT workflow.listener_key(p.kind, p.paths, v.has)
      FROM workflow.correlation_path p
     CROSS JOIN LATERAL (SELECT ARRAY(SELECT event #>> u.path::text[] FROM unnest(p.paths) WITH ORDINALITY u (path, n) ORDER BY u.n) AS has) v
     WHERE p.kind IN (event_keys.kind, workflow.event_kind(tenant, NULL)) AND array_position(v.has, NULL) IS NULL)
$$;
COMMENT ON FUNCTION workflow.event_keys IS 'All keys by which somebody may listen for an event';
REVOKE ALL ON FUNCTION workflow.event_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.event_keys TO workflow_daemon, workflow_admin;
