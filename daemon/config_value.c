// SPDX-License-Identifier: Apache-2.0
#include "config_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

struct unit {
  const char *name;
  int64_t size;
};

// From large to small: formatting takes the first that divides.
static const struct unit duration_units[] = {{"d", USEC_PER_DAY}, {"h", USEC_PER_HOUR}, {"m", USEC_PER_MIN}, {"s", USEC_PER_SEC},
    {"ms", USEC_PER_MSEC}, {"us", 1}, {NULL, 0}};
static const struct unit byte_units[] = {{"GiB", INT64_C(1) << 30}, {"MiB", INT64_C(1) << 20}, {"KiB", INT64_C(1) << 10}, {"B", 1},
    {NULL, 0}};

// Decimal digits at the front of *text, which is moved behind them.
static int parse_digits(struct text *text, int64_t *ret_value) {
  int64_t value = 0;
  size_t i = 0;
  for (; i < text->size && isdigit((unsigned char)text->data[i]); i++)
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text->data[i] - '0', &value)) return -WF_EINVAL;
  if (i == 0) return -WF_EINVAL;
  *text = (struct text){text->data + i, text->size - i};
  *ret_value = value;
  return 0;
}

// Letters at the front of *text that name a unit.
static const struct unit *parse_unit(struct text *text, const struct unit *units) {
  size_t n = 0;
  while (n < text->size && isalpha((unsigned char)text->data[n])) n++;
  for (; units->name; units++) {
    if (strlen(units->name) != n || memcmp(units->name, text->data, n) != 0) continue;
    *text = (struct text){text->data + n, text->size - n};
    return units;
  }
  return NULL;
}

int config_duration_parse(struct text text, int64_t *ret_usec) {
  int64_t total = 0;
  do {
    int64_t number;
    if (parse_digits(&text, &number) < 0) return -WF_EINVAL;
    const struct unit *unit = parse_unit(&text, duration_units);
    if (!unit || __builtin_mul_overflow(number, unit->size, &number) || __builtin_add_overflow(total, number, &total)) return -WF_EINVAL;
  } while (text.size);
  *ret_usec = total;
  return 0;
}

int config_bytes_parse(struct text text, int64_t *ret_bytes) {
  int64_t number;
  if (parse_digits(&text, &number) < 0) return -WF_EINVAL;
  if (text.size) {
    const struct unit *unit = parse_unit(&text, byte_units);
    if (!unit || text.size || __builtin_mul_overflow(number, unit->size, &number)) return -WF_EINVAL;
  }
  *ret_bytes = number;
  return 0;
}

static const char *format_with_unit(int64_t value, const struct unit *units, const char *zero, struct arena *arena) {
  if (value == 0) return zero;
  while (value % units->size != 0) units++;
  return arena_printf(arena, "%" PRId64 "%s", value / units->size, units->name);
}

// Days and hours only when they are what a person would write: 60s stays 60s.
const char *config_duration_format(int64_t usec, struct arena *arena) {
  const struct unit *units = duration_units;
  if (usec < 2 * USEC_PER_HOUR) units += 2;
  if (usec < 2 * USEC_PER_MIN) units += 1;
  if (usec == USEC_PER_HOUR) units = duration_units + 1;
  if (usec == USEC_PER_DAY) units = duration_units;
  return format_with_unit(usec, units, "0s", arena);
}

const char *config_bytes_format(int64_t bytes, struct arena *arena) {
  return format_with_unit(bytes, byte_units, "0B", arena);
}

static const char *expected_words(const struct config_row *row, struct arena *arena) {
  const char *list = NULL;
  for (const struct config_word *word = row->words; word->name; word++)
    list = list ? arena_printf(arena, "%s, %s", list, word->name) : word->name;
  return arena_printf(arena, "one of: %s", list);
}

static const char *format_number(const struct config_row *row, int64_t value, struct arena *arena) {
  if (row->type == CONFIG_DURATION) return config_duration_format(value, arena);
  if (row->type == CONFIG_BYTES) return config_bytes_format(value, arena);
  return arena_printf(arena, "%" PRId64, value);
}

static const char *type_name(enum config_type type) {
  switch (type) {
  case CONFIG_TEXT:
  case CONFIG_PROPERTY: return "a text";
  case CONFIG_PATH: return "an absolute path";
  case CONFIG_SECRET: return "an absolute path or the name of a systemd credential";
  case CONFIG_INTEGER: return "a whole number";
  case CONFIG_DURATION: return "a duration";
  case CONFIG_BYTES: return "a size";
  case CONFIG_ENUM: return "one of";
  }
  return "";
}

const char *config_value_bounds(const struct config_row *row, struct arena *arena) {
  const char *name = type_name(row->type);
  switch (row->type) {
  case CONFIG_ENUM: return expected_words(row, arena);
  case CONFIG_TEXT: return arena_printf(arena, "%s of %" PRId64 " to %" PRId64 " bytes", name, row->min, row->max);
  case CONFIG_INTEGER:
  case CONFIG_DURATION:
  case CONFIG_BYTES:
    return arena_printf(arena, "%s from %s to %s", name, format_number(row, row->min, arena), format_number(row, row->max, arena));
  case CONFIG_PROPERTY:
  case CONFIG_PATH:
  case CONFIG_SECRET: break;
  }
  return name;
}

const char *config_value_expected(const struct config_row *row, struct arena *arena) {
  const char *bounds = config_value_bounds(row, arena);
  if (row->type == CONFIG_DURATION) return arena_printf(arena, "%s, such as 500ms, 5s, 10m, 2h or 7d", bounds);
  if (row->type == CONFIG_BYTES) return arena_printf(arena, "%s, such as 512KiB or 1MiB", bounds);
  return bounds;
}

static int parse_number(const struct config_row *row, struct text text, int64_t *ret_value) {
  int64_t value = 0;
  int result;
  if (row->type == CONFIG_DURATION) {
    result = config_duration_parse(text, &value);
  } else if (row->type == CONFIG_BYTES) {
    result = config_bytes_parse(text, &value);
  } else {
    result = parse_digits(&text, &value);
    if (text.size) result = -WF_EINVAL;
  }
  if (result < 0 || value < row->min || value > row->max) return -WF_EINVAL;
  *ret_value = value;
  return 0;
}

static int parse_text(const struct config_row *row, struct text text) {
  if (!text_is_clean_utf8(text.data, text.size)) return -WF_EINVAL;
  if ((int64_t)text.size < row->min || (int64_t)text.size > row->max) return -WF_EINVAL;
  if (text.size == 0) return 0;
  if (row->type == CONFIG_PATH && text.data[0] != '/') return -WF_EINVAL;
  // A credential's name is a file name; anything else with a slash must be absolute.
  if (row->type == CONFIG_SECRET && text.data[0] != '/' && (memchr(text.data, '/', text.size) || text.data[0] == '.')) return -WF_EINVAL;
  return 0;
}

static int parse_word(const struct config_row *row, struct text text, int *ret_value) {
  for (const struct config_word *word = row->words; word->name; word++) {
    if (!text_equal(text, text_of(word->name))) continue;
    *ret_value = word->value;
    return 0;
  }
  return -WF_EINVAL;
}

int config_value_parse(const struct config_row *row, struct text text, void *base, struct arena *arena, const char **ret_problem) {
  void *at = (char *)base + row->offset;
  int result = -WF_EINVAL;
  switch (row->type) {
  case CONFIG_INTEGER:
  case CONFIG_DURATION:
  case CONFIG_BYTES: result = parse_number(row, text, at); break;
  case CONFIG_ENUM: result = parse_word(row, text, at); break;
  case CONFIG_TEXT:
  case CONFIG_PATH:
  case CONFIG_SECRET:
    result = parse_text(row, text);
    if (result == 0) *(const char **)at = arena_strndup(arena, text.data, text.size);
    break;
  case CONFIG_PROPERTY: WF_ASSERT(row->type != CONFIG_PROPERTY);
  }
  if (result < 0) *ret_problem = arena_printf(arena, "expected %s", config_value_expected(row, arena));
  return result;
}

static const char *format_word(const struct config_row *row, int value) {
  const struct config_word *word = row->words;
  while (word->name && word->value != value) word++;
  return word->name ? word->name : "";
}

const char *config_value_format(const struct config_row *row, const void *base, struct arena *arena) {
  const void *at = (const char *)base + row->offset;
  switch (row->type) {
  case CONFIG_INTEGER:
  case CONFIG_DURATION:
  case CONFIG_BYTES: return format_number(row, *(const int64_t *)at, arena);
  case CONFIG_ENUM: return format_word(row, *(const int *)at);
  case CONFIG_TEXT:
  case CONFIG_PATH:
  case CONFIG_SECRET: return *(const char *const *)at;
  case CONFIG_PROPERTY: break;
  }
  WF_ASSERT(row->type != CONFIG_PROPERTY);
  return "";
}
