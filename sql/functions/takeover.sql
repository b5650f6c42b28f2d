-- Makes the caller the owner of these partitions' homes: raises each epoch, then inserts
-- the next batch row with the values of the last one. That insert waits for a transaction
-- of the former owner that is just being committed and goes behind it; a later one of his
-- fails at the fence. A partition seen for the first time gets its home number here.
-- With mine_epochs/mine_batch_nos (0 = no question) it answers whether a batch whose
-- COMMIT was sent, but whose answer was lost, is there. A home that another instance has
-- taken since then is left to it: its epoch in the answer is 0 (judged by instance and
-- not by epoch, since a take-over of our own may have lost its answer too). So are all
-- when the offsets belong to another Kafka cluster (workflow.adopt_cluster).
--
-- A home that is made here gets what was cancelled by key before: commands first, then
-- tombstones, since one turns into the other and must not slip through between.
CREATE OR REPLACE FUNCTION workflow.takeover(
  cluster text, new_instance text, topics text[], partitions int[], mine_epochs bigint[], mine_batch_nos bigint[],
  trigger_topic text DEFAULT NULL) -- NULL = triggers come by all topics
RETURNS TABLE (
  ordinal int, home smallint, epoch bigint, batch_no bigint, next_offset bigint, last_offset bigint,
  last_timestamp timestamptz, last_hash bigint, outbox_acked bigint, guard_low bigint, timer_low timestamptz,
  inbox_acks bigint[], mine_committed bool, stored_cluster_id text, clock timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  source record;
  last   workflow.batch;
  mine   workflow.batch;
  stored text;
  raised bigint;
  made   smallint[];
BEGIN
  INSERT INTO workflow.cluster (cluster_id) VALUES (cluster) ON CONFLICT DO NOTHING;
  SELECT c.cluster_id INTO stored FROM workflow.cluster c;

  IF EXISTS (SELECT FROM unnest(topics, partitions) u (topic, partition)
              WHERE NOT EXISTS (SELECT FROM workflow.home h WHERE h.topic = u.topic AND h.partition = u.partition)) THEN
    PERFORM pg_advisory_xact_lock(1467370598, 2);
    WITH n AS (
      INSERT INTO workflow.home AS m (home, topic, partition, epoch, starts_runs)
      SELECT (SELECT coalesce(max(h.home), 0) FROM workflow.home h)
               + row_number() OVER (ORDER BY u.topic, u.partition), u.topic, u.partition, 0,
             u.topic = coalesce(trigger_topic, u.topic)
        FROM (SELECT DISTINCT * FROM unnest(topics, partitions) d (topic, partition)) u
       WHERE NOT EXISTS (SELECT FROM workflow.home h WHERE h.topic = u.topic AND h.partition = u.partition)
      RETURNING m.home, m.starts_runs)
    SELECT array_agg(n.home) FILTER (WHERE n.starts_runs) INTO made FROM n;
    INSERT INTO workflow.command (group_id, given_at, home, kind, tenant, workflow, cancellation_key, recipients, actor, reason)
    SELECT c.group_id, c.given_at, m.home, c.kind, c.tenant, c.workflow, c.cancellation_key, c.recipients, c.actor, c.reason
      FROM (SELECT DISTINCT ON (c.group_id) c.* FROM workflow.command c WHERE c.run_id IS NULL ORDER BY c.group_id) c
     CROSS JOIN unnest(made) m (home);
    INSERT INTO workflow.tombstone (home, cancel_time, expires_at, tenant, workflow, cancellation_key,
                                    recipient_collection, recipient_id)
    SELECT m.home, t.*
      FROM (SELECT t.cancel_time, max(t.expires_at), t.tenant, t.workflow, t.cancellation_key,
                   t.recipient_collection, t.recipient_id
              FROM workflow.tombstone t WHERE t.expires_at > clock_timestamp()
             GROUP BY t.cancel_time, t.tenant, t.workflow, t.cancellation_key, t.recipient_collection, t.recipient_id) t
     CROSS JOIN unnest(made) m (home);
  END IF;

  FOR source IN
    SELECT u.ordinal, h.home, u.mine_epoch, u.mine_batch_no
      FROM unnest(topics, partitions, mine_epochs, mine_batch_nos)
           WITH ORDINALITY AS u (topic, partition, mine_epoch, mine_batch_no, ordinal)
      JOIN workflow.home h ON h.topic = u.topic AND h.partition = u.partition
     ORDER BY h.home -- two take-overs lock in one order
  LOOP
    UPDATE workflow.home h SET epoch = h.epoch + 1, instance = new_instance, taken_at = clock_timestamp(),
                               starts_runs = h.starts_runs OR h.topic = coalesce(trigger_topic, h.topic)
     WHERE h.home = source.home AND stored = cluster
       AND (source.mine_epoch = 0 OR h.instance = new_instance)
    RETURNING h.epoch INTO raised;
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
      stored, clock_timestamp();
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.takeover IS 'Makes the caller the owner of these partitions; returns where each home stands';
REVOKE ALL ON FUNCTION workflow.takeover FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.takeover TO workflow_daemon;
