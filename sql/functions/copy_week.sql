-- Of workflow.drop_week(): copies the runs of a week that stay, with all that belongs to
-- them, into tables beside the partitions (run_20260105_kept and so on). Takes no lock
-- that others feel. Called again it copies only what has changed since.
CREATE OR REPLACE FUNCTION workflow.copy_week(week text, ended_before timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  lower   CONSTANT timestamptz := (week || ' 00:00Z')::timestamptz;
  part    record;
  changed uuid[];
BEGIN
  FOR part IN
    SELECT t.name, CASE t.name WHEN 'trigger' THEN 'trigger_id' ELSE 'run_id' END AS key,
           coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') AS options
      FROM unnest('{trigger,event,run,step,action,snapshot}'::text[]) t (name)
      JOIN pg_class c ON c.relnamespace = 'workflow'::regnamespace AND c.relname = t.name || '_' || week
  LOOP
    CONTINUE WHEN to_regclass(format('workflow.%I', part.name || '_' || week || '_kept')) IS NOT NULL;
    EXECUTE format('CREATE TABLE workflow.%I (LIKE workflow.%I INCLUDING ALL)%s',
                   part.name || '_' || week || '_kept', part.name, part.options);
    IF part.name = 'run' THEN
      EXECUTE format('ALTER TABLE workflow.%I ALTER state_key SET (n_distinct = 10)', part.name || '_' || week || '_kept');
    END IF;
    -- So that attaching it needs no look at its rows.
    EXECUTE format('ALTER TABLE workflow.%I ADD CONSTRAINT bounds CHECK (%I >= %L AND %2$I < %4$L)',
                   part.name || '_' || week || '_kept', part.key, workflow.uuid_at(lower), workflow.uuid_at(lower + interval '168 hours'));
  END LOOP;
  EXECUTE format('SELECT coalesce(array_agg(r.run_id), ''{}'') FROM workflow.%I r LEFT JOIN workflow.%I k USING (run_id)'
                 ' WHERE (r.ended_at IS NULL OR r.ended_at >= $1) AND (k.last_seq, k.updated_at) IS DISTINCT FROM (r.last_seq, r.updated_at)',
                 'run_' || week, 'run_' || week || '_kept') INTO changed USING ended_before;
  FOR part IN SELECT * FROM unnest('{event,run,step,action,snapshot}'::text[]) t (name) LOOP
    EXECUTE format('DELETE FROM workflow.%I WHERE run_id = ANY ($1)', part.name || '_' || week || '_kept') USING changed;
    EXECUTE format('INSERT INTO workflow.%1$I (%3$s) SELECT %3$s FROM workflow.%2$I o JOIN unnest($1) c (run_id) USING (run_id)',
                   part.name || '_' || week || '_kept', part.name || '_' || week,
                   workflow.plain_columns(format('workflow.%I', part.name)::regclass)) USING changed;
  END LOOP;
  EXECUTE format('INSERT INTO workflow.%1$I SELECT o.* FROM workflow.%2$I o'
                 ' WHERE o.trigger_id IN (SELECT k.trigger_id FROM workflow.%3$I k) ON CONFLICT DO NOTHING',
                 'trigger_' || week || '_kept', 'trigger_' || week, 'run_' || week || '_kept');
END $$;
COMMENT ON FUNCTION workflow.copy_week IS 'Copies the runs of a week that stay; of drop_week()';
REVOKE ALL ON FUNCTION workflow.copy_week FROM PUBLIC;
