// SPDX-License-Identifier: Apache-2.0
#include "engine/form.h"

#include <ctype.h>
#include <string.h>

#include "engine/duration.h"

const struct wf_form_key *wf_form_key(const struct wf_form *form, const char *name) {
  for (const struct wf_form_key *key = form->keys; key->name; key++)
    if (strcmp(key->name, name) == 0) return key;
  return NULL;
}

bool wf_form_is_uri(const char *text) {
  if (!isalpha((unsigned char)*text)) return false;
  while (isalnum((unsigned char)*text) || (*text && strchr("+-.", *text))) text++;
  return strncmp(text, "://", 3) == 0;
}

// ---- what expressions gave ------------------------------------------------------

struct taking {
  struct arena *arena;
  const char *problem;
};

static jv refuse(struct taking *taking, const char *where, const char *expected, jv value) {
  char text[80];
  jv_dump_string_trunc(value, text, sizeof text);
  if (!taking->problem) taking->problem = arena_printf(taking->arena, "%s is %s: expected %s", where, text, expected);
  return jv_invalid();
}

static jv take_word(struct taking *taking, const char *where, jv value) {
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_STRING) return value;
  if (kind == JV_KIND_NUMBER || kind == JV_KIND_TRUE || kind == JV_KIND_FALSE) return jv_dump_string(value, 0);
  return refuse(taking, where, "a text", value);
}

static jv take_uri(struct taking *taking, const char *where, jv value) {
  if (jv_get_kind(value) == JV_KIND_STRING && wf_form_is_uri(jv_string_value(value))) return value;
  return refuse(taking, where, "an absolute URI", value);
}

static jv take_words_in_list(struct taking *taking, const char *where, jv list) {
  int count = jv_array_length(jv_copy(list));
  for (int i = 0; i < count && !taking->problem; i++) {
    jv item = take_word(taking, where, jv_array_get(jv_copy(list), i));
    if (jv_is_valid(item)) list = jv_array_set(list, i, item);
  }
  return list;
}

// Of `with_values` lists and objects stay as they are.
static jv take_words_by_name(struct taking *taking, const char *where, jv object, bool with_values) {
  if (jv_get_kind(object) != JV_KIND_OBJECT) return refuse(taking, where, "an object", object);
  jv taken = jv_object();
  jv_object_foreach(object, name, member) {
    const char *at = arena_printf(taking->arena, "%s.%s", where, jv_string_value(name));
    bool is_value = with_values && (jv_get_kind(member) == JV_KIND_ARRAY || jv_get_kind(member) == JV_KIND_OBJECT);
    if (jv_get_kind(member) != JV_KIND_NULL) { // what is not there is not sent
      if (!is_value) member = take_word(taking, at, member);
      if (jv_is_valid(member)) taken = jv_object_set(taken, jv_copy(name), jv_copy(member));
    }
    jv_free(member);
    jv_free(name);
  }
  jv_free(object);
  return taken;
}

static jv take_form(struct taking *taking, const char *where, const struct wf_form *form, jv value);

static jv take_kind(struct taking *taking, const char *where, jv value, jv_kind kind, const char *expected) {
  return jv_get_kind(value) == kind ? value : refuse(taking, where, expected, value);
}

static jv take_value(struct taking *taking, const char *where, const struct wf_form_key *key, jv value) {
  jv_kind kind = jv_get_kind(value);
  struct wf_span span;
  switch (key->kind) {
  case WF_FORM_TEXT:
  case WF_FORM_WORD:
  case WF_FORM_PATH:
  case WF_FORM_HOST: return take_word(taking, where, value);
  case WF_FORM_URI: return take_uri(taking, where, value);
  case WF_FORM_OBJECT: return take_kind(taking, where, value, JV_KIND_OBJECT, "an object");
  case WF_FORM_PARAMETERS:
  case WF_FORM_TEXT_OR_OBJECT: return take_kind(taking, where, value, JV_KIND_OBJECT, "an object");
  case WF_FORM_WORDS_BY_NAME: return take_words_by_name(taking, where, value, false);
  case WF_FORM_VALUES_BY_NAME: return take_words_by_name(taking, where, value, true);
  case WF_FORM_TEXTS:
    return kind == JV_KIND_ARRAY ? take_words_in_list(taking, where, value) : refuse(taking, where, "a list of texts", value);
  case WF_FORM_TEXTS_OR_OBJECT:
    if (kind == JV_KIND_ARRAY) return take_words_in_list(taking, where, value);
    return take_kind(taking, where, value, JV_KIND_OBJECT, "a list of texts or an object");
  case WF_FORM_DURATION:
    return wf_duration_from_value(value, &span) == 0 ? value : refuse(taking, where, wf_duration_expected, value);
  case WF_FORM_URI_OR_FORM:
    return kind == JV_KIND_OBJECT ? take_form(taking, where, key->form, value) : take_uri(taking, where, value);
  case WF_FORM_SHORT_FORM:
  case WF_FORM_FORM: return take_form(taking, where, key->form, value);
  case WF_FORM_AUTHENTICATION: return take_form(taking, where, &wf_form_authentication, value);
  case WF_FORM_ANY:
  case WF_FORM_SOURCE:
  case WF_FORM_ENUM:
  case WF_FORM_GRANT:
  case WF_FORM_FLAG:
  case WF_FORM_COUNT:
  case WF_FORM_DEFERRED:
  case WF_FORM_TASKS:
  case WF_FORM_SECRET: return value; // as written, and checked when it was loaded
  }
  return value;
}

static jv take_form(struct taking *taking, const char *where, const struct wf_form *form, jv value) {
  if (jv_get_kind(value) != JV_KIND_OBJECT) return refuse(taking, where, "an object", value);
  for (const struct wf_form_key *key = form->keys; key->name && !taking->problem; key++) {
    jv member = jv_object_get(jv_copy(value), jv_string(key->name));
    // An expression that gave null gave nothing.
    if (jv_is_valid(member) && jv_get_kind(member) == JV_KIND_NULL && !key->is_required && key->kind != WF_FORM_ANY &&
        key->kind != WF_FORM_SOURCE) {
      value = jv_object_delete(value, jv_string(key->name));
      member = jv_invalid();
    }
    if (!jv_is_valid(member)) {
      jv_free(member);
      if (key->otherwise) value = jv_object_set(value, jv_string(key->name), jv_string(key->otherwise));
      continue;
    }
    member = take_value(taking, *where ? arena_printf(taking->arena, "%s.%s", where, key->name) : key->name, key, member);
    if (jv_is_valid(member)) value = jv_object_set(value, jv_string(key->name), member);
  }
  return value;
}

jv wf_form_take(const struct wf_form *form, jv value, struct arena *arena, const char **ret_problem) {
  struct taking taking = {arena, NULL};
  value = take_form(&taking, "", form, value);
  if (!taking.problem) return value;
  jv_free(value);
  *ret_problem = taking.problem;
  return jv_invalid();
}
