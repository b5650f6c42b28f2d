// SPDX-License-Identifier: Apache-2.0
// SQL that gives stored rows in the form of ctl/fold.h: expressions for the row `x` of a table,
// and what a run is folded from, of `x` and its trigger `t`.
#pragma once

#define STORED_IS(column) "'" column "', x." column
#define STORED_AT(column)                                                                                              \
  "'" column "', CASE WHEN isfinite(x." column ") THEN to_char(x." column                                              \
  " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE x." column "::text END"
#define STORED_FROM_TRIGGER(column) "'" column "', CASE WHEN t.trigger_id IS NULL THEN x." column " ELSE t." column " END"
#define STORED_FAULT STORED_IS("error_code") "," STORED_IS("error_summary") "," STORED_IS("error_detail_internal")

// NULL when there is neither. `id` is the run's. What is not in events is the trigger's.
#define STORED_IDENTITY(id)                                                                                            \
  "CASE WHEN t.trigger_id IS NOT NULL OR x.run_id IS NOT NULL THEN json_build_object('run_id', " id ","                \
  STORED_FROM_TRIGGER("trigger_id") "," STORED_FROM_TRIGGER("definition_id") "," STORED_FROM_TRIGGER("workflow") ","   \
  STORED_FROM_TRIGGER("workflow_version") "," STORED_FROM_TRIGGER("tenant") ",'subject', t.subject, 'event_id', "      \
  "t.event_id, 'source_type', t.source_type, 'source_name', t.source_name, 'correlation_id', t.correlation_id, "       \
  "'actor', t.actor, 'trigger_data', t.data, 'has_trigger', t.trigger_id IS NOT NULL) END"

#define STORED_RUN                                                                                                     \
  "json_build_object(" STORED_IS("trigger_id") "," STORED_IS("definition_id") "," STORED_IS("workflow") ","            \
  STORED_IS("workflow_version") "," STORED_IS("tenant") "," STORED_AT("created_at") "," STORED_AT("updated_at") ","    \
  STORED_AT("started_at") "," STORED_AT("last_executed_at") "," STORED_AT("next_wake_at") ","                          \
  STORED_AT("next_retry_at") "," STORED_AT("ended_at") "," STORED_IS("last_seq") "," STORED_IS("current_step_no") ","  \
  STORED_IS("current_reference") "," STORED_IS("current_step_name") "," STORED_IS("retry_count") ","                   \
  STORED_IS("max_retries") "," STORED_IS("error_count") "," STORED_IS("status") "," STORED_IS("waiting_for") ","       \
  STORED_IS("recipient_collection") "," STORED_IS("recipient_id") "," STORED_IS("reason_code") ","                     \
  STORED_IS("reason_text") "," STORED_IS("skip_code") "," STORED_FAULT "," STORED_IS("input") ","                      \
  STORED_IS("context") "," STORED_IS("output") ")"

#define STORED_STEP                                                                                                    \
  "json_build_object(" STORED_IS("parent_step_no") "," STORED_AT("scheduled_at") "," STORED_AT("started_at") ","       \
  STORED_AT("due_at") "," STORED_AT("ended_at") "," STORED_AT("next_retry_at") "," STORED_AT("updated_at") ","         \
  STORED_IS("visit") "," STORED_IS("attempt") "," STORED_IS("max_attempts") "," STORED_IS("retry_count") ","           \
  STORED_IS("status") "," STORED_IS("reference") "," STORED_IS("name") "," STORED_IS("kind") "," STORED_IS("title") "," \
  STORED_IS("outcome") "," STORED_IS("external_reference") "," STORED_IS("skip_code") "," STORED_FAULT ","             \
  STORED_IS("input") "," STORED_IS("output") ")"

#define STORED_ACTION                                                                                                  \
  "json_build_object(" STORED_IS("step_no") "," STORED_AT("requested_at") "," STORED_AT("deadline_at") ","             \
  STORED_AT("ended_at") "," STORED_AT("next_retry_at") "," STORED_AT("updated_at") "," STORED_IS("attempt") ","        \
  STORED_IS("max_attempts") "," STORED_IS("timer_no") "," STORED_IS("status") "," STORED_IS("function") ","            \
  STORED_IS("outcome") "," STORED_IS("external_reference") "," STORED_IS("summary") "," STORED_FAULT ","               \
  STORED_IS("input") "," STORED_IS("output") ")"

#define STORED_EVENT                                                                                                   \
  "json_build_object(" STORED_IS("seq") "," STORED_IS("step_no") "," STORED_IS("action_no") "," STORED_IS("attempt") "," \
  STORED_IS("type") "," STORED_IS("level") "," STORED_IS("reference") "," STORED_IS("reason_code") ","                 \
  STORED_IS("summary") "," STORED_IS("detail_internal") "," STORED_IS("data") ","                                      \
  "'at', CASE WHEN isfinite(x.occurred_at) THEN to_char(x.occurred_at AT TIME ZONE 'UTC', "                            \
  "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END)"
