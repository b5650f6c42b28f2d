// SPDX-License-Identifier: Apache-2.0
#include "story_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "engine/dump.h"
#include "engine/follow.h"
#include "engine/listening.h"
#include "engine/scope.h"
#include "engine/snapshot.h"

// ---- recording ------------------------------------------------------------------

static void put_clock(struct buf *out, usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  clock_format(instant, text);
  size_t whole = strlen(text) - strlen(".000000Z");
  bool has_fraction = strncmp(text + whole, ".000000", 7) != 0;
  buf_printf(out, "%.*sZ", (int)(has_fraction ? whole + 7 : whole), text);
}

static void put_event(struct buf *out, const struct wf_event *event) {
  buf_printf(out, "%4d %s", (int)event->seq, wf_event_type_name(event->type));
  if (event->level == WF_LEVEL_ERROR) buf_puts(out, " !");
  if (event->step_no) buf_printf(out, " step=%d", (int)event->step_no);
  if (event->reference) buf_printf(out, " %s", event->reference);
  if (event->action_no) buf_printf(out, " action=%d", (int)event->action_no);
  if (event->attempt) buf_printf(out, " attempt=%d", (int)event->attempt);
  if (event->reason_code) buf_printf(out, " reason=%s", event->reason_code);
  if (event->summary) buf_printf(out, " \"%s\"", event->summary);
  if (event->detail_internal) buf_printf(out, " internal=\"%s\"", event->detail_internal);
  buf_puts(out, "\n");
  if (!jv_is_valid(event->data)) return;
  jv text = jv_dump_string(jv_copy(event->data), JV_PRINT_SORTED);
  buf_printf(out, "       %s\n", jv_string_value(text));
  jv_free(text);
}

static const char *effect_name(enum wf_effect_kind kind) {
  if (kind == WF_EFFECT_SUBSCRIBE) return "subscribe";
  return kind == WF_EFFECT_EMIT ? "emit" : "tell";
}

static void put_cloud_event(struct buf *out, const struct wf_effect *effect) {
  jv text = jv_dump_string(jv_copy(effect->arguments), JV_PRINT_SORTED);
  buf_printf(out, "  -> %s", effect_name(effect->kind));
  if (effect->subscription_no) buf_printf(out, " %d", (int)effect->subscription_no);
  buf_printf(out, " %s\n", jv_string_value(text));
  jv_free(text);
}

static void put_effect(struct buf *out, const struct wf_effect *effect) {
  if (effect->kind == WF_EFFECT_UNSUBSCRIBE) {
    buf_printf(out, "  -> unsubscribe %d\n", (int)effect->subscription_no);
    return;
  }
  if (effect->kind != WF_EFFECT_REQUEST && effect->kind != WF_EFFECT_CANCEL) {
    put_cloud_event(out, effect);
    return;
  }
  bool is_request = effect->kind == WF_EFFECT_REQUEST;
  buf_printf(out, "  -> %s %s %d/%d to %s", is_request ? "request" : "cancel", effect->function->name,
             (int)effect->action_no, (int)effect->attempt, effect->function->topic ? effect->function->topic : "the daemon");
  if (is_request) {
    jv text = jv_dump_string(jv_copy(effect->arguments), JV_PRINT_SORTED);
    if (effect->deadline_at) buf_printf(out, " by "), put_clock(out, effect->deadline_at);
    buf_printf(out, " %s", jv_string_value(text));
    jv_free(text);
  }
  buf_puts(out, "\n");
}

static void put_state(struct buf *out, const struct wf_run *run) {
  buf_printf(out, "  == %s", wf_status_name(run->status));
  if (run->waiting_for) buf_printf(out, " for %s", wf_waiting_for_name(run->waiting_for));
  if (run->next_wake_at) buf_puts(out, " until "), put_clock(out, run->next_wake_at);
  if (run->retry_count) buf_printf(out, ", retries %d of %d", (int)run->retry_count, (int)run->max_retries);
  if (run->error_count) buf_printf(out, ", errors %d", (int)run->error_count);
  buf_puts(out, "\n");
}

// As PostgreSQL would give it back: text, other order of keys.
static jv stored(jv data) {
  if (!jv_is_valid(data)) return jv_invalid();
  jv text = jv_dump_string(jv_copy(data), JV_PRINT_SORTED);
  jv back = jv_parse(jv_string_value(text));
  jv_free(text);
  assert_true(jv_is_valid(back));
  return back;
}

static void store_events(struct story *story) {
  const struct wf_decision *decision = &story->last;
  if (!decision->event_count) return;
  size_t count = story->event_count + decision->event_count;
  story->events = xrealloc(story->events, count * sizeof *story->events);
  for (size_t i = 0; i < decision->event_count; i++) {
    struct wf_event event = decision->events[i];
    if (event.type == WF_RUN_SUSPENDED || event.type == WF_RUN_CANCELLED) story->held = true;
    if (event.type == WF_RUN_RESUMED || event.type == WF_RUN_RETRIED) story->held = false;
    if (event.type == WF_ACTION_REQUESTED) assert_false(story->held || story->sandbox);
    if (event.type == WF_ACTION_REHEARSED) assert_true(story->sandbox);
    event.data = stored(event.data);
    assert_int_equal(event.seq, story->event_count + 1);
    assert_true(event.at == story->now);
    story->events[story->event_count++] = event;
  }
}

static void row_write(char ***rows, size_t *count, int32_t number, bool is_new, struct buf *line) {
  size_t at = (size_t)number - 1;
  if (is_new) {
    assert_int_equal(at, *count);
    *rows = xrealloc(*rows, ++*count * sizeof **rows);
  } else {
    assert_true(at < *count);
    free((*rows)[at]);
  }
  (*rows)[at] = xstrndup(line->data, line->size);
  buf_reset(line);
}

static void store_rows(struct story *story) {
  struct wf_run *run = story->run;
  struct buf line = {0};
  for (size_t i = 0; i < run->step_count; i++) {
    const struct wf_step *step = run->steps[i];
    if (!step->is_new && !step->is_changed) continue;
    wf_step_dump(step, &line);
    row_write(&story->steps, &story->step_rows, step->step_no, step->is_new, &line);
  }
  for (size_t i = 0; i < run->action_count; i++) {
    const struct wf_action *action = run->actions[i];
    if (!action->is_new && !action->is_changed) continue;
    wf_action_dump(action, &line);
    row_write(&story->actions, &story->action_rows, action->action_no, action->is_new, &line);
  }
  buf_free(&line);
  wf_run_written(run);
}

void story_record(struct story *story) {
  const struct wf_decision *decision = &story->last;
  for (size_t i = 0; i < decision->event_count; i++) put_event(&story->transcript, &decision->events[i]);
  for (size_t i = 0; i < decision->effect_count; i++) put_effect(&story->transcript, &decision->effects[i]);
  put_state(&story->transcript, story->run);
  store_events(story);
  store_rows(story);
}

// ---- proving ----------------------------------------------------------------------

static void same_text(struct buf *expected, struct buf *actual, const char *what) {
  buf_put_u8(expected, 0);
  buf_put_u8(actual, 0);
  if (strcmp(expected->data, actual->data) != 0) fail_msg("%s differ:\n%s\n%s", what, expected->data, actual->data);
  buf_reset(expected);
  buf_reset(actual);
}

// The columns of a dumped row, without what stands behind the bar.
static void put_columns(struct buf *out, const char *line) {
  const char *bar = strstr(line, " |");
  buf_put(out, line, bar ? (size_t)(bar - line) : strlen(line));
}

// A fold that nobody ever told of a commit holds every row: they are the read tables.
static void prove_tables(struct story *story, const struct wf_run *fold) {
  struct buf expected = {0}, actual = {0}, line = {0};
  assert_int_equal(fold->step_count, story->step_rows);
  assert_int_equal(fold->action_count, story->action_rows);
  for (size_t i = 0; i < fold->step_count; i++) {
    wf_step_dump(fold->steps[i], &line);
    buf_put_u8(&line, 0);
    put_columns(&expected, line.data);
    put_columns(&actual, story->steps[i]);
    same_text(&expected, &actual, "a step's row and its fold");
    buf_reset(&line);
  }
  for (size_t i = 0; i < fold->action_count; i++) {
    wf_action_dump(fold->actions[i], &line);
    buf_put_u8(&line, 0);
    put_columns(&expected, line.data);
    put_columns(&actual, story->actions[i]);
    same_text(&expected, &actual, "an action's row and its fold");
    buf_reset(&line);
  }
  buf_free(&expected);
  buf_free(&actual);
  buf_free(&line);
}

static void put_memory(struct buf *out, const struct wf_run *run) {
  wf_run_dump(run, out);
  for (size_t i = 0; i < run->step_count; i++) wf_step_dump(run->steps[i], out);
  for (size_t i = 0; i < run->action_count; i++) wf_action_dump(run->actions[i], out);
}

static void same_run(const struct wf_run *expected_run, const struct wf_run *actual_run, const char *what) {
  struct buf expected = {0}, actual = {0};
  put_memory(&expected, expected_run);
  put_memory(&actual, actual_run);
  same_text(&expected, &actual, what);
  buf_free(&expected);
  buf_free(&actual);
}

static void evolve(const struct story *story, struct wf_run *run, size_t end) {
  const char *problem = NULL;
  for (size_t i = (size_t)run->last_seq; i < end; i++)
    if (wf_evolve(run, &story->events[i], &problem) < 0) fail_msg("event %zu: %s", i + 1, problem);
}

static void prove_fold(struct story *story) {
  struct wf_identity from = story->run->identity;
  jv_copy(from.actor);
  jv_copy(from.trigger_data);
  struct wf_run *fold = wf_run_new(&from);
  const char *problem = NULL;
  evolve(story, fold, story->event_count);
  if (wf_follow_check(fold, story->definition, &problem) < 0) fail_msg("%s", problem);
  prove_tables(story, fold);
  wf_run_written(fold);
  same_run(fold, story->run, "the fold of the events and the run");
  assert_true(wf_run_equal(fold, story->run));
  wf_run_free(fold);
}

static struct wf_run *through_snapshot(const struct wf_run *run) {
  struct buf state = {0}, again = {0};
  struct wf_run *back = NULL;
  wf_snapshot_encode(run, &state);
  if (wf_snapshot_decode(state.data, state.size, &run->identity, &back) < 0)
    fail_msg("a snapshot cannot be read: %.*s", (int)state.size, state.data);
  wf_snapshot_encode(back, &again);
  assert_int_equal(again.size, state.size);
  assert_memory_equal(again.data, state.data, state.size);
  buf_free(&state);
  buf_free(&again);
  return back;
}

// A run that lives by snapshots: read from one, taken on by the events since, written again.
static void prove_snapshot(struct story *story) {
  struct wf_run *from = story->from_snapshot;
  if (!from) {
    from = through_snapshot(story->run);
  } else {
    evolve(story, from, story->event_count);
    wf_run_written(from);
  }
  same_run(story->run, from, "the run and what its snapshots make");
  story->from_snapshot = through_snapshot(from);
  wf_run_free(from);
}

void story_prove_prefixes(const struct story *story) {
  for (size_t prefix = 1; prefix <= story->event_count; prefix++) {
    struct wf_identity identity = story->run->identity;
    jv_copy(identity.actor);
    jv_copy(identity.trigger_data);
    struct wf_run *fold = wf_run_new(&identity);
    evolve(story, fold, prefix);
    struct wf_run *run = through_snapshot(fold);
    wf_run_free(fold);
    evolve(story, run, story->event_count);
    wf_run_written(run);
    same_run(story->run, run, "the run and the snapshot of a prefix with the rest");
    wf_run_free(run);
  }
}

static bool is_armed(const struct story *story, int32_t timer_no) {
  for (size_t i = 0; i < story->armed_count; i++)
    if (story->armed[i].timer_no == timer_no) return true;
  return false;
}

static void prove_row_ended(struct story *story, const char *row) {
  if (!strstr(row, " status=running") && !strstr(row, " status=waiting")) return;
  buf_put_u8(&story->transcript, 0);
  fail_msg("open in a run that has ended: %s\n%s", row, story->transcript.data);
}

// Each open branch has one reason to wait, unless all of the run gave way to others.
static void prove_leaves(const struct wf_run *run) {
  int open = 0;
  for (const struct wf_scope *leaf = NULL; (leaf = wf_scopes_leaf(run->scopes, leaf));) {
    const struct wf_step *step = wf_run_step(run, leaf->child_step_no ? leaf->child_step_no : leaf->step_no);
    if (leaf->part == WF_SCOPE_BRANCH && !leaf->child_step_no) continue; // over
    assert_non_null(step);
    const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
    int reasons = (step->timer_no > 0) + (action && action->status == WF_RUNNING) + wf_listening_waits(step);
    if (reasons != 1) fail_msg("the open step %d has %d reasons to wait", (int)step->step_no, reasons);
    open++;
  }
  assert_in_range(open, 1, 1000);
}

// Nothing open without a reason, and nothing to wait for that nobody would deliver.
static void prove_waits(struct story *story) {
  const struct wf_run *run = story->run;
  struct wf_armed timers[64];
  size_t count = wf_run_timers(run, timers, 64);
  assert_in_range(count, 0, 64);
  if (wf_status_ended(run->status)) {
    assert_int_equal(run->waiting_for, WF_FOR_NOTHING);
    assert_int_equal(run->next_wake_at, 0);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < story->action_rows; i++) prove_row_ended(story, story->actions[i]);
    for (size_t i = 0; i < story->step_rows; i++) prove_row_ended(story, story->steps[i]);
    return;
  }
  assert_int_not_equal(run->status, WF_PENDING);
  assert_int_not_equal(run->waiting_for, WF_FOR_NOTHING);
  if (run->status == WF_SUSPENDED) {
    assert_int_equal(run->waiting_for, WF_FOR_RESUME);
    return;
  }
  if (!run->yield_timer_no) prove_leaves(run);
  if (run->waiting_for == WF_FOR_EVENT) {
    assert_int_not_equal(story->subscription_no, 0); // who hands events over knows of it
    if (!count) return;
  }
  if (count == 0 && run->waiting_for == WF_FOR_CHILD) return; // its end is a reason of its own
  assert_in_range(count, 1, 64);
  assert_true(timers[0].due_at == run->next_wake_at);
  for (size_t i = 0; i < count; i++)
    if (!is_armed(story, timers[i].timer_no)) fail_msg("timer %d is live and not armed", (int)timers[i].timer_no);
}

void story_prove(struct story *story) {
  prove_waits(story);
  prove_fold(story);
  prove_snapshot(story);
}
