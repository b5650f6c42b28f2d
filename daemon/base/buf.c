// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"

void buf_free(struct buf *buf) {
  free(buf->data);
  *buf = (struct buf){0};
}

void buf_grow(struct buf *buf, size_t more) {
  WF_ASSERT(more <= SIZE_MAX / 2 - buf->size); // neither the sum nor its double wraps
  size_t need = buf->size + more;
  size_t capacity = buf->capacity ? buf->capacity : 256;
  while (capacity < need) capacity *= 2;
  buf->data = xrealloc(buf->data, capacity);
  buf->capacity = capacity;
}

void buf_printf(struct buf *buf, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n > 0) {
    char *at = buf_extend(buf, (size_t)n + 1);
    vsnprintf(at, (size_t)n + 1, format, again);
    buf->size--; // the terminating NUL is not counted
  }
  va_end(again);
}
