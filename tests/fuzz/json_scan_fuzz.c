// SPDX-License-Identifier: Apache-2.0
// What the scanner accepts, libjq reads too, with as many members; every slice of it is
// a value again, and every string of it clean text.
#include <jv.h>

#include "base/arena.h"
#include "base/error.h"
#include "io/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct json_scan_value value, struct arena *arena) {
  struct json_scan_value again, name, inner;
  struct json_scan_fault fault;
  int64_t integer;
  WF_ASSERT(json_scan_check(value.text, &again, &fault) == 0);
  WF_ASSERT(again.kind == value.kind && text_equal(again.text, value.text));
  json_scan_integer(value, &integer);
  if (value.kind == JSON_SCAN_STRING) {
    struct text text = json_scan_string(value, arena);
    WF_ASSERT(text_is_clean_utf8(text.data, text.size));
  } else if (value.kind == JSON_SCAN_ARRAY) {
    for (struct json_scan_cursor c = json_scan_open(value); json_scan_element(&c, &inner);) check_value(inner, arena);
  } else if (value.kind == JSON_SCAN_OBJECT) {
    for (struct json_scan_cursor c = json_scan_open(value); json_scan_member(&c, &name, &inner);) {
      check_value(name, arena);
      check_value(inner, arena);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 4096) return 0; // each level is scanned again
  struct json_scan_value value;
  struct json_scan_fault fault;
  if (json_scan_check((struct text){(const char *)data, size}, &value, &fault) < 0) {
    WF_ASSERT(fault.code && fault.what && fault.offset <= size);
    return 0;
  }
  struct arena *arena = arena_new();
  check_value(value, arena);
  jv parsed = jv_parse_sized(value.text.data, (int)value.text.size);
  WF_ASSERT(jv_is_valid(parsed));
  jv_free(parsed);
  arena_free(arena);
  return 0;
}
