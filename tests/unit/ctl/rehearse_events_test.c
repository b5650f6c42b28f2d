// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/rehearse_events.h"
#include "rehearse_fixture.h"

static void problem(const char *text, const char *expected) {
  struct arena *arena = arena_new();
  struct rehearse_source source = source_of(text, arena);
  struct rehearse_events events = {0};
  rehearse_events_read(&events, &source, REHEARSE_START);
  assert_true(source.problems.count >= 1);
  assert_string_equal(source.problems.items[0].text, expected);
  rehearse_events_clear(&events);
  arena_free(arena);
}

static void test_bad_events(void **state) {
  (void)state;
  problem("5", "an event is an object, but this is a number");
  problem("[{source: s}]", "an event has a `type`, which is a text that is not empty");
  problem("{type: ''}", "an event has a `type`, which is a text that is not empty");
  problem("{type: t, id: 5}", "an event has a `id`, which is a text that is not empty");
  problem("{at: soon, event: {type: t}}", "expected a duration such as 90s, PT1M30S or {minutes: 1, seconds: 30}");
  problem("{ta: 5s, event: {type: t}}", "unknown key `ta` of an event with a time, did you mean `at`?");
}

static struct rehearse_events read_good(const char *text, struct arena *arena) {
  struct rehearse_source source = source_of(text, arena);
  struct rehearse_events events = {0};
  rehearse_events_read(&events, &source, REHEARSE_START);
  assert_int_equal(source.problems.count, 0);
  return events;
}

static void test_what_is_missing_is_made_up(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_events events = read_good("[{type: t}, {type: u, id: i, source: s, data: [1], own: x}]", arena);
  const char *const expected[] = {"{\"id\":\"event-1\",\"source\":\"rehearsal\",\"specversion\":\"1.0\",\"type\":\"t\"}",
                                  "{\"data\":[1],\"id\":\"i\",\"own\":\"x\",\"source\":\"s\",\"specversion\":\"1.0\",\"type\":\"u\"}"};
  assert_int_equal(events.arrivals.count, 2);
  for (size_t i = 0; i < 2; i++) {
    jv text = jv_dump_string(jv_copy(events.arrivals.items[i].event), JV_PRINT_SORTED);
    assert_string_equal(jv_string_value(text), expected[i]);
    jv_free(text);
    assert_false(events.arrivals.items[i].is_timed);
  }
  rehearse_events_clear(&events);
  arena_free(arena);
}

static void test_times(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_events events = read_good("[{at: 2h, event: {type: t}}, {at: 2026-01-05T10:00:00Z, event: {type: t}}, {event: {type: t}}]", arena);
  assert_true(events.arrivals.items[0].is_timed && events.arrivals.items[1].is_timed);
  assert_int_equal(events.arrivals.items[0].at - REHEARSE_START, 2 * USEC_PER_HOUR);
  assert_int_equal(events.arrivals.items[1].at - REHEARSE_START, USEC_PER_HOUR);
  assert_false(events.arrivals.items[2].is_timed);
  rehearse_events_clear(&events);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bad_events),
      cmocka_unit_test(test_what_is_missing_is_made_up),
      cmocka_unit_test(test_times),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
