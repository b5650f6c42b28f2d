-- Of workflow.gather(): the oldest gathering that the event of this filter fits, or NULL. Goes
-- from one set of filled filters to the next in the index, and takes the first of each that
-- lacks the filter.
CREATE OR REPLACE FUNCTION workflow.open_gathering(definition int, its_tenant text, shared text, filter smallint, its_keys json)
RETURNS workflow.gathering
LANGUAGE plpgsql STABLE AS $$
DECLARE
  own    workflow.gathering;
  its    CONSTANT bigint := workflow.gathering_key(definition, its_tenant, shared);
  bit    CONSTANT bigint := workflow.filter_bit(filter);
BEGIN
  WITH RECURSIVE filled (bits) AS (
    (SELECT g.filled_bits FROM workflow.gathering g WHERE g.definition_id = definition AND g.key = its ORDER BY g.filled_bits LIMIT 1)
    UNION ALL
    SELECT (SELECT g.filled_bits FROM workflow.gathering g
             WHERE g.definition_id = definition AND g.key = its AND g.filled_bits > f.bits ORDER BY g.filled_bits LIMIT 1)
      FROM filled f WHERE f.bits IS NOT NULL
  )
  SELECT o.* INTO own FROM filled f CROSS JOIN LATERAL (
    SELECT g.* FROM workflow.gathering g
     WHERE g.definition_id = definition AND g.key = its AND g.filled_bits = f.bits AND g.tenant IS NOT DISTINCT FROM its_tenant
       AND g.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT FROM json_each_text(its_keys) k JOIN jsonb_each_text(g.keys) h ON h.key = k.key
                        WHERE h.value IS DISTINCT FROM k.value)
     ORDER BY g.gathering_no LIMIT 1) o
   WHERE f.bits & bit = 0 ORDER BY o.gathering_no LIMIT 1;
  RETURN own;
END $$;
COMMENT ON FUNCTION workflow.open_gathering IS 'The oldest gathering that an event fits; of gather()';
REVOKE ALL ON FUNCTION workflow.open_gathering FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.open_gathering TO workflow_daemon;
