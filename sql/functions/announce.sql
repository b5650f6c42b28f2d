-- Before an input is tried, when the last owners of its home died soon after they had taken
-- it over: says which one it will be, so that the next owner knows it if we die of it.
-- Returns how many other instances announced the same input and did not bring it to an end:
-- the batch that would have taken it in is not there. WF001 as in workflow.fence().
-- Only the death of a process counts and not one of the database, so it need not be flushed.
CREATE OR REPLACE FUNCTION workflow.announce(
  its_home smallint, my_epoch bigint, next_batch_no bigint, my_instance text, its_input text)
RETURNS int
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF NOT EXISTS (SELECT FROM workflow.home h WHERE h.home = its_home AND h.epoch = my_epoch) THEN
    RAISE 'home % is not ours', its_home USING ERRCODE = 'WF001', DETAIL = its_home::text;
  END IF;
  DELETE FROM workflow.announcement a WHERE a.home = its_home AND a.instance = my_instance AND a.input <> its_input;
  INSERT INTO workflow.announcement AS a (home, batch_no, epoch, input, instance)
  VALUES (its_home, next_batch_no, my_epoch, its_input, my_instance)
  ON CONFLICT (home, input, instance)
    DO UPDATE SET batch_no = excluded.batch_no, epoch = excluded.epoch, announced_at = clock_timestamp();
  RETURN (SELECT count(*) FROM workflow.announcement a
           WHERE a.home = its_home AND a.input = its_input AND a.instance <> my_instance
             AND NOT EXISTS (SELECT FROM workflow.batch b
                              WHERE b.home = a.home AND b.batch_no = a.batch_no AND b.epoch = a.epoch));
END $$;
COMMENT ON FUNCTION workflow.announce IS 'Says which input is tried next; returns how many instances died of it';
REVOKE ALL ON FUNCTION workflow.announce FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.announce TO workflow_daemon;
