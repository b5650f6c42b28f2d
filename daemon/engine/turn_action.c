// SPDX-License-Identifier: Apache-2.0
// Actions: asking a worker, taking its answer, calling it back.
#include <string.h>

#include "base/error.h"
#include "engine/duration.h"
#include "engine/row.h"
#include "engine/turn.h"
#include "engine/measure.h"

// ---- asking -------------------------------------------------------------------

// The next attempt of the step's action; what was known before is not said again.
static struct wf_event next_attempt(const struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step,
                                    jv arguments, struct wf_facts *facts) {
  const struct wf_action *again = step->action_no ? wf_run_action(turn->run, step->action_no) : NULL;
  if (!again) facts->function = task->call.function->name;
  if (!again || !wf_value_equal(again->input, arguments)) facts->arguments = arguments;
  struct wf_event event = {.type = WF_ACTION_REQUESTED, .step_no = step->step_no};
  event.action_no = again ? again->action_no : turn->run->last_action_no + 1;
  event.attempt = again ? again->attempt + 1 : 1;
  event.reference = task->reference;
  return event;
}

// In a sandbox the trigger said what comes of the task, else it is an empty object.
static void rehearse(struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step, jv arguments) {
  struct wf_facts facts = {.outcome = task->call.is_unawaited ? WF_NOT_AWAITED : "rehearsed"};
  struct wf_event event = next_attempt(turn, task, step, arguments, &facts);
  jv results = turn->run->results, output = jv_invalid();
  if (jv_is_valid(results)) output = jv_object_get(jv_copy(results), jv_string(task->name));
  if (!jv_is_valid(output)) {
    jv_free(output);
    output = jv_object();
  }
  facts.output = output;
  event.type = WF_ACTION_REHEARSED;
  wf_turn_emit(turn, event, &facts);
  jv_free(output);
}

// A duration in the arguments; 0 when there is none.
static usec_t said(const struct wf_turn *turn, jv arguments, jv path) {
  struct wf_span span = {0};
  jv value = jv_getpath(jv_copy(arguments), path);
  if (!jv_is_valid(value) || wf_duration_from_value(value, &span) < 0) span = (struct wf_span){0};
  jv_free(value);
  return wf_span_length(span, turn->input->now);
}

// How long one attempt may take: as its function says; a call of MCP says it itself, and
// what an AsyncAPI subscription waits for comes on top.
static usec_t longest(const struct wf_turn *turn, const struct wf_function *function, jv arguments) {
  if (strcmp(function->name, "mcp") == 0) {
    usec_t own = said(turn, arguments, JV_ARRAY(jv_string("timeout")));
    return own ? own : function->timeout;
  }
  if (strcmp(function->name, "asyncapi") != 0) return function->timeout;
  return function->timeout + said(turn, arguments, JV_ARRAY(jv_string("subscription"), jv_string("consume"), jv_string("for")));
}

// A default gives way to a longer timeout of the task; what an operator configured does not.
static usec_t deadline(const struct wf_turn *turn, const struct wf_function *function, const struct wf_step *step, jv arguments) {
  usec_t at = wf_turn_after(turn, longest(turn, function, arguments));
  return function->is_default && step->timeout_at > at ? step->timeout_at : at;
}

static void request(struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step, jv arguments) {
  const struct wf_function *function = task->call.function;
  struct wf_facts facts = WF_NO_FACTS;
  struct wf_event event = next_attempt(turn, task, step, arguments, &facts);
  bool is_child = function->native == WF_NATIVE_CHILD;
  usec_t deadline_at = task->call.is_unawaited || is_child ? 0 : deadline(turn, function, step, arguments);
  facts.deadline_at = deadline_at;
  if (deadline_at) facts.timer = wf_turn_arm(turn, deadline_at, event.action_no);
  if (task->call.is_unawaited) facts.outcome = WF_NOT_AWAITED;
  if (is_child) facts.external_reference = wf_turn_child(turn);
  wf_turn_emit(turn, event, &facts);
  wf_turn_effect(turn, (struct wf_effect){
                           .kind = WF_EFFECT_REQUEST,
                           .action_no = event.action_no,
                           .attempt = event.attempt,
                           .step_no = event.step_no,
                           .function = function,
                           .reference = task->reference,
                           .arguments = jv_copy(arguments),
                           .deadline_at = deadline_at,
                       });
}

void wf_turn_request_again(struct wf_turn *turn) {
  const struct wf_run *run = turn->run;
  for (size_t i = 0; i < run->action_count; i++) {
    const struct wf_action *action = run->actions[i];
    if (action->status != WF_RUNNING || action->deadline_at <= turn->input->now) continue;
    const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, action->step_no));
    wf_turn_effect(turn, (struct wf_effect){
                             .kind = WF_EFFECT_REQUEST,
                             .action_no = action->action_no,
                             .attempt = action->attempt,
                             .step_no = action->step_no,
                             .function = task->call.function,
                             .reference = task->reference,
                             .arguments = jv_copy(action->input),
                             .deadline_at = action->deadline_at,
                         });
  }
}

void wf_turn_call(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_raised raised;
  jv arguments;
  if (!wf_turn_arguments(turn, step, &arguments, &raised)) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  if (turn->run->sandbox)
    rehearse(turn, task, step, arguments);
  else
    request(turn, task, step, arguments);
  jv_free(arguments);
}

// ---- answers --------------------------------------------------------------------

// Why an answer no longer counts; NULL when it does.
static const char *late_reason(const struct wf_run *run, const struct wf_result *result,
                               const struct wf_action *action) {
  if (result->action_no < 1 || result->action_no > run->last_action_no) return "unknown_action";
  if (wf_status_ended(run->status)) return "run_ended";
  if (!action) return "action_ended";
  if (result->attempt < action->attempt) return "older_attempt";
  if (result->attempt > action->attempt) return "unknown_attempt";
  return action->status == WF_RUNNING ? NULL : "action_ended";
}

static const char *kept(struct wf_turn *turn, const char *text) {
  return text ? arena_strdup(turn->arena, text) : NULL;
}

static void record_late(struct wf_turn *turn, const struct wf_result *result, const struct wf_action *action,
                        const char *reason) {
  if (turn->run->late_count >= WF_LATE_RESULTS_MAX) return;
  struct wf_facts facts = {.outcome = result->outcome, .external_reference = result->external_reference};
  struct wf_event event = {.type = WF_ACTION_LATE, .action_no = result->action_no, .attempt = result->attempt};
  if (action) event.step_no = action->step_no;
  event.reason_code = reason;
  event.summary = kept(turn, result->summary);
  event.detail_internal = kept(turn, result->detail_internal);
  wf_turn_emit(turn, event, &facts);
}

// Of the result of a process the part that `return` asks for, when the worker told all of
// it; owned.
static jv returned(enum wf_return returns, jv output) {
  static const char *const parts[] = {
      [WF_RETURN_STDOUT] = "stdout", [WF_RETURN_STDERR] = "stderr", [WF_RETURN_CODE] = "code"};
  if (returns == WF_RETURN_NONE) return jv_null();
  if (returns == WF_RETURN_ALL_OF_IT || returns == WF_RETURN_ALL || jv_get_kind(output) != JV_KIND_OBJECT)
    return jv_copy(output);
  for (size_t i = WF_RETURN_STDOUT; i <= WF_RETURN_CODE; i++)
    if (!jv_object_has(jv_copy(output), jv_string(parts[i]))) return jv_copy(output);
  return jv_object_get(jv_copy(output), jv_string(parts[returns]));
}

static void record_completed(struct wf_turn *turn, const struct wf_result *result, struct wf_event event) {
  struct wf_facts facts = {.outcome = result->outcome, .external_reference = result->external_reference};
  const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, event.step_no));
  jv output = jv_is_valid(result->output) ? returned(task->call.returns, result->output) : jv_null();
  if (jv_get_kind(output) != JV_KIND_NULL) facts.output = output;
  event.type = WF_ACTION_COMPLETED;
  event.summary = kept(turn, result->summary);
  event.detail_internal = kept(turn, result->detail_internal);
  wf_turn_emit(turn, event, &facts);
  jv_free(output);
}

// What a failure is when the worker does not say. The specification has a problem during a call
// be `communication`, and of A2A and MCP calls `runtime`; a process that fails is no service
// that cannot be talked to.
static enum wf_error_kind failure_of(const struct wf_function *function) {
  static const char *const runtime[] = {"a2a", "mcp", "container", "script", "shell"};
  for (size_t i = 0; i < sizeof runtime / sizeof *runtime; i++)
    if (strcmp(function->name, runtime[i]) == 0) return WF_ERROR_RUNTIME;
  return WF_ERROR_COMMUNICATION;
}

static void record_failed(struct wf_turn *turn, const struct wf_result *result, struct wf_event event) {
  const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, event.step_no));
  enum wf_error_kind kind = failure_of(task->call.function);
  const char *type = result->error_type ? result->error_type : wf_error_type(kind);
  int status = result->error_status ? result->error_status : wf_error_type_status(type, wf_error_status(kind));
  const char *title = result->error_title ? result->error_title : "The action failed";
  struct wf_facts facts = {
      .outcome = result->outcome,
      .external_reference = result->external_reference,
      .final = !result->retryable,
      .retry_after = result->retry_after > 0 ? result->retry_after : 0,
      .error = wf_error_make(type, status, title, result->error_detail, task->instance),
  };
  event.type = WF_ACTION_FAILED;
  event.level = WF_LEVEL_ERROR;
  event.reason_code = wf_error_word(type, turn->arena);
  event.summary = kept(turn, result->summary ? result->summary : title);
  event.detail_internal = kept(turn, result->detail_internal);
  wf_turn_emit(turn, event, &facts);
  jv_free(facts.error);
}

static struct wf_event action_event(const struct wf_turn *turn, const struct wf_action *action) {
  const struct wf_step *step = wf_turn_step(turn, action->step_no);
  struct wf_event event = {.action_no = action->action_no, .step_no = action->step_no, .attempt = action->attempt};
  event.reference = wf_turn_task_of(turn, step)->reference;
  return event;
}

void wf_turn_result(struct wf_turn *turn, const struct wf_result *result) {
  const struct wf_action *action = wf_run_action(turn->run, result->action_no);
  const char *late = late_reason(turn->run, result, action);
  if (late) {
    record_late(turn, result, action, late);
    return;
  }
  struct wf_event event = action_event(turn, action);
  if (!result->completed) {
    record_failed(turn, result, event);
  } else if (wf_value_check(result->output, turn->bounds->value_bytes_max) == 0) {
    record_completed(turn, result, event);
  } else {
    struct wf_result refused = {.outcome = result->outcome, .external_reference = result->external_reference};
    refused.error_type = wf_error_type(WF_ERROR_RUNTIME);
    refused.error_title = "The action's output is too large";
    record_failed(turn, &refused, event);
  }
}

// ---- calling back ---------------------------------------------------------------

static void call_back(struct wf_turn *turn, const struct wf_action *action) {
  const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, action->step_no));
  wf_turn_effect(turn, (struct wf_effect){
                           .kind = WF_EFFECT_CANCEL,
                           .action_no = action->action_no,
                           .attempt = action->attempt,
                           .step_no = action->step_no,
                           .function = task->call.function,
                           .reference = task->reference,
                           .arguments = jv_invalid(),
                           .deadline_at = action->deadline_at,
                           .external_reference = kept(turn, action->external_reference),
                       });
}

void wf_turn_action_timed_out(struct wf_turn *turn, int32_t action_no) {
  const struct wf_action *action = wf_run_action(turn->run, action_no);
  WF_ASSERT(action && action->status == WF_RUNNING);
  struct wf_event event = action_event(turn, action);
  const char *title = "The action was not answered in time";
  const char *instance = wf_turn_task_of(turn, wf_turn_step(turn, action->step_no))->instance;
  struct wf_raised raised = wf_raised_make(WF_ERROR_TIMEOUT, title, NULL, instance);
  struct wf_facts facts = {.error = raised.error};
  event.type = WF_ACTION_TIMED_OUT;
  event.level = WF_LEVEL_ERROR;
  event.reason_code = raised.code;
  event.summary = title;
  wf_turn_emit(turn, event, &facts);
  jv_free(raised.error);
  call_back(turn, action);
}

void wf_turn_recall(struct wf_turn *turn, const struct wf_step *step, const char *reason_code) {
  const struct wf_action *action = step->action_no ? wf_run_action(turn->run, step->action_no) : NULL;
  if (!action || action->status != WF_RUNNING) return;
  struct wf_event event = action_event(turn, action);
  event.type = WF_ACTION_CANCELLED;
  event.reason_code = reason_code;
  wf_turn_emit(turn, event, NULL);
  call_back(turn, action);
}

static void cancel_step(struct wf_turn *turn, const struct wf_step *step, const char *reason_code) {
  wf_turn_recall(turn, step, reason_code);
  struct wf_event event = {.type = WF_STEP_CANCELLED, .step_no = step->step_no, .attempt = step->attempt};
  event.reference = wf_turn_task_of(turn, step)->reference;
  event.reason_code = reason_code;
  wf_turn_emit(turn, event, NULL);
}

// From the end: what is inside ends before what it is inside of. No event of these moves a scope.
static void cancel_range(struct wf_turn *turn, const struct wf_scope *first, const struct wf_scope *behind,
                         const char *reason_code) {
  for (const struct wf_scope *scope = behind; scope-- > first;) {
    const struct wf_step *child = scope->child_step_no ? wf_turn_step(turn, scope->child_step_no) : NULL;
    if (child && !wf_status_ended(child->status)) cancel_step(turn, child, reason_code);
  }
}

void wf_turn_cancel_below(struct wf_turn *turn, const struct wf_scope *scope, const char *reason_code) {
  cancel_range(turn, scope, wf_scopes_behind(turn->run->scopes, scope), reason_code);
}

void wf_turn_cancel_inside(struct wf_turn *turn, int32_t above_no, const char *reason_code) {
  const struct wf_scopes *scopes = turn->run->scopes;
  const struct wf_scope *own = above_no < 0 ? scopes->items : wf_scopes_find(scopes, above_no);
  if (own && scopes->count) wf_turn_cancel_below(turn, own, reason_code);
}
