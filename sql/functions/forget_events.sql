-- Of workflow.maintain(): deletes events that came before `until`, at most `row_limit`; one that
-- somebody has still to hear stays.
CREATE OR REPLACE FUNCTION workflow.forget_events(until timestamptz, row_limit int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  first CONSTANT timestamptz := least(until, (SELECT min(h.since) FROM workflow.handover h));
  gone  bigint;
BEGIN
  DELETE FROM workflow.arrival a
   WHERE a.ctid = ANY (ARRAY(SELECT o.ctid FROM workflow.arrival o WHERE o.received_at < first
                               AND NOT EXISTS (SELECT FROM workflow.inbox i WHERE i.arrival_no = o.arrival_no) LIMIT row_limit))
     AND a.received_at < first;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION workflow.forget_events IS 'Deletes events that came before; of maintain()';
REVOKE ALL ON FUNCTION workflow.forget_events FROM PUBLIC;
