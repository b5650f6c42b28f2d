-- The first statement of every transaction of the daemon: inserts the next batch row of
-- each home that the transaction touches, or aborts everything behind it.
--
--   WF001  a home has another owner by now, or its batches went on without us; DETAIL is
--          the home. The row before must exist and the epoch be the home's: the insert
--          collides with whoever takes over at the same time, the epoch stops a zombie
--          older than the rows that are kept
--   WF004  the definitions are not those of `generation`
--   WF005  something due at `due_max` was to fire before its instant; DETAIL is the clock
--          in microseconds since 1970
--
-- An insert and not an update: one updated row rots under a held snapshot.
CREATE OR REPLACE FUNCTION workflow.fence(
  homes smallint[], epochs bigint[], batch_nos bigint[], next_offsets bigint[], last_offsets bigint[],
  last_timestamps timestamptz[], last_hashes bigint[], outbox_ackeds bigint[], guard_lows bigint[],
  timer_lows timestamptz[], inbox_ack_pairs text[], requests bytea[], generation bigint, due_max timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
  inserted int;
  fenced   smallint;
  clock    timestamptz := clock_timestamp();
BEGIN
  IF due_max > clock THEN
    RAISE 'due at %, and it is %', due_max, clock
      USING ERRCODE = 'WF005', DETAIL = (extract(epoch FROM clock) * 1000000)::bigint::text;
  END IF;
  INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_timestamp, last_hash, outbox_acked,
                              guard_low, timer_low, inbox_acks, requests)
  SELECT b.home, b.batch_no, b.epoch, b.next_offset, b.last_offset, b.last_timestamp, b.last_hash, b.outbox_acked,
         b.guard_low, b.timer_low, b.inbox_acks::bigint[], b.requests
    FROM unnest(homes, epochs, batch_nos, next_offsets, last_offsets, last_timestamps, last_hashes, outbox_ackeds,
                guard_lows, timer_lows, inbox_ack_pairs, requests)
      AS b (home, epoch, batch_no, next_offset, last_offset, last_timestamp, last_hash, outbox_acked, guard_low,
            timer_low, inbox_acks, requests)
    JOIN workflow.home h ON h.home = b.home AND h.epoch = b.epoch
    JOIN workflow.batch p ON p.home = b.home AND p.batch_no = b.batch_no - 1
   ORDER BY b.home
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  IF inserted <> cardinality(homes) THEN
    SELECT u.home INTO fenced
      FROM unnest(homes, epochs, batch_nos) AS u (home, epoch, batch_no)
     WHERE NOT EXISTS (SELECT FROM workflow.home h WHERE h.home = u.home AND h.epoch = u.epoch)
        OR NOT EXISTS (SELECT FROM workflow.batch p WHERE p.home = u.home AND p.batch_no = u.batch_no - 1)
        OR EXISTS (SELECT FROM workflow.batch p
                    WHERE p.home = u.home AND p.batch_no = u.batch_no AND p.xmin <> pg_current_xact_id()::xid)
     ORDER BY u.home LIMIT 1;
    RAISE 'home % is not ours at this batch', fenced USING ERRCODE = 'WF001', DETAIL = coalesce(fenced, -1)::text;
  END IF;
  IF generation IS NOT NULL AND NOT EXISTS
     (SELECT FROM workflow.definition_generation g WHERE g.generation = fence.generation) THEN
    RAISE 'the definitions have changed' USING ERRCODE = 'WF004';
  END IF;
  RETURN clock;
END $$;
COMMENT ON FUNCTION workflow.fence IS 'Inserts the next batch row of each home, or aborts the transaction; returns the clock';
REVOKE ALL ON FUNCTION workflow.fence FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.fence TO workflow_daemon;
