-- Takes a quarantined record again, with its bytes, headers and timestamp, at the home of
-- the partition it came from: after the definition or the program was mended. It comes
-- out of order by nature; repeated trigger ids and cancellations count as for any record.
-- What came from no partition, an event for a run, a start by all its events or the judging of
-- such, has a topic that says so and its home as partition.
-- The lock makes positions rise in the order of commits, so that none is passed over.
-- Returns the home.
CREATE OR REPLACE FUNCTION workflow.replay_quarantine(id bigint) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_row workflow.quarantine;
  dst       smallint;
  at        bigint;
BEGIN
  SELECT q.* INTO found_row FROM workflow.quarantine q WHERE q.quarantine_id = id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE 'no quarantined record %', id USING ERRCODE = 'no_data_found';
  END IF;
  IF EXISTS (SELECT FROM workflow.quarantined q WHERE q.quarantine_id = id AND q.state = 'replay_requested') THEN
    RAISE 'record % waits to be taken again already', id USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT h.home INTO dst FROM workflow.home h
   WHERE CASE WHEN found_row.topic LIKE 'inbox/%' THEN h.home = found_row.partition
              ELSE h.topic = found_row.topic AND h.partition = found_row.partition END;
  IF NOT FOUND THEN
    RAISE 'record % did not come from a partition that is consumed: %/%', id, found_row.topic, found_row.partition
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM pg_advisory_xact_lock(1467370598, 5);
  at := nextval('workflow.replay_position');
  INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, quarantine_id, kind, payload)
  VALUES (dst, 0, false, at, id, 'replay', '');
  UPDATE workflow.quarantine q SET state = 'replay_requested', replay_position = at, updated_at = clock_timestamp()
   WHERE q.quarantine_id = id;
  PERFORM pg_notify('workflow_home', dst::text);
  RETURN dst;
END $$;
COMMENT ON FUNCTION workflow.replay_quarantine IS 'Takes a quarantined record again; returns the home that will';
REVOKE ALL ON FUNCTION workflow.replay_quarantine FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.replay_quarantine TO workflow_admin;
