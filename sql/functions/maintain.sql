-- Upkeep: makes partitions ahead, forgets what the settings say is old enough, rotates
-- the remembered trigger ids. Safe at any time and from anywhere; a second caller at the
-- same moment returns at once. Returns what it did.
CREATE OR REPLACE FUNCTION workflow.maintain() RETURNS TABLE (deed text, object text, amount bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part    record;
  clock   timestamptz := clock_timestamp();
  keep    CONSTANT jsonb := (SELECT jsonb_object_agg(s.name, s.value) FROM workflow.setting s);
  next_generation smallint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(1467370598, 4) THEN
    RETURN;
  END IF;

  amount := workflow.ensure_partitions(
    ARRAY(SELECT generate_series(clock, clock + (keep ->> 'partitions.ahead')::interval, interval '168 hours')),
    ARRAY(SELECT generate_series(clock - interval '24 hours', clock + (keep ->> 'timers.ahead')::interval, interval '24 hours')));
  deed := 'made'; object := 'partitions';
  RETURN NEXT;

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

  -- What needs a lock that others feel comes last, so that it is held shortest.
  BEGIN
    IF EXISTS (SELECT FROM workflow.dedupe_generation g
                WHERE g.rotated_at < clock - (keep ->> 'dedupe.rotation')::interval) THEN
      PERFORM pg_advisory_xact_lock(1467370598, 3);
      SELECT (g.current + 1) % 3 INTO next_generation FROM workflow.dedupe_generation g;
      EXECUTE format('TRUNCATE workflow.dedupe_%s', next_generation);
      UPDATE workflow.dedupe_generation SET current = next_generation, rotated_at = clock;
      deed := 'rotated'; object := 'dedupe'; amount := 1;
      RETURN NEXT;
    END IF;
    FOR part IN
      SELECT c.relname, p.relname AS parent,
             (substring(c.relname from '\d{8}$') || ' 00:00Z')::timestamptz AS lower
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
       WHERE p.relnamespace = 'workflow'::regnamespace AND p.relname IN ('run', 'timer') AND c.relkind = 'r'
       ORDER BY lower
    LOOP
      IF part.parent = 'timer' THEN
        CONTINUE WHEN part.lower + interval '24 hours' > least(clock - (keep ->> 'retention.timers')::interval,
          (SELECT min(n.timer_low) FROM workflow.home h CROSS JOIN LATERAL
             (SELECT * FROM workflow.batch l WHERE l.home = h.home ORDER BY l.batch_no DESC LIMIT 1) n));
        EXECUTE format('DROP TABLE workflow.%I', part.relname);
        deed := 'dropped'; object := part.relname; amount := 1;
        RETURN NEXT;
      ELSE
        CONTINUE WHEN part.lower + interval '168 hours' > clock - (keep ->> 'retention.runs')::interval;
        object := right(part.relname, 8);
        EXECUTE format('SELECT count(*) FROM workflow.%I WHERE ended_at IS NULL', part.relname) INTO amount;
        deed := 'kept for open runs';
        IF amount = 0 THEN
          EXECUTE format('DROP TABLE IF EXISTS workflow.%I, workflow.%I, workflow.%I, workflow.%I, workflow.%I',
            'trigger_' || object, 'event_' || object, 'run_' || object, 'step_' || object, 'action_' || object);
          deed := 'dropped'; amount := 5;
        END IF;
        RETURN NEXT;
      END IF;
    END LOOP;
  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    deed := 'put off'; object := 'what needs a lock'; amount := 1;
    RETURN NEXT;
  END;
END $$;
COMMENT ON FUNCTION workflow.maintain IS 'Upkeep: partitions ahead, retention, rotation; returns what it did';
REVOKE ALL ON FUNCTION workflow.maintain FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.maintain TO workflow_daemon, workflow_admin;
