// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_child.h"

#include <string.h>

#include "engine/fault.h"

static bool is_text(jv object, const char *name, const char *text) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  bool is = jv_get_kind(value) == JV_KIND_STRING && strcmp(jv_string_value(value), text) == 0;
  jv_free(value);
  return is;
}

static bool has(jv object, const char *name) { return jv_object_has(jv_copy(object), jv_string(name)); }

const struct wf_definition *rehearse_child_find(const struct wf_definition *const *definitions, size_t count,
                                                const struct wf_definition *parent, jv arguments) {
  bool is_any_version = !has(arguments, "version") || is_text(arguments, "version", "latest");
  const struct wf_definition *found = NULL;
  for (size_t i = 0; i < count; i++) {
    const char *space = wf_definition_namespace(definitions[i]), *version = wf_definition_version(definitions[i]);
    bool is_here = has(arguments, "namespace") ? is_text(arguments, "namespace", space) : strcmp(space, wf_definition_namespace(parent)) == 0;
    if (!is_here || !is_text(arguments, "name", wf_definition_name(definitions[i]))) continue;
    if (!is_any_version && !is_text(arguments, "version", version)) continue;
    if (!found || strverscmp(version, wf_definition_version(found)) > 0) found = definitions[i];
  }
  return found;
}

// A text of the error, in the arena.
static const char *error_text(jv error, const char *name, struct arena *arena) {
  jv value = jv_object_get(jv_copy(error), jv_string(name));
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(arena, jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

struct wf_result rehearse_child_result(const struct wf_run *run, struct arena *arena) {
  struct wf_result result = {.output = jv_invalid(), .completed = run->status == WF_COMPLETED, .retryable = true};
  if (result.completed) {
    result.output = jv_copy(run->output);
  } else if (run->status == WF_FAULTED && jv_get_kind(run->error) == JV_KIND_OBJECT) {
    jv status = jv_object_get(jv_copy(run->error), jv_string("status"));
    result.error_type = error_text(run->error, "type", arena);
    result.error_title = error_text(run->error, "title", arena);
    result.error_detail = error_text(run->error, "detail", arena);
    result.error_status = jv_get_kind(status) == JV_KIND_NUMBER ? (int32_t)jv_number_value(status) : 0;
    jv_free(status);
  } else {
    result.error_type = wf_error_type(WF_ERROR_RUNTIME);
    result.error_status = wf_error_status(WF_ERROR_RUNTIME);
    result.error_title = "The child run was cancelled";
  }
  return result;
}

struct wf_result rehearse_child_too_deep(void) {
  return (struct wf_result){.output = jv_invalid(),
                            .error_type = wf_error_type(WF_ERROR_CONFIGURATION),
                            .error_status = wf_error_status(WF_ERROR_CONFIGURATION),
                            .error_title = "Runs start runs too deep",
                            .error_detail = "more runs stand above it than bounds.child_depth allows by default"};
}
