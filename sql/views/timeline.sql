-- A run's history for people: WHERE run_id = … ORDER BY seq.
CREATE OR REPLACE VIEW workflow.timeline WITH (security_invoker = true) AS
SELECT e.run_id, e.seq, e.occurred_at, e.occurred_at - r.created_at AS after, r.tenant, r.workflow, r.recipient_id,
       e.type, coalesce(s.title, s.name) AS step, e.action_no, e.attempt, e.level, e.reason_code, e.summary, e.data
  FROM workflow.event e
  JOIN workflow.run r ON r.run_id = e.run_id
  LEFT JOIN workflow.step s ON s.run_id = e.run_id AND s.step_no = e.step_no;
COMMENT ON VIEW workflow.timeline IS 'What happened to a run, readable; ORDER BY seq';
