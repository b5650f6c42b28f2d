// SPDX-License-Identifier: Apache-2.0
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void) {
  fputs("workflowd: out of memory\n", stderr);
  abort();
}

static void *checked(void *p) {
  if (!p) out_of_memory();
  return p;
}

void *xmalloc(size_t size) { return checked(malloc(size ? size : 1)); }

void *xcalloc(size_t count, size_t size) { return checked(calloc(count ? count : 1, size ? size : 1)); }

void *xrealloc(void *old, size_t size) { return checked(realloc(old, size ? size : 1)); }

char *xstrdup(const char *text) { return checked(strdup(text)); }

char *xstrndup(const char *text, size_t size) {
  char *copy = xmalloc(size + 1);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *xasprintf(const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = NULL;
  int n = vasprintf(&text, format, args);
  va_end(args);
  if (n < 0) out_of_memory();
  return text;
}
