-- What each task of each definition is called by the five products: workflow.task with the
-- words of workflow_api.word, kept as a table, since every event of every answer is looked up
-- in it, while tasks and words change hardly ever. Triggers keep it.
CREATE TABLE IF NOT EXISTS workflow_api.task (
  definition_id int NOT NULL,
  ord           int NOT NULL,
  reference     text NOT NULL,
  name          text NOT NULL,
  type          text NOT NULL,
  kind          text NOT NULL,
  knock         text NOT NULL,
  knock_channel text,
  leadping      text NOT NULL,
  dialnexa      text NOT NULL,
  truestate     text NOT NULL,
  PRIMARY KEY (definition_id, reference),
  UNIQUE (definition_id, ord),
  FOREIGN KEY (definition_id, ord) REFERENCES workflow.task ON DELETE CASCADE
);
COMMENT ON TABLE workflow_api.task IS 'Tasks of definitions, with the word of each product for their type; made of workflow.task and workflow_api.word';
COMMENT ON COLUMN workflow_api.task.definition_id IS 'The definition';
COMMENT ON COLUMN workflow_api.task.ord IS 'Place in the document from 1';
COMMENT ON COLUMN workflow_api.task.reference IS 'JSON pointer of the task in the document';
COMMENT ON COLUMN workflow_api.task.name IS 'The task for people: its title, else its name';
COMMENT ON COLUMN workflow_api.task.type IS 'What the task is to people, one word';
COMMENT ON COLUMN workflow_api.task.kind IS 'Kind of task: call, set, switch, wait and so on';
COMMENT ON COLUMN workflow_api.task.knock IS 'step_type of Knock''s events';
COMMENT ON COLUMN workflow_api.task.knock_channel IS 'channel_type in the data of message_enqueued; NULL = no channel';
COMMENT ON COLUMN workflow_api.task.leadping IS 'actionType of Leadping''s actions';
COMMENT ON COLUMN workflow_api.task.dialnexa IS 'node_type of DialNexa''s history';
COMMENT ON COLUMN workflow_api.task.truestate IS 'step_type of TrueState''s steps';

-- Of one definition, or of all.
CREATE OR REPLACE FUNCTION workflow_api.name_tasks(definition int DEFAULT NULL) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO workflow_api.task AS t
  SELECT k.definition_id, k.ord, k.reference, coalesce(k.title, k.name), k.type, k.kind, coalesce(w.knock, v.knock, k.type),
         CASE WHEN w.type IS NULL THEN v.knock_channel ELSE w.knock_channel END, coalesce(w.leadping, v.leadping, k.type),
         coalesce(w.dialnexa, v.dialnexa, 'APPLICATION'), coalesce(w.truestate, v.truestate, upper(k.type))
    FROM workflow.task k
    LEFT JOIN workflow_api.word w ON w.type = k.type
    LEFT JOIN workflow_api.word v ON v.type = k.kind
   WHERE definition IS NULL OR k.definition_id = definition
      ON CONFLICT (definition_id, reference) DO UPDATE
     SET ord = excluded.ord, name = excluded.name, type = excluded.type, kind = excluded.kind, knock = excluded.knock,
         knock_channel = excluded.knock_channel, leadping = excluded.leadping, dialnexa = excluded.dialnexa, truestate = excluded.truestate
   WHERE t IS DISTINCT FROM excluded
$$;
COMMENT ON FUNCTION workflow_api.name_tasks IS 'Gives the tasks of a definition, or of all, their words';
REVOKE ALL ON FUNCTION workflow_api.name_tasks FROM PUBLIC;

CREATE OR REPLACE FUNCTION workflow_api.tasks_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM workflow_api.name_tasks(d.definition_id) FROM (SELECT DISTINCT n.definition_id FROM changed n) d;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION workflow_api.tasks_changed IS 'Of the triggers on workflow.task';
REVOKE ALL ON FUNCTION workflow_api.tasks_changed FROM PUBLIC;

CREATE OR REPLACE FUNCTION workflow_api.words_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM workflow_api.name_tasks();
  RETURN NULL;
END $$;
COMMENT ON FUNCTION workflow_api.words_changed IS 'Of the trigger on workflow_api.word';
REVOKE ALL ON FUNCTION workflow_api.words_changed FROM PUBLIC;

CREATE OR REPLACE TRIGGER named_tasks AFTER INSERT ON workflow.task
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION workflow_api.tasks_changed();
CREATE OR REPLACE TRIGGER named_words AFTER INSERT OR UPDATE OR DELETE ON workflow_api.word
  FOR EACH STATEMENT EXECUTE FUNCTION workflow_api.words_changed();
SELECT workflow_api.name_tasks();
