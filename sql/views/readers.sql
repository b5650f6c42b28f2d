-- What readers query: one view per table, without internal columns, with columns in the
-- order people read them. New columns are only added at the end. Each view reads with the
-- rights of who asks, so row-level security by tenant holds.
CREATE OR REPLACE VIEW workflow.triggers WITH (security_invoker = true) AS
SELECT trigger_id, tenant, workflow, workflow_version, type, event_id, source_type, source_name, subject,
       recipient_count, cancellation_key, correlation_id, audience_key, schedule_id, parent_run_id, parent_step_no,
       actor, settings, data, event_time, received_at, topic, partition, record_offset, traceparent
  FROM workflow.trigger;
COMMENT ON VIEW workflow.triggers IS 'Accepted triggers';

CREATE OR REPLACE VIEW workflow.runs WITH (security_invoker = true) AS
SELECT r.run_id, r.trigger_id, r.tenant, r.workflow, r.workflow_version, r.recipient_collection, r.recipient_id,
       r.status, r.waiting_for, r.next_wake_at, r.reason_code, r.reason_text,
       r.current_step_no, r.current_reference, r.current_step_name,
       r.created_at, r.started_at, r.updated_at, r.last_executed_at, r.ended_at,
       CASE WHEN r.status = 'completed' THEN r.ended_at END AS completed_at,
       CASE WHEN r.status = 'faulted' THEN r.ended_at END AS faulted_at,
       CASE WHEN r.status = 'cancelled' THEN r.ended_at END AS cancelled_at,
       r.retry_count, r.max_retries, r.next_retry_at, r.error_count, r.error_code, r.error_summary, r.skip_code,
       r.input, r.context, r.output, r.last_seq, r.definition_id
  FROM workflow.run r;
COMMENT ON VIEW workflow.runs IS 'Runs with their current status';

CREATE OR REPLACE VIEW workflow.steps WITH (security_invoker = true) AS
SELECT run_id, step_no, parent_step_no, reference, name, title, kind, visit, status, outcome,
       attempt, max_attempts, retry_count, next_retry_at, scheduled_at, started_at, due_at, ended_at, updated_at,
       external_reference, skip_code, error_code, error_summary, input, output
  FROM workflow.step;
COMMENT ON VIEW workflow.steps IS 'Steps of runs with their current status';

CREATE OR REPLACE VIEW workflow.actions WITH (security_invoker = true) AS
SELECT run_id, action_no, run_id || ':' || action_no AS action_id, step_no, function, status, outcome,
       attempt, max_attempts, next_retry_at, requested_at, deadline_at, ended_at, updated_at,
       external_reference, summary, error_code, error_summary, input, output
  FROM workflow.action;
COMMENT ON VIEW workflow.actions IS 'Actions of runs with their current status';

CREATE OR REPLACE VIEW workflow.events WITH (security_invoker = true) AS
SELECT run_id, seq, occurred_at, type, level, step_no, reference, action_no, attempt, reason_code, summary, data
  FROM workflow.event;
COMMENT ON VIEW workflow.events IS 'Every fact about every run';
