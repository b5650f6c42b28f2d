-- How many runs are where.
CREATE OR REPLACE VIEW workflow.run_status WITH (security_invoker = true) AS
SELECT tenant, workflow, workflow_version, status, waiting_for, count(*) AS runs, min(next_wake_at) AS next_wake_at,
       min(created_at) AS oldest, max(updated_at) AS newest_change
  FROM workflow.run
 GROUP BY tenant, workflow, workflow_version, status, waiting_for;
COMMENT ON VIEW workflow.run_status IS 'Runs counted by workflow and status';
