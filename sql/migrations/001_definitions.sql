-- What:     settings, definitions and the number that says they changed
-- Why:      workflows are published into a table; every batch compares one number with it
-- Breaking: no
-- Lock:     none on existing tables
CREATE TABLE workflow.setting (
  name  text PRIMARY KEY,
  value text NOT NULL,
  help  text NOT NULL
);
COMMENT ON TABLE workflow.setting IS 'What workflow.maintain() keeps to: retention and partitions ahead';
COMMENT ON COLUMN workflow.setting.name IS 'Name of the setting';
COMMENT ON COLUMN workflow.setting.value IS 'Its value; an interval unless help says otherwise';
COMMENT ON COLUMN workflow.setting.help IS 'What it does';

INSERT INTO workflow.setting (name, value, help) VALUES
  ('retention.runs', '90 days', 'Triggers, runs, steps, actions and events go, by whole weeks, once all of a week is older than this and ended'),
  ('retention.timers', '2 days', 'Day buckets of timers go when they are older than this and every home has passed them'),
  ('retention.duplicates', '30 days', 'Recorded repeats of trigger ids go after this'),
  ('retention.quarantine', '90 days', 'Quarantined records go after this'),
  ('retention.batches', '1 day', 'Batch rows that nothing needs any more go after this'),
  ('retention.inbox', '1 day', 'Inbox rows that their home has acknowledged go after this'),
  ('retention.commands', '30 days', 'Commands go after this'),
  ('dedupe.rotation', '7 days', 'A trigger id is remembered for at least twice and at most three times this'),
  ('partitions.ahead', '21 days', 'How far ahead weekly partitions are made'),
  ('timers.ahead', '29 days', 'How far ahead day buckets of timers are made');

CREATE TABLE workflow.definition (
  definition_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace     text NOT NULL,
  name          text NOT NULL,
  version       text NOT NULL,
  content_hash  text NOT NULL,
  state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  document      text NOT NULL,
  UNIQUE (namespace, name, version)
);
COMMENT ON TABLE workflow.definition IS 'Published workflow definitions; a published version never changes';
COMMENT ON COLUMN workflow.definition.definition_id IS 'Number that runs refer to';
COMMENT ON COLUMN workflow.definition.namespace IS 'document.namespace';
COMMENT ON COLUMN workflow.definition.name IS 'document.name';
COMMENT ON COLUMN workflow.definition.version IS 'document.version, a semantic version';
COMMENT ON COLUMN workflow.definition.content_hash IS 'SHA-256 of the document, hexadecimal';
COMMENT ON COLUMN workflow.definition.state IS 'active: starts new runs; inactive: only finishes those that are open';
COMMENT ON COLUMN workflow.definition.created_at IS 'When it was published';
COMMENT ON COLUMN workflow.definition.updated_at IS 'When its state last changed';
COMMENT ON COLUMN workflow.definition.document IS 'The document as published, YAML or JSON';

CREATE TABLE workflow.definition_generation (
  only_row   bool PRIMARY KEY DEFAULT true CHECK (only_row),
  generation bigint NOT NULL
);
COMMENT ON TABLE workflow.definition_generation IS 'One row: moves on whenever the table of definitions changes';
COMMENT ON COLUMN workflow.definition_generation.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.definition_generation.generation IS 'Compared by workflow.fence() with what an instance has loaded';
INSERT INTO workflow.definition_generation (generation) VALUES (1);
