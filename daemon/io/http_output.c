// SPDX-License-Identifier: Apache-2.0
#include "io/http_output.h"

#include <string.h>

#include "io/http_content.h"

static jv with_member(jv object, const char *name, jv value) { return jv_object_set(object, jv_string(name), value); }

static jv content_of(const struct http_result *result) {
  return http_content_read(http_fields_get(&result->fields, "Content-Type"), result->body.data, result->body.size);
}

jv http_output_make(const char *output, const struct http_result *result, jv request) {
  if (output && strcmp(output, "raw") == 0)
    return result->body.size ? http_content_base64(result->body.data, result->body.size) : jv_null();
  jv content = content_of(result);
  if (!jv_is_valid(content) || !output || strcmp(output, "response") != 0) return content;
  jv response = with_member(jv_object(), "request", jv_copy(request));
  response = with_member(response, "statusCode", jv_number(result->status));
  response = with_member(response, "headers", http_fields_to_json(&result->fields));
  return with_member(response, "content", content);
}

jv http_output_request(const char *method, const struct http_message *message) {
  jv request = with_member(jv_object(), "method", jv_string(method));
  request = with_member(request, "uri", jv_string(message->url));
  return with_member(request, "headers", http_fields_to_json(&message->fields));
}
