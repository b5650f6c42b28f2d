-- A filter of a gathering among gathering.filled_bits; none for 0, which is never filled. A
-- gathering has filters from 1, or those below 0, not both.
CREATE OR REPLACE FUNCTION workflow.filter_bit(filter smallint) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN filter = 0 THEN 0 ELSE 1::bigint << (abs(filter) - 1) END
$$;
COMMENT ON FUNCTION workflow.filter_bit IS 'A filter among the filled ones of a gathering';
REVOKE ALL ON FUNCTION workflow.filter_bit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.filter_bit TO workflow_daemon, workflow_admin;
