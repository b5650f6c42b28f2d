-- Of ask_judges() and judge(): asks a home whether the condition of a gathering holds, by an inbox
-- row of kind 'judge'. There is at most one under way of each (gathering.asked).
CREATE OR REPLACE FUNCTION workflow.ask_judge(home smallint, gathering_no bigint) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, kind, payload)
  VALUES (home, 8192 + home, true, nextval('workflow.match_position'), 'judge', convert_to(json_build_object('gathering', gathering_no)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION workflow.ask_judge IS 'Asks a home whether the condition of a gathering holds; of ask_judges() and judge()';
REVOKE ALL ON FUNCTION workflow.ask_judge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.ask_judge TO workflow_daemon;
