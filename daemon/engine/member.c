// SPDX-License-Identifier: Apache-2.0
#include "engine/member.h"

#include <string.h>

#include "base/xalloc.h"

jv wf_member(jv object, const char *name) {
  if (jv_get_kind(object) != JV_KIND_OBJECT) return jv_null();
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  if (jv_is_valid(value)) return value;
  jv_free(value);
  return jv_null();
}

bool wf_member_is(jv object, const char *name, const char *text) {
  jv value = wf_member(object, name);
  bool is = jv_get_kind(value) == JV_KIND_STRING && strcmp(jv_string_value(value), text) == 0;
  jv_free(value);
  return is;
}

char *wf_member_text(jv object, const char *name) {
  jv value = wf_member(object, name);
  char *text = jv_get_kind(value) == JV_KIND_STRING ? xstrdup(jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

const char *wf_member_kept(jv object, const char *name, struct arena *arena) {
  jv value = wf_member(object, name);
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(arena, jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

double wf_member_number(jv object, const char *name, double otherwise) {
  jv value = wf_member(object, name);
  double number = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value) : otherwise;
  jv_free(value);
  return number;
}
