// SPDX-License-Identifier: Apache-2.0
#include "io/http_outgoing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "engine/member.h"
#include "io/http_content.h"
#include "io/http_multipart.h"
#include "io/http_url.h"

char *http_outgoing_text(jv value) {
  if (jv_get_kind(value) == JV_KIND_STRING) {
    char *text = xstrdup(jv_string_value(value));
    jv_free(value);
    return text;
  }
  jv json = jv_dump_string(value, 0);
  char *text = xstrdup(jv_string_value(json));
  jv_free(json);
  return text;
}

void http_outgoing_add_query(struct buf *query, const char *name, jv value) {
  if (jv_get_kind(value) == JV_KIND_ARRAY) {
    jv_array_foreach(value, i, element) http_outgoing_add_query(query, name, element);
    jv_free(value);
    return;
  }
  if (jv_get_kind(value) == JV_KIND_NULL) return; // holds nothing to be freed
  char *text = http_outgoing_text(value);
  http_url_add_query(query, name, text);
  free(text);
}

// Takes the object; the names and values of its members.
static void add_members(struct buf *out, jv object) {
  jv_object_foreach(object, key, value) {
    http_outgoing_add_query(out, jv_string_value(key), value);
    jv_free(key);
  }
  jv_free(object);
}

static bool is_json_text(jv text) {
  jv parsed = http_content_json(jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  bool valid = jv_is_valid(parsed);
  jv_free(parsed);
  return valid;
}

static void put_text(struct buf *body, jv text) {
  buf_put(body, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  jv_free(text);
}

void http_outgoing_set_body(struct http_message *message, jv body) {
  jv_kind kind = jv_get_kind(body);
  if (kind == JV_KIND_NULL || kind == JV_KIND_INVALID) {
    jv_free(body);
    return;
  }
  message->has_body = true;
  http_fields_default(&message->fields, "Content-Type",
                      kind == JV_KIND_STRING ? "text/plain; charset=utf-8" : "application/json");
  enum http_content_kind content = http_content_kind(http_fields_get(&message->fields, "Content-Type"));
  if (kind == JV_KIND_OBJECT && content == HTTP_CONTENT_FORM)
    add_members(&message->body, body);
  else if (kind == JV_KIND_STRING && (content != HTTP_CONTENT_JSON || is_json_text(body)))
    put_text(&message->body, body);
  else
    put_text(&message->body, jv_dump_string(body, 0));
}

static int problem(char **ret_problem, const char *text) {
  *ret_problem = xstrdup(text);
  return -WF_EINVAL;
}

static int set_method(struct http_message *message, jv method, char **ret_problem) {
  bool valid = jv_get_kind(method) == JV_KIND_STRING && http_fields_name_is_valid(jv_string_value(method));
  if (valid) message->method = xstrdup(jv_string_value(method));
  jv_free(method);
  if (!valid) return problem(ret_problem, "`method` is no HTTP method");
  for (char *c = message->method; *c; c++) *c = (char)toupper((unsigned char)*c);
  return 0;
}

static int set_url(struct http_message *message, jv endpoint, jv query, char **ret_problem) {
  if (jv_get_kind(endpoint) == JV_KIND_OBJECT) endpoint = jv_object_get(endpoint, jv_string("uri"));
  struct buf more = {0};
  if (jv_get_kind(query) == JV_KIND_OBJECT)
    add_members(&more, query);
  else
    jv_free(query);
  CURLU *url = NULL;
  if (jv_get_kind(endpoint) == JV_KIND_STRING) {
    message->url = http_url_with_query(jv_string_value(endpoint), &more);
    url = http_url_new(message->url);
  }
  jv_free(endpoint);
  buf_free(&more);
  if (!url)
    return problem(ret_problem, "`endpoint` is no URL of the http or https scheme, or has a user or password in it");
  curl_url_cleanup(url);
  return 0;
}

static bool is_left_to_libcurl(const char *name) {
  static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection", "Expect"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcasecmp(name, names[i]) == 0) return true;
  return false;
}

static int set_headers(struct http_message *message, jv headers, char **ret_problem) {
  bool valid = true;
  if (jv_get_kind(headers) == JV_KIND_OBJECT)
    jv_object_foreach(headers, key, value) {
      const char *name = jv_string_value(key);
      bool is_null = jv_get_kind(value) == JV_KIND_NULL;
      char *text = http_outgoing_text(value);
      bool is_fit = http_fields_name_is_valid(name) && http_fields_value_is_valid(text);
      valid = valid && is_fit;
      if (is_fit && !is_null && !is_left_to_libcurl(name)) http_fields_add(&message->fields, name, text);
      free(text);
      jv_free(key);
    }
  jv_free(headers);
  return valid ? 0 : problem(ret_problem, "`headers` has a name or a value that no header can have");
}

// Takes the body.
static int set_body(struct http_message *message, jv body, char **ret_problem) {
  if (jv_get_kind(body) != JV_KIND_OBJECT || !http_multipart_is(http_fields_get(&message->fields, "Content-Type"))) {
    http_outgoing_set_body(message, body);
    return 0;
  }
  char *type;
  int status = http_multipart_make(body, &message->body, &type, ret_problem);
  jv_free(body);
  if (status < 0) return status;
  message->has_body = true;
  http_fields_remove(&message->fields, "Content-Type");
  http_fields_add(&message->fields, "Content-Type", type);
  free(type);
  return 0;
}

int http_outgoing_make(jv with, struct http_message *ret_message, char **ret_problem) {
  struct http_message message = {0};
  if (jv_get_kind(with) != JV_KIND_OBJECT) return problem(ret_problem, "`with` is no object");
  if (set_method(&message, wf_member(with, "method"), ret_problem) < 0 ||
      set_url(&message, wf_member(with, "endpoint"), wf_member(with, "query"), ret_problem) < 0 ||
      set_headers(&message, wf_member(with, "headers"), ret_problem) < 0 || set_body(&message, wf_member(with, "body"), ret_problem) < 0) {
    http_message_clear(&message);
    return -WF_EINVAL;
  }
  jv redirect = wf_member(with, "redirect");
  message.follows = jv_get_kind(redirect) == JV_KIND_TRUE;
  jv_free(redirect);
  *ret_message = message;
  return 0;
}
