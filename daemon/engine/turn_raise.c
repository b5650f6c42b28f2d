// SPDX-License-Identifier: Apache-2.0
// Errors: the task that raises one, who catches them, whether the try is tried again, and what becomes of the run.
#include <string.h>

#include "base/error.h"
#include "engine/retry.h"
#include "engine/turn.h"
#include "engine/measure.h"
#include "engine/uri_fill.h"

// ---- events that tell of an error -------------------------------------------------

// The first event that tells of an error carries it; for those after it the fold knows.
static void tell(struct wf_turn *turn, struct wf_event event, struct wf_facts facts, struct wf_raised *raised) {
  event.reason_code = raised->code;
  if (!raised->known) {
    event.level = WF_LEVEL_ERROR;
    event.summary = raised->summary;
    event.detail_internal = raised->detail_internal;
    facts.error = raised->error;
  }
  if (event.type == WF_STEP_FAULTED || event.type == WF_RUN_FAULTED) event.level = WF_LEVEL_ERROR;
  wf_turn_emit(turn, event, &facts);
  raised->known = true;
}

static void fault_step(struct wf_turn *turn, int32_t step_no, struct wf_raised *raised) {
  const struct wf_step *step = wf_turn_step(turn, step_no);
  struct wf_event event = {.type = WF_STEP_FAULTED, .step_no = step_no, .attempt = step->attempt};
  event.reference = wf_turn_task_of(turn, step)->reference;
  tell(turn, event, WF_NO_FACTS, raised);
}

// Faults the steps from `step_no` up to, but without, `until_no`; 0 = to the top. Beside a
// branch that faulted the others end.
static void fault_steps(struct wf_turn *turn, int32_t step_no, int32_t until_no, struct wf_raised *raised) {
  while (step_no && step_no != until_no) {
    const struct wf_step *step = wf_turn_step(turn, step_no);
    int32_t parent_no = step->parent_step_no;
    bool is_branch = step->branch > 0;
    if (!wf_status_ended(step->status)) fault_step(turn, step_no, raised);
    if (is_branch) wf_turn_cancel_beside(turn, step_no, parent_no, "sibling_faulted");
    step_no = parent_no;
  }
}

// Ends what is still open, the failed step first, then the run.
static void fault_run(struct wf_turn *turn, int32_t step_no, struct wf_raised *raised) {
  fault_steps(turn, step_no, 0, raised);
  struct wf_event event = {.type = WF_RUN_FAULTED, .summary = raised->summary};
  if (raised->known && turn->run->fault.summary) event.summary = arena_strdup(turn->arena, turn->run->fault.summary);
  tell(turn, event, WF_NO_FACTS, raised);
}

// ---- whether a try catches ----------------------------------------------------------

static bool same_member(const char *name, jv expected, jv actual) {
  bool are_types = strcmp(name, "type") == 0 && jv_get_kind(expected) == JV_KIND_STRING &&
                   jv_get_kind(actual) == JV_KIND_STRING;
  return are_types ? wf_error_types_equal(jv_string_value(expected), jv_string_value(actual))
                   : wf_value_equal(expected, actual);
}

static bool member_matches(struct wf_turn *turn, const struct wf_expr *expr, jv dot, const struct wf_view *view,
                           const char *name, bool *matches, struct wf_raised *ret_raised) {
  jv expected;
  if (!expr || !*matches) return true;
  if (!wf_turn_evaluate(turn, expr, dot, view, &expected, ret_raised)) return false;
  jv actual = jv_object_get(jv_copy(view->error), jv_string(name));
  *matches = same_member(name, expected, actual);
  jv_free(expected);
  jv_free(actual);
  return true;
}

static bool conditions_hold(struct wf_turn *turn, const struct wf_expr *when, const struct wf_expr *except_when, jv dot,
                            const struct wf_view *view, bool *holds, struct wf_raised *ret_raised) {
  bool answer = true;
  if (*holds && when && !wf_turn_holds(turn, when, dot, view, holds, ret_raised)) return false;
  if (!*holds || !except_when) return true;
  if (!wf_turn_holds(turn, except_when, dot, view, &answer, ret_raised)) return false;
  *holds = !answer;
  return true;
}

// What the try's own expressions see: the try's input, and the error under its name.
static struct wf_view catch_view(const struct wf_turn *turn, const struct wf_step *step, jv error) {
  struct wf_view view = wf_turn_view(turn, step);
  view.error_name = view.task->try_catch.error_as;
  view.error = error;
  return view;
}

static bool try_catches(struct wf_turn *turn, const struct wf_step *step, jv error, bool *ret_catches,
                        struct wf_raised *ret_raised) {
  struct wf_view view = catch_view(turn, step, error);
  const struct wf_task *task = view.task;
  bool matches = true;
  if (!member_matches(turn, task->try_catch.error_type, step->input, &view, "type", &matches, ret_raised) ||
      !member_matches(turn, task->try_catch.error_status, step->input, &view, "status", &matches, ret_raised) ||
      !member_matches(turn, task->try_catch.error_title, step->input, &view, "title", &matches, ret_raised) ||
      !member_matches(turn, task->try_catch.error_detail, step->input, &view, "detail", &matches, ret_raised) ||
      !member_matches(turn, task->try_catch.error_instance, step->input, &view, "instance", &matches, ret_raised) ||
      !conditions_hold(turn, task->try_catch.when, task->try_catch.except_when, step->input, &view, &matches,
                       ret_raised))
    return false;
  *ret_catches = matches;
  return true;
}

// ---- whether it is tried again --------------------------------------------------------

struct decided { // on a retry
  bool again;
  usec_t delay, jitter, due_at;
};

static bool retry_plan(struct wf_turn *turn, const struct wf_retry *retry, const struct wf_step *step,
                       const struct wf_view *view, struct wf_retry_plan *ret_plan, struct wf_raised *ret_raised) {
  struct wf_retry_plan plan = {.backoff = retry->backoff, .factor = retry->factor};
  if (!wf_turn_duration(turn, &retry->delay, step->input, view, &plan.delay, ret_raised) ||
      !wf_turn_duration(turn, &retry->increment, step->input, view, &plan.increment, ret_raised) ||
      !wf_turn_duration(turn, &retry->jitter_from, step->input, view, &plan.jitter_from, ret_raised) ||
      !wf_turn_duration(turn, &retry->jitter_to, step->input, view, &plan.jitter_to, ret_raised))
    return false;
  if (!retry->increment.set) plan.increment = plan.delay;
  *ret_plan = plan;
  return true;
}

static bool decide_retry(struct wf_turn *turn, const struct wf_step *step, const struct wf_raised *raised,
                         struct decided *ret_decided, struct wf_raised *ret_raised) {
  struct wf_view view = catch_view(turn, step, raised->error);
  const struct wf_retry *retry = view.task->try_catch.retry;
  struct wf_retry_plan plan;
  usec_t longest = 0;
  bool holds = true;
  *ret_decided = (struct decided){.again = false};
  if (!retry || raised->final || (retry->attempts_max && step->tries >= retry->attempts_max)) return true;
  if (!conditions_hold(turn, retry->when, retry->except_when, step->input, &view, &holds, ret_raised)) return false;
  if (!holds) return true;
  if (!retry_plan(turn, retry, step, &view, &plan, ret_raised)) return false;
  if (!wf_turn_duration_from(turn, &retry->duration_max, step->entered_at, step->input, &view, &longest, ret_raised)) return false;
  ret_decided->delay = wf_retry_delay(&plan, step->tries);
  ret_decided->jitter = wf_retry_jitter(&plan, wf_turn_random(turn));
  usec_t total = ret_decided->delay + ret_decided->jitter;
  ret_decided->due_at = wf_turn_after(turn, total > raised->retry_after ? total : raised->retry_after);
  ret_decided->again = !retry->duration_max.set || ret_decided->due_at - step->entered_at <= longest;
  if (turn->run->skip_delays) ret_decided->due_at = turn->input->now;
  return true;
}

bool wf_turn_attempt_guard(struct wf_turn *turn, const struct wf_task *task, jv dot, const struct wf_view *view,
                           struct wf_facts *facts, struct wf_raised *ret_raised) {
  const struct wf_retry *retry = task->try_catch.retry;
  usec_t longest;
  if (!retry || !retry->attempt_duration_max.set) return true;
  if (!wf_turn_duration(turn, &retry->attempt_duration_max, dot, view, &longest, ret_raised)) return false;
  facts->attempt_due_at = wf_turn_after(turn, longest);
  facts->attempt_timer = wf_turn_arm(turn, facts->attempt_due_at, 0);
  return true;
}

void wf_turn_retry_now(struct wf_turn *turn, int32_t try_no) {
  const struct wf_step *step = wf_turn_step(turn, try_no);
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_facts facts = WF_NO_FACTS;
  struct wf_raised raised;
  bool is_good = wf_turn_attempt_guard(turn, view.task, step->input, &view, &facts, &raised);
  struct wf_event event = {.type = WF_STEP_RETRIED, .step_no = try_no, .attempt = step->attempt + 1};
  event.reference = view.task->reference;
  wf_turn_emit(turn, event, &facts);
  if (!is_good) wf_turn_raise(turn, try_no, raised);
}

static void schedule_retry(struct wf_turn *turn, int32_t try_no, int32_t failed_no, const struct decided *decided,
                           struct wf_raised *raised) {
  const struct wf_step *step = wf_turn_step(turn, try_no);
  const struct wf_task *task = wf_turn_task_of(turn, step);
  bool is_due = decided->due_at <= turn->input->now;
  struct wf_facts facts = {
      .failed_step = failed_no == try_no ? 0 : failed_no,
      .max_attempts = task->try_catch.retry->attempts_max,
      .delay = decided->delay,
      .jitter = decided->jitter,
      .due_at = decided->due_at,
      .timer = is_due ? 0 : wf_turn_arm(turn, decided->due_at, 0),
  };
  wf_turn_cancel_beside(turn, failed_no, try_no, "sibling_faulted");
  struct wf_event event = {.type = WF_STEP_RETRY_SCHEDULED, .step_no = try_no, .attempt = step->attempt};
  event.reference = task->reference;
  tell(turn, event, facts, raised);
  if (is_due) wf_turn_retry_now(turn, try_no);
}

// ---- raising ----------------------------------------------------------------------

// Its own expressions failing, the try cannot catch what comes of it.
static void raise_from_catch(struct wf_turn *turn, int32_t try_no, int32_t failed_no, struct wf_raised *raised,
                             struct wf_raised own) {
  fault_steps(turn, failed_no, try_no, raised);
  jv_free(raised->error);
  wf_turn_raise(turn, try_no, own);
}

// A catch that does nothing but try again has not dealt with an error that it leaves.
static bool only_retries(const struct wf_task *task) {
  return task->try_catch.retry && !task->try_catch.catch_list.count && !task->try_catch.has_then;
}

// False: the error goes on to who is around.
static bool caught(struct wf_turn *turn, int32_t try_no, int32_t failed_no, struct wf_raised *raised) {
  struct decided decided;
  struct wf_raised own;
  if (!decide_retry(turn, wf_turn_step(turn, try_no), raised, &decided, &own)) {
    raise_from_catch(turn, try_no, failed_no, raised, own);
    return true;
  }
  if (!decided.again && only_retries(wf_turn_task_of(turn, wf_turn_step(turn, try_no)))) return false;
  if (decided.again) {
    schedule_retry(turn, try_no, failed_no, &decided, raised);
  } else {
    const struct wf_step *step = wf_turn_step(turn, try_no);
    fault_steps(turn, failed_no, try_no, raised);
    struct wf_event event = {.type = WF_STEP_CAUGHT, .step_no = try_no, .attempt = step->attempt};
    event.reference = wf_turn_task_of(turn, step)->reference;
    tell(turn, event, WF_NO_FACTS, raised);
  }
  jv_free(raised->error);
  return true;
}

static void raise_from(struct wf_turn *turn, int32_t failed_no, const struct wf_scope *scope, struct wf_raised raised) {
  for (; scope; scope = wf_scopes_parent(turn->run->scopes, scope)) {
    if (scope->part != WF_SCOPE_TRY) continue;
    int32_t try_no = scope->step_no;
    struct wf_raised own;
    bool catches;
    if (!try_catches(turn, wf_turn_step(turn, try_no), raised.error, &catches, &own)) {
      raise_from_catch(turn, try_no, failed_no, &raised, own);
      return;
    }
    if (catches && caught(turn, try_no, failed_no, &raised)) return;
  }
  fault_run(turn, failed_no, &raised);
  jv_free(raised.error);
}

void wf_turn_raise(struct wf_turn *turn, int32_t step_no, struct wf_raised raised) {
  const struct wf_step *step = wf_turn_step(turn, step_no);
  raise_from(turn, step_no, wf_scopes_find_branch(turn->run->scopes, step->parent_step_no, step->branch), raised);
}

void wf_turn_raise_inside(struct wf_turn *turn, int32_t try_no, struct wf_raised raised) {
  const struct wf_scope *scope = wf_scopes_find(turn->run->scopes, try_no);
  WF_ASSERT(scope && scope->part == WF_SCOPE_TRY);
  raise_from(turn, try_no, scope, raised);
}

void wf_turn_fault(struct wf_turn *turn, int32_t step_no, struct wf_raised raised) {
  fault_run(turn, step_no, &raised);
  jv_free(raised.error);
}

// ---- the task `raise` -----------------------------------------------------------------

// What an expression gave for a part of an error, which is a text: null leaves the part out
// where it may be, and for people anything else is told as text too.
static bool as_text(struct wf_turn *turn, const struct wf_task *task, const char *name, jv *value,
                    struct wf_raised *ret_raised) {
  bool is_prose = strcmp(name, "title") == 0 || strcmp(name, "detail") == 0;
  jv_kind kind = jv_get_kind(*value);
  if (kind == JV_KIND_STRING || (kind == JV_KIND_NULL && strcmp(name, "type") != 0)) return true;
  if (is_prose) {
    *value = jv_dump_string(*value, 0);
    return true;
  }
  const char *detail = arena_printf(turn->arena, "`%s` gave %s: expected a text", name, jv_kind_name(kind));
  *ret_raised = wf_raised_make(WF_ERROR_EXPRESSION, "An error to raise is none", detail, task->instance);
  return false;
}

static bool error_part(struct wf_turn *turn, const struct wf_expr *expr, const struct wf_step *step,
                       const struct wf_view *view, const char *name, jv *error, struct wf_raised *ret_raised) {
  jv value;
  if (!expr) return true;
  if (!wf_turn_evaluate(turn, expr, step->input, view, &value, ret_raised)) return false;
  if (strcmp(name, "status") != 0 && !as_text(turn, view->task, name, &value, ret_raised)) {
    jv_free(value);
    return false;
  }
  if (jv_get_kind(value) == JV_KIND_NULL)
    jv_free(value);
  else
    *error = jv_object_set(*error, jv_string(name), value);
  return true;
}

// Puts members of the task's input into the type, when it is a URI template.
static bool fill_type(struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step, jv *error,
                      struct wf_raised *ret_raised) {
  if (!task->raise.error.type_is_template) return true;
  const char *problem;
  jv type = jv_object_get(jv_copy(*error), jv_string("type")), filled;
  int r = wf_uri_fill(jv_string_value(type), step->input, turn->arena, &filled, &problem);
  jv_free(type);
  if (r == 0)
    *error = jv_object_set(*error, jv_string("type"), filled);
  else
    *ret_raised = wf_raised_make(WF_ERROR_EXPRESSION, "A URI template cannot be filled", problem, task->instance);
  return r == 0;
}

void wf_turn_raise_task(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  const struct wf_error_model *model = &task->raise.error;
  struct wf_raised raised;
  jv error = wf_error_make(NULL, 0, NULL, NULL, task->instance);
  if (error_part(turn, model->type, step, &view, "type", &error, &raised) &&
      fill_type(turn, task, step, &error, &raised) &&
      error_part(turn, model->status, step, &view, "status", &error, &raised) &&
      error_part(turn, model->title, step, &view, "title", &error, &raised) &&
      error_part(turn, model->detail, step, &view, "detail", &error, &raised) &&
      error_part(turn, model->instance, step, &view, "instance", &error, &raised))
    raised = wf_raised_from(error, turn->arena);
  else
    jv_free(error);
  wf_turn_raise(turn, step->step_no, raised);
}
