-- A run as Knock's "workflow recipient run", one row each, a column per key, in the vendor's
-- order, and the definition: what the list and the single answer are made of.
CREATE OR REPLACE VIEW workflow_api.knock_recipient_runs WITH (security_invoker = true) AS
SELECT 'WorkflowRecipientRun' AS "__typename", r.run_id AS id, r.trigger_id AS workflow_run_id, r.workflow,
       workflow_api.knock_state(workflow_api.run_state(r.status, r.waiting_for)) AS status,
       workflow_api.knock_party(r.recipient_collection, r.recipient_id) AS recipient,
       -- Keys that do not apply to the type are left out, unless they have a value.
       ('{"type":"' || coalesce(t.source_type, 'api') || '"'
        || CASE WHEN t.audience_key IS NULL AND t.source_type IS DISTINCT FROM 'audience' THEN ''
                ELSE ',"audience_key":' || coalesce(to_json(t.audience_key)::text, 'null') END
        || CASE WHEN t.cancellation_key IS NULL AND t.source_type IS DISTINCT FROM 'api' THEN ''
                ELSE ',"cancellation_key":' || coalesce(to_json(t.cancellation_key)::text, 'null') END
        || CASE WHEN t.schedule_id IS NULL AND t.source_type IS DISTINCT FROM 'schedule' THEN ''
                ELSE ',"schedule_id":' || coalesce(to_json(t.schedule_id)::text, 'null') END
        || '}')::json AS trigger_source,
       workflow_api.at_second(workflow.uuid_time(r.run_id)) AS inserted_at,
       workflow_api.at_second(r.updated_at) AS updated_at,
       CASE WHEN jsonb_typeof(t.actor) = 'object' THEN workflow_api.knock_party(t.actor ->> 'collection', t.actor ->> 'id')
            ELSE t.actor::json END AS actor,
       r.error_count, r.tenant, r.definition_id
  FROM workflow.run r
  LEFT JOIN workflow.trigger t ON t.trigger_id = r.trigger_id;
COMMENT ON VIEW workflow_api.knock_recipient_runs IS 'Runs as Knock writes them; made for workflow_api.knock_runs() and knock_run()';
COMMENT ON COLUMN workflow_api.knock_recipient_runs."__typename" IS 'WorkflowRecipientRun';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.id IS 'The run';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.workflow_run_id IS 'Its trigger, which the runs of all recipients have in common';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.workflow IS 'namespace/name of the workflow';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.status IS 'queued, processing, paused, completed or cancelled';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.recipient IS 'A text, or {id, collection}';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.trigger_source IS 'What triggered: type, and the keys that apply to it';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.inserted_at IS 'The instant in its id';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.updated_at IS 'When anything of it last changed';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.actor IS 'Who caused it: a text, {id, collection} or null';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.error_count IS 'Events of level error';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.tenant IS 'Whose run it is';
COMMENT ON COLUMN workflow_api.knock_recipient_runs.definition_id IS 'The definition that it follows; not of the answer';

-- Knock: GET /v1/workflow_recipient_runs/{id}. NULL = there is none.
--
-- An event's data are what a reader can do something with: the worker's words, the case that
-- was taken, when it goes on; not the engine's own bookkeeping. A message that a worker is
-- asked to send is message_enqueued, Knock's own word; every other event is named by its
-- type, with an underscore. Events of the run itself have no attempt.
--
-- Each table is read at an id that is known beforehand, in one partition. That of the trigger
-- follows from the run's; only where it does not (rows that nobody but people made) is it
-- looked up.
CREATE OR REPLACE FUNCTION workflow_api.knock_run(id uuid) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  hidden  CONSTANT text[] := '{timer,timeout_timer,attempt_timer,failed_step,step,parent,next,kind,title,final,guards,recipient,data,input,context}';
  trigger uuid := (left(id::text, 31) || '00000')::uuid;
  prefix  CONSTANT text := id || '.';
  answer  json;
BEGIN
  LOOP
    SELECT row_to_json(x) INTO answer FROM (
      SELECT k."__typename", k.id, k.workflow_run_id, k.workflow, k.status, k.recipient, k.trigger_source, k.inserted_at, k.updated_at,
             k.actor, k.error_count, k.tenant, array_to_json(ARRAY(
               SELECT CASE WHEN v.attempt IS NULL THEN row_to_json(w) ELSE row_to_json(v) END
                 FROM (SELECT 'WorkflowRecipientRunEvent' AS "__typename",
                              prefix || e.seq AS id,
                              CASE WHEN e.type = 'action.requested' AND t.knock_channel IS NOT NULL THEN 'message_enqueued'
                                   ELSE replace(e.type, '.', '_') END AS event,
                              e.level AS status,
                              workflow_api.at_second(e.occurred_at) AS inserted_at,
                              e.attempt,
                              nullif(coalesce(e.data - hidden, '{}')
                                     || CASE WHEN e.reason_code IS NULL AND e.summary IS NULL THEN '{}'
                                             ELSE jsonb_strip_nulls(jsonb_build_object('reason', e.reason_code, 'summary', e.summary)) END
                                     || CASE WHEN e.type = 'action.requested' AND t.knock_channel IS NOT NULL
                                             THEN jsonb_build_object('channel_type', t.knock_channel, 'message_id', e.run_id || ':' || e.action_no)
                                             ELSE '{}' END, '{}') AS data,
                              e.reference AS step_ref,
                              t.knock AS step_type
                         FROM workflow.event e
                         LEFT JOIN workflow_api.task t ON t.definition_id = k.definition_id AND t.reference = e.reference
                        WHERE e.run_id = knock_run.id ORDER BY e.seq OFFSET 0) v
                CROSS JOIN LATERAL (SELECT v."__typename", v.id, v.event, v.status, v.inserted_at, v.data, v.step_ref, v.step_type) w)) AS events
        FROM workflow_api.knock_recipient_runs k
       WHERE k.id = knock_run.id AND k.workflow_run_id = trigger) x;
    EXIT WHEN FOUND;
    SELECT r.trigger_id INTO trigger FROM workflow.run r WHERE r.run_id = knock_run.id;
    EXIT WHEN NOT FOUND;
  END LOOP;
  RETURN answer;
END $$;
COMMENT ON FUNCTION workflow_api.knock_run IS 'Knock: a workflow recipient run with its events; NULL = there is none';
