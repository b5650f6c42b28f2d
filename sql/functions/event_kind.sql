-- What events and those that listen for them are told apart by first: tenant and type. Without
-- a type it is that of listeners for any. Its lowest 6 bits are the slot whose lock lets
-- neither pass the other unseen (workflow.correlate).
CREATE OR REPLACE FUNCTION workflow.event_kind(tenant text, type text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT hashtextextended(coalesce(tenant, '') || chr(10) || coalesce(type, ''), 0)
$$;
COMMENT ON FUNCTION workflow.event_kind IS 'Hash of tenant and type of events, and of who listens for them';
REVOKE ALL ON FUNCTION workflow.event_kind FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.event_kind TO workflow_daemon, workflow_admin;
