-- Makes the caller the owner of these partitions' homes: raises each epoch, then inserts
-- the next batch row with the values of the last one. That insert waits for a transaction
-- of the former owner that is just being committed and goes behind it; a later one of his
-- fails at the fence.
-- With mine_epochs/mine_batch_nos (0 = no question) it answers whether a batch whose
-- COMMIT was sent, but whose answer was lost, is there. A home that another instance has
-- taken since then is left to it: its epoch in the answer is 0 (judged by instance and
-- not by epoch, since a take-over of our own may have lost its answer too). So are all
-- when the offsets belong to another Kafka cluster (workflow.adopt_cluster).
-- An owner that neither gave the home back nor held it for long (workflow.settle) counts as
-- an unclean end; after several in a row the new one is careful (workflow.announce).
CREATE OR REPLACE FUNCTION workflow.takeover(
  cluster text, new_instance text, topics text[], partitions int[], mine_epochs bigint[], mine_batch_nos bigint[],
  trigger_topic text DEFAULT NULL) -- NULL = triggers come by all topics
RETURNS TABLE (
  ordinal int, home smallint, epoch bigint, batch_no bigint, next_offset bigint, last_offset bigint,
  last_timestamp timestamptz, last_hash bigint, outbox_acked bigint, guard_low bigint, timer_low timestamptz,
  inbox_acks bigint[], mine_committed bool, unclean_ends smallint, hands_over bool, stored_cluster_id text, clock timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  source record;
  last   workflow.batch;
  mine   workflow.batch;
  stored text;
  raised bigint;
  ends   smallint;
BEGIN
  INSERT INTO workflow.cluster (cluster_id) VALUES (cluster) ON CONFLICT DO NOTHING;
  SELECT c.cluster_id INTO stored FROM workflow.cluster c;

  PERFORM workflow.end_stopped(new_instance, topics, partitions);
  PERFORM workflow.make_homes(topics, partitions, trigger_topic);
  FOR source IN
    SELECT u.ordinal, h.home, u.mine_epoch, u.mine_batch_no
      FROM unnest(topics, partitions, mine_epochs, mine_batch_nos)
           WITH ORDINALITY AS u (topic, partition, mine_epoch, mine_batch_no, ordinal)
      JOIN workflow.home h ON h.topic = u.topic AND h.partition = u.partition
     ORDER BY h.home -- two take-overs lock in one order
  LOOP
    UPDATE workflow.home h SET epoch = h.epoch + 1, instance = new_instance, taken_at = clock_timestamp(),
                               unclean_ends = least(h.unclean_ends + coalesce(h.instance <> new_instance, false)::int, 1000),
                               starts_runs = h.starts_runs OR h.topic = coalesce(trigger_topic, h.topic)
     WHERE h.home = source.home AND stored = cluster
       AND (source.mine_epoch = 0 OR h.instance = new_instance)
    RETURNING h.epoch, h.unclean_ends INTO raised, ends;
    IF raised IS NULL THEN
      SELECT * INTO mine FROM workflow.batch b WHERE b.home = source.home ORDER BY b.batch_no DESC LIMIT 1;
      mine.home := source.home;
    END IF;
    WHILE raised IS NOT NULL LOOP
      SELECT * INTO last FROM workflow.batch b WHERE b.home = source.home ORDER BY b.batch_no DESC LIMIT 1;
      INSERT INTO workflow.batch AS b (home, batch_no, epoch, next_offset, last_offset, last_timestamp, last_hash,
                                       outbox_acked, guard_low, timer_low, inbox_acks)
      VALUES (source.home, coalesce(last.batch_no, 0) + 1, raised, coalesce(last.next_offset, -1),
              coalesce(last.last_offset, -1), last.last_timestamp, coalesce(last.last_hash, 0),
              coalesce(last.outbox_acked, 1), coalesce(last.guard_low, 1),
              coalesce(last.timer_low, clock_timestamp() - interval '1 minute'), coalesce(last.inbox_acks, '{}'))
      ON CONFLICT DO NOTHING -- the former owner was faster, and has committed: look again
      RETURNING * INTO mine;
      EXIT WHEN FOUND;
    END LOOP;
    RETURN QUERY SELECT
      source.ordinal::int, mine.home, coalesce(raised, 0), mine.batch_no, mine.next_offset, mine.last_offset,
      mine.last_timestamp, mine.last_hash, mine.outbox_acked, mine.guard_low, mine.timer_low, mine.inbox_acks,
      EXISTS (SELECT FROM workflow.batch b WHERE b.home = source.home AND b.batch_no = source.mine_batch_no
                AND b.epoch = source.mine_epoch AND source.mine_epoch > 0),
      coalesce(ends, 0::smallint), EXISTS (SELECT FROM workflow.handover o WHERE o.home = source.home), stored, clock_timestamp();
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.takeover IS 'Makes the caller the owner of these partitions; returns where each home stands';
REVOKE ALL ON FUNCTION workflow.takeover FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.takeover TO workflow_daemon;
