// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

static usec_t clock_read(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (usec_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

usec_t clock_boottime(void) { return clock_read(CLOCK_BOOTTIME); }

usec_t clock_realtime(void) { return clock_read(CLOCK_REALTIME); }

char *clock_format(usec_t instant, char *out) {
  usec_t fraction = instant % USEC_PER_SEC;
  if (fraction < 0) fraction += USEC_PER_SEC;
  time_t seconds = (time_t)((instant - fraction) / USEC_PER_SEC);
  struct tm tm;
  gmtime_r(&seconds, &tm);
  // strftime's %Y does not pad the years before 1000.
  snprintf(out, CLOCK_TEXT_SIZE, "%04u", (unsigned)(tm.tm_year + 1900) % 10000U);
  size_t n = 4 + strftime(out + 4, CLOCK_TEXT_SIZE - 4, "-%m-%dT%H:%M:%S", &tm);
  snprintf(out + n, CLOCK_TEXT_SIZE - n, ".%06dZ", (int)fraction);
  return out;
}

struct scanner {
  const char *at, *end;
};

// Exactly `digits` decimal digits.
static bool scan_number(struct scanner *s, int digits, int *ret_value) {
  int value = 0;
  for (int i = 0; i < digits; i++, s->at++) {
    if (s->at == s->end || !isdigit((unsigned char)*s->at)) return false;
    value = value * 10 + (*s->at - '0');
  }
  *ret_value = value;
  return true;
}

static bool scan_char(struct scanner *s, const char *accepted) {
  if (s->at == s->end || !strchr(accepted, *s->at) || !*s->at) return false;
  s->at++;
  return true;
}

static bool scan_fraction(struct scanner *s, usec_t *ret_usec) {
  usec_t usec = 0, unit = USEC_PER_SEC / 10;
  const char *start = s->at;
  for (; s->at != s->end && isdigit((unsigned char)*s->at); s->at++, unit /= 10) usec += (*s->at - '0') * unit;
  *ret_usec = usec;
  return s->at != start;
}

static bool scan_offset(struct scanner *s, usec_t *ret_offset) {
  *ret_offset = 0;
  if (scan_char(s, "Zz")) return true;
  bool west = s->at != s->end && *s->at == '-';
  int hours, minutes;
  if (!scan_char(s, "+-") || !scan_number(s, 2, &hours) || !scan_char(s, ":") || !scan_number(s, 2, &minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  *ret_offset = (hours * USEC_PER_HOUR + minutes * USEC_PER_MIN) * (west ? -1 : 1);
  return true;
}

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

int clock_parse(const char *data, size_t size, usec_t *ret_instant) {
  struct scanner s = {data, data + size};
  int year, month, day, hour, minute, second;
  usec_t fraction = 0, offset;
  if (!scan_number(&s, 4, &year) || !scan_char(&s, "-") || !scan_number(&s, 2, &month) || !scan_char(&s, "-") ||
      !scan_number(&s, 2, &day) || !scan_char(&s, "Tt ") || !scan_number(&s, 2, &hour) || !scan_char(&s, ":") ||
      !scan_number(&s, 2, &minute) || !scan_char(&s, ":") || !scan_number(&s, 2, &second))
    return -WF_EINVAL;
  if (scan_char(&s, ".") && !scan_fraction(&s, &fraction)) return -WF_EINVAL;
  if (!scan_offset(&s, &offset) || s.at != s.end) return -WF_EINVAL;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60)
    return -WF_EINVAL;
  struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second};
  *ret_instant = (usec_t)timegm(&tm) * USEC_PER_SEC + fraction - offset;
  return 0;
}
