// SPDX-License-Identifier: Apache-2.0
// Values of a decision: evaluating expressions with the DSL's variables (dsl.md,
// "Runtime expression arguments"). A variable is built only when it is mentioned.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/authorization.h"
#include "engine/definition_model.h"
#include "engine/duration.h"
#include "engine/listening.h"
#include "engine/strategy.h"
#include "engine/turn.h"
#include "engine/measure.h"

static jv put_text(jv object, const char *name, const char *text) {
  return text ? jv_object_set(object, jv_string(name), jv_string(text)) : object;
}

static jv put(jv object, const char *name, jv value) {
  if (jv_is_valid(value)) return jv_object_set(object, jv_string(name), value);
  jv_free(value);
  return object;
}

// The DSL's date time descriptor.
static jv instant_descriptor(usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  jv epoch = jv_object();
  epoch = put(epoch, "seconds", jv_number((double)(instant / USEC_PER_SEC)));
  epoch = put(epoch, "milliseconds", jv_number((double)(instant / USEC_PER_MSEC)));
  return put(put_text(jv_object(), "iso8601", clock_format(instant, text)), "epoch", epoch);
}

static jv make_recipient(const struct wf_recipient *recipient) {
  if (!recipient->id) return jv_null();
  return put_text(put_text(jv_object(), "collection", recipient->collection), "id", recipient->id);
}

static jv make_trigger(const struct wf_identity *identity) {
  char text[UUID_TEXT_SIZE];
  jv source = put_text(put_text(jv_object(), "type", identity->source_type), "name", identity->source_name);
  jv trigger = put_text(jv_object(), "id", uuid_format(&identity->trigger_id, text));
  trigger = put_text(trigger, "event_id", identity->event_id);
  trigger = put_text(trigger, "correlation_id", identity->correlation_id);
  trigger = put_text(trigger, "subject", identity->subject);
  return put(trigger, "source", source);
}

static jv make_runtime(const struct wf_turn *turn) {
  const struct wf_identity *identity = &turn->run->identity;
  jv metadata = put(jv_object(), "recipient", make_recipient(&turn->run->recipient));
  metadata = put(metadata, "actor", jv_is_valid(identity->actor) ? jv_copy(identity->actor) : jv_null());
  metadata = put(metadata, "tenant", identity->tenant ? jv_string(identity->tenant) : jv_null());
  metadata = put(metadata, "trigger", make_trigger(identity));
  jv runtime = put_text(put_text(jv_object(), "name", "workflowd"), "version", WORKFLOWD_VERSION);
  return put(runtime, "metadata", metadata);
}

static jv make_workflow(const struct wf_turn *turn) {
  const struct wf_run *run = turn->run;
  char text[UUID_TEXT_SIZE];
  jv workflow = put_text(jv_object(), "id", uuid_format(&run->identity.run_id, text));
  workflow = put(workflow, "definition", jv_copy(wf_definition_document(turn->definition)));
  workflow = put(workflow, "input", jv_copy(run->input));
  return put(workflow, "startedAt", instant_descriptor(run->started_at ? run->started_at : turn->input->now));
}

static jv describe_task(const struct wf_task *task, jv input, jv output, usec_t started_at) {
  jv description = put_text(put_text(jv_object(), "name", task->name), "reference", task->reference);
  description = put(description, "definition", jv_copy(task->definition));
  description = put(description, "input", jv_copy(input));
  description = put(description, "output", jv_copy(output));
  return put(description, "startedAt", instant_descriptor(started_at));
}

// In an extension `$task` is the task that is extended. The specification's own examples
// write `$task.call` and `$task.with` there for what it describes as `$task.definition`.
static jv make_extended(const struct wf_turn *turn, const struct wf_view *view) {
  const struct wf_task *task = view->task->extended;
  const struct wf_step *step = wf_turn_extended(turn, view);
  jv description = describe_task(task, step ? step->input : view->raw_input, wf_turn_extended_output(turn, view),
                                 step ? step->started_at : view->started_at);
  if (jv_get_kind(task->definition) != JV_KIND_OBJECT) return description;
  return jv_object_merge(jv_copy(task->definition), description);
}

static jv make_task(const struct wf_turn *turn, const struct wf_view *view) {
  if (!view->task) return jv_null();
  if (view->task->extended) return make_extended(turn, view);
  return describe_task(view->task, view->raw_input, view->raw_output, view->started_at);
}

// A loop's item or its number, or invalid when `name` is neither.
static jv loop_variable(const struct wf_task *task, const struct wf_scope *scope, int32_t number, const char *name) {
  if (strcmp(task->loop.each, name) == 0) return jv_array_get(jv_copy(scope->items), number);
  return strcmp(task->loop.at, name) == 0 ? jv_number(number) : jv_invalid();
}

// The event that foreach is at, or its number; invalid when `name` is neither.
static jv listen_variable(const struct wf_task *task, const struct wf_step *step, const char *name) {
  if (strcmp(task->listen->item, name) == 0) return jv_array_get(wf_listening_get(step, "item"), 0);
  return strcmp(task->listen->at, name) == 0 ? jv_number(wf_listening_count(step, "handled")) : jv_invalid();
}

// What is bound by name around a task, the nearest first: the view's own, the error of a
// catch, the variables of a loop or of foreach.
static jv bound(const struct wf_turn *turn, const struct wf_view *view, const char *name) {
  if (view->error_name && strcmp(view->error_name, name) == 0) return jv_copy(view->error);
  jv value = view->loop ? loop_variable(view->loop, view->loop_scope, view->loop_turn, name) : jv_invalid();
  const struct wf_scope *scope = view->scope;
  for (; scope && !jv_is_valid(value); scope = wf_scopes_parent(turn->run->scopes, scope)) {
    if (scope->part != WF_SCOPE_CATCH && scope->part != WF_SCOPE_FOR && scope->part != WF_SCOPE_LISTEN) continue;
    const struct wf_step *step = wf_turn_step(turn, scope->step_no);
    const struct wf_task *task = wf_turn_task_of(turn, step);
    jv_free(value);
    value = jv_invalid();
    if (scope->part == WF_SCOPE_FOR)
      value = loop_variable(task, scope, scope->turn - 1, name);
    else if (scope->part == WF_SCOPE_LISTEN)
      value = listen_variable(task, step, name);
    else if (strcmp(task->try_catch.error_as, name) == 0)
      value = jv_copy(scope->error);
  }
  return value;
}

// Of a task whose action was asked for, by what it was given.
static jv authorization(const struct wf_turn *turn, const struct wf_view *view) {
  if (jv_is_valid(view->authorization)) return jv_copy(view->authorization);
  const struct wf_step *step = view->step_no ? wf_run_step(turn->run, view->step_no) : NULL;
  const struct wf_action *action = step && step->action_no ? wf_run_action(turn->run, step->action_no) : NULL;
  if (!action || !view->task->call.form) return jv_null();
  jv policy = wf_authorization_policy(action->input), described = wf_authorization_describe(policy);
  jv_free(policy);
  return described;
}

static jv variable(struct wf_turn *turn, const struct wf_expr *expr, const struct wf_view *view, const char *name) {
  jv value = bound(turn, view, name);
  if (jv_is_valid(value)) return value;
  if (strcmp(name, "context") == 0) return jv_copy(turn->run->context);
  if (strcmp(name, "input") == 0) return jv_copy(view->input);
  if (strcmp(name, "output") == 0) return jv_copy(view->output);
  if (strcmp(name, "task") == 0) return make_task(turn, view);
  if (strcmp(name, "authorization") == 0) return authorization(turn, view);
  if (strcmp(name, "secrets") == 0) return wf_definition_secrets(turn->definition, expr);
  if (strcmp(name, "now") == 0) return jv_number((double)turn->input->now / (double)USEC_PER_SEC);
  if (strcmp(name, "workflow") == 0) {
    if (!jv_is_valid(turn->workflow)) turn->workflow = make_workflow(turn);
    return jv_copy(turn->workflow);
  }
  if (strcmp(name, "runtime") == 0) {
    if (!jv_is_valid(turn->runtime)) turn->runtime = make_runtime(turn);
    return jv_copy(turn->runtime);
  }
  return jv_invalid();
}

static jv variables(struct wf_turn *turn, const struct wf_expr *expr, const struct wf_view *view) {
  jv vars = jv_object();
  for (int i = 0; i < expr->variable_count; i++)
    vars = put(vars, expr->variables[i], variable(turn, expr, view, expr->variables[i]));
  return vars;
}

static const char *view_instance(const struct wf_view *view) { return view->task ? view->task->instance : "/"; }

// Whoever wrote the expression reads why it failed in the error.
static struct wf_raised expression_failed(const struct wf_view *view, const char *title, const char *detail) {
  struct wf_raised raised = wf_raised_make(WF_ERROR_EXPRESSION, title, detail, view_instance(view));
  raised.detail_internal = detail;
  return raised;
}

static bool secrets_held(struct wf_turn *turn, const struct wf_expr *expr, const struct wf_view *view,
                         struct wf_raised *ret_raised) {
  for (int i = 0; i < expr->secret_count; i++)
    if (!wf_turn_secrets_held(turn, (const char *const[]){expr->secrets[i][0], NULL}, view, ret_raised)) return false;
  return true;
}

bool wf_turn_evaluate(struct wf_turn *turn, const struct wf_expr *expr, jv dot, const struct wf_view *view,
                      jv *ret_value, struct wf_raised *ret_raised) {
  jv value;
  if (!expr) {
    *ret_value = jv_copy(dot);
    return true;
  }
  if (expr->index < 0) {
    value = jv_copy(expr->constant);
  } else {
    char *error = NULL;
    if (!secrets_held(turn, expr, view, ret_raised)) return false;
    jv input = jv_is_valid(dot) ? jv_copy(dot) : jv_null();
    jv vars = variables(turn, expr, view);
    if (wf_expr_evaluate(turn->definition, expr, turn->evaluator, input, vars, &value, &error) < 0) {
      const char *detail = arena_strdup(turn->arena, error ? error : "no reason given");
      free(error);
      *ret_raised = expression_failed(view, "An expression failed", detail);
      return false;
    }
  }
  size_t bytes;
  if (wf_value_measure(value, turn->bounds->value_bytes_max, &bytes) < 0) {
    jv_free(value);
    const char *detail = arena_printf(turn->arena, "more than %zu bytes, or more than %d levels",
                                      turn->bounds->value_bytes_max, (int)WF_VALUE_DEPTH_MAX);
    *ret_raised = expression_failed(view, "An expression gave a value that is too large", detail);
    return false;
  }
  turn->bytes += bytes;
  *ret_value = value;
  return true;
}

bool wf_turn_validate(struct wf_turn *turn, const struct wf_schema *schema, jv value, const struct wf_view *view,
                      const char *what, struct wf_raised *ret_raised) {
  char *problem = NULL;
  if (!schema) return true;
  if (!schema->text) {
    const char *detail = arena_printf(turn->arena, "%s was not there when the workflow was published", schema->uri);
    *ret_raised = wf_raised_make(WF_ERROR_CONFIGURATION, "A schema is missing", detail, view_instance(view));
    return false;
  }
  const struct wf_evaluator *evaluator = turn->evaluator;
  if (!evaluator || !evaluator->validate)
    problem = xstrdup("there is nothing here to validate it with");
  else if (evaluator->validate(evaluator->context, schema, jv_is_valid(value) ? jv_copy(value) : jv_null(), &problem) == 0)
    return true;
  const char *title = arena_printf(turn->arena, "The %s does not match its schema", what);
  const char *detail = arena_strdup(turn->arena, problem ? problem : "no reason given");
  free(problem);
  *ret_raised = wf_raised_make(WF_ERROR_VALIDATION, title, detail, view_instance(view));
  return false;
}

bool wf_turn_holds(struct wf_turn *turn, const struct wf_expr *expr, jv dot, const struct wf_view *view,
                   bool *ret_holds, struct wf_raised *ret_raised) {
  jv value;
  if (!wf_turn_evaluate(turn, expr, dot, view, &value, ret_raised)) return false;
  *ret_holds = wf_value_holds(value);
  jv_free(value);
  return true;
}

static bool not_a_duration(struct wf_turn *turn, const struct wf_view *view, jv value, const char *expected,
                           struct wf_raised *ret_raised) {
  char text[80];
  jv_dump_string_trunc(value, text, sizeof text);
  const char *detail = arena_printf(turn->arena, "%s is %s", text, expected);
  *ret_raised = expression_failed(view, "An expression gave no duration", detail);
  return false;
}

bool wf_turn_duration_from(struct wf_turn *turn, const struct wf_duration *duration, usec_t start, jv dot,
                           const struct wf_view *view, usec_t *ret_duration, struct wf_raised *ret_raised) {
  struct wf_span span = duration->constant;
  if (!duration->expr) {
    *ret_duration = duration->set ? wf_span_length(span, start) : 0;
    return true;
  }
  jv value;
  if (!wf_turn_evaluate(turn, duration->expr, dot, view, &value, ret_raised)) return false;
  if (wf_duration_from_value(value, &span) == 0) {
    *ret_duration = wf_span_length(span, start);
    jv_free(value);
    return true;
  }
  return not_a_duration(turn, view, value, "no duration that is not negative", ret_raised);
}

bool wf_turn_duration(struct wf_turn *turn, const struct wf_duration *duration, jv dot, const struct wf_view *view,
                      usec_t *ret_duration, struct wf_raised *ret_raised) {
  return wf_turn_duration_from(turn, duration, turn->input->now, dot, view, ret_duration, ret_raised);
}

bool wf_turn_instant(struct wf_turn *turn, const struct wf_duration *duration, jv dot, const struct wf_view *view,
                     usec_t *ret_instant, struct wf_raised *ret_raised) {
  struct wf_span span = duration->constant;
  if (duration->expr) {
    jv value;
    if (!wf_turn_evaluate(turn, duration->expr, dot, view, &value, ret_raised)) return false;
    if (jv_get_kind(value) == JV_KIND_STRING) {
      const char *text = jv_string_value(value);
      if (clock_parse(text, strlen(text), ret_instant) == 0) {
        usec_t latest = wf_turn_after(turn, WF_DURATION_MAX);
        if (*ret_instant > latest) *ret_instant = latest;
        jv_free(value);
        return true;
      }
    }
    if (wf_duration_from_value(value, &span) < 0)
      return not_a_duration(turn, view, value, "neither a duration that is not negative nor an instant", ret_raised);
    jv_free(value);
  }
  *ret_instant = wf_turn_after(turn, wf_span_length(span, turn->input->now));
  return true;
}

struct wf_view wf_turn_view(const struct wf_turn *turn, const struct wf_step *step) {
  const struct wf_scope *scope = wf_scopes_find_branch(turn->run->scopes, step->parent_step_no, step->branch);
  WF_ASSERT(scope);
  return (struct wf_view){
      .task = wf_turn_task_of(turn, step),
      .scope = scope,
      .started_at = step->started_at,
      .step_no = step->step_no,
      .raw_input = scope->value,
      .input = step->input,
  };
}
