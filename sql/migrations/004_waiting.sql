-- What:     timers, inbox, commands, tombstones, schedules, fan-outs
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
  quarantine_id bigint,
  arrival_no bigint,
  run_id     uuid,
  subscription_no int,
  kind       text NOT NULL,
  payload    bytea NOT NULL,
  PRIMARY KEY (dst_home, src_home, src_pos)
);
CREATE INDEX inbox_arrival ON workflow.inbox (arrival_no) WHERE arrival_no IS NOT NULL;
COMMENT ON INDEX workflow.inbox_arrival IS 'Whether an event is still needed';
COMMENT ON TABLE workflow.inbox IS 'Messages for runs whose home is owned elsewhere; taken by the owner in its own transaction';
COMMENT ON COLUMN workflow.inbox.dst_home IS 'Home of the run it is for';
COMMENT ON COLUMN workflow.inbox.src_home IS 'Home that received it; 0 = SQL; negative = that home, of a record that came again from quarantine; 8192 + that home: an event for a listener, a start, or a gathering to judge; 16384, 20480, 24576 or 28672 + that home: such a row that it put off for half a minute, 2, 8 or 32 minutes, since the definition does not load there or the run is damaged';
COMMENT ON COLUMN workflow.inbox.is_json IS 'Whether the payload is JSON, else protobuf';
COMMENT ON COLUMN workflow.inbox.src_pos IS 'Position among what src_home sent, rising in the order of commits';
COMMENT ON COLUMN workflow.inbox.created_at IS 'When it was written';
COMMENT ON COLUMN workflow.inbox.quarantine_id IS 'The quarantined record to take again, for kind replay';
COMMENT ON COLUMN workflow.inbox.arrival_no IS 'For kind event: the event; it stands in arrival once, for all that hear it';
COMMENT ON COLUMN workflow.inbox.run_id IS 'The run it is for; NULL for the kinds replay, start and judge';
COMMENT ON COLUMN workflow.inbox.subscription_no IS 'For kind event: the listener''s number in its run';
COMMENT ON COLUMN workflow.inbox.kind IS 'What it is: result, heartbeat, command, replay, event (for a run that listens), start (all events of a schedule.on are there) or judge (the until of a schedule.on is to be asked)';
COMMENT ON COLUMN workflow.inbox.payload IS 'The record''s bytes; empty for the kinds replay and event: they stand in quarantine and arrival; of the kind judge only which gathering';

-- Positions of what SQL sends (src_home 0).
CREATE SEQUENCE workflow.replay_position;

-- One series of numbers for commands and for groups of them, so that either can be asked
-- for by its number.
CREATE SEQUENCE workflow.command_number;

CREATE TABLE workflow.command (
  command_id       bigint NOT NULL DEFAULT nextval('workflow.command_number'),
  group_id         bigint NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  given_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  home             smallint NOT NULL,
  run_id           uuid,
  kind             text NOT NULL CHECK (kind IN ('cancel', 'suspend', 'resume', 'retry', 'wake')),
  tenant           text,
  workflow         text,
  cancellation_key text,
  recipients       jsonb,
  actor            text,
  reason           text,
  PRIMARY KEY (home, command_id),
  CHECK (run_id IS NOT NULL OR (kind = 'cancel' AND cancellation_key IS NOT NULL))
);
-- By hash, so that no plan can go through all commands in their order for those of a home.
CREATE INDEX command_by_number ON workflow.command USING hash (command_id);
CREATE INDEX command_group ON workflow.command (group_id);
COMMENT ON INDEX workflow.command_by_number IS 'Whether a command is still there';
COMMENT ON INDEX workflow.command_group IS 'What is left of a group';
COMMENT ON TABLE workflow.command IS 'Commands that wait for the owner of their home, who takes them in its batch; then they move to command_applied';
COMMENT ON COLUMN workflow.command.command_id IS 'Number of the command';
COMMENT ON COLUMN workflow.command.group_id IS 'Commands given at once have one; its own number when it was given alone';
COMMENT ON COLUMN workflow.command.created_at IS 'When it was written here';
COMMENT ON COLUMN workflow.command.given_at IS 'When it was given; triggers that happened later are not cancelled by a key';
COMMENT ON COLUMN workflow.command.home IS 'Home that has to apply it';
COMMENT ON COLUMN workflow.command.run_id IS 'The run it is for; NULL = by cancellation key';
COMMENT ON COLUMN workflow.command.kind IS 'cancel, suspend, resume, retry or wake';
COMMENT ON COLUMN workflow.command.tenant IS 'Tenant, for a cancellation key';
COMMENT ON COLUMN workflow.command.workflow IS 'Workflow, for a cancellation key; NULL = any';
COMMENT ON COLUMN workflow.command.cancellation_key IS 'Key of the triggers to cancel';
COMMENT ON COLUMN workflow.command.recipients IS 'Subset of recipients, each a text or {collection, id}; NULL = all';
COMMENT ON COLUMN workflow.command.actor IS 'Who gave it; NULL = not said';
COMMENT ON COLUMN workflow.command.reason IS 'Why, in words for the customer';

CREATE TABLE workflow.command_applied (
  command_id       bigint PRIMARY KEY,
  group_id         bigint NOT NULL,
  created_at       timestamptz NOT NULL,
  given_at         timestamptz NOT NULL,
  applied_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  batch_no         bigint NOT NULL,
  run_count        int NOT NULL,
  home             smallint NOT NULL,
  run_id           uuid,
  kind             text NOT NULL,
  tenant           text,
  workflow         text,
  cancellation_key text,
  recipients       jsonb,
  actor            text,
  reason           text,
  result           text NOT NULL
);
CREATE INDEX command_applied_group ON workflow.command_applied (group_id);
CREATE INDEX command_applied_at ON workflow.command_applied USING brin (applied_at);
COMMENT ON INDEX workflow.command_applied_group IS 'What became of a group';
COMMENT ON INDEX workflow.command_applied_at IS 'For retention';
COMMENT ON TABLE workflow.command_applied IS 'Commands that were taken, and what they did';
COMMENT ON COLUMN workflow.command_applied.command_id IS 'Number of the command';
COMMENT ON COLUMN workflow.command_applied.group_id IS 'Commands given at once have one; its own number when it was given alone';
COMMENT ON COLUMN workflow.command_applied.created_at IS 'When it was written down';
COMMENT ON COLUMN workflow.command_applied.given_at IS 'When it was given';
COMMENT ON COLUMN workflow.command_applied.applied_at IS 'When it was applied';
COMMENT ON COLUMN workflow.command_applied.batch_no IS 'Batch of the home in which it was applied';
COMMENT ON COLUMN workflow.command_applied.run_count IS 'Runs it changed';
COMMENT ON COLUMN workflow.command_applied.home IS 'Home that applied it';
COMMENT ON COLUMN workflow.command_applied.run_id IS 'The run it was for; NULL = by cancellation key';
COMMENT ON COLUMN workflow.command_applied.kind IS 'cancel, suspend, resume, retry or wake';
COMMENT ON COLUMN workflow.command_applied.tenant IS 'Tenant, for a cancellation key';
COMMENT ON COLUMN workflow.command_applied.workflow IS 'Workflow, for a cancellation key; NULL = any';
COMMENT ON COLUMN workflow.command_applied.cancellation_key IS 'Key of the triggers to cancel';
COMMENT ON COLUMN workflow.command_applied.recipients IS 'Subset of recipients; NULL = all';
COMMENT ON COLUMN workflow.command_applied.actor IS 'Who gave it; NULL = not said';
COMMENT ON COLUMN workflow.command_applied.reason IS 'Why, in words for the customer';
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

CREATE TABLE workflow.schedule (
  schedule_no   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  home          smallint NOT NULL,
  workflow      text NOT NULL UNIQUE,
  schedule      text,
  anchor_at     timestamptz,
  decided_until timestamptz,
  next_slot_at  timestamptz,
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_id        uuid
) WITH (fillfactor = 50);
COMMENT ON TABLE workflow.schedule IS 'Workflows that start by themselves: one row each, written by the owner of its home';
COMMENT ON COLUMN workflow.schedule.schedule_no IS 'Number of the row; stands in the ids of the triggers';
COMMENT ON COLUMN workflow.schedule.home IS 'Home at which its runs are made; chosen once';
COMMENT ON COLUMN workflow.schedule.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow.schedule.schedule IS 'The schedule in force: every, cron or after, and which; NULL = none, because no version is active or the newest has none';
COMMENT ON COLUMN workflow.schedule.anchor_at IS 'Since when it is in force; every counts from here';
COMMENT ON COLUMN workflow.schedule.decided_until IS 'Slots up to this instant are decided: started or skipped';
COMMENT ON COLUMN workflow.schedule.next_slot_at IS 'The next slot; NULL = none, or not before a run has ended';
COMMENT ON COLUMN workflow.schedule.updated_at IS 'When a slot was decided, or the schedule changed';
COMMENT ON COLUMN workflow.schedule.run_id IS 'The run whose end an after counts from; NULL = it waits for none';

CREATE TABLE workflow.schedule_slot (
  schedule_no   int NOT NULL,
  definition_id int,
  slot_at       timestamptz NOT NULL,
  until         timestamptz NOT NULL,
  decided_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  slot_count    int NOT NULL,
  trigger_id    uuid,
  state         text NOT NULL CHECK (state IN ('started', 'skipped')),
  workflow      text NOT NULL,
  reason        text,
  PRIMARY KEY (schedule_no, slot_at)
);
CREATE INDEX schedule_slot_age ON workflow.schedule_slot (decided_at);
COMMENT ON INDEX workflow.schedule_slot_age IS 'What retention deletes';
COMMENT ON TABLE workflow.schedule_slot IS 'What became of each slot of a schedule; the key lets none start twice';
COMMENT ON COLUMN workflow.schedule_slot.schedule_no IS 'The schedule';
COMMENT ON COLUMN workflow.schedule_slot.definition_id IS 'The definition that was in force; NULL = none';
COMMENT ON COLUMN workflow.schedule_slot.slot_at IS 'The instant; of several that were skipped together the first';
COMMENT ON COLUMN workflow.schedule_slot.until IS 'Of several the last; else the same';
COMMENT ON COLUMN workflow.schedule_slot.decided_at IS 'When it was decided';
COMMENT ON COLUMN workflow.schedule_slot.slot_count IS 'How many slots; 1000 = that many or more';
COMMENT ON COLUMN workflow.schedule_slot.trigger_id IS 'The trigger it made; NULL = skipped';
COMMENT ON COLUMN workflow.schedule_slot.state IS 'started, or skipped';
COMMENT ON COLUMN workflow.schedule_slot.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow.schedule_slot.reason IS 'Why it was skipped; NULL = it was not';

CREATE TABLE workflow.fanout (
  trigger_id   uuid PRIMARY KEY,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  timestamp    timestamptz,
  cursor       int NOT NULL,
  total        int NOT NULL,
  home         smallint NOT NULL,
  key          bytea,
  value        bytea,
  headers      jsonb
) WITH (fillfactor = 70);
CREATE INDEX fanout_home ON workflow.fanout (home, trigger_id);
COMMENT ON INDEX workflow.fanout_home IS 'What a new owner has to go on with';
COMMENT ON TABLE workflow.fanout IS 'Triggers with many recipients whose runs are still being made, piece by piece; gone once all are there';
COMMENT ON COLUMN workflow.fanout.trigger_id IS 'The trigger';
COMMENT ON COLUMN workflow.fanout.created_at IS 'When it was accepted';
COMMENT ON COLUMN workflow.fanout.timestamp IS 'Timestamp of the record';
COMMENT ON COLUMN workflow.fanout.cursor IS 'Recipients whose runs exist';
COMMENT ON COLUMN workflow.fanout.total IS 'Recipients in all';
COMMENT ON COLUMN workflow.fanout.home IS 'Its home';
COMMENT ON COLUMN workflow.fanout.key IS 'The record''s key, as received';
COMMENT ON COLUMN workflow.fanout.value IS 'The record''s value, as received';
COMMENT ON COLUMN workflow.fanout.headers IS 'The record''s headers: names, and values in hexadecimal';

-- Events that runs may listen for, and who listens. Both meet by equal keys: see
-- workflow.correlate().
CREATE TABLE workflow.arrival (
  arrival_no  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind        bigint NOT NULL,
  key         uuid NOT NULL UNIQUE,
  size        int NOT NULL,
  home        smallint NOT NULL,
  tenant      text,
  type        text NOT NULL,
  source      text,
  event_id    text NOT NULL,
  subject     text,
  event       json NOT NULL
);
CREATE INDEX arrival_received ON workflow.arrival (received_at) INCLUDE (size);
CREATE INDEX arrival_event ON workflow.arrival (event_id);
COMMENT ON INDEX workflow.arrival_received IS 'For retention, and how many bytes there are';
COMMENT ON INDEX workflow.arrival_event IS 'What became of an event';
COMMENT ON TABLE workflow.arrival IS 'Events that came lately and that some workflow listens for; each once, by tenant, source and id';
COMMENT ON COLUMN workflow.arrival.arrival_no IS 'Number of the event, in the order of arrival at its home';
COMMENT ON COLUMN workflow.arrival.received_at IS 'When it came';
COMMENT ON COLUMN workflow.arrival.xid IS 'The transaction that took it in';
COMMENT ON COLUMN workflow.arrival.kind IS 'Hash of tenant and type (workflow.event_kind)';
COMMENT ON COLUMN workflow.arrival.key IS 'Hash of tenant, source and id (workflow.dedupe_key)';
COMMENT ON COLUMN workflow.arrival.size IS 'Bytes of the event';
COMMENT ON COLUMN workflow.arrival.home IS 'Home that took it in, and hands it to who listens';
COMMENT ON COLUMN workflow.arrival.tenant IS 'Its tenant';
COMMENT ON COLUMN workflow.arrival.type IS 'Its type';
COMMENT ON COLUMN workflow.arrival.source IS 'Its source';
COMMENT ON COLUMN workflow.arrival.event_id IS 'Its id';
COMMENT ON COLUMN workflow.arrival.subject IS 'Its subject';
COMMENT ON COLUMN workflow.arrival.event IS 'The whole CloudEvent';

-- For those that look back.
CREATE TABLE workflow.arrival_key (
  key         bigint NOT NULL,
  received_at timestamptz NOT NULL,
  arrival_no  bigint NOT NULL
);
CREATE INDEX arrival_key_recent ON workflow.arrival_key (key, received_at, arrival_no);
CREATE INDEX arrival_key_received ON workflow.arrival_key USING brin (received_at);
COMMENT ON INDEX workflow.arrival_key_recent IS 'What came shortly before somebody began to listen';
COMMENT ON INDEX workflow.arrival_key_received IS 'For retention';
COMMENT ON TABLE workflow.arrival_key IS 'By which keys an event that came lately is listened for';
COMMENT ON COLUMN workflow.arrival_key.key IS 'As subscription.key';
COMMENT ON COLUMN workflow.arrival_key.received_at IS 'When the event came';
COMMENT ON COLUMN workflow.arrival_key.arrival_no IS 'The event';

CREATE TABLE workflow.correlation_path (
  kind     bigint NOT NULL,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  paths    text[] NOT NULL,
  PRIMARY KEY (kind, paths)
);
COMMENT ON TABLE workflow.correlation_path IS 'Which values of an event somebody has listened for: of these its keys are made';
COMMENT ON COLUMN workflow.correlation_path.kind IS 'Hash of tenant and type, or of the tenant for any type (workflow.event_kind)';
COMMENT ON COLUMN workflow.correlation_path.added_at IS 'When the first began to listen';
COMMENT ON COLUMN workflow.correlation_path.paths IS 'Paths into the event, each the text of an array, in order; their values make one key';

CREATE TABLE workflow.subscription (
  run_id          uuid NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid             xid8 NOT NULL DEFAULT pg_current_xact_id(),
  key             bigint NOT NULL,
  subscription_no int NOT NULL,
  filter_no       smallint NOT NULL,
  tenant          text,
  type            text,
  source          text,
  subject         text,
  conditions      jsonb,
  PRIMARY KEY (run_id, subscription_no, filter_no)
);
CREATE INDEX subscription_key ON workflow.subscription (key, run_id, subscription_no);
COMMENT ON INDEX workflow.subscription_key IS 'Who listens for an event';
COMMENT ON TABLE workflow.subscription IS 'What open runs listen for, a row for each event filter; gone when the listening ends';
COMMENT ON COLUMN workflow.subscription.run_id IS 'The run';
COMMENT ON COLUMN workflow.subscription.created_at IS 'Since when';
COMMENT ON COLUMN workflow.subscription.xid IS 'The transaction in which it began';
COMMENT ON COLUMN workflow.subscription.key IS 'Hash of all that is fixed: tenant, type, and values at paths (workflow.listener_key)';
COMMENT ON COLUMN workflow.subscription.subscription_no IS 'Number of the fact step.listening that made it';
COMMENT ON COLUMN workflow.subscription.filter_no IS 'The filter, from 1; those of until behind the others';
COMMENT ON COLUMN workflow.subscription.tenant IS 'Tenant of the run, and of the events it hears';
COMMENT ON COLUMN workflow.subscription.type IS 'Type wanted; NULL = any, the run judges';
COMMENT ON COLUMN workflow.subscription.source IS 'Source wanted; NULL = the run judges';
COMMENT ON COLUMN workflow.subscription.subject IS 'Subject wanted; NULL = the run judges';
COMMENT ON COLUMN workflow.subscription.conditions IS 'Values wanted: array of {path, value, of}, of which part of the filter each is; NULL = the run judges';

CREATE TABLE workflow.handover (
  handover_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid             xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seen            pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
  arrival_no      bigint,
  since           timestamptz NOT NULL,
  after_arrival   bigint NOT NULL DEFAULT 0,
  run_id          uuid,
  after_run       uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  subscription_no int,
  after_number    int NOT NULL DEFAULT 0,
  home            smallint NOT NULL,
  tenant          text,
  keys            bigint[] NOT NULL,
  CHECK ((arrival_no IS NULL) = (run_id IS NOT NULL AND subscription_no IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX handover_home ON workflow.handover (home, handover_no);
COMMENT ON INDEX workflow.handover_home IS 'What a home has to hand over';
COMMENT ON TABLE workflow.handover IS 'Events with many listeners, and listeners with many events before them, that are handed over piece by piece; gone when done';
COMMENT ON COLUMN workflow.handover.handover_no IS 'Number of the row';
COMMENT ON COLUMN workflow.handover.created_at IS 'When event and listeners met';
COMMENT ON COLUMN workflow.handover.xid IS 'The transaction in which they met';
COMMENT ON COLUMN workflow.handover.seen IS 'What was committed then: only that is handed over, what came later saw it itself';
COMMENT ON COLUMN workflow.handover.arrival_no IS 'The event that goes to who listened when it came; NULL = it is about a listener';
COMMENT ON COLUMN workflow.handover.since IS 'Of an event when it came; of a listener from when on events are for it, later the last one it was handed';
COMMENT ON COLUMN workflow.handover.after_arrival IS 'Of a listener: events up to this one, of that instant, are handed over';
COMMENT ON COLUMN workflow.handover.run_id IS 'The run that began to listen; NULL = it is about an event';
COMMENT ON COLUMN workflow.handover.after_run IS 'Of an event: listeners up to this run and number have it';
COMMENT ON COLUMN workflow.handover.subscription_no IS 'The listener''s number in its run';
COMMENT ON COLUMN workflow.handover.after_number IS 'Of an event: listeners up to this run and number have it';
COMMENT ON COLUMN workflow.handover.home IS 'Home whose owner hands over';
COMMENT ON COLUMN workflow.handover.tenant IS 'Tenant of both';
COMMENT ON COLUMN workflow.handover.keys IS 'Keys by which they are found';

CREATE TABLE workflow.gathering (
  gathering_no  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  begun_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at    timestamptz NOT NULL,
  key           bigint NOT NULL,
  filled_bits   bigint NOT NULL,
  size          bigint NOT NULL DEFAULT 0,
  definition_id int NOT NULL,
  held          int NOT NULL DEFAULT 0,
  judged        int NOT NULL DEFAULT 0,
  asked         bool NOT NULL DEFAULT false,
  workflow      text NOT NULL,
  tenant        text,
  filled        smallint[] NOT NULL,
  keys          jsonb NOT NULL,
  events        json[] NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX gathering_open ON workflow.gathering (definition_id, key, filled_bits, gathering_no);
CREATE INDEX gathering_workflow ON workflow.gathering (workflow);
CREATE INDEX gathering_expires ON workflow.gathering (expires_at);
COMMENT ON INDEX workflow.gathering_open IS 'What an event may fit';
COMMENT ON INDEX workflow.gathering_expires IS 'For upkeep';
COMMENT ON INDEX workflow.gathering_workflow IS 'How many a workflow has';
COMMENT ON TABLE workflow.gathering IS 'Events of workflows that start on several (schedule.on: all, until), until they do';
COMMENT ON COLUMN workflow.gathering.gathering_no IS 'Number of the row';
COMMENT ON COLUMN workflow.gathering.begun_at IS 'When the first event came';
COMMENT ON COLUMN workflow.gathering.expires_at IS 'When it is given up';
COMMENT ON COLUMN workflow.gathering.key IS 'Hash of tenant and of the values that all filters correlate by (workflow.gathering_key)';
COMMENT ON COLUMN workflow.gathering.filled_bits IS 'The filters of filled, bit 0 is the first';
COMMENT ON COLUMN workflow.gathering.size IS 'Of one with a condition: bytes of its events';
COMMENT ON COLUMN workflow.gathering.definition_id IS 'The version that would start';
COMMENT ON COLUMN workflow.gathering.held IS 'Of one with a condition: how many events it has in gathered';
COMMENT ON COLUMN workflow.gathering.judged IS 'Of these how many the condition was asked with, and did not hold';
COMMENT ON COLUMN workflow.gathering.asked IS 'Whether an inbox row of kind judge is under way, after which all it has will be judged';
COMMENT ON COLUMN workflow.gathering.workflow IS 'namespace/name';
COMMENT ON COLUMN workflow.gathering.tenant IS 'Tenant of the events';
COMMENT ON COLUMN workflow.gathering.filled IS 'Filters that had their event, from 1';
COMMENT ON COLUMN workflow.gathering.keys IS 'Values of correlations, by name';
COMMENT ON COLUMN workflow.gathering.events IS 'The events, in the order in which they came; of one with a condition they are in gathered';

CREATE TABLE workflow.gathered (
  gathering_no bigint NOT NULL REFERENCES workflow.gathering ON DELETE CASCADE,
  event_no     bigint GENERATED ALWAYS AS IDENTITY,
  size         int NOT NULL,
  keys         jsonb NOT NULL,
  event        json NOT NULL,
  PRIMARY KEY (gathering_no, event_no)
);
COMMENT ON TABLE workflow.gathered IS 'Events of workflows that start on any until a condition holds: the first of a gathering are its set, what came behind is not judged yet';
COMMENT ON COLUMN workflow.gathered.gathering_no IS 'The gathering';
COMMENT ON COLUMN workflow.gathered.event_no IS 'Rises within its gathering, in the order in which they came';
COMMENT ON COLUMN workflow.gathered.size IS 'Bytes of the event';
COMMENT ON COLUMN workflow.gathered.keys IS 'Values of its correlations, by name';
COMMENT ON COLUMN workflow.gathered.event IS 'The whole CloudEvent';

CREATE TABLE workflow.event_refusal (
  refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  workflow   text NOT NULL,
  tenant     text,
  source     text,
  event_id   text NOT NULL,
  reason     text NOT NULL
);
CREATE INDEX event_refusal_refused ON workflow.event_refusal USING brin (refused_at);
COMMENT ON INDEX workflow.event_refusal_refused IS 'For retention';
COMMENT ON TABLE workflow.event_refusal IS 'Events that a workflow wanted and did not get, because a bound was reached';
COMMENT ON COLUMN workflow.event_refusal.refused_at IS 'When';
COMMENT ON COLUMN workflow.event_refusal.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow.event_refusal.tenant IS 'Tenant of the event';
COMMENT ON COLUMN workflow.event_refusal.source IS 'Source of the event';
COMMENT ON COLUMN workflow.event_refusal.event_id IS 'Its id';
COMMENT ON COLUMN workflow.event_refusal.reason IS 'gatherings_full: as many sets of events as events.gatherings allows lack some; gathering_full: 100,000 of its set wait to be judged';

CREATE TABLE workflow.event_window (
  only_row       bool PRIMARY KEY DEFAULT true CHECK (only_row),
  trimmed_events bigint NOT NULL DEFAULT 0,
  trimmed_until  timestamptz,
  trimmed_at     timestamptz
);
INSERT INTO workflow.event_window DEFAULT VALUES;
COMMENT ON TABLE workflow.event_window IS 'One row: what was forgotten of recent events before its time, because there were too many (workflow.trim_events)';
COMMENT ON COLUMN workflow.event_window.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.event_window.trimmed_events IS 'How many in all';
COMMENT ON COLUMN workflow.event_window.trimmed_until IS 'Of what came up to here, some were forgotten: they are not found by looking back, nor in event_candidate; NULL = none ever';
COMMENT ON COLUMN workflow.event_window.trimmed_at IS 'When that was done last';

-- Positions of events among what a home hands on to listeners (its number plus 8192).
CREATE SEQUENCE workflow.match_position;
