-- What waits in the inboxes of these homes behind what they have acknowledged, at most
-- `row_limit` rows per source, and of these the first `byte_limit` bytes, at least one row: an
-- event stands in `arrival` once, but goes out with each of its rows, and what is to be judged
-- stands in `gathered`. An empty inbox costs one look into an index.
CREATE OR REPLACE FUNCTION workflow.read_inbox(
  homes smallint[], ack_homes smallint[], ack_sources smallint[], ack_positions bigint[], row_limit int, byte_limit bigint)
RETURNS SETOF workflow.inbox
LANGUAGE plpgsql STABLE AS $$
DECLARE
  dst  smallint;
  src  smallint;
  seen bigint;
BEGIN
  FOREACH dst IN ARRAY homes LOOP
    src := -32768;
    LOOP
      SELECT i.src_home INTO src FROM workflow.inbox i
       WHERE i.dst_home = dst AND i.src_home > src ORDER BY i.src_home LIMIT 1;
      EXIT WHEN NOT FOUND;
      SELECT a.position INTO seen FROM unnest(ack_homes, ack_sources, ack_positions) a (home, source, position)
       WHERE a.home = dst AND a.source = src;
      RETURN QUERY SELECT (r.i).* FROM (
        SELECT n.i, sum(n.size) OVER (ORDER BY (n.i).src_pos) - n.size AS before FROM (
          SELECT i, coalesce(a.size, CASE WHEN i.kind = 'judge' THEN (
                   SELECT least(g.size, 17 << 20) FROM workflow.gathering g WHERE g.gathering_no = workflow.gathering_of(i.payload)) END,
                 octet_length(i.payload)) AS size FROM workflow.inbox i
            LEFT JOIN workflow.arrival a ON a.arrival_no = i.arrival_no
           WHERE i.dst_home = dst AND i.src_home = src AND i.src_pos > coalesce(seen, -1) ORDER BY i.src_pos LIMIT row_limit) n) r
       WHERE r.before < byte_limit ORDER BY (r.i).src_pos;
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION workflow.read_inbox IS 'Inbox rows of these homes that they have not acknowledged';
REVOKE ALL ON FUNCTION workflow.read_inbox FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.read_inbox TO workflow_daemon, workflow_admin;
