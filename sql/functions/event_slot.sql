-- Where an event and who listens for it meet: 0 to 63 by tenant and type; 64 for any type.
CREATE OR REPLACE FUNCTION workflow.event_slot(tenant text, type text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN type IS NULL THEN 64
              ELSE get_byte(decode(md5(coalesce(tenant, '') || chr(10) || type), 'hex'), 0) % 64 END::smallint
$$;
COMMENT ON FUNCTION workflow.event_slot IS 'Slot of events of a tenant and type, and of who listens for them';
REVOKE ALL ON FUNCTION workflow.event_slot FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.event_slot TO workflow_daemon, workflow_admin;
