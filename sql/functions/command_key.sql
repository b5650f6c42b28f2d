-- Cancellations by key become commands: one for each home at which runs may live, in one
-- group. The lock keeps homes from being made meanwhile, which would miss them:
-- workflow.takeover() makes them under the exclusive one and copies what waits.
CREATE OR REPLACE FUNCTION workflow.command_key(
  tenants text[], workflows text[], keys text[], recipient_sets jsonb[], actors text[], reasons text[],
  times timestamptz[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
  groups bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1467370598, 2);
  groups := ARRAY(SELECT nextval('workflow.command_number') FROM generate_series(1, cardinality(keys)));
  INSERT INTO workflow.command (group_id, given_at, home, kind, tenant, workflow, cancellation_key, recipients, actor, reason)
  SELECT u.group_id, coalesce(u.given_at, clock_timestamp()), h.home, 'cancel', u.tenant, u.workflow, u.key,
         u.recipients, u.actor, u.reason
    FROM unnest(groups, tenants, workflows, keys, recipient_sets, actors, reasons, times)
           WITH ORDINALITY AS u (group_id, tenant, workflow, key, recipients, actor, reason, given_at, ordinal)
   CROSS JOIN workflow.home h
   WHERE h.starts_runs
   ORDER BY u.ordinal, h.home;
  RETURN groups;
END $$;
COMMENT ON FUNCTION workflow.command_key IS 'Gives cancellations by key to every home; returns their groups';
REVOKE ALL ON FUNCTION workflow.command_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.command_key TO workflow_daemon;
