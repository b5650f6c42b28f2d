-- The instant in a trigger's or run's id.
CREATE OR REPLACE FUNCTION workflow.uuid_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_timestamp((('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint)::numeric / 1000)
$$;
COMMENT ON FUNCTION workflow.uuid_time IS 'The instant in an id, by millisecond';
