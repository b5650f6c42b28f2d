-- Leadping: GET /leads/{id}/workflow-status, in the shape of June 2026: all that the vendor
-- ever had. Diagnostics are for operators: they are null otherwise, and a role that may not
-- read them is refused.

-- Texts for operators alone, by the id of the run, of the event, or run:step. Readers have no
-- right to these columns, and a statement that merely mentions one is refused; so they are
-- read here, called only when the asker is an operator.
CREATE OR REPLACE FUNCTION workflow_api.leadping_internal(ids uuid[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN (
    SELECT jsonb_object_agg(l.key, l.detail)
      FROM unnest(ids) i (id)
     CROSS JOIN LATERAL (
           SELECT g.run_id, g.error_detail_internal, workflow_api.remember(g.run_id) AS seen
             FROM (SELECT f.run_id, f.error_detail_internal FROM workflow.run f WHERE f.run_id = i.id LIMIT 1) g OFFSET 0) r
     CROSS JOIN LATERAL (
           SELECT r.run_id::text AS key, r.error_detail_internal AS detail WHERE r.error_detail_internal IS NOT NULL
            UNION ALL
           SELECT s.run_id || ':' || s.step_no, s.error_detail_internal
             FROM workflow.step s WHERE s.run_id = r.run_id AND s.error_detail_internal IS NOT NULL
            UNION ALL
           SELECT e.run_id || '.' || e.seq, e.detail_internal
             FROM workflow.event e WHERE e.run_id = r.run_id AND e.detail_internal IS NOT NULL) l);
END $$;
COMMENT ON FUNCTION workflow_api.leadping_internal IS 'Leadping: diagnostics of these runs, their steps and events, for operators';

-- The steps of a run, as Leadping's actions, with the one at hand (NULL when the run has ended,
-- or not begun) and the id of each by its number. One is scheduled once, however often it is
-- tried; a retry counts from when it is scheduled, as it does in the run. PostgreSQL takes this
-- function and the next into the statement that uses them.
CREATE OR REPLACE FUNCTION workflow_api.leadping_actions(
  run uuid, definition int, workflow uuid, version text, is_open bool, summaries jsonb, details jsonb)
RETURNS TABLE (actions json[], ids jsonb, step_id uuid, step_name text, step_order int)
LANGUAGE sql STABLE AS $$
  SELECT array_agg(row_to_json(v) ORDER BY s.step_no) AS actions, jsonb_object_agg(s.step_no, v.id) AS ids,
         (array_agg(v."stepId" ORDER BY s.step_no DESC) FILTER (WHERE s.is_at_hand))[1] AS step_id,
         (array_agg(v."stepDisplayName" ORDER BY s.step_no DESC) FILTER (WHERE s.is_at_hand))[1] AS step_name,
         (array_agg(v."stepOrder" ORDER BY s.step_no DESC) FILTER (WHERE s.is_at_hand))[1] AS step_order
    FROM (SELECT f.*, coalesce(k.leadping, f.kind) AS type, workflow_api.step_state(f.status, f.next_retry_at) AS state,
                 k.ord, k.name AS task, is_open AND f.ended_at IS NULL AS is_at_hand
            FROM (SELECT g.step_no, g.reference, g.visit, g.kind, g.status, g.title, g.name, g.scheduled_at, g.started_at, g.ended_at,
                         g.next_retry_at, g.retry_count, g.error_code, g.error_summary, g.skip_code
                    FROM workflow.step g WHERE g.run_id = run AND workflow_api.is_listed(g.kind, g.status)) f
            LEFT JOIN workflow_api.task k ON k.definition_id = definition AND k.reference = f.reference OFFSET 0) s
   CROSS JOIN LATERAL (
         SELECT workflow.step_id(run, s.reference, s.visit) AS id,
                workflow.task_id(workflow, version, s.reference) AS "stepId",
                coalesce(s.ord, s.step_no) AS "stepOrder",
                coalesce(s.title, s.task, s.name) AS "stepDisplayName",
                s.type AS "actionType",
                coalesce((SELECT l.label FROM workflow_api.label l WHERE l.kind = 'action' AND l.word = s.type),
                         workflow_api.readable(s.type)) AS "actionTypeDisplay",
                s.state AS status,
                (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'status' AND l.word = s.state) AS "statusDisplay",
                workflow_api.at_dotnet(least(s.scheduled_at, s.started_at)) AS "scheduledAt",
                workflow_api.at_dotnet(s.started_at) AS "startedAt",
                CASE s.status WHEN 'completed' THEN workflow_api.at_dotnet(s.ended_at) END AS "completedAt",
                CASE s.status WHEN 'faulted' THEN workflow_api.at_dotnet(s.ended_at) END AS "failedAt",
                CASE s.status WHEN 'skipped' THEN workflow_api.at_dotnet(s.ended_at) END AS "skippedAt",
                s.retry_count + (s.next_retry_at IS NOT NULL)::int AS "retryCount",
                workflow_api.at_dotnet(s.next_retry_at) AS "nextRetryAt",
                summaries ->> s.step_no::text AS "userSummary",
                coalesce(s.error_summary,
                         (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'skip' AND l.word = s.skip_code),
                         workflow_api.readable(s.skip_code)) AS "safeReason",
                s.error_code AS "failureCode",
                details ->> (run || ':' || s.step_no) AS "adminDiagnostics" OFFSET 0) v
$$;
COMMENT ON FUNCTION workflow_api.leadping_actions IS 'Leadping: actions of a run';

CREATE OR REPLACE FUNCTION workflow_api.leadping_events(run uuid, workflow uuid, version text, ids jsonb, details jsonb)
RETURNS TABLE (events json[])
LANGUAGE sql STABLE AS $$
  SELECT array_agg(row_to_json(v) ORDER BY e.seq) AS events
    FROM (SELECT f.run_id || '.' || f.seq AS id, f.seq, f.step_no, f.type, f.reference, f.summary, f.reason_code, f.occurred_at,
                 workflow_api.event_state(f.type) AS state
            FROM workflow.event f WHERE f.run_id = run OFFSET 0) e
   CROSS JOIN LATERAL (
         SELECT e.id,
                workflow.task_id(workflow, version, e.reference) AS "stepId",
                ids ->> e.step_no::text AS "actionId",
                e.type AS "eventType",
                e.state AS status,
                (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'status' AND l.word = e.state) AS "statusDisplay",
                coalesce(e.summary, (SELECT l.label FROM workflow_api.label l WHERE l.kind = 'event' AND l.word = e.type),
                         workflow_api.readable(e.type)) AS summary,
                e.reason_code AS "reasonCode",
                workflow_api.at_dotnet(e.occurred_at) AS "occurredAt",
                details ->> e.id AS "adminDiagnostics") v
$$;
COMMENT ON FUNCTION workflow_api.leadping_events IS 'Leadping: events of a run';

-- Runs of a lead with actions and events, by one statement for them all: to begin one costs as
-- much as what it does for a run. What an action or an event is looked up by is collected per
-- run, so that a run of many steps costs no more for each.
CREATE OR REPLACE FUNCTION workflow_api.leadping_items(ids uuid[], details jsonb) RETURNS json[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN ARRAY(
    SELECT row_to_json(x)
      FROM unnest(ids) WITH ORDINALITY i (id, n)
     CROSS JOIN LATERAL (
           SELECT g.*, workflow_api.remember(g.run_id) AS seen, workflow_api.run_state(g.status, g.waiting_for) AS state
             FROM (SELECT f.run_id, f.trigger_id, f.definition_id, f.tenant, f.recipient_id, f.status, f.waiting_for, f.next_wake_at,
                          f.next_retry_at, f.last_executed_at, f.started_at, f.updated_at, f.ended_at, f.retry_count, f.max_retries,
                          f.error_code, f.error_summary, f.skip_code, f.workflow
                     FROM workflow.run f WHERE f.run_id = i.id LIMIT 1) g OFFSET 0) r
      LEFT JOIN workflow.definition d ON d.definition_id = r.definition_id
      LEFT JOIN LATERAL (
           SELECT f.source_type, f.event_id, f.correlation_id FROM workflow.trigger f WHERE f.trigger_id = r.trigger_id LIMIT 1) t ON true
     CROSS JOIN LATERAL (
           SELECT jsonb_object_agg(f.step_no, f.summary ORDER BY f.action_no) AS summaries,
                  (array_agg(f.summary ORDER BY f.action_no DESC) FILTER (WHERE f.summary IS NOT NULL))[1] AS summary
             FROM workflow.action f WHERE f.run_id = r.run_id) a
     CROSS JOIN LATERAL workflow_api.leadping_actions(r.run_id, r.definition_id, d.workflow_id, d.version, r.ended_at IS NULL,
                                                      a.summaries, details) s
     CROSS JOIN LATERAL workflow_api.leadping_events(r.run_id, d.workflow_id, d.version, s.ids, details) e
     CROSS JOIN LATERAL (
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
                  s.step_id AS "currentStepId",
                  s.step_name AS "currentStepName",
                  s.step_order AS "currentStepOrder",
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
                  a.summary AS "lastActionSummary",
                  coalesce(t.correlation_id, r.trigger_id::text) AS "correlationId",
                  t.event_id AS "sourceEventId",
                  concat_ws('/', r.workflow, t.event_id, r.recipient_id) AS "executionKey",
                  details ->> r.run_id::text AS "internalErrorDetails",
                  coalesce(array_to_json(s.actions), '[]') AS actions,
                  coalesce(array_to_json(e.events), '[]') AS events) x
     ORDER BY i.n);
END $$;
COMMENT ON FUNCTION workflow_api.leadping_items IS 'Leadping: these runs with actions and events';

-- NULL = nothing ever ran for this lead. A lead is a recipient, of whatever collection.
-- Newest run first; of more than 100 runs the newest 100, so that the answer has a bound.
CREATE OR REPLACE FUNCTION workflow_api.leadping_workflow_status(lead_id text, operator bool DEFAULT false) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
  ids CONSTANT uuid[] := workflow_api.run_ids(NULL, NULL, NULL, lead_id, NULL, '00000000-0000-0000-0000-000000000000',
                                              'ffffffff-ffff-ffff-ffff-ffffffffffff', true, 100);
BEGIN
  IF cardinality(ids) = 0 THEN
    RETURN NULL;
  END IF;
  RETURN row_to_json(x) FROM (
    SELECT lead_id AS "leadId",
           array_to_json(workflow_api.leadping_items(ids, CASE WHEN operator THEN workflow_api.leadping_internal(ids) END)) AS runs) x;
END $$;
COMMENT ON FUNCTION workflow_api.leadping_workflow_status IS 'Leadping: all runs of a lead with actions and events; NULL = there is none';
