-- Rights in and for workflow_api. workflow_http may read what readers may, and the internal
-- texts, which are for keys of operators; whose rows, row-level security decides.
GRANT USAGE ON SCHEMA workflow_api TO workflow_reader, workflow_admin, workflow_http;
GRANT USAGE ON SCHEMA workflow TO workflow_http;
GRANT SELECT ON workflow_api.runs, workflow_api.steps, workflow_api.actions, workflow_api.events, workflow_api.waiting,
  workflow_api.failures, workflow_api.task, workflow_api.word, workflow_api.label, workflow_api.knock_recipient_runs
  TO workflow_reader, workflow_admin, workflow_http;
GRANT INSERT, UPDATE, DELETE ON workflow_api.word, workflow_api.label TO workflow_admin;
GRANT SELECT ON workflow.migration, workflow_api.api_key TO workflow_http;
GRANT SELECT (key_id, tenant, role, name, rate_per_minute, created_at, created_by, expires_at, revoked_at)
  ON workflow_api.api_key TO workflow_admin;
DO $$
DECLARE
  relation text;
  columns  text;
BEGIN
  FOR relation, columns IN
    SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'workflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'reader_tenant' AND a.attnum > 0 AND NOT a.attisdropped
       AND has_column_privilege('workflow_reader', c.oid, a.attnum, 'SELECT')
     GROUP BY c.relname
  LOOP
    EXECUTE format('GRANT SELECT (%s) ON workflow.%I TO workflow_http', columns, relation);
  END LOOP;
END $$;
GRANT SELECT (detail_internal) ON workflow.event TO workflow_http;
GRANT SELECT (error_detail_internal) ON workflow.run, workflow.step, workflow.action TO workflow_http;
