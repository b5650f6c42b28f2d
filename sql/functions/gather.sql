-- Events of workflows that start on all of several: each goes to the oldest gathering of its
-- workflow that still lacks it and whose correlations it fits, else begins one, of which
-- there are at most `most` for a workflow: an event that would begin one more is refused,
-- in workflow.event_refusal. When the last one is there, the gathering leaves, and the home of
-- that event is told to start a run, by an inbox row of kind 'start', from source 8192 + the
-- home. Follows workflow.note_events() in the same transaction: a repeat is none here.
--
-- `shared` is what all filters of the workflow correlate by: found by an index, whatever the
-- number of gatherings; so are those that lack the event, by which filters are filled. Only
-- correlations that some filters do not have are compared one by one. Behind
-- workflow.lock_gatherings(), which lets none begin twice.
-- Of those that start on any `until` other events: filter 0 is one more of the first, of which
-- 1000 start a run whatever comes; a filter below 0 is one that ends them, which begins no
-- gathering and is not among its events.
-- Of those that start on any `until` a condition holds (`asks`) events are only added: a home
-- is asked to judge them, unless one is already, and workflow.judge() has what comes of it. At
-- most 100,000 wait in one gathering; more are refused.
CREATE OR REPLACE FUNCTION workflow.gather(
  homes smallint[], definitions int[], workflows text[], filters smallint[], counts smallint[], asks bool[], tenants text[], sources text[],
  ids text[], shareds text[], keys json[], events json[], keep bigint, most int, OUT started bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  one   record;
  own   workflow.gathering;
  open  jsonb := '{}';
  added bigint[] := '{}'; -- gatherings with a condition, by event
  sizes bigint[] := '{}';
  asked smallint[] := '{}'; -- homes
  noted CONSTANT bigint[] := coalesce(nullif(current_setting('workflow.noted', true), ''), '{}')::bigint[];
BEGIN
  started := 0;
  refused := 0;
  FOR one IN
    SELECT u.*, a.arrival_no FROM (
      SELECT n.*, workflow.dedupe_key(n.tenant, 'event ' || coalesce(n.source, ''), n.id) AS event_key,
             row_number() OVER (PARTITION BY n.definition, n.filter, n.tenant, n.source, n.id ORDER BY n.ordinal) AS time -- a repeat in the same batch was noted in it too
        FROM unnest(homes, definitions, workflows, filters, counts, asks, tenants, sources, ids, shareds, keys, events) WITH ORDINALITY
          AS n (home, definition, workflow, filter, filters, asks, tenant, source, id, shared, keys, event, ordinal)) u
      JOIN workflow.arrival a ON a.key = u.event_key
     WHERE u.time = 1 AND a.arrival_no = ANY (noted) ORDER BY u.ordinal
  LOOP
    own := workflow.open_gathering(one.definition, one.tenant, one.shared, one.filter, one.keys);
    IF one.asks AND own.gathering_no <> ALL (added) THEN
      SELECT g.* INTO own FROM workflow.gathering g WHERE g.gathering_no = own.gathering_no FOR UPDATE; -- none: it is given up just now
    END IF;
    IF own.gathering_no IS NULL THEN
      CONTINUE WHEN one.filter < 0;
      IF NOT open ? one.workflow THEN
        open := open || jsonb_build_object(one.workflow, (SELECT count(*) FROM (
          SELECT FROM workflow.gathering g WHERE g.workflow = one.workflow LIMIT most) g));
      END IF;
      IF (open ->> one.workflow)::int >= most THEN
        refused := refused + workflow.refuse_event(one.workflow, one.tenant, one.source, one.id, 'gatherings_full');
        CONTINUE;
      END IF;
      open := open || jsonb_build_object(one.workflow, (open ->> one.workflow)::int + 1);
      INSERT INTO workflow.gathering (expires_at, key, filled_bits, definition_id, workflow, tenant, filled, keys, events)
      VALUES (clock_timestamp() + keep * interval '1 microsecond', workflow.gathering_key(one.definition, one.tenant, one.shared), 0,
              one.definition, one.workflow, one.tenant, '{}', '{}', '{}')
      RETURNING * INTO own;
    END IF;
    IF one.asks AND own.held >= 100000 THEN
      refused := refused + workflow.refuse_event(one.workflow, one.tenant, one.source, one.id, 'gathering_full');
      CONTINUE;
    ELSIF one.asks THEN
      INSERT INTO workflow.gathered (gathering_no, size, keys, event) VALUES (own.gathering_no, octet_length(one.event::text), one.keys, one.event);
      UPDATE workflow.gathering g SET keys = g.keys || one.keys::jsonb WHERE g.gathering_no = own.gathering_no AND NOT g.keys @> one.keys::jsonb;
      added := added || own.gathering_no;
      sizes := sizes || octet_length(one.event::text)::bigint;
      asked := asked || one.home;
      CONTINUE;
    END IF;
    IF one.filter >= 0 THEN
      own.events := own.events || one.event;
    END IF;
    IF (one.filter = 0 AND cardinality(own.events) < 1000) OR (one.filter <> 0 AND cardinality(own.filled) + 1 < one.filters) THEN
      UPDATE workflow.gathering g
         SET filled = CASE WHEN one.filter = 0 THEN g.filled ELSE g.filled || one.filter END,
             filled_bits = g.filled_bits | workflow.filter_bit(one.filter), keys = g.keys || one.keys::jsonb, events = own.events
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
  PERFORM workflow.ask_judges(asked, added, sizes);
END $$;
COMMENT ON FUNCTION workflow.gather IS 'Gathers events of workflows that start on all of several; returns how many start, and how many events are refused';
REVOKE ALL ON FUNCTION workflow.gather FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.gather TO workflow_daemon;
