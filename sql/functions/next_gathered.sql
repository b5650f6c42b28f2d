-- Of a gathering with a condition what is judged next: its oldest events, at most 1000, which is
-- as many as a set may have, and a little more than bounds.value may allow in bytes. So a set
-- that is not ended by its condition is ended by a bound among them.
CREATE OR REPLACE FUNCTION workflow.next_gathered(own bigint) RETURNS SETOF workflow.gathered
LANGUAGE sql STABLE AS $$
  SELECT n.gathering_no, n.event_no, n.size, n.keys, n.event FROM (
    SELECT o.*, sum(o.size) OVER (ORDER BY o.event_no) - o.size AS before
      FROM (SELECT e.* FROM workflow.gathered e WHERE e.gathering_no = own ORDER BY e.event_no LIMIT 1000) o) n
   WHERE n.before < 17 << 20 ORDER BY n.event_no
$$;
COMMENT ON FUNCTION workflow.next_gathered IS 'The oldest events of a gathering with a condition; of judging_of() and judge()';
REVOKE ALL ON FUNCTION workflow.next_gathered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.next_gathered TO workflow_daemon, workflow_admin;
