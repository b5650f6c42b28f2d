-- The lowest UUIDv7 of an instant: a bound for ranges of triggers and runs by time.
CREATE OR REPLACE FUNCTION workflow.uuid_at(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT rpad(lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
COMMENT ON FUNCTION workflow.uuid_at IS 'The lowest id of an instant: WHERE run_id >= workflow.uuid_at(now() - interval ''1 hour'')';
