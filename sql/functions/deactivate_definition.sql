-- Lets a definition start nothing new; its open runs go on to their end. Returns whether
-- it was active.
CREATE OR REPLACE FUNCTION workflow.deactivate_definition(namespace text, name text, version text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE workflow.definition d SET state = 'inactive', updated_at = clock_timestamp()
   WHERE d.namespace = deactivate_definition.namespace AND d.name = deactivate_definition.name
     AND d.version = deactivate_definition.version AND d.state = 'active';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE workflow.definition_generation SET generation = generation + 1;
  RETURN true;
END $$;
COMMENT ON FUNCTION workflow.deactivate_definition IS 'Lets a definition start nothing new; returns whether it was active';
REVOKE ALL ON FUNCTION workflow.deactivate_definition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.deactivate_definition TO workflow_daemon, workflow_admin;
