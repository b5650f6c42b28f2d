// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define DO "do: [{one: {set: {a: 1}}}]\n"

// The zones of this test: an hour ahead of UTC, under two names.
static struct wf_zone_stretch ahead(const struct wf_zone *zone, int64_t at) {
  (void)zone;
  (void)at;
  return (struct wf_zone_stretch){INT64_MIN, INT64_MAX, 3600};
}
static const struct wf_zone AHEAD = {ahead};
static const struct wf_zone *find(void *owner, const char *name) {
  (void)owner;
  return strcmp(name, "Test/Ahead") == 0 || strcmp(name, "Test/Other") == 0 ? &AHEAD : NULL;
}
static const struct wf_zones ZONES = {find, NULL};

// The schedule's text, or the first problem.
static const char *text_of_schedule(struct arena *arena, const char *document, const char *timezone) {
  struct wf_catalog catalog = CATALOG;
  struct wf_definition *definition;
  struct wf_problems problems;
  catalog.zones = &ZONES;
  catalog.timezone = timezone;
  if (wf_definition_load(document, strlen(document), &catalog, arena, &definition, &problems) < 0) return problems.items[0].text;
  const char *text = arena_strdup(arena, wf_definition_schedule(definition)->text);
  wf_definition_free(definition);
  return text;
}

static void test_intervals(void **state) {
  struct arena *arena = arena_new();
  (void)state;
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {every: {minutes: 15}}\n" DO, NULL), "every 900s");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {after: PT1H}\n" DO, NULL), "after 3600s");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {after: PT0S}\n" DO, NULL), "after 0s");
  arena_free(arena);
}

static void test_cron_has_a_zone(void **state) {
  struct arena *arena = arena_new();
  (void)state;
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {cron: '0 9 * * *'}\n" DO, NULL), "cron CRON_TZ=UTC 0 9 * * *");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {cron: '0 9 * * *'}\n" DO, "Test/Ahead"), "cron CRON_TZ=Test/Ahead 0 9 * * *");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {cron: 'TZ=Test/Other  0 9 * * *'}\n" DO, "Test/Ahead"), "cron CRON_TZ=Test/Other 0 9 * * *");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {cron: 'CRON_TZ=UTC @daily'}\n" DO, "Test/Ahead"), "cron CRON_TZ=UTC @daily");
  assert_string_equal(text_of_schedule(arena, HEAD "schedule: {cron: 'CRON_TZ=Test/None @daily'}\n" DO, NULL),
                      "`cron`: there is no time zone `Test/None` here: expected a name such as Europe/Berlin");
  arena_free(arena);
}

static void test_the_zone_counts(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct wf_catalog catalog = CATALOG;
  struct wf_definition *definition;
  struct wf_problems problems;
  const char *document = HEAD "schedule: {cron: 'CRON_TZ=Test/Ahead 0 9 * * *'}\n" DO;
  catalog.zones = &ZONES;
  assert_int_equal(wf_definition_load(document, strlen(document), &catalog, arena, &definition, &problems), 0);
  assert_true(wf_schedule_next(wf_definition_schedule(definition), 0, 0) == 8 * USEC_PER_HOUR);
  wf_definition_free(definition);
  arena_free(arena);
}

static void test_beside_events(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct wf_definition *definition = must_load(arena, HEAD "schedule: {every: PT1H, on: {one: {with: {type: x}}}}\n" DO);
  assert_non_null(wf_definition_schedule(definition));
  assert_non_null(wf_definition_trigger(definition));
  wf_definition_free(definition);
  definition = must_load(arena, HEAD "schedule: {on: {one: {with: {type: x}}}}\n" DO);
  assert_null(wf_definition_schedule(definition));
  wf_definition_free(definition);
  arena_free(arena);
}

static void test_what_is_refused(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {every: PT1H, after: PT1H}\n" DO, "2:11: `schedule` has several of every, cron and after");
  must_refuse(HEAD "schedule: {every: PT0.05S}\n" DO, "2:19: `every`: expected at least 100 milliseconds");
  must_refuse(HEAD "schedule: {every: '${ .x }'}\n" DO, "2:19: `every`: expected a duration");
  must_refuse(HEAD "schedule: {every: soon}\n" DO, "2:19: `every`");
  must_refuse(HEAD "schedule: {cron: '0 9 * *'}\n" DO, "2:18: `cron`: at character 8: expected 5 fields");
  must_refuse(HEAD "schedule: {cron: '0 25 * * *'}\n" DO, "2:18: `cron`: at character 3: hour: expected 0 to 23");
  must_refuse(HEAD "schedule: {cron: 5}\n" DO, "2:18: `cron`");
  must_refuse(HEAD "schedule: {cron: 'TZ=Europe/Berlin 0 9 * * *'}\n" DO, "2:18: `cron`: there is no time zone `Europe/Berlin` here");
  must_refuse(HEAD "schedule: {evry: PT1H}\n" DO, "2:12: unknown key `evry` in `schedule`, did you mean `every`?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_intervals),       cmocka_unit_test(test_cron_has_a_zone), cmocka_unit_test(test_the_zone_counts),
      cmocka_unit_test(test_beside_events),   cmocka_unit_test(test_what_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
