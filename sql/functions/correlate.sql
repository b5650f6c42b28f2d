-- Brings events and listeners together, in the transaction that takes the ones in and makes
-- the others. Whatever order the two are committed in, the event is handed over: an event
-- looks for listeners, a listener looks back, and the slot's lock lets none pass the other
-- unseen. Events of a slot hold it together; who begins to listen holds it alone, until the
-- commit. All locks are taken in one order.
--
--   1. what ended no longer listens
--   2. each event is noted once (its repeats are not) and handed to who listens
--   3. who begins to listen is noted, and is handed what came within `lookback`
--
-- Handing over is a row in the inbox of the run's home, from source 8192 + the home that
-- wrote it, whose batch this is: one writer, so its positions rise with its commits. The run
-- itself judges the event; here is left out only what surely does not match.
CREATE OR REPLACE FUNCTION workflow.correlate(
  a_homes smallint[], a_tenants text[], a_types text[], a_sources text[], a_ids text[], a_subjects text[], a_events json[],
  e_runs uuid[], e_numbers int[],
  s_runs uuid[], s_numbers int[], s_filters smallint[], s_tenants text[], s_types text[], s_sources text[],
  s_subjects text[], s_conditions json[], lookback bigint)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  want record;
  handed bigint;
  more bigint;
  since CONSTANT timestamptz := clock_timestamp() - lookback * interval '1 microsecond';
BEGIN
  FOR want IN
    SELECT w.slot, bool_or(w.alone) AS alone FROM (
      SELECT workflow.event_slot(u.tenant, u.type) AS slot, false AS alone FROM unnest(a_tenants, a_types) u (tenant, type)
      UNION ALL
      SELECT 64, false WHERE cardinality(a_types) > 0 -- there may be listeners for any type
      UNION ALL
      SELECT workflow.event_slot(u.tenant, u.type), true FROM unnest(s_tenants, s_types) u (tenant, type)) w
     GROUP BY w.slot ORDER BY w.slot
  LOOP
    IF want.alone THEN
      PERFORM pg_advisory_xact_lock(1467370599, want.slot);
    ELSE
      PERFORM pg_advisory_xact_lock_shared(1467370599, want.slot);
    END IF;
  END LOOP;
  DELETE FROM workflow.subscription s USING unnest(e_runs, e_numbers) e (run_id, number)
   WHERE s.run_id = e.run_id AND s.subscription_no = e.number;
  WITH came AS (
    INSERT INTO workflow.arrival (key, slot, tenant, type, source, event_id, subject, event)
    SELECT workflow.dedupe_key(u.tenant, 'event ' || coalesce(u.source, ''), u.id), workflow.event_slot(u.tenant, u.type),
           u.tenant, u.type, u.source, u.id, u.subject, u.event
      FROM unnest(a_tenants, a_types, a_sources, a_ids, a_subjects, a_events) WITH ORDINALITY
        AS u (tenant, type, source, id, subject, event, ordinal) ORDER BY u.ordinal
    ON CONFLICT DO NOTHING
    RETURNING *
  ), hit AS (
    SELECT DISTINCT c.arrival_no, s.run_id, s.subscription_no
      FROM came c JOIN workflow.subscription s ON s.slot IN (c.slot, 64)
     WHERE workflow.event_mismatch(s, c.tenant, c.type, c.source, c.subject, c.event) IS NULL
  )
  INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, payload)
  SELECT workflow.uuid_home(o.run_id), 8192 + a_homes[1], true, nextval('workflow.match_position'), o.run_id, 'event',
         convert_to(json_build_object('subscription', o.subscription_no, 'event', o.event)::text, 'UTF8')
    FROM (SELECT h.*, c.event FROM hit h JOIN came c USING (arrival_no) ORDER BY h.arrival_no, h.run_id) o;
  GET DIAGNOSTICS handed = ROW_COUNT;
  INSERT INTO workflow.subscription (run_id, subscription_no, filter_no, slot, tenant, type, source, subject, conditions)
  SELECT u.run_id, u.number, u.filter, workflow.event_slot(u.tenant, u.type), u.tenant, u.type, u.source, u.subject, u.conditions::jsonb
    FROM unnest(s_runs, s_numbers, s_filters, s_tenants, s_types, s_sources, s_subjects, s_conditions)
      AS u (run_id, number, filter, tenant, type, source, subject, conditions)
   WHERE NOT EXISTS (SELECT FROM unnest(e_runs, e_numbers) e (run_id, number) WHERE e.run_id = u.run_id AND e.number = u.number);
  WITH began AS (
    SELECT s AS own FROM unnest(s_runs, s_numbers, s_filters) u (run_id, number, filter)
      JOIN workflow.subscription s ON s.run_id = u.run_id AND s.subscription_no = u.number AND s.filter_no = u.filter
  ), near AS (
    SELECT b.own, a.* FROM began b JOIN workflow.arrival a ON a.slot = (b.own).slot AND a.received_at >= since
    UNION ALL
    SELECT b.own, a.* FROM began b JOIN workflow.arrival a ON (b.own).slot = 64 AND a.received_at >= since
  ), hit AS (
    SELECT DISTINCT n.arrival_no, (n.own).run_id, (n.own).subscription_no FROM near n
     WHERE workflow.event_mismatch(n.own, n.tenant, n.type, n.source, n.subject, n.event) IS NULL
  )
  INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, payload)
  SELECT workflow.uuid_home(o.run_id), 8192 + workflow.uuid_home(o.run_id), true, nextval('workflow.match_position'), o.run_id, 'event',
         convert_to(json_build_object('subscription', o.subscription_no, 'event', o.event)::text, 'UTF8')
    FROM (SELECT h.*, a.event FROM hit h JOIN workflow.arrival a USING (arrival_no) ORDER BY h.arrival_no, h.run_id) o;
  GET DIAGNOSTICS more = ROW_COUNT;
  RETURN handed + more;
END $$;
COMMENT ON FUNCTION workflow.correlate IS 'Notes events and listeners, and hands events to who listens; returns how many it handed over';
REVOKE ALL ON FUNCTION workflow.correlate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.correlate TO workflow_daemon;
