-- Of workflow.maintain(): deletes rows that the settings (`keep`) say are old enough, at
-- most `row_limit` of each kind (batches: of each home), so that no call is long.
-- The deed 'again' says that there may be more. Events that wait to be judged may be enough to
-- start a run: such gatherings are kept a week longer.
CREATE OR REPLACE FUNCTION workflow.forget_expired(clock timestamptz, keep jsonb, row_limit int)
RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
  own  record;
  rule record;
  gone bigint;
  more bool := false;
BEGIN
  deed := 'deleted';
  -- Of each home its newest row stays, with all that an owner would look up. A home's
  -- numbers have no gaps, so a range of them bounds what is looked at.
  object := 'batch'; amount := 0;
  FOR own IN
    SELECT h.home, first.batch_no AS first, least(last.outbox_acked, last.guard_low, last.batch_no - 10) AS low
      FROM workflow.home h
     CROSS JOIN LATERAL (SELECT b.batch_no FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no LIMIT 1) first
     CROSS JOIN LATERAL (SELECT * FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) last
  LOOP
    DELETE FROM workflow.batch b
     WHERE b.home = own.home AND b.batch_no < least(own.low, own.first + row_limit)
       AND b.committed_at < clock - (keep ->> 'retention.batches')::interval;
    GET DIAGNOSTICS gone = ROW_COUNT;
    amount := amount + gone;
    more := more OR gone = row_limit;
  END LOOP;
  RETURN NEXT;
  object := 'inbox'; amount := 0;
  FOR own IN
    SELECT h.home, n.inbox_acks[2 * g - 1] AS source, n.inbox_acks[2 * g] AS position
      FROM workflow.home h
     CROSS JOIN LATERAL (SELECT b.inbox_acks FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) n
     CROSS JOIN LATERAL generate_series(1, cardinality(n.inbox_acks) / 2) g
  LOOP
    DELETE FROM workflow.inbox i
     WHERE i.dst_home = own.home AND i.src_home = own.source AND i.created_at < clock - (keep ->> 'retention.inbox')::interval
       AND i.src_pos = ANY (ARRAY(SELECT o.src_pos FROM workflow.inbox o
             WHERE o.dst_home = own.home AND o.src_home = own.source AND o.src_pos <= own.position
             ORDER BY o.src_pos LIMIT row_limit));
    GET DIAGNOSTICS gone = ROW_COUNT;
    amount := amount + gone;
    more := more OR gone = row_limit;
  END LOOP;
  RETURN NEXT;
  object := 'arrival'; amount := workflow.forget_events(clock - (keep ->> 'retention.events')::interval, row_limit);
  more := more OR amount = row_limit;
  RETURN NEXT;
  -- A replay is done once its home has acknowledged its place in the inbox (source 0).
  UPDATE workflow.quarantine q SET state = 'replayed', updated_at = clock
    FROM workflow.quarantined d WHERE q.state = 'replay_requested' AND d.quarantine_id = q.quarantine_id AND d.state = 'replayed';
  FOR rule IN
    SELECT * FROM (VALUES ('duplicate', 'received_at', clock - (keep ->> 'retention.duplicates')::interval),
                          ('quarantine', 'updated_at', clock - (keep ->> 'retention.quarantine')::interval),
                          -- Not after its batch: without that it would count as a death.
                          ('announcement', 'announced_at', clock - (keep ->> 'retention.batches')::interval),
                          ('arrival_key', 'received_at', clock - (keep ->> 'retention.events')::interval),
                          ('event_refusal', 'refused_at', clock - (keep ->> 'retention.events')::interval),
                          ('command_applied', 'applied_at', clock - (keep ->> 'retention.commands')::interval),
                          ('schedule_slot', 'decided_at', clock - (keep ->> 'retention.slots')::interval),
                          ('gathering', 'expires_at', clock), ('tombstone', 'expires_at', clock)) r (tbl, instant, before)
  LOOP
    EXECUTE format('DELETE FROM workflow.%1$I WHERE ctid = ANY (ARRAY(SELECT o.ctid FROM workflow.%1$I o WHERE %2$s LIMIT $2)) AND %2$s', rule.tbl,
                   format(CASE rule.tbl WHEN 'gathering' THEN '%1$I < $1 AND (NOT asked OR %1$I < $1 - interval ''7 d'')' ELSE '%1$I < $1' END, rule.instant))
      USING rule.before, row_limit;
    GET DIAGNOSTICS amount = ROW_COUNT;
    object := rule.tbl;
    RETURN NEXT;
    more := more OR amount = row_limit;
  END LOOP;
  IF more THEN
    deed := 'again'; object := 'rows'; amount := 1;
    RETURN NEXT;
  END IF;
END $$;
COMMENT ON FUNCTION workflow.forget_expired IS 'Deletes rows that are old enough; of maintain()';
REVOKE ALL ON FUNCTION workflow.forget_expired FROM PUBLIC;
