-- Workflows that start by themselves: when next, when last, and what was skipped lately.
CREATE OR REPLACE VIEW workflow.schedules WITH (security_invoker = true) AS
SELECT s.workflow, s.schedule, s.anchor_at AS since, s.next_slot_at, s.run_id AS waits_for_run_id,
       l.slot_at AS last_slot_at, l.trigger_id AS last_trigger_id, coalesce(k.slots, 0) AS skipped_slots_7d,
       k.reason AS last_skipped_because
  FROM workflow.schedule s
  LEFT JOIN LATERAL (SELECT n.slot_at, n.trigger_id FROM workflow.schedule_slot n
                      WHERE n.schedule_no = s.schedule_no AND n.state = 'started' ORDER BY n.slot_at DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (SELECT sum(n.slot_count) AS slots, (array_agg(n.reason ORDER BY n.slot_at DESC))[1] AS reason
                       FROM workflow.schedule_slot n
                      WHERE n.schedule_no = s.schedule_no AND n.state = 'skipped'
                        AND n.slot_at > clock_timestamp() - interval '7 days') k ON true
 WHERE s.schedule IS NOT NULL;
COMMENT ON VIEW workflow.schedules IS 'Workflows that start by themselves: when next, when last, and what was skipped in the last 7 days';
