-- Remembers trigger ids, all or none: WF002 when any is known already. Keys go in in
-- order, so that two claimers cannot wait for each other. The shared lock keeps the
-- generation still: workflow.maintain() rotates under the exclusive one.
CREATE OR REPLACE FUNCTION workflow.claim_triggers(
  tenants text[], workflows text[], event_ids text[], trigger_ids uuid[]) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  generation smallint;
  claimed    int;
  keys       uuid[];
  ids        uuid[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1467370598, 3);
  SELECT g.current INTO generation FROM workflow.dedupe_generation g;
  SELECT array_agg(k.key ORDER BY k.key), array_agg(k.trigger_id ORDER BY k.key) INTO keys, ids
    FROM (SELECT workflow.dedupe_key(u.tenant, u.workflow, u.event_id) AS key, u.trigger_id
            FROM unnest(tenants, workflows, event_ids, trigger_ids) u (tenant, workflow, event_id, trigger_id)) k;
  IF generation = 0 THEN
    INSERT INTO workflow.dedupe_0 SELECT * FROM unnest(keys, ids) ON CONFLICT DO NOTHING;
  ELSIF generation = 1 THEN
    INSERT INTO workflow.dedupe_1 SELECT * FROM unnest(keys, ids) ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO workflow.dedupe_2 SELECT * FROM unnest(keys, ids) ON CONFLICT DO NOTHING;
  END IF;
  GET DIAGNOSTICS claimed = ROW_COUNT;
  IF claimed <> cardinality(keys)
     OR generation <> 0 AND EXISTS (SELECT FROM unnest(keys) k JOIN workflow.dedupe_0 d ON d.key = k)
     OR generation <> 1 AND EXISTS (SELECT FROM unnest(keys) k JOIN workflow.dedupe_1 d ON d.key = k)
     OR generation <> 2 AND EXISTS (SELECT FROM unnest(keys) k JOIN workflow.dedupe_2 d ON d.key = k) THEN
    RAISE 'a trigger id is known already' USING ERRCODE = 'WF002';
  END IF;
  RETURN claimed;
END $$;
COMMENT ON FUNCTION workflow.claim_triggers IS 'Remembers trigger ids, or aborts when any is known already';
REVOKE ALL ON FUNCTION workflow.claim_triggers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.claim_triggers TO workflow_daemon;
