// SPDX-License-Identifier: Apache-2.0
// A growable byte buffer, with the big-endian integers of PostgreSQL's binary
// format. Zero-initialise it; free it with buf_free().
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
  char *data;
  size_t size, capacity;
};

void buf_free(struct buf *buf);
// Room for `more` bytes behind those that are there. More than memory can hold is a bug.
void buf_grow(struct buf *buf, size_t more);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_reset(struct buf *buf) { buf->size = 0; }

// Room for `size` bytes at the end, already counted; the caller writes them.
static inline char *buf_extend(struct buf *buf, size_t size) {
  if (buf->capacity - buf->size < size) buf_grow(buf, size);
  char *at = buf->data + buf->size;
  buf->size += size;
  return at;
}

static inline void buf_put(struct buf *buf, const void *data, size_t size) {
  if (size) memcpy(buf_extend(buf, size), data, size);
}

static inline void buf_puts(struct buf *buf, const char *text) { buf_put(buf, text, strlen(text)); }

static inline void buf_put_u8(struct buf *buf, uint8_t value) { *buf_extend(buf, 1) = (char)value; }

static inline void buf_put_u16(struct buf *buf, uint16_t value) {
  value = __builtin_bswap16(value);
  memcpy(buf_extend(buf, sizeof value), &value, sizeof value);
}

static inline void buf_put_u32(struct buf *buf, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(buf_extend(buf, sizeof value), &value, sizeof value);
}

static inline void buf_put_u64(struct buf *buf, uint64_t value) {
  value = __builtin_bswap64(value);
  memcpy(buf_extend(buf, sizeof value), &value, sizeof value);
}
