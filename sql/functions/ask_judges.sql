-- Of gather(): these gatherings with a condition got an event each time they are named, of so many
-- bytes, by a home. One of the homes is asked to judge, unless one is already.
CREATE OR REPLACE FUNCTION workflow.ask_judges(homes smallint[], gatherings bigint[], sizes bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM workflow.ask_judge(t.home, t.gathering_no)
     FROM (SELECT u.gathering_no, min(u.home) AS home FROM unnest(gatherings, homes) u (gathering_no, home) GROUP BY 1 ORDER BY 1) t
     JOIN workflow.gathering g ON g.gathering_no = t.gathering_no WHERE NOT g.asked;
  UPDATE workflow.gathering g SET asked = true, held = g.held + t.count, size = g.size + t.size
    FROM (SELECT u.gathering_no, count(*) AS count, sum(u.size) AS size FROM unnest(gatherings, sizes) u (gathering_no, size) GROUP BY 1) t
   WHERE g.gathering_no = t.gathering_no;
END $$;
COMMENT ON FUNCTION workflow.ask_judges IS 'Asks homes whether the conditions of gatherings hold that got events; of gather()';
REVOKE ALL ON FUNCTION workflow.ask_judges FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.ask_judges TO workflow_daemon;
