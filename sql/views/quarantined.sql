-- Records that could not be taken, with what became of them: a replay is done once its
-- home has acknowledged its place in the inbox, whose source is 0 (SQL).
CREATE OR REPLACE VIEW workflow.quarantined WITH (security_invoker = true) AS
SELECT q.quarantine_id, q.created_at, q.updated_at, q.topic, q.partition, q.record_offset, q.timestamp,
       CASE WHEN q.state = 'replay_requested' AND EXISTS (
              SELECT FROM workflow.home h
               CROSS JOIN LATERAL (SELECT b.inbox_acks FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) l
               CROSS JOIN LATERAL generate_series(1, cardinality(l.inbox_acks), 2) g
               WHERE h.topic = q.topic AND h.partition = q.partition
                 AND l.inbox_acks[g] = 0 AND l.inbox_acks[g + 1] >= q.replay_position)
            THEN 'replayed' ELSE q.state END AS state,
       q.reason_code, q.reason, q.tenant, q.event_id, q.key, q.value, q.headers
  FROM workflow.quarantine q;
COMMENT ON VIEW workflow.quarantined IS 'Records that could not be taken, and whether they were taken again';
