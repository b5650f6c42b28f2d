-- Makes a key for workflowd-api and returns it whole, this once: its secret is random, and
-- only its hash is kept.
CREATE OR REPLACE FUNCTION workflow_api.create_key(name text, tenant text DEFAULT '', role text DEFAULT 'reader',
  rate_per_minute int DEFAULT NULL, expires_at timestamptz DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- The digits of a random UUID, 122 bits of which are random; of the first 12 all are.
  key_id text := left(replace(gen_random_uuid()::text, '-', ''), 12);
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
  INSERT INTO workflow_api.api_key (key_id, secret_hash, tenant, role, name, rate_per_minute, created_by, expires_at)
  VALUES (key_id, sha256(convert_to(secret, 'UTF8')), coalesce(create_key.tenant, ''), create_key.role, create_key.name,
          create_key.rate_per_minute, session_user, create_key.expires_at);
  RETURN 'wfk_' || key_id || '_' || secret;
END $$;
COMMENT ON FUNCTION workflow_api.create_key IS 'Makes a key for workflowd-api; returns it whole, this once';
REVOKE ALL ON FUNCTION workflow_api.create_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow_api.create_key TO workflow_admin;
