-- What:     keys of workflowd-api, and what the role that it logs in with may see
-- Why:      an HTTP request is answered with the rights of its key's tenant, held by row-level security
-- Breaking: no
-- Lock:     ACCESS EXCLUSIVE on the tables, for an instant
CREATE TABLE workflow_api.api_key (
  key_id          text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{12}$'),
  secret_hash     bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  tenant          text NOT NULL,
  role            text NOT NULL CHECK (role IN ('reader', 'operator')),
  name            text NOT NULL CHECK (name <> '' AND length(name) <= 200),
  rate_per_minute int CHECK (rate_per_minute > 0),
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by      text NOT NULL,
  expires_at      timestamptz,
  revoked_at      timestamptz
);
COMMENT ON TABLE workflow_api.api_key IS 'Keys of workflowd-api: wfk_<key_id>_<secret>; of the secret only a hash is kept';
COMMENT ON COLUMN workflow_api.api_key.key_id IS 'The key''s number, its public part: 12 hexadecimal digits';
COMMENT ON COLUMN workflow_api.api_key.secret_hash IS 'SHA-256 of the secret';
COMMENT ON COLUMN workflow_api.api_key.tenant IS 'Whose runs are seen with it; empty = those of no tenant';
COMMENT ON COLUMN workflow_api.api_key.role IS 'reader: answers for customers; operator: internal texts and cancelling too';
COMMENT ON COLUMN workflow_api.api_key.name IS 'Who has it, in words';
COMMENT ON COLUMN workflow_api.api_key.rate_per_minute IS 'Requests a minute; NULL = what workflowd-api is configured to';
COMMENT ON COLUMN workflow_api.api_key.created_at IS 'When it was made';
COMMENT ON COLUMN workflow_api.api_key.created_by IS 'The role that made it';
COMMENT ON COLUMN workflow_api.api_key.expires_at IS 'Not accepted from then on; NULL = it does not end by itself';
COMMENT ON COLUMN workflow_api.api_key.revoked_at IS 'When it was revoked; NULL = it is not';

-- The setting is '=' and the tenant, for one transaction: unset, it equals no tenant. (Once
-- it was set, PostgreSQL gives an unset setting of this kind as an empty text, which
-- without the sign would be the tenant of what has none.) What a reader sets counts for
-- nothing: these policies are not for readers.
CREATE POLICY http ON workflow.trigger FOR SELECT TO workflow_http
  USING ('=' || coalesce(tenant, '') = current_setting('workflow_api.tenant', true));
CREATE POLICY http ON workflow.duplicate FOR SELECT TO workflow_http
  USING ('=' || coalesce(tenant, '') = current_setting('workflow_api.tenant', true));
CREATE POLICY http ON workflow.run FOR SELECT TO workflow_http
  USING ('=' || coalesce(tenant, '') = current_setting('workflow_api.tenant', true));
-- What belongs to a run is seen by whom the run is seen, as for readers. But the subquery of
-- their policies costs 200 µs for the ten events of a run, most of it for looking at each
-- partition; here the run is looked up once, and remembered for its next row, with the tenant
-- for whom it was seen. An answer that has read a run says so by itself, before it reads what
-- belongs to it.
CREATE FUNCTION workflow_api.remember(run_id uuid) RETURNS text
LANGUAGE sql VOLATILE AS $$
  SELECT set_config('workflow_api.seen', current_setting('workflow_api.tenant', true) || ' ' || run_id, true)
$$;
COMMENT ON FUNCTION workflow_api.remember IS 'Says that the asker sees a run, for the policies for workflow_http; for others without effect';
CREATE FUNCTION workflow_api.sees_run(run_id uuid) RETURNS bool
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM workflow.run r WHERE r.run_id = sees_run.run_id;
  IF FOUND THEN
    PERFORM workflow_api.remember(run_id);
    RETURN true;
  END IF;
  RETURN false;
END $$;
COMMENT ON FUNCTION workflow_api.sees_run IS 'Whether the asker sees a run, which is remembered; of the policies for workflow_http';
CREATE POLICY http ON workflow.step FOR SELECT TO workflow_http
  USING (current_setting('workflow_api.seen', true) = current_setting('workflow_api.tenant', true) || ' ' || run_id OR workflow_api.sees_run(run_id));
CREATE POLICY http ON workflow.action FOR SELECT TO workflow_http
  USING (current_setting('workflow_api.seen', true) = current_setting('workflow_api.tenant', true) || ' ' || run_id OR workflow_api.sees_run(run_id));
CREATE POLICY http ON workflow.event FOR SELECT TO workflow_http
  USING (current_setting('workflow_api.seen', true) = current_setting('workflow_api.tenant', true) || ' ' || run_id OR workflow_api.sees_run(run_id));
