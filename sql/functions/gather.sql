-- Events of workflows that start on all of several: each goes to the oldest gathering of its
-- workflow that still lacks it and whose correlations it fits, else begins one. When the last
-- one is there, the gathering leaves, and the home of that event is told to start a run, by
-- an inbox row of kind 'start', from source 8192 + the home. Follows workflow.correlate() in
-- the same transaction, which notes each event once: a repeat is none here.
-- Of those that start on any `until` other events: filter 0 is one more of the first, of which
-- 1000 start a run whatever comes; a filter below 0 is one that ends them, which begins no
-- gathering and is not among its events.
CREATE OR REPLACE FUNCTION workflow.gather(
  homes smallint[], definitions int[], workflows text[], filters smallint[], counts smallint[], tenants text[], sources text[],
  ids text[], keys json[], events json[], keep bigint)
RETURNS bigint
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  name    text;
  one     record;
  own     workflow.gathering;
  started bigint := 0;
BEGIN
  FOR name IN SELECT DISTINCT u.w FROM unnest(workflows) u (w) ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(1467370600, hashtext(name));
  END LOOP;
  FOR one IN
    SELECT u.* FROM (
      SELECT n.*, row_number() OVER (PARTITION BY n.definition, n.filter, workflow.dedupe_key(n.tenant, 'event ' || coalesce(n.source, ''), n.id)
                                     ORDER BY n.ordinal) AS time -- a repeat in the same batch was noted in it too
        FROM unnest(homes, definitions, workflows, filters, counts, tenants, sources, ids, keys, events) WITH ORDINALITY
          AS n (home, definition, workflow, filter, filters, tenant, source, id, keys, event, ordinal)) u
     WHERE u.time = 1 AND EXISTS (SELECT FROM workflow.arrival a
                    WHERE a.key = workflow.dedupe_key(u.tenant, 'event ' || coalesce(u.source, ''), u.id)
                      AND a.xmin = pg_current_xact_id()::xid)
     ORDER BY u.ordinal
  LOOP
    SELECT g.* INTO own FROM workflow.gathering g
     WHERE g.workflow = one.workflow AND g.definition_id = one.definition AND g.tenant IS NOT DISTINCT FROM one.tenant
       AND g.expires_at > clock_timestamp() AND NOT one.filter = ANY (g.filled)
       AND NOT EXISTS (SELECT FROM json_each_text(one.keys) k JOIN jsonb_each_text(g.keys) h ON h.key = k.key
                        WHERE h.value IS DISTINCT FROM k.value)
     ORDER BY g.gathering_no LIMIT 1;
    IF NOT FOUND THEN
      CONTINUE WHEN one.filter < 0;
      INSERT INTO workflow.gathering (expires_at, definition_id, workflow, tenant, filled, keys, events)
      VALUES (clock_timestamp() + keep * interval '1 microsecond', one.definition, one.workflow, one.tenant, '{}', '{}', '{}')
      RETURNING * INTO own;
    END IF;
    IF one.filter >= 0 THEN
      own.events := own.events || one.event;
    END IF;
    IF (one.filter = 0 AND cardinality(own.events) < 1000) OR (one.filter <> 0 AND cardinality(own.filled) + 1 < one.filters) THEN
      UPDATE workflow.gathering g
         SET filled = CASE WHEN one.filter = 0 THEN g.filled ELSE g.filled || one.filter END, keys = g.keys || one.keys::jsonb, events = own.events
       WHERE g.gathering_no = own.gathering_no;
    ELSE
      DELETE FROM workflow.gathering g WHERE g.gathering_no = own.gathering_no;
      INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, kind, payload)
      VALUES (one.home, 8192 + one.home, true, nextval('workflow.match_position'), 'start',
              convert_to(json_build_object('definition', one.definition, 'id', 'gathering-' || own.gathering_no, 'tenant', one.tenant,
                                           'events', array_to_json(own.events))::text, 'UTF8'));
      started := started + 1;
    END IF;
  END LOOP;
  RETURN started;
END $$;
COMMENT ON FUNCTION workflow.gather IS 'Gathers events of workflows that start on several; returns how many start';
REVOKE ALL ON FUNCTION workflow.gather FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.gather TO workflow_daemon;
