// SPDX-License-Identifier: Apache-2.0
#include "engine/authorization.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/secret.h"

static jv at(jv value, const char *const *path) {
  value = jv_copy(value);
  for (; *path; path++) {
    if (jv_get_kind(value) != JV_KIND_OBJECT) {
      jv_free(value);
      return jv_invalid();
    }
    value = jv_object_get(value, jv_string(*path));
  }
  return value;
}

jv wf_authorization_policy(jv arguments) {
  static const char *const places[][5] = {
      {"authentication"}, {"endpoint", "authentication"}, {"service", "authentication"}, {"server", "authentication"},
      {"transport", "http", "endpoint", "authentication"}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    jv policy = at(arguments, places[i]);
    if (jv_get_kind(policy) == JV_KIND_OBJECT) return policy;
    jv_free(policy);
  }
  return jv_invalid();
}

// RFC 4648.
static jv base64(const struct buf *bytes) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  struct buf text = {0};
  for (size_t i = 0; i < bytes->size; i += 3) {
    uint32_t bits = 0;
    size_t left = bytes->size - i < 3 ? bytes->size - i : 3;
    for (size_t j = 0; j < 3; j++) bits = bits << 8 | (j < left ? (unsigned char)bytes->data[i + j] : 0);
    for (size_t j = 0; j < 4; j++) buf_put_u8(&text, j <= left ? (uint8_t)letters[bits >> (18 - 6 * j) & 63] : '=');
  }
  jv value = jv_string_sized(text.data ? text.data : "", (int)text.size);
  buf_free(&text);
  return value;
}

static jv basic_parameter(jv basic) {
  jv username = jv_object_get(jv_copy(basic), jv_string("username"));
  jv password = jv_object_get(jv_copy(basic), jv_string("password"));
  jv parameter = jv_null();
  if (jv_get_kind(username) == JV_KIND_STRING && jv_get_kind(password) == JV_KIND_STRING) {
    const char *name = jv_string_value(username), *word = jv_string_value(password);
    if (!strstr(name, TEXT_MARK_OPEN) && !strstr(word, TEXT_MARK_OPEN)) {
      struct buf both = {0};
      buf_printf(&both, "%s:%s", name, word);
      parameter = base64(&both);
      buf_free(&both);
    }
  }
  jv_free(username);
  jv_free(password);
  return parameter;
}

static jv bearer_parameter(jv bearer) {
  jv name = jv_object_get(jv_copy(bearer), jv_string("use"));
  if (jv_get_kind(name) == JV_KIND_STRING) {
    jv parameter = wf_secret_mentioned((const char *const[]){jv_string_value(name), "token", NULL});
    jv_free(name);
    jv token = jv_object_get(parameter, jv_string("token"));
    return token;
  }
  jv_free(name);
  jv token = jv_object_get(jv_copy(bearer), jv_string("token"));
  if (jv_get_kind(token) == JV_KIND_STRING) return token;
  jv_free(token);
  return jv_null();
}

static jv none(jv scheme) {
  (void)scheme;
  return jv_null();
}

jv wf_authorization_describe(jv policy) {
  static const struct {
    const char *key, *scheme;
    jv (*parameter)(jv);
  } schemes[] = {{"basic", "Basic", basic_parameter}, {"bearer", "Bearer", bearer_parameter}, {"digest", "Digest", none},
                 {"oauth2", "Bearer", none},          {"oidc", "Bearer", none}};
  for (size_t i = 0; jv_get_kind(policy) == JV_KIND_OBJECT && i < sizeof schemes / sizeof *schemes; i++) {
    jv scheme = jv_object_get(jv_copy(policy), jv_string(schemes[i].key));
    if (jv_get_kind(scheme) == JV_KIND_OBJECT) {
      jv described = jv_object_set(jv_object(), jv_string("scheme"), jv_string(schemes[i].scheme));
      described = jv_object_set(described, jv_string("parameter"), schemes[i].parameter(scheme));
      jv_free(scheme);
      return described;
    }
    jv_free(scheme);
  }
  return jv_null();
}
