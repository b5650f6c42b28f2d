// SPDX-License-Identifier: Apache-2.0
#include "io/pg_write.h"

#include "engine/event.h"
#include "io/pg_record.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// "{1,20,2,31}": pairs of source home and position, as an array's text.
static void put_pairs(struct buf *to, const int64_t *pairs, size_t count) {
  size_t start = to->size;
  buf_put_u32(to, 0); // its size, known below
  buf_puts(to, "{");
  for (size_t i = 0; i < 2 * count; i++) buf_printf(to, "%s%lld", i ? "," : "", (long long)pairs[i]);
  buf_puts(to, "}");
  uint32_t size = __builtin_bswap32((uint32_t)(to->size - start - sizeof size));
  memcpy(to->data + start, &size, sizeof size);
}

static size_t write_fence(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_TIMESTAMPTZ, PG_INT8,
                                       PG_INT8, PG_INT8, PG_TIMESTAMPTZ, PG_TEXT, PG_BYTEA};
  pg_arrays(parameters, types, COUNT(types), commit->fence_count);
  for (size_t i = 0; i < commit->fence_count; i++) {
    const struct store_fence *fence = &commit->fences[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, fence->home);
    pg_put_int8(to++, fence->epoch);
    pg_put_int8(to++, fence->batch_no);
    pg_put_int8(to++, fence->next_offset);
    pg_put_int8(to++, fence->last_offset);
    pg_put_timestamp(to++, fence->last_timestamp);
    pg_put_int8(to++, (int64_t)fence->last_hash);
    pg_put_int8(to++, fence->outbox_acked);
    pg_put_int8(to++, fence->guard_low);
    pg_put_timestamp(to++, fence->timer_low);
    put_pairs(to++, fence->inbox_acks, fence->inbox_ack_count);
    pg_put_text(to++, fence->requests);
  }
  pg_parameter_int8(parameters, commit->definition_generation);
  pg_parameter_timestamp(parameters, commit->due_max);
  return commit->fence_count;
}

// A child's id is known to nobody else: there is no key to claim.
static size_t write_claims(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_TEXT, PG_UUID};
  size_t count = 0;
  for (size_t i = 0; i < commit->trigger_count; i++) count += !commit->triggers[i].parent.depth;
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->trigger_count; i++) {
    const struct store_trigger *trigger = &commit->triggers[i];
    struct buf *to = parameters->values;
    if (trigger->parent.depth) continue;
    pg_put_text(to++, trigger->tenant);
    pg_put_string(to++, trigger->workflow);
    pg_put_text(to++, trigger->event->id);
    pg_put_uuid(to++, &trigger->trigger_id);
  }
  return count;
}

static void put_reference(struct buf *to, const struct recipient_ref *ref) {
  jv value = pg_record_reference(ref);
  pg_put_jsonb(to, value);
  jv_free(value);
}

static bool has_settings(const struct trigger_settings *settings) {
  return settings->sandbox || settings->skip_delays || settings->results.data;
}

// As given.
static void put_settings(struct buf *to, const struct trigger_settings *settings) {
  if (!has_settings(settings)) {
    pg_put_null(to);
    return;
  }
  struct buf json = {0};
  buf_puts(&json, "{");
  if (settings->sandbox) buf_puts(&json, "\"sandbox\":true");
  if (settings->skip_delays) buf_printf(&json, "%s\"skip_delays\":true", json.size > 1 ? "," : "");
  if (settings->results.data) {
    buf_printf(&json, "%s\"results\":", json.size > 1 ? "," : "");
    buf_put(&json, settings->results.data, settings->results.size);
  }
  buf_puts(&json, "}");
  pg_put_jsonb_text(to, (struct text){json.data, json.size});
  buf_free(&json);
}

static void put_parent(struct buf *to, const struct store_parent *parent) {
  if (parent->depth) {
    pg_put_uuid(to++, &parent->run_id);
    pg_put_int4(to++, parent->step_no);
    pg_put_int4(to, parent->depth);
  } else {
    for (int i = 0; i < 3; i++) pg_put_null(to++);
  }
}

static size_t write_triggers(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_INT4, PG_INT8, PG_INT4,
                                       PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,
                                       PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_JSONB, PG_JSON,
                                       PG_UUID, PG_INT4, PG_INT4};
  enum { PARENT = COUNT(types) - 3, SETTINGS = PARENT - 2 };
  bool any_settings = false, any_parent = false;
  pg_arrays(parameters, types, COUNT(types), commit->trigger_count);
  for (size_t i = 0; i < commit->trigger_count; i++) {
    const struct store_trigger *trigger = &commit->triggers[i];
    const struct trigger_event *event = trigger->event;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &trigger->trigger_id);
    pg_put_timestamp(to++, trigger->received_at);
    pg_put_timestamp(to++, event->time);
    pg_put_int4(to++, trigger->definition_id);
    pg_put_int4(to++, trigger->recipient_count);
    pg_put_int8(to++, trigger->offset);
    pg_put_int4(to++, trigger->partition);
    pg_put_int2(to++, trigger->home);
    pg_put_string(to++, trigger->topic);
    pg_put_text(to++, event->id);
    pg_put_text(to++, event->type);
    pg_put_string(to++, source_kind_name(event->source_kind));
    pg_put_text(to++, event->source_name);
    pg_put_text(to++, trigger->tenant);
    pg_put_text(to++, event->subject);
    pg_put_string(to++, trigger->workflow);
    pg_put_string(to++, trigger->workflow_version);
    pg_put_text(to++, event->audience_key);
    pg_put_text(to++, event->schedule_id);
    pg_put_text(to++, event->cancellation_key);
    pg_put_text(to++, event->correlation_id);
    pg_put_text(to++, event->traceparent);
    put_reference(to++, &event->actor);
    put_settings(to++, &event->settings);
    pg_put_text(to++, event->data);
    put_parent(to, &trigger->parent);
    any_settings = any_settings || has_settings(&event->settings);
    any_parent = any_parent || trigger->parent.depth;
  }
  // No array is an array of nulls, and costs nothing: nearly always.
  parameters->nulls[SETTINGS] = !any_settings;
  for (int i = 0; i < 3; i++) parameters->nulls[PARENT + i] = !any_parent;
  return commit->trigger_count;
}

static size_t write_duplicates(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_TIMESTAMPTZ, PG_INT8, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT};
  pg_arrays(parameters, types, COUNT(types), commit->duplicate_count);
  for (size_t i = 0; i < commit->duplicate_count; i++) {
    const struct store_duplicate *duplicate = &commit->duplicates[i];
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &duplicate->first_trigger_id);
    pg_put_timestamp(to++, duplicate->received_at);
    pg_put_int8(to++, duplicate->offset);
    pg_put_int4(to++, duplicate->partition);
    pg_put_string(to++, duplicate->topic);
    pg_put_text(to++, duplicate->tenant);
    pg_put_text(to++, duplicate->workflow);
    pg_put_text(to++, duplicate->event_id);
  }
  return commit->duplicate_count;
}

static size_t write_events(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_INT4, PG_TIMESTAMPTZ, PG_INT4, PG_INT4, PG_TEXT,
                                       PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB};
  pg_arrays(parameters, types, COUNT(types), commit->event_count);
  for (size_t i = 0; i < commit->event_count; i++) {
    const struct wf_event *event = commit->events[i].event;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &commit->events[i].run_id);
    pg_put_int4(to++, event->seq);
    pg_put_number(to++, event->step_no);
    pg_put_timestamp(to++, event->at);
    pg_put_number(to++, event->action_no);
    pg_put_number(to++, event->attempt);
    pg_put_string(to++, wf_event_type_name(event->type));
    pg_put_string(to++, event->level == WF_LEVEL_ERROR ? "error" : "ok");
    pg_put_string(to++, event->reference);
    pg_put_string(to++, event->reason_code);
    pg_put_string(to++, event->summary);
    pg_put_string(to++, event->detail_internal);
    pg_put_jsonb_object(to++, event->data);
  }
  return commit->event_count;
}

static size_t write_timers(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_INT4, PG_TIMESTAMPTZ, PG_UUID};
  pg_arrays(parameters, types, COUNT(types), commit->timer_count);
  for (size_t i = 0; i < commit->timer_count; i++) {
    const struct store_timer *timer = &commit->timers[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, timer->home);
    pg_put_int4(to++, timer->timer_no);
    pg_put_timestamp(to++, timer->due_at);
    pg_put_uuid(to++, &timer->run_id);
  }
  return commit->timer_count;
}

// Of what was refused nothing is known to be text: broken UTF-8 is replaced, NUL too.
static void put_any_text(struct buf *to, struct text text) {
  if (!text.data || text_is_clean_utf8(text.data, text.size)) {
    pg_put_text(to, text);
    return;
  }
  jv clean = jv_string_sized(text.data, (int)text.size);
  pg_put_bytes(to, jv_string_value(clean), (size_t)jv_string_length_bytes(jv_copy(clean)));
  char *end = to->data + to->size;
  for (char *at = end - jv_string_length_bytes(jv_copy(clean)); at < end; at++)
    if (!*at) *at = '?';
  jv_free(clean);
}

static size_t write_quarantine(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT8, PG_INT4, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT,
                                       PG_TEXT, PG_TEXT, PG_BYTEA, PG_BYTEA, PG_JSONB};
  pg_arrays(parameters, types, COUNT(types), commit->quarantine_count);
  for (size_t i = 0; i < commit->quarantine_count; i++) {
    const struct store_quarantine *row = &commit->quarantine[i];
    const struct record *record = row->record;
    struct buf *to = parameters->values;
    pg_put_int8(to++, record->offset);
    pg_put_int4(to++, record->partition);
    pg_put_string(to++, record->topic);
    pg_put_timestamp(to++, record->timestamp);
    put_any_text(to++, text_of(row->refusal.code));
    put_any_text(to++, text_of(row->refusal.text));
    put_any_text(to++, row->tenant);
    put_any_text(to++, row->trigger_id);
    pg_put_text(to++, (struct text){record->key, record->key_size});
    pg_put_text(to++, (struct text){record->value, record->value_size});
    pg_record_put_headers(to++, record);
  }
  return commit->quarantine_count;
}

static size_t write_inbox(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_INT2, PG_BOOL, PG_INT8, PG_UUID, PG_TEXT, PG_BYTEA, PG_INT8};
  pg_arrays(parameters, types, COUNT(types), commit->inbox_count);
  for (size_t i = 0; i < commit->inbox_count; i++) {
    const struct store_inbox *row = &commit->inbox[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, row->dst_home);
    pg_put_int2(to++, row->src_home);
    pg_put_bool(to++, row->is_json);
    pg_put_int8(to++, row->src_pos);
    pg_put_uuid(to++, &row->run_id);
    pg_put_string(to++, row->kind);
    pg_put_bytes(to++, row->payload.data, row->payload.size);
    if (row->quarantine_id) pg_put_int8(to, row->quarantine_id);
    else pg_put_null(to);
  }
  return commit->inbox_count;
}

const struct pg_write_step pg_write_steps[] = {
    {PG_FENCE, write_fence},
    {PG_CLAIM, write_claims},
    {PG_INSERT_TRIGGERS, write_triggers},
    {PG_INSERT_DUPLICATES, write_duplicates},
    {PG_INSERT_EVENTS, write_events},
    {PG_INSERT_RUNS, pg_write_new_runs},
    {PG_UPDATE_RUNS, pg_write_changed_runs},
    {PG_INSERT_STEPS, pg_write_new_steps},
    {PG_UPDATE_STEPS, pg_write_changed_steps},
    {PG_INSERT_ACTIONS, pg_write_new_actions},
    {PG_UPDATE_ACTIONS, pg_write_changed_actions},
    {PG_PUT_SNAPSHOTS, pg_write_snapshots},
    {PG_INSERT_TIMERS, write_timers},
    {PG_INSERT_QUARANTINE, write_quarantine},
    {PG_INSERT_INBOX, write_inbox},
    {PG_APPLY_COMMANDS, pg_write_applied},
    {PG_INSERT_TOMBSTONES, pg_write_tombstones},
    {PG_COMMAND_KEYS, pg_write_key_commands},
    {PG_INSERT_FANOUTS, pg_write_new_fanouts},
    {PG_MOVE_FANOUTS, pg_write_moved_fanouts},
    {PG_WRITE_SCHEDULES, pg_write_schedules},
    {PG_INSERT_STARTED_SLOTS, pg_write_started_slots},
    {PG_INSERT_SKIPPED_SLOTS, pg_write_skipped_slots},
    {PG_HAND_OVER, pg_write_handovers},
    {PG_NOTE_EVENTS, pg_write_arrivals},
    {PG_LOCK_GATHERINGS, pg_write_gathering_locks},
    {PG_JUDGE, pg_write_verdicts},
    {PG_GATHER, pg_write_gatherings},
    {PG_CORRELATE, pg_write_correlation}, // holds up others of its slot until the commit
};
const size_t pg_write_step_count = COUNT(pg_write_steps);

void pg_write_instants(const struct store_commit *commit, struct pg_parameters *parameters) {
  struct buf *ids = pg_array(parameters, PG_TIMESTAMPTZ, commit->trigger_count + commit->event_count);
  for (size_t i = 0; i < commit->trigger_count; i++) pg_put_timestamp(ids, uuid_time(&commit->triggers[i].trigger_id));
  for (size_t i = 0; i < commit->event_count; i++) pg_put_timestamp(ids, uuid_time(&commit->events[i].run_id));
  struct buf *dues = pg_array(parameters, PG_TIMESTAMPTZ, commit->timer_count);
  for (size_t i = 0; i < commit->timer_count; i++) pg_put_timestamp(dues, commit->timers[i].due_at);
}
