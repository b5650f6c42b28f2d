-- Changes what workflow.maintain() keeps to, from its next call on. Returns the value
-- before. Refused: a name that does not exist, and a value out of its bounds.
CREATE OR REPLACE FUNCTION workflow.change_setting(name text, value interval) RETURNS interval
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  old workflow.setting;
BEGIN
  SELECT s.* INTO old FROM workflow.setting s WHERE s.name = change_setting.name FOR UPDATE;
  IF NOT FOUND THEN
    RAISE 'no setting %', name USING ERRCODE = 'no_data_found',
      HINT = 'There are ' || (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM workflow.setting s) || '.';
  END IF;
  IF value IS NULL OR value NOT BETWEEN old.lowest AND old.highest THEN
    RAISE '% lies between % and %, not at %', name, old.lowest, old.highest, coalesce(value::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE workflow.setting s SET value = change_setting.value WHERE s.name = old.name;
  RETURN old.value;
END $$;
COMMENT ON FUNCTION workflow.change_setting IS 'Changes how long something is kept; returns the value before';
REVOKE ALL ON FUNCTION workflow.change_setting FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.change_setting TO workflow_admin;
