-- SPDX-License-Identifier: Apache-2.0
-- Fills a migrated database with runs as they are stored after three months: of each a
-- trigger, a run, three steps, an action and ten events, spread over the 12 weeks before
-- today. psql variables: runs (how many in all), first and last (the part to write, from 1),
-- so that two sessions can share the work.
--
-- Tenants: acme has half, 40 others most of the rest, "" (none) a twentieth; `rare` has one
-- run in 10,000. Twelve workflows; four runs per recipient. Of 100 runs 80 completed, 10
-- completed after errors, 4 faulted, 2 were cancelled, 3 wait for a timer, 1 for a worker;
-- none is queued. Workflow bench/flow-12 has no run that was cancelled.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET work_mem = '64MB';

BEGIN;
SELECT pg_advisory_xact_lock(42) AS locked \gset
SELECT workflow.ensure_partitions(ARRAY(SELECT now() - w * interval '168 hours' FROM generate_series(0, 13) w), '{}') AS made \gset
INSERT INTO workflow.definition (namespace, name, version, content_hash, document, title)
SELECT 'bench', 'flow-' || n, '1.0.0', 'none', '', 'Flow ' || n FROM generate_series(1, 12) n
    ON CONFLICT DO NOTHING;
INSERT INTO workflow.task (definition_id, ord, parent_ord, next_ord, is_decision, reference, name, title, kind, type, function, branch, config)
SELECT d.definition_id, t.*
  FROM workflow.definition d,
       (VALUES (1, NULL::int, 3, false, '/do/0/reach', 'reach', NULL, 'try', 'try', NULL, NULL, NULL::jsonb),
               (2, 1, 3, false, '/do/0/reach/try/0/callLead', 'callLead', 'Call the lead', 'call', 'voice_call', 'callLead', NULL, '{"lead": "${ .lead }"}'),
               (3, NULL, NULL, true, '/do/1/outcome', 'outcome', 'What came of it', 'switch', 'branch', NULL, NULL, '[]'),
               (4, NULL, 5, false, '/do/2/pause', 'pause', 'Two hours', 'wait', 'delay', NULL, 'otherwise', '{"hours": 2}'),
               (5, NULL, NULL, false, '/do/3/write', 'write', 'Write', 'call', 'sms', 'sendMessage', NULL, '{}')) t
 WHERE d.namespace = 'bench'
    ON CONFLICT DO NOTHING;
COMMIT;

-- What each run is: by its number alone, so that every part can be made again.
CREATE FUNCTION pg_temp.wanted(first int, last int, runs int, home int DEFAULT 1)
RETURNS TABLE (n int, id uuid, trigger uuid, at timestamptz, tenant text, flow int, lead text, fate text, definition_id int) LANGUAGE sql STABLE AS $$
  SELECT n, (key || '00001')::uuid, (key || '00000')::uuid, at,
         CASE WHEN n % 10000 = 77 THEN 'rare' WHEN h % 100 < 50 THEN 'acme' WHEN h % 100 < 55 THEN NULL ELSE 'tenant-' || h % 40 END,
         flow, 'lead-' || (hashint4(n + 1) & 2147483647) % greatest(runs / 4, 1),
         CASE WHEN h / 100 % 100 < 80 THEN 'completed' WHEN h / 100 % 100 < 90 THEN 'recovered' WHEN h / 100 % 100 < 94 THEN 'faulted'
              WHEN h / 100 % 100 < 96 THEN CASE WHEN flow = 12 THEN 'completed' ELSE 'cancelled' END
              WHEN h / 100 % 100 < 99 THEN 'waiting' ELSE 'running' END, d.definition_id
    FROM (SELECT g.*, lpad(to_hex(floor(extract(epoch FROM g.at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(home), 3, '0')
                      || '8000' || lpad(to_hex(n), 7, '0') AS key
            FROM (SELECT n, hashint4(n) & 2147483647 AS h, (hashint4(n * 3) & 2147483647) % 12 + 1 AS flow,
                 date_trunc('day', now(), 'UTC') - interval '2016 hours' + (n::float8 / runs) * interval '2016 hours' AS at
                    FROM generate_series(first, last) n) g) g
    JOIN workflow.definition d ON d.namespace = 'bench' AND d.name = 'flow-' || flow AND d.version = '1.0.0'
$$;

INSERT INTO workflow.trigger (trigger_id, received_at, event_time, definition_id, recipient_count, record_offset, partition, home, topic,
                              event_id, type, source_type, source_name, tenant, workflow, workflow_version, cancellation_key, actor, data)
SELECT trigger, at, at, definition_id, 1, n, 0, 1, 'workflow.triggers', 'event-' || n, 'lead.created', 'api', 'crm', tenant, 'bench/flow-' || flow,
       '1.0.0', CASE WHEN n % 4 = 0 THEN 'key-' || n END, '"sales"', '{"lead": "x"}'
  FROM pg_temp.wanted(:first, :last, :runs);

INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, started_at, last_executed_at, next_wake_at, ended_at, definition_id,
                          last_seq, current_step_no, retry_count, error_count, status, waiting_for, tenant, workflow, workflow_version,
                          recipient_collection, recipient_id, reason_code, reason_text, current_reference, current_step_name,
                          error_code, error_summary, error_detail_internal, input, context, output)
SELECT id, trigger, at, at + interval '9 s', at, at + interval '9 s',
       CASE fate WHEN 'waiting' THEN at + interval '90 days' WHEN 'running' THEN at + interval '1 minute' END,
       CASE WHEN fate NOT IN ('waiting', 'running') THEN at + interval '9 s' END, definition_id,
       10, CASE fate WHEN 'waiting' THEN 4 WHEN 'running' THEN 2 END, 0, CASE WHEN fate IN ('recovered', 'faulted') THEN 1 ELSE 0 END,
       CASE fate WHEN 'recovered' THEN 'completed' ELSE fate END, CASE fate WHEN 'waiting' THEN 'timer' WHEN 'running' THEN 'action' END,
       tenant, 'bench/flow-' || flow, '1.0.0', 'leads', lead, CASE WHEN fate IN ('faulted', 'cancelled') THEN fate END, NULL,
       CASE fate WHEN 'waiting' THEN '/do/2/pause' WHEN 'running' THEN '/do/0/reach/try/0/callLead' END,
       CASE fate WHEN 'waiting' THEN 'pause' WHEN 'running' THEN 'callLead' END,
       CASE WHEN fate IN ('recovered', 'faulted') THEN 'communication' END,
       CASE WHEN fate IN ('recovered', 'faulted') THEN 'Provider overloaded' END,
       CASE WHEN fate IN ('recovered', 'faulted') THEN 'HTTP 503 from 10.0.0.7' END,
       '{"lead": "x"}', '{}', CASE WHEN fate IN ('completed', 'recovered') THEN '{"outcome": "answered"}'::jsonb END
  FROM pg_temp.wanted(:first, :last, :runs);

INSERT INTO workflow.step (run_id, step_no, parent_step_no, scheduled_at, started_at, ended_at, updated_at, visit, attempt, max_attempts,
                           retry_count, status, reference, name, kind, title, outcome, external_reference, error_code, error_summary,
                           error_detail_internal, input, output)
SELECT id, s.no, s.parent, at, at, CASE WHEN is_open THEN NULL ELSE at + interval '8 s' END, at + interval '8 s', 1, 1, 3, 0,
       CASE WHEN is_open THEN fate WHEN fate = 'faulted' AND s.no = 3 THEN 'faulted' ELSE 'completed' END,
       s.reference, s.name, s.kind, s.title, CASE WHEN s.no = 2 THEN 'answered' END, CASE WHEN s.no = 2 THEN 'call-' || n END,
       CASE WHEN fate = 'faulted' AND s.no = 3 THEN 'communication' END, CASE WHEN fate = 'faulted' AND s.no = 3 THEN 'Provider overloaded' END,
       NULL, '{"lead": "x"}', CASE WHEN NOT is_open THEN '{"outcome": "answered"}'::jsonb END
  FROM pg_temp.wanted(:first, :last, :runs)
 CROSS JOIN LATERAL (
       VALUES (1, NULL::int, '/do/0/reach', 'reach', 'try', NULL), (2, 1, '/do/0/reach/try/0/callLead', 'callLead', 'call', 'Call the lead'),
              (3, NULL, CASE fate WHEN 'waiting' THEN '/do/2/pause' ELSE '/do/1/outcome' END, CASE fate WHEN 'waiting' THEN 'pause' ELSE 'outcome' END,
               CASE fate WHEN 'waiting' THEN 'wait' ELSE 'switch' END, NULL)) s (no, parent, reference, name, kind, title)
 CROSS JOIN LATERAL (SELECT fate IN ('waiting', 'running') AND s.no = 3 AS is_open) o;

INSERT INTO workflow.action (run_id, action_no, step_no, requested_at, deadline_at, ended_at, updated_at, attempt, max_attempts, status,
                             function, outcome, external_reference, summary, input, output)
SELECT id, 1, 2, at, at + interval '1 minute', at + interval '5 s', at + interval '5 s', 1, 3, 'completed', 'callLead', 'answered',
       'call-' || n, 'They talked', '{"lead": "x"}', '{"outcome": "answered"}'
  FROM pg_temp.wanted(:first, :last, :runs);

INSERT INTO workflow.event (run_id, seq, step_no, occurred_at, action_no, attempt, type, level, reference, reason_code, summary,
                            detail_internal, data)
SELECT id, e.seq, e.step_no, at + e.seq * interval '700 ms', e.action_no, CASE WHEN e.step_no IS NOT NULL THEN 1 END,
       CASE WHEN e.seq = 10 AND fate NOT IN ('waiting', 'running') THEN 'run.' || CASE fate WHEN 'recovered' THEN 'completed' ELSE fate END
            WHEN e.seq = 10 THEN 'step.waiting' ELSE e.type END,
       CASE WHEN e.seq = 5 AND fate IN ('recovered', 'faulted') THEN 'error' ELSE 'ok' END, e.reference,
       CASE WHEN e.seq = 5 AND fate IN ('recovered', 'faulted') THEN 'communication' END,
       CASE e.seq WHEN 5 THEN 'They talked' END, CASE WHEN e.seq = 5 AND fate = 'faulted' THEN 'HTTP 503 from 10.0.0.7' END, e.data
  FROM pg_temp.wanted(:first, :last, :runs),
       (VALUES (1, 'run.created', NULL::int, NULL::int, NULL::text, '{"recipient": {"id": "lead", "collection": "leads"}}'::jsonb),
               (2, 'run.started', NULL, NULL, NULL, NULL),
               (3, 'step.started', 1, NULL, '/do/0/reach', '{"kind": "try", "max_attempts": 3}'),
               (4, 'step.started', 2, NULL, '/do/0/reach/try/0/callLead', '{"kind": "call", "parent": 1}'),
               (5, 'action.requested', 2, 1, '/do/0/reach/try/0/callLead', '{"function": "callLead", "arguments": {"lead": "x"}, "timer": 1}'),
               (6, 'action.completed', 2, 1, '/do/0/reach/try/0/callLead', '{"outcome": "answered", "external_reference": "call-1", "output": {"outcome": "answered"}}'),
               (7, 'step.completed', 2, NULL, '/do/0/reach/try/0/callLead', NULL),
               (8, 'step.completed', 1, NULL, '/do/0/reach', NULL),
               (9, 'step.started', 3, NULL, '/do/1/outcome', '{"kind": "switch"}'),
               (10, '', NULL, NULL, NULL, NULL)) e (seq, type, step_no, action_no, reference, data);
