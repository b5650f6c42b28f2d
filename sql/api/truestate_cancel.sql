-- TrueState: PATCH /automations/{automation_id}/sessions/{session_id}/cancel. Gives the
-- command and returns the session as it still is: the run's owner obeys in its next batch,
-- a moment later. A session that has ended is returned as it is. NULL = there is none.
CREATE OR REPLACE FUNCTION workflow_api.truestate_cancel(automation_id uuid, session_id uuid, cancelled_by text) RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  session json := workflow_api.truestate_session(automation_id, session_id);
BEGIN
  IF session ->> 'status' IN ('NEW', 'RUNNING') THEN
    PERFORM workflow_api.cancel_run(session_id, cancelled_by);
  END IF;
  RETURN session;
END $$;
COMMENT ON FUNCTION workflow_api.truestate_cancel IS 'TrueState: cancels a session; returns it; NULL = there is none';
REVOKE ALL ON FUNCTION workflow_api.truestate_cancel FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow_api.truestate_cancel TO workflow_http, workflow_admin;

-- With the owner's rights, so that nobody needs any on the table of commands; hence it sees
-- for itself that the run is the asker's, as the policies on workflow.run do.
CREATE OR REPLACE FUNCTION workflow_api.cancel_run(id uuid, cancelled_by text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM workflow.run r
                  WHERE r.run_id = id AND (pg_has_role(session_user, 'workflow_admin', 'USAGE')
                                           OR '=' || coalesce(r.tenant, '') = current_setting('workflow_api.tenant', true))) THEN
    RAISE 'no run %', id USING ERRCODE = 'no_data_found';
  END IF;
  RETURN workflow.command_run('cancel', id, 'cancelled by ' || cancelled_by);
END $$;
COMMENT ON FUNCTION workflow_api.cancel_run IS 'Cancels a run of the asker''s tenant; returns the number of the command';
REVOKE ALL ON FUNCTION workflow_api.cancel_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow_api.cancel_run TO workflow_http, workflow_admin;
