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

// What is JSON by io/json_scan.h as a value, owned; invalid, without message, otherwise. Every
// text from outside goes through here: libjq 1.6 loses memory at a syntax error, as much as
// the text is long, so it gets to see none.
jv http_content_json(const char *data, size_t size);

// Base64 with padding, owned.
jv http_content_base64(const char *data, size_t size);
