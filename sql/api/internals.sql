-- Texts for operators alone. Readers have no right to these columns, and a query that merely
-- mentions one is refused; so they are read here, called only when the asker is an operator.
CREATE OR REPLACE FUNCTION workflow_api.run_internal(id uuid) RETURNS text
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN (SELECT r.error_detail_internal FROM workflow.run r WHERE r.run_id = id);
END $$;
COMMENT ON FUNCTION workflow_api.run_internal IS 'The last error of a run, for operators';

CREATE OR REPLACE FUNCTION workflow_api.step_internal(id uuid, number int) RETURNS text
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN (SELECT s.error_detail_internal FROM workflow.step s WHERE s.run_id = id AND s.step_no = number);
END $$;
COMMENT ON FUNCTION workflow_api.step_internal IS 'The last error of a step, for operators';

CREATE OR REPLACE FUNCTION workflow_api.event_internal(id uuid, number int) RETURNS text
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN (SELECT e.detail_internal FROM workflow.event e WHERE e.run_id = id AND e.seq = number);
END $$;
COMMENT ON FUNCTION workflow_api.event_internal IS 'Diagnostics of an event, for operators';
