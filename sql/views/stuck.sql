-- Open runs that nothing would wake: empty at every commit, except for what was due
-- within the last minute and for which the owner is late.
--
-- A wake-up is recorded by a timer row not later than next_wake_at, or, for a deadline,
-- by the run's own state in batches from guard_low on, which an owner looks through when
-- it takes over. Suspended runs wait for people.
--
-- A run's row says what its earliest branch waits for. Of a run in which a fork is open each
-- branch is judged: it has exactly one reason to wait, and what will wake it is there.
--
-- The open runs are found by their state (the index run_state), where nearly all runs have
-- ended; a part of them, by bounds on run_id, which reach the table since nothing in the
-- query is volatile.
CREATE OR REPLACE VIEW workflow.stuck WITH (security_invoker = true) AS
WITH newest AS MATERIALIZED (
  SELECT h.home, n.timer_low, n.outbox_acked, g.committed_at AS guarded_since
    FROM workflow.home h
   CROSS JOIN LATERAL (SELECT * FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) n
    LEFT JOIN LATERAL (SELECT b.committed_at FROM workflow.batch b
                        WHERE b.home = h.home AND b.batch_no >= n.guard_low ORDER BY b.batch_no LIMIT 1) g ON true
), judged AS (
  SELECT r.run_id, r.tenant, r.workflow, r.status, r.waiting_for, r.next_wake_at, r.updated_at, r.current_reference,
         CASE
           WHEN r.waiting_for IS NULL THEN 'has no reason to wait'
           WHEN r.next_wake_at IS NULL AND r.waiting_for IN ('timer', 'retry', 'action') THEN 'has no instant to wake at'
           WHEN r.waiting_for = 'event' AND NOT EXISTS (SELECT FROM workflow.subscription s WHERE s.run_id = r.run_id)
             THEN 'has no subscription'
           WHEN r.waiting_for = 'child'
                AND NOT EXISTS (SELECT FROM workflow.action a
                                  JOIN workflow.run c ON c.run_id = CASE WHEN a.external_reference ~ '^[0-9a-f-]{36}$' THEN a.external_reference::uuid END
                                 WHERE a.run_id = r.run_id AND a.status = 'running' AND a.deadline_at IS NULL AND c.ended_at IS NULL)
             THEN 'waits for a child that is not open'
           WHEN r.next_wake_at < statement_timestamp() - interval '1 minute' THEN 'is overdue'
           WHEN r.next_wake_at IS NOT NULL
                AND NOT (n.guarded_since IS NOT NULL AND r.updated_at >= n.guarded_since - interval '1 minute')
                -- Nearly always it is due then and found at once; only for others what is due before is looked through.
                AND NOT EXISTS (SELECT FROM workflow.timer t WHERE t.home = n.home AND t.due_at = r.next_wake_at
                                   AND t.due_at >= n.timer_low AND t.run_id = r.run_id)
                AND NOT EXISTS (SELECT FROM workflow.timer t WHERE t.home = n.home AND t.due_at < r.next_wake_at
                                   AND t.due_at >= n.timer_low AND t.run_id = r.run_id)
             THEN 'has no timer'
           WHEN EXISTS (SELECT FROM workflow.step f WHERE f.run_id = r.run_id AND f.kind = 'fork' AND f.ended_at IS NULL)
             THEN (
               SELECT format('has a branch at %s that %s', b.reference, p.problem)
                 FROM workflow.waits b
                CROSS JOIN LATERAL (SELECT CASE
                    -- It gave way to others: no branch has to wait then.
                    WHEN b.waiting_for IS NULL AND NOT (r.waiting_for = 'timer' AND r.next_wake_at <= r.updated_at) THEN 'has no reason to wait'
                    WHEN (SELECT (s.next_retry_at IS NOT NULL)::int + (s.kind = 'listen')::int + (s.kind = 'wait' AND s.due_at IS NOT NULL)::int
                               + (SELECT count(*) FROM workflow.action a WHERE a.run_id = s.run_id AND a.step_no = s.step_no AND a.status = 'running')
                            FROM workflow.step s WHERE s.run_id = r.run_id AND s.step_no = b.step_no) > 1
                      THEN 'has several reasons to wait'
                    WHEN b.due_at IS NULL AND b.waiting_for IN ('timer', 'retry', 'action') THEN 'has no instant to wake at'
                    WHEN b.waiting_for = 'event'
                         AND NOT EXISTS (SELECT FROM workflow.subscription s JOIN workflow.event e ON e.run_id = s.run_id AND e.seq = s.subscription_no
                                          WHERE s.run_id = r.run_id AND e.step_no = b.step_no)
                      THEN 'has no subscription'
                    WHEN b.waiting_for = 'child'
                         AND NOT EXISTS (SELECT FROM workflow.action a
                                           JOIN workflow.run c ON c.run_id = CASE WHEN a.external_reference ~ '^[0-9a-f-]{36}$' THEN a.external_reference::uuid END
                                          WHERE a.run_id = r.run_id AND a.step_no = b.step_no AND a.status = 'running' AND c.ended_at IS NULL)
                      THEN 'waits for a child that is not open'
                    WHEN b.due_at < statement_timestamp() - interval '1 minute' THEN 'is overdue'
                    -- A row lies at most 28 days ahead.
                    WHEN b.due_at IS NOT NULL
                         AND NOT (n.guarded_since IS NOT NULL AND r.updated_at >= n.guarded_since - interval '1 minute')
                         AND NOT EXISTS (SELECT FROM workflow.timer t WHERE t.home = n.home AND t.run_id = r.run_id AND t.due_at >= n.timer_low
                                            AND (t.due_at = b.due_at OR b.due_at > r.updated_at + interval '27 days' AND t.due_at < b.due_at))
                      THEN 'has no timer'
                    END AS problem) p
                WHERE b.run_id = r.run_id AND p.problem IS NOT NULL ORDER BY b.step_no LIMIT 1)
         END AS problem
    FROM workflow.run r
    LEFT JOIN newest n ON n.home = workflow.uuid_home(r.run_id)
   WHERE r.state_key > 'ce' AND r.state_key < 'x' AND r.ended_at IS NULL AND r.status <> 'suspended'
)
SELECT run_id, problem, tenant, workflow, status, waiting_for, next_wake_at, updated_at, current_reference
  FROM judged WHERE problem IS NOT NULL;
COMMENT ON VIEW workflow.stuck IS 'Open runs that nothing would wake; must be empty';
