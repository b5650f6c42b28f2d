// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/rehearse_start.h"
#include "rehearse_fixture.h"

#define ON(strategy) HEAD "schedule: {on: " strategy "}\ndo:\n  - a: {set: {x: 1}}\n"

// The events that start it, as the array of their data; NULL = none do. `taken`: how many are
// not heard again.
static void starts(const char *document, const char *events, const char *expected, usec_t at) {
  struct fixture fixture;
  fixture_begin(&fixture, document, NULL);
  struct rehearse_source source = source_of(events, fixture.arena);
  struct rehearse_events given = {0};
  rehearse_events_read(&given, &source, REHEARSE_START);
  struct rehearse_start start;
  bool found = rehearse_start_find(fixture.definition, NULL, &given, REHEARSE_START, &start);
  assert_int_equal(found, expected != NULL);
  if (found) {
    jv data = jv_array();
    jv_array_foreach(start.input, i, event) data = jv_array_append(data, jv_object_get(event, jv_string("data")));
    jv text = jv_dump_string(data, 0);
    assert_string_equal(jv_string_value(text), expected);
    assert_int_equal(start.at - REHEARSE_START, at);
    jv_free(text);
    jv_free(start.input);
    int taken = 0;
    vec_foreach(arrival, &given.arrivals) taken += arrival->is_taken;
    assert_int_equal(taken, 1);
  }
  rehearse_events_clear(&given);
  fixture_end(&fixture);
}

static void test_one(void **state) {
  (void)state;
  const char *document = ON("{one: {with: {type: t}}}");
  starts(document, "[{type: u, data: 1}, {type: t, data: 2}, {type: t, data: 3}]", "[2]", 0);
  starts(document, "[{at: 2h, event: {type: t, data: 2}}]", "[2]", 2 * USEC_PER_HOUR);
  starts(document, "[{type: u, data: 1}]", NULL, 0);
}

static void test_any(void **state) {
  (void)state;
  starts(ON("{any: [{with: {type: t}}, {with: {type: u, data: '${ .n > 1 }'}}]}"),
         "[{type: u, data: {n: 1}}, {type: u, data: {n: 2}}]", "[{\"n\":2}]", 0);
}

static void test_no_strategy(void **state) {
  (void)state;
  starts(HEAD "do:\n  - a: {set: {x: 1}}\n", "[{type: t}]", NULL, 0);
}

static void test_events_that_do_not_start_it(void **state) {
  (void)state;
  struct fixture fixture;
  fixture_begin(&fixture, ON("{all: [{with: {type: t}}, {with: {type: u, subject: x}}]}"), NULL);
  struct rehearse_source source = source_of("[{type: t, id: e1}, {type: u, id: e2}]", fixture.arena);
  struct rehearse_events given = {0};
  rehearse_events_read(&given, &source, REHEARSE_START);
  jv text = jv_dump_string(rehearse_start_rejected(fixture.definition, NULL, &given, REHEARSE_START), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), "[{\"id\":\"e2\",\"reason\":\"subject\",\"says\":\"`subject` is not there: expected \\\"x\\\"\","
                                             "\"source\":\"rehearsal\",\"type\":\"u\"}]");
  jv_free(text);
  rehearse_events_clear(&given);
  fixture_end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one),
      cmocka_unit_test(test_any),
      cmocka_unit_test(test_no_strategy),
      cmocka_unit_test(test_events_that_do_not_start_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
