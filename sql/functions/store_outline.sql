-- Makes title and tasks of a definition what its loader says, and touches nothing when they
-- are that already: every start of every instance comes by here.
CREATE OR REPLACE FUNCTION workflow.store_outline(id int, outline jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted workflow.task[] := ARRAY(
    SELECT (id, t.ord, t.parent_ord, t.next_ord, t.is_decision, t.reference, t.name, t.title, t.kind, t.type, t.function, t.branch,
            nullif(t.config, 'null'))::workflow.task
      FROM jsonb_to_recordset(outline -> 'tasks') t (ord int, parent_ord int, next_ord int, is_decision bool, reference text,
                                                     name text, title text, kind text, type text, function text, branch text, config jsonb)
     ORDER BY t.ord);
BEGIN
  UPDATE workflow.definition d SET title = outline ->> 'title'
   WHERE d.definition_id = id AND d.title IS DISTINCT FROM outline ->> 'title';
  IF wanted = ARRAY(SELECT t FROM workflow.task t WHERE t.definition_id = id ORDER BY t.ord) THEN
    RETURN;
  END IF;
  DELETE FROM workflow.task t WHERE t.definition_id = id;
  INSERT INTO workflow.task SELECT (w).* FROM unnest(wanted) w;
END $$;
COMMENT ON FUNCTION workflow.store_outline IS 'Makes title and tasks of a definition what its loader says';
REVOKE ALL ON FUNCTION workflow.store_outline FROM PUBLIC;
