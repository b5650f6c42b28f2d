-- What:     triggers, events, the read tables run, step and action, and snapshots
-- Why:      history is appended once; current status is kept beside it in the same commit
-- Breaking: no
-- Lock:     none on existing tables
--
-- All are partitioned by the time in the UUIDv7 key, with the same weekly bounds
-- (workflow.ensure_partitions). Runs of a trigger are the key range behind its id, so no
-- index on trigger_id is needed. No index holds a column that changes, so that updates stay
-- HOT, with one exception: a run's state stands in two indexes, because lists are asked for
-- by it, at any depth and for states that few runs have, and nothing else bounds how many
-- rows are looked at. It is one short column, made of those that it depends on, so that
-- every update of a run that leaves its state as it is still touches no index.
CREATE TABLE workflow.trigger (
  trigger_id       uuid NOT NULL PRIMARY KEY,
  received_at      timestamptz NOT NULL,
  event_time       timestamptz,
  definition_id    int NOT NULL,
  recipient_count  int NOT NULL,
  record_offset    bigint NOT NULL,
  partition        int NOT NULL,
  home             smallint NOT NULL,
  topic            text NOT NULL,
  event_id         text NOT NULL,
  type             text,
  source_type      text NOT NULL CHECK (source_type IN
    ('api', 'audience', 'schedule', 'broadcast', 'workflow_step', 'integration', 'rehearsal')),
  source_name      text,
  tenant           text,
  subject          text,
  workflow         text NOT NULL,
  workflow_version text NOT NULL,
  audience_key     text,
  schedule_id      text,
  cancellation_key text,
  correlation_id   text,
  traceparent      text,
  parent_run_id    uuid,
  parent_step_no   int,
  depth            int,
  actor            jsonb,
  settings         jsonb,
  data             json
) PARTITION BY RANGE (trigger_id);
CREATE INDEX trigger_cancellation ON workflow.trigger (cancellation_key, home) WHERE cancellation_key IS NOT NULL;
COMMENT ON INDEX workflow.trigger_cancellation IS 'What is cancelled by key';
COMMENT ON TABLE workflow.trigger IS 'One row per accepted pair of trigger event and workflow';
COMMENT ON COLUMN workflow.trigger.trigger_id IS 'UUIDv7 of the trigger; its runs have the keys right behind it';
COMMENT ON COLUMN workflow.trigger.received_at IS 'When it was accepted, by the database''s clock';
COMMENT ON COLUMN workflow.trigger.event_time IS 'When it happened, by the producer''s clock';
COMMENT ON COLUMN workflow.trigger.definition_id IS 'The definition its runs follow';
COMMENT ON COLUMN workflow.trigger.recipient_count IS 'Recipients after removing repeats; a trigger without recipients counts one';
COMMENT ON COLUMN workflow.trigger.record_offset IS 'Offset of the record';
COMMENT ON COLUMN workflow.trigger.partition IS 'Partition of the record';
COMMENT ON COLUMN workflow.trigger.home IS 'Home of the trigger and of its runs';
COMMENT ON COLUMN workflow.trigger.topic IS 'Topic of the record';
COMMENT ON COLUMN workflow.trigger.event_id IS 'The producer''s id of the trigger event';
COMMENT ON COLUMN workflow.trigger.type IS 'The producer''s type of the trigger event; NULL = not said';
COMMENT ON COLUMN workflow.trigger.source_type IS 'What kind of thing triggered: api, audience, schedule, broadcast, workflow_step, integration, rehearsal';
COMMENT ON COLUMN workflow.trigger.source_name IS 'What triggered, by name';
COMMENT ON COLUMN workflow.trigger.tenant IS 'Whose trigger it is; row-level security goes by it';
COMMENT ON COLUMN workflow.trigger.subject IS 'What the trigger event is about, as the producer said';
COMMENT ON COLUMN workflow.trigger.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow.trigger.workflow_version IS 'Version of the workflow';
COMMENT ON COLUMN workflow.trigger.audience_key IS 'Audience that triggered, for source_type audience';
COMMENT ON COLUMN workflow.trigger.schedule_id IS 'Schedule that triggered, for source_type schedule';
COMMENT ON COLUMN workflow.trigger.cancellation_key IS 'Key by which its runs can be cancelled';
COMMENT ON COLUMN workflow.trigger.correlation_id IS 'The producer''s id for following something across systems';
COMMENT ON COLUMN workflow.trigger.traceparent IS 'W3C trace context of the producer';
COMMENT ON COLUMN workflow.trigger.parent_run_id IS 'The run that triggered, for source_type workflow_step';
COMMENT ON COLUMN workflow.trigger.parent_step_no IS 'The step of that run';
COMMENT ON COLUMN workflow.trigger.depth IS 'How many runs stand above: 1 = a child, 2 = a child''s child; NULL = none';
COMMENT ON COLUMN workflow.trigger.actor IS 'Who caused it: a text, or {collection, id}';
COMMENT ON COLUMN workflow.trigger.settings IS 'Settings of the trigger event';
COMMENT ON COLUMN workflow.trigger.data IS 'The data as received, byte for byte; NULL = none was sent';

CREATE TABLE workflow.event (
  run_id          uuid NOT NULL,
  seq             int NOT NULL,
  step_no         int,
  occurred_at     timestamptz NOT NULL,
  action_no       int,
  attempt         int,
  type            text NOT NULL,
  level           text NOT NULL CHECK (level IN ('ok', 'error')),
  reference       text,
  reason_code     text,
  summary         text,
  detail_internal text,
  data            jsonb,
  PRIMARY KEY (run_id, seq)
) PARTITION BY RANGE (run_id);
COMMENT ON TABLE workflow.event IS 'Every fact about every run, appended once, never changed';
COMMENT ON COLUMN workflow.event.run_id IS 'The run';
COMMENT ON COLUMN workflow.event.seq IS 'Place in the run''s history: 1, 2, 3 without gaps';
COMMENT ON COLUMN workflow.event.step_no IS 'The step it is about; NULL = the run';
COMMENT ON COLUMN workflow.event.occurred_at IS 'When, by the database''s clock';
COMMENT ON COLUMN workflow.event.action_no IS 'The action it is about';
COMMENT ON COLUMN workflow.event.attempt IS 'Attempt of the step or action, from 1';
COMMENT ON COLUMN workflow.event.type IS 'What happened: run.created, step.started, action.completed and so on; the set is open';
COMMENT ON COLUMN workflow.event.level IS 'ok or error';
COMMENT ON COLUMN workflow.event.reference IS 'JSON pointer of the task in the definition, e.g. /do/2/callLead';
COMMENT ON COLUMN workflow.event.reason_code IS 'Why, as a machine word';
COMMENT ON COLUMN workflow.event.summary IS 'Why, in words for the customer';
COMMENT ON COLUMN workflow.event.detail_internal IS 'Diagnostics for the operator alone';
COMMENT ON COLUMN workflow.event.data IS 'What else was found out or decided; NULL = nothing';

CREATE TABLE workflow.run (
  run_id               uuid NOT NULL PRIMARY KEY,
  trigger_id           uuid NOT NULL,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  started_at           timestamptz,
  last_executed_at     timestamptz,
  next_wake_at         timestamptz,
  next_retry_at        timestamptz,
  ended_at             timestamptz,
  definition_id        int NOT NULL,
  last_seq             int NOT NULL,
  current_step_no      int,
  retry_count          int NOT NULL,
  max_retries          int,
  error_count          int NOT NULL,
  status               text NOT NULL CHECK (status IN
    ('pending', 'running', 'waiting', 'suspended', 'cancelled', 'faulted', 'completed')),
  waiting_for          text CHECK (waiting_for IN ('timer', 'retry', 'action', 'event', 'child', 'resume')),
  tenant               text,
  workflow             text NOT NULL,
  workflow_version     text NOT NULL,
  recipient_collection text,
  recipient_id         text,
  reason_code          text,
  reason_text          text,
  current_reference    text,
  current_step_name    text,
  skip_code            text,
  error_code           text,
  error_summary        text,
  error_detail_internal text,
  input                jsonb,
  context              jsonb,
  output               jsonb,
  state_key            text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN status = 'pending' THEN 'q'
         WHEN status = 'running' OR (status = 'waiting' AND waiting_for = 'action') THEN 'r'
         WHEN status IN ('waiting', 'suspended') THEN 'p'
         WHEN status = 'cancelled' THEN 'x'
         ELSE 'c' END
    || CASE WHEN error_count > 0 THEN 'e' ELSE '' END) STORED
) PARTITION BY RANGE (run_id);
CREATE INDEX run_recipient ON workflow.run (recipient_id, tenant, state_key, run_id, workflow COLLATE "C",
  (CASE WHEN recipient_collection IS NULL THEN '' ELSE recipient_collection END) COLLATE "C");
CREATE INDEX run_state ON workflow.run (tenant, state_key, run_id);
CREATE INDEX run_workflow ON workflow.run (tenant, workflow, state_key, run_id);
COMMENT ON INDEX workflow.run_recipient IS 'What happened to this lead: all states, or some, merged; the last two columns only filter';
COMMENT ON INDEX workflow.run_state IS 'A tenant''s runs, newest first: all states, or some, merged';
COMMENT ON INDEX workflow.run_workflow IS 'The same of one workflow';
COMMENT ON TABLE workflow.run IS 'Current status of every run: the fold of its events, written in the same commit';
COMMENT ON COLUMN workflow.run.run_id IS 'UUIDv7 of the run; its home is in it (workflow.uuid_home)';
COMMENT ON COLUMN workflow.run.trigger_id IS 'The trigger that started it';
COMMENT ON COLUMN workflow.run.created_at IS 'When its trigger was accepted';
COMMENT ON COLUMN workflow.run.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow.run.started_at IS 'When its first step was entered';
COMMENT ON COLUMN workflow.run.last_executed_at IS 'When a step of it last did something';
COMMENT ON COLUMN workflow.run.next_wake_at IS 'The earliest instant at which something of it is due';
COMMENT ON COLUMN workflow.run.next_retry_at IS 'When the next try starts, while waiting for one';
COMMENT ON COLUMN workflow.run.ended_at IS 'When it was completed, faulted or cancelled; NULL = open';
COMMENT ON COLUMN workflow.run.definition_id IS 'The definition it follows to its end';
COMMENT ON COLUMN workflow.run.last_seq IS 'seq of its newest event';
COMMENT ON COLUMN workflow.run.current_step_no IS 'The step it is at; NULL once it has ended';
COMMENT ON COLUMN workflow.run.retry_count IS 'Retries of the current action';
COMMENT ON COLUMN workflow.run.max_retries IS 'Retries allowed for it; NULL = no limit or none';
COMMENT ON COLUMN workflow.run.error_count IS 'Events of level error so far';
COMMENT ON COLUMN workflow.run.status IS 'pending, running, waiting, suspended, cancelled, faulted or completed';
COMMENT ON COLUMN workflow.run.waiting_for IS 'What an open run waits for: timer, retry, action, event, child or resume';
COMMENT ON COLUMN workflow.run.tenant IS 'Whose run it is; row-level security goes by it';
COMMENT ON COLUMN workflow.run.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow.run.workflow_version IS 'Version of the workflow';
COMMENT ON COLUMN workflow.run.recipient_collection IS 'Kind of recipient; NULL = a plain id';
COMMENT ON COLUMN workflow.run.recipient_id IS 'Whom the run is about; NULL = the trigger named nobody';
COMMENT ON COLUMN workflow.run.reason_code IS 'Why it has its status, as a machine word';
COMMENT ON COLUMN workflow.run.reason_text IS 'Why it has its status, in words for the customer';
COMMENT ON COLUMN workflow.run.current_reference IS 'JSON pointer of the step it is at';
COMMENT ON COLUMN workflow.run.current_step_name IS 'Name of the step it is at';
COMMENT ON COLUMN workflow.run.skip_code IS 'Why the last skipped step was skipped';
COMMENT ON COLUMN workflow.run.error_code IS 'The last error, as a machine word';
COMMENT ON COLUMN workflow.run.error_summary IS 'The last error, in words for the customer';
COMMENT ON COLUMN workflow.run.error_detail_internal IS 'The last error, for the operator alone';
COMMENT ON COLUMN workflow.run.input IS 'Input of the workflow';
COMMENT ON COLUMN workflow.run.context IS 'Context ($context) as exported so far';
COMMENT ON COLUMN workflow.run.output IS 'Output of the workflow, once completed';
COMMENT ON COLUMN workflow.run.state_key IS
  'For lists: q pending, r at work, p waiting or suspended, x cancelled, c completed or faulted; with an e when there were errors';

CREATE TABLE workflow.step (
  run_id             uuid NOT NULL,
  step_no            int NOT NULL,
  parent_step_no     int,
  scheduled_at       timestamptz,
  started_at         timestamptz,
  due_at             timestamptz,
  ended_at           timestamptz,
  next_retry_at      timestamptz,
  updated_at         timestamptz NOT NULL,
  visit              int NOT NULL,
  attempt            int NOT NULL,
  max_attempts       int,
  retry_count        int NOT NULL,
  status             text NOT NULL CHECK (status IN
    ('pending', 'running', 'waiting', 'suspended', 'cancelled', 'faulted', 'completed', 'skipped')),
  reference          text NOT NULL,
  name               text NOT NULL,
  kind               text NOT NULL,
  title              text,
  outcome            text,
  external_reference text,
  skip_code          text,
  error_code         text,
  error_summary      text,
  error_detail_internal text,
  input              jsonb,
  output             jsonb,
  PRIMARY KEY (run_id, step_no)
) PARTITION BY RANGE (run_id);
-- Of a column that never changes, so that no update of a step touches an index.
CREATE INDEX step_fork ON workflow.step (run_id) WHERE kind = 'fork';
COMMENT ON INDEX workflow.step_fork IS 'Which runs have branches';
COMMENT ON TABLE workflow.step IS 'One visit of a task by a run, current status';
COMMENT ON COLUMN workflow.step.run_id IS 'The run';
COMMENT ON COLUMN workflow.step.step_no IS 'Order of entry in the run, from 1';
COMMENT ON COLUMN workflow.step.parent_step_no IS 'The step around it; NULL = the workflow itself';
COMMENT ON COLUMN workflow.step.scheduled_at IS 'When the run reached it';
COMMENT ON COLUMN workflow.step.started_at IS 'When it began';
COMMENT ON COLUMN workflow.step.due_at IS 'When what it waits for is due';
COMMENT ON COLUMN workflow.step.ended_at IS 'When it ended, in whatever way';
COMMENT ON COLUMN workflow.step.next_retry_at IS 'When its next try starts';
COMMENT ON COLUMN workflow.step.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow.step.visit IS 'How often this run entered this task, retries apart, from 1';
COMMENT ON COLUMN workflow.step.attempt IS 'Tries of this visit, from 1';
COMMENT ON COLUMN workflow.step.max_attempts IS 'Tries allowed; NULL = no limit or none';
COMMENT ON COLUMN workflow.step.retry_count IS 'Retries of this visit so far';
COMMENT ON COLUMN workflow.step.status IS 'pending, running, waiting, suspended, cancelled, faulted, completed or skipped';
COMMENT ON COLUMN workflow.step.reference IS 'JSON pointer of the task in the definition, e.g. /do/2/callLead';
COMMENT ON COLUMN workflow.step.name IS 'Name of the task';
COMMENT ON COLUMN workflow.step.kind IS 'Kind of task: call, set, switch, wait and so on';
COMMENT ON COLUMN workflow.step.title IS 'The task''s title for people, from its metadata';
COMMENT ON COLUMN workflow.step.outcome IS 'How it ended, as a machine word such as no_answer';
COMMENT ON COLUMN workflow.step.external_reference IS 'The outside system''s id, such as a call id';
COMMENT ON COLUMN workflow.step.skip_code IS 'Why it was skipped';
COMMENT ON COLUMN workflow.step.error_code IS 'Its last error, as a machine word';
COMMENT ON COLUMN workflow.step.error_summary IS 'Its last error, in words for the customer';
COMMENT ON COLUMN workflow.step.error_detail_internal IS 'Its last error, for the operator alone';
COMMENT ON COLUMN workflow.step.input IS 'Its input after input.from';
COMMENT ON COLUMN workflow.step.output IS 'Its output after output.as';

CREATE TABLE workflow.action (
  run_id             uuid NOT NULL,
  action_no          int NOT NULL,
  step_no            int NOT NULL,
  requested_at       timestamptz,
  deadline_at        timestamptz,
  ended_at           timestamptz,
  next_retry_at      timestamptz,
  updated_at         timestamptz NOT NULL,
  attempt            int NOT NULL,
  max_attempts       int,
  timer_no           int,
  status             text NOT NULL CHECK (status IN
    ('pending', 'running', 'waiting', 'suspended', 'cancelled', 'faulted', 'completed')),
  function           text,
  outcome            text,
  external_reference text,
  summary            text,
  error_code         text,
  error_summary      text,
  error_detail_internal text,
  input              jsonb,
  output             jsonb,
  PRIMARY KEY (run_id, action_no)
) PARTITION BY RANGE (run_id);
COMMENT ON TABLE workflow.action IS 'The outside effect of a step with its attempts, current status';
COMMENT ON COLUMN workflow.action.run_id IS 'The run; with action_no it is the action id';
COMMENT ON COLUMN workflow.action.action_no IS 'Number of the action in its run, from 1';
COMMENT ON COLUMN workflow.action.step_no IS 'The step that wants it';
COMMENT ON COLUMN workflow.action.requested_at IS 'When the present attempt was requested';
COMMENT ON COLUMN workflow.action.deadline_at IS 'When the present attempt is given up';
COMMENT ON COLUMN workflow.action.ended_at IS 'When it was answered for good';
COMMENT ON COLUMN workflow.action.next_retry_at IS 'When the next attempt starts';
COMMENT ON COLUMN workflow.action.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow.action.attempt IS 'The present attempt, from 1';
COMMENT ON COLUMN workflow.action.max_attempts IS 'Attempts allowed; NULL = no limit or none';
COMMENT ON COLUMN workflow.action.timer_no IS 'The timer that guards the deadline';
COMMENT ON COLUMN workflow.action.status IS 'running until answered, then completed, faulted or cancelled';
COMMENT ON COLUMN workflow.action.function IS 'Name of the function that workers do';
COMMENT ON COLUMN workflow.action.outcome IS 'How it ended, as a machine word such as no_answer';
COMMENT ON COLUMN workflow.action.external_reference IS 'The outside system''s id, such as a call id';
COMMENT ON COLUMN workflow.action.summary IS 'The worker''s words for the customer';
COMMENT ON COLUMN workflow.action.error_code IS 'Its last error, as a machine word';
COMMENT ON COLUMN workflow.action.error_summary IS 'Its last error, in words for the customer';
COMMENT ON COLUMN workflow.action.error_detail_internal IS 'Its last error, for the operator alone';
COMMENT ON COLUMN workflow.action.input IS 'Arguments that the worker got';
COMMENT ON COLUMN workflow.action.output IS 'What the worker gave back';

CREATE TABLE workflow.snapshot (
  run_id uuid NOT NULL PRIMARY KEY,
  seq    int NOT NULL,
  state  json NOT NULL
) PARTITION BY RANGE (run_id);
COMMENT ON TABLE workflow.snapshot IS 'What the events of a long run up to one of them come to: a shortcut for loading it, which may be deleted at any time';
COMMENT ON COLUMN workflow.snapshot.run_id IS 'The run; runs of fewer than 64 events have no row';
COMMENT ON COLUMN workflow.snapshot.seq IS 'The last event that is in it';
COMMENT ON COLUMN workflow.snapshot.state IS 'The engine''s state, beginning with the number of its format; internal';
