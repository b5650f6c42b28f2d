-- Ends a key for good; workflowd-api refuses it within its keys.cache. Returns when it was
-- revoked, which a second call does not change.
CREATE OR REPLACE FUNCTION workflow_api.revoke_key(key_id text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  at timestamptz;
BEGIN
  UPDATE workflow_api.api_key k SET revoked_at = coalesce(k.revoked_at, clock_timestamp())
   WHERE k.key_id = revoke_key.key_id RETURNING k.revoked_at INTO at;
  IF at IS NULL THEN
    RAISE 'no key %', key_id USING ERRCODE = 'no_data_found';
  END IF;
  RETURN at;
END $$;
COMMENT ON FUNCTION workflow_api.revoke_key IS 'Ends a key of workflowd-api for good';
REVOKE ALL ON FUNCTION workflow_api.revoke_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow_api.revoke_key TO workflow_admin;
