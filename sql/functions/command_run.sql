-- Commands to one run, by SQL: each writes a row that the run's owner takes in its next
-- batch, and wakes it. Returns the command's number; workflow.command_status() says what
-- became of it. Whoever may EXECUTE one needs no right on any table. A reason is cut at 2,048
-- characters.
CREATE OR REPLACE FUNCTION workflow.command_run(kind text, run_id uuid, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id bigint := nextval('workflow.command_number');
BEGIN
  IF NOT EXISTS (SELECT FROM workflow.run r WHERE r.run_id = command_run.run_id) THEN
    RAISE 'no run %', run_id USING ERRCODE = 'no_data_found';
  END IF;
  INSERT INTO workflow.command (command_id, group_id, home, run_id, kind, actor, reason)
  VALUES (id, id, workflow.uuid_home(run_id), run_id, kind, session_user, left(reason, 2048));
  PERFORM pg_notify('workflow_home', workflow.uuid_home(run_id)::text);
  RETURN id;
END $$;
COMMENT ON FUNCTION workflow.command_run IS 'Gives a command to a run; use cancel_run and its like';
REVOKE ALL ON FUNCTION workflow.command_run FROM PUBLIC;

CREATE OR REPLACE FUNCTION workflow.cancel_run(run_id uuid, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.command_run('cancel', run_id, reason) $$;
COMMENT ON FUNCTION workflow.cancel_run IS 'Ends a run as cancelled';
REVOKE ALL ON FUNCTION workflow.cancel_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.cancel_run TO workflow_admin;

CREATE OR REPLACE FUNCTION workflow.suspend_run(run_id uuid, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.command_run('suspend', run_id, reason) $$;
COMMENT ON FUNCTION workflow.suspend_run IS 'Lets a run start nothing until it is resumed';
REVOKE ALL ON FUNCTION workflow.suspend_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.suspend_run TO workflow_admin;

CREATE OR REPLACE FUNCTION workflow.resume_run(run_id uuid, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.command_run('resume', run_id, reason) $$;
COMMENT ON FUNCTION workflow.resume_run IS 'Lets a suspended run go on';
REVOKE ALL ON FUNCTION workflow.resume_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.resume_run TO workflow_admin;

CREATE OR REPLACE FUNCTION workflow.retry_run(run_id uuid, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.command_run('retry', run_id, reason) $$;
COMMENT ON FUNCTION workflow.retry_run IS 'Lets a faulted run try again from the step that failed';
REVOKE ALL ON FUNCTION workflow.retry_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.retry_run TO workflow_admin;

CREATE OR REPLACE FUNCTION workflow.wake_run(run_id uuid, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.command_run('wake', run_id, reason) $$;
COMMENT ON FUNCTION workflow.wake_run IS 'Ends the wait that a run is in, now';
REVOKE ALL ON FUNCTION workflow.wake_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.wake_run TO workflow_admin;
