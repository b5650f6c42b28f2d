// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_child.h"

#include <string.h>

#include "engine/fault.h"
#include "engine/member.h"

static bool has(jv object, const char *name) { return jv_object_has(jv_copy(object), jv_string(name)); }

const struct wf_definition *rehearse_child_find(const struct wf_definition *const *definitions, size_t count,
                                                const struct wf_definition *parent, jv arguments) {
  bool is_any_version = !has(arguments, "version") || wf_member_is(arguments, "version", "latest");
  const struct wf_definition *found = NULL;
  for (size_t i = 0; i < count; i++) {
    const char *space = wf_definition_namespace(definitions[i]), *version = wf_definition_version(definitions[i]);
    bool is_here = has(arguments, "namespace") ? wf_member_is(arguments, "namespace", space) : strcmp(space, wf_definition_namespace(parent)) == 0;
    if (!is_here || !wf_member_is(arguments, "name", wf_definition_name(definitions[i]))) continue;
    if (!is_any_version && !wf_member_is(arguments, "version", version)) continue;
    if (!found || strverscmp(version, wf_definition_version(found)) > 0) found = definitions[i];
  }
  return found;
}

struct wf_result rehearse_child_result(const struct wf_run *run, struct arena *arena) {
  struct wf_result result = {.output = jv_invalid(), .completed = run->status == WF_COMPLETED, .retryable = true};
  if (result.completed) {
    result.output = jv_copy(run->output);
  } else if (run->status == WF_FAULTED && jv_get_kind(run->error) == JV_KIND_OBJECT) {
    result.error_type = wf_member_kept(run->error, "type", arena);
    result.error_title = wf_member_kept(run->error, "title", arena);
    result.error_detail = wf_member_kept(run->error, "detail", arena);
    result.error_status = (int32_t)wf_member_number(run->error, "status", 0);
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
