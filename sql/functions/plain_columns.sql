-- The columns of a table that are written, as a list for SQL: those that PostgreSQL makes of
-- others cannot be.
CREATE OR REPLACE FUNCTION workflow.plain_columns(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
$$;
COMMENT ON FUNCTION workflow.plain_columns IS 'Names of the columns of a table that are not generated';
REVOKE ALL ON FUNCTION workflow.plain_columns FROM PUBLIC;
