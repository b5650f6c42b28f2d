// SPDX-License-Identifier: Apache-2.0
#include "engine/duration.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

const char wf_duration_expected[] = "a duration such as PT2H30M, P1D or {hours: 2, minutes: 30} (days, hours, minutes, "
                                    "seconds, milliseconds), not negative, at most 100 years";

// A component with its unit letter, in the order ISO 8601 wants them.
struct unit {
  char letter;
  int months; // of a year and a month, which have no length
  usec_t length;
};

enum { MONTHS_MAX = 100 * 12, MONTH_DAYS = 30 };

static const struct unit DATE_UNITS[] = {{'Y', 12, 0}, {'M', 1, 0}, {'W', 0, 7 * USEC_PER_DAY}, {'D', 0, USEC_PER_DAY}, {0, 0, 0}};
static const struct unit TIME_UNITS[] = {{'H', 0, USEC_PER_HOUR}, {'M', 0, USEC_PER_MIN}, {'S', 0, USEC_PER_SEC}, {0, 0, 0}};

struct reader {
  const char *at, *end;
  usec_t sum;
  int32_t months;
  int components;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int add(struct reader *reader, usec_t count, usec_t length) {
  usec_t product;
  if (__builtin_mul_overflow(count, length, &product) || __builtin_add_overflow(reader->sum, product, &reader->sum) ||
      reader->sum > WF_DURATION_MAX)
    return -WF_ETOOBIG;
  return 0;
}

static usec_t fraction_of(usec_t length, usec_t numerator, usec_t denominator) {
  return length / denominator * numerator + length % denominator * numerator / denominator;
}

// `numerator / denominator` is less than one.
static int add_months(struct reader *reader, usec_t count, int months, usec_t numerator, usec_t denominator) {
  if (count > MONTHS_MAX) return -WF_ETOOBIG;
  usec_t part = numerator * months;
  reader->months += (int32_t)(count * months + part / denominator);
  if (reader->months > MONTHS_MAX) return -WF_ETOOBIG;
  return add(reader, fraction_of(MONTH_DAYS * USEC_PER_DAY, part % denominator, denominator), 1);
}

// Digits after the point, as a numerator over a power of ten; what is finer than a
// microsecond of a week is cut.
static int read_fraction(struct reader *reader, usec_t *ret_numerator, usec_t *ret_denominator) {
  usec_t numerator = 0, denominator = 1;
  if (reader->at == reader->end || !is_digit(*reader->at)) return -WF_EINVAL;
  for (; reader->at < reader->end && is_digit(*reader->at); reader->at++) {
    if (denominator >= 1000000) continue;
    numerator = numerator * 10 + (*reader->at - '0');
    denominator *= 10;
  }
  *ret_numerator = numerator;
  *ret_denominator = denominator;
  return 0;
}

static int read_component(struct reader *reader, const struct unit **units) {
  usec_t whole = 0, numerator = 0, denominator = 1;
  if (!is_digit(*reader->at)) return -WF_EINVAL;
  for (; reader->at < reader->end && is_digit(*reader->at); reader->at++)
    if (__builtin_mul_overflow(whole, (usec_t)10, &whole) || __builtin_add_overflow(whole, *reader->at - '0', &whole))
      return -WF_ETOOBIG;
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    int error = read_fraction(reader, &numerator, &denominator);
    if (error) return error;
  }
  if (reader->at == reader->end) return -WF_EINVAL;
  while ((*units)->letter && (*units)->letter != *reader->at) ++*units;
  if (!(*units)->letter) return -WF_EINVAL; // unknown, repeated, or out of order
  const struct unit *unit = (*units)++;
  reader->at++;
  reader->components++;
  if (unit->months) return add_months(reader, whole, unit->months, numerator, denominator);
  int error = add(reader, whole, unit->length);
  return error ? error : add(reader, fraction_of(unit->length, numerator, denominator), 1);
}

int wf_duration_parse(const char *data, size_t size, struct wf_span *ret_span) {
  struct reader reader = {.at = data, .end = data + size};
  if (size < 2 || *reader.at++ != 'P') return -WF_EINVAL;
  const struct unit *units = DATE_UNITS;
  bool in_time = false;
  while (reader.at < reader.end) {
    if (*reader.at == 'T' && !in_time) {
      in_time = true;
      units = TIME_UNITS;
      if (++reader.at == reader.end) return -WF_EINVAL;
    }
    int error = read_component(&reader, &units);
    if (error) return error;
  }
  if (!reader.components) return -WF_EINVAL;
  *ret_span = (struct wf_span){reader.months, reader.sum};
  return 0;
}

// The same time of day that many months later, on the last day of a shorter month.
static usec_t months_after(usec_t start, int32_t months) {
  time_t seconds = (time_t)(start / USEC_PER_SEC);
  struct tm tm;
  if (!gmtime_r(&seconds, &tm)) return start;
  int month = tm.tm_mon + months % 12, day = tm.tm_mday;
  struct tm last = {.tm_year = tm.tm_year + months / 12 + month / 12, .tm_mon = month % 12 + 1, .tm_mday = 0};
  struct tm end = {.tm_year = last.tm_year, .tm_mon = month % 12, .tm_hour = tm.tm_hour, .tm_min = tm.tm_min, .tm_sec = tm.tm_sec};
  timegm(&last);
  end.tm_mday = day < last.tm_mday ? day : last.tm_mday;
  return (usec_t)timegm(&end) * USEC_PER_SEC + start % USEC_PER_SEC;
}

usec_t wf_span_length(struct wf_span span, usec_t start) {
  usec_t length = span.time + (span.months ? months_after(start, span.months) - start : 0);
  return length > WF_DURATION_MAX ? WF_DURATION_MAX : length;
}

usec_t wf_span_end(struct wf_span span, usec_t start) { return start + wf_span_length(span, start); }

static const struct {
  const char *name;
  usec_t length;
} MEMBERS[] = {{"days", USEC_PER_DAY},
               {"hours", USEC_PER_HOUR},
               {"minutes", USEC_PER_MIN},
               {"seconds", USEC_PER_SEC},
               {"milliseconds", USEC_PER_MSEC}};

static int add_member(struct reader *reader, const char *name, jv value) {
  if (jv_get_kind(value) != JV_KIND_NUMBER) return -WF_EINVAL;
  double count = jv_number_value(value);
  if (!(floor(count) == count)) return -WF_EINVAL;
  if (fabs(count) > (double)WF_DURATION_MAX) return -WF_ETOOBIG;
  for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
    if (strcmp(name, MEMBERS[i].name) == 0) {
      reader->components++;
      return add(reader, (usec_t)count, MEMBERS[i].length);
    }
  return -WF_EINVAL;
}

int wf_duration_from_value(jv value, struct wf_span *ret_span) {
  if (jv_get_kind(value) == JV_KIND_STRING)
    return wf_duration_parse(jv_string_value(value), (size_t)jv_string_length_bytes(jv_copy(value)), ret_span);
  if (jv_get_kind(value) != JV_KIND_OBJECT) return -WF_EINVAL;
  struct reader reader = {0};
  int error = 0;
  for (int i = jv_object_iter(value); !error && jv_object_iter_valid(value, i); i = jv_object_iter_next(value, i)) {
    jv key = jv_object_iter_key(value, i), member = jv_object_iter_value(value, i);
    error = add_member(&reader, jv_string_value(key), member);
    jv_free(key);
    jv_free(member);
  }
  if (!error && (!reader.components || reader.sum < 0)) error = -WF_EINVAL;
  if (!error) *ret_span = (struct wf_span){0, reader.sum};
  return error;
}
