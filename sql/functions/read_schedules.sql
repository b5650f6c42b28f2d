-- The schedules of these homes, for their owner. Each of the workflows gets a row first when
-- it has none: its home is chosen by its name among the homes at which runs are made, once;
-- when that home is of another topic by now, which nobody reads, it is chosen again.
CREATE OR REPLACE FUNCTION workflow.read_schedules(workflows text[], homes smallint[], trigger_topic text)
RETURNS TABLE (schedule_no int, home smallint, workflow text, schedule text, anchor_at timestamptz,
               decided_until timestamptz, run_id uuid, run_ended bool, run_ended_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  choice smallint[] := ARRAY(SELECT h.home FROM workflow.home h WHERE h.topic = trigger_topic ORDER BY h.home);
BEGIN
  IF EXISTS (SELECT FROM unnest(workflows) w (name)
              WHERE NOT EXISTS (SELECT FROM workflow.schedule s WHERE s.workflow = w.name AND s.home = ANY (choice))) THEN
    INSERT INTO workflow.schedule AS s (home, workflow)
    SELECT choice[1 + abs(hashtextextended(w.name, 0) % cardinality(choice))], w.name FROM unnest(workflows) w (name)
     ORDER BY w.name
    ON CONFLICT (workflow) DO UPDATE SET home = EXCLUDED.home WHERE s.home <> ALL (choice);
  END IF;
  RETURN QUERY
  SELECT s.schedule_no, s.home, s.workflow, s.schedule, s.anchor_at, s.decided_until, s.run_id,
         r.run_id IS NULL OR r.ended_at IS NOT NULL, r.ended_at
    FROM workflow.schedule s LEFT JOIN workflow.run r ON r.run_id = s.run_id
   WHERE s.home = ANY (homes) AND (s.schedule IS NOT NULL OR s.workflow = ANY (workflows))
   ORDER BY s.schedule_no;
END $$;
COMMENT ON FUNCTION workflow.read_schedules IS 'The schedules of these homes; gives workflows that have none their rows';
REVOKE ALL ON FUNCTION workflow.read_schedules FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.read_schedules TO workflow_daemon;
