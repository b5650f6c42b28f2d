// SPDX-License-Identifier: Apache-2.0
#include "ctl/fold.h"

#include <stdio.h>
#include <string.h>

#include "engine/member.h"

// ---- reading ----------------------------------------------------------------

// Live as long as `object`, which holds the text.
static char *text_of(jv object, const char *name) {
  jv value = wf_member(object, name);
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? jv_string_value(value) : NULL;
  jv_free(value);
  return (char *)text;
}

static int32_t int_of(jv object, const char *name) { return (int32_t)wf_member_number(object, name, 0); }

// 0 when it is none.
static usec_t instant_of(jv object, const char *name) {
  usec_t instant;
  const char *text = text_of(object, name);
  return text && clock_parse(text, strlen(text), &instant) == 0 ? instant : 0;
}

static struct uuid uuid_of(jv object, const char *name) {
  struct uuid id = {0};
  const char *text = text_of(object, name);
  if (text && uuid_parse(text, strlen(text), &id) < 0) memset(&id, 0, sizeof id);
  return id;
}

static struct wf_run *run_of(jv identity) {
  jv data = wf_member(identity, "trigger_data");
  if (jv_get_kind(data) == JV_KIND_NULL) {
    jv_free(data);
    data = jv_invalid();
  }
  return wf_run_new(&(struct wf_identity){
      .run_id = uuid_of(identity, "run_id"),
      .trigger_id = uuid_of(identity, "trigger_id"),
      .definition_id = int_of(identity, "definition_id"),
      .workflow = text_of(identity, "workflow"),
      .workflow_version = text_of(identity, "workflow_version"),
      .tenant = text_of(identity, "tenant"),
      .subject = text_of(identity, "subject"),
      .event_id = text_of(identity, "event_id"),
      .source_type = text_of(identity, "source_type"),
      .source_name = text_of(identity, "source_name"),
      .correlation_id = text_of(identity, "correlation_id"),
      .actor = wf_member(identity, "actor"),
      .trigger_data = data,
  });
}

static jv problem(int32_t seq, const char *column, jv stored, jv folded) {
  jv said = jv_object_set(jv_object(), jv_string("row"), jv_number(seq));
  said = jv_object_set(said, jv_string("column"), jv_string(column));
  said = jv_object_set(said, jv_string("stored"), stored);
  return jv_object_set(said, jv_string("folded"), folded);
}

// An event that does not follow on those before it.
static jv misfit(int32_t seq, jv type, const char *why) {
  return jv_object_set(problem(seq, "type", type, jv_null()), jv_string("problem"), jv_string(why));
}

static int fold_event(struct wf_run *run, jv row, jv *ret_problem) {
  int32_t expected = run->last_seq + 1;
  const char *type = text_of(row, "type"), *level = text_of(row, "level");
  struct wf_event event = {
      .type = type ? wf_event_type_parse(type) : WF_EVENT_NONE,
      .level = level && strcmp(level, "error") == 0 ? WF_LEVEL_ERROR : WF_LEVEL_OK,
      .seq = int_of(row, "seq"),
      .step_no = int_of(row, "step_no"),
      .action_no = int_of(row, "action_no"),
      .attempt = int_of(row, "attempt"),
      .at = instant_of(row, "at"),
      .reference = text_of(row, "reference"),
      .reason_code = text_of(row, "reason_code"),
      .summary = text_of(row, "summary"),
      .detail_internal = text_of(row, "detail_internal"),
  };
  if (event.seq != expected) {
    *ret_problem = problem(expected, "seq", wf_member(row, "seq"), jv_number(expected));
    return -WF_EINVAL;
  }
  event.data = wf_member(row, "data");
  if (jv_get_kind(event.data) == JV_KIND_NULL) event.data = jv_invalid();
  const char *why;
  int result = wf_evolve(run, &event, &why);
  if (result < 0) *ret_problem = misfit(expected, wf_member(row, "type"), why);
  jv_free(event.data);
  return result;
}

static bool has_trigger(jv identity) {
  jv value = wf_member(identity, "has_trigger");
  bool has = jv_get_kind(value) != JV_KIND_FALSE;
  jv_free(value);
  return has;
}

int fold_begin(jv identity, struct wf_run **ret_run, jv *ret_problem) {
  if (jv_get_kind(identity) != JV_KIND_OBJECT || !has_trigger(identity)) {
    *ret_problem = misfit(1, jv_null(), "the row of workflow.trigger with what it was given is gone");
    return -WF_EINVAL;
  }
  *ret_run = run_of(identity);
  return 0;
}

int fold_more(struct wf_run *run, jv events, jv *ret_problem) {
  int result = 0;
  jv_array_foreach(events, i, row) {
    if (result == 0) result = fold_event(run, row, ret_problem);
    jv_free(row);
  }
  return result;
}

int fold_run(jv identity, jv events, struct wf_run **ret_run, jv *ret_problem) {
  if (jv_array_length(jv_copy(events)) == 0) {
    *ret_problem = problem(1, "seq", jv_null(), jv_number(1));
    return -WF_EINVAL;
  }
  struct wf_run *run;
  int result = fold_begin(identity, &run, ret_problem);
  if (result < 0) return result;
  result = fold_more(run, events, ret_problem);
  if (result == 0) *ret_run = run;
  else wf_run_free(run);
  return result;
}

// ---- rows, as io/pg_write_rows.c writes them ---------------------------------

static void put(jv *row, const char *column, jv value) { *row = jv_object_set(*row, jv_string(column), value); }

static void put_text(jv *row, const char *column, const char *text) {
  put(row, column, text ? jv_string(text) : jv_null());
}

static void put_count(jv *row, const char *column, int32_t count) { put(row, column, jv_number(count)); }

static void put_instant(jv *row, const char *column, usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  put(row, column, instant ? jv_string(clock_format(instant, text)) : jv_null());
}

// 0 = none: of numbers from 1 and limits.
static void put_number(jv *row, const char *column, int64_t number) {
  put(row, column, number ? jv_number((double)number) : jv_null());
}

// One that is there and null is not the same as none.
static void put_value(jv *row, const char *column, jv value) {
  if (jv_is_valid(value)) put(row, column, jv_copy(value));
}

static void put_fault(jv *row, const struct wf_fault *fault) {
  put_text(row, "error_code", fault->code);
  put_text(row, "error_summary", fault->summary);
  put_text(row, "error_detail_internal", fault->detail_internal);
}

static jv run_row(const struct wf_run *run) {
  const struct wf_step *current = wf_status_ended(run->status) ? NULL : wf_run_step(run, run->current_step_no);
  jv row = jv_object();
  char id[UUID_TEXT_SIZE];
  put(&row, "trigger_id", jv_string(uuid_format(&run->identity.trigger_id, id)));
  put_count(&row, "definition_id", run->identity.definition_id);
  put_text(&row, "workflow", run->identity.workflow);
  put_text(&row, "workflow_version", run->identity.workflow_version);
  put_text(&row, "tenant", run->identity.tenant);
  put_instant(&row, "created_at", run->created_at);
  put_instant(&row, "updated_at", run->updated_at);
  put_instant(&row, "started_at", run->started_at);
  put_instant(&row, "last_executed_at", run->last_executed_at);
  put_instant(&row, "next_wake_at", run->next_wake_at);
  put_instant(&row, "next_retry_at", run->next_retry_at);
  put_instant(&row, "ended_at", run->ended_at);
  put_count(&row, "last_seq", run->last_seq);
  put_number(&row, "current_step_no", current ? run->current_step_no : 0);
  put_text(&row, "current_reference", current ? current->reference : NULL);
  put_text(&row, "current_step_name", current ? current->name : NULL);
  put_count(&row, "retry_count", run->retry_count);
  put_number(&row, "max_retries", run->max_retries);
  put_count(&row, "error_count", run->error_count);
  put_text(&row, "status", wf_status_name(run->status));
  put_text(&row, "waiting_for", wf_waiting_for_name(run->waiting_for));
  put_text(&row, "recipient_collection", run->recipient.collection);
  put_text(&row, "recipient_id", run->recipient.id);
  put_text(&row, "reason_code", run->reason_code);
  put_text(&row, "reason_text", run->reason_text);
  put_text(&row, "skip_code", run->skip_code);
  put_fault(&row, &run->fault);
  put_value(&row, "input", run->input);
  bool empty = jv_get_kind(run->context) == JV_KIND_OBJECT && jv_object_length(jv_copy(run->context)) == 0;
  if (!empty) put_value(&row, "context", run->context);
  put_value(&row, "output", run->output);
  return row;
}

static jv step_row(const struct wf_step *step) {
  jv row = jv_object();
  put_number(&row, "parent_step_no", step->parent_step_no);
  put_instant(&row, "scheduled_at", step->scheduled_at);
  put_instant(&row, "started_at", step->started_at);
  put_instant(&row, "due_at", step->due_at);
  put_instant(&row, "ended_at", step->ended_at);
  put_instant(&row, "next_retry_at", step->next_retry_at);
  put_instant(&row, "updated_at", step->updated_at);
  put_count(&row, "visit", step->visit);
  put_count(&row, "attempt", step->attempt);
  put_number(&row, "max_attempts", step->max_attempts);
  put_count(&row, "retry_count", step->retry_count);
  put_text(&row, "status", wf_status_name(step->status));
  put_text(&row, "reference", step->reference);
  put_text(&row, "name", step->name);
  put_text(&row, "kind", step->kind);
  put_text(&row, "title", step->title);
  put_text(&row, "outcome", step->outcome);
  put_text(&row, "external_reference", step->external_reference);
  put_text(&row, "skip_code", step->skip_code);
  put_fault(&row, &step->fault);
  put_value(&row, "input", step->input);
  put_value(&row, "output", step->output);
  return row;
}

static jv action_row(const struct wf_action *action) {
  jv row = jv_object();
  put_count(&row, "step_no", action->step_no);
  put_instant(&row, "requested_at", action->requested_at);
  put_instant(&row, "deadline_at", action->deadline_at);
  put_instant(&row, "ended_at", action->ended_at);
  put_instant(&row, "next_retry_at", action->next_retry_at);
  put_instant(&row, "updated_at", action->updated_at);
  put_count(&row, "attempt", action->attempt);
  put_number(&row, "max_attempts", action->max_attempts);
  put_number(&row, "timer_no", action->timer_no);
  put_text(&row, "status", wf_status_name(action->status));
  put_text(&row, "function", action->function);
  put_text(&row, "outcome", action->outcome);
  put_text(&row, "external_reference", action->external_reference);
  put_text(&row, "summary", action->summary);
  put_fault(&row, &action->fault);
  put_value(&row, "input", action->input);
  put_value(&row, "output", action->output);
  return row;
}

static void put_row(jv *table, int32_t number, jv row) {
  char key[16];
  snprintf(key, sizeof key, "%d", number);
  put(table, key, row);
}

jv fold_rows(const struct wf_run *run) {
  jv runs = jv_object_set(jv_object(), jv_string(""), run_row(run)), steps = jv_object(), actions = jv_object();
  for (size_t i = 0; i < run->step_count; i++) put_row(&steps, run->steps[i]->step_no, step_row(run->steps[i]));
  for (size_t i = 0; i < run->action_count; i++)
    put_row(&actions, run->actions[i]->action_no, action_row(run->actions[i]));
  jv rows = jv_object_set(jv_object(), jv_string("run"), runs);
  rows = jv_object_set(rows, jv_string("step"), steps);
  return jv_object_set(rows, jv_string("action"), actions);
}
