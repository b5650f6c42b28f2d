// SPDX-License-Identifier: Apache-2.0
// The arguments of an action, completely evaluated: expressions, URI templates, the form of
// the DSL's own calls, and whether the secrets that they name may be had.
#include <string.h>

#include "base/uuid.h"
#include "engine/authorization.h"
#include "engine/definition_model.h"
#include "engine/form.h"
#include "engine/secret.h"
#include "engine/turn.h"
#include "engine/uri_fill.h"

static struct wf_raised refused(struct wf_turn *turn, const struct wf_task *task, const char *title, const char *detail) {
  (void)turn;
  return wf_raised_make(WF_ERROR_EXPRESSION, title, detail, task->instance);
}

static bool expand(struct wf_turn *turn, const struct wf_task *task, jv input, jv *arguments, struct wf_raised *ret_raised) {
  int count = jv_is_valid(task->call.templates) ? jv_array_length(jv_copy(task->call.templates)) : 0;
  for (int i = 0; i < count; i++) {
    jv path = jv_array_get(jv_copy(task->call.templates), i);
    jv text = jv_getpath(jv_copy(*arguments), jv_copy(path)), expanded;
    const char *problem;
    int r = wf_uri_fill(jv_string_value(text), input, turn->arena, &expanded, &problem);
    jv_free(text);
    if (r < 0) {
      jv_free(path);
      *ret_raised = refused(turn, task, "A URI template cannot be filled", problem);
      return false;
    }
    *arguments = jv_setpath(*arguments, path, expanded);
  }
  return true;
}

bool wf_turn_secrets_held(struct wf_turn *turn, const char *const *names, const struct wf_view *view,
                          struct wf_raised *ret_raised) {
  for (; names && *names; names++) {
    if (wf_definition_holds_secret(turn->definition, *names)) continue;
    const char *detail = arena_printf(turn->arena, "secret `%.200s`", *names);
    *ret_raised = wf_raised_make(WF_ERROR_AUTHORIZATION, "A secret may not be used, or is not there", detail,
                                 view->task ? view->task->instance : "/");
    ret_raised->detail_internal =
        arena_printf(turn->arena, "%s: %s", detail,
                     wf_definition_lists_secret(turn->definition, *names)
                         ? "it is in use.secrets, and this daemon has none of that name (secrets.folder, systemd credentials)"
                         : "it is not in use.secrets");
    return false;
  }
  return true;
}

static bool holds(const void *context, const char *name) { return wf_definition_holds_secret(context, name); }

static bool secrets_held(struct wf_turn *turn, const struct wf_view *view, jv arguments, struct wf_raised *ret_raised) {
  if (!wf_turn_secrets_held(turn, view->task->call.secrets, view, ret_raised)) return false;
  const char *const denied[] = {wf_secret_denied(arguments, holds, turn->definition, turn->arena), NULL};
  if (!wf_turn_secrets_held(turn, denied, view, ret_raised)) return false;
  if (!wf_secret_is_broken(arguments)) return true;
  *ret_raised = refused(turn, view->task, "A secret cannot be changed or encoded",
                        "an expression sees a placeholder, which can be joined to other texts alone; for base64 there is `authentication: basic`");
  return false;
}

static bool evaluate(struct wf_turn *turn, struct wf_view *view, jv input, jv *ret_arguments, struct wf_raised *ret_raised) {
  const struct wf_task_action *action = &view->task->call;
  jv policy, authorization = jv_invalid();
  if (action->authentication) {
    if (!wf_turn_evaluate(turn, action->authentication, input, view, &policy, ret_raised)) return false;
    authorization = wf_authorization_describe(policy);
    jv_free(policy);
  }
  view->authorization = authorization;
  bool is_good = wf_turn_evaluate(turn, action->arguments, input, view, ret_arguments, ret_raised);
  view->authorization = jv_invalid();
  jv_free(authorization);
  return is_good;
}

static jv at_path(jv value, const char *const *path) {
  value = jv_copy(value);
  for (; *path && jv_get_kind(value) == JV_KIND_OBJECT; path++) value = jv_object_get(value, jv_string(*path));
  if (!*path) return value;
  jv_free(value);
  return jv_invalid();
}

// That of the attempt before, so that a repeated message is known to be one; or a new one.
static jv message_id(struct wf_turn *turn, const struct wf_step *step) {
  const struct wf_action *again = step->action_no ? wf_run_action(turn->run, step->action_no) : NULL;
  jv known = again ? at_path(again->input, (const char *const[]){"parameters", "message", "messageId", NULL}) : jv_invalid();
  if (jv_get_kind(known) == JV_KIND_STRING) return known;
  jv_free(known);
  char text[UUID_TEXT_SIZE];
  uint64_t high = wf_turn_random(turn);
  struct uuid id = uuid_of_random(high, wf_turn_random(turn));
  return jv_string(uuid_format(&id, text));
}

// What the specification has runtimes put into a message to an agent. Takes the arguments.
static jv complete_message(struct wf_turn *turn, const struct wf_step *step, jv arguments) {
  jv method = jv_object_get(jv_copy(arguments), jv_string("method"));
  bool is_message = jv_get_kind(method) == JV_KIND_STRING && strncmp(jv_string_value(method), "message/", 8) == 0;
  jv_free(method);
  jv message = is_message ? at_path(arguments, (const char *const[]){"parameters", "message", NULL}) : jv_invalid();
  bool is_missing = is_message && (!jv_is_valid(message) || jv_get_kind(message) == JV_KIND_NULL);
  if (!is_missing && jv_get_kind(message) != JV_KIND_OBJECT) {
    jv_free(message);
    return arguments;
  }
  if (is_missing) {
    jv_free(message);
    message = jv_object();
  }
  jv id = jv_object_get(jv_copy(message), jv_string("messageId")), role = jv_object_get(jv_copy(message), jv_string("role"));
  if (!jv_is_valid(id) || jv_get_kind(id) == JV_KIND_NULL)
    message = jv_object_set(message, jv_string("messageId"), message_id(turn, step));
  if (!jv_is_valid(role) || jv_get_kind(role) == JV_KIND_NULL) message = jv_object_set(message, jv_string("role"), jv_string("user"));
  jv_free(id);
  jv_free(role);
  return jv_setpath(arguments, JV_ARRAY(jv_string("parameters"), jv_string("message")), message);
}

bool wf_turn_arguments(struct wf_turn *turn, const struct wf_step *step, jv *ret_arguments, struct wf_raised *ret_raised) {
  struct wf_view view = wf_turn_view(turn, step);
  const struct wf_task *task = view.task;
  jv arguments;
  if (!task->call.arguments) {
    *ret_arguments = jv_object();
    return true;
  }
  if (!evaluate(turn, &view, step->input, &arguments, ret_raised)) return false;
  bool is_good = expand(turn, task, step->input, &arguments, ret_raised);
  if (is_good && task->call.form) {
    const char *problem;
    arguments = wf_form_take(task->call.form, arguments, turn->arena, &problem);
    is_good = jv_is_valid(arguments);
    if (!is_good) *ret_raised = refused(turn, task, "An expression gave what the call cannot take", problem);
  }
  if (is_good && strcmp(task->call.function->name, "a2a") == 0) arguments = complete_message(turn, step, arguments);
  if (is_good) is_good = secrets_held(turn, &view, arguments, ret_raised);
  if (is_good)
    *ret_arguments = arguments;
  else
    jv_free(arguments);
  return is_good;
}
