// SPDX-License-Identifier: Apache-2.0
// Media types, and values of what a server sent. JSON and YAML become values, texts (text/*,
// XML, forms, JavaScript) become texts, everything else, and a text that is none, base64.
// What has no media type is JSON when it reads as an array or object, else a text if it is one.
#pragma once

#include <jv.h>
#include <stddef.h>

enum http_content_kind {
  HTTP_CONTENT_NONE, // no media type given
  HTTP_CONTENT_JSON,
  HTTP_CONTENT_YAML,
  HTTP_CONTENT_FORM, // application/x-www-form-urlencoded: a text when it comes
  HTTP_CONTENT_TEXT,
  HTTP_CONTENT_BINARY,
};

// Of a Content-Type, with parameters or without; NULL = none given.
enum http_content_kind http_content_kind(const char *type);

// The value, owned; null for nothing. Invalid, without message, for JSON or YAML that is none, or
// that PostgreSQL could not hold.
jv http_content_read(const char *type, const char *data, size_t size);

// Base64 with padding, owned.
jv http_content_base64(const char *data, size_t size);
