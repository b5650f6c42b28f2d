// SPDX-License-Identifier: Apache-2.0
// JSON Schema by valijson; a small C face of it. `$schema` says which draft (3 to 2020-12);
// without one it is the newest, whose words are told in those of draft 7, which valijson
// knows (engine/json_schema_dialect.h), or added to it (engine/json_schema_extra.h). A schema
// refers to nothing outside itself. Making one is safe in any process: it is refused when it
// refers to itself without end, or uses a keyword that would be read and ignored.
// Validating is for the evaluator's child alone (io/evaluator_child.h): a regular
// expression or a recursive schema may take any time and all of the stack. A schema is for
// one thread at a time.
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
