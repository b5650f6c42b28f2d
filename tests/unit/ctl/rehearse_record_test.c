// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rehearse_fixture.h"

#define DOCUMENT                                                                                                       \
  HEAD "do:\n"                                                                                                         \
       "  - outer:\n"                                                                                                  \
       "      do:\n"                                                                                                   \
       "        - inner: {call: callLead, metadata: {title: The inner}}\n"                                             \
       "  - last: {wait: {hours: 1}}\n"

static void test_events_and_steps(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, DOCUMENT, "callLead: {output: {a: 1}, delay: 5s}", NULL);
  const struct rehearse_run *run = fixture.record.runs.items[0];
  assert_int_equal(run->steps.count, 3);
  const struct rehearse_step *inner = &run->steps.items[1];
  assert_string_equal(inner->reference, "/do/0/outer/do/0/inner");
  assert_string_equal(inner->name, "inner");
  assert_string_equal(inner->title, "The inner");
  assert_string_equal(inner->kind, "call");
  assert_int_equal(inner->parent_step_no, 1);
  assert_int_equal(inner->status, WF_COMPLETED);
  assert_int_equal(inner->ended_at - inner->started_at, 5 * USEC_PER_SEC);
  assert_int_equal(run->steps.items[2].ended_at - REHEARSE_START, USEC_PER_HOUR + 5 * USEC_PER_SEC);
  for (size_t i = 0; i < run->events.count; i++) {
    const struct rehearse_event *event = &run->events.items[i];
    assert_int_equal(event->event.seq, i + 1);
    if (event->event.action_no) assert_string_equal(event->function, "callLead");
    else assert_null(event->function);
  }
  fixture_end(&fixture);
}

static void test_a_record_that_never_began(void **state) {
  (void)state;
  struct rehearse_record record = {0};
  rehearse_record_clear(&record);
  assert_null(record.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_events_and_steps),
      cmocka_unit_test(test_a_record_that_never_began),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
