// SPDX-License-Identifier: Apache-2.0
// From fields to instants: first on a clock that never changes, then on one that does.
#include <time.h>

#include "engine/cron_internal.h"

enum { DAY = 86400, CYCLE = 146097 }; // seconds; days of 400 years of the Gregorian calendar

struct date {
  int day, length;  // of the month, its length
  int month;        // 1 to 12
  int weekday;      // 0 = Sunday
};

static bool has(uint64_t bits, int bit) { return bits >> bit & 1; }

static int month_length(int month, int year) {
  static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return LENGTHS[month - 1] + (month == 2 && leap);
}

static struct date date_of(int64_t day) {
  struct tm tm;
  time_t instant = (time_t)(day * DAY);
  gmtime_r(&instant, &tm);
  return (struct date){.day = tm.tm_mday,
                       .length = month_length(tm.tm_mon + 1, tm.tm_year + 1900),
                       .month = tm.tm_mon + 1,
                       .weekday = tm.tm_wday};
}

// The weekday, Monday to Friday, of the date's month that is nearest to `day`.
static int nearest_weekday(const struct date *date, int day) {
  int weekday = (date->weekday + day - date->day + 35) % 7;
  if (weekday == 6) return day > 1 ? day - 1 : day + 2;
  if (weekday == 0) return day < date->length ? day + 1 : day - 2;
  return day;
}

static bool day_of_month_matches(const struct wf_cron *cron, const struct date *date) {
  if (has(cron->days, date->day) || has(cron->days_from_end, date->length - date->day)) return true;
  for (int day = 1; day <= date->length && cron->days_nearest; day++)
    if (has(cron->days_nearest, day) && nearest_weekday(date, day) == date->day) return true;
  if (!cron->last_weekday) return false;
  int last = (date->weekday + date->length - date->day) % 7; // of the month's last day
  return date->day == date->length - (last == 6 ? 1 : last == 0 ? 2 : 0);
}

static bool day_of_week_matches(const struct wf_cron *cron, const struct date *date) {
  return has(cron->weekdays, date->weekday) || has(cron->weekdays_nth[(date->day - 1) / 7], date->weekday) ||
         (date->day + 7 > date->length && has(cron->weekdays_last, date->weekday));
}

static bool day_matches(const struct wf_cron *cron, const struct date *date) {
  bool month = day_of_month_matches(cron, date), week = day_of_week_matches(cron, date);
  return cron->days_open || cron->weekdays_open ? month && week : month || week;
}

// The first bit at or above `from`, or -1.
static int next_bit(uint64_t bits, int from) {
  uint64_t rest = from < 64 ? bits >> from << from : 0;
  return rest ? __builtin_ctzll(rest) : -1;
}

// The first second of a day at or after `from` that matches, or -1.
static int next_in_day(const struct wf_cron *cron, int from) {
  int first_minute = from / 60 % 60, first_second = from % 60;
  for (int hour = from / 3600; (hour = next_bit(cron->hours, hour)) >= 0; hour++) {
    if (hour != from / 3600) first_minute = first_second = 0;
    for (int minute = first_minute; (minute = next_bit(cron->minutes, minute)) >= 0; minute++) {
      if (minute != first_minute) first_second = 0;
      int second = next_bit(cron->seconds, first_second);
      if (second >= 0) return hour * 3600 + minute * 60 + second;
      first_second = 0;
    }
    first_minute = first_second = 0;
  }
  return -1;
}

int64_t wf_cron_next_reading(const struct wf_cron *cron, int64_t reading) {
  int64_t day = reading / DAY - (reading % DAY < 0);
  int from = (int)(reading - day * DAY);
  for (int64_t last = day + CYCLE; day <= last; from = 0) {
    struct date date = date_of(day);
    if (!has(cron->months, date.month)) {
      day += date.length - date.day + 1;
      continue;
    }
    int second = day_matches(cron, &date) ? next_in_day(cron, from) : -1;
    if (second >= 0) return day * DAY + second;
    day++;
  }
  return INT64_MAX;
}

// The first slot at or after `at` within its stretch, or INT64_MAX.
static int64_t next_in_stretch(const struct wf_cron *cron, const struct wf_zone *zone,
                               const struct wf_zone_stretch *stretch, int64_t at) {
  int64_t reading = at + stretch->offset;
  if (!cron->hours_open && stretch->from != INT64_MIN) {
    // What the clock showed at the change, had it not been changed.
    int64_t unchanged = stretch->from + zone->stretch(zone, stretch->from - 1).offset;
    if (at == stretch->from && unchanged < reading && wf_cron_next_reading(cron, unchanged) < reading) return at;
    if (reading < unchanged) reading = unchanged;
  }
  reading = wf_cron_next_reading(cron, reading);
  if (reading == INT64_MAX || reading - stretch->offset >= stretch->until) return INT64_MAX;
  return reading - stretch->offset;
}

usec_t wf_cron_next(const struct wf_cron *cron, const struct wf_zone *zone, usec_t after) {
  int64_t at = after / USEC_PER_SEC + (after < 0 && after % USEC_PER_SEC ? 0 : 1);
  int64_t last = at + (int64_t)CYCLE * DAY;
  for (;;) {
    struct wf_zone_stretch stretch = zone->stretch(zone, at);
    int64_t slot = next_in_stretch(cron, zone, &stretch, at);
    if (slot != INT64_MAX) return slot * USEC_PER_SEC;
    if (stretch.until > last) return USEC_NEVER;
    at = stretch.until;
  }
}
