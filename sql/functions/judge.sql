-- Verdicts of the daemon over gatherings whose workflow starts on any events until a condition
-- holds: of `seen` events from `first` on, of which `judged` had been judged before, the sets
-- that it makes end at `cuts` (ascending counts, as the text of an array). Each set starts a run, as those of
-- gather() do; the rest goes on, and is judged again when more has come than was seen.
--
-- The row of the inbox that was asked with leaves with the verdict, in the transaction of both:
-- so each event is judged once, whoever dies meanwhile. One that was replayed, or whose
-- gathering was given up, finds nothing to say. Behind workflow.lock_gatherings().
CREATE OR REPLACE FUNCTION workflow.judge(homes smallint[], gatherings bigint[], firsts bigint[], judgeds int[], seens int[], cuts text[], keep bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  one     record;
  cut     int;
  own     workflow.gathering;
  gone    record;
  started bigint := 0;
  ended   int;
BEGIN
  FOR one IN
    SELECT * FROM unnest(homes, gatherings, firsts, judgeds, seens, cuts) WITH ORDINALITY AS u (home, gathering_no, first, judged, seen, cuts, ordinal) ORDER BY u.ordinal
  LOOP
    SELECT g.* INTO own FROM workflow.gathering g
     WHERE g.gathering_no = one.gathering_no AND g.asked AND g.judged = one.judged AND g.held >= one.seen
       AND one.first = (SELECT min(e.event_no) FROM workflow.gathered e WHERE e.gathering_no = g.gathering_no) FOR UPDATE;
    CONTINUE WHEN NOT FOUND;
    ended := 0;
    FOREACH cut IN ARRAY one.cuts::int[] LOOP
      WITH gone AS (
        DELETE FROM workflow.gathered e
         WHERE e.gathering_no = own.gathering_no AND e.event_no = ANY (ARRAY(
           SELECT o.event_no FROM workflow.gathered o WHERE o.gathering_no = own.gathering_no ORDER BY o.event_no LIMIT cut - ended))
        RETURNING e.event_no, e.size, e.event
      )
      SELECT max(g.event_no) AS event_no, sum(g.size) AS size, array_to_json(array_agg(g.event ORDER BY g.event_no)) AS events INTO gone FROM gone g;
      INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, kind, payload)
      VALUES (one.home, 8192 + one.home, true, nextval('workflow.match_position'), 'start',
              convert_to(json_build_object('definition', own.definition_id, 'id', concat('gathering-', own.gathering_no, '-', gone.event_no),
                                           'tenant', own.tenant, 'events', gone.events)::text, 'UTF8'));
      own.size := own.size - gone.size;
      ended := cut;
      started := started + 1;
    END LOOP;
    IF own.held = ended THEN
      DELETE FROM workflow.gathering g WHERE g.gathering_no = own.gathering_no;
      CONTINUE;
    END IF;
    UPDATE workflow.gathering g SET held = g.held - ended, size = own.size, judged = one.seen - ended, asked = g.held > one.seen
     WHERE g.gathering_no = own.gathering_no;
    IF ended > 0 THEN -- another set has begun
      UPDATE workflow.gathering g
         SET begun_at = clock_timestamp(), expires_at = clock_timestamp() + keep * interval '1 microsecond',
             keys = (SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}') FROM workflow.gathered e CROSS JOIN LATERAL jsonb_each(e.keys) k
                      WHERE e.gathering_no = g.gathering_no)
       WHERE g.gathering_no = own.gathering_no;
    END IF;
    IF own.held > one.seen THEN
      PERFORM workflow.ask_judge(one.home, own.gathering_no);
    END IF;
  END LOOP;
  RETURN started;
END $$;
COMMENT ON FUNCTION workflow.judge IS 'Ends the sets of events that a condition was found to end; returns how many start';
REVOKE ALL ON FUNCTION workflow.judge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.judge TO workflow_daemon;
