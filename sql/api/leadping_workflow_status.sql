-- Leadping: GET /leads/{id}/workflow-status, in the shape of June 2026: all that the vendor
-- ever had. Diagnostics are for operators: they are null otherwise, and a role that may not
-- read them is refused.

-- The steps of a run, as Leadping's actions. One is scheduled once, however often it is tried;
-- a retry counts from when it is scheduled, as it does in the run.
CREATE OR REPLACE FUNCTION workflow_api.leadping_actions(run uuid, definition int, operator bool) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN array_to_json(ARRAY(
    SELECT row_to_json(v)
      FROM workflow.step s
      JOIN workflow.definition d ON d.definition_id = definition
      LEFT JOIN workflow_api.task k ON k.definition_id = definition AND k.reference = s.reference
     CROSS JOIN LATERAL (
           SELECT coalesce(k.leadping, s.kind) AS type, workflow_api.step_state(s.status, s.next_retry_at) AS state) w
     CROSS JOIN LATERAL (
           SELECT workflow.step_id(run, s.reference, s.visit) AS id,
                  workflow.task_id(d.workflow_id, d.version, s.reference) AS "stepId",
                  coalesce(k.ord, s.step_no) AS "stepOrder",
                  coalesce(s.title, k.name, s.name) AS "stepDisplayName",
                  w.type AS "actionType",
                  coalesce((SELECT l.label FROM workflow_api.label l WHERE l.kind = 'action' AND l.word = w.type),
                           workflow_api.readable(w.type)) AS "actionTypeDisplay",
                  w.state AS status,
                  (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'status' AND l.word = w.state) AS "statusDisplay",
                  workflow_api.at_dotnet(least(s.scheduled_at, s.started_at)) AS "scheduledAt",
                  workflow_api.at_dotnet(s.started_at) AS "startedAt",
                  CASE s.status WHEN 'completed' THEN workflow_api.at_dotnet(s.ended_at) END AS "completedAt",
                  CASE s.status WHEN 'faulted' THEN workflow_api.at_dotnet(s.ended_at) END AS "failedAt",
                  CASE s.status WHEN 'skipped' THEN workflow_api.at_dotnet(s.ended_at) END AS "skippedAt",
                  s.retry_count + (s.next_retry_at IS NOT NULL)::int AS "retryCount",
                  workflow_api.at_dotnet(s.next_retry_at) AS "nextRetryAt",
                  (SELECT a.summary FROM workflow.action a
                    WHERE a.run_id = run AND a.step_no = s.step_no ORDER BY a.action_no DESC LIMIT 1) AS "userSummary",
                  coalesce(s.error_summary,
                           (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'skip' AND l.word = s.skip_code),
                           workflow_api.readable(s.skip_code)) AS "safeReason",
                  s.error_code AS "failureCode",
                  CASE WHEN operator THEN workflow_api.step_internal(run, s.step_no) END AS "adminDiagnostics") v
     WHERE s.run_id = run AND workflow_api.is_listed(s.kind, s.status)
     ORDER BY s.step_no));
END $$;
COMMENT ON FUNCTION workflow_api.leadping_actions IS 'Leadping: actions of a run';

CREATE OR REPLACE FUNCTION workflow_api.leadping_events(run uuid, definition int, operator bool) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN array_to_json(ARRAY(
    SELECT row_to_json(v)
      FROM workflow.event e
      JOIN workflow.definition d ON d.definition_id = definition
      LEFT JOIN workflow.step s ON s.run_id = run AND s.step_no = e.step_no
     CROSS JOIN LATERAL (SELECT workflow_api.event_state(e.type) AS state) w
     CROSS JOIN LATERAL (
           SELECT e.run_id || '.' || e.seq AS id,
                  workflow.task_id(d.workflow_id, d.version, e.reference) AS "stepId",
                  CASE WHEN workflow_api.is_listed(s.kind, s.status) THEN workflow.step_id(run, s.reference, s.visit) END AS "actionId",
                  e.type AS "eventType",
                  w.state AS status,
                  (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'status' AND l.word = w.state) AS "statusDisplay",
                  coalesce(e.summary, (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'event' AND l.word = e.type),
                           workflow_api.readable(e.type)) AS summary,
                  e.reason_code AS "reasonCode",
                  workflow_api.at_dotnet(e.occurred_at) AS "occurredAt",
                  CASE WHEN operator THEN workflow_api.event_internal(e.run_id, e.seq) END AS "adminDiagnostics") v
     WHERE e.run_id = run
     ORDER BY e.seq));
END $$;
COMMENT ON FUNCTION workflow_api.leadping_events IS 'Leadping: events of a run';

-- The step at hand; NULL when the run has ended, or not begun.
CREATE OR REPLACE FUNCTION workflow_api.leadping_current(run uuid, definition int, OUT id uuid, OUT name text, OUT ord int)
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  SELECT workflow.task_id(d.workflow_id, d.version, s.reference), coalesce(s.title, k.name, s.name), coalesce(k.ord, s.step_no)
    INTO id, name, ord
    FROM workflow.step s
    JOIN workflow.definition d ON d.definition_id = definition
    LEFT JOIN workflow_api.task k ON k.definition_id = definition AND k.reference = s.reference
   WHERE s.run_id = run AND s.ended_at IS NULL AND workflow_api.is_listed(s.kind, s.status)
   ORDER BY s.step_no DESC LIMIT 1;
END $$;
COMMENT ON FUNCTION workflow_api.leadping_current IS 'Leadping: the step that a run is at';

-- NULL = nothing ever ran for this lead. A lead is a recipient, of whatever collection.
-- Newest run first; of more than 100 runs the newest 100, so that the answer has a bound.
CREATE OR REPLACE FUNCTION workflow_api.leadping_workflow_status(lead_id text, operator bool DEFAULT false) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  id        uuid;
  r         record;
  step_id   uuid; -- the step at hand
  step_name text;
  step_ord  int;
  done      json[] := '{}';
BEGIN
  FOR r IN
    SELECT l.* FROM unnest(workflow_api.run_ids(NULL, NULL, NULL, lead_id, NULL, '00000000-0000-0000-0000-000000000000',
                                                'ffffffff-ffff-ffff-ffff-ffffffffffff', true, 100)) WITH ORDINALITY i (id, n)
     CROSS JOIN LATERAL (
           SELECT g.run_id, g.trigger_id, g.definition_id, g.tenant, g.recipient_id, g.status, g.waiting_for, g.next_wake_at, g.next_retry_at,
                  g.last_executed_at, g.started_at, g.updated_at, g.ended_at, g.retry_count, g.max_retries, g.error_code, g.error_summary,
                  g.skip_code, g.workflow, workflow_api.run_state(g.status, g.waiting_for) AS state
             FROM workflow.run g WHERE g.run_id = i.id LIMIT 1) l ORDER BY i.n
  LOOP
    id := r.run_id;
    PERFORM workflow_api.remember(id);
    IF r.ended_at IS NULL THEN
      SELECT c.id, c.name, c.ord INTO step_id, step_name, step_ord FROM workflow_api.leadping_current(id, r.definition_id) c;
    ELSE
      step_id := NULL;
      step_name := NULL;
      step_ord := NULL;
    END IF;
    done := done || (SELECT row_to_json(x) FROM (
      SELECT r.run_id AS id,
             r.tenant AS "businessId",
             r.recipient_id AS "leadId",
             d.workflow_id AS "automationId",
             coalesce(d.title, d.name) AS "automationName",
             t.source_type AS "triggerType",
             coalesce((SELECT l.label FROM workflow_api.label l WHERE l.kind = 'trigger' AND l.word = t.source_type),
                      workflow_api.readable(t.source_type)) AS "triggerDisplay",
             r.state AS status,
             (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'status' AND l.word = r.state) AS "statusDisplay",
             step_id AS "currentStepId",
             step_name AS "currentStepName",
             step_ord AS "currentStepOrder",
             CASE WHEN r.waiting_for IS DISTINCT FROM 'action' THEN workflow_api.at_dotnet(r.next_wake_at) END AS "nextExecutionAt",
             workflow_api.at_dotnet(r.last_executed_at) AS "lastExecutionAt",
             workflow_api.at_dotnet(coalesce(r.started_at, workflow.uuid_time(r.run_id))) AS "startedAt",
             workflow_api.at_dotnet(r.updated_at) AS "updatedAt",
             CASE r.status WHEN 'completed' THEN workflow_api.at_dotnet(r.ended_at) END AS "completedAt",
             CASE r.status WHEN 'faulted' THEN workflow_api.at_dotnet(r.ended_at) END AS "failedAt",
             CASE r.status WHEN 'cancelled' THEN workflow_api.at_dotnet(r.ended_at) END AS "cancelledAt",
             r.retry_count AS "retryCount",
             coalesce(r.max_retries, 0) AS "maxRetryCount",
             workflow_api.at_dotnet(r.next_retry_at) AS "nextRetryAt",
             r.error_code AS "lastErrorCode",
             r.error_summary AS "lastErrorMessage",
             r.skip_code AS "skipReasonCode",
             coalesce((SELECT l.label FROM workflow_api.label l WHERE l.kind = 'skip' AND l.word = r.skip_code),
                      workflow_api.readable(r.skip_code)) AS "skipReasonDisplay",
             (SELECT a.summary FROM workflow.action a
               WHERE a.run_id = id AND a.summary IS NOT NULL ORDER BY a.action_no DESC LIMIT 1) AS "lastActionSummary",
             coalesce(t.correlation_id, r.trigger_id::text) AS "correlationId",
             t.event_id AS "sourceEventId",
             concat_ws('/', r.workflow, t.event_id, r.recipient_id) AS "executionKey",
             CASE WHEN operator THEN workflow_api.run_internal(id) END AS "internalErrorDetails",
             workflow_api.leadping_actions(id, r.definition_id, operator) AS actions,
             workflow_api.leadping_events(id, r.definition_id, operator) AS events
        FROM (SELECT) one
        LEFT JOIN workflow.definition d ON d.definition_id = r.definition_id
        LEFT JOIN workflow.trigger t ON t.trigger_id = r.trigger_id) x);
  END LOOP;
  RETURN CASE WHEN cardinality(done) > 0 THEN row_to_json(x) END
    FROM (SELECT lead_id AS "leadId", array_to_json(done) AS runs) x;
END $$;
COMMENT ON FUNCTION workflow_api.leadping_workflow_status IS 'Leadping: all runs of a lead with actions and events; NULL = there is none';
