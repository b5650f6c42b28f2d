// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_document.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/vec.h"
#include "engine/member.h"
#include "engine/yaml.h"
#include "io/http_content.h"

enum { DEPTH_MAX = 100, REFERENCES_MAX = 32 };

static bool is_text(jv value) { return jv_get_kind(value) == JV_KIND_STRING; }

static jv read_yaml(const char *data, size_t size) {
  struct arena *arena = arena_new();
  struct wf_problem_list problems = {.arena = arena};
  const struct wf_yaml *root;
  jv value = jv_null();
  if (wf_yaml_read(data, size, size, DEPTH_MAX, arena, &problems, &root) == 0) value = wf_yaml_to_json(root, &problems);
  arena_free(arena);
  return value;
}

static bool has_version(jv document) {
  jv openapi = wf_member(document, "openapi"), swagger = wf_member(document, "swagger");
  bool is_known = (is_text(openapi) && strncmp(jv_string_value(openapi), "3.", 2) == 0) ||
                  (is_text(swagger) && strncmp(jv_string_value(swagger), "2.", 2) == 0) ||
                  (jv_get_kind(swagger) == JV_KIND_NUMBER && jv_number_value(swagger) == 2.0); // YAML without quotes
  jv_free(openapi);
  jv_free(swagger);
  return is_known;
}

int openapi_document_read(const char *data, size_t size, jv *ret_document, struct http_fault *ret_fault) {
  size_t start = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; // a byte order mark
  while (start < size && (data[start] == ' ' || data[start] == '\n' || data[start] == '\r' || data[start] == '\t')) start++;
  bool is_json = start < size && data[start] == '{';
  jv document = is_json ? http_content_json(data + start, size - start) : read_yaml(data + start, size - start);
  if (has_version(document)) {
    *ret_document = document;
    return 0;
  }
  jv_free(document);
  *ret_fault = http_fault_make(WF_ERROR_COMMUNICATION, false, "it is no OpenAPI 3 or Swagger 2 document in JSON or YAML");
  return -WF_EINVAL;
}

// What libjq allocates: a head for each, a list's elements with some room, an object's slots by
// powers of two with two places in its index each.
enum { HEAD_BYTES = 32, ELEMENT_BYTES = 24, SLOT_BYTES = 48, SLOTS_MIN = 8 };

size_t openapi_document_bytes(jv document) {
  jv_kind kind = jv_get_kind(document);
  size_t bytes = 0;
  if (kind == JV_KIND_STRING) bytes = HEAD_BYTES + (size_t)jv_string_length_bytes(jv_copy(document));
  if (kind == JV_KIND_ARRAY) {
    bytes = HEAD_BYTES + ELEMENT_BYTES * (size_t)jv_array_length(jv_copy(document));
    jv_array_foreach(document, i, element) {
      bytes += openapi_document_bytes(element);
      jv_free(element);
    }
  }
  if (kind == JV_KIND_OBJECT) {
    size_t slots = SLOTS_MIN, count = (size_t)jv_object_length(jv_copy(document));
    while (slots < count) slots *= 2;
    bytes = HEAD_BYTES + SLOT_BYTES * slots;
    jv_object_foreach(document, name, member) {
      bytes += openapi_document_bytes(name) + openapi_document_bytes(member);
      jv_free(name);
      jv_free(member);
    }
  }
  return bytes;
}

bool openapi_document_is_swagger(jv document) {
  return jv_object_has(jv_copy(document), jv_string("swagger"));
}

// A piece of a JSON pointer in a URI fragment, up to `end`, decoded; owned.
static jv read_token(const char *at, const char *end) {
  char *text = xmalloc((size_t)(end - at) + 1), *out = text;
  while (at < end) {
    char hex[3] = {0};
    if (*at == '%' && end - at > 2) {
      memcpy(hex, at + 1, 2);
      *out++ = (char)strtol(hex, NULL, 16);
      at += 3;
    } else if (*at == '~' && end - at > 1 && (at[1] == '0' || at[1] == '1')) {
      *out++ = at[1] == '0' ? '~' : '/';
      at += 2;
    } else {
      *out++ = *at++;
    }
  }
  jv token = jv_string_sized(text, (int)(out - text));
  free(text);
  return token;
}

// What "#/a/b" points to, owned; null when it leads nowhere.
static jv follow(jv document, const char *pointer) {
  if (strncmp(pointer, "#/", 2) != 0) return jv_null();
  jv node = jv_copy(document);
  for (const char *at = pointer + 2;;) {
    const char *end = at + strcspn(at, "/");
    jv token = read_token(at, end), next = jv_null();
    if (jv_get_kind(node) == JV_KIND_OBJECT)
      next = wf_member(node, jv_string_value(token));
    else if (jv_get_kind(node) == JV_KIND_ARRAY)
      next = jv_array_get(jv_copy(node), atoi(jv_string_value(token)));
    jv_free(token);
    jv_free(node);
    node = next;
    if (!*end) return node;
    at = end + 1;
  }
}

jv openapi_document_resolve(jv document, jv node) {
  for (int i = 0; i < REFERENCES_MAX; i++) {
    jv reference = wf_member(node, "$ref");
    if (!is_text(reference)) {
      jv_free(reference);
      return node;
    }
    jv_free(node);
    node = follow(document, jv_string_value(reference));
    jv_free(reference);
    if (jv_get_kind(node) != JV_KIND_OBJECT) break;
  }
  jv_free(node);
  return jv_invalid();
}

static const char *const methods[] = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"};

typedef VEC(char *) names;

// Takes the path's item; whether the operation is there.
static bool find_in(jv item, const char *path, const char *operation_id, names *seen, struct openapi_operation *out) {
  bool found = false;
  for (size_t i = 0; i < sizeof methods / sizeof *methods && !found; i++) {
    jv operation = wf_member(item, methods[i]), id = wf_member(operation, "operationId");
    found = is_text(id) && strcmp(jv_string_value(id), operation_id) == 0;
    if (found)
      *out = (struct openapi_operation){jv_copy(operation), jv_copy(item), xstrdup(path), methods[i]};
    else if (is_text(id))
      vec_push(seen, xstrdup(jv_string_value(id)));
    jv_free(id);
    jv_free(operation);
  }
  jv_free(item);
  return found;
}

static struct http_fault unknown(const char *operation_id, const names *seen) {
  const char *near = text_near_miss(operation_id, (const char *const *)seen->items, seen->count);
  return http_fault_make(WF_ERROR_CONFIGURATION, true, "the OpenAPI document has no operation `%.200s`%s%.200s%s", operation_id,
                         near ? ": did you mean `" : "", near ? near : "", near ? "`?" : "");
}

int openapi_document_find(jv document, const char *operation_id, struct openapi_operation *ret_operation,
                          struct http_fault *ret_fault) {
  jv paths = wf_member(document, "paths");
  names seen = {0};
  bool found = false;
  if (jv_get_kind(paths) == JV_KIND_OBJECT)
    jv_object_foreach(paths, path, item) {
      item = openapi_document_resolve(document, item);
      if (!found && jv_get_kind(item) == JV_KIND_OBJECT)
        found = find_in(item, jv_string_value(path), operation_id, &seen, ret_operation);
      else
        jv_free(item);
      jv_free(path);
    }
  if (!found) *ret_fault = unknown(operation_id, &seen);
  vec_foreach(name, &seen) free(*name);
  vec_free(&seen);
  jv_free(paths);
  return found ? 0 : -WF_EUNKNOWN;
}

void openapi_operation_clear(struct openapi_operation *operation) {
  jv_free(operation->operation);
  jv_free(operation->path_item);
  free(operation->path);
}
