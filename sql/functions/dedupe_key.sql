-- The key under which a trigger's id is remembered: the first 16 bytes of a SHA-256.
-- STABLE, as what it is made of is: else it would not be inlined, and cost ten times more.
CREATE OR REPLACE FUNCTION workflow.dedupe_key(tenant text, workflow text, event_id text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT left(encode(sha256(convert_to(json_build_array(tenant, workflow, event_id)::text, 'UTF8')), 'hex'), 32)::uuid
$$;
COMMENT ON FUNCTION workflow.dedupe_key IS 'Hash of tenant, workflow and the producer''s id';
