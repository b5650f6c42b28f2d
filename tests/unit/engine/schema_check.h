// SPDX-License-Identifier: Apache-2.0
// Asks a JSON Schema about values.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "engine/json_schema.h"

#define INTEGER "{\"type\":\"integer\"}"
#define DRAFT_7 "\"$schema\":\"http://json-schema.org/draft-07/schema#\","

static inline struct wf_json_schema *make(const char *text) {
  char *problem = NULL;
  struct wf_json_schema *schema = wf_json_schema_new(text, strlen(text), &problem);
  if (!schema) fail_msg("%s: %s", text, problem);
  return schema;
}

static inline void takes(const char *text, const char *value) {
  struct wf_json_schema *schema = make(text);
  char *problem = NULL;
  if (wf_json_schema_validate(schema, value, strlen(value), &problem) != 0) fail_msg("%s: %s", value, problem);
  wf_json_schema_free(schema);
}

// That the value is not valid, in words that hold `words`.
static inline void rejects(const char *text, const char *value, const char *words) {
  struct wf_json_schema *schema = make(text);
  char *problem = NULL;
  assert_int_equal(wf_json_schema_validate(schema, value, strlen(value), &problem), -WF_EINVAL);
  if (!strstr(problem, words)) fail_msg("%s: %s", value, problem);
  free(problem);
  wf_json_schema_free(schema);
}

// That the text is no schema, in words that hold `words`.
static inline void refuses(const char *text, const char *words) {
  char *problem = NULL;
  assert_null(wf_json_schema_new(text, strlen(text), &problem));
  if (!strstr(problem, words)) fail_msg("%s: %s", text, problem);
  free(problem);
}

