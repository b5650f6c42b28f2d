// SPDX-License-Identifier: Apache-2.0
#include "io/pg_statement.h"

// The columns stand in the order in which pg_write.c puts their values. Where many rows
// are written, each array has an unnest() of its own in the list of the SELECT: those are
// evaluated row by row, where FROM unnest(a, b, …) first fills a tuplestore for each array
// (measured for events: 2.3 instead of 8.2 microseconds a run).
const struct pg_statement_text pg_statements[PG_STATEMENTS] = {
    [PG_BEGIN] = {"begin",
     "BEGIN",
     0, PG_EXPECT_NONE},
    [PG_COMMIT] = {"commit",
     "COMMIT",
     0, PG_EXPECT_NONE},
    [PG_ROLLBACK] = {"rollback",
     "ROLLBACK",
     0, PG_EXPECT_NONE},
    [PG_CLOCK] = {"clock",
     "SELECT clock_timestamp()",
     0, PG_EXPECT_ONE},
    [PG_LOOK] = {"look",
     "SELECT clock_timestamp(), generation FROM workflow.definition_generation",
     0, PG_EXPECT_ONE},
    [PG_TAKEOVER] = {"takeover",
     "SELECT home, epoch, batch_no, next_offset, last_offset, last_timestamp, last_hash, outbox_acked, "
     "guard_low, timer_low, inbox_acks, mine_committed, unclean_ends, hands_over, stored_cluster_id, clock FROM "
     "workflow.takeover($1::text, $2::text, $3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text) ORDER "
     "BY ordinal",
     7, PG_EXPECT_ANY},
    [PG_ANNOUNCE] = {"announce",
     "SELECT clock_timestamp(), workflow.announce($1::smallint, $2::bigint, $3::bigint, $4::text, $5::text)",
     5, PG_EXPECT_ONE},
    [PG_SETTLE] = {"settle",
     "SELECT clock_timestamp(), workflow.settle($1::smallint[], $2::bigint[], $3::text, $4::int <> 0)",
     4, PG_EXPECT_ONE},
    [PG_READ_PACKED] = {"read_packed",
     "SELECT b.home, b.batch_no, b.requests FROM unnest($1::text[], $2::int[]) s (topic, partition) JOIN "
     "workflow.home h ON h.topic = s.topic AND h.partition = s.partition CROSS JOIN LATERAL (SELECT "
     "least(l.outbox_acked, l.guard_low) AS low FROM workflow.batch l WHERE l.home = h.home ORDER BY "
     "l.batch_no DESC LIMIT 1) n JOIN workflow.batch b ON b.home = h.home AND b.batch_no >= n.low WHERE "
     "b.requests IS NOT NULL ORDER BY b.home, b.batch_no",
     2, PG_EXPECT_ANY},
    [PG_READ_FANOUTS] = {"read_fanouts",
     "SELECT h.home, f.trigger_id, t.definition_id, f.cursor, t.topic, t.partition, t.record_offset, "
     "f.timestamp, f.key, f.value, f.headers FROM unnest($1::text[], $2::int[]) s (topic, partition) JOIN "
     "workflow.home h ON h.topic = s.topic AND h.partition = s.partition JOIN workflow.fanout f ON f.home = "
     "h.home JOIN workflow.trigger t ON t.trigger_id = f.trigger_id ORDER BY f.trigger_id",
     2, PG_EXPECT_ANY},
    // $2: the highest seq of a snapshot that may be used; 0 = none is.
    [PG_LOAD_RUNS] = {"load_runs",
     "SELECT u.ordinal::int, r.trigger_id, r.definition_id, r.workflow, r.workflow_version, r.tenant, "
     "t.subject, t.event_id, t.source_type, t.source_name, t.correlation_id, t.traceparent, t.actor, t.data, t.parent_run_id, t.depth, s.seq, s.state "
     "FROM unnest($1::uuid[]) WITH ORDINALITY u (run_id, ordinal) JOIN workflow.run r ON r.run_id = u.run_id "
     "LEFT JOIN workflow.trigger t ON t.trigger_id = r.trigger_id LEFT JOIN workflow.snapshot s ON s.run_id = "
     "u.run_id AND s.seq <= $2::int4",
     2, PG_EXPECT_ANY},
    // Those that the snapshot does not hold already.
    [PG_LOAD_EVENTS] = {"load_events",
     "SELECT u.ordinal::int, e.seq, e.step_no, e.occurred_at, e.action_no, e.attempt, e.type, e.level, "
     "e.reference, e.reason_code, e.summary, e.detail_internal, e.data FROM unnest($1::uuid[]) WITH ORDINALITY "
     "u (run_id, ordinal) LEFT JOIN workflow.snapshot s ON s.run_id = u.run_id AND s.seq <= $2::int4 JOIN workflow.event e "
     "ON e.run_id = u.run_id AND e.seq > coalesce(s.seq, 0) ORDER BY u.ordinal, e.seq",
     2, PG_EXPECT_ANY},
    [PG_FIND_CLAIMS] = {"find_claims",
     "SELECT ordinal, trigger_id FROM workflow.find_claims($1::text[], $2::text[], $3::text[])",
     3, PG_EXPECT_ANY},
    // Of several with the same reach only the latest counts.
    [PG_FIND_TOMBSTONES] = {"find_tombstones",
     "SELECT u.ordinal::int, max(t.cancel_time), t.workflow, t.recipient_collection, t.recipient_id FROM "
     "unnest($1::smallint[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY u (home, tenant, workflow, "
     "key, ordinal) JOIN workflow.tombstone t ON t.home = u.home AND t.cancellation_key = u.key WHERE t.tenant "
     "IS NOT DISTINCT FROM u.tenant AND (u.workflow IS NULL OR t.workflow IS NULL OR t.workflow = u.workflow) "
     "AND t.expires_at > clock_timestamp() GROUP BY u.ordinal, t.workflow, t.recipient_collection, "
     "t.recipient_id ORDER BY u.ordinal",
     4, PG_EXPECT_ANY},
    // The runs of a trigger: the keys behind its own, up to the highest recipient.
    [PG_FIND_MATCHES] = {"find_matches",
     "SELECT u.ordinal::int, m.run_id FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], "
     "$5::jsonb[]) WITH ORDINALITY u (home, tenant, workflow, key, recipients, ordinal) CROSS JOIN LATERAL "
     "(SELECT r.run_id FROM workflow.trigger t JOIN workflow.run r ON r.run_id > t.trigger_id AND r.run_id <= "
     "(left(t.trigger_id::text, 31) || 'fffff')::uuid WHERE t.cancellation_key = u.key AND t.home = u.home AND "
     "t.tenant IS NOT DISTINCT FROM u.tenant AND (u.workflow IS NULL OR t.workflow = u.workflow) AND "
     "r.ended_at IS NULL AND (u.recipients IS NULL OR u.recipients @> CASE WHEN r.recipient_collection IS NULL "
     "THEN jsonb_build_array(r.recipient_id) ELSE jsonb_build_array(jsonb_build_object('collection', "
     "r.recipient_collection, 'id', r.recipient_id)) END) LIMIT $6::int) m",
     6, PG_EXPECT_ANY},
    [PG_FENCE] = {"fence",
     "SELECT workflow.fence($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
     "$6::timestamptz[], $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::text[], "
     "$12::bytea[], $13::bigint, $14::timestamptz)",
     14, PG_EXPECT_ONE},
    [PG_CLAIM] = {"claim",
     "SELECT workflow.claim_triggers($1::text[], $2::text[], $3::text[], $4::uuid[])",
     4, PG_EXPECT_ONE},
    [PG_INSERT_TRIGGERS] = {"insert_triggers",
     "INSERT INTO workflow.trigger (trigger_id, received_at, event_time, definition_id, recipient_count, "
     "record_offset, partition, home, topic, event_id, type, source_type, source_name, tenant, subject, "
     "workflow, workflow_version, audience_key, schedule_id, cancellation_key, correlation_id, traceparent, "
     "actor, settings, data, parent_run_id, parent_step_no, depth) SELECT unnest($1::uuid[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), "
     "unnest($4::int4[]), unnest($5::int4[]), unnest($6::int8[]), unnest($7::int4[]), unnest($8::int2[]), "
     "unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::text[]), unnest($13::text[]), "
     "unnest($14::text[]), unnest($15::text[]), unnest($16::text[]), unnest($17::text[]), unnest($18::text[]), "
     "unnest($19::text[]), unnest($20::text[]), unnest($21::text[]), unnest($22::text[]), unnest($23::jsonb[]), "
     "unnest($24::jsonb[]), unnest($25::json[]), unnest($26::uuid[]), unnest($27::int4[]), unnest($28::int4[])",
     28, PG_EXPECT_NONE},
    [PG_INSERT_DUPLICATES] = {"insert_duplicates",
     "INSERT INTO workflow.duplicate (first_trigger_id, received_at, record_offset, partition, topic, tenant, "
     "workflow, event_id) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::int8[], $4::int4[], "
     "$5::text[], $6::text[], $7::text[], $8::text[])",
     8, PG_EXPECT_NONE},
    [PG_INSERT_EVENTS] = {"insert_events",
     "INSERT INTO workflow.event (run_id, seq, step_no, occurred_at, action_no, attempt, type, level, "
     "reference, reason_code, summary, detail_internal, data) SELECT unnest($1::uuid[]), unnest($2::int4[]), "
     "unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]), unnest($6::int4[]), "
     "unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), "
     "unnest($12::text[]), unnest($13::jsonb[])",
     13, PG_EXPECT_NONE},
    [PG_INSERT_RUNS] = {"insert_runs",
     "INSERT INTO workflow.run (run_id, trigger_id, created_at, definition_id, tenant, workflow, "
     "workflow_version, recipient_collection, recipient_id, input, updated_at, started_at, last_executed_at, "
     "next_wake_at, next_retry_at, ended_at, last_seq, current_step_no, retry_count, max_retries, error_count, "
     "status, waiting_for, reason_code, reason_text, current_reference, current_step_name, skip_code, "
     "error_code, error_summary, error_detail_internal, context, output) SELECT unnest($1::uuid[]), "
     "unnest($2::uuid[]), unnest($3::timestamptz[]), unnest($4::int4[]), unnest($5::text[]), "
     "unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::jsonb[]), "
     "unnest($11::timestamptz[]), unnest($12::timestamptz[]), unnest($13::timestamptz[]), "
     "unnest($14::timestamptz[]), unnest($15::timestamptz[]), unnest($16::timestamptz[]), unnest($17::int4[]), "
     "unnest($18::int4[]), unnest($19::int4[]), unnest($20::int4[]), unnest($21::int4[]), unnest($22::text[]), "
     "unnest($23::text[]), unnest($24::text[]), unnest($25::text[]), unnest($26::text[]), unnest($27::text[]), "
     "unnest($28::text[]), unnest($29::text[]), unnest($30::text[]), unnest($31::text[]), unnest($32::jsonb[]), "
     "unnest($33::jsonb[])",
     33, PG_EXPECT_NONE},
    [PG_UPDATE_RUNS] = {"update_runs",
     "WITH u AS (UPDATE workflow.run t SET updated_at = n.updated_at, started_at = n.started_at, "
     "last_executed_at = n.last_executed_at, next_wake_at = n.next_wake_at, next_retry_at = n.next_retry_at, "
     "ended_at = n.ended_at, last_seq = n.last_seq, current_step_no = n.current_step_no, retry_count = "
     "n.retry_count, max_retries = n.max_retries, error_count = n.error_count, status = n.status, waiting_for = "
     "n.waiting_for, reason_code = n.reason_code, reason_text = n.reason_text, current_reference = "
     "n.current_reference, current_step_name = n.current_step_name, skip_code = n.skip_code, error_code = "
     "n.error_code, error_summary = n.error_summary, error_detail_internal = n.error_detail_internal, context = "
     "n.context, output = n.output FROM (SELECT unnest($1::uuid[]) AS run_id, unnest($2::int4[]) AS "
     "previous_seq, unnest($3::timestamptz[]) AS updated_at, unnest($4::timestamptz[]) AS started_at, "
     "unnest($5::timestamptz[]) AS last_executed_at, unnest($6::timestamptz[]) AS next_wake_at, "
     "unnest($7::timestamptz[]) AS next_retry_at, unnest($8::timestamptz[]) AS ended_at, unnest($9::int4[]) AS "
     "last_seq, unnest($10::int4[]) AS current_step_no, unnest($11::int4[]) AS retry_count, unnest($12::int4[]) "
     "AS max_retries, unnest($13::int4[]) AS error_count, unnest($14::text[]) AS status, unnest($15::text[]) AS "
     "waiting_for, unnest($16::text[]) AS reason_code, unnest($17::text[]) AS reason_text, unnest($18::text[]) "
     "AS current_reference, unnest($19::text[]) AS current_step_name, unnest($20::text[]) AS skip_code, "
     "unnest($21::text[]) AS error_code, unnest($22::text[]) AS error_summary, unnest($23::text[]) AS "
     "error_detail_internal, unnest($24::jsonb[]) AS context, unnest($25::jsonb[]) AS output) AS n WHERE "
     "t.run_id = n.run_id AND t.last_seq = n.previous_seq RETURNING 1) SELECT workflow.expect(count(*), $26) "
     "FROM u",
     26, PG_EXPECT_ONE},
    [PG_INSERT_STEPS] = {"insert_steps",
     "INSERT INTO workflow.step (run_id, step_no, parent_step_no, visit, reference, name, kind, title, "
     "scheduled_at, started_at, due_at, ended_at, next_retry_at, updated_at, attempt, max_attempts, "
     "retry_count, status, outcome, external_reference, skip_code, error_code, error_summary, "
     "error_detail_internal, input, output) SELECT unnest($1::uuid[]), unnest($2::int4[]), unnest($3::int4[]), "
     "unnest($4::int4[]), unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), "
     "unnest($9::timestamptz[]), unnest($10::timestamptz[]), unnest($11::timestamptz[]), "
     "unnest($12::timestamptz[]), unnest($13::timestamptz[]), unnest($14::timestamptz[]), unnest($15::int4[]), "
     "unnest($16::int4[]), unnest($17::int4[]), unnest($18::text[]), unnest($19::text[]), unnest($20::text[]), "
     "unnest($21::text[]), unnest($22::text[]), unnest($23::text[]), unnest($24::text[]), unnest($25::jsonb[]), "
     "unnest($26::jsonb[])",
     26, PG_EXPECT_NONE},
    [PG_UPDATE_STEPS] = {"update_steps",
     "WITH u AS (UPDATE workflow.step t SET scheduled_at = n.scheduled_at, started_at = n.started_at, due_at = "
     "n.due_at, ended_at = n.ended_at, next_retry_at = n.next_retry_at, updated_at = n.updated_at, attempt = "
     "n.attempt, max_attempts = n.max_attempts, retry_count = n.retry_count, status = n.status, outcome = "
     "n.outcome, external_reference = n.external_reference, skip_code = n.skip_code, error_code = n.error_code, "
     "error_summary = n.error_summary, error_detail_internal = n.error_detail_internal, input = "
     "coalesce(n.input, t.input), output = n.output FROM (SELECT unnest($1::uuid[]) AS run_id, "
     "unnest($2::int4[]) AS step_no, unnest($3::timestamptz[]) AS scheduled_at, unnest($4::timestamptz[]) AS "
     "started_at, unnest($5::timestamptz[]) AS due_at, unnest($6::timestamptz[]) AS ended_at, "
     "unnest($7::timestamptz[]) AS next_retry_at, unnest($8::timestamptz[]) AS updated_at, unnest($9::int4[]) "
     "AS attempt, unnest($10::int4[]) AS max_attempts, unnest($11::int4[]) AS retry_count, unnest($12::text[]) "
     "AS status, unnest($13::text[]) AS outcome, unnest($14::text[]) AS external_reference, unnest($15::text[]) "
     "AS skip_code, unnest($16::text[]) AS error_code, unnest($17::text[]) AS error_summary, "
     "unnest($18::text[]) AS error_detail_internal, unnest($19::jsonb[]) AS input, unnest($20::jsonb[]) AS "
     "output) AS n WHERE t.run_id = n.run_id AND t.step_no = n.step_no RETURNING 1) SELECT "
     "workflow.expect(count(*), $21) FROM u",
     21, PG_EXPECT_ONE},
    [PG_INSERT_ACTIONS] = {"insert_actions",
     "INSERT INTO workflow.action (run_id, action_no, step_no, function, requested_at, deadline_at, ended_at, "
     "next_retry_at, updated_at, attempt, max_attempts, timer_no, status, outcome, external_reference, summary, "
     "error_code, error_summary, error_detail_internal, input, output) SELECT unnest($1::uuid[]), "
     "unnest($2::int4[]), unnest($3::int4[]), unnest($4::text[]), unnest($5::timestamptz[]), "
     "unnest($6::timestamptz[]), unnest($7::timestamptz[]), unnest($8::timestamptz[]), "
     "unnest($9::timestamptz[]), unnest($10::int4[]), unnest($11::int4[]), unnest($12::int4[]), "
     "unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]), unnest($17::text[]), "
     "unnest($18::text[]), unnest($19::text[]), unnest($20::jsonb[]), unnest($21::jsonb[])",
     21, PG_EXPECT_NONE},
    [PG_UPDATE_ACTIONS] = {"update_actions",
     "WITH u AS (UPDATE workflow.action t SET requested_at = n.requested_at, deadline_at = n.deadline_at, "
     "ended_at = n.ended_at, next_retry_at = n.next_retry_at, updated_at = n.updated_at, attempt = n.attempt, "
     "max_attempts = n.max_attempts, timer_no = n.timer_no, status = n.status, outcome = n.outcome, "
     "external_reference = n.external_reference, summary = n.summary, error_code = n.error_code, error_summary "
     "= n.error_summary, error_detail_internal = n.error_detail_internal, input = coalesce(n.input, t.input), "
     "output = n.output FROM (SELECT unnest($1::uuid[]) AS run_id, unnest($2::int4[]) AS action_no, "
     "unnest($3::timestamptz[]) AS requested_at, unnest($4::timestamptz[]) AS deadline_at, "
     "unnest($5::timestamptz[]) AS ended_at, unnest($6::timestamptz[]) AS next_retry_at, "
     "unnest($7::timestamptz[]) AS updated_at, unnest($8::int4[]) AS attempt, unnest($9::int4[]) AS "
     "max_attempts, unnest($10::int4[]) AS timer_no, unnest($11::text[]) AS status, unnest($12::text[]) AS "
     "outcome, unnest($13::text[]) AS external_reference, unnest($14::text[]) AS summary, unnest($15::text[]) "
     "AS error_code, unnest($16::text[]) AS error_summary, unnest($17::text[]) AS error_detail_internal, "
     "unnest($18::jsonb[]) AS input, unnest($19::jsonb[]) AS output) AS n WHERE t.run_id = n.run_id AND "
     "t.action_no = n.action_no RETURNING 1) SELECT workflow.expect(count(*), $20) FROM u",
     20, PG_EXPECT_ONE},
    [PG_PUT_SNAPSHOTS] = {"put_snapshots",
     "INSERT INTO workflow.snapshot (run_id, seq, state) SELECT * FROM unnest($1::uuid[], $2::int4[], $3::json[]) "
     "ON CONFLICT (run_id) DO UPDATE SET seq = EXCLUDED.seq, state = EXCLUDED.state",
     3, PG_EXPECT_NONE},
    [PG_INSERT_TIMERS] = {"insert_timers",
     "INSERT INTO workflow.timer (home, timer_no, due_at, run_id) SELECT * FROM unnest($1::int2[], $2::int4[], "
     "$3::timestamptz[], $4::uuid[]) ON CONFLICT DO NOTHING",
     4, PG_EXPECT_NONE},
    [PG_INSERT_QUARANTINE] = {"insert_quarantine",
     "INSERT INTO workflow.quarantine (record_offset, partition, topic, timestamp, reason_code, reason, "
     "tenant, event_id, key, value, headers) SELECT * FROM unnest($1::int8[], $2::int4[], $3::text[], "
     "$4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[], "
     "$11::jsonb[])",
     11, PG_EXPECT_NONE},
    // An id may name a home that there never was: nobody would take the row, so the record is set aside.
    [PG_INSERT_INBOX] = {"insert_inbox",
     "WITH message AS (SELECT * FROM unnest($1::int2[], $2::int2[], $3::bool[], $4::int8[], $5::uuid[], $6::text[], "
     "$7::bytea[], $8::int8[]) m (dst_home, src_home, is_json, src_pos, run_id, kind, payload, quarantine_id)), "
     "nobodys AS (INSERT INTO workflow.quarantine (record_offset, partition, topic, reason_code, reason, timestamp, key, "
     "value, headers) SELECT coalesce(q.record_offset, m.src_pos), coalesce(q.partition, s.partition), "
     "coalesce(q.topic, s.topic), 'unknown_run', 'is for a run that does not exist: ' || m.run_id, q.timestamp, q.key, "
     "coalesce(q.value, m.payload), q.headers FROM message m JOIN workflow.home s ON s.home = abs(m.src_home) LEFT JOIN "
     "workflow.quarantine q ON q.quarantine_id = m.quarantine_id WHERE m.kind <> 'heartbeat' AND NOT EXISTS (SELECT FROM "
     "workflow.home d WHERE d.home = m.dst_home)) INSERT INTO workflow.inbox (dst_home, src_home, is_json, src_pos, "
     "run_id, kind, payload, quarantine_id) SELECT m.* FROM message m WHERE EXISTS (SELECT FROM workflow.home d WHERE "
     "d.home = m.dst_home)",
     8, PG_EXPECT_NONE},
    [PG_APPLY_COMMANDS] = {"apply_commands",
     "WITH taken AS (DELETE FROM workflow.command c USING unnest($1::int8[], $2::int2[], $3::int8[], "
     "$4::int4[], $5::text[]) n (command_id, home, batch_no, run_count, result) WHERE c.command_id = "
     "n.command_id AND c.home = n.home RETURNING c.*, n.batch_no, n.run_count, n.result), kept AS (INSERT INTO "
     "workflow.command_applied (command_id, group_id, created_at, given_at, batch_no, run_count, home, run_id, "
     "kind, tenant, workflow, cancellation_key, recipients, actor, reason, result) SELECT command_id, "
     "group_id, created_at, given_at, batch_no, run_count, home, run_id, kind, tenant, workflow, "
     "cancellation_key, recipients, actor, reason, result FROM taken RETURNING 1) SELECT "
     "workflow.expect(count(*), $6) FROM kept",
     6, PG_EXPECT_ONE},
    [PG_INSERT_TOMBSTONES] = {"insert_tombstones",
     "INSERT INTO workflow.tombstone (home, cancel_time, expires_at, tenant, workflow, cancellation_key, "
     "recipient_collection, recipient_id) SELECT * FROM unnest($1::int2[], $2::timestamptz[], "
     "$3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])",
     8, PG_EXPECT_NONE},
    [PG_COMMAND_KEYS] = {"command_keys",
     "SELECT workflow.command_key($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::text[], "
     "$7::timestamptz[])",
     7, PG_EXPECT_ONE},
    [PG_INSERT_FANOUTS] = {"insert_fanouts",
     "INSERT INTO workflow.fanout (trigger_id, timestamp, cursor, total, home, key, value, headers) SELECT * "
     "FROM unnest($1::uuid[], $2::timestamptz[], $3::int4[], $4::int4[], $5::int2[], $6::bytea[], $7::bytea[], "
     "$8::jsonb[])",
     8, PG_EXPECT_NONE},
    [PG_MOVE_FANOUTS] = {"move_fanouts",
     "WITH n AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::bool[]) n "
     "(trigger_id, previous, cursor, is_done)), moved AS (UPDATE workflow.fanout f SET cursor = n.cursor FROM n "
     "WHERE f.trigger_id = n.trigger_id AND f.cursor = n.previous AND NOT n.is_done RETURNING 1), done AS "
     "(DELETE FROM workflow.fanout f USING n WHERE f.trigger_id = n.trigger_id AND f.cursor = n.previous AND "
     "n.is_done RETURNING 1) SELECT workflow.expect((SELECT count(*) FROM moved) + (SELECT count(*) FROM "
     "done), $5)",
     5, PG_EXPECT_ONE},
    [PG_WRITE_SCHEDULES] = {"write_schedules",
     "WITH u AS (UPDATE workflow.schedule s SET schedule = n.schedule, anchor_at = n.anchor_at, decided_until = "
     "n.decided_until, next_slot_at = n.next_slot_at, run_id = n.run_id, updated_at = clock_timestamp() FROM "
     "unnest($1::int4[], $2::int2[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], "
     "$7::timestamptz[], $8::uuid[]) n (schedule_no, home, schedule, anchor_at, previous, decided_until, "
     "next_slot_at, run_id) WHERE s.schedule_no = n.schedule_no AND s.home = n.home AND s.decided_until IS NOT "
     "DISTINCT FROM n.previous RETURNING 1) SELECT workflow.expect(count(*), $9) FROM u",
     9, PG_EXPECT_ONE},
    [PG_INSERT_STARTED_SLOTS] = {"insert_started_slots",
     "WITH i AS (INSERT INTO workflow.schedule_slot (schedule_no, definition_id, slot_at, until, slot_count, "
     "trigger_id, workflow, reason, state) SELECT *, 'started' FROM unnest($1::int4[], $2::int4[], "
     "$3::timestamptz[], $4::timestamptz[], $5::int4[], $6::uuid[], $7::text[], $8::text[]) ON CONFLICT DO "
     "NOTHING RETURNING 1) SELECT workflow.expect(count(*), $9) FROM i",
     9, PG_EXPECT_ONE},
    [PG_INSERT_SKIPPED_SLOTS] = {"insert_skipped_slots",
     "INSERT INTO workflow.schedule_slot (schedule_no, definition_id, slot_at, until, slot_count, trigger_id, "
     "workflow, reason, state) SELECT *, 'skipped' FROM unnest($1::int4[], $2::int4[], $3::timestamptz[], "
     "$4::timestamptz[], $5::int4[], $6::uuid[], $7::text[], $8::text[]) ON CONFLICT DO NOTHING",
     8, PG_EXPECT_NONE},
    [PG_HAND_OVER] = {"hand_over",
     "SELECT woken::int8[], unfinished::int8[] FROM workflow.hand_over($1::int2[], $2::int4)",
     2, PG_EXPECT_ONE},
    [PG_NOTE_EVENTS] = {"note_events",
     "SELECT workflow.note_events($1::int2[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[])",
     7, PG_EXPECT_ONE},
    [PG_LOCK_GATHERINGS] = {"lock_gatherings",
     "SELECT workflow.lock_gatherings($1::int4[], $2::text[], $3::text[], $4::int4[])",
     4, PG_EXPECT_ONE},
    [PG_JUDGE] = {"judge",
     "SELECT workflow.judge($1::int2[], $2::int8[], $3::int8[], $4::int4[], $5::int4[], $6::text[], $7::int8)",
     7, PG_EXPECT_ONE},
    [PG_GATHER] = {"gather",
     "SELECT refused FROM workflow.gather($1::int2[], $2::int4[], $3::text[], $4::int2[], $5::int2[], $6::bool[], $7::text[], $8::text[], "
     "$9::text[], $10::text[], $11::json[], $12::json[], $13::int8, $14::int4)",
     14, PG_EXPECT_ONE},
    [PG_CORRELATE] = {"correlate",
     "SELECT woken::int8[], unfinished::int8[] FROM workflow.correlate($1::uuid[], $2::int4[], $3::uuid[], $4::int4[], "
     "$5::int2[], $6::text[], $7::text[], $8::text[], $9::text[], $10::json[], $11::int8)",
     11, PG_EXPECT_ONE},
    [PG_READ_INBOX] = {"read_inbox",
     "SELECT i.dst_home, i.src_home, i.src_pos, i.kind, i.run_id, CASE WHEN i.kind = 'judge' THEN workflow.judging_of(i.payload) WHEN i.arrival_no IS NULL "
     "THEN i.payload ELSE convert_to('{\"subscription\":' || i.subscription_no || ',\"event\":' || a.event::text || '}', 'UTF8') END, i.is_json, q.quarantine_id, "
     "coalesce(q.topic, s.topic), coalesce(q.partition, s.partition), coalesce(q.record_offset, i.src_pos), q.timestamp, "
     "q.key, q.value, q.headers FROM workflow.read_inbox($1::smallint[], $2::smallint[], $3::smallint[], $4::bigint[], "
     "$5::int, $6::bigint) i LEFT JOIN workflow.arrival a ON a.arrival_no = i.arrival_no LEFT JOIN workflow.quarantine q ON q.quarantine_id = i.quarantine_id LEFT JOIN workflow.home s ON s.home "
     "= abs(i.src_home)",
     6, PG_EXPECT_ANY},
    // By home, each in the order of its index: the plan is made while the table is empty, and
    // must not read all of it once a million runs were cancelled at once.
    [PG_READ_COMMANDS] = {"read_commands",
     "SELECT c.* FROM unnest($1::smallint[]) h (home) CROSS JOIN LATERAL (SELECT command_id, home, kind, "
     "run_id, tenant, workflow, cancellation_key, recipients, actor, reason, given_at FROM workflow.command c "
     "WHERE c.home = h.home ORDER BY c.command_id LIMIT 100) c ORDER BY c.command_id LIMIT 100",
     1, PG_EXPECT_ANY},
    [PG_SCAN_TIMERS] = {"scan_timers",
     "SELECT due_at, run_id, timer_no FROM workflow.timer WHERE home = $1::smallint AND due_at >= "
     "$2::timestamptz AND due_at <= $3::timestamptz AND (due_at, run_id, timer_no) > ($4::timestamptz, "
     "$5::uuid, $6::int) ORDER BY due_at, run_id, timer_no LIMIT $7::int",
     7, PG_EXPECT_ANY},
    [PG_READ_DEFINITIONS] = {"read_definitions",
     "SELECT g.generation, d.definition_id, d.namespace, d.name, d.version, d.state, d.document, "
     "i.is_paused FROM workflow.intake i CROSS JOIN "
     "workflow.definition_generation g LEFT JOIN workflow.definition d ON true ORDER BY d.definition_id",
     0, PG_EXPECT_ANY},
    [PG_READ_SCHEDULES] = {"read_schedules",
     "SELECT schedule_no, home, workflow, schedule, anchor_at, decided_until, run_id, run_ended, run_ended_at FROM "
     "workflow.read_schedules($1::text[], $2::smallint[], $3::text)",
     3, PG_EXPECT_ANY},
    [PG_PUBLISH] = {"publish",
     "SELECT workflow.apply_definition($1::text, $2::text, $3::text, $4::text, $5::text::jsonb)",
     5, PG_EXPECT_ONE},
    [PG_NOTIFY] = {"notify",
     "SELECT clock_timestamp(), count(pg_notify('workflow_home', home)) FROM unnest($1::text[]) u (home)",
     1, PG_EXPECT_ONE},
    [PG_ENSURE_PARTITIONS] = {"ensure_partitions",
     "SELECT workflow.ensure_partitions($1::timestamptz[], $2::timestamptz[])",
     2, PG_EXPECT_ONE},
};
