// SPDX-License-Identifier: Apache-2.0
// What the codec tests share: an arena, bounds, and records from bytes.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "io/codec.h"

#define RUN_ID "01980a1b-2c3d-7e4f-8a5b-6c7d8e9fa0b1"

static const struct codec_bounds small_bounds = {.payload_bytes = 65536, .recipients = 100};

static inline struct record record_of(struct text value) {
  return (struct record){.topic = "t",
                         .partition = 3,
                         .offset = 7,
                         .timestamp = 1700000000000000,
                         .value = value.data,
                         .value_size = value.size};
}

static inline struct record record_of_buf(const struct buf *buf) {
  return record_of((struct text){buf->data, buf->size});
}

static inline void assert_text(struct text text, const char *expected) {
  if (!text.data) fail_msg("absent, expected %s", expected);
  if (text.size != strlen(expected) || memcmp(text.data, expected, text.size) != 0)
    fail_msg("%.*s, expected %s", (int)text.size, text.data, expected);
}

static inline void assert_refusal(const struct refusal *refusal, const char *code, const char *piece) {
  assert_non_null(refusal->code);
  assert_non_null(refusal->text);
  assert_true(text_is_clean_utf8(refusal->text, strlen(refusal->text)));
  if (strcmp(refusal->code, code) != 0) fail_msg("%s (%s), expected %s", refusal->code, refusal->text, code);
  if (!strstr(refusal->text, piece)) fail_msg("\"%s\" does not say \"%s\"", refusal->text, piece);
}

static inline int arena_setup(void **state) {
  *state = arena_new();
  return 0;
}

static inline int arena_teardown(void **state) {
  arena_free(*state);
  return 0;
}

#define codec_case(test) cmocka_unit_test_setup_teardown(test, arena_setup, arena_teardown)
