// SPDX-License-Identifier: Apache-2.0
#include "api/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"

bool format_is_uuid(const char *text) {
  struct uuid id;
  return uuid_parse(text, strlen(text), &id) == 0;
}

bool format_is_instant(const char *text) {
  usec_t instant;
  return clock_parse(text, strlen(text), &instant) == 0;
}

bool format_is_integer(const char *text, long min, long max) {
  if (!*text || strspn(text, "0123456789") != strlen(text)) return false;
  errno = 0;
  long value = strtol(text, NULL, 10);
  return errno == 0 && value >= min && value <= max;
}

bool format_is_one_of(const char *text, const char *const *words) {
  for (; *words; words++)
    if (strcmp(text, *words) == 0) return true;
  return false;
}

bool format_is_bool(const char *text) {
  static const char *const words[] = {"true", "false", "1", "0", NULL};
  return format_is_one_of(text, words);
}

const char *format_array(const char *const *values, size_t count, struct arena *arena) {
  size_t size = 3;
  for (size_t i = 0; i < count; i++) size += 2 * strlen(values[i]) + 3;
  char *text = arena_alloc(arena, size), *at = text;
  *at++ = '{';
  for (size_t i = 0; i < count; i++) {
    if (i) *at++ = ',';
    *at++ = '"';
    for (const char *c = values[i]; *c; c++) {
      if (*c == '"' || *c == '\\') *at++ = '\\';
      *at++ = *c;
    }
    *at++ = '"';
  }
  *at++ = '}';
  *at = '\0';
  return text;
}

size_t format_split(const char *text, const char **ret_values, size_t max, struct arena *arena) {
  size_t count = 0;
  while (*text) {
    size_t size = strcspn(text, ",");
    if (size && count < max) ret_values[count] = arena_strndup(arena, text, size);
    if (size) count++;
    text += size + (text[size] == ',');
  }
  return count;
}
