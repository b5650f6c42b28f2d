-- The first trigger of each of these ids, for those that are known.
CREATE OR REPLACE FUNCTION workflow.find_claims(tenants text[], workflows text[], event_ids text[])
RETURNS TABLE (ordinal int, trigger_id uuid)
LANGUAGE sql STABLE AS $$
  SELECT u.ordinal::int, coalesce(a.trigger_id, b.trigger_id, c.trigger_id)
    FROM unnest(tenants, workflows, event_ids) WITH ORDINALITY AS u (tenant, workflow, event_id, ordinal)
   CROSS JOIN LATERAL (SELECT workflow.dedupe_key(u.tenant, u.workflow, u.event_id) AS key) k
    LEFT JOIN workflow.dedupe_0 a ON a.key = k.key
    LEFT JOIN workflow.dedupe_1 b ON b.key = k.key
    LEFT JOIN workflow.dedupe_2 c ON c.key = k.key
   WHERE coalesce(a.trigger_id, b.trigger_id, c.trigger_id) IS NOT NULL
$$;
COMMENT ON FUNCTION workflow.find_claims IS 'The first trigger of each of these ids, for those that are known';
REVOKE ALL ON FUNCTION workflow.find_claims FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.find_claims TO workflow_daemon, workflow_admin;
