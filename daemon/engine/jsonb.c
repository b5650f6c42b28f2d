// SPDX-License-Identifier: Apache-2.0
#include "engine/jsonb.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *check(jv value, int depth, size_t *size);

static const char *check_text(jv text, size_t *size) {
  size_t length = (size_t)jv_string_length_bytes(jv_copy(text));
  *size += length + 3;
  return memchr(jv_string_value(text), '\0', length) ? "holds a text with NUL (\\u0000)" : NULL;
}

static const char *check_array(jv value, int depth, size_t *size) {
  const char *objection = NULL;
  int length = jv_array_length(jv_copy(value));
  *size += 2;
  for (int i = 0; i < length && !objection; i++) {
    jv element = jv_array_get(jv_copy(value), i);
    objection = check(element, depth + 1, size);
    jv_free(element);
  }
  return objection;
}

static const char *check_object(jv value, int depth, size_t *size) {
  const char *objection = NULL;
  *size += 2;
  for (int i = jv_object_iter(value); !objection && jv_object_iter_valid(value, i); i = jv_object_iter_next(value, i)) {
    jv key = jv_object_iter_key(value, i), member = jv_object_iter_value(value, i);
    objection = check_text(key, size);
    if (!objection) objection = check(member, depth + 1, size);
    jv_free(key);
    jv_free(member);
  }
  return objection;
}

static const char *check(jv value, int depth, size_t *size) {
  jv_kind kind = jv_get_kind(value);
  if ((kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT) && depth == WF_JSONB_DEPTH_MAX)
    return "nests deeper than 200 levels";
  if (*size > WF_JSONB_SIZE_MAX) return "is larger than 32 MiB";
  switch (kind) {
  case JV_KIND_INVALID: return "is no value";
  case JV_KIND_NUMBER: *size += 2; return isfinite(jv_number_value(value)) ? NULL : "holds a number that is not finite";
  case JV_KIND_STRING: return check_text(value, size);
  case JV_KIND_ARRAY: return check_array(value, depth, size);
  case JV_KIND_OBJECT: return check_object(value, depth, size);
  default: *size += 4; return NULL;
  }
}

const char *wf_jsonb_objection(jv value) {
  size_t size = 0;
  const char *objection = check(value, 0, &size);
  return objection || size <= WF_JSONB_SIZE_MAX ? objection : "is larger than 32 MiB";
}
