-- Of workflow.correlate(), under the slots' locks: gives these events their keys, and hands
-- each to those that listen under one of them; when they are more than `few`, it leaves them
-- all to workflow.hand_over().
CREATE OR REPLACE FUNCTION workflow.tell_listeners(noted bigint[], OUT woken smallint[], OUT unfinished smallint[])
LANGUAGE plpgsql AS $$
DECLARE
  few CONSTANT int := 16;
BEGIN
  WITH came AS MATERIALIZED (
    SELECT a.arrival_no, a.received_at, a.home, a.tenant, workflow.event_keys(a.tenant, a.kind, a.event) AS keys
      FROM workflow.arrival a WHERE a.arrival_no = ANY (noted)
  ), keyed AS (
    INSERT INTO workflow.arrival_key (key, received_at, arrival_no)
    SELECT k, c.received_at, c.arrival_no FROM came c CROSS JOIN unnest(c.keys) k
  ), candidate AS MATERIALIZED (
    SELECT DISTINCT c.arrival_no, c.home, l.run_id, l.subscription_no
      FROM came c CROSS JOIN unnest(c.keys) k CROSS JOIN LATERAL (
        SELECT s.run_id, s.subscription_no FROM workflow.subscription s
         WHERE s.key = k AND s.tenant IS NOT DISTINCT FROM c.tenant ORDER BY s.run_id, s.subscription_no LIMIT few + 1) l
  ), many AS MATERIALIZED (
    SELECT c.arrival_no FROM candidate c GROUP BY c.arrival_no HAVING count(*) > few
  ), later AS (
    INSERT INTO workflow.handover (home, arrival_no, since, tenant, keys)
    SELECT c.home, c.arrival_no, c.received_at, c.tenant, c.keys FROM came c JOIN many m USING (arrival_no) RETURNING home
  ), put AS (
    INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, arrival_no, subscription_no, payload)
    SELECT workflow.uuid_home(o.run_id), 8192 + o.home, true, nextval('workflow.match_position'), o.run_id, 'event', o.arrival_no,
           o.subscription_no, ''
      FROM (SELECT c.* FROM candidate c WHERE c.arrival_no NOT IN (SELECT m.arrival_no FROM many m) ORDER BY c.arrival_no, c.run_id) o
    RETURNING dst_home
  )
  SELECT ARRAY(SELECT DISTINCT p.dst_home FROM put p), ARRAY(SELECT DISTINCT l.home FROM later l) INTO woken, unfinished;
END $$;
COMMENT ON FUNCTION workflow.tell_listeners IS 'Hands events to those that listen; of correlate()';
REVOKE ALL ON FUNCTION workflow.tell_listeners FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.tell_listeners TO workflow_daemon;
