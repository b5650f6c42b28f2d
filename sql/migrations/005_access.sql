-- What:     who may read and write what; row-level security by tenant
-- Why:      the daemon cannot change history, a reader sees its own tenants and nothing internal
-- Breaking: no
-- Lock:     ACCESS EXCLUSIVE on the tables, for an instant
CREATE TABLE workflow.reader_tenant (
  role   name NOT NULL,
  tenant text NOT NULL,
  PRIMARY KEY (role, tenant)
);
COMMENT ON TABLE workflow.reader_tenant IS 'Which tenants a reading role sees; not a setting, since any reader could SET it';
COMMENT ON COLUMN workflow.reader_tenant.role IS 'A role; its members see what it sees';
COMMENT ON COLUMN workflow.reader_tenant.tenant IS 'A tenant; empty = what belongs to no tenant';

GRANT USAGE ON SCHEMA workflow TO workflow_daemon, workflow_reader, workflow_admin;
GRANT SELECT ON ALL TABLES IN SCHEMA workflow TO workflow_admin;
GRANT INSERT, UPDATE, DELETE ON workflow.reader_tenant TO workflow_admin;

GRANT SELECT ON workflow.migration, workflow.setting, workflow.definition, workflow.task, workflow.definition_generation, workflow.intake,
  workflow.dedupe_generation TO workflow_daemon;
GRANT SELECT, INSERT ON workflow.trigger, workflow.event, workflow.batch, workflow.dedupe_0, workflow.dedupe_1,
  workflow.dedupe_2, workflow.duplicate, workflow.timer, workflow.inbox, workflow.command_applied,
  workflow.tombstone, workflow.cluster, workflow.schedule_slot, workflow.arrival, workflow.arrival_key,
  workflow.correlation_path, workflow.event_refusal, workflow.subscription TO workflow_daemon;
GRANT SELECT, INSERT, UPDATE ON workflow.run, workflow.step, workflow.action, workflow.snapshot, workflow.home, workflow.quarantine,
  workflow.schedule TO workflow_daemon;
GRANT SELECT, INSERT, DELETE ON workflow.command TO workflow_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON workflow.fanout, workflow.announcement, workflow.handover TO workflow_daemon;
GRANT USAGE ON SEQUENCE workflow.command_number, workflow.match_position TO workflow_daemon;
GRANT DELETE ON workflow.subscription TO workflow_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON workflow.gathering TO workflow_daemon;
GRANT SELECT, INSERT, DELETE ON workflow.gathered TO workflow_daemon;

GRANT SELECT ON workflow.reader_tenant, workflow.task, workflow.trigger, workflow.duplicate, workflow.schedule, workflow.schedule_slot
  TO workflow_reader;
GRANT SELECT (definition_id, namespace, name, version, content_hash, state, created_at, updated_at, workflow_id, title)
  ON workflow.definition TO workflow_reader;
GRANT SELECT (run_id, seq, step_no, occurred_at, action_no, attempt, type, level, reference, reason_code, summary, data)
  ON workflow.event TO workflow_reader;
GRANT SELECT (run_id, trigger_id, created_at, updated_at, started_at, last_executed_at, next_wake_at, next_retry_at,
  ended_at, definition_id, last_seq, current_step_no, retry_count, max_retries, error_count, status, waiting_for, tenant,
  workflow, workflow_version, recipient_collection, recipient_id, reason_code, reason_text, current_reference,
  current_step_name, skip_code, error_code, error_summary, input, context, output, state_key)
  ON workflow.run TO workflow_reader;
GRANT SELECT (run_id, step_no, parent_step_no, scheduled_at, started_at, due_at, ended_at, next_retry_at, updated_at,
  visit, attempt, max_attempts, retry_count, status, reference, name, kind, title, outcome, external_reference, skip_code,
  error_code, error_summary, input, output)
  ON workflow.step TO workflow_reader;
GRANT SELECT (run_id, action_no, step_no, requested_at, deadline_at, ended_at, next_retry_at, updated_at, attempt,
  max_attempts, status, function, outcome, external_reference, summary, error_code, error_summary, input, output)
  ON workflow.action TO workflow_reader;

ALTER TABLE workflow.reader_tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON workflow.reader_tenant FOR SELECT TO workflow_reader USING (pg_has_role(current_user, role, 'USAGE'));
CREATE POLICY admin ON workflow.reader_tenant TO workflow_admin USING (true) WITH CHECK (true);

ALTER TABLE workflow.trigger ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow.duplicate ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow.step ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow.action ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow.event ENABLE ROW LEVEL SECURITY;
CREATE POLICY daemon ON workflow.trigger TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY daemon ON workflow.duplicate TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY daemon ON workflow.run TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY daemon ON workflow.step TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY daemon ON workflow.action TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY daemon ON workflow.event TO workflow_daemon USING (true) WITH CHECK (true);
CREATE POLICY admin ON workflow.trigger FOR SELECT TO workflow_admin USING (true);
CREATE POLICY admin ON workflow.duplicate FOR SELECT TO workflow_admin USING (true);
CREATE POLICY admin ON workflow.run FOR SELECT TO workflow_admin USING (true);
CREATE POLICY admin ON workflow.step FOR SELECT TO workflow_admin USING (true);
CREATE POLICY admin ON workflow.action FOR SELECT TO workflow_admin USING (true);
CREATE POLICY admin ON workflow.event FOR SELECT TO workflow_admin USING (true);
CREATE POLICY tenant ON workflow.trigger FOR SELECT TO workflow_reader
  USING (coalesce(tenant, '') = ANY (ARRAY(SELECT r.tenant FROM workflow.reader_tenant r)));
CREATE POLICY tenant ON workflow.duplicate FOR SELECT TO workflow_reader
  USING (coalesce(tenant, '') = ANY (ARRAY(SELECT r.tenant FROM workflow.reader_tenant r)));
CREATE POLICY tenant ON workflow.run FOR SELECT TO workflow_reader
  USING (coalesce(tenant, '') = ANY (ARRAY(SELECT r.tenant FROM workflow.reader_tenant r)));
-- What belongs to a run is seen by whom the run is seen: the policy of workflow.run decides.
CREATE POLICY tenant ON workflow.step FOR SELECT TO workflow_reader
  USING (EXISTS (SELECT FROM workflow.run r WHERE r.run_id = step.run_id));
CREATE POLICY tenant ON workflow.action FOR SELECT TO workflow_reader
  USING (EXISTS (SELECT FROM workflow.run r WHERE r.run_id = action.run_id));
CREATE POLICY tenant ON workflow.event FOR SELECT TO workflow_reader
  USING (EXISTS (SELECT FROM workflow.run r WHERE r.run_id = event.run_id));
