// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ctl/rehearse_slots.h"

#define HEAD "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0'}\ndo: [{t: {set: {x: 1}}}]\n"

static usec_t at(const char *text) {
  usec_t instant;
  assert_int_equal(clock_parse(text, strlen(text), &instant), 0);
  return instant;
}

// What the slots are of a workflow published at 9:00 whose run ended at 9:05.
static void slots(const char *schedule, const char *expected) {
  static const struct wf_catalog none = {.functions = NULL};
  struct arena *arena = arena_new();
  struct wf_definition *definition;
  struct wf_problems problems;
  const char *text = arena_printf(arena, HEAD "%s\n", schedule);
  assert_int_equal(wf_definition_load(text, strlen(text), &none, arena, &definition, &problems), 0);
  jv made = rehearse_slots(definition, at("2026-01-31T09:00:00Z"), at("2026-01-31T09:05:00Z"));
  if (*expected) {
    made = jv_dump_string(made, JV_PRINT_SORTED);
    assert_string_equal(jv_string_value(made), expected);
  } else {
    assert_false(jv_is_valid(made));
  }
  jv_free(made);
  wf_definition_free(definition);
  arena_free(arena);
}

static void test_the_first_slots(void **state) {
  (void)state;
  slots("schedule: {every: P1M}", "{\"next\":[\"2026-02-28T09:00:00.000000Z\",\"2026-03-31T09:00:00.000000Z\",\"2026-04-30T09:00:00.000000Z\"],"
                                  "\"schedule\":\"every 1 month\"}");
  slots("schedule: {cron: '0 12 1 1 *'}", "{\"next\":[\"2027-01-01T12:00:00.000000Z\",\"2028-01-01T12:00:00.000000Z\",\"2029-01-01T12:00:00.000000Z\"],"
                                          "\"schedule\":\"cron CRON_TZ=UTC 0 12 1 1 *\"}");
}

static void test_after_a_run(void **state) {
  (void)state;
  slots("schedule: {after: PT10M}", "{\"next\":[\"2026-01-31T09:15:00.000000Z\"],\"schedule\":\"after 600s\"}");
}

static void test_without_a_schedule(void **state) {
  (void)state;
  slots("schedule: {on: {one: {with: {type: t}}}}", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_first_slots),
      cmocka_unit_test(test_after_a_run),
      cmocka_unit_test(test_without_a_schedule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
