-- Cancels all open runs that a filter names, one command each, in one group. What is NULL
-- does not filter; at least one must be given (WF007), since nobody means all runs of all
-- tenants by leaving everything out. `started_after` and `started_before` compare with the
-- instant at which the trigger was accepted; both bounds belong to the range. Runs that
-- begin later are not touched. Returns how many runs there are.
CREATE OR REPLACE FUNCTION workflow.cancel_runs(
  workflow text DEFAULT NULL, tenant text DEFAULT NULL, recipient_id text DEFAULT NULL,
  recipient_collection text DEFAULT NULL, status text DEFAULT NULL, started_after timestamptz DEFAULT NULL,
  started_before timestamptz DEFAULT NULL, reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id     bigint;
  amount bigint;
BEGIN
  IF num_nonnulls(workflow, tenant, recipient_id, recipient_collection, status, started_after, started_before) = 0 THEN
    RAISE 'an empty filter would cancel every run' USING ERRCODE = 'WF007',
      HINT = 'Give at least one of workflow, tenant, recipient_id, recipient_collection, status, started_after, started_before.';
  END IF;
  IF NOT isfinite(started_after) OR NOT isfinite(started_before) THEN
    RAISE 'started_after and started_before are instants, not infinity' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Leave out what is not to bound the range.';
  END IF;
  IF status NOT IN ('pending', 'running', 'waiting', 'suspended') THEN
    RAISE 'runs that are % cannot be cancelled', status USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Open runs are pending, running, waiting or suspended.';
  END IF;
  id := nextval('workflow.command_number');
  WITH made AS (
    INSERT INTO workflow.command (group_id, home, run_id, kind, actor, reason)
    SELECT id, workflow.uuid_home(r.run_id), r.run_id, 'cancel', session_user, left(cancel_runs.reason, 2048)
      FROM workflow.run r
     WHERE r.ended_at IS NULL
       -- An id's instant lies up to 7 days before the acceptance, or 5 minutes behind it.
       AND r.run_id >= workflow.uuid_at(coalesce(started_after - interval '7 days 1 minute', 'epoch'))
       AND r.run_id < workflow.uuid_at(coalesce(started_before, clock_timestamp() + interval '1 day') + interval '6 minutes')
       AND (started_after IS NULL OR r.created_at >= started_after)
       AND (started_before IS NULL OR r.created_at <= started_before)
       AND (cancel_runs.workflow IS NULL OR r.workflow = cancel_runs.workflow)
       AND (cancel_runs.tenant IS NULL OR r.tenant = cancel_runs.tenant)
       AND (cancel_runs.recipient_id IS NULL OR r.recipient_id = cancel_runs.recipient_id)
       AND (cancel_runs.recipient_collection IS NULL OR r.recipient_collection = cancel_runs.recipient_collection)
       AND (cancel_runs.status IS NULL OR r.status = cancel_runs.status)
    RETURNING home)
  SELECT sum(h.runs), count(pg_notify('workflow_home', h.home::text)) INTO amount
    FROM (SELECT m.home, count(*) AS runs FROM made m GROUP BY m.home) h;
  RETURN coalesce(amount, 0);
END $$;
COMMENT ON FUNCTION workflow.cancel_runs IS 'Cancels all open runs that a filter names; returns how many';
REVOKE ALL ON FUNCTION workflow.cancel_runs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.cancel_runs TO workflow_admin;
