-- Of workflow.correlate(), under the slot's lock: from now on events of that kind have a key
-- of these paths. The first to listen so gives it to the events it looks back on, too.
CREATE OR REPLACE FUNCTION workflow.add_path(of_kind bigint, of_paths text[], since timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM workflow.correlation_path p WHERE p.kind = of_kind AND p.paths = of_paths) THEN
    RETURN;
  END IF;
  INSERT INTO workflow.correlation_path (kind, paths) VALUES (of_kind, of_paths);
  INSERT INTO workflow.arrival_key (key, received_at, arrival_no)
  SELECT workflow.listener_key(of_kind, of_paths, v.has), k.received_at, k.arrival_no
    FROM workflow.arrival_key k JOIN workflow.arrival a ON a.arrival_no = k.arrival_no
   CROSS JOIN LATERAL (SELECT ARRAY(SELECT a.event #>> u.path::text[] FROM unnest(of_paths) WITH ORDINALITY u (path, n) ORDER BY u.n) AS has) v
   WHERE k.key = of_kind AND k.received_at >= since AND array_position(v.has, NULL) IS NULL;
END $$;
COMMENT ON FUNCTION workflow.add_path IS 'Gives events of a kind a key of these paths; of correlate()';
REVOKE ALL ON FUNCTION workflow.add_path FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.add_path TO workflow_daemon;
