// SPDX-License-Identifier: Apache-2.0
// Reads JSON where it stands, without making values of it: what was received is kept
// as the bytes received, so that numbers keep their digits. It is the door check: what
// json_scan_check() accepts, PostgreSQL's json and jsonb accept too (UTF-8 database).
//
// Strict RFC 8259. Refused besides: NUL, raw or as \u0000, and the marks of base/text.h; an escaped surrogate without
// its other half; nesting deeper than JSON_SCAN_DEPTH_MAX; numbers that numeric cannot
// hold, and exponents that would make a short text expand (see json_scan.c).
// Builds no values and allocates nothing but unescaped strings: for evaluating there is
// libjq.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum { JSON_SCAN_DEPTH_MAX = 128 };

enum json_scan_kind {
  JSON_SCAN_NULL,
  JSON_SCAN_FALSE,
  JSON_SCAN_TRUE,
  JSON_SCAN_NUMBER,
  JSON_SCAN_STRING,
  JSON_SCAN_ARRAY,
  JSON_SCAN_OBJECT
};

// "an object", "a number" … for messages.
const char *json_scan_kind_name(enum json_scan_kind kind);

// One value: the slice of the source from its first to its last character.
struct json_scan_value {
  enum json_scan_kind kind;
  struct text text;
};

struct json_scan_fault {
  size_t offset;    // of the byte where reading stopped
  const char *code; // as struct refusal: "undecodable" "bad_utf8" "nul_in_text" "too_large"
  const char *what; // static: what was wrong or expected
};

// Whether `source` is one JSON value, with white space around it allowed. Returns 0, or
// -WF_EINVAL with the fault filled in. The value borrows from `source`.
int json_scan_check(struct text source, struct json_scan_value *ret_value, struct json_scan_fault *ret_fault);

// The calls below take values that come from json_scan_check() or from each other; any
// other text is a bug.

// Goes through an object's members or an array's elements.
struct json_scan_cursor {
  const char *at, *end;
};
struct json_scan_cursor json_scan_open(struct json_scan_value container);
// False at the end. `ret_name` is the member's name as a string value.
bool json_scan_member(struct json_scan_cursor *cursor, struct json_scan_value *ret_name,
                      struct json_scan_value *ret_value);
bool json_scan_element(struct json_scan_cursor *cursor, struct json_scan_value *ret_value);

// The text of a string value, without its escapes. Terminated, in the arena.
struct text json_scan_string(struct json_scan_value string, struct arena *arena);

// A whole number in 64 bits, from a number or from a string that holds one (as
// protobuf's JSON writes int64). 1.0 and 1e3 are whole. False for anything else.
bool json_scan_integer(struct json_scan_value value, int64_t *ret_integer);
