-- Publishes a definition. The same version with the same document is no news (it is
-- activated again if it was not); with another document it is refused: WF006.
-- `outline` is its title and tasks, as the loader lists them; NULL leaves what is there.
-- One that differs replaces what is there, so that a newer loader's list comes in.
CREATE OR REPLACE FUNCTION workflow.apply_definition(namespace text, name text, version text, document text,
                                                     outline jsonb DEFAULT NULL)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hash text := encode(sha256(convert_to(document, 'UTF8')), 'hex');
  id   int;
  old  workflow.definition;
BEGIN
  INSERT INTO workflow.definition AS d (namespace, name, version, content_hash, document)
  VALUES (namespace, name, version, hash, document)
  ON CONFLICT DO NOTHING RETURNING d.definition_id INTO id;
  IF id IS NULL THEN
    SELECT d.* INTO old FROM workflow.definition d
     WHERE d.namespace = apply_definition.namespace AND d.name = apply_definition.name
       AND d.version = apply_definition.version FOR UPDATE;
    IF old.content_hash <> hash THEN
      RAISE '%/%@% is published with another content, which never changes: expected another document.version',
        namespace, name, version USING ERRCODE = 'WF006';
    END IF;
    id := old.definition_id;
  END IF;
  IF outline IS NOT NULL THEN
    PERFORM workflow.store_outline(id, outline);
  END IF;
  IF old.state = 'active' THEN
    RETURN id;
  END IF;
  UPDATE workflow.definition d SET state = 'active', updated_at = clock_timestamp()
   WHERE d.definition_id = id AND d.state <> 'active';
  UPDATE workflow.definition_generation SET generation = generation + 1;
  RETURN id;
END $$;
COMMENT ON FUNCTION workflow.apply_definition IS 'Publishes a definition; returns its number';
REVOKE ALL ON FUNCTION workflow.apply_definition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.apply_definition TO workflow_daemon, workflow_admin;
