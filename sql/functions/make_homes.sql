-- Gives each partition that is seen for the first time its home number. A home that is
-- made here gets what was cancelled by key before: commands first, then tombstones, since
-- one turns into the other and must not slip through between.
CREATE OR REPLACE FUNCTION workflow.make_homes(topics text[], partitions int[], trigger_topic text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  made smallint[];
BEGIN
  IF NOT EXISTS (SELECT FROM unnest(topics, partitions) u (topic, partition)
                  WHERE NOT EXISTS (SELECT FROM workflow.home h WHERE h.topic = u.topic AND h.partition = u.partition)) THEN
    RETURN;
  END IF;
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
END $$;
COMMENT ON FUNCTION workflow.make_homes IS 'Gives partitions that are new their homes; of takeover()';
REVOKE ALL ON FUNCTION workflow.make_homes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.make_homes TO workflow_daemon;
