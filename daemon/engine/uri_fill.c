// SPDX-License-Identifier: Apache-2.0
#include "engine/uri_fill.h"

#include <string.h>

#include "base/buf.h"
#include "base/uri_template.h"
#include "engine/member.h"
#include "engine/secret.h"

static void put_text(struct buf *out, const char *text) {
  const char *reference, *end, *mark;
  size_t size;
  while ((mark = wf_secret_find(text, &reference, &size, &end))) {
    uri_template_encode(out, text, (size_t)(mark - text), false);
    buf_put(out, mark, (size_t)(end - mark));
    text = end;
  }
  uri_template_encode(out, text, strlen(text), false);
}

// False when it is of a type that has no text.
static bool put_value(struct buf *out, jv value) {
  switch (jv_get_kind(value)) {
  case JV_KIND_INVALID:
  case JV_KIND_NULL: return true;
  case JV_KIND_STRING: put_text(out, jv_string_value(value)); return true;
  case JV_KIND_TRUE:
  case JV_KIND_FALSE:
  case JV_KIND_NUMBER: {
    jv text = jv_dump_string(jv_copy(value), 0);
    put_text(out, jv_string_value(text));
    jv_free(text);
    return true;
  }
  default: return false;
  }
}

int wf_uri_fill(const char *text, jv values, struct arena *arena, jv *ret_text, const char **ret_problem) {
  struct buf out = {0};
  const char *problem = NULL, *open;
  while (!problem && (open = strchr(text, '{'))) {
    buf_put(&out, text, (size_t)(open - text));
    size_t size = strcspn(open + 1, "{}");
    const char *name = arena_strndup(arena, open + 1, size);
    if (open[1 + size] != '}') {
      problem = arena_printf(arena, "`{%.80s`: expected `}` behind the name", name);
      break;
    }
    jv value = wf_member(values, name);
    if (!put_value(&out, value))
      problem = arena_printf(arena, "{%.80s} is %s: expected a text, a number, true, false or null", name,
                             jv_get_kind(value) == JV_KIND_OBJECT ? "an object" : "a list");
    jv_free(value);
    text = open + size + 2;
  }
  buf_puts(&out, text);
  if (problem)
    *ret_problem = problem;
  else
    *ret_text = jv_string_sized(out.data ? out.data : "", (int)out.size);
  buf_free(&out);
  return problem ? -WF_EINVAL : 0;
}
