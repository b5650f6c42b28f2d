-- What:     settings, definitions with their tasks and ids, and the number that says they changed
-- Why:      workflows are published into a table; every batch compares one number with it
-- Breaking: no
-- Lock:     none on existing tables
CREATE TABLE workflow.setting (
  name    text PRIMARY KEY,
  value   interval NOT NULL,
  lowest  interval NOT NULL,
  highest interval NOT NULL,
  help    text NOT NULL,
  CHECK (value BETWEEN lowest AND highest)
);
COMMENT ON TABLE workflow.setting IS 'What workflow.maintain() keeps to; changed by workflow.change_setting()';
COMMENT ON COLUMN workflow.setting.name IS 'Name of the setting';
COMMENT ON COLUMN workflow.setting.value IS 'Its value';
COMMENT ON COLUMN workflow.setting.lowest IS 'The least that it can be';
COMMENT ON COLUMN workflow.setting.highest IS 'The most that it can be';
COMMENT ON COLUMN workflow.setting.help IS 'What it does';

INSERT INTO workflow.setting (name, value, lowest, highest, help) VALUES
  ('retention.runs', '90 days', '1 day', '100 years',
   'Runs with their triggers, steps, actions and events stay for at least this long after their end; they go by whole weeks'),
  ('retention.timers', '2 days', '1 hour', '30 days', 'Day buckets of timers go when they are older than this and nothing in them is to come'),
  ('retention.duplicates', '30 days', '1 hour', '100 years', 'Recorded repeats of trigger ids go after this'),
  ('retention.quarantine', '90 days', '1 day', '100 years', 'Quarantined records go when nothing has happened to them for this long'),
  ('retention.batches', '1 hour', '10 minutes', '30 days', 'Batch rows that nothing needs any more, and announcements, go after this'),
  ('retention.inbox', '1 hour', '10 minutes', '30 days', 'Inbox rows that their home has acknowledged go after this'),
  ('retention.slots', '30 days', '1 day', '100 years', 'What became of the slots of schedules is kept for this long'),
  ('retention.events', '1 hour', '15 minutes', '30 days', 'Events that runs may listen for go after this; a repeat within it is known as one'),
  ('retention.commands', '30 days', '1 day', '100 years', 'Commands that were carried out go after this'),
  ('dedupe.rotation', '7 days', '1 hour', '1 year', 'A trigger id is remembered for at least twice and at most three times this'),
  ('partitions.ahead', '21 days', '8 days', '1 year', 'How far ahead weekly partitions are made'),
  ('timers.ahead', '29 days', '29 days', '60 days', 'How far ahead day buckets of timers are made; a timer lies at most 28 days ahead');

-- Ids that follow from what they name, so that nobody stores them or looks them up. The
-- functions are here, and not among those that every migrate re-applies, because a column
-- is made by them: the same names give the same ids for ever.
CREATE FUNCTION workflow.uuid_v3(namespace uuid, name text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(set_bit(set_bit(set_bit(set_bit(
           -- the bytes of a text, said so that it is immutable
           decode(md5(uuid_send(namespace) || decode(replace(name, '\', '\\'), 'escape')), 'hex'),
           52, 1), 53, 1), 54, 0), 55, 0), -- version 3
           70, 0), 71, 1), 'hex')::uuid    -- the variant of RFC 9562
$$;
COMMENT ON FUNCTION workflow.uuid_v3 IS 'UUID version 3 (RFC 9562) of a name in a namespace; texts are UTF-8';

CREATE FUNCTION workflow.workflow_id(workflow text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT workflow.uuid_v3('8f1d2a64-3c0e-4b57-9d4a-6e5b07c1f392', workflow)
$$;
COMMENT ON FUNCTION workflow.workflow_id IS 'The id of a workflow, by its namespace/name';

CREATE TABLE workflow.definition (
  definition_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace     text NOT NULL,
  name          text NOT NULL,
  version       text NOT NULL,
  content_hash  text NOT NULL,
  state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  workflow_id   uuid NOT NULL GENERATED ALWAYS AS (workflow.workflow_id(namespace || '/' || name)) STORED,
  title         text,
  document      text NOT NULL,
  UNIQUE (namespace, name, version)
);
CREATE INDEX definition_workflow_id ON workflow.definition (workflow_id);
COMMENT ON INDEX workflow.definition_workflow_id IS 'The workflow of an id';
COMMENT ON TABLE workflow.definition IS 'Published workflow definitions; a published version never changes';
COMMENT ON COLUMN workflow.definition.definition_id IS 'Number that runs refer to';
COMMENT ON COLUMN workflow.definition.namespace IS 'document.namespace';
COMMENT ON COLUMN workflow.definition.name IS 'document.name';
COMMENT ON COLUMN workflow.definition.version IS 'document.version, a semantic version';
COMMENT ON COLUMN workflow.definition.content_hash IS 'SHA-256 of the document, hexadecimal';
COMMENT ON COLUMN workflow.definition.state IS 'active: starts new runs; inactive: only finishes those that are open';
COMMENT ON COLUMN workflow.definition.created_at IS 'When it was published';
COMMENT ON COLUMN workflow.definition.updated_at IS 'When its state last changed';
COMMENT ON COLUMN workflow.definition.workflow_id IS 'The workflow''s id, the same for all its versions: workflow.workflow_id(namespace/name)';
COMMENT ON COLUMN workflow.definition.title IS 'document.title, the name for people; NULL = none';
COMMENT ON COLUMN workflow.definition.document IS 'The document as published, YAML or JSON';

CREATE TABLE workflow.task (
  definition_id int NOT NULL REFERENCES workflow.definition,
  ord           int NOT NULL,
  parent_ord    int,
  next_ord      int,
  is_decision   bool NOT NULL,
  reference     text NOT NULL,
  name          text NOT NULL,
  title         text,
  kind          text NOT NULL,
  type          text NOT NULL,
  function      text,
  branch        text,
  config        jsonb,
  PRIMARY KEY (definition_id, ord),
  UNIQUE (definition_id, reference)
);
COMMENT ON TABLE workflow.task IS 'The tasks of each definition, in the order of the document; nothing runs by it';
COMMENT ON COLUMN workflow.task.definition_id IS 'The definition';
COMMENT ON COLUMN workflow.task.ord IS 'Place in the document from 1; a container stands before what it holds';
COMMENT ON COLUMN workflow.task.parent_ord IS 'The container around it; NULL = the workflow itself';
COMMENT ON COLUMN workflow.task.next_ord IS 'What comes after it, by then or by order, out of containers too; NULL = the end of the run, or see is_decision';
COMMENT ON COLUMN workflow.task.is_decision IS 'Only the run says what comes next: a switch, or a raise that a try is around; next_ord is NULL';
COMMENT ON COLUMN workflow.task.reference IS 'JSON pointer of the task, as in workflow.step';
COMMENT ON COLUMN workflow.task.name IS 'Its name';
COMMENT ON COLUMN workflow.task.title IS 'metadata.title, the name for people; NULL = none';
COMMENT ON COLUMN workflow.task.kind IS 'Kind of task: call, set, switch, wait and so on';
COMMENT ON COLUMN workflow.task.type IS 'What it is to people, one word: metadata.type; without one the function of a call, delay for wait, branch for switch, else the kind';
COMMENT ON COLUMN workflow.task.function IS 'The function it calls; NULL = it calls none';
COMMENT ON COLUMN workflow.task.branch IS 'What leads to it beside the order: the name of the switch case that goes to it, catch for the first task of a catch';
COMMENT ON COLUMN workflow.task.config IS 'What it does as written: with of a call, else what stands under its kind; NULL = nothing, or a container';

CREATE TABLE workflow.definition_generation (
  only_row   bool PRIMARY KEY DEFAULT true CHECK (only_row),
  generation bigint NOT NULL
);
COMMENT ON TABLE workflow.definition_generation IS 'One row: moves on whenever the table of definitions changes, or whether triggers are taken';
COMMENT ON COLUMN workflow.definition_generation.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.definition_generation.generation IS 'Compared by workflow.fence() with what an instance has loaded';
INSERT INTO workflow.definition_generation (generation) VALUES (1);

CREATE TABLE workflow.intake (
  only_row   bool PRIMARY KEY DEFAULT true CHECK (only_row),
  is_paused  bool NOT NULL,
  changed_at timestamptz,
  changed_by text,
  reason     text
);
COMMENT ON TABLE workflow.intake IS 'One row: whether triggers are taken, and who said so';
COMMENT ON COLUMN workflow.intake.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN workflow.intake.is_paused IS 'Triggers are left in Kafka';
COMMENT ON COLUMN workflow.intake.changed_at IS 'Since when; NULL = since ever';
COMMENT ON COLUMN workflow.intake.changed_by IS 'Login of who said so';
COMMENT ON COLUMN workflow.intake.reason IS 'Why, in words for operators';
INSERT INTO workflow.intake (is_paused) VALUES (false);
