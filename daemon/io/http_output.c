// SPDX-License-Identifier: Apache-2.0
#include "io/http_output.h"

#include <string.h>

#include "io/http_content.h"

static jv with_member(jv object, const char *name, jv value) { return jv_object_set(object, jv_string(name), value); }

// A text or base64 of what is left without secrets.
static jv redacted(const char *type, const struct http_result *result, const struct http_secrets *secrets, bool is_raw) {
  struct buf bytes = {0};
  buf_put(&bytes, result->body.data, result->body.size);
  http_secrets_redact_bytes(secrets, &bytes);
  jv value = is_raw ? http_content_base64(bytes.data, bytes.size) : http_content_read(type, bytes.data, bytes.size);
  buf_free(&bytes);
  return value;
}

static jv content_of(const struct http_result *result, const struct http_secrets *secrets) {
  const char *type = http_fields_get(&result->fields, "Content-Type");
  jv content = http_content_read(type, result->body.data, result->body.size);
  enum http_content_kind kind = http_content_kind(type);
  bool is_value = kind == HTTP_CONTENT_JSON || kind == HTTP_CONTENT_YAML || jv_get_kind(content) != JV_KIND_STRING;
  if (secrets->known.count == 0 || is_value) return jv_is_valid(content) ? http_secrets_redact_value(secrets, content) : content;
  jv_free(content);
  return redacted(type, result, secrets, false);
}

jv http_output_make(const char *output, const struct http_result *result, jv request, const struct http_secrets *secrets) {
  if (output && strcmp(output, "raw") == 0)
    return result->body.size ? redacted(NULL, result, secrets, true) : jv_null();
  jv content = content_of(result, secrets);
  if (!jv_is_valid(content) || !output || strcmp(output, "response") != 0) return content;
  jv response = with_member(jv_object(), "request", jv_copy(request));
  response = with_member(response, "statusCode", jv_number(result->status));
  response = with_member(response, "headers", http_secrets_redact_value(secrets, http_fields_to_json(&result->fields)));
  return with_member(response, "content", content);
}

jv http_output_request(const char *method, const struct http_message *message) {
  jv request = with_member(jv_object(), "method", jv_string(method));
  request = with_member(request, "uri", jv_string(message->url));
  return with_member(request, "headers", http_fields_to_json(&message->fields));
}
