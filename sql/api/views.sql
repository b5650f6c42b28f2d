-- For people who write SQL: what happened to whom, and where it stands. Stable: columns are
-- only added, at the end. Each view reads with the rights of who asks, so row-level security
-- by tenant holds. Filter by run_id, recipient_id or time, which have indexes: a time is a
-- bound on run_id, WHERE run_id >= workflow.uuid_at(now() - interval '1 hour').
CREATE OR REPLACE VIEW workflow_api.runs WITH (security_invoker = true) AS
SELECT r.run_id, r.trigger_id, r.tenant, r.workflow, coalesce(d.title, d.name) AS workflow_name, d.workflow_id, r.workflow_version,
       r.recipient_collection, r.recipient_id, r.status, r.waiting_for, r.next_wake_at, r.next_retry_at,
       r.reason_code, r.reason_text, r.skip_code, r.error_count, r.error_code, r.error_summary, r.retry_count, r.max_retries,
       r.current_step_no, r.current_reference, coalesce(k.title, r.current_step_name) AS current_step_name,
       t.source_type, t.source_name, t.type AS event_type, t.event_id, t.actor, t.correlation_id, t.cancellation_key,
       t.audience_key, t.schedule_id,
       r.created_at, r.started_at, r.last_executed_at, r.updated_at, r.ended_at, r.input, r.output
  FROM workflow.run r
  LEFT JOIN workflow.trigger t ON t.trigger_id = r.trigger_id
  LEFT JOIN workflow.definition d ON d.definition_id = r.definition_id
  LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = r.current_reference;
COMMENT ON VIEW workflow_api.runs IS 'Runs with what started them and where they are';
COMMENT ON COLUMN workflow_api.runs.run_id IS 'The run; its time is in it: workflow.uuid_time(run_id)';
COMMENT ON COLUMN workflow_api.runs.trigger_id IS 'What started it; the runs of all recipients of one trigger have it in common';
COMMENT ON COLUMN workflow_api.runs.tenant IS 'Whose run it is; NULL = nobody''s in particular';
COMMENT ON COLUMN workflow_api.runs.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.runs.workflow_name IS 'The workflow for people: its title, else its name';
COMMENT ON COLUMN workflow_api.runs.workflow_id IS 'The workflow as the HTTP answers name it';
COMMENT ON COLUMN workflow_api.runs.workflow_version IS 'Version that the run keeps to';
COMMENT ON COLUMN workflow_api.runs.recipient_collection IS 'Kind of recipient; NULL = a plain id';
COMMENT ON COLUMN workflow_api.runs.recipient_id IS 'Whom it is about; NULL = nobody';
COMMENT ON COLUMN workflow_api.runs.status IS 'pending, running, waiting, suspended, cancelled, faulted or completed';
COMMENT ON COLUMN workflow_api.runs.waiting_for IS 'What an open run waits for: timer, retry, action, event, child or resume';
COMMENT ON COLUMN workflow_api.runs.next_wake_at IS 'When it goes on by itself, at the latest';
COMMENT ON COLUMN workflow_api.runs.next_retry_at IS 'When the failed step is tried again';
COMMENT ON COLUMN workflow_api.runs.reason_code IS 'Why it has its status, as a machine word';
COMMENT ON COLUMN workflow_api.runs.reason_text IS 'Why it has its status, in words';
COMMENT ON COLUMN workflow_api.runs.skip_code IS 'Why the last skipped step was skipped';
COMMENT ON COLUMN workflow_api.runs.error_count IS 'Errors met, those of attempts that were repeated included';
COMMENT ON COLUMN workflow_api.runs.error_code IS 'The last error, as a machine word';
COMMENT ON COLUMN workflow_api.runs.error_summary IS 'The last error, in words';
COMMENT ON COLUMN workflow_api.runs.retry_count IS 'Retries of the step at hand so far';
COMMENT ON COLUMN workflow_api.runs.max_retries IS 'Retries allowed for it; NULL = no limit or none';
COMMENT ON COLUMN workflow_api.runs.current_step_no IS 'The step it is at; NULL once it has ended';
COMMENT ON COLUMN workflow_api.runs.current_reference IS 'JSON pointer of that step''s task';
COMMENT ON COLUMN workflow_api.runs.current_step_name IS 'That step for people: its title, else its name';
COMMENT ON COLUMN workflow_api.runs.source_type IS 'What kind of thing triggered: api, audience, schedule, broadcast, workflow_step, integration, rehearsal';
COMMENT ON COLUMN workflow_api.runs.source_name IS 'What triggered, by name';
COMMENT ON COLUMN workflow_api.runs.event_type IS 'The producer''s type of the trigger event, e.g. lead.created';
COMMENT ON COLUMN workflow_api.runs.event_id IS 'The producer''s id of the trigger event';
COMMENT ON COLUMN workflow_api.runs.actor IS 'Who caused it: a text, or {collection, id}';
COMMENT ON COLUMN workflow_api.runs.correlation_id IS 'The producer''s id for following something across systems';
COMMENT ON COLUMN workflow_api.runs.cancellation_key IS 'Key by which it can be cancelled';
COMMENT ON COLUMN workflow_api.runs.audience_key IS 'Audience that triggered';
COMMENT ON COLUMN workflow_api.runs.schedule_id IS 'Schedule that triggered';
COMMENT ON COLUMN workflow_api.runs.created_at IS 'When its trigger was accepted';
COMMENT ON COLUMN workflow_api.runs.started_at IS 'When its first step was entered';
COMMENT ON COLUMN workflow_api.runs.last_executed_at IS 'When a step of it last did something';
COMMENT ON COLUMN workflow_api.runs.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow_api.runs.ended_at IS 'When it ended, in whatever way; NULL = open';
COMMENT ON COLUMN workflow_api.runs.input IS 'Input of the workflow';
COMMENT ON COLUMN workflow_api.runs.output IS 'Output of the workflow, once completed';

CREATE OR REPLACE VIEW workflow_api.steps WITH (security_invoker = true) AS
SELECT s.run_id, s.step_no, workflow.step_id(s.run_id, s.reference, s.visit) AS step_id, s.parent_step_no,
       workflow.task_id(d.workflow_id, d.version, s.reference) AS task_id, k.ord, s.reference, coalesce(s.title, s.name) AS name,
       coalesce(k.type, s.kind) AS type, s.kind, s.visit, s.status, s.outcome, s.skip_code,
       s.attempt, s.max_attempts, s.retry_count, s.next_retry_at,
       s.scheduled_at, s.started_at, s.due_at, s.ended_at, s.updated_at,
       s.external_reference, s.error_code, s.error_summary, s.input, s.output,
       r.tenant, r.workflow, r.recipient_collection, r.recipient_id
  FROM workflow.step s
  JOIN workflow.run r ON r.run_id = s.run_id
  LEFT JOIN workflow.definition d ON d.definition_id = r.definition_id
  LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = s.reference;
COMMENT ON VIEW workflow_api.steps IS 'Steps of runs, one row per visit of a task';
COMMENT ON COLUMN workflow_api.steps.run_id IS 'The run';
COMMENT ON COLUMN workflow_api.steps.step_no IS 'Order of entry in the run, from 1';
COMMENT ON COLUMN workflow_api.steps.step_id IS 'The step as the HTTP answers name it';
COMMENT ON COLUMN workflow_api.steps.parent_step_no IS 'The step around it; NULL = the workflow itself';
COMMENT ON COLUMN workflow_api.steps.task_id IS 'The task as the HTTP answers name it';
COMMENT ON COLUMN workflow_api.steps.ord IS 'Place of the task in the document, from 1';
COMMENT ON COLUMN workflow_api.steps.reference IS 'JSON pointer of the task in the document';
COMMENT ON COLUMN workflow_api.steps.name IS 'The task for people: its title, else its name';
COMMENT ON COLUMN workflow_api.steps.type IS 'What the task is to people, one word: voice_call, sms, delay, branch and so on';
COMMENT ON COLUMN workflow_api.steps.kind IS 'Kind of task: call, set, switch, wait and so on';
COMMENT ON COLUMN workflow_api.steps.visit IS 'How often this run entered this task, retries apart, from 1';
COMMENT ON COLUMN workflow_api.steps.status IS 'pending, running, waiting, suspended, cancelled, faulted, completed or skipped';
COMMENT ON COLUMN workflow_api.steps.outcome IS 'How it ended, as a machine word such as no_answer; of a switch the case taken';
COMMENT ON COLUMN workflow_api.steps.skip_code IS 'Why it was skipped';
COMMENT ON COLUMN workflow_api.steps.attempt IS 'Tries of this visit, from 1';
COMMENT ON COLUMN workflow_api.steps.max_attempts IS 'Tries allowed; NULL = no limit or none';
COMMENT ON COLUMN workflow_api.steps.retry_count IS 'Retries of this visit so far';
COMMENT ON COLUMN workflow_api.steps.next_retry_at IS 'When its next try starts';
COMMENT ON COLUMN workflow_api.steps.scheduled_at IS 'When the run reached it, or when its next try starts';
COMMENT ON COLUMN workflow_api.steps.started_at IS 'When it began';
COMMENT ON COLUMN workflow_api.steps.due_at IS 'When what it waits for is due';
COMMENT ON COLUMN workflow_api.steps.ended_at IS 'When it ended, in whatever way';
COMMENT ON COLUMN workflow_api.steps.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow_api.steps.external_reference IS 'The outside system''s id, such as a call id';
COMMENT ON COLUMN workflow_api.steps.error_code IS 'Its last error, as a machine word';
COMMENT ON COLUMN workflow_api.steps.error_summary IS 'Its last error, in words';
COMMENT ON COLUMN workflow_api.steps.input IS 'Its input';
COMMENT ON COLUMN workflow_api.steps.output IS 'Its output';
COMMENT ON COLUMN workflow_api.steps.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.steps.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.steps.recipient_collection IS 'Kind of recipient of the run; NULL = a plain id';
COMMENT ON COLUMN workflow_api.steps.recipient_id IS 'Whom the run is about; NULL = nobody';

CREATE OR REPLACE VIEW workflow_api.actions WITH (security_invoker = true) AS
SELECT a.run_id, a.action_no, a.run_id || ':' || a.action_no AS action_id, a.step_no, a.function, a.status, a.outcome,
       a.attempt, a.max_attempts, a.next_retry_at, a.requested_at, a.deadline_at, a.ended_at, a.updated_at,
       a.external_reference, a.summary, a.error_code, a.error_summary, a.input, a.output,
       r.tenant, r.workflow, r.recipient_collection, r.recipient_id
  FROM workflow.action a
  JOIN workflow.run r ON r.run_id = a.run_id;
COMMENT ON VIEW workflow_api.actions IS 'What workers were asked to do for runs, and what they answered';
COMMENT ON COLUMN workflow_api.actions.run_id IS 'The run';
COMMENT ON COLUMN workflow_api.actions.action_no IS 'Number of the action in its run, from 1';
COMMENT ON COLUMN workflow_api.actions.action_id IS 'The action as workers know it';
COMMENT ON COLUMN workflow_api.actions.step_no IS 'The step that wants it';
COMMENT ON COLUMN workflow_api.actions.function IS 'Name of the function';
COMMENT ON COLUMN workflow_api.actions.status IS 'running until answered, then completed, faulted or cancelled';
COMMENT ON COLUMN workflow_api.actions.outcome IS 'How it ended, as a machine word such as no_answer';
COMMENT ON COLUMN workflow_api.actions.attempt IS 'The present attempt, from 1';
COMMENT ON COLUMN workflow_api.actions.max_attempts IS 'Attempts allowed; NULL = no limit or none';
COMMENT ON COLUMN workflow_api.actions.next_retry_at IS 'When the next attempt starts';
COMMENT ON COLUMN workflow_api.actions.requested_at IS 'When the present attempt was requested';
COMMENT ON COLUMN workflow_api.actions.deadline_at IS 'When the present attempt is given up';
COMMENT ON COLUMN workflow_api.actions.ended_at IS 'When it was answered for good';
COMMENT ON COLUMN workflow_api.actions.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow_api.actions.external_reference IS 'The outside system''s id, such as a call id';
COMMENT ON COLUMN workflow_api.actions.summary IS 'The worker''s words for the customer';
COMMENT ON COLUMN workflow_api.actions.error_code IS 'Its last error, as a machine word';
COMMENT ON COLUMN workflow_api.actions.error_summary IS 'Its last error, in words';
COMMENT ON COLUMN workflow_api.actions.input IS 'Arguments that the worker got';
COMMENT ON COLUMN workflow_api.actions.output IS 'What the worker gave back';
COMMENT ON COLUMN workflow_api.actions.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.actions.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.actions.recipient_collection IS 'Kind of recipient of the run; NULL = a plain id';
COMMENT ON COLUMN workflow_api.actions.recipient_id IS 'Whom the run is about; NULL = nobody';

CREATE OR REPLACE VIEW workflow_api.events WITH (security_invoker = true) AS
SELECT e.run_id, e.seq, e.run_id || '.' || e.seq AS event_id, e.occurred_at, e.type, e.level, e.step_no, e.reference,
       coalesce(k.title, k.name) AS step_name, k.type AS step_type, e.action_no, e.attempt, e.reason_code, e.summary, e.data,
       r.tenant, r.workflow, r.recipient_collection, r.recipient_id
  FROM workflow.event e
  JOIN workflow.run r ON r.run_id = e.run_id
  LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = e.reference;
COMMENT ON VIEW workflow_api.events IS 'Every fact about every run; ORDER BY run_id, seq';
COMMENT ON COLUMN workflow_api.events.run_id IS 'The run';
COMMENT ON COLUMN workflow_api.events.seq IS 'Place in the run''s history: 1, 2, 3 without gaps';
COMMENT ON COLUMN workflow_api.events.event_id IS 'The event as the HTTP answers name it';
COMMENT ON COLUMN workflow_api.events.occurred_at IS 'When, by the database''s clock';
COMMENT ON COLUMN workflow_api.events.type IS 'What happened: run.created, step.started, action.completed and so on; the set is open';
COMMENT ON COLUMN workflow_api.events.level IS 'ok or error';
COMMENT ON COLUMN workflow_api.events.step_no IS 'The step it is about; NULL = the run';
COMMENT ON COLUMN workflow_api.events.reference IS 'JSON pointer of that step''s task';
COMMENT ON COLUMN workflow_api.events.step_name IS 'That task for people: its title, else its name';
COMMENT ON COLUMN workflow_api.events.step_type IS 'What that task is to people, one word';
COMMENT ON COLUMN workflow_api.events.action_no IS 'The action it is about';
COMMENT ON COLUMN workflow_api.events.attempt IS 'Attempt of the step or action, from 1';
COMMENT ON COLUMN workflow_api.events.reason_code IS 'Why, as a machine word';
COMMENT ON COLUMN workflow_api.events.summary IS 'Why, in words';
COMMENT ON COLUMN workflow_api.events.data IS 'What else was found out or decided';
COMMENT ON COLUMN workflow_api.events.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.events.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.events.recipient_collection IS 'Kind of recipient of the run; NULL = a plain id';
COMMENT ON COLUMN workflow_api.events.recipient_id IS 'Whom the run is about; NULL = nobody';

CREATE OR REPLACE VIEW workflow_api.waiting WITH (security_invoker = true) AS
SELECT r.run_id, r.tenant, r.workflow, r.recipient_collection, r.recipient_id, r.status, r.waiting_for,
       r.updated_at AS since, r.next_wake_at AS until, r.current_reference AS reference,
       coalesce(k.title, r.current_step_name) AS step_name, k.type AS step_type,
       r.retry_count, r.max_retries, r.error_code, r.error_summary, r.reason_text
  FROM workflow.run r
  LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = r.current_reference
 WHERE r.ended_at IS NULL;
COMMENT ON VIEW workflow_api.waiting IS 'Open runs, and for what each of them waits';
COMMENT ON COLUMN workflow_api.waiting.run_id IS 'The run';
COMMENT ON COLUMN workflow_api.waiting.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.waiting.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.waiting.recipient_collection IS 'Kind of recipient; NULL = a plain id';
COMMENT ON COLUMN workflow_api.waiting.recipient_id IS 'Whom it is about; NULL = nobody';
COMMENT ON COLUMN workflow_api.waiting.status IS 'pending, running, waiting or suspended';
COMMENT ON COLUMN workflow_api.waiting.waiting_for IS 'timer, retry, action, event, child or resume';
COMMENT ON COLUMN workflow_api.waiting.since IS 'Since when';
COMMENT ON COLUMN workflow_api.waiting.until IS 'When it goes on by itself, at the latest; NULL = only when somebody acts';
COMMENT ON COLUMN workflow_api.waiting.reference IS 'JSON pointer of the task it is at';
COMMENT ON COLUMN workflow_api.waiting.step_name IS 'That task for people: its title, else its name';
COMMENT ON COLUMN workflow_api.waiting.step_type IS 'What that task is to people, one word';
COMMENT ON COLUMN workflow_api.waiting.retry_count IS 'Retries of that step so far';
COMMENT ON COLUMN workflow_api.waiting.max_retries IS 'Retries allowed for it; NULL = no limit or none';
COMMENT ON COLUMN workflow_api.waiting.error_code IS 'The last error met, as a machine word';
COMMENT ON COLUMN workflow_api.waiting.error_summary IS 'The last error met, in words';
COMMENT ON COLUMN workflow_api.waiting.reason_text IS 'Why it was suspended, in words';

CREATE OR REPLACE VIEW workflow_api.failures WITH (security_invoker = true) AS
SELECT s.run_id, s.step_no, r.tenant, r.workflow, r.recipient_collection, r.recipient_id, r.status AS run_status,
       s.reference, coalesce(s.title, s.name) AS step_name, coalesce(k.type, s.kind) AS step_type, s.status AS step_status,
       s.attempt, s.max_attempts, s.next_retry_at, s.outcome, s.error_code, s.error_summary, s.external_reference, s.updated_at
  FROM workflow.step s
  JOIN workflow.run r ON r.run_id = s.run_id
  LEFT JOIN workflow.task k ON k.definition_id = r.definition_id AND k.reference = s.reference
 WHERE s.error_code IS NOT NULL AND s.kind NOT IN ('do', 'try');
COMMENT ON VIEW workflow_api.failures IS 'Steps whose last try failed, also where the run went on or tries again';
COMMENT ON COLUMN workflow_api.failures.run_id IS 'The run';
COMMENT ON COLUMN workflow_api.failures.step_no IS 'The step that failed';
COMMENT ON COLUMN workflow_api.failures.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.failures.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.failures.recipient_collection IS 'Kind of recipient of the run; NULL = a plain id';
COMMENT ON COLUMN workflow_api.failures.recipient_id IS 'Whom the run is about; NULL = nobody';
COMMENT ON COLUMN workflow_api.failures.run_status IS 'What became of the run';
COMMENT ON COLUMN workflow_api.failures.reference IS 'JSON pointer of the task';
COMMENT ON COLUMN workflow_api.failures.step_name IS 'The task for people: its title, else its name';
COMMENT ON COLUMN workflow_api.failures.step_type IS 'What the task is to people, one word';
COMMENT ON COLUMN workflow_api.failures.step_status IS 'faulted, or waiting for the next try';
COMMENT ON COLUMN workflow_api.failures.attempt IS 'Tries so far';
COMMENT ON COLUMN workflow_api.failures.max_attempts IS 'Tries allowed; NULL = no limit or none';
COMMENT ON COLUMN workflow_api.failures.next_retry_at IS 'When the next try starts';
COMMENT ON COLUMN workflow_api.failures.outcome IS 'The worker''s word for it';
COMMENT ON COLUMN workflow_api.failures.error_code IS 'The error, as a machine word';
COMMENT ON COLUMN workflow_api.failures.error_summary IS 'The error, in words';
COMMENT ON COLUMN workflow_api.failures.external_reference IS 'The outside system''s id, such as a call id';
COMMENT ON COLUMN workflow_api.failures.updated_at IS 'When the try failed, or what followed from it happened';
