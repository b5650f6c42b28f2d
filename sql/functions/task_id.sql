-- The id of a task in one version of a workflow.
CREATE OR REPLACE FUNCTION workflow.task_id(workflow_id uuid, version text, reference text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT workflow.uuid_v3(workflow_id, version || reference)
$$;
COMMENT ON FUNCTION workflow.task_id IS 'The id of a task, by workflow, version and JSON pointer';
