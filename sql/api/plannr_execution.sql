-- Executions of these runs, in this order, by one statement: to begin one costs more than what
-- it does for a run. steps are the visits so far. next_step is what is set to run next: the
-- step that is to be tried again, else the task that follows the one at hand by the
-- definition, with the id that its visit will have; null at the end. A container stands for
-- what is first in it; a decision for what will follow it. previous_step is what was executed
-- last; a skipped step was not. info is a text with the errors in JSON, as the vendor has it.
CREATE OR REPLACE FUNCTION workflow_api.plannr_items(ids uuid[], include_account bool) RETURNS json[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN ARRAY(
    SELECT CASE WHEN include_account THEN row_to_json(y) ELSE row_to_json(x) END
      FROM unnest(ids) WITH ORDINALITY i (id, n)
     CROSS JOIN LATERAL (
           SELECT g.*, workflow_api.remember(g.run_id) AS seen, workflow_api.run_state(g.status, g.waiting_for) AS state,
                  workflow_api.at_offset(workflow.uuid_time(g.run_id)) AS created, workflow_api.at_offset(g.updated_at) AS updated
             FROM (SELECT f.run_id, f.trigger_id, f.definition_id, f.status, f.waiting_for, f.updated_at, f.ended_at,
                          f.recipient_collection, f.recipient_id
                     FROM workflow.run f WHERE f.run_id = i.id LIMIT 1) g OFFSET 0) r
      JOIN workflow.definition d ON d.definition_id = r.definition_id
      LEFT JOIN LATERAL (
           SELECT coalesce(f.type, f.source_name, f.source_type) AS triggered_by
             FROM workflow.trigger f WHERE f.trigger_id = r.trigger_id LIMIT 1) t ON true
     CROSS JOIN LATERAL (
           SELECT array_agg(q.step ORDER BY q.step_no) AS steps, array_agg(q.reference) AS visited,
                  (array_agg(q.step ORDER BY q.executed_at DESC, q.step_no DESC) FILTER (WHERE q.executed_at IS NOT NULL))[1] AS previous,
                  (array_agg(q.step ORDER BY q.step_no DESC) FILTER (WHERE q.ended_at IS NULL AND (q.next_retry_at IS NOT NULL OR q.is_decision)))[1] AS again,
                  max(q.ord) FILTER (WHERE q.ended_at IS NULL) AS at_hand
             FROM (SELECT s.step_no, s.reference, s.ended_at, s.next_retry_at, s.executed_at, k.ord, k.is_decision, row_to_json(v) AS step
                     FROM (SELECT f.run_id, f.step_no, f.reference, f.visit, f.title, f.name, f.status, f.next_retry_at, f.error_code,
                                  f.error_summary, f.skip_code, f.started_at, f.scheduled_at, f.updated_at, f.ended_at,
                                  CASE WHEN f.status IN ('completed', 'faulted') THEN f.ended_at END AS executed_at
                             FROM workflow.step f WHERE f.run_id = r.run_id AND workflow_api.is_listed(f.kind, f.status)) s
                     LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = s.reference
                    CROSS JOIN LATERAL (
                          SELECT workflow.step_id(s.run_id, s.reference, s.visit) AS uuid,
                                 coalesce(s.title, k.title, s.name) AS name,
                                 workflow_api.plannr_state(workflow_api.step_state(s.status, s.next_retry_at)) AS status,
                                 CASE WHEN s.error_code IS NOT NULL
                                      THEN '[{"errors":' || to_json(coalesce(s.error_summary, s.error_code)) || '}]'
                                      WHEN s.skip_code IS NOT NULL THEN '[{"skipped":' || to_json(s.skip_code) || '}]' END AS info,
                                 workflow_api.at_offset(coalesce(s.started_at, s.scheduled_at)) AS created_at,
                                 workflow_api.at_offset(s.updated_at) AS updated_at,
                                 workflow_api.at_offset(s.executed_at) AS executed_at) v OFFSET 0) q) s
      LEFT JOIN LATERAL (
           SELECT k.reference, coalesce(k.title, k.name) AS name
             FROM workflow.task k
            WHERE r.ended_at IS NULL AND s.again IS NULL AND k.definition_id = r.definition_id AND workflow_api.is_listed(k.kind, NULL)
              AND k.ord >= CASE WHEN s.at_hand IS NULL THEN 1 ELSE (
                    SELECT h.next_ord FROM workflow.task h WHERE h.definition_id = r.definition_id AND h.ord = s.at_hand) END
            ORDER BY k.ord LIMIT 1) n ON true
     CROSS JOIN LATERAL (
           SELECT r.run_id AS uuid, coalesce(d.title, d.name) AS name, workflow_api.plannr_state(r.state) AS status, t.triggered_by,
                  r.created AS created_at, r.updated AS updated_at, coalesce(array_to_json(s.steps), '[]') AS steps,
                  CASE WHEN r.ended_at IS NOT NULL THEN NULL
                       WHEN n.reference IS NULL THEN s.again
                       ELSE (SELECT row_to_json(v) FROM (
                               SELECT workflow.step_id(r.run_id, n.reference, 1 + coalesce(cardinality(array_positions(s.visited, n.reference)), 0)) AS uuid,
                                      n.name, 'pending' AS status, NULL AS info, r.created AS created_at, r.updated AS updated_at,
                                      NULL AS executed_at) v) END AS next_step,
                  s.previous AS previous_step) x
     CROSS JOIN LATERAL (
           SELECT x.*, (SELECT row_to_json(a) FROM (
                    SELECT coalesce(r.recipient_id, '') AS uuid, coalesce(r.recipient_collection, 'client') AS type) a) AS account) y
     ORDER BY i.n);
END $$;
COMMENT ON FUNCTION workflow_api.plannr_items IS 'Plannr: executions of these runs';

-- Plannr: GET /api/v1/automation-executions/{uuid}. NULL = there is none. account stands
-- there only when asked for: whom the run is about.
CREATE OR REPLACE FUNCTION workflow_api.plannr_execution(uuid uuid, include_account bool DEFAULT false) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (workflow_api.plannr_items(ARRAY[uuid], include_account))[1];
END $$;
COMMENT ON FUNCTION workflow_api.plannr_execution IS 'Plannr: an automation execution with its steps; NULL = there is none';
