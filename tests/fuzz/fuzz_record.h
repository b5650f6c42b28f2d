// SPDX-License-Identifier: Apache-2.0
// A record from a fuzzer's bytes: the number of headers (its low 3 bits), for each the
// lengths of name and value, name and value; what is left is the record's value.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "io/codec.h"
#include "io/json_scan.h"

static const struct codec_bounds fuzz_bounds = {.payload_bytes = 1 << 20, .recipients = 1000};

struct fuzz_record {
  struct message_header headers[8];
  struct record record;
};

static inline void fuzz_record_read(struct fuzz_record *out, const uint8_t *data, size_t size, struct arena *arena) {
  const uint8_t *end = data + size;
  size_t wanted = data < end ? *data++ & 7 : 0, count = 0;
  while (count < wanted && end - data >= 2) {
    size_t name = data[0], value = data[1];
    if ((size_t)(end - data) - 2 < name + value) break;
    const char *bytes = (const char *)data + 2;
    out->headers[count++] =
        (struct message_header){arena_strndup(arena, bytes, strnlen(bytes, name)), bytes + name, value};
    data += 2 + name + value;
  }
  out->record = (struct record){.topic = "t",
                                .timestamp = 1,
                                .value = data,
                                .value_size = (size_t)(end - data),
                                .headers = out->headers,
                                .header_count = count};
}

static inline void fuzz_check_refusal(const struct refusal *refusal) {
  WF_ASSERT(refusal->code && refusal->text && *refusal->text);
  WF_ASSERT(text_is_clean_utf8(refusal->text, strlen(refusal->text)));
  WF_ASSERT(!refusal->id.data || text_is_clean_utf8(refusal->id.data, refusal->id.size));
}

// A text that PostgreSQL takes, within its bound.
static inline void fuzz_check_text(struct text text, size_t max) {
  if (!text.data) return;
  WF_ASSERT(text.size > 0 && text.size <= max && text.data[text.size] == '\0');
  WF_ASSERT(text_is_clean_utf8(text.data, text.size));
}

static inline void fuzz_check_json(struct text text) {
  struct json_scan_value value;
  struct json_scan_fault fault;
  WF_ASSERT(!text.data || json_scan_check(text, &value, &fault) == 0);
}

static inline void fuzz_check_same(struct text a, struct text b) { WF_ASSERT(text_equal(a, b) && !a.data == !b.data); }
