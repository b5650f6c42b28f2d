-- Of workflow.maintain(): deletes rows that the settings (`keep`) say are old enough.
CREATE OR REPLACE FUNCTION workflow.forget_expired(clock timestamptz, keep jsonb)
RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql AS $$
BEGIN
  deed := 'deleted';
  -- Of each home its newest row stays, with all that an owner would look up.
  DELETE FROM workflow.batch b
   USING (SELECT h.home, n.batch_no, least(n.outbox_acked, n.guard_low, n.batch_no - 10) AS low
            FROM workflow.home h
           CROSS JOIN LATERAL (SELECT * FROM workflow.batch l WHERE l.home = h.home ORDER BY l.batch_no DESC LIMIT 1) n) k
   WHERE b.home = k.home AND b.batch_no < k.low AND b.committed_at < clock - (keep ->> 'retention.batches')::interval;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'batch'; RETURN NEXT;
  DELETE FROM workflow.inbox i
   USING (SELECT h.home, a.source, a.position
            FROM workflow.home h
           CROSS JOIN LATERAL (SELECT * FROM workflow.batch l WHERE l.home = h.home ORDER BY l.batch_no DESC LIMIT 1) n
           CROSS JOIN LATERAL (SELECT n.inbox_acks[2 * g - 1] AS source, n.inbox_acks[2 * g] AS position
                                 FROM generate_series(1, cardinality(n.inbox_acks) / 2) g) a) k
   WHERE i.dst_home = k.home AND i.src_home = k.source AND i.src_pos <= k.position
     AND i.created_at < clock - (keep ->> 'retention.inbox')::interval;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'inbox'; RETURN NEXT;
  DELETE FROM workflow.duplicate d WHERE d.received_at < clock - (keep ->> 'retention.duplicates')::interval;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'duplicate'; RETURN NEXT;
  -- A replay is done once its home has acknowledged its place in the inbox (source 0).
  UPDATE workflow.quarantine q SET state = 'replayed', updated_at = clock
    FROM workflow.quarantined d WHERE q.state = 'replay_requested' AND d.quarantine_id = q.quarantine_id AND d.state = 'replayed';
  DELETE FROM workflow.quarantine q WHERE q.updated_at < clock - (keep ->> 'retention.quarantine')::interval;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'quarantine'; RETURN NEXT;
  DELETE FROM workflow.command_applied a WHERE a.applied_at < clock - (keep ->> 'retention.commands')::interval;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'command_applied'; RETURN NEXT;
  DELETE FROM workflow.tombstone t WHERE t.expires_at < clock;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'tombstone'; RETURN NEXT;
  DELETE FROM workflow.fanout f WHERE f.cursor >= f.total;
  GET DIAGNOSTICS amount = ROW_COUNT; object := 'fanout'; RETURN NEXT;
END $$;
COMMENT ON FUNCTION workflow.forget_expired IS 'Deletes rows that are old enough; of maintain()';
REVOKE ALL ON FUNCTION workflow.forget_expired FROM PUBLIC;
