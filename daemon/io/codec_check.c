// SPDX-License-Identifier: Apache-2.0
#include "io/codec_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REFUSAL_TEXT_MAX = 1024, QUOTE_MAX = 80 };
#define INSTANT_MAX INT64_C(253402300799999999) // 9999-12-31T23:59:59.999999Z

static int status_of(const char *code) {
  if (strcmp(code, "too_large") == 0 || strcmp(code, "id_too_long") == 0) return -WF_ETOOBIG;
  if (strcmp(code, "not_supported") == 0) return -WF_EUNSUPPORTED;
  return -WF_EINVAL;
}

__attribute__((format(printf, 4, 0))) static int refuse(struct arena *arena, struct refusal *ret_refusal,
                                                        const char *code, const char *format, va_list arguments) {
  char text[REFUSAL_TEXT_MAX];
  vsnprintf(text, sizeof text, format, arguments);
  // The names and ids of the message that are known already stay.
  ret_refusal->code = code;
  ret_refusal->text = arena_strdup(arena, text);
  return status_of(code);
}

int codec_refuse(struct arena *arena, struct refusal *ret_refusal, const char *code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int status = refuse(arena, ret_refusal, code, format, arguments);
  va_end(arguments);
  return status;
}

void codec_check_fail(struct codec_check *check, const char *code, const char *format, ...) {
  if (check->status < 0) return;
  va_list arguments;
  va_start(arguments, format);
  check->status = refuse(check->arena, check->refusal, code, format, arguments);
  va_end(arguments);
}

// Largest size up to `max` that ends between two characters of clean UTF-8.
static size_t cut_size(const char *data, size_t size, size_t max) {
  if (size <= max) return size;
  while (max > 0 && ((unsigned char)data[max] & 0xC0) == 0x80) max--;
  return max;
}

const char *codec_quote(struct arena *arena, struct text text) {
  if (!text_is_clean_utf8(text.data, text.size)) return "(not UTF-8)";
  size_t size = cut_size(text.data, text.size, QUOTE_MAX);
  return arena_printf(arena, "\"%.*s%s\"", (int)size, text.data ? text.data : "", size < text.size ? "…" : "");
}

struct text codec_check_id(struct codec_check *check, const char *field, const char *value) {
  struct text text = text_of(value);
  if (text.size == 0) return (struct text){0};
  if (text.size > MESSAGE_ID_MAX)
    codec_check_fail(check, "id_too_long", "%s: %zu bytes, expected at most %d", field, text.size, (int)MESSAGE_ID_MAX);
  return text;
}

struct text codec_check_required(struct codec_check *check, const char *field, const char *value) {
  if (!value || !*value) codec_check_fail(check, "missing_field", "%s: missing or empty, expected a text", field);
  return codec_check_id(check, field, value);
}

struct text codec_cut(char *value, size_t max) {
  struct text text = text_of(value);
  if (text.size == 0) return (struct text){0};
  if (text.size > max) {
    text.size = cut_size(text.data, text.size, max);
    value[text.size] = '\0';
  }
  return text;
}

struct text codec_check_json(struct codec_check *check, const char *field, const void *data, size_t size, bool object) {
  struct text text = {data, size};
  if (size == 0 || check->status < 0) return (struct text){0};
  struct json_scan_value value;
  struct json_scan_fault fault;
  if (json_scan_check(text, &value, &fault) < 0)
    codec_check_fail(check, fault.code, "%s: not JSON that can be stored: %s at byte %zu", field, fault.what,
                     fault.offset);
  else if (object && value.kind != JSON_SCAN_OBJECT)
    codec_check_fail(check, "wrong_type", "%s: %s, expected an object", field, json_scan_kind_name(value.kind));
  return text;
}

usec_t codec_check_usec(struct codec_check *check, const char *field, int64_t value) {
  if (value < 0) codec_check_fail(check, "wrong_type", "%s: negative, expected microseconds from 0", field);
  return value;
}

usec_t codec_check_instant(struct codec_check *check, const char *field, int64_t value) {
  if (value > INSTANT_MAX)
    codec_check_fail(check, "wrong_type", "%s: %lld is behind the year 9999, expected microseconds since 1970", field,
                     (long long)value);
  return codec_check_usec(check, field, value);
}

int32_t codec_check_positive(struct codec_check *check, const char *field, int32_t value) {
  if (value < 1) codec_check_fail(check, "missing_field", "%s: %d, expected a number from 1", field, value);
  return value;
}
