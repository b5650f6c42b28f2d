-- Why an event is not handed to a listener: 'tenant', 'type', another attribute, 'data' or
-- 'correlation'; NULL = it is, and the run judges the rest.
CREATE OR REPLACE FUNCTION workflow.event_mismatch(
  s workflow.subscription, tenant text, type text, source text, subject text, event json) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN s.tenant IS DISTINCT FROM event_mismatch.tenant THEN 'tenant'
              WHEN s.type <> event_mismatch.type THEN 'type'
              WHEN s.source IS NOT NULL AND s.source IS DISTINCT FROM event_mismatch.source THEN 'source'
              WHEN s.subject IS NOT NULL AND s.subject IS DISTINCT FROM event_mismatch.subject THEN 'subject'
              WHEN s.conditions IS NOT NULL THEN (
                SELECT coalesce(c.of, 'correlation') FROM jsonb_to_recordset(s.conditions) AS c (path text[], value text, of text)
                 WHERE (event_mismatch.event #>> c.path) IS DISTINCT FROM c.value LIMIT 1) END
$$;
COMMENT ON FUNCTION workflow.event_mismatch IS 'Why an event is not handed to a listener; NULL = it is';
REVOKE ALL ON FUNCTION workflow.event_mismatch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.event_mismatch TO workflow_daemon, workflow_admin;
