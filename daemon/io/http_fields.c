// SPDX-License-Identifier: Apache-2.0
#include "io/http_fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_fields_add(struct http_fields *fields, const char *name, const char *value) {
  vec_push(&fields->list, (struct http_field){.name = xstrdup(name), .value = xstrdup(value)});
}

void http_fields_default(struct http_fields *fields, const char *name, const char *value) {
  if (!http_fields_get(fields, name)) http_fields_add(fields, name, value);
}

const char *http_fields_get(const struct http_fields *fields, const char *name) {
  vec_foreach(field, &fields->list) if (strcasecmp(field->name, name) == 0) return field->value;
  return NULL;
}

void http_fields_remove(struct http_fields *fields, const char *name) {
  size_t kept = 0;
  vec_foreach(field, &fields->list) {
    if (strcasecmp(field->name, name) != 0) {
      fields->list.items[kept++] = *field;
      continue;
    }
    free(field->name);
    free(field->value);
  }
  fields->list.count = kept;
}

void http_fields_clear(struct http_fields *fields) {
  vec_foreach(field, &fields->list) {
    free(field->name);
    free(field->value);
  }
  vec_free(&fields->list);
}

bool http_fields_name_is_valid(const char *name) {
  static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return *name && name[strspn(name, token)] == '\0';
}

bool http_fields_value_is_valid(const char *value) { return value[strcspn(value, "\r\n")] == '\0'; }

bool http_fields_is_credential(const char *name) {
  return strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Proxy-Authorization") == 0 ||
         strcasecmp(name, "Cookie") == 0;
}

// The name as it was first spelt, so that one field has one member.
static const char *first_spelling(const struct http_fields *fields, const char *name) {
  vec_foreach(field, &fields->list) if (strcasecmp(field->name, name) == 0) return field->name;
  return name;
}

jv http_fields_to_json(const struct http_fields *fields) {
  jv object = jv_object();
  vec_foreach(field, &fields->list) {
    jv name = jv_string(first_spelling(fields, field->name));
    jv value = jv_string(http_fields_is_credential(field->name) ? "***" : field->value);
    jv old = jv_object_get(jv_copy(object), jv_copy(name));
    if (jv_is_valid(old))
      value = jv_string_concat(jv_string_concat(old, jv_string(", ")), value);
    else
      jv_free(old);
    object = jv_object_set(object, name, value);
  }
  return object;
}
