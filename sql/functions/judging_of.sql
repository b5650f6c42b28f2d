-- An inbox row of kind 'judge' as the daemon gets it: {gathering, definition, lock, judged,
-- first, events}, as things stand when it is read; of a gathering that is gone without events.
-- What comes to it later is none of the verdict: it says how many events it has seen.
CREATE OR REPLACE FUNCTION workflow.judging_of(payload bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT convert_to(json_build_object('gathering', g.gathering_no, 'definition', g.definition_id, 'lock', g.key & 63, 'judged', g.judged,
                                        'first', n.first, 'events', n.events)::text, 'UTF8')
      FROM workflow.gathering g
     CROSS JOIN LATERAL (SELECT min(e.event_no) AS first, array_to_json(array_agg(e.event ORDER BY e.event_no)) AS events
                           FROM workflow.next_gathered(g.gathering_no) e) n
     WHERE g.gathering_no = workflow.gathering_of(payload)), payload)
$$;
COMMENT ON FUNCTION workflow.judging_of IS 'An inbox row of kind judge as the daemon gets it';
REVOKE ALL ON FUNCTION workflow.judging_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.judging_of TO workflow_daemon;
