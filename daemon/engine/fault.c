// SPDX-License-Identifier: Apache-2.0
#include "engine/fault.h"

#include <string.h>

#include "engine/member.h"

#define TYPE_PREFIX "https://serverlessworkflow.io/spec/1.0.0/errors/"

static const struct {
  const char *type, *word;
  int status;
} kinds[] = {
#define KIND(word, status)                                                                                             \
  { TYPE_PREFIX word, word, status }
    [WF_ERROR_CONFIGURATION] = KIND("configuration", 400), [WF_ERROR_VALIDATION] = KIND("validation", 400),
    [WF_ERROR_EXPRESSION] = KIND("expression", 400),       [WF_ERROR_AUTHENTICATION] = KIND("authentication", 401),
    [WF_ERROR_AUTHORIZATION] = KIND("authorization", 403), [WF_ERROR_TIMEOUT] = KIND("timeout", 408),
    [WF_ERROR_COMMUNICATION] = KIND("communication", 500), [WF_ERROR_RUNTIME] = KIND("runtime", 500),
#undef KIND
};

const char *wf_error_type(enum wf_error_kind kind) { return kinds[kind].type; }
int wf_error_status(enum wf_error_kind kind) { return kinds[kind].status; }

static const char *skip(const char *text, const char *prefix) {
  size_t size = strlen(prefix);
  return text && strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

// `X.Y.Z/errors/` after `/spec/`.
static const char *skip_version(const char *text) {
  if (!text) return NULL;
  size_t size = strspn(text, "0123456789.");
  return size ? skip(text + size, "/errors/") : NULL;
}

// The word of a standard type, written as the text of the specification has it
// (/spec/1.0.0/errors/), as its examples and conformance tests do (/dsl/errors/types/), or
// with its slips of the pen (https://https://, io.io); else NULL.
static const char *standard_word(const char *type) {
  const char *at = skip(type, "https://"), *more = skip(at, "https://");
  at = skip(more ? more : at, "serverlessworkflow.io");
  if ((more = skip(at, ".io"))) at = more;
  const char *word = skip(at, "/dsl/errors/types/");
  if (!word) word = skip_version(skip(at, "/spec/"));
  for (size_t i = 0; word && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].word, word) == 0) return word;
  return NULL;
}

int wf_error_type_status(const char *type, int otherwise) {
  const char *word = standard_word(type);
  for (size_t i = 0; word && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].word, word) == 0) return kinds[i].status;
  return otherwise;
}

bool wf_error_types_equal(const char *type, const char *other) {
  if (strcmp(type, other) == 0) return true;
  const char *word = standard_word(type), *other_word = standard_word(other);
  return word && other_word && strcmp(word, other_word) == 0;
}

const char *wf_error_word(const char *type, struct arena *arena) {
  size_t end = strlen(type);
  while (end > 0 && strchr("/:#", type[end - 1])) end--;
  size_t start = end;
  while (start > 0 && !strchr("/:#", type[start - 1])) start--;
  return start == end ? "error" : arena_strndup(arena, type + start, end - start);
}

static jv member(jv object, const char *name, const char *text) {
  return text ? jv_object_set(object, jv_string(name), jv_string(text)) : object;
}

jv wf_error_make(const char *type, int status, const char *title, const char *detail, const char *instance) {
  jv error = member(jv_object(), "type", type);
  if (status) error = jv_object_set(error, jv_string("status"), jv_number(status));
  error = member(error, "title", title);
  error = member(error, "detail", detail);
  return member(error, "instance", instance);
}

struct wf_raised wf_raised_make(enum wf_error_kind kind, const char *title, const char *detail, const char *instance) {
  return (struct wf_raised){
      .error = wf_error_make(kinds[kind].type, kinds[kind].status, title, detail, instance),
      .code = kinds[kind].word,
      .summary = title,
  };
}

struct wf_raised wf_raised_from(jv error, struct arena *arena) {
  const char *type = wf_member_kept(error, "type", arena);
  const char *title = wf_member_kept(error, "title", arena);
  const char *code = wf_error_word(type ? type : "", arena);
  return (struct wf_raised){.error = error, .code = code, .summary = title ? title : code};
}
