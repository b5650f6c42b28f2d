-- Brings events and listeners together, in the transaction that takes the ones in
-- (workflow.note_events) and makes the others. Whatever order the two are committed in, the
-- event is handed over: an event looks for listeners, a listener looks back, and the slot's
-- lock lets none pass the other unseen. Events of a slot hold it together; who begins to
-- listen holds it alone, until the commit: so this is the last statement before it. All
-- locks are taken in one order.
--
--   1. what ended no longer listens
--   2. each event that is new is handed to who listens
--   3. who begins to listen is noted, and is handed what came within `lookback`
--
-- They find each other by equal keys (workflow.listener_key), so that an event looks at those
-- only that wait for its values, and who listens for one order only at that order's events.
--
-- Handing over is a row in the inbox of the run's home, from source 8192 + the home that
-- wrote it, whose batch this is: one writer, so its positions rise with its commits. What an
-- event or a listener has more of than a few is left to workflow.hand_over(), in pieces. The
-- run itself judges the event; here is left out only what surely does not match.
CREATE OR REPLACE FUNCTION workflow.correlate(
  e_runs uuid[], e_numbers int[],
  s_runs uuid[], s_numbers int[], s_filters smallint[], s_tenants text[], s_types text[], s_sources text[],
  s_subjects text[], s_conditions json[], lookback bigint,
  OUT woken smallint[], OUT unfinished smallint[]) -- homes that were handed something; that have to hand over more
LANGUAGE plpgsql AS $$
DECLARE
  want  record;
  more  record;
  noted CONSTANT bigint[] := coalesce(nullif(current_setting('workflow.noted', true), ''), '{}')::bigint[];
  since CONSTANT timestamptz := clock_timestamp() - lookback * interval '1 microsecond';
BEGIN
  woken := '{}';
  unfinished := '{}';
  DELETE FROM workflow.subscription s USING unnest(e_runs, e_numbers) e (run_id, number)
   WHERE s.run_id = e.run_id AND s.subscription_no = e.number;
  FOR want IN
    SELECT w.kind & 63 AS slot, bool_or(w.alone) AS alone FROM (
      SELECT unnest(ARRAY[a.kind, workflow.event_kind(a.tenant, NULL)]), false FROM workflow.arrival a WHERE a.arrival_no = ANY (noted)
      UNION ALL
      SELECT workflow.event_kind(u.tenant, u.type), true FROM unnest(s_tenants, s_types) u (tenant, type)) w (kind, alone)
     GROUP BY 1 ORDER BY 1
  LOOP
    IF want.alone THEN
      PERFORM pg_advisory_xact_lock(1467370599, want.slot::int);
    ELSE
      PERFORM pg_advisory_xact_lock_shared(1467370599, want.slot::int);
    END IF;
  END LOOP;
  IF cardinality(noted) > 0 THEN
    SELECT * INTO woken, unfinished FROM workflow.tell_listeners(noted);
  END IF;
  IF cardinality(s_runs) > 0 THEN
    FOR want IN
      SELECT DISTINCT workflow.event_kind(u.tenant, u.type) AS kind, v.paths
        FROM unnest(s_tenants, s_types, s_sources, s_subjects, s_conditions) AS u (tenant, type, source, subject, conditions)
       CROSS JOIN LATERAL workflow.listener_values(u.source, u.subject, u.conditions) v
       WHERE v.paths IS NOT NULL
    LOOP
      PERFORM workflow.add_path(want.kind, want.paths, since);
    END LOOP;
    INSERT INTO workflow.subscription (run_id, subscription_no, filter_no, key, tenant, type, source, subject, conditions)
    SELECT u.run_id, u.number, u.filter, workflow.listener_key(workflow.event_kind(u.tenant, u.type), v.paths, v.wanted),
           u.tenant, u.type, u.source, u.subject, u.conditions::jsonb
      FROM unnest(s_runs, s_numbers, s_filters, s_tenants, s_types, s_sources, s_subjects, s_conditions)
        AS u (run_id, number, filter, tenant, type, source, subject, conditions)
     CROSS JOIN LATERAL workflow.listener_values(u.source, u.subject, u.conditions) v
     WHERE NOT EXISTS (SELECT FROM unnest(e_runs, e_numbers) e (run_id, number) WHERE e.run_id = u.run_id AND e.number = u.number);
    SELECT * INTO more FROM workflow.look_back(s_runs, s_numbers, s_filters, since);
    woken := woken || more.woken;
    unfinished := unfinished || more.unfinished;
  END IF;
END $$;
COMMENT ON FUNCTION workflow.correlate IS 'Notes listeners, and hands events to who listens; returns the homes of these, and those that have more to hand over';
REVOKE ALL ON FUNCTION workflow.correlate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.correlate TO workflow_daemon;
