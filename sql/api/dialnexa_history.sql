-- DialNexa: GET /v1/workflows/{workflowId}/leads/{id}/history. NULL = there is none.
--
-- `workflow_id` is a workflow's id or its namespace/name; `lead_id` a run of it (the vendor's
-- enrolment) or a recipient, whose newest run of it is meant. One entry per visit, in the
-- order of entry; skipped steps were not visited. The keys of the vendor's example come
-- first, then those that its text gives for the same things. A call's status is the call's
-- own outcome once it is over.
CREATE OR REPLACE FUNCTION workflow_api.dialnexa_history(workflow_id text, lead_id text) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  uuid_form CONSTANT text := '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
  key text := workflow_id;
  newest uuid[];
  r   record;
BEGIN
  IF workflow_id ~ uuid_form THEN
    SELECT d.namespace || '/' || d.name INTO key FROM workflow.definition d
     WHERE d.workflow_id = dialnexa_history.workflow_id::uuid LIMIT 1;
    IF key IS NULL THEN
      RETURN NULL;
    END IF;
  END IF;
  IF lead_id ~ uuid_form THEN
    SELECT g.run_id, g.definition_id INTO r FROM workflow.run g WHERE g.run_id = lead_id::uuid AND g.workflow = key;
  END IF;
  IF r IS NULL THEN
    newest := workflow_api.run_ids(NULL, key, NULL, lead_id, NULL, '00000000-0000-0000-0000-000000000000',
                                   'ffffffff-ffff-ffff-ffff-ffffffffffff', true, 1);
    SELECT g.run_id, g.definition_id INTO r FROM workflow.run g WHERE g.run_id = newest[1];
  END IF;
  RETURN (
    SELECT row_to_json(x) FROM (
      SELECT r.run_id AS id, d.workflow_id, array_to_json(ARRAY(
               SELECT CASE s.status WHEN 'waiting' THEN row_to_json(waits) ELSE row_to_json(v) END
                 FROM workflow.step s
                 LEFT JOIN workflow_api.task k ON k.definition_id = r.definition_id AND k.reference = s.reference
                CROSS JOIN LATERAL (SELECT
                        workflow.task_id(d.workflow_id, d.version, s.reference) AS node_id,
                        coalesce(k.dialnexa, 'APPLICATION') AS node_type,
                        coalesce(s.title, k.name, s.name) AS node_label,
                        CASE WHEN k.dialnexa = 'VOICE_CALL' AND s.status IN ('completed', 'faulted') AND s.outcome IS NOT NULL THEN s.outcome
                             WHEN s.status = 'faulted' THEN 'failed' WHEN s.status IN ('completed', 'waiting', 'cancelled') THEN s.status
                             ELSE 'in_progress' END AS status,
                        workflow_api.at_milli(coalesce(s.started_at, s.scheduled_at)) AS entered_at,
                        workflow_api.at_milli(s.ended_at) AS exited_at,
                        CASE WHEN k.dialnexa = 'VOICE_CALL' THEN s.external_reference END AS call_id,
                        coalesce(s.title, k.name, s.name) AS label,
                        workflow_api.at_milli(coalesce(s.started_at, s.scheduled_at)) AS started_at,
                        workflow_api.at_milli(s.ended_at) AS ended_at) v
                CROSS JOIN LATERAL (SELECT v.node_id, v.node_type, v.node_label, v.status, v.entered_at, v.exited_at, v.call_id, v.label,
                        v.started_at, workflow_api.at_milli(coalesce(s.next_retry_at, s.due_at)) AS ends_at) waits
                WHERE s.run_id = r.run_id AND s.status <> 'skipped' AND workflow_api.is_listed(s.kind, s.status)
                ORDER BY s.step_no)) AS history
        FROM workflow.definition d
       WHERE d.definition_id = r.definition_id) x);
END $$;
COMMENT ON FUNCTION workflow_api.dialnexa_history IS 'DialNexa: the nodes that a lead visited in a workflow; NULL = it is not in it';
