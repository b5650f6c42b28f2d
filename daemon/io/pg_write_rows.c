// SPDX-License-Identifier: Apache-2.0
// The rows of the read tables, with absolute values.
#include "io/pg_write.h"

#include "engine/snapshot.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void put_fault(struct buf *to, const struct wf_fault *fault) {
  pg_put_string(to, fault->code);
  pg_put_string(to + 1, fault->summary);
  pg_put_string(to + 2, fault->detail_internal);
}

// ---- run --------------------------------------------------------------------

#define RUN_CHANGING_TYPES                                                                                            \
  PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_INT4,    \
      PG_INT4, PG_INT4, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,     \
      PG_TEXT, PG_JSONB, PG_JSONB

static void put_run_changing(struct buf *to, const struct wf_run *run) {
  const struct wf_step *current = wf_status_ended(run->status) ? NULL : wf_run_step(run, run->current_step_no);
  pg_put_timestamp(to++, run->updated_at);
  pg_put_timestamp(to++, run->started_at);
  pg_put_timestamp(to++, run->last_executed_at);
  pg_put_timestamp(to++, run->next_wake_at);
  pg_put_timestamp(to++, run->next_retry_at);
  pg_put_timestamp(to++, run->ended_at);
  pg_put_int4(to++, run->last_seq);
  pg_put_number(to++, current ? run->current_step_no : 0);
  pg_put_int4(to++, run->retry_count);
  pg_put_number(to++, run->max_retries);
  pg_put_int4(to++, run->error_count);
  pg_put_string(to++, wf_status_name(run->status));
  pg_put_string(to++, wf_waiting_for_name(run->waiting_for));
  pg_put_string(to++, run->reason_code);
  pg_put_string(to++, run->reason_text);
  pg_put_string(to++, current ? current->reference : NULL);
  pg_put_string(to++, current ? current->name : NULL);
  pg_put_string(to++, run->skip_code);
  put_fault(to, &run->fault);
  to += 3;
  pg_put_jsonb_object(to++, run->context);
  pg_put_jsonb(to, run->output);
}

static size_t count_runs(const struct store_commit *commit, bool is_new) {
  size_t count = 0;
  for (size_t i = 0; i < commit->run_count; i++) count += (commit->previous_seqs[i] == 0) == is_new;
  return count;
}

size_t pg_write_new_runs(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_UUID, PG_TIMESTAMPTZ, PG_INT4, PG_TEXT, PG_TEXT,
                                       PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, RUN_CHANGING_TYPES};
  size_t count = count_runs(commit, true);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct wf_run *run = commit->runs[i];
    if (commit->previous_seqs[i] != 0) continue;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &run->identity.run_id);
    pg_put_uuid(to++, &run->identity.trigger_id);
    pg_put_timestamp(to++, run->created_at);
    pg_put_int4(to++, run->identity.definition_id);
    pg_put_string(to++, run->identity.tenant);
    pg_put_string(to++, run->identity.workflow);
    pg_put_string(to++, run->identity.workflow_version);
    pg_put_string(to++, run->recipient.collection);
    pg_put_string(to++, run->recipient.id);
    pg_put_jsonb(to++, run->input);
    put_run_changing(to, run);
  }
  return count;
}

size_t pg_write_changed_runs(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, RUN_CHANGING_TYPES};
  size_t count = count_runs(commit, false);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct wf_run *run = commit->runs[i];
    if (commit->previous_seqs[i] == 0) continue;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &run->identity.run_id);
    pg_put_int4(to++, commit->previous_seqs[i]);
    put_run_changing(to, run);
  }
  pg_parameter_int8(parameters, (int64_t)count);
  return count;
}

// ---- step -------------------------------------------------------------------

#define STEP_CHANGING_TYPES                                                                                           \
  PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_INT4,    \
      PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_JSONB

static void put_step_changing(struct buf *to, const struct wf_step *step) {
  pg_put_timestamp(to++, step->scheduled_at);
  pg_put_timestamp(to++, step->started_at);
  pg_put_timestamp(to++, step->due_at);
  pg_put_timestamp(to++, step->ended_at);
  pg_put_timestamp(to++, step->next_retry_at);
  pg_put_timestamp(to++, step->updated_at);
  pg_put_int4(to++, step->attempt);
  pg_put_number(to++, step->max_attempts);
  pg_put_int4(to++, step->retry_count);
  pg_put_string(to++, wf_status_name(step->status));
  pg_put_string(to++, step->outcome);
  pg_put_string(to++, step->external_reference);
  pg_put_string(to++, step->skip_code);
  put_fault(to, &step->fault);
  to += 3;
  // The input of a visit changes only when another attempt begins: else the update keeps
  // what is there.
  pg_put_jsonb(to++, step->is_new || step->attempt > 1 ? step->input : jv_invalid());
  pg_put_jsonb(to, step->output);
}

static bool step_is_due(const struct wf_step *step, bool is_new) {
  return is_new ? step->is_new : step->is_changed && !step->is_new;
}

static size_t count_steps(const struct store_commit *commit, bool is_new) {
  size_t count = 0;
  for (size_t i = 0; i < commit->run_count; i++)
    for (size_t s = 0; s < commit->runs[i]->step_count; s++) count += step_is_due(commit->runs[i]->steps[s], is_new);
  return count;
}

static void put_step(struct buf *to, const struct wf_run *run, const struct wf_step *step) {
  pg_put_uuid(to++, &run->identity.run_id);
  pg_put_int4(to++, step->step_no);
  if (step->is_new) {
    pg_put_number(to++, step->parent_step_no);
    pg_put_int4(to++, step->visit);
    pg_put_string(to++, step->reference);
    pg_put_string(to++, step->name);
    pg_put_string(to++, step->kind);
    pg_put_string(to++, step->title);
  }
  put_step_changing(to, step);
}

static void put_steps(const struct store_commit *commit, struct pg_parameters *parameters, bool is_new) {
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct wf_run *run = commit->runs[i];
    for (size_t s = 0; s < run->step_count; s++)
      if (step_is_due(run->steps[s], is_new)) put_step(parameters->values, run, run->steps[s]);
  }
}

size_t pg_write_new_steps(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_INT4, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,
                                       STEP_CHANGING_TYPES};
  size_t count = count_steps(commit, true);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  put_steps(commit, parameters, true);
  return count;
}

size_t pg_write_changed_steps(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, STEP_CHANGING_TYPES};
  size_t count = count_steps(commit, false);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  put_steps(commit, parameters, false);
  pg_parameter_int8(parameters, (int64_t)count);
  return count;
}

// ---- action -----------------------------------------------------------------

#define ACTION_CHANGING_TYPES                                                                                         \
  PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_INT4, PG_INT4, PG_TEXT,  \
      PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_JSONB

static void put_action_changing(struct buf *to, const struct wf_action *action) {
  pg_put_timestamp(to++, action->requested_at);
  pg_put_timestamp(to++, action->deadline_at);
  pg_put_timestamp(to++, action->ended_at);
  pg_put_timestamp(to++, action->next_retry_at);
  pg_put_timestamp(to++, action->updated_at);
  pg_put_int4(to++, action->attempt);
  pg_put_number(to++, action->max_attempts);
  pg_put_number(to++, action->timer_no);
  pg_put_string(to++, wf_status_name(action->status));
  pg_put_string(to++, action->outcome);
  pg_put_string(to++, action->external_reference);
  pg_put_string(to++, action->summary);
  put_fault(to, &action->fault);
  to += 3;
  pg_put_jsonb(to++, action->is_new || action->attempt > 1 ? action->input : jv_invalid());
  pg_put_jsonb(to, action->output);
}

static bool action_is_due(const struct wf_action *action, bool is_new) {
  return is_new ? action->is_new : action->is_changed && !action->is_new;
}

static size_t count_actions(const struct store_commit *commit, bool is_new) {
  size_t count = 0;
  for (size_t i = 0; i < commit->run_count; i++)
    for (size_t a = 0; a < commit->runs[i]->action_count; a++)
      count += action_is_due(commit->runs[i]->actions[a], is_new);
  return count;
}

static void put_action(struct buf *to, const struct wf_run *run, const struct wf_action *action) {
  pg_put_uuid(to++, &run->identity.run_id);
  pg_put_int4(to++, action->action_no);
  if (action->is_new) {
    pg_put_int4(to++, action->step_no);
    pg_put_string(to++, action->function);
  }
  put_action_changing(to, action);
}

static void put_actions(const struct store_commit *commit, struct pg_parameters *parameters, bool is_new) {
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct wf_run *run = commit->runs[i];
    for (size_t a = 0; a < run->action_count; a++)
      if (action_is_due(run->actions[a], is_new)) put_action(parameters->values, run, run->actions[a]);
  }
}

size_t pg_write_new_actions(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_INT4, PG_TEXT, ACTION_CHANGING_TYPES};
  size_t count = count_actions(commit, true);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  put_actions(commit, parameters, true);
  return count;
}

size_t pg_write_changed_actions(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, ACTION_CHANGING_TYPES};
  size_t count = count_actions(commit, false);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  put_actions(commit, parameters, false);
  pg_parameter_int8(parameters, (int64_t)count);
  return count;
}

// ---- snapshot ---------------------------------------------------------------

size_t pg_write_snapshots(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_JSON};
  size_t count = 0;
  for (size_t i = 0; i < commit->run_count; i++) count += wf_snapshot_due(commit->runs[i], commit->previous_seqs[i]);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  struct buf state = {0};
  for (size_t i = 0; i < commit->run_count; i++) {
    struct wf_run *run = commit->runs[i];
    if (!wf_snapshot_due(run, commit->previous_seqs[i])) continue;
    buf_reset(&state);
    wf_snapshot_encode(run, &state);
    wf_snapshot_taken(run, state.size);
    pg_put_uuid(&parameters->values[0], &run->identity.run_id);
    pg_put_int4(&parameters->values[1], run->last_seq);
    pg_put_text(&parameters->values[2], (struct text){state.data, state.size});
  }
  buf_free(&state);
  return count;
}
