-- Says that the partitions now belong to another Kafka cluster, whose offsets begin anew:
-- every home is taken from its owner and reads from the beginning. Nothing that is stored
-- is lost; records of the new cluster that repeat known trigger ids are duplicates.
CREATE OR REPLACE FUNCTION workflow.adopt_cluster(new_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own record;
BEGIN
  INSERT INTO workflow.cluster AS c (cluster_id) VALUES (new_cluster_id)
  ON CONFLICT (only_row) DO UPDATE SET cluster_id = new_cluster_id, seen_at = clock_timestamp();
  FOR own IN SELECT h.home FROM workflow.home h ORDER BY h.home LOOP
    UPDATE workflow.home h SET epoch = h.epoch + 1, instance = NULL, taken_at = clock_timestamp() WHERE h.home = own.home;
    LOOP
      INSERT INTO workflow.batch (home, batch_no, epoch, next_offset, last_offset, last_hash, outbox_acked, guard_low,
                                  timer_low, inbox_acks)
      SELECT l.home, l.batch_no + 1, h.epoch, -1, -1, 0, l.outbox_acked, l.guard_low, l.timer_low, l.inbox_acks
        FROM workflow.batch l JOIN workflow.home h ON h.home = l.home
       WHERE l.home = own.home ORDER BY l.batch_no DESC LIMIT 1
      ON CONFLICT DO NOTHING;
      EXIT WHEN FOUND OR NOT EXISTS (SELECT FROM workflow.batch b WHERE b.home = own.home);
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.adopt_cluster IS 'Lets every home read another Kafka cluster from its beginning';
REVOKE ALL ON FUNCTION workflow.adopt_cluster FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.adopt_cluster TO workflow_admin;
