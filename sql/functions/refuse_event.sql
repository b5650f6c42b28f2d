-- Of gather(): an event that a workflow wanted and does not get. How many these are: one.
CREATE OR REPLACE FUNCTION workflow.refuse_event(its_workflow text, its_tenant text, its_source text, id text, why text) RETURNS int
LANGUAGE sql AS $$
  INSERT INTO workflow.event_refusal (workflow, tenant, source, event_id, reason) VALUES (its_workflow, its_tenant, its_source, id, why) RETURNING 1
$$;
COMMENT ON FUNCTION workflow.refuse_event IS 'Notes an event that a workflow wanted and does not get; of gather()';
REVOKE ALL ON FUNCTION workflow.refuse_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.refuse_event TO workflow_daemon;
