-- The id of a step: a run, the JSON pointer of the task, and which visit of it.
CREATE OR REPLACE FUNCTION workflow.step_id(run_id uuid, reference text, visit int) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT workflow.uuid_v3(run_id, reference || '#' || visit::text)
$$;
COMMENT ON FUNCTION workflow.step_id IS 'The id of a step, whether the run has come to it or not';
