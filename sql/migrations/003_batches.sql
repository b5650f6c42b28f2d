-- What:     homes, batches, the Kafka cluster, remembered trigger ids, repeats, quarantine
-- Why:      one row per home and batch is fence, offsets, outbox and proof of the commit
-- Breaking: no
-- Lock:     none on existing tables
CREATE TABLE workflow.cluster (
  only_row   bool PRIMARY KEY DEFAULT true CHECK (only_row),
  cluster_id text NOT NULL,
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE workflow.cluster IS 'One row: the Kafka cluster that the offsets belong to';
COMMENT ON COLUMN workflow.cluster.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.cluster.cluster_id IS 'Id that the cluster gives itself';
COMMENT ON COLUMN workflow.cluster.seen_at IS 'When it was first seen or adopted';

CREATE TABLE workflow.home (
  home      smallint PRIMARY KEY CHECK (home BETWEEN 1 AND 4095),
  topic     text NOT NULL,
  partition int NOT NULL,
  epoch     bigint NOT NULL,
  instance  text,
  taken_at  timestamptz,
  unclean_ends smallint NOT NULL DEFAULT 0,
  starts_runs bool NOT NULL DEFAULT true,
  UNIQUE (topic, partition)
);
COMMENT ON TABLE workflow.home IS 'One row per consumed partition: who may write what lives there. Changes only when it is taken over, and once behind that';
COMMENT ON COLUMN workflow.home.home IS 'Number that stands in every run id; handed out once, never reused';
COMMENT ON COLUMN workflow.home.topic IS 'Topic';
COMMENT ON COLUMN workflow.home.partition IS 'Partition of the topic';
COMMENT ON COLUMN workflow.home.epoch IS 'Rises with every take-over; only the newest may write';
COMMENT ON COLUMN workflow.home.instance IS 'Boot id of the instance that took it last; NULL = given back since';
COMMENT ON COLUMN workflow.home.taken_at IS 'When';
COMMENT ON COLUMN workflow.home.unclean_ends IS 'How many owners in a row ended without giving it back and before they had held it for long';
COMMENT ON COLUMN workflow.home.starts_runs IS 'Whether triggers come by it: then runs may live here, and what is cancelled by key concerns it';

CREATE TABLE workflow.batch (
  home           smallint NOT NULL,
  batch_no       bigint NOT NULL,
  epoch          bigint NOT NULL,
  next_offset    bigint NOT NULL,
  last_offset    bigint NOT NULL,
  last_timestamp timestamptz,
  last_hash      bigint NOT NULL,
  outbox_acked   bigint NOT NULL,
  guard_low      bigint NOT NULL,
  timer_low      timestamptz NOT NULL,
  committed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  inbox_acks     bigint[] NOT NULL DEFAULT '{}',
  requests       bytea,
  PRIMARY KEY (home, batch_no)
);
-- Packed requests are written once and read after a crash only: no time for compressing.
ALTER TABLE workflow.batch ALTER COLUMN requests SET STORAGE EXTERNAL;
COMMENT ON TABLE workflow.batch IS 'One row per home and committed batch; the newest says all there is to know about the home';
COMMENT ON COLUMN workflow.batch.home IS 'The home';
COMMENT ON COLUMN workflow.batch.batch_no IS 'Number of the batch; each needs the one before';
COMMENT ON COLUMN workflow.batch.epoch IS 'Epoch under which it was written';
COMMENT ON COLUMN workflow.batch.next_offset IS 'Where to read on in the partition; -1 = nothing was read yet';
COMMENT ON COLUMN workflow.batch.last_offset IS 'Offset of the last record that was read; -1 = none';
COMMENT ON COLUMN workflow.batch.last_timestamp IS 'Timestamp of that record';
COMMENT ON COLUMN workflow.batch.last_hash IS 'Hash of that record, to see whether the topic is still the same';
COMMENT ON COLUMN workflow.batch.outbox_acked IS 'Lowest batch_no whose requests are not all delivered yet';
COMMENT ON COLUMN workflow.batch.guard_low IS 'Lowest batch_no with open deadlines that no timer row records';
COMMENT ON COLUMN workflow.batch.timer_low IS 'No live timer of this home is due before';
COMMENT ON COLUMN workflow.batch.committed_at IS 'When it was written, by the database''s clock';
COMMENT ON COLUMN workflow.batch.inbox_acks IS 'Pairs of source home and the position taken from its inbox rows';
COMMENT ON COLUMN workflow.batch.requests IS 'Requests to workers that this batch made, packed';

CREATE TABLE workflow.announcement (
  home         smallint NOT NULL,
  batch_no     bigint NOT NULL,
  epoch        bigint NOT NULL,
  announced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  input        text NOT NULL,
  instance     text NOT NULL,
  PRIMARY KEY (home, input, instance)
);
COMMENT ON TABLE workflow.announcement IS 'After repeated unclean ends: which input an instance is about to try, so that one that kills is known';
COMMENT ON COLUMN workflow.announcement.home IS 'Home of the input';
COMMENT ON COLUMN workflow.announcement.batch_no IS 'Batch that takes it in; when that is there, nobody died of it';
COMMENT ON COLUMN workflow.announcement.epoch IS 'Epoch of that batch';
COMMENT ON COLUMN workflow.announcement.announced_at IS 'When it was to be tried';
COMMENT ON COLUMN workflow.announcement.input IS 'What it is: record, gap, inbox, command, fanout or timer, and its position';
COMMENT ON COLUMN workflow.announcement.instance IS 'Boot id of the instance that tries it';

CREATE TABLE workflow.dedupe_0 (key uuid PRIMARY KEY, trigger_id uuid NOT NULL);
CREATE TABLE workflow.dedupe_1 (key uuid PRIMARY KEY, trigger_id uuid NOT NULL);
CREATE TABLE workflow.dedupe_2 (key uuid PRIMARY KEY, trigger_id uuid NOT NULL);
COMMENT ON TABLE workflow.dedupe_0 IS 'Remembered trigger ids, one of three generations';
COMMENT ON COLUMN workflow.dedupe_0.key IS 'Hash of tenant, workflow and the producer''s id (workflow.dedupe_key)';
COMMENT ON COLUMN workflow.dedupe_0.trigger_id IS 'The first trigger with that id';
COMMENT ON TABLE workflow.dedupe_1 IS 'Remembered trigger ids, one of three generations';
COMMENT ON COLUMN workflow.dedupe_1.key IS 'Hash of tenant, workflow and the producer''s id (workflow.dedupe_key)';
COMMENT ON COLUMN workflow.dedupe_1.trigger_id IS 'The first trigger with that id';
COMMENT ON TABLE workflow.dedupe_2 IS 'Remembered trigger ids, one of three generations';
COMMENT ON COLUMN workflow.dedupe_2.key IS 'Hash of tenant, workflow and the producer''s id (workflow.dedupe_key)';
COMMENT ON COLUMN workflow.dedupe_2.trigger_id IS 'The first trigger with that id';

CREATE TABLE workflow.dedupe_generation (
  only_row   bool PRIMARY KEY DEFAULT true CHECK (only_row),
  current    smallint NOT NULL CHECK (current BETWEEN 0 AND 2),
  rotated_at timestamptz NOT NULL
);
COMMENT ON TABLE workflow.dedupe_generation IS 'One row: which generation of remembered trigger ids is written';
COMMENT ON COLUMN workflow.dedupe_generation.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.dedupe_generation.current IS 'Number of the table that takes new ids';
COMMENT ON COLUMN workflow.dedupe_generation.rotated_at IS 'Since when';
INSERT INTO workflow.dedupe_generation (current, rotated_at) VALUES (0, clock_timestamp());

CREATE TABLE workflow.duplicate (
  duplicate_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  first_trigger_id uuid NOT NULL,
  received_at      timestamptz NOT NULL,
  record_offset    bigint NOT NULL,
  partition        int NOT NULL,
  topic            text NOT NULL,
  tenant           text,
  workflow         text NOT NULL,
  event_id         text NOT NULL
);
CREATE INDEX duplicate_first ON workflow.duplicate (first_trigger_id);
CREATE INDEX duplicate_received ON workflow.duplicate USING brin (received_at);
COMMENT ON INDEX workflow.duplicate_first IS 'Repeats of a trigger';
COMMENT ON INDEX workflow.duplicate_received IS 'For retention';
COMMENT ON TABLE workflow.duplicate IS 'Trigger events that repeated an id: recorded, nothing started';
COMMENT ON COLUMN workflow.duplicate.duplicate_id IS 'Number of the row';
COMMENT ON COLUMN workflow.duplicate.first_trigger_id IS 'The trigger that the id had started before';
COMMENT ON COLUMN workflow.duplicate.received_at IS 'When the repeat came';
COMMENT ON COLUMN workflow.duplicate.record_offset IS 'Offset of its record';
COMMENT ON COLUMN workflow.duplicate.partition IS 'Partition of its record';
COMMENT ON COLUMN workflow.duplicate.topic IS 'Topic of its record';
COMMENT ON COLUMN workflow.duplicate.tenant IS 'Its tenant';
COMMENT ON COLUMN workflow.duplicate.workflow IS 'namespace/name of the workflow it was for';
COMMENT ON COLUMN workflow.duplicate.event_id IS 'The repeated id';

CREATE TABLE workflow.quarantine (
  quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  record_offset bigint NOT NULL,
  partition     int NOT NULL,
  topic         text NOT NULL,
  timestamp     timestamptz,
  state         text NOT NULL DEFAULT 'quarantined' CHECK (state IN ('quarantined', 'replay_requested', 'replayed')),
  reason_code   text NOT NULL,
  reason        text NOT NULL,
  tenant        text,
  event_id      text,
  key           bytea,
  value         bytea,
  headers       jsonb,
  replay_position bigint
);
CREATE INDEX quarantine_record ON workflow.quarantine (topic, partition, record_offset);
CREATE INDEX quarantine_event ON workflow.quarantine (event_id) WHERE event_id IS NOT NULL;
COMMENT ON INDEX workflow.quarantine_record IS 'By the record''s place';
COMMENT ON INDEX workflow.quarantine_event IS 'What became of a trigger event';
COMMENT ON TABLE workflow.quarantine IS 'Records that could not be taken, with the reason; their offsets moved on, they can be replayed';
COMMENT ON COLUMN workflow.quarantine.quarantine_id IS 'Number of the row';
COMMENT ON COLUMN workflow.quarantine.created_at IS 'When it was put here';
COMMENT ON COLUMN workflow.quarantine.updated_at IS 'When its state last changed';
COMMENT ON COLUMN workflow.quarantine.record_offset IS 'Offset of the record';
COMMENT ON COLUMN workflow.quarantine.partition IS 'Partition of the record';
COMMENT ON COLUMN workflow.quarantine.topic IS 'Topic of the record';
COMMENT ON COLUMN workflow.quarantine.timestamp IS 'Timestamp of the record';
COMMENT ON COLUMN workflow.quarantine.state IS 'quarantined, replay_requested or replayed';
COMMENT ON COLUMN workflow.quarantine.reason_code IS 'Why, as a machine word';
COMMENT ON COLUMN workflow.quarantine.reason IS 'What was wrong and what was expected';
COMMENT ON COLUMN workflow.quarantine.tenant IS 'Tenant, as far as it could be read';
COMMENT ON COLUMN workflow.quarantine.event_id IS 'The producer''s id, as far as it could be read';
COMMENT ON COLUMN workflow.quarantine.key IS 'Key of the record, byte for byte';
COMMENT ON COLUMN workflow.quarantine.value IS 'Value of the record, byte for byte';
COMMENT ON COLUMN workflow.quarantine.headers IS 'Headers of the record: array of {name, value}, values in hexadecimal';
COMMENT ON COLUMN workflow.quarantine.replay_position IS 'Position of the last replay in its home''s inbox';
