-- How large everything is that grows, and how old: one row per table (partitions and
-- generations together). Cheap whatever the size: counts are the statistics', sizes the
-- files', instants the first row of an index.
--
--   setting        what bounds it: of workflow.setting, or the configuration; NULL = it
--                  grows with what is published, not with time
--   rows           an estimate; bytes: with indexes
--   oldest         of the oldest row: when it was written (timers: the day it was due)
--   waiting        rows that wait for somebody, counted up to 10,001: inbox rows not
--                  taken, commands not carried out, records in quarantine not replayed,
--                  fan-outs, events not handed to all listeners; NULL = nothing waits here
--   waiting_since  of the oldest of these
--   covered_until  partitions exist from now on up to this instant without a gap; now:
--                  there is none for today; NULL = it has no partitions
CREATE OR REPLACE FUNCTION workflow.upkeep_status()
RETURNS TABLE (object text, setting text, keeps interval, rows bigint, bytes bigint, oldest timestamptz,
               waiting bigint, waiting_since timestamptz, covered_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
WITH part AS (
  SELECT regexp_replace(coalesce(p.relname, c.relname), '_[0-9]$', '') AS object, c.oid,
         CASE WHEN p.oid IS NOT NULL AND c.relname ~ '_[0-9]{8}$' THEN (right(c.relname, 8) || ' 00:00Z')::timestamptz END AS lower,
         CASE p.relname WHEN 'timer' THEN interval '24 hours' ELSE interval '168 hours' END AS width
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    LEFT JOIN pg_class p ON p.oid = i.inhparent
   WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p') AND (p.oid IS NOT NULL OR c.relname !~ '_kept$')
), size AS (
  SELECT p.object, sum(coalesce(nullif(pg_stat_get_live_tuples(p.oid), 0), greatest(c.reltuples, 0)))::bigint AS rows,
         sum(pg_total_relation_size(p.oid))::bigint AS bytes,
         min(p.lower) FILTER (WHERE pg_relation_size(p.oid) > 0) AS lower, bool_or(c.relkind = 'p') AS has_parts
    FROM part p JOIN pg_class c ON c.oid = p.oid GROUP BY p.object
), cover AS (
  -- The first end of a partition, from that of now on, at which no other begins.
  SELECT p.object, min(p.lower + p.width) AS covered_until
    FROM part p
   WHERE p.lower + p.width > clock_timestamp()
     AND NOT EXISTS (SELECT FROM part n WHERE n.object = p.object AND n.lower = p.lower + p.width)
     AND EXISTS (SELECT FROM part f WHERE f.object = p.object AND clock_timestamp() >= f.lower AND clock_timestamp() < f.lower + f.width)
   GROUP BY p.object
), newest AS (
  SELECT h.home, b.inbox_acks FROM workflow.home h
   CROSS JOIN LATERAL (SELECT l.inbox_acks FROM workflow.batch l WHERE l.home = h.home ORDER BY l.batch_no DESC LIMIT 1) b
), ack AS (
  SELECT array_agg(n.home) AS homes, array_agg(n.inbox_acks[2 * g - 1]::smallint) AS sources, array_agg(n.inbox_acks[2 * g]) AS positions
    FROM newest n CROSS JOIN LATERAL generate_series(1, cardinality(n.inbox_acks) / 2) g
), oldest (object, setting, instant) AS (VALUES
  ('trigger', 'retention.runs', workflow.uuid_time((SELECT t.trigger_id FROM workflow.trigger t ORDER BY 1 LIMIT 1))),
  ('event', 'retention.runs', workflow.uuid_time((SELECT e.run_id FROM workflow.event e ORDER BY 1 LIMIT 1))),
  ('run', 'retention.runs', workflow.uuid_time((SELECT r.run_id FROM workflow.run r ORDER BY 1 LIMIT 1))),
  ('step', 'retention.runs', workflow.uuid_time((SELECT s.run_id FROM workflow.step s ORDER BY 1 LIMIT 1))),
  ('action', 'retention.runs', workflow.uuid_time((SELECT a.run_id FROM workflow.action a ORDER BY 1 LIMIT 1))),
  ('snapshot', 'retention.runs', workflow.uuid_time((SELECT s.run_id FROM workflow.snapshot s ORDER BY 1 LIMIT 1))),
  ('dedupe', 'dedupe.rotation', (SELECT min(workflow.uuid_time(d.trigger_id)) FROM (
     (SELECT trigger_id FROM workflow.dedupe_0 LIMIT 1) UNION ALL (SELECT trigger_id FROM workflow.dedupe_1 LIMIT 1)
     UNION ALL (SELECT trigger_id FROM workflow.dedupe_2 LIMIT 1)) d)),
  ('batch', 'retention.batches', (SELECT min(f.committed_at) FROM workflow.home h CROSS JOIN LATERAL
     (SELECT b.committed_at FROM workflow.batch b WHERE b.home = h.home ORDER BY b.batch_no LIMIT 1) f)),
  ('announcement', 'retention.batches', (SELECT min(a.announced_at) FROM workflow.announcement a)), ('timer', 'retention.timers', NULL),
  ('inbox', 'retention.inbox', (SELECT min(i.created_at) FROM workflow.read_inbox(ARRAY(SELECT h.home FROM workflow.home h), '{}', '{}', '{}', 1, 1) i)),
  ('duplicate', 'retention.duplicates', (SELECT d.received_at FROM workflow.duplicate d ORDER BY d.duplicate_id LIMIT 1)),
  ('quarantine', 'retention.quarantine', (SELECT q.created_at FROM workflow.quarantine q ORDER BY q.quarantine_id LIMIT 1)),
  ('arrival', 'retention.events', (SELECT a.received_at FROM workflow.arrival a ORDER BY a.arrival_no LIMIT 1)),
  ('arrival_key', 'retention.events', (SELECT a.received_at FROM workflow.arrival a ORDER BY a.arrival_no LIMIT 1)),
  ('event_refusal', 'retention.events', (SELECT min(e.refused_at) FROM workflow.event_refusal e)), ('event_window', NULL, NULL),
  ('correlation_path', NULL, NULL), ('subscription', NULL, NULL), ('gathering', NULL, NULL), ('gathered', NULL, NULL), ('command', NULL, NULL),
  ('handover', NULL, (SELECT min(h.created_at) FROM workflow.handover h)),
  ('command_applied', 'retention.commands', (SELECT a.applied_at FROM workflow.command_applied a ORDER BY a.command_id LIMIT 1)),
  ('schedule_slot', 'retention.slots', (SELECT n.decided_at FROM workflow.schedule_slot n ORDER BY n.decided_at LIMIT 1)),
  ('tombstone', 'retention.tombstones', (SELECT t.cancel_time FROM workflow.tombstone t ORDER BY t.tombstone_id LIMIT 1)),
  ('fanout', NULL, (SELECT f.created_at FROM workflow.fanout f ORDER BY f.trigger_id LIMIT 1))
), waiting (object, rows, since) AS (
  SELECT 'inbox', count(*), min(i.created_at) FROM ack a,
         workflow.read_inbox(ARRAY(SELECT h.home FROM workflow.home h), a.homes, a.sources, a.positions, 1000, 1000000000000) i
  UNION ALL SELECT 'command', count(*), min(c.created_at) FROM (SELECT created_at FROM workflow.command ORDER BY home, command_id LIMIT 10001) c
  UNION ALL SELECT 'quarantine', count(*), min(q.created_at)
    FROM (SELECT created_at FROM workflow.quarantine WHERE state = 'quarantined' ORDER BY quarantine_id LIMIT 10001) q
  UNION ALL SELECT 'handover', count(*), min(h.created_at) FROM (SELECT created_at FROM workflow.handover LIMIT 10001) h
  UNION ALL
  SELECT 'fanout', count(*), min(f.created_at) FROM (SELECT created_at FROM workflow.fanout WHERE cursor < total LIMIT 10001) f
)
SELECT s.object, o.setting, g.value, s.rows, s.bytes, CASE s.object WHEN 'timer' THEN s.lower WHEN 'command' THEN w.since ELSE o.instant END,
       w.rows, w.since, CASE WHEN s.has_parts THEN coalesce(c.covered_until, clock_timestamp()) END
  FROM size s
  LEFT JOIN oldest o ON o.object = s.object
  LEFT JOIN workflow.setting g ON g.name = o.setting
  LEFT JOIN waiting w ON w.object = s.object
  LEFT JOIN cover c ON c.object = s.object
 ORDER BY s.object
$$;
COMMENT ON FUNCTION workflow.upkeep_status IS 'How large and how old everything is that grows, and what waits';
REVOKE ALL ON FUNCTION workflow.upkeep_status FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.upkeep_status TO workflow_daemon, workflow_admin;
