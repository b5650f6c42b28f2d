-- Pages of runs: which ids are next, by an index that has every column that is asked for,
-- so that no more entries are read than are returned, whatever the filter and the depth.
-- Bounds on ids are exclusive; NULL is none. `newest` takes the newest first, else the
-- oldest. A tenant is meant by '' when it is none.
--
-- What keeps the planner to those indexes: the plans are made for any value, not for the one
-- at hand; a state counts as a tenth of all runs (workflow.ensure_partitions), also in a table
-- where so far every run is completed; and where equality does not say so, the order names
-- the leading column. Tenants are compared as they stand, not by coalesce(), which row-level
-- security does not let down to an index.

CREATE OR REPLACE FUNCTION workflow_api.ids_of_tenant(tenant text, states text[], above uuid, below uuid, newest bool, amount int)
RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
BEGIN
  IF newest AND tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant = tenant AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF newest THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant IS NULL AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.tenant DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant = tenant AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
  END IF;
  RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
           SELECT r.run_id FROM workflow.run r
            WHERE r.tenant IS NULL AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
            ORDER BY r.tenant, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.ids_of_tenant IS 'Ids of a tenant''s runs in these states, within bounds';

CREATE OR REPLACE FUNCTION workflow_api.ids_of_workflow(tenant text, workflow text, states text[], above uuid, below uuid, newest bool,
                                                        amount int)
RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
BEGIN
  IF newest AND tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant = tenant AND r.workflow = workflow AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF newest THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant IS NULL AND r.workflow = workflow AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.tenant DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.tenant = tenant AND r.workflow = workflow AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
              ORDER BY r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
  END IF;
  RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
           SELECT r.run_id FROM workflow.run r
            WHERE r.tenant IS NULL AND r.workflow = workflow AND r.state_key = s.state AND r.run_id > above AND r.run_id < below
            ORDER BY r.tenant, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.ids_of_workflow IS 'Ids of a tenant''s runs of one workflow in these states, within bounds';

-- Of one recipient, of whatever collection. An array of one is not an equality to the planner:
-- the order names the recipient, which one index alone has in front.
CREATE OR REPLACE FUNCTION workflow_api.ids_of_recipient(recipient text, tenant text, states text[], above uuid, below uuid, newest bool, amount int)
RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
BEGIN
  IF newest AND tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant = tenant AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
              ORDER BY r.recipient_id DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF newest THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant IS NULL AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
              ORDER BY r.recipient_id DESC, r.tenant DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant = tenant AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
              ORDER BY r.recipient_id, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
  END IF;
  RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
           SELECT r.run_id FROM workflow.run r
            WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant IS NULL AND r.state_key = s.state
              AND r.run_id > above AND r.run_id < below
            ORDER BY r.recipient_id, r.tenant, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.ids_of_recipient IS 'Ids of a recipient''s runs of one tenant in these states, within bounds';

-- Of one recipient, of a workflow or a collection or both. They stand at the end of the index:
-- their bounds are compared there, entry by entry (140 ns each), without a look at a run that
-- is not meant. In a function of its own, since the bounds alone make the list without them
-- dearer by a fifth.
CREATE OR REPLACE FUNCTION workflow_api.ids_of_recipient_in(recipient text, collection text, tenant text, workflow text, states text[],
                                                            above uuid, below uuid, newest bool, amount int)
RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
DECLARE
  every            CONSTANT text := E'\U0010FFFF'; -- no text lies behind
  first_workflow   CONSTANT text := coalesce(workflow, '');
  last_workflow    CONSTANT text := coalesce(workflow, every);
  first_collection CONSTANT text := coalesce(collection, '');
  last_collection  CONSTANT text := coalesce(collection, every);
BEGIN
  IF newest AND tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant = tenant AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
                AND r.workflow COLLATE "C" BETWEEN first_workflow AND last_workflow
                AND CASE WHEN r.recipient_collection IS NULL THEN '' ELSE r.recipient_collection END COLLATE "C"
                    BETWEEN first_collection AND last_collection
              ORDER BY r.recipient_id DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF newest THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant IS NULL AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
                AND r.workflow COLLATE "C" BETWEEN first_workflow AND last_workflow
                AND CASE WHEN r.recipient_collection IS NULL THEN '' ELSE r.recipient_collection END COLLATE "C"
                    BETWEEN first_collection AND last_collection
              ORDER BY r.recipient_id DESC, r.tenant DESC, r.run_id DESC LIMIT amount) f ORDER BY f.run_id DESC LIMIT amount);
  ELSIF tenant <> '' THEN
    RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
             SELECT r.run_id FROM workflow.run r
              WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant = tenant AND r.state_key = s.state
                AND r.run_id > above AND r.run_id < below
                AND r.workflow COLLATE "C" BETWEEN first_workflow AND last_workflow
                AND CASE WHEN r.recipient_collection IS NULL THEN '' ELSE r.recipient_collection END COLLATE "C"
                    BETWEEN first_collection AND last_collection
              ORDER BY r.recipient_id, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
  END IF;
  RETURN ARRAY(SELECT f.run_id FROM unnest(states) s (state) CROSS JOIN LATERAL (
           SELECT r.run_id FROM workflow.run r
            WHERE r.recipient_id = ANY (ARRAY[recipient]) AND r.tenant IS NULL AND r.state_key = s.state
              AND r.run_id > above AND r.run_id < below
              AND r.workflow COLLATE "C" BETWEEN first_workflow AND last_workflow
              AND CASE WHEN r.recipient_collection IS NULL THEN '' ELSE r.recipient_collection END COLLATE "C"
                  BETWEEN first_collection AND last_collection
            ORDER BY r.recipient_id, r.tenant, r.run_id LIMIT amount) f ORDER BY f.run_id LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.ids_of_recipient_in IS 'The same of a workflow, a collection or both; NULL does not filter';

-- Of everybody, for those who see all.
CREATE OR REPLACE FUNCTION workflow_api.ids_of_all(above uuid, below uuid, newest bool, amount int) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
BEGIN
  IF newest THEN
    RETURN ARRAY(SELECT r.run_id FROM workflow.run r WHERE r.run_id > above AND r.run_id < below ORDER BY r.run_id DESC LIMIT amount);
  END IF;
  RETURN ARRAY(SELECT r.run_id FROM workflow.run r WHERE r.run_id > above AND r.run_id < below ORDER BY r.run_id LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.ids_of_all IS 'Ids of all runs within bounds';

-- Whose runs the asker sees, '' for nobody's in particular; NULL = everybody's. Row-level
-- security holds it; this only says which ranges of the indexes are worth reading.
CREATE OR REPLACE FUNCTION workflow_api.tenants() RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  setting CONSTANT text := current_setting('workflow_api.tenant', true);
  found   text[] := '{}';
BEGIN
  IF NOT row_security_active('workflow.run') OR pg_has_role('workflow_admin', 'USAGE') OR pg_has_role('workflow_daemon', 'USAGE') THEN
    RETURN NULL;
  END IF;
  IF setting LIKE '=%' AND pg_has_role('workflow_http', 'USAGE') THEN
    found := ARRAY[substr(setting, 2)];
  END IF;
  IF pg_has_role('workflow_reader', 'USAGE') THEN
    found := found || ARRAY(SELECT DISTINCT r.tenant FROM workflow.reader_tenant r);
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION workflow_api.tenants IS 'Tenants whose runs the asker sees; NULL = all';

-- All tenants there are, by hops along an index.
CREATE OR REPLACE FUNCTION workflow_api.all_tenants() RETURNS text[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
DECLARE
  found text[] := '{}';
  next  text;
BEGIN
  IF EXISTS (SELECT FROM workflow.run r WHERE r.tenant IS NULL) THEN
    found := '{""}';
  END IF;
  next := (SELECT min(r.tenant) FROM workflow.run r);
  WHILE next IS NOT NULL LOOP
    found := found || next;
    next := (SELECT min(r.tenant) FROM workflow.run r WHERE r.tenant > next);
  END LOOP;
  RETURN found;
END $$;
COMMENT ON FUNCTION workflow_api.all_tenants IS 'Tenants of all runs; "" for none';

-- The same of one recipient, whose runs are of few tenants.
CREATE OR REPLACE FUNCTION workflow_api.recipient_tenants(recipient text) RETURNS text[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
DECLARE
  found text[] := '{}';
  next  text;
BEGIN
  IF EXISTS (SELECT FROM workflow.run r WHERE r.recipient_id = recipient AND r.tenant IS NULL) THEN
    found := '{""}';
  END IF;
  next := (SELECT min(r.tenant) FROM workflow.run r WHERE r.recipient_id = recipient);
  WHILE next IS NOT NULL LOOP
    found := found || next;
    next := (SELECT min(r.tenant) FROM workflow.run r WHERE r.recipient_id = recipient AND r.tenant > next);
  END LOOP;
  RETURN found;
END $$;
COMMENT ON FUNCTION workflow_api.recipient_tenants IS 'Tenants of all runs of a recipient; "" for none';

-- The same for every list: what is NULL does not filter. An unknown tenant has no runs.
CREATE OR REPLACE FUNCTION workflow_api.run_ids(tenant text, workflow text, states text[], recipient text, collection text,
                                                above uuid, below uuid, newest bool, amount int) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
#variable_conflict use_variable
DECLARE
  every  CONSTANT text[] := '{q,qe,r,re,p,pe,x,xe,c,ce}';
  wanted CONSTANT text[] := coalesce(states, every);
  theirs text[];
  one    text;
  ids    uuid[] := '{}';
BEGIN
  -- A workflow that there never was is not looked for among the runs.
  IF NOT EXISTS (SELECT FROM workflow.definition d WHERE d.workflow_id = workflow.workflow_id(workflow)) AND workflow IS NOT NULL THEN
    RETURN ids;
  END IF;
  theirs := workflow_api.tenants();
  IF tenant IS NOT NULL THEN
    theirs := CASE WHEN theirs IS NULL OR tenant = ANY (theirs) THEN ARRAY[tenant] ELSE '{}' END;
  ELSIF theirs IS NULL AND recipient IS NOT NULL THEN
    theirs := workflow_api.recipient_tenants(recipient);
  ELSIF theirs IS NULL AND workflow IS NULL AND states IS NULL THEN
    RETURN workflow_api.ids_of_all(above, below, newest, amount);
  ELSIF theirs IS NULL THEN
    theirs := workflow_api.all_tenants();
  END IF;
  FOREACH one IN ARRAY theirs LOOP
    ids := ids || CASE WHEN recipient IS NOT NULL AND workflow IS NULL AND collection IS NULL
                       THEN workflow_api.ids_of_recipient(recipient, one, wanted, above, below, newest, amount)
                       WHEN recipient IS NOT NULL
                       THEN workflow_api.ids_of_recipient_in(recipient, collection, one, workflow, wanted, above, below, newest, amount)
                       WHEN workflow IS NULL THEN workflow_api.ids_of_tenant(one, wanted, above, below, newest, amount)
                       ELSE workflow_api.ids_of_workflow(one, workflow, wanted, above, below, newest, amount) END;
  END LOOP;
  IF cardinality(theirs) <= 1 THEN
    RETURN ids;
  END IF;
  RETURN CASE WHEN newest THEN ARRAY(SELECT i FROM unnest(ids) i ORDER BY i DESC LIMIT amount)
              ELSE ARRAY(SELECT i FROM unnest(ids) i ORDER BY i LIMIT amount) END;
END $$;
COMMENT ON FUNCTION workflow_api.run_ids IS 'Ids of the next runs of a list';

-- A cursor is a place in a list: a version (1) and the id of the run beside it, in base64url.
CREATE OR REPLACE FUNCTION workflow_api.cursor_of(id uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(encode('\x01'::bytea || uuid_send(id), 'base64'), '+/=', '-_')
$$;
COMMENT ON FUNCTION workflow_api.cursor_of IS 'The cursor beside a run';

CREATE OR REPLACE FUNCTION workflow_api.cursor_id(place text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  bytes bytea;
BEGIN
  IF place ~ '^[A-Za-z0-9_-]{23}$' THEN
    bytes := decode(translate(place, '-_', '+/') || '=', 'base64');
    IF get_byte(bytes, 0) = 1 AND workflow_api.cursor_of(encode(substr(bytes, 2), 'hex')::uuid) = place THEN
      RETURN encode(substr(bytes, 2), 'hex')::uuid;
    END IF;
  ELSIF place IS NULL THEN
    RETURN NULL;
  END IF;
  RAISE 'not a cursor of this list: %', left(place, 100) USING ERRCODE = 'WFA22';
END $$;
COMMENT ON FUNCTION workflow_api.cursor_id IS 'The run beside which a cursor stands; WFA22 when it is none';

-- The first id that an instant, or a later one, can have. What no id can hold lies at an end.
CREATE OR REPLACE FUNCTION workflow_api.first_id(instant timestamptz) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT workflow.uuid_at(least(greatest(instant, 'epoch'), '9999-12-31Z') + interval '999 microseconds')
$$;
COMMENT ON FUNCTION workflow_api.first_id IS 'The lowest id of an instant or later';
