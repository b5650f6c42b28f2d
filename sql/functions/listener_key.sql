-- By which an event finds who listens for it: a hash of the kind and of the values that it
-- must have at these paths; the kind itself, when nothing more is fixed. Two keys that are
-- equal by chance do no harm: the run judges.
CREATE OR REPLACE FUNCTION workflow.listener_key(kind bigint, paths text[], wanted text[]) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN paths IS NULL THEN kind ELSE hashtextextended(paths::text || wanted::text, kind) END
$$;
COMMENT ON FUNCTION workflow.listener_key IS 'Key by which an event finds who listens for it';
REVOKE ALL ON FUNCTION workflow.listener_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.listener_key TO workflow_daemon, workflow_admin;
