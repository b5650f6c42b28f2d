-- Writes the rows of a run in the read tables anew: `rows` is what `workflowctl rebuild` made
-- of its events up to `seen`. False, and nothing happens, when there are others by now.
--
-- The lock on the run's row makes the owner's batch wait, so that it comes wholly before (then
-- its events are seen here) or wholly after. Rows are deleted and inserted: a batch that met
-- that is decided again (WF003).
CREATE OR REPLACE FUNCTION workflow.rebuild_run(id uuid, seen int, rows jsonb) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted workflow.run;
BEGIN
  PERFORM FROM workflow.run r WHERE r.run_id = id FOR UPDATE;
  IF (SELECT max(e.seq) FROM workflow.event e WHERE e.run_id = id) IS DISTINCT FROM seen THEN
    RETURN false;
  END IF;
  wanted := jsonb_populate_record(NULL::workflow.run, rows #> '{run,""}' || jsonb_build_object('run_id', id));
  -- Of these null is a value like any other.
  wanted.input := rows #> '{run,"",input}';
  wanted.context := rows #> '{run,"",context}';
  wanted.output := rows #> '{run,"",output}';
  DELETE FROM workflow.run r WHERE r.run_id = id;
  DELETE FROM workflow.step s WHERE s.run_id = id;
  DELETE FROM workflow.action a WHERE a.run_id = id;
  EXECUTE format('INSERT INTO workflow.run (%1$s) SELECT %1$s FROM (SELECT ($1).*) w', workflow.plain_columns('workflow.run')) USING wanted;
  INSERT INTO workflow.step
  SELECT (jsonb_populate_record(s, jsonb_build_object('run_id', id, 'step_no', j.key::int))).*
    FROM jsonb_each(rows -> 'step') j
   CROSS JOIN LATERAL jsonb_populate_record(NULL::workflow.step, j.value) s;
  INSERT INTO workflow.action
  SELECT (jsonb_populate_record(a, jsonb_build_object('run_id', id, 'action_no', j.key::int))).*
    FROM jsonb_each(rows -> 'action') j
   CROSS JOIN LATERAL jsonb_populate_record(NULL::workflow.action, j.value) a;
  UPDATE workflow.step s SET input = rows #> ARRAY['step', s.step_no::text, 'input'],
                             output = rows #> ARRAY['step', s.step_no::text, 'output']
   WHERE s.run_id = id AND rows -> 'step' -> s.step_no::text @> ANY (ARRAY['{"input": null}', '{"output": null}']::jsonb[]);
  UPDATE workflow.action a SET input = rows #> ARRAY['action', a.action_no::text, 'input'],
                               output = rows #> ARRAY['action', a.action_no::text, 'output']
   WHERE a.run_id = id AND rows -> 'action' -> a.action_no::text @> ANY (ARRAY['{"input": null}', '{"output": null}']::jsonb[]);
  RETURN true;
END $$;
COMMENT ON FUNCTION workflow.rebuild_run IS 'Writes the rows of a run anew, as folded from its events; false when it went on since';
REVOKE ALL ON FUNCTION workflow.rebuild_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.rebuild_run TO workflow_admin;
