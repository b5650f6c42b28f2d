-- Why an open run waits: a row for each place at which it does, of which a run with branches
-- has several; of a suspended run what it will wait for once it is resumed. A try that pauses before its next attempt stands for what is inside it.
CREATE OR REPLACE VIEW workflow.waits WITH (security_invoker = true) AS
SELECT s.run_id, r.tenant, r.workflow, s.step_no, coalesce(s.title, s.name) AS step, s.reference, s.kind,
       CASE WHEN s.next_retry_at IS NOT NULL THEN 'retry'
            WHEN a.function = 'workflow' AND a.deadline_at IS NULL THEN 'child'
            WHEN a.function IS NOT NULL THEN 'action'
            WHEN s.kind = 'listen' THEN 'event'
            WHEN s.due_at IS NOT NULL THEN 'timer' END AS waiting_for,
       coalesce(s.next_retry_at, a.deadline_at, s.due_at) AS due_at,
       a.function, coalesce(a.attempt, s.attempt) AS attempt, coalesce(a.max_attempts, s.max_attempts) AS max_attempts,
       CASE WHEN a.function = 'workflow' AND a.external_reference ~ '^[0-9a-f-]{36}$' THEN a.external_reference::uuid END AS child_run_id,
       CASE WHEN s.kind = 'listen' THEN t.config -> 'to' END AS events,
       CASE WHEN s.next_retry_at IS NOT NULL
            THEN (SELECT coalesce(f.error_summary, f.error_code) FROM workflow.step f
                   WHERE f.run_id = s.run_id AND starts_with(f.reference, s.reference || '/try/') AND f.error_code IS NOT NULL
                   ORDER BY f.updated_at DESC, f.step_no DESC LIMIT 1) END AS because
  FROM workflow.step s
  JOIN workflow.run r ON r.run_id = s.run_id
  LEFT JOIN workflow.step p ON p.run_id = s.run_id AND p.step_no = s.parent_step_no
  LEFT JOIN workflow.action a ON a.run_id = s.run_id AND a.step_no = s.step_no AND a.status = 'running'
  LEFT JOIN workflow.task t ON t.definition_id = r.definition_id AND t.reference = s.reference
 WHERE s.ended_at IS NULL AND r.ended_at IS NULL AND p.next_retry_at IS NULL AND (s.next_retry_at IS NULL OR s.kind = 'try')
   AND (s.next_retry_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM workflow.step c WHERE c.run_id = s.run_id AND c.parent_step_no = s.step_no AND c.ended_at IS NULL));
COMMENT ON VIEW workflow.waits IS 'What open runs wait for, and where: a row for each branch';
