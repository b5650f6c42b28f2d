-- What follows the step at hand of a run, as Plannr's next_step: the task that comes next by
-- the definition, with the id that its visit will have. A container stands for what is first
-- in it; a decision for what will follow it.
CREATE OR REPLACE FUNCTION workflow_api.plannr_next(run_id uuid, definition int, after_ord int, created_at text, updated_at text)
RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
#variable_conflict use_column
DECLARE
  wanted int := 1;
  next   record;
BEGIN
  IF after_ord IS NOT NULL THEN
    wanted := (SELECT t.next_ord FROM workflow.task t WHERE t.definition_id = definition AND t.ord = after_ord);
  END IF;
  SELECT t.reference, coalesce(t.title, t.name) AS name INTO next
    FROM workflow.task t
   WHERE t.definition_id = definition AND t.ord >= wanted AND workflow_api.is_listed(t.kind, NULL)
   ORDER BY t.ord LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN row_to_json(x) FROM (
    SELECT workflow.step_id(plannr_next.run_id, next.reference,
             1 + (SELECT count(*) FROM workflow.step s WHERE s.run_id = plannr_next.run_id AND s.reference = next.reference)::int) AS uuid,
           next.name AS name, 'pending' AS status, NULL AS info, plannr_next.created_at AS created_at,
           plannr_next.updated_at AS updated_at, NULL AS executed_at) x;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_next IS 'The step of a run that comes after a task; NULL = the end';

-- Plannr: GET /api/v1/automation-executions/{uuid}. NULL = there is none.
--
-- steps are the visits so far. next_step is what is set to run next: the step that is to be
-- tried again, else what follows the one at hand; null at the end. previous_step is what was
-- executed last; a skipped step was not. info is a text with the errors in JSON, as the
-- vendor has it. account stands there only when asked for: whom the run is about.
CREATE OR REPLACE FUNCTION workflow_api.plannr_execution(uuid uuid, include_account bool DEFAULT false) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
#variable_conflict use_column
DECLARE
  r        record;
  s        record;
  steps    json[] := '{}';
  previous json;
  executed timestamptz;
  at_hand  int; -- the task of the step at hand
  next     json;
BEGIN
  SELECT g.run_id, g.trigger_id, g.definition_id, g.updated_at, g.ended_at, g.recipient_collection, g.recipient_id,
         workflow_api.plannr_state(workflow_api.run_state(g.status, g.waiting_for)) AS state
    INTO r FROM workflow.run g WHERE g.run_id = plannr_execution.uuid;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  FOR s IN
    SELECT s.ended_at, s.next_retry_at, k.ord, k.is_decision, s.executed_at, row_to_json(v) AS step
      FROM (SELECT t.run_id, t.step_no, t.reference, t.visit, t.status, t.kind, t.title, t.name, t.started_at, t.scheduled_at,
                   t.ended_at, t.updated_at, t.next_retry_at, t.error_code, t.error_summary, t.skip_code,
                   CASE WHEN t.status IN ('completed', 'faulted') THEN t.ended_at END AS executed_at
              FROM workflow.step t WHERE t.run_id = plannr_execution.uuid) s
      LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = s.reference
     CROSS JOIN LATERAL (SELECT
             workflow.step_id(s.run_id, s.reference, s.visit) AS uuid,
             coalesce(s.title, k.title, s.name) AS name,
             workflow_api.plannr_state(workflow_api.step_state(s.status, s.next_retry_at)) AS status,
             CASE WHEN s.error_code IS NOT NULL
                  THEN '[{"errors":' || to_json(coalesce(s.error_summary, s.error_code)) || '}]'
                  WHEN s.skip_code IS NOT NULL THEN '[{"skipped":' || to_json(s.skip_code) || '}]' END AS info,
             workflow_api.at_offset(coalesce(s.started_at, s.scheduled_at)) AS created_at,
             workflow_api.at_offset(s.updated_at) AS updated_at,
             workflow_api.at_offset(s.executed_at) AS executed_at) v
     WHERE workflow_api.is_listed(s.kind, s.status)
     ORDER BY s.step_no
  LOOP
    steps := steps || s.step;
    IF s.executed_at >= coalesce(executed, s.executed_at) THEN
      previous := s.step;
      executed := s.executed_at;
    END IF;
    IF s.ended_at IS NULL AND r.ended_at IS NULL THEN
      at_hand := s.ord;
      next := CASE WHEN s.next_retry_at IS NOT NULL OR s.is_decision THEN s.step END;
    END IF;
  END LOOP;
  IF r.ended_at IS NULL AND next IS NULL THEN
    next := workflow_api.plannr_next(r.run_id, r.definition_id, at_hand,
                                     workflow_api.at_offset(workflow.uuid_time(r.run_id)), workflow_api.at_offset(r.updated_at));
  END IF;
  RETURN CASE WHEN include_account THEN row_to_json(y) ELSE row_to_json(x) END
    FROM (SELECT r.run_id AS uuid, coalesce(d.title, d.name) AS name, r.state AS status,
                 coalesce(t.type, t.source_name, t.source_type) AS triggered_by,
                 workflow_api.at_offset(workflow.uuid_time(r.run_id)) AS created_at,
                 workflow_api.at_offset(r.updated_at) AS updated_at,
                 array_to_json(steps) AS steps, next AS next_step, previous AS previous_step
            FROM workflow.definition d
            LEFT JOIN workflow.trigger t ON t.trigger_id = r.trigger_id
           WHERE d.definition_id = r.definition_id) x
   CROSS JOIN LATERAL (
          SELECT x.*, (SELECT row_to_json(a) FROM (
                   SELECT coalesce(r.recipient_id, '') AS uuid, coalesce(r.recipient_collection, 'client') AS type) a) AS account) y;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_execution IS 'Plannr: an automation execution with its steps; NULL = there is none';
