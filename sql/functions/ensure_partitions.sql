-- Makes the partitions that rows of these instants need, where they are missing: weeks
-- (UTC, from Monday) for everything keyed by a run or trigger id, day buckets for timers.
-- Two callers at once are harmless: the second waits, then finds them there.
-- Half of a page stays free for the second version of each row, so that updates touch no
-- index. Made apart and attached, since PARTITION OF would lock out everyone (ACCESS EXCLUSIVE).
CREATE OR REPLACE FUNCTION workflow.ensure_partitions(id_instants timestamptz[], timer_instants timestamptz[])
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part    record;
  made    int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(1467370598, 1);
  FOR part IN
    SELECT t.tbl, w.lower, w.lower + interval '168 hours' AS upper, t.options,
           quote_literal(workflow.uuid_at(w.lower)) AS from_value,
           quote_literal(workflow.uuid_at(w.lower + interval '168 hours')) AS to_value
      FROM (SELECT DISTINCT date_trunc('week', i, 'UTC') AS lower FROM unnest(id_instants) i) w,
           (VALUES (1, 'trigger', ''), (2, 'event', ''), (3, 'run', ' WITH (fillfactor = 50)'),
                   (4, 'step', ' WITH (fillfactor = 50)'), (5, 'action', ' WITH (fillfactor = 50)'), (6, 'snapshot', '')) t (ord, tbl, options)
    UNION ALL
    SELECT 'timer', d.lower, d.lower + interval '24 hours', '',
           quote_literal(d.lower), quote_literal(d.lower + interval '24 hours')
      FROM (SELECT DISTINCT date_trunc('day', i, 'UTC') AS lower FROM unnest(timer_instants) i) d
    ORDER BY 2
  LOOP
    DECLARE
      part_name text := part.tbl || '_' || to_char(part.lower AT TIME ZONE 'UTC', 'YYYYMMDD');
    BEGIN
      CONTINUE WHEN to_regclass(format('workflow.%I', part_name)) IS NOT NULL;
      EXECUTE format('CREATE TABLE workflow.%I (LIKE workflow.%I INCLUDING ALL)%s', part_name, part.tbl, part.options);
      IF part.tbl = 'run' THEN
        -- What the planner goes by where it cannot know better: see workflow_api.ids_of_tenant().
        EXECUTE format('ALTER TABLE workflow.%I ALTER state_key SET (n_distinct = 10)', part_name);
      END IF;
      EXECUTE format('ALTER TABLE workflow.%I ATTACH PARTITION workflow.%I FOR VALUES FROM (%s) TO (%s)',
                     part.tbl, part_name, part.from_value, part.to_value);
      made := made + 1;
    END;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION workflow.ensure_partitions IS 'Makes missing partitions for ids and timers of these instants; returns how many it made';
REVOKE ALL ON FUNCTION workflow.ensure_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.ensure_partitions TO workflow_daemon, workflow_admin;
