// SPDX-License-Identifier: Apache-2.0
// JSON Schema, draft 7, by valijson; a small C face of it. A schema refers to nothing
// outside itself. Making one is safe in any process: it is refused when it refers to
// itself without end, or uses a keyword of another draft, which would be read and ignored.
// Validating is for the evaluator's child alone (io/evaluator_child.h): a regular
// expression or a recursive schema may take any time and all of the stack.
#pragma once

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wf_json_schema;

// Of a JSON text. NULL, and an owned text that says why, when it is no schema.
struct wf_json_schema *wf_json_schema_new(const char *text, size_t size, char **ret_problem);
void wf_json_schema_free(struct wf_json_schema *schema); // takes NULL

// Whether the value, a JSON text, is valid: 0, or -WF_EINVAL and an owned text that says
// where and why not, such as "/order/id: …; …".
int wf_json_schema_validate(const struct wf_json_schema *schema, const char *value, size_t size,
                            char **ret_problem) WF_MUST_CHECK;

#ifdef __cplusplus
}
#endif
