-- By which an event finds the gatherings that it may fit, and which lock (lock_gatherings) both have.
CREATE OR REPLACE FUNCTION workflow.gathering_key(definition int, tenant text, shared text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT hashtextextended(coalesce(tenant, '') || chr(10) || coalesce(shared, ''), definition)
$$;
COMMENT ON FUNCTION workflow.gathering_key IS 'Key by which an event finds the gatherings that it may fit';
REVOKE ALL ON FUNCTION workflow.gathering_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.gathering_key TO workflow_daemon, workflow_admin;
