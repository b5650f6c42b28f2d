-- Notes events, each once: repeats are not. Which of them are new, workflow.correlate() and
-- gather() behind it read in a setting of this transaction.
CREATE OR REPLACE FUNCTION workflow.note_events(
  homes smallint[], tenants text[], types text[], sources text[], ids text[], subjects text[], events json[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  noted bigint[];
BEGIN
  WITH came AS (
    INSERT INTO workflow.arrival (key, kind, home, tenant, type, source, event_id, subject, size, event)
    SELECT workflow.dedupe_key(u.tenant, 'event ' || coalesce(u.source, ''), u.id), workflow.event_kind(u.tenant, u.type), u.home,
           u.tenant, u.type, u.source, u.id, u.subject, octet_length(u.event::text), u.event
      FROM unnest(homes, tenants, types, sources, ids, subjects, events) WITH ORDINALITY
        AS u (home, tenant, type, source, id, subject, event, ordinal) ORDER BY u.ordinal
    ON CONFLICT DO NOTHING
    RETURNING arrival_no
  )
  SELECT coalesce(array_agg(c.arrival_no), '{}') INTO noted FROM came c;
  PERFORM set_config('workflow.noted', noted::text, true);
  RETURN cardinality(noted);
END $$;
COMMENT ON FUNCTION workflow.note_events IS 'Notes events, each once; returns how many are new';
REVOKE ALL ON FUNCTION workflow.note_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.note_events TO workflow_daemon;
