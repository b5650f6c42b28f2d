-- The next piece of what these homes have to hand over (workflow.handover), the oldest of
-- each: at most `piece` listeners of an event, or events of a listener. A piece is found by
-- keyset in the index of their keys. Only what was committed when the two met counts: who
-- came later has looked itself.
CREATE OR REPLACE FUNCTION workflow.hand_over(homes smallint[], piece int, OUT woken smallint[], OUT unfinished smallint[])
LANGUAGE plpgsql AS $$
DECLARE
  own  workflow.handover;
  done record;
BEGIN
  woken := '{}';
  FOR own IN
    SELECT o.* FROM unnest(homes) u (home)
     CROSS JOIN LATERAL (SELECT h.* FROM workflow.handover h WHERE h.home = u.home ORDER BY h.handover_no LIMIT 1) o
     ORDER BY u.home
  LOOP
    IF own.arrival_no IS NOT NULL THEN
      WITH candidate AS MATERIALIZED (
        SELECT l.run_id, l.subscription_no, bool_or(l.is_meant) AS is_meant
          FROM unnest(own.keys) k CROSS JOIN LATERAL (
            SELECT s.run_id, s.subscription_no, pg_visible_in_snapshot(s.xid, own.seen) AND s.tenant IS NOT DISTINCT FROM own.tenant AS is_meant
              FROM workflow.subscription s
             WHERE s.key = k AND (s.run_id, s.subscription_no) > (own.after_run, own.after_number)
             ORDER BY s.run_id, s.subscription_no LIMIT piece) l
         GROUP BY l.run_id, l.subscription_no ORDER BY l.run_id, l.subscription_no LIMIT piece
      ), put AS (
        INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, arrival_no, subscription_no, payload)
        SELECT workflow.uuid_home(o.run_id), 8192 + own.home, true, nextval('workflow.match_position'), o.run_id, 'event', own.arrival_no,
               o.subscription_no, ''
          FROM (SELECT c.* FROM candidate c WHERE c.is_meant ORDER BY c.run_id, c.subscription_no) o
        RETURNING dst_home
      )
      SELECT ARRAY(SELECT DISTINCT p.dst_home FROM put p) AS homes, count(*) AS count,
             (array_agg(c.run_id ORDER BY c.run_id DESC, c.subscription_no DESC))[1] AS run_id,
             (array_agg(c.subscription_no ORDER BY c.run_id DESC, c.subscription_no DESC))[1] AS number
        INTO done FROM candidate c;
      UPDATE workflow.handover h SET after_run = done.run_id, after_number = done.number
       WHERE h.handover_no = own.handover_no AND done.count = piece;
    ELSE
      WITH candidate AS MATERIALIZED (
        SELECT DISTINCT n.received_at, n.arrival_no
          FROM unnest(own.keys) k CROSS JOIN LATERAL (
            SELECT a.received_at, a.arrival_no FROM workflow.arrival_key a
             WHERE a.key = k AND (a.received_at, a.arrival_no) > (own.since, own.after_arrival)
             ORDER BY a.received_at, a.arrival_no LIMIT piece) n
         WHERE EXISTS (SELECT FROM workflow.subscription s WHERE s.run_id = own.run_id AND s.subscription_no = own.subscription_no)
         ORDER BY n.received_at, n.arrival_no LIMIT piece
      ), put AS (
        INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, run_id, kind, arrival_no, subscription_no, payload)
        SELECT own.home, 8192 + own.home, true, nextval('workflow.match_position'), own.run_id, 'event', o.arrival_no, own.subscription_no, ''
          FROM (SELECT c.arrival_no FROM candidate c JOIN workflow.arrival a USING (arrival_no)
                 WHERE (pg_visible_in_snapshot(a.xid, own.seen) OR a.xid = own.xid) AND a.tenant IS NOT DISTINCT FROM own.tenant
                 ORDER BY c.received_at, c.arrival_no) o
        RETURNING dst_home
      )
      SELECT ARRAY(SELECT DISTINCT p.dst_home FROM put p) AS homes, count(*) AS count, max(c.received_at) AS since,
             (array_agg(c.arrival_no ORDER BY c.received_at DESC, c.arrival_no DESC))[1] AS arrival_no
        INTO done FROM candidate c;
      UPDATE workflow.handover h SET since = done.since, after_arrival = done.arrival_no
       WHERE h.handover_no = own.handover_no AND done.count = piece;
    END IF;
    IF done.count < piece THEN
      DELETE FROM workflow.handover h WHERE h.handover_no = own.handover_no;
    END IF;
    woken := woken || done.homes;
  END LOOP;
  unfinished := ARRAY(SELECT u.home FROM unnest(homes) u (home) WHERE EXISTS (SELECT FROM workflow.handover h WHERE h.home = u.home));
END $$;
COMMENT ON FUNCTION workflow.hand_over IS 'Hands the next piece over; returns the homes that were handed something, and those that have more to hand over';
REVOKE ALL ON FUNCTION workflow.hand_over FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.hand_over TO workflow_daemon;
