-- The home in a trigger's or run's id: 12 bits behind the version digit.
CREATE OR REPLACE FUNCTION workflow.uuid_home(id uuid) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ('x0' || substr(replace(id::text, '-', ''), 14, 3))::bit(16)::int::smallint
$$;
COMMENT ON FUNCTION workflow.uuid_home IS 'The home in an id';
