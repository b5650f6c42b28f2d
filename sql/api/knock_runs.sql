-- Knock: GET /v1/workflow_recipient_runs. Newest first; what is NULL does not filter.
-- WFA22 says what is wrong with an argument.
--
-- after: the page behind a cursor, that is, older runs; before: the page in front of one,
-- newer runs, those nearest to it; both: what lies between them, from the newer end.
-- page_info.after is NULL when nothing older follows (up to `before`, when both are given),
-- page_info.before when nothing is newer than the page. has_errors false means runs without
-- errors. starting_at belongs to the range, ending_at does not; both go by inserted_at.
-- Without a collection, a recipient is meant in whatever collection.
CREATE OR REPLACE FUNCTION workflow_api.knock_runs(
  after text DEFAULT NULL, before text DEFAULT NULL, page_size int DEFAULT NULL, workflow text DEFAULT NULL, status text[] DEFAULT NULL,
  tenant text DEFAULT NULL, has_errors bool DEFAULT NULL, recipient_collection text DEFAULT NULL, recipient_id text DEFAULT NULL,
  starting_at timestamptz DEFAULT NULL, ending_at timestamptz DEFAULT NULL) RETURNS json
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
#variable_conflict use_variable
DECLARE
  first     CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  last      CONSTANT uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  newest    CONSTANT bool := after IS NOT NULL OR before IS NULL;
  size      CONSTANT int := coalesce(page_size, 50);
  oldest_id CONSTANT uuid := coalesce(workflow_api.first_id(starting_at), first);
  newest_id CONSTANT uuid := coalesce(workflow_api.first_id(ending_at), last);
  above     uuid := greatest(workflow_api.cursor_id(before), oldest_id);
  below     uuid := least(workflow_api.cursor_id(after), newest_id);
  states    text[];
  wrong     text;
  ids       uuid[];
  more      bool;
  items     json[];
BEGIN
  IF size NOT BETWEEN 1 AND 50 THEN
    RAISE 'page_size must be from 1 to 50' USING ERRCODE = 'WFA22';
  END IF;
  IF recipient_collection IS NOT NULL AND recipient_id IS NULL THEN
    RAISE 'a recipient needs an id' USING ERRCODE = 'WFA22';
  END IF;
  SELECT s INTO wrong FROM unnest(status) s WHERE s NOT IN ('queued', 'processing', 'paused', 'completed', 'cancelled') LIMIT 1;
  IF FOUND THEN
    RAISE 'no such status: %; there are queued, processing, paused, completed and cancelled', left(wrong, 100) USING ERRCODE = 'WFA22';
  END IF;
  IF cardinality(status) > 0 OR has_errors IS NOT NULL THEN
    states := ARRAY(SELECT k.key || e.mark
                      FROM unnest('{queued,processing,paused,cancelled,completed}'::text[], '{q,r,p,x,c}'::text[]) k (word, key),
                           (VALUES ('', false), ('e', true)) e (mark, is_error)
                     WHERE (coalesce(cardinality(status), 0) = 0 OR k.word = ANY (status)) AND (has_errors IS NULL OR e.is_error = has_errors));
  END IF;
  -- One more than the page, which says whether there is more in this direction.
  ids := workflow_api.run_ids(tenant, workflow, states, recipient_id, recipient_collection, above, below, newest, size + 1);
  more := cardinality(ids) > size;
  ids := ids[:size];
  SELECT array_agg(row_to_json(k) ORDER BY k.id DESC) INTO items
    FROM unnest(ids) i (id) CROSS JOIN LATERAL (
           SELECT r."__typename", r.id, r.workflow_run_id, r.workflow, r.status, r.recipient, r.trigger_source, r.inserted_at, r.updated_at,
                  r.actor, r.error_count, r.tenant
             FROM workflow_api.knock_recipient_runs r WHERE r.id = i.id LIMIT 1) k;
  RETURN row_to_json(x) FROM (
    SELECT coalesce(array_to_json(items), '[]') AS items,
           (SELECT row_to_json(p) FROM (
              SELECT 'PageInfo' AS "__typename",
                     CASE WHEN CASE WHEN newest THEN more
                                    ELSE cardinality(ids) > 0 AND cardinality(workflow_api.run_ids(
                                           tenant, workflow, states, recipient_id, recipient_collection, oldest_id, ids[1], true, 1)) > 0 END
                          THEN workflow_api.cursor_of(CASE WHEN newest THEN ids[cardinality(ids)] ELSE ids[1] END) END AS after,
                     CASE WHEN CASE WHEN newest THEN after IS NOT NULL AND cardinality(ids) > 0 AND cardinality(workflow_api.run_ids(
                                           tenant, workflow, states, recipient_id, recipient_collection, ids[1], newest_id, false, 1)) > 0
                                    ELSE more END
                          THEN workflow_api.cursor_of(CASE WHEN newest THEN ids[1] ELSE ids[cardinality(ids)] END) END AS before,
                     size AS page_size) p) AS page_info) x;
END $$;
COMMENT ON FUNCTION workflow_api.knock_runs IS 'Knock: a page of workflow recipient runs, newest first';
