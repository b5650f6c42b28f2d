// SPDX-License-Identifier: Apache-2.0
// The machine's tz database, and what cron expressions make of every change of the clocks
// of three zones in one year.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/cron.h"
#include "io/timezone.h"

static struct timezones *zones;

static int open_zones(void **state) {
  (void)state;
  zones = timezones_new();
  return 0;
}

static int close_zones(void **state) {
  (void)state;
  timezones_free(zones);
  return 0;
}

static usec_t instant(const char *text) {
  usec_t at;
  assert_int_equal(clock_parse(text, strlen(text), &at), 0);
  return at;
}

static struct wf_zone_stretch stretch_at(const char *zone, const char *at) {
  const struct wf_zone *found = timezones_find(zones, zone);
  assert_non_null(found);
  return found->stretch(found, instant(at) / USEC_PER_SEC);
}

static void test_unknown_zones(void **state) {
  (void)state;
  static const char *const names[] = {"Europe/Atlantis", "", "+02:00", "/etc/localtime", "../../etc/passwd",
                                      "Europe/../Europe/Berlin", "Europe"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_null(timezones_find(zones, names[i]));
}

static void test_a_zone_is_read_once(void **state) {
  (void)state;
  const struct wf_zone *berlin = timezones_find(zones, "Europe/Berlin");
  assert_ptr_equal(timezones_find(zones, "Europe/Berlin"), berlin);
  assert_ptr_not_equal(timezones_find(zones, "Europe/Paris"), berlin);
}

static void test_utc(void **state) {
  (void)state;
  struct wf_zone_stretch stretch = stretch_at("UTC", "2026-06-01T00:00:00Z");
  assert_true(stretch.from == INT64_MIN && stretch.until == INT64_MAX && stretch.offset == 0);
}

static void test_stretches_meet(void **state) {
  (void)state;
  static const char *const names[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
                                      "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const struct wf_zone *zone = timezones_find(zones, names[i]);
    assert_non_null(zone);
    int64_t at = instant("1990-01-01T00:00:00Z") / USEC_PER_SEC, end = instant("2090-01-01T00:00:00Z") / USEC_PER_SEC;
    for (struct wf_zone_stretch stretch; at < end; at = stretch.until) {
      stretch = zone->stretch(zone, at);
      assert_true(stretch.from <= at && at < stretch.until);
      if (stretch.until == INT64_MAX) break;
      struct wf_zone_stretch last = zone->stretch(zone, stretch.until - 1), next = zone->stretch(zone, stretch.until);
      assert_true(last.from == stretch.from && last.until == stretch.until && next.from == stretch.until);
    }
  }
}

static void test_after_the_table_of_the_file_the_rule_goes_on(void **state) {
  (void)state;
  assert_int_equal(stretch_at("Europe/Berlin", "2060-07-01T00:00:00Z").offset, 7200);
  assert_int_equal(stretch_at("Europe/Berlin", "2060-12-01T00:00:00Z").offset, 3600);
}

// ---- every change of the clocks in 2026

struct change {
  const char *zone, *at; // the instant of the change
  int before, after;     // offsets in minutes
};

static const struct change CHANGES[] = {
    {"Europe/Berlin", "2026-03-29T01:00:00Z", 60, 120},          {"Europe/Berlin", "2026-10-25T01:00:00Z", 120, 60},
    {"America/New_York", "2026-03-08T07:00:00Z", -300, -240},    {"America/New_York", "2026-11-01T06:00:00Z", -240, -300},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 660, 630},   {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", 630, 660},
};
enum { CHANGE_COUNT = sizeof CHANGES / sizeof *CHANGES };

static void test_the_changes_are_all_of_the_year(void **state) {
  (void)state;
  for (size_t i = 0; i < CHANGE_COUNT; i += 2) {
    const struct wf_zone *zone = timezones_find(zones, CHANGES[i].zone);
    int64_t at = instant("2026-01-01T00:00:00Z") / USEC_PER_SEC;
    for (size_t k = i; k < i + 2; k++) {
      struct wf_zone_stretch stretch = zone->stretch(zone, at);
      assert_int_equal(stretch.offset, CHANGES[k].before * 60);
      assert_true(stretch.until * USEC_PER_SEC == instant(CHANGES[k].at));
      at = stretch.until;
      assert_int_equal(zone->stretch(zone, at).offset, CHANGES[k].after * 60);
    }
    assert_true(zone->stretch(zone, at).until >= instant("2027-01-01T00:00:00Z") / USEC_PER_SEC);
  }
}

// The slots of an expression in one zone from an instant up to another, counted on a clock
// that goes through them.
static int count_slots(const char *expression, const char *zone, usec_t from, usec_t until, usec_t *ret_first) {
  struct wf_cron cron;
  struct wf_cron_error error;
  assert_int_equal(wf_cron_parse(expression, strlen(expression), &cron, &error), 0);
  const struct wf_zone *found = timezones_find(zones, zone);
  int count = 0;
  for (usec_t at = wf_cron_next(&cron, found, from - 1); at < until; at = wf_cron_next(&cron, found, at))
    if (count++ == 0) *ret_first = at;
  return count;
}

// A reading half way through what the change leaves out or repeats, as cron fields.
static void middle_of(const struct change *change, char *out, size_t size) {
  int shift = change->after - change->before, earlier = shift > 0 ? change->before : change->after;
  int64_t reading = instant(change->at) / USEC_PER_MIN + earlier + (shift > 0 ? shift : -shift) / 2;
  snprintf(out, size, "%d %d * * *", (int)(reading % 60), (int)(reading / 60 % 24));
}

static void test_a_daily_slot_comes_once_on_each_day_of_a_change(void **state) {
  (void)state;
  for (size_t i = 0; i < CHANGE_COUNT; i++) {
    const struct change *change = &CHANGES[i];
    char expression[32];
    middle_of(change, expression, sizeof expression);
    usec_t at = instant(change->at), first = 0;
    usec_t repeated = (change->before - change->after) * USEC_PER_MIN;
    assert_int_equal(count_slots(expression, change->zone, at - 6 * USEC_PER_HOUR, at + 6 * USEC_PER_HOUR, &first), 1);
    // Left out: at the change. Repeated: the first time.
    assert_true(first == (repeated > 0 ? at - repeated / 2 : at));
    assert_int_equal(count_slots(expression, change->zone, at - 36 * USEC_PER_HOUR, at + 36 * USEC_PER_HOUR, &first), 3);
  }
}

static void test_open_slots_go_on_with_time(void **state) {
  (void)state;
  for (size_t i = 0; i < CHANGE_COUNT; i++) {
    const struct change *change = &CHANGES[i];
    usec_t at = instant(change->at), first = 0;
    int minutes = count_slots("* * * * *", change->zone, at - 3 * USEC_PER_HOUR, at + 3 * USEC_PER_HOUR, &first);
    assert_int_equal(minutes, 360);
    assert_true(first == at - 3 * USEC_PER_HOUR);
    int seconds = count_slots("* * * * * *", change->zone, at - 90 * USEC_PER_SEC, at + 90 * USEC_PER_SEC, &first);
    assert_int_equal(seconds, 180);
  }
}

static void test_a_year_of_days(void **state) {
  (void)state;
  for (size_t i = 0; i < CHANGE_COUNT; i += 2) {
    usec_t first, from = instant("2026-01-01T12:00:00Z"), until = instant("2027-01-01T12:00:00Z");
    for (int hour = 0; hour < 24; hour++) {
      char expression[32];
      snprintf(expression, sizeof expression, "15 %d * * *", hour);
      assert_int_equal(count_slots(expression, CHANGES[i].zone, from, until, &first), 365);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_unknown_zones),
      cmocka_unit_test(test_a_zone_is_read_once),
      cmocka_unit_test(test_utc),
      cmocka_unit_test(test_stretches_meet),
      cmocka_unit_test(test_after_the_table_of_the_file_the_rule_goes_on),
      cmocka_unit_test(test_the_changes_are_all_of_the_year),
      cmocka_unit_test(test_a_daily_slot_comes_once_on_each_day_of_a_change),
      cmocka_unit_test(test_open_slots_go_on_with_time),
      cmocka_unit_test(test_a_year_of_days),
  };
  return cmocka_run_group_tests(tests, open_zones, close_zones);
}
