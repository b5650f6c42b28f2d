// SPDX-License-Identifier: Apache-2.0
#include "io/http_multipart.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/vec.h"
#include "engine/member.h"
#include "io/http_fields.h"

static const char media_type[] = "multipart/form-data";

struct part {
  char *name, *filename, *type; // filename and type may be NULL
  struct buf content;
};

typedef VEC(struct part) parts;

static void parts_free(parts *all) {
  vec_foreach(part, all) {
    free(part->name);
    free(part->filename);
    free(part->type);
    buf_free(&part->content);
  }
  vec_free(all);
}

bool http_multipart_is(const char *type) {
  size_t size = sizeof media_type - 1;
  return type && strncasecmp(type, media_type, size) == 0 && strchr("; \t", type[size]);
}

static bool has(jv object, const char *name) { return jv_object_has(jv_copy(object), jv_string(name)); }

bool http_multipart_is_file(jv value) {
  if (jv_get_kind(value) != JV_KIND_OBJECT || has(value, "content") == has(value, "base64")) return false;
  return jv_object_length(jv_copy(value)) == 1 + has(value, "filename") + has(value, "contentType");
}

// Takes the value: as a text, or as JSON.
static void put_value(struct buf *out, jv value) {
  if (jv_get_kind(value) != JV_KIND_STRING) value = jv_dump_string(value, 0);
  buf_put(out, jv_string_value(value), (size_t)jv_string_length_bytes(jv_copy(value)));
  jv_free(value);
}

static int put_base64(struct buf *out, const char *text) {
  size_t size = strlen(text);
  if (size % 4 != 0) return -WF_EINVAL;
  if (size == 0) return 0;
  int decoded = EVP_DecodeBlock((unsigned char *)buf_extend(out, size / 4 * 3), (const unsigned char *)text, (int)size);
  if (decoded < 0) return -WF_EINVAL;
  for (const char *end = text + size; end > text && end[-1] == '='; end--) out->size--;
  return 0;
}

static const char *add_file(parts *all, const char *name, jv file) {
  struct part part = {.name = xstrdup(name), .filename = wf_member_text(file, "filename"), .type = wf_member_text(file, "contentType")};
  char *base64 = wf_member_text(file, "base64");
  const char *problem = NULL;
  if (has(file, "content"))
    put_value(&part.content, wf_member(file, "content"));
  else if (!base64 || put_base64(&part.content, base64) < 0)
    problem = "`body` has a file whose `base64` is none";
  if (part.type && !http_fields_value_is_valid(part.type)) problem = "`body` has a file whose `contentType` is none";
  free(base64);
  vec_push(all, part);
  return problem;
}

// Takes the value. Returns what is wrong with it, or NULL.
static const char *add(parts *all, const char *name, jv value) {
  jv_kind kind = jv_get_kind(value);
  const char *problem = NULL;
  if (kind == JV_KIND_ARRAY) {
    jv_array_foreach(value, i, element) {
      const char *found = add(all, name, element);
      if (!problem) problem = found;
    }
  } else if (http_multipart_is_file(value)) {
    problem = add_file(all, name, value);
  } else if (kind != JV_KIND_NULL) {
    struct part part = {.name = xstrdup(name), .type = kind == JV_KIND_OBJECT ? xstrdup("application/json") : NULL};
    put_value(&part.content, jv_copy(value));
    vec_push(all, part);
  }
  jv_free(value);
  return problem;
}

static char *choose_boundary(const parts *all) {
  for (unsigned number = 1;; number++) {
    char *boundary = xasprintf("workflowd-form-%u", number);
    bool is_free = true;
    vec_foreach(part, all)
      is_free = is_free && (!part->content.size || !memmem(part->content.data, part->content.size, boundary, strlen(boundary)));
    if (is_free) return boundary;
    free(boundary);
  }
}

// What would end the quoted text, as browsers write it.
static void put_quoted(struct buf *out, const char *key, const char *text) {
  buf_printf(out, "; %s=\"", key);
  for (; *text; text++) {
    if (*text == '"' || *text == '\r' || *text == '\n')
      buf_printf(out, "%%%02X", (unsigned char)*text);
    else
      buf_put(out, text, 1);
  }
  buf_puts(out, "\"");
}

static void write_part(struct buf *out, const struct part *part, const char *boundary) {
  buf_printf(out, "--%s\r\nContent-Disposition: form-data", boundary);
  put_quoted(out, "name", part->name);
  if (part->filename) put_quoted(out, "filename", part->filename);
  buf_puts(out, "\r\n");
  if (part->type) buf_printf(out, "Content-Type: %s\r\n", part->type);
  buf_puts(out, "\r\n");
  buf_put(out, part->content.data, part->content.size);
  buf_puts(out, "\r\n");
}

int http_multipart_make(jv form, struct buf *body, char **ret_type, char **ret_problem) {
  parts all = {0};
  const char *problem = NULL;
  jv_object_foreach(form, name, value) {
    const char *found = add(&all, jv_string_value(name), value);
    if (!problem) problem = found;
    jv_free(name);
  }
  if (problem) {
    *ret_problem = xstrdup(problem);
  } else {
    char *boundary = choose_boundary(&all);
    vec_foreach(part, &all) write_part(body, part, boundary);
    buf_printf(body, "--%s--\r\n", boundary);
    *ret_type = xasprintf("%s; boundary=%s", media_type, boundary);
    free(boundary);
  }
  parts_free(&all);
  return problem ? -WF_EINVAL : 0;
}
