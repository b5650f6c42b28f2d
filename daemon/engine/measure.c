// SPDX-License-Identifier: Apache-2.0
#include "engine/measure.h"

#include <math.h>

#include "base/error.h"

bool wf_value_holds(jv value) {
  jv_kind kind = jv_get_kind(value);
  return kind != JV_KIND_INVALID && kind != JV_KIND_NULL && kind != JV_KIND_FALSE;
}

bool wf_value_equal(jv a, jv b) {
  if (jv_get_kind(a) != jv_get_kind(b)) return false;
  if (jv_identical(jv_copy(a), jv_copy(b))) return true;
  return jv_equal(jv_copy(a), jv_copy(b));
}

enum { ESCAPE_MAX = 6 }; // bytes of one byte as JSON, as \u001f

struct measure {
  size_t size, max;
  int depth;
  bool too_deep, with_escapes;
};

static bool is_over(const struct measure *measure) { return measure->too_deep || measure->size > measure->max; }

static void measure_value(struct measure *measure, jv value);

// The bytes that escapes add, as libjq prints them.
static size_t escapes_of(jv string) {
  const char *text = jv_string_value(string);
  int length = jv_string_length_bytes(jv_copy(string));
  size_t more = 0;
  for (int i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') more++;
    else if (c < ' ' || c == 127) more += c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t' ? 1 : ESCAPE_MAX - 1;
  }
  return more;
}

static void measure_string(struct measure *measure, jv string) {
  measure->size += (size_t)jv_string_length_bytes(jv_copy(string)) + 2;
  if (measure->with_escapes) measure->size += escapes_of(string);
}

static void measure_array(struct measure *measure, jv array) {
  int length = jv_array_length(jv_copy(array));
  measure->size += 2 + (length > 0 ? (size_t)length - 1 : 0);
  for (int i = 0; i < length && !is_over(measure); i++) {
    jv item = jv_array_get(jv_copy(array), i);
    measure_value(measure, item);
    jv_free(item);
  }
}

static void measure_object(struct measure *measure, jv object) {
  int length = jv_object_length(jv_copy(object));
  measure->size += 2 + (length > 0 ? (size_t)length - 1 : 0);
  int at = jv_object_iter(object);
  while (jv_object_iter_valid(object, at) && !is_over(measure)) {
    jv key = jv_object_iter_key(object, at);
    jv item = jv_object_iter_value(object, at);
    measure_string(measure, key);
    measure->size++;
    measure_value(measure, item);
    jv_free(key);
    jv_free(item);
    at = jv_object_iter_next(object, at);
  }
}

// An integer's digits; 17 significant ones and an exponent at most.
static size_t number_size(double number) {
  if (number != floor(number) || fabs(number) >= 1e17) return 24;
  size_t digits = signbit(number) ? 2 : 1;
  for (double rest = fabs(number); rest >= 10; rest /= 10) digits++;
  return digits;
}

static void measure_value(struct measure *measure, jv value) {
  switch (jv_get_kind(value)) {
  case JV_KIND_INVALID: break;
  case JV_KIND_NULL:
  case JV_KIND_TRUE: measure->size += 4; break;
  case JV_KIND_FALSE: measure->size += 5; break;
  case JV_KIND_NUMBER: measure->size += number_size(jv_number_value(value)); break;
  case JV_KIND_STRING: measure_string(measure, value); break;
  case JV_KIND_ARRAY:
  case JV_KIND_OBJECT:
    if (++measure->depth > WF_VALUE_DEPTH_MAX) measure->too_deep = true;
    if (!is_over(measure))
      jv_get_kind(value) == JV_KIND_ARRAY ? measure_array(measure, value) : measure_object(measure, value);
    measure->depth--;
    break;
  }
}

int wf_value_check(jv value, size_t bytes_max) {
  size_t bytes;
  return wf_value_measure(value, bytes_max, &bytes);
}

int wf_value_measure(jv value, size_t bytes_max, size_t *ret_bytes) {
  struct measure measure = {.max = bytes_max};
  measure_value(&measure, value);
  // Only what is large is looked at byte by byte.
  if (!is_over(&measure) && measure.size > bytes_max / ESCAPE_MAX) {
    measure = (struct measure){.max = bytes_max, .with_escapes = true};
    measure_value(&measure, value);
  }
  if (is_over(&measure)) return -WF_ETOOBIG;
  *ret_bytes = measure.size;
  return 0;
}

size_t wf_value_size(jv value, size_t bytes_max) {
  struct measure measure = {.max = bytes_max};
  measure_value(&measure, value);
  return measure.size <= bytes_max ? measure.size : bytes_max + 1;
}
