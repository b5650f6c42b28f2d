// SPDX-License-Identifier: Apache-2.0
#include "io/http_content.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "engine/jsonb.h"
#include "engine/yaml.h"
#include "io/json_scan.h"

enum { YAML_DEPTH_MAX = 100 };

static bool ends_with(struct text type, const char *suffix) {
  size_t size = strlen(suffix);
  return type.size >= size && strncasecmp(type.data + type.size - size, suffix, size) == 0;
}

static bool is(struct text type, const char *name) {
  return type.size == strlen(name) && strncasecmp(type.data, name, type.size) == 0;
}

enum http_content_kind http_content_kind(const char *type) {
  if (!type || !*type) return HTTP_CONTENT_NONE;
  struct text name = {type, strcspn(type, "; \t")};
  if (is(name, "application/json") || is(name, "text/json") || ends_with(name, "+json")) return HTTP_CONTENT_JSON;
  if (is(name, "application/yaml") || is(name, "application/x-yaml") || is(name, "text/yaml") ||
      is(name, "text/x-yaml") || ends_with(name, "+yaml"))
    return HTTP_CONTENT_YAML;
  if (is(name, "application/x-www-form-urlencoded")) return HTTP_CONTENT_FORM;
  if ((name.size > 5 && strncasecmp(name.data, "text/", 5) == 0) || is(name, "application/xml") ||
      ends_with(name, "+xml") || is(name, "application/javascript") || is(name, "application/graphql") ||
      is(name, "application/x-ndjson") || is(name, "application/jsonl"))
    return HTTP_CONTENT_TEXT;
  return HTTP_CONTENT_BINARY;
}

jv http_content_base64(const char *data, size_t size) {
  unsigned char *text = xmalloc((size + 2) / 3 * 4 + 1);
  int length = EVP_EncodeBlock(text, (const unsigned char *)data, (int)size);
  jv value = jv_string_sized((const char *)text, length);
  free(text);
  return value;
}

// A mark of ours that comes from outside would be a secret's placeholder.
static bool has_mark(jv value) {
  jv text = jv_dump_string(jv_copy(value), 0);
  const char *data = jv_string_value(text);
  bool has = strstr(data, TEXT_MARK_OPEN) || strstr(data, TEXT_MARK_CLOSE);
  jv_free(text);
  return has;
}

// Invalid, without a message, for what cannot become a fact.
static jv storable(jv value) {
  if (jv_is_valid(value) && !wf_jsonb_objection(value) && !has_mark(value)) return value;
  jv_free(value);
  return jv_invalid();
}

jv http_content_json(const char *data, size_t size) {
  size_t start = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; // a byte order mark
  struct json_scan_value value;
  struct json_scan_fault fault;
  if (json_scan_check((struct text){data + start, size - start}, &value, &fault) < 0) return jv_invalid();
  return jv_parse_sized(data + start, (int)(size - start));
}

static jv read_json(const char *data, size_t size) { return storable(http_content_json(data, size)); }

static jv read_yaml(const char *data, size_t size) {
  struct arena *arena = arena_new();
  struct wf_problem_list problems = {.arena = arena};
  const struct wf_yaml *root;
  jv value = jv_invalid();
  if (wf_yaml_read(data, size, size, YAML_DEPTH_MAX, arena, &problems, &root) == 0) value = wf_yaml_to_json(root, &problems);
  arena_free(arena);
  return storable(value);
}

static jv read_text(const char *data, size_t size) {
  return text_is_clean_utf8(data, size) ? jv_string_sized(data, (int)size) : http_content_base64(data, size);
}

static jv guess(const char *data, size_t size) {
  size_t start = 0;
  while (start < size && strchr(" \t\r\n", data[start]) && data[start]) start++;
  if (start < size && (data[start] == '{' || data[start] == '[')) {
    jv value = read_json(data, size);
    if (jv_is_valid(value)) return value;
    jv_free(value);
  }
  return read_text(data, size);
}

jv http_content_read(const char *type, const char *data, size_t size) {
  if (size == 0) return jv_null();
  switch (http_content_kind(type)) {
  case HTTP_CONTENT_JSON: return read_json(data, size);
  case HTTP_CONTENT_YAML: return read_yaml(data, size);
  case HTTP_CONTENT_FORM:
  case HTTP_CONTENT_TEXT: return read_text(data, size);
  case HTTP_CONTENT_NONE: return guess(data, size);
  case HTTP_CONTENT_BINARY: break;
  }
  return http_content_base64(data, size);
}
