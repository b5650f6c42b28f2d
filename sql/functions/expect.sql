-- Aborts the transaction when a statement changed another number of rows than it must:
-- a compare-and-set that hits nothing would not stop the COMMIT behind it.
CREATE OR REPLACE FUNCTION workflow.expect(actual bigint, expected bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
  IF actual IS DISTINCT FROM expected THEN
    RAISE '% rows changed, % expected', actual, expected USING ERRCODE = 'WF003';
  END IF;
  RETURN actual;
END $$;
COMMENT ON FUNCTION workflow.expect IS 'Aborts the transaction unless both numbers are the same';
