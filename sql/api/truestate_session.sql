-- TrueState: GET /automations/{automation_id}/sessions/{session_id}/. NULL = there is none.
--
-- The first step is the vendor's START, which stands for the trigger; the others are the
-- visits so far. steps_count counts the steps of the version, START included. What a step
-- was given is in prompt.input, as written in prompt_template.input; its type in both. A
-- session that was cancelled is FAILED with the error "cancelled", since there is no word.
CREATE OR REPLACE FUNCTION workflow_api.truestate_session(automation_id uuid, session_id uuid) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  r     record;
  start json;
  steps json[];
BEGIN
  SELECT g.run_id, g.definition_id, g.input, g.status, g.started_at, g.updated_at, g.error_code, g.error_summary, g.reason_text,
         d.workflow_id, d.version, d.created_at, d.updated_at AS definition_updated_at,
         workflow_api.run_state(g.status, g.waiting_for) AS state
    INTO r
    FROM workflow.run g
    JOIN workflow.definition d ON d.definition_id = g.definition_id
   WHERE g.run_id = session_id AND d.workflow_id = automation_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  start := row_to_json(x) FROM (
    SELECT workflow.step_id(r.run_id, '', 1) AS id,
           CASE WHEN r.started_at IS NULL AND r.state = 'pending' THEN 'NEW' ELSE 'FINISHED' END AS status,
           '{"type":"START"}'::json AS prompt,
           '' AS result, NULL AS error,
           (SELECT row_to_json(p) FROM (
              SELECT workflow.task_id(r.workflow_id, r.version, '') AS id, 'Start' AS name, 'START' AS step_type,
                     '{"type":"START"}'::json AS prompt_template,
                     workflow_api.at_second(r.created_at) AS created_at,
                     workflow_api.at_second(r.definition_updated_at) AS updated_at) p) AS step,
           workflow_api.at_second(workflow.uuid_time(r.run_id)) AS created_at,
           workflow_api.at_second(coalesce(r.started_at, workflow.uuid_time(r.run_id))) AS updated_at) x;
  steps := ARRAY(
    SELECT row_to_json(v) FROM (
      SELECT workflow.step_id(r.run_id, s.reference, s.visit) AS id,
             workflow_api.truestate_state(s.status_word) AS status,
             CASE WHEN s.kind = 'wait' THEN jsonb_strip_nulls(jsonb_build_object('type', s.type, 'until', workflow_api.at_second(s.due_at)))
                  ELSE jsonb_build_object('type', s.type, 'input', coalesce(s.arguments, s.input)) END AS prompt,
             CASE WHEN s.status = 'skipped' THEN ''
                  WHEN s.status = 'completed' THEN coalesce(s.output #>> '{}', '') END AS result,
             CASE WHEN s.status = 'cancelled' THEN 'cancelled' ELSE coalesce(s.error_summary, s.error_code) END AS error,
             (SELECT row_to_json(p) FROM (
                SELECT workflow.task_id(r.workflow_id, r.version, s.reference) AS id,
                       s.label AS name,
                       s.type AS step_type,
                       jsonb_build_object('type', s.type) || CASE WHEN s.config IS NULL THEN '{}' ELSE jsonb_build_object('input', s.config) END
                         AS prompt_template,
                       workflow_api.at_second(r.created_at) AS created_at,
                       workflow_api.at_second(r.definition_updated_at) AS updated_at) p) AS step,
             workflow_api.at_second(coalesce(s.started_at, s.scheduled_at)) AS created_at,
             workflow_api.at_second(s.updated_at) AS updated_at
        FROM (SELECT t.*, workflow_api.step_state(t.status, t.next_retry_at) AS status_word,
                     (SELECT c.config FROM workflow.task c WHERE c.definition_id = r.definition_id AND c.reference = t.reference) AS config,
                     coalesce(t.title, k.name, t.name) AS label, coalesce(k.truestate, upper(t.kind)) AS type,
                     (SELECT a.input FROM workflow.action a
                       WHERE a.run_id = session_id AND a.step_no = t.step_no ORDER BY a.action_no DESC LIMIT 1) AS arguments
                FROM (SELECT step_no, reference, visit, status, next_retry_at, kind, title, name, due_at, input, output, error_summary,
                             error_code, started_at, scheduled_at, updated_at
                        FROM workflow.step WHERE run_id = session_id) t
                LEFT JOIN workflow_api.task k ON k.definition_id = r.definition_id AND k.reference = t.reference
               WHERE workflow_api.is_listed(t.kind, t.status)
               ORDER BY t.step_no) s) v);
  RETURN row_to_json(x) FROM (
    SELECT r.run_id AS id,
           r.workflow_id AS automation_id,
           CASE jsonb_typeof(r.input) WHEN 'object' THEN r.input
                WHEN 'array' THEN jsonb_build_object('events', r.input) ELSE '{}' END AS inputs,
           CASE r.status WHEN 'cancelled' THEN 'cancelled' WHEN 'faulted' THEN coalesce(r.error_summary, r.error_code) END AS error,
           workflow_api.truestate_state(r.state) AS status,
           workflow_api.at_second(workflow.uuid_time(r.run_id)) AS created_at,
           workflow_api.at_second(r.updated_at) AS updated_at,
           array_to_json(start || steps) AS steps,
           1 + (SELECT count(*) FROM workflow.task k
                 WHERE k.definition_id = r.definition_id AND workflow_api.is_listed(k.kind, NULL)) AS steps_count,
           steps[cardinality(steps)] AS current_step) x;
END $$;
COMMENT ON FUNCTION workflow_api.truestate_session IS 'TrueState: an automation session with its steps; NULL = there is none';
