-- Why a run has, or has not, been handed an event that came lately: a row for each event and
-- each filter of who listens now. What was handed over the run itself has judged: that is in
-- its events (event.matched, event.rejected with reason_code).
CREATE OR REPLACE VIEW workflow.event_candidate WITH (security_invoker = true) AS
SELECT a.arrival_no, a.received_at, a.event_id, a.type, a.source, a.subject, a.tenant,
       s.run_id, s.subscription_no, s.filter_no, s.created_at AS listening_since,
       coalesce(workflow.event_mismatch(s, a.tenant, a.type, a.source, a.subject, a.event), 'handed over') AS verdict
  FROM workflow.arrival a CROSS JOIN workflow.subscription s;
COMMENT ON VIEW workflow.event_candidate IS 'Events that came lately and who listens now, with the reason why one was not handed to the other';
