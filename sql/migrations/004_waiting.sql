-- What:     timers, inbox, commands, tombstones, fan-outs
-- Why:      what wakes a run, or stops it, must survive the one who wrote it down
-- Breaking: no
-- Lock:     none on existing tables
CREATE TABLE workflow.timer (
  home     smallint NOT NULL,
  timer_no int NOT NULL,
  due_at   timestamptz NOT NULL,
  run_id   uuid NOT NULL,
  PRIMARY KEY (home, due_at, run_id, timer_no)
) PARTITION BY RANGE (due_at);
COMMENT ON TABLE workflow.timer IS 'Hints of when to look at a run; whether one still counts, the run''s state says. Day buckets are dropped';
COMMENT ON COLUMN workflow.timer.home IS 'Home of the run';
COMMENT ON COLUMN workflow.timer.timer_no IS 'Number of the timer in its run, never used twice';
COMMENT ON COLUMN workflow.timer.due_at IS 'Not to fire before, by the database''s clock';
COMMENT ON COLUMN workflow.timer.run_id IS 'The run';

CREATE TABLE workflow.inbox (
  dst_home   smallint NOT NULL,
  src_home   smallint NOT NULL,
  is_json    bool NOT NULL,
  src_pos    bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_id     uuid NOT NULL,
  kind       text NOT NULL,
  payload    bytea NOT NULL,
  PRIMARY KEY (dst_home, src_home, src_pos)
);
COMMENT ON TABLE workflow.inbox IS 'Messages for runs whose home is owned elsewhere; taken by the owner in its own transaction';
COMMENT ON COLUMN workflow.inbox.dst_home IS 'Home of the run it is for';
COMMENT ON COLUMN workflow.inbox.src_home IS 'Home that received it';
COMMENT ON COLUMN workflow.inbox.is_json IS 'Whether the payload is JSON, else protobuf';
COMMENT ON COLUMN workflow.inbox.src_pos IS 'Position among what src_home sent to dst_home, without gaps';
COMMENT ON COLUMN workflow.inbox.created_at IS 'When it was written';
COMMENT ON COLUMN workflow.inbox.run_id IS 'The run it is for';
COMMENT ON COLUMN workflow.inbox.kind IS 'What it is: result and so on';
COMMENT ON COLUMN workflow.inbox.payload IS 'The record''s bytes';

CREATE TABLE workflow.command (
  command_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  home             smallint,
  run_id           uuid,
  kind             text NOT NULL CHECK (kind IN ('cancel', 'suspend', 'resume', 'retry', 'wake')),
  tenant           text,
  workflow         text,
  cancellation_key text,
  recipients       jsonb,
  actor            text NOT NULL,
  reason           text,
  CHECK (run_id IS NOT NULL OR (kind = 'cancel' AND cancellation_key IS NOT NULL))
);
CREATE INDEX command_home ON workflow.command (home, command_id);
COMMENT ON INDEX workflow.command_home IS 'What is there for a home';
COMMENT ON TABLE workflow.command IS 'Commands given by SQL, one row per home they concern; taken by the owner in its batch';
COMMENT ON COLUMN workflow.command.command_id IS 'Number of the command';
COMMENT ON COLUMN workflow.command.created_at IS 'When it was given';
COMMENT ON COLUMN workflow.command.home IS 'Home that has to apply it';
COMMENT ON COLUMN workflow.command.run_id IS 'The run it is for; NULL = by cancellation key';
COMMENT ON COLUMN workflow.command.kind IS 'cancel, suspend, resume, retry or wake';
COMMENT ON COLUMN workflow.command.tenant IS 'Tenant, for a cancellation key';
COMMENT ON COLUMN workflow.command.workflow IS 'Workflow, for a cancellation key; NULL = any';
COMMENT ON COLUMN workflow.command.cancellation_key IS 'Key of the triggers to cancel';
COMMENT ON COLUMN workflow.command.recipients IS 'Subset of recipients; NULL = all';
COMMENT ON COLUMN workflow.command.actor IS 'Who gave it';
COMMENT ON COLUMN workflow.command.reason IS 'Why, in words for the customer';

CREATE TABLE workflow.command_applied (
  command_id bigint PRIMARY KEY,
  home       smallint NOT NULL,
  batch_no   bigint NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_count  int NOT NULL,
  result     text NOT NULL
);
COMMENT ON TABLE workflow.command_applied IS 'Commands that were taken: the existence of the row says so';
COMMENT ON COLUMN workflow.command_applied.command_id IS 'The command';
COMMENT ON COLUMN workflow.command_applied.home IS 'Home that applied it';
COMMENT ON COLUMN workflow.command_applied.batch_no IS 'Batch of that home in which it was applied';
COMMENT ON COLUMN workflow.command_applied.applied_at IS 'When';
COMMENT ON COLUMN workflow.command_applied.run_count IS 'Runs it changed';
COMMENT ON COLUMN workflow.command_applied.result IS 'applied, or why it changed nothing';

CREATE TABLE workflow.tombstone (
  tombstone_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  home             smallint NOT NULL,
  cancel_time      timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL,
  tenant           text,
  workflow         text,
  cancellation_key text NOT NULL,
  recipient_collection text,
  recipient_id     text
);
CREATE INDEX tombstone_key ON workflow.tombstone (home, cancellation_key);
COMMENT ON INDEX workflow.tombstone_key IS 'Whether a trigger was cancelled before it came';
COMMENT ON TABLE workflow.tombstone IS 'Cancellations kept for triggers that come later but happened before';
COMMENT ON COLUMN workflow.tombstone.tombstone_id IS 'Number of the row';
COMMENT ON COLUMN workflow.tombstone.home IS 'Home it holds for';
COMMENT ON COLUMN workflow.tombstone.cancel_time IS 'Triggers whose own time is not after this are cancelled';
COMMENT ON COLUMN workflow.tombstone.expires_at IS 'When it is forgotten';
COMMENT ON COLUMN workflow.tombstone.tenant IS 'Tenant';
COMMENT ON COLUMN workflow.tombstone.workflow IS 'Workflow; NULL = any';
COMMENT ON COLUMN workflow.tombstone.cancellation_key IS 'The key';
COMMENT ON COLUMN workflow.tombstone.recipient_collection IS 'Kind of recipient';
COMMENT ON COLUMN workflow.tombstone.recipient_id IS 'Recipient; NULL = all';

CREATE TABLE workflow.fanout (
  trigger_id   uuid PRIMARY KEY,
  home         smallint NOT NULL,
  cursor       int NOT NULL,
  total        int NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  cancelled_at timestamptz,
  payload      bytea NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE workflow.fanout IS 'Triggers with many recipients whose runs are still being made, piece by piece';
COMMENT ON COLUMN workflow.fanout.trigger_id IS 'The trigger';
COMMENT ON COLUMN workflow.fanout.home IS 'Its home';
COMMENT ON COLUMN workflow.fanout.cursor IS 'Recipients whose runs exist';
COMMENT ON COLUMN workflow.fanout.total IS 'Recipients in all';
COMMENT ON COLUMN workflow.fanout.created_at IS 'When it was accepted';
COMMENT ON COLUMN workflow.fanout.cancelled_at IS 'When the rest was cancelled';
COMMENT ON COLUMN workflow.fanout.payload IS 'The record''s bytes';
