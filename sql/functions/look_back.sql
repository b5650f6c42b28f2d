-- Of workflow.correlate(), under the slots' locks: hands these listeners what came since then;
-- when it is more than `few`, it leaves all to workflow.hand_over().
CREATE OR REPLACE FUNCTION workflow.look_back(
  runs uuid[], numbers int[], filters smallint[], since timestamptz, OUT woken smallint[], OUT unfinished smallint[])
LANGUAGE plpgsql AS $$
DECLARE
  few CONSTANT int := 16;
BEGIN
  WITH began AS MATERIALIZED (
    SELECT s.run_id, s.subscription_no, s.key, s.tenant FROM unnest(runs, numbers, filters) u (run_id, number, filter)
      JOIN workflow.subscription s ON s.run_id = u.run_id AND s.subscription_no = u.number AND s.filter_no = u.filter
  ), candidate AS MATERIALIZED (
    SELECT DISTINCT b.run_id, b.subscription_no, n.arrival_no
      FROM began b CROSS JOIN LATERAL (
        SELECT k.arrival_no FROM workflow.arrival_key k
         WHERE k.key = b.key AND k.received_at >= since ORDER BY k.received_at, k.arrival_no LIMIT few + 1) n
      JOIN workflow.arrival a ON a.arrival_no = n.arrival_no AND a.tenant IS NOT DISTINCT FROM b.tenant
  ), many AS MATERIALIZED (
    SELECT c.run_id, c.subscription_no FROM candidate c GROUP BY c.run_id, c.subscription_no HAVING count(*) > few
  ), later AS (
    INSERT INTO workflow.handover (home, run_id, subscription_no, since, tenant, keys)
    SELECT workflow.uuid_home(b.run_id), b.run_id, b.subscription_no, since, b.tenant, array_agg(b.key)
      FROM began b JOIN many m USING (run_id, subscription_no) GROUP BY b.run_id, b.subscription_no, b.tenant RETURNING home
  ), put AS (
    INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, arrival_no, subscription_no, payload)
    SELECT workflow.uuid_home(o.run_id), 8192 + workflow.uuid_home(o.run_id), true, nextval('workflow.match_position'), o.run_id,
           'event', o.arrival_no, o.subscription_no, ''
      FROM (SELECT c.* FROM candidate c
             WHERE NOT EXISTS (SELECT FROM many m WHERE m.run_id = c.run_id AND m.subscription_no = c.subscription_no)
             ORDER BY c.arrival_no, c.run_id) o
    RETURNING dst_home
  )
  SELECT ARRAY(SELECT DISTINCT p.dst_home FROM put p), ARRAY(SELECT DISTINCT l.home FROM later l) INTO woken, unfinished;
END $$;
COMMENT ON FUNCTION workflow.look_back IS 'Hands listeners what came shortly before; of correlate()';
REVOKE ALL ON FUNCTION workflow.look_back FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.look_back TO workflow_daemon;
