-- Stops all instances from taking trigger records, and lets them take them again. What was
-- accepted goes on: timers, results, commands, pieces of fan-outs. Triggers wait in Kafka, in
-- order; mind its retention. Every batch compares the number of the definitions in its fence, so
-- no batch that begins behind the change takes another trigger; idle instances look within
-- timers.fallback, or are woken. Returns whether it was a change.
CREATE OR REPLACE FUNCTION workflow.change_intake(is_paused bool, reason text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE workflow.intake i SET is_paused = change_intake.is_paused, changed_at = clock_timestamp(), changed_by = session_user,
                               reason = change_intake.reason
   WHERE i.is_paused <> change_intake.is_paused;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE workflow.definition_generation SET generation = generation + 1;
  PERFORM pg_notify('workflow_home', '');
  RETURN true;
END $$;
COMMENT ON FUNCTION workflow.change_intake IS 'Whether triggers are taken; use pause_intake and resume_intake';
REVOKE ALL ON FUNCTION workflow.change_intake FROM PUBLIC;

CREATE OR REPLACE FUNCTION workflow.pause_intake(reason text DEFAULT NULL) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.change_intake(true, reason) $$;
COMMENT ON FUNCTION workflow.pause_intake IS 'Lets all instances leave trigger records in Kafka; false when they do already';
REVOKE ALL ON FUNCTION workflow.pause_intake FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.pause_intake TO workflow_admin;

CREATE OR REPLACE FUNCTION workflow.resume_intake(reason text DEFAULT NULL) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT workflow.change_intake(false, reason) $$;
COMMENT ON FUNCTION workflow.resume_intake IS 'Lets all instances take trigger records again; false when they do already';
REVOKE ALL ON FUNCTION workflow.resume_intake FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.resume_intake TO workflow_admin;
