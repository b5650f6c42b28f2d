// SPDX-License-Identifier: Apache-2.0
#include "engine/dump.h"

#include <string.h>

#include "engine/row.h"
#include "engine/scope.h"

static void put_text(struct buf *out, const char *name, const char *text) {
  if (text) buf_printf(out, " %s=\"%s\"", name, text);
}

static void put_count(struct buf *out, const char *name, int32_t count) {
  if (count) buf_printf(out, " %s=%d", name, (int)count);
}

static void put_instant(struct buf *out, const char *name, usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  if (instant) buf_printf(out, " %s=%s", name, clock_format(instant, text));
}

static void put_value(struct buf *out, const char *name, jv value) {
  if (!jv_is_valid(value)) return;
  jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);
  buf_printf(out, " %s=%s", name, jv_string_value(text));
  jv_free(text);
}

static void put_flag(struct buf *out, const char *name, bool flag) {
  if (flag) buf_printf(out, " %s", name);
}

static void put_fault(struct buf *out, const struct wf_fault *fault) {
  put_text(out, "code", fault->code);
  put_text(out, "fault_summary", fault->summary);
  put_text(out, "detail_internal", fault->detail_internal);
}

static void put_scope(struct buf *out, const struct wf_scope *scope) {
  static const char *const parts[] = {
      [WF_SCOPE_LIST] = "list", [WF_SCOPE_TRY] = "try",       [WF_SCOPE_CATCH] = "catch",
      [WF_SCOPE_FORK] = "fork", [WF_SCOPE_BRANCH] = "branch", [WF_SCOPE_FOR] = "for",
      [WF_SCOPE_LISTEN] = "listen",
  };
  buf_printf(out, "scope %d in %d part=%s index=%d", (int)scope->step_no, (int)scope->parent_step_no,
             parts[scope->part], (int)scope->index);
  put_count(out, "branch", scope->branch);
  put_count(out, "parent_branch", scope->parent_branch);
  put_count(out, "child", scope->child_step_no);
  put_count(out, "turn", scope->turn);
  put_count(out, "turn_after", scope->turn_after);
  put_count(out, "open", scope->open_count);
  put_value(out, "value", scope->value);
  put_value(out, "error", scope->error);
  put_value(out, "items", scope->items);
  buf_puts(out, "\n");
}

static void put_run_columns(struct buf *out, const struct wf_run *run) {
  buf_printf(out, "run seq=%d status=%s", (int)run->last_seq, wf_status_name(run->status));
  put_text(out, "waiting_for", wf_waiting_for_name(run->waiting_for));
  put_text(out, "reason_code", run->reason_code);
  put_text(out, "reason_text", run->reason_text);
  put_text(out, "collection", run->recipient.collection);
  put_text(out, "recipient", run->recipient.id);
  put_count(out, "current_step", run->current_step_no);
  put_instant(out, "created_at", run->created_at);
  put_instant(out, "started_at", run->started_at);
  put_instant(out, "updated_at", run->updated_at);
  put_instant(out, "last_executed_at", run->last_executed_at);
  put_instant(out, "next_wake_at", run->next_wake_at);
  put_instant(out, "next_retry_at", run->next_retry_at);
  put_instant(out, "ended_at", run->ended_at);
  put_count(out, "retry_count", run->retry_count);
  put_count(out, "max_retries", run->max_retries);
  put_count(out, "error_count", run->error_count);
  put_fault(out, &run->fault);
  put_text(out, "skip_code", run->skip_code);
  put_value(out, "input", run->input);
  put_value(out, "context", run->context);
  put_value(out, "output", run->output);
}

void wf_run_dump(const struct wf_run *run, struct buf *out) {
  put_run_columns(out, run);
  buf_printf(out, " | steps=%d actions=%d timers=%d entries=%d", (int)run->last_step_no, (int)run->last_action_no,
             (int)run->last_timer_no, (int)run->entry_count);
  put_count(out, "late", run->late_count);
  put_count(out, "yield_timer", run->yield_timer_no);
  put_instant(out, "yield_at", run->yield_at);
  put_count(out, "yield_step", run->yield_step_no);
  put_count(out, "yield_branch", run->yield_branch);
  put_count(out, "timeout_timer", run->timeout_timer_no);
  put_instant(out, "timeout_at", run->timeout_at);
  put_value(out, "error", run->error);
  if (run->sandbox) buf_puts(out, " sandbox");
  if (run->skip_delays) buf_puts(out, " skip_delays");
  put_value(out, "results", run->results);
  put_value(out, "heard", run->heard);
  for (size_t i = 0; i < run->visit_count; i++)
    buf_printf(out, " %s=%d", run->visits[i].reference, (int)run->visits[i].count);
  buf_puts(out, "\n");
  for (size_t i = 0; i < run->scopes->count; i++) put_scope(out, &run->scopes->items[i]);
}

void wf_step_dump(const struct wf_step *step, struct buf *out) {
  buf_printf(out, "step %d in %d visit=%d attempt=%d status=%s", (int)step->step_no, (int)step->parent_step_no,
             (int)step->visit, (int)step->attempt, wf_status_name(step->status));
  put_text(out, "reference", step->reference);
  put_text(out, "name", step->name);
  put_text(out, "kind", step->kind);
  put_text(out, "title", step->title);
  put_count(out, "max_attempts", step->max_attempts);
  put_count(out, "retry_count", step->retry_count);
  put_text(out, "outcome", step->outcome);
  put_text(out, "external_reference", step->external_reference);
  put_text(out, "skip_code", step->skip_code);
  put_fault(out, &step->fault);
  put_value(out, "input", step->input);
  put_value(out, "output", step->output);
  put_value(out, "listening", step->listening);
  put_instant(out, "scheduled_at", step->scheduled_at);
  put_instant(out, "started_at", step->started_at);
  put_instant(out, "due_at", step->due_at);
  put_instant(out, "ended_at", step->ended_at);
  put_instant(out, "next_retry_at", step->next_retry_at);
  put_instant(out, "updated_at", step->updated_at);
  buf_puts(out, " |");
  put_count(out, "action", step->action_no);
  put_count(out, "tries", step->tries);
  put_count(out, "timer", step->timer_no);
  put_count(out, "timeout_timer", step->timeout_timer_no);
  put_instant(out, "timeout_at", step->timeout_at);
  put_count(out, "attempt_timer", step->attempt_timer_no);
  put_instant(out, "attempt_due_at", step->attempt_due_at);
  put_instant(out, "entered_at", step->entered_at);
  put_flag(out, "revisitable", step->revisitable);
  put_flag(out, "past", step->is_past);
  put_count(out, "branch", step->branch);
  buf_puts(out, "\n");
}

void wf_action_dump(const struct wf_action *action, struct buf *out) {
  buf_printf(out, "action %d of %d attempt=%d status=%s", (int)action->action_no, (int)action->step_no,
             (int)action->attempt, wf_status_name(action->status));
  put_count(out, "max_attempts", action->max_attempts);
  put_text(out, "function", action->function);
  put_text(out, "outcome", action->outcome);
  put_text(out, "external_reference", action->external_reference);
  put_text(out, "summary", action->summary);
  put_fault(out, &action->fault);
  put_value(out, "input", action->input);
  put_value(out, "output", action->output);
  put_instant(out, "requested_at", action->requested_at);
  put_instant(out, "deadline_at", action->deadline_at);
  put_instant(out, "ended_at", action->ended_at);
  put_instant(out, "next_retry_at", action->next_retry_at);
  put_instant(out, "updated_at", action->updated_at);
  buf_puts(out, " |");
  put_count(out, "timer", action->timer_no);
  put_flag(out, "final", action->final);
  if (action->retry_after) buf_printf(out, " retry_after=%lldus", (long long)action->retry_after);
  put_value(out, "error", action->error);
  buf_puts(out, "\n");
}

void wf_run_dump_whole(const struct wf_run *run, struct buf *out) {
  wf_run_dump(run, out);
  for (size_t i = 0; i < run->step_count; i++) wf_step_dump(run->steps[i], out);
  for (size_t i = 0; i < run->action_count; i++) wf_action_dump(run->actions[i], out);
}

bool wf_run_equal(const struct wf_run *a, const struct wf_run *b) {
  struct buf left = {0}, right = {0};
  wf_run_dump_whole(a, &left);
  wf_run_dump_whole(b, &right);
  bool equal = left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
  buf_free(&left);
  buf_free(&right);
  return equal;
}
