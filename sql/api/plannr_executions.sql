-- Plannr: GET /api/v1/automation-executions and /automation-blueprints/{uuid}/executions.
-- What is NULL does not filter; WFA22 says what is wrong with an argument.
--
-- The vendor sorts by name unless told otherwise, and shows no pages; here a page holds 25,
-- at most 50, and meta.next_cursor leads to the next. By name: the names of the workflows in
-- order (or backwards with -name), and within one the newest execution first. A cursor holds
-- the workflow and the id of the last execution, so that it stands still while others begin.
-- Clients and accounts are recipients; of those that are asked for by uuid or client all are
-- looked at, at most 10,000.

-- The workflows that the asker's tenants have runs of, in the order of the page, by hops along
-- an index. Of more than 6, which would take longer than to look into some without runs, all
-- workflows that there are.
CREATE OR REPLACE FUNCTION workflow_api.plannr_names(backwards bool) RETURNS TABLE (place int, workflow text)
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  most  CONSTANT int := 6;
  one   text;
  found text[] := '{}';
BEGIN
  -- One statement for all hops: to begin one costs as much as two.
  FOREACH one IN ARRAY coalesce(workflow_api.tenants(), workflow_api.all_tenants()) LOOP
    found := found || CASE WHEN one = '' THEN ARRAY(
      WITH RECURSIVE hop (workflow) AS (
        SELECT ''
         UNION ALL
        SELECT n.workflow FROM hop h
         CROSS JOIN LATERAL (SELECT r.workflow FROM workflow.run r
                              WHERE r.tenant IS NULL AND r.workflow > h.workflow ORDER BY r.tenant, r.workflow LIMIT 1) n
      ) SELECT workflow FROM hop OFFSET 1 LIMIT most + 1)
    ELSE ARRAY(
      WITH RECURSIVE hop (workflow) AS (
        SELECT ''
         UNION ALL
        SELECT n.workflow FROM hop h
         CROSS JOIN LATERAL (SELECT r.workflow FROM workflow.run r
                              WHERE r.tenant = one AND r.workflow > h.workflow ORDER BY r.tenant, r.workflow LIMIT 1) n
      ) SELECT workflow FROM hop OFFSET 1 LIMIT most + 1) END;
    EXIT WHEN cardinality(found) > most;
  END LOOP;
  IF cardinality(found) > most THEN
    found := ARRAY(SELECT d.namespace || '/' || d.name FROM workflow.definition d);
  END IF;
  RETURN QUERY
    SELECT (row_number() OVER (ORDER BY CASE WHEN NOT backwards THEN n.name END, CASE WHEN backwards THEN n.name END DESC, n.key))::int, n.key
      FROM (SELECT f.key, (SELECT coalesce(d.title, d.name) FROM workflow.definition d
                            WHERE d.workflow_id = workflow.workflow_id(f.key) ORDER BY d.definition_id DESC LIMIT 1) AS name
              FROM (SELECT DISTINCT u.key FROM unnest(found) u (key)) f) n;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_names IS 'Plannr: workflows in the order of their names';

-- Ids of a tenant's runs of several workflows, in the order of these, newest first in each. By
-- one statement, of which each workflow costs a third of what it would by one of its own.
CREATE OR REPLACE FUNCTION workflow_api.plannr_ids(tenant text, workflows text[], amount int) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
BEGIN
  IF tenant <> '' THEN
    RETURN ARRAY(
      SELECT f.run_id FROM unnest(workflows) WITH ORDINALITY w (workflow, place)
       CROSS JOIN LATERAL (SELECT r.workflow FROM workflow.run r
                            WHERE r.tenant = tenant AND r.workflow >= w.workflow ORDER BY r.tenant, r.workflow LIMIT 1) n
       CROSS JOIN unnest('{q,qe,r,re,p,pe,x,xe,c,ce}'::text[]) s (state)
       CROSS JOIN LATERAL (SELECT r.run_id FROM workflow.run r
                            WHERE r.tenant = tenant AND r.workflow = w.workflow AND r.state_key = s.state
                            ORDER BY r.run_id DESC LIMIT amount) f
       WHERE n.workflow = w.workflow
       ORDER BY w.place, f.run_id DESC LIMIT amount);
  END IF;
  RETURN ARRAY(
    SELECT f.run_id FROM unnest(workflows) WITH ORDINALITY w (workflow, place)
     CROSS JOIN LATERAL (SELECT r.workflow FROM workflow.run r
                          WHERE r.tenant IS NULL AND r.workflow >= w.workflow ORDER BY r.tenant, r.workflow LIMIT 1) n
     CROSS JOIN unnest('{q,qe,r,re,p,pe,x,xe,c,ce}'::text[]) s (state)
     CROSS JOIN LATERAL (SELECT r.run_id FROM workflow.run r
                          WHERE r.tenant IS NULL AND r.workflow = w.workflow AND r.state_key = s.state
                          ORDER BY r.tenant DESC, r.run_id DESC LIMIT amount) f
     WHERE n.workflow = w.workflow
     ORDER BY w.place, f.run_id DESC LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.plannr_ids IS 'Plannr: ids of a tenant''s newest runs of several workflows';

-- Ids of a page without filters, sorted by name. The first workflow may well fill it; of those
-- that follow, a dozen are looked into at once.
CREATE OR REPLACE FUNCTION workflow_api.plannr_by_name(backwards bool, after_workflow uuid, after_run uuid, amount int) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  dozen  CONSTANT int := 12;
  first  CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  last   CONSTANT uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  theirs CONSTANT text[] := workflow_api.tenants();
  names  CONSTANT text[] := ARRAY(SELECT p.workflow FROM workflow_api.plannr_names(backwards) p ORDER BY p.place);
  place  int := CASE WHEN after_workflow IS NULL THEN 1
                     ELSE array_position(ARRAY(SELECT workflow.workflow_id(n) FROM unnest(names) n), after_workflow) END;
  ids    uuid[];
BEGIN
  IF names[place] IS NULL THEN
    RETURN '{}';
  END IF;
  ids := workflow_api.run_ids(NULL, names[place], NULL, NULL, NULL, first, coalesce(after_run, last), true, amount);
  LOOP
    place := place + 1;
    EXIT WHEN cardinality(ids) >= amount OR place > cardinality(names);
    IF cardinality(theirs) = 1 THEN
      ids := ids || workflow_api.plannr_ids(theirs[1], names[place : place + dozen - 1], amount - cardinality(ids));
      place := place + dozen - 1;
    ELSE
      ids := ids || workflow_api.run_ids(NULL, names[place], NULL, NULL, NULL, first, last, true, amount - cardinality(ids));
    END IF;
  END LOOP;
  RETURN ids;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_by_name IS 'Plannr: ids of a page that is sorted by name';

-- Ids of a page out of these runs, or of the runs of these recipients; of both when both are given.
CREATE OR REPLACE FUNCTION workflow_api.plannr_of(uuids uuid[], recipients text[], blueprint uuid, by_name bool, backwards bool,
                                                  after_workflow uuid, after_run uuid, amount int) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off SET enable_bitmapscan = off AS $$
DECLARE
  ids         uuid[];
  definitions int[];
  newest      CONSTANT bool := by_name OR backwards;
  after_key   text := ''; -- of a workflow, where the name decides; else all are equal
BEGIN
  IF recipients IS NULL THEN
    SELECT array_agg(f.run_id), array_agg(f.definition_id) INTO ids, definitions
      FROM (SELECT DISTINCT i FROM unnest(uuids) i) u (id)
     CROSS JOIN LATERAL (SELECT r.run_id, r.definition_id FROM workflow.run r WHERE r.run_id = u.id LIMIT 1) f;
  ELSE
    SELECT array_agg(f.run_id), array_agg(f.definition_id) INTO ids, definitions
      FROM (SELECT l.* FROM (SELECT DISTINCT w FROM unnest(recipients) w) u (recipient)
             CROSS JOIN LATERAL (SELECT r.run_id, r.definition_id FROM workflow.run r WHERE r.recipient_id = u.recipient LIMIT 10000) l
             WHERE uuids IS NULL OR l.run_id = ANY (uuids) LIMIT 10000) f;
  END IF;
  IF by_name AND after_workflow IS NOT NULL THEN
    after_key := (SELECT coalesce(d.title, d.name) || E'\x01' || d.namespace || '/' || d.name FROM workflow.definition d
                   WHERE d.workflow_id = after_workflow ORDER BY d.definition_id DESC LIMIT 1);
  END IF;
  RETURN ARRAY(
    SELECT f.run_id
      FROM unnest(ids, definitions) f (run_id, definition_id)
      JOIN (SELECT d.definition_id, d.workflow_id,
                   CASE WHEN by_name THEN (
                     SELECT coalesce(e.title, e.name) || E'\x01' || e.namespace || '/' || e.name FROM workflow.definition e
                      WHERE e.workflow_id = d.workflow_id ORDER BY e.definition_id DESC LIMIT 1) ELSE '' END AS key
              FROM (SELECT DISTINCT i FROM unnest(definitions) i) u (id)
              JOIN workflow.definition d ON d.definition_id = u.id OFFSET 0) k USING (definition_id)
     WHERE (blueprint IS NULL OR k.workflow_id = blueprint)
       AND (after_run IS NULL
            OR k.key = after_key AND CASE WHEN newest THEN f.run_id < after_run ELSE f.run_id > after_run END
            OR k.key <> after_key AND by_name AND CASE WHEN backwards THEN k.key < after_key ELSE k.key > after_key END)
     ORDER BY CASE WHEN NOT backwards THEN k.key END, CASE WHEN backwards THEN k.key END DESC,
              CASE WHEN NOT newest THEN f.run_id END, f.run_id DESC
     LIMIT amount);
END $$;
COMMENT ON FUNCTION workflow_api.plannr_of IS 'Plannr: ids of a page out of certain runs';

-- One place for both lists: the arguments, the ids, the answer.
CREATE OR REPLACE FUNCTION workflow_api.plannr_page(blueprint uuid, uuids uuid[], recipients text[], include_account bool, sort text,
                                                    page_size int, after text) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
  size      CONSTANT int := coalesce(page_size, 25);
  wanted    CONSTANT text := coalesce(sort, 'name');
  backwards CONSTANT bool := left(wanted, 1) = '-';
  by_name   CONSTANT bool := ltrim(wanted, '-') = 'name' AND blueprint IS NULL;
  first     CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  last      CONSTANT uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  newest    CONSTANT bool := backwards OR wanted = 'name';
  place     CONSTANT text := left(after, 23);
  after_run uuid;
  after_workflow uuid;
  ids       uuid[];
BEGIN
  IF size NOT BETWEEN 1 AND 50 THEN
    RAISE 'a page holds from 1 to 50' USING ERRCODE = 'WFA22';
  ELSIF cardinality(recipients) > 50 OR cardinality(uuids) > 100 THEN
    RAISE 'at most 50 clients or accounts, and 100 uuids, in one request' USING ERRCODE = 'WFA22';
  ELSIF wanted NOT IN ('name', '-name', 'created_at', '-created_at') THEN
    RAISE 'no such sort: %; there are name, created_at, and both with - in front', left(wanted, 100) USING ERRCODE = 'WFA22';
  ELSIF length(after) <> (CASE WHEN by_name THEN 46 ELSE 23 END) THEN
    RAISE 'not a cursor of this list: %', left(after, 100) USING ERRCODE = 'WFA22';
  END IF;
  after_run := workflow_api.cursor_id(place);
  after_workflow := CASE WHEN by_name THEN workflow_api.cursor_id(substr(after, 24)) END;
  IF uuids IS NOT NULL OR recipients IS NOT NULL THEN
    ids := workflow_api.plannr_of(uuids, recipients, blueprint, by_name, CASE WHEN by_name THEN backwards ELSE newest END,
                                  after_workflow, after_run, size + 1);
  ELSIF by_name THEN
    ids := workflow_api.plannr_by_name(backwards, after_workflow, after_run, size + 1);
  ELSE
    ids := workflow_api.run_ids(NULL, (SELECT d.namespace || '/' || d.name FROM workflow.definition d WHERE d.workflow_id = blueprint LIMIT 1),
                                NULL, NULL, NULL, CASE WHEN newest THEN first ELSE coalesce(after_run, first) END,
                                CASE WHEN newest THEN coalesce(after_run, last) ELSE last END, newest, size + 1);
  END IF;
  RETURN row_to_json(x) FROM (
    SELECT array_to_json(workflow_api.plannr_items(ids[:size], include_account)) AS data,
           (SELECT row_to_json(m) FROM (
              SELECT size AS per_page,
                     CASE WHEN cardinality(ids) > size
                          THEN workflow_api.cursor_of(ids[size])
                               || CASE WHEN by_name THEN (SELECT workflow_api.cursor_of(workflow.workflow_id(r.workflow))
                                                            FROM workflow.run r WHERE r.run_id = ids[size]) ELSE '' END END AS next_cursor) m) AS meta) x;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_page IS 'Plannr: a page of executions';

CREATE OR REPLACE FUNCTION workflow_api.plannr_executions(
  uuids uuid[] DEFAULT NULL, client_uuids text[] DEFAULT NULL, account_uuids text[] DEFAULT NULL, include_account bool DEFAULT false,
  sort text DEFAULT NULL, page_size int DEFAULT NULL, after text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  RETURN workflow_api.plannr_page(
    NULL, uuids, CASE WHEN client_uuids IS NULL THEN account_uuids WHEN account_uuids IS NULL THEN client_uuids
                      ELSE ARRAY(SELECT c FROM unnest(client_uuids) c WHERE c = ANY (account_uuids)) END,
    include_account, sort, page_size, after);
END $$;
COMMENT ON FUNCTION workflow_api.plannr_executions IS 'Plannr: a page of automation executions';

-- NULL = there is no such blueprint.
CREATE OR REPLACE FUNCTION workflow_api.plannr_blueprint_executions(
  blueprint uuid, uuids uuid[] DEFAULT NULL, sort text DEFAULT NULL, page_size int DEFAULT NULL, after text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
BEGIN
  IF EXISTS (SELECT FROM workflow.definition d WHERE d.workflow_id = blueprint) THEN
    RETURN workflow_api.plannr_page(blueprint, uuids, NULL, false, sort, page_size, after);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION workflow_api.plannr_blueprint_executions IS 'Plannr: a page of the executions of a blueprint; NULL = there is no such blueprint';
