// SPDX-License-Identifier: Apache-2.0
// HTTP header fields in their order; names are looked up without regard to case.
// Zero-initialise a list; free it with http_fields_clear().
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct http_field {
  char *name, *value;
  bool is_secret; // stays behind when a redirect leads to another origin
};

struct http_fields {
  VEC(struct http_field) list;
};

// Copies both.
void http_fields_add(struct http_fields *fields, const char *name, const char *value);
// Adds it unless a field of that name is there.
void http_fields_default(struct http_fields *fields, const char *name, const char *value);
// The first of that name, or NULL.
const char *http_fields_get(const struct http_fields *fields, const char *name);
void http_fields_remove(struct http_fields *fields, const char *name);
void http_fields_clear(struct http_fields *fields);

// Whether it may be sent: a token of RFC 9110; a text without CR, LF and NUL.
bool http_fields_name_is_valid(const char *name);
bool http_fields_value_is_valid(const char *value);

// An object, owned; what stands several times is joined by ", ". Credentials
// (Authorization, Proxy-Authorization, Cookie) are "***".
jv http_fields_to_json(const struct http_fields *fields);
// Whether the field carries credentials.
bool http_fields_is_credential(const char *name);
