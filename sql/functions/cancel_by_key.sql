-- Cancels the open runs of all triggers with a cancellation key, and what triggers that
-- happened before now would still start: at every home, each in its own order. The key
-- belongs to a tenant; without a tenant it means triggers that name none. `workflow` is
-- namespace/name, NULL = any. `recipients` is an array of texts or {collection, id}.
-- Returns the number of the group for workflow.command_status().
CREATE OR REPLACE FUNCTION workflow.cancel_by_key(
  key text, tenant text DEFAULT NULL, workflow text DEFAULT NULL, recipients jsonb DEFAULT NULL, reason text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id bigint;
BEGIN
  IF coalesce(key, '') = '' OR octet_length(key) > 512 THEN
    RAISE 'a cancellation key has 1 to 512 bytes' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF workflow IS NOT NULL AND NOT EXISTS
     (SELECT FROM workflow.definition d WHERE d.namespace || '/' || d.name = cancel_by_key.workflow) THEN
    RAISE 'no workflow %', workflow USING ERRCODE = 'no_data_found', HINT = 'A workflow is named namespace/name.';
  END IF;
  IF jsonb_typeof(recipients) <> 'array' OR jsonb_array_length(recipients) = 0 OR EXISTS
     (SELECT FROM jsonb_array_elements(recipients) r
       WHERE CASE jsonb_typeof(r)
               WHEN 'string' THEN r #>> '{}' = ''
               WHEN 'object' THEN r - '{collection,id}'::text[] <> '{}' OR coalesce(r ->> 'id', '') = ''
                 OR jsonb_typeof(r -> 'id') <> 'string' OR jsonb_typeof(r -> 'collection') <> 'string'
                 OR NOT r ? 'collection'
               ELSE true END) THEN
    RAISE 'recipients is an array of texts or {collection, id}, not %', recipients USING ERRCODE = 'invalid_parameter_value';
  END IF;
  id := (workflow.command_key(ARRAY[tenant], ARRAY[workflow], ARRAY[key], ARRAY[recipients], ARRAY[session_user::text],
                              ARRAY[left(reason, 2048)], ARRAY[clock_timestamp()]))[1];
  IF NOT EXISTS (SELECT FROM workflow.command c WHERE c.group_id = id) THEN
    RAISE 'no partition has been taken by a daemon yet' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM pg_notify('workflow_home', '');
  RETURN id;
END $$;
COMMENT ON FUNCTION workflow.cancel_by_key IS 'Cancels what was triggered with a cancellation key; returns the number of the group';
REVOKE ALL ON FUNCTION workflow.cancel_by_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.cancel_by_key TO workflow_admin;
