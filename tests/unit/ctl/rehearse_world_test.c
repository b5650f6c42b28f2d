// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rehearse_fixture.h"

#define ONE_CALL HEAD "do:\n  - first: {call: callLead, with: {to: '${ .to }'}}\n"

static const struct wf_run *run_of(const struct fixture *fixture) { return fixture->record.runs.items[0]->run; }

static usec_t took(const struct fixture *fixture) {
  const struct rehearse_run *run = fixture->record.runs.items[0];
  return run->events.items[run->events.count - 1].event.at - REHEARSE_START;
}

static void expect(const char *document, const char *answers, const char *input, enum wf_status status, usec_t span) {
  struct fixture fixture;
  rehearse_text(&fixture, document, answers, input);
  assert_int_equal(fixture.end, REHEARSE_ENDED);
  assert_int_equal(run_of(&fixture)->status, status);
  assert_int_equal(took(&fixture), span);
  fixture_end(&fixture);
}

static void test_waits_take_no_time(void **state) {
  (void)state;
  expect(HEAD "do:\n  - long: {wait: {days: 400}}\n", NULL, NULL, WF_COMPLETED, 400 * USEC_PER_DAY);
}

static void test_answers_have_delays(void **state) {
  (void)state;
  expect(ONE_CALL, "callLead: {output: {a: 1}, delay: 40s}", "{\"to\": 1}", WF_COMPLETED, 40 * USEC_PER_SEC);
  expect(ONE_CALL, "callLead: {output: {a: 1}, delay: 60s}", "{\"to\": 1}", WF_COMPLETED, 60 * USEC_PER_SEC);
}

static void test_silence_ends_at_the_deadline(void **state) {
  (void)state;
  expect(ONE_CALL, "callLead: {never: true}", NULL, WF_FAULTED, USEC_PER_MIN);
  expect(ONE_CALL, "callLead: {output: 1, delay: 61s}", NULL, WF_FAULTED, USEC_PER_MIN);
}

static void test_fail_fail_succeed(void **state) {
  (void)state;
  const char *document = HEAD "do:\n"
                              "  - first:\n"
                              "      try: [{inside: {call: callLead}}]\n"
                              "      catch: {retry: {delay: {seconds: 3}, limit: {attempt: {count: 4}}}}\n";
  expect(document, "callLead: [{error: {}}, {error: {}}, {output: {}}]", NULL, WF_COMPLETED, 6 * USEC_PER_SEC);
}

static void test_without_an_answer(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, ONE_CALL, NULL, "{\"to\": 31}");
  assert_int_equal(fixture.end, REHEARSE_WANTING);
  assert_int_equal(fixture.record.wants.count, 1);
  const struct rehearse_want *want = &fixture.record.wants.items[0];
  assert_string_equal(want->function, "callLead");
  assert_string_equal(want->reference, "/do/0/first");
  jv to = jv_object_get(jv_copy(want->arguments), jv_string("to"));
  assert_int_equal((int)jv_number_value(to), 31);
  jv_free(to);
  fixture_end(&fixture);
}

static void test_cancellation(void **state) {
  (void)state;
  struct fixture fixture;
  fixture_begin(&fixture, HEAD "do:\n  - long: {wait: {hours: 2}}\n", NULL);
  fixture.config.cancel_after = USEC_PER_HOUR;
  fixture_play(&fixture, NULL);
  assert_int_equal(run_of(&fixture)->status, WF_CANCELLED);
  assert_int_equal(took(&fixture), USEC_PER_HOUR);
  fixture_end(&fixture);
}

static void test_a_loop_ends(void **state) {
  (void)state;
  expect(HEAD "do:\n  - again: {set: {a: 1}, then: again}\n", NULL, NULL, WF_FAULTED, 0);
}

static void test_the_same_each_time(void **state) {
  (void)state;
  const char *document = HEAD "do:\n"
                              "  - first:\n"
                              "      try: [{inside: {call: callLead}}]\n"
                              "      catch: {retry: {jitter: {from: {seconds: 0}, to: {hours: 1}}, limit: {attempt: {count: 3}}}}\n";
  usec_t spans[3];
  for (int i = 0; i < 3; i++) {
    struct fixture fixture;
    fixture_begin(&fixture, document, "callLead: {error: {}}");
    if (i == 2) fixture.config.seed = 2;
    fixture_play(&fixture, NULL);
    spans[i] = took(&fixture);
    fixture_end(&fixture);
  }
  assert_int_equal(spans[0], spans[1]);
  assert_int_not_equal(spans[0], spans[2]);
}

static void test_any_input(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {set: {x: '${ . }'}}\n", NULL, "5");
  jv x = jv_object_get(jv_copy(run_of(&fixture)->output), jv_string("x"));
  assert_int_equal((int)jv_number_value(x), 5);
  jv_free(x);
  fixture_end(&fixture);
}

// ---- events -----------------------------------------------------------------

#define LISTEN(type) "{listen: {to: {one: {with: {type: " type "}}}}}"

static void hear(struct fixture *fixture, const char *document, const char *events, const char *expected, usec_t span) {
  fixture_begin(fixture, document, NULL);
  struct rehearse_source source = source_of(events, fixture->arena);
  struct rehearse_events given = {0};
  rehearse_events_read(&given, &source, REHEARSE_START);
  fixture->config.events = &given;
  fixture_play(fixture, NULL);
  jv output = jv_is_valid(run_of(fixture)->output) ? jv_copy(run_of(fixture)->output) : jv_null();
  jv text = jv_dump_string(output, 0);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
  assert_int_equal(took(fixture), span);
  rehearse_events_clear(&given);
}

static void test_events_come_when_somebody_listens(void **state) {
  (void)state;
  struct fixture fixture;
  hear(&fixture, HEAD "do:\n  - pause: {wait: {hours: 1}}\n  - a: " LISTEN("t") "\n  - b: " LISTEN("t") "\n",
       "[{type: t, data: 1}, {type: u, data: 2}, {type: t, data: 3}]", "[3]", USEC_PER_HOUR);
  assert_int_equal(fixture.end, REHEARSE_ENDED);
  fixture_end(&fixture);
}

static void test_events_come_at_their_time(void **state) {
  (void)state;
  struct fixture fixture;
  hear(&fixture, HEAD "do:\n  - a: " LISTEN("t") "\n", "[{at: 2h, event: {type: t, data: 2}}, {at: 1h, event: {type: t, data: 1}}]",
       "[1]", USEC_PER_HOUR);
  fixture_end(&fixture);
}

static void test_events_of_a_minute_before(void **state) {
  (void)state;
  struct fixture fixture;
  const char *document = HEAD "do:\n  - pause: {wait: {seconds: 100}}\n  - a: " LISTEN("t") "\n";
  hear(&fixture, document, "[{at: 40s, event: {type: t, data: 1}}]", "[1]", 100 * USEC_PER_SEC);
  fixture_end(&fixture);
  hear(&fixture, document, "[{at: 39s, event: {type: t, data: 1}}]", "null", 100 * USEC_PER_SEC);
  assert_int_equal(fixture.end, REHEARSE_WAITING);
  assert_int_equal(fixture.record.wants.count, 1);
  assert_int_equal(fixture.record.wants.items[0].kind, REHEARSE_WANT_EVENT);
  assert_string_equal(fixture.record.wants.items[0].reference, "/do/1/a");
  assert_int_equal(jv_array_length(jv_copy(fixture.record.wants.items[0].arguments)), 0);
  fixture_end(&fixture);
}

static void test_events_that_do_not_match(void **state) {
  (void)state;
  struct fixture fixture;
  hear(&fixture, HEAD "do:\n  - a: " LISTEN("t") "\n", "[{type: u, id: e1}, {type: v, id: e2, source: s}]", "null", 0);
  assert_int_equal(fixture.record.wants.count, 1);
  jv text = jv_dump_string(jv_copy(fixture.record.wants.items[0].arguments), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text),
                      "[{\"id\":\"e1\",\"reason\":\"type\",\"says\":\"`type` is \\\"u\\\": expected \\\"t\\\"\",\"source\":\"rehearsal\",\"type\":\"u\"},"
                      "{\"id\":\"e2\",\"reason\":\"type\",\"says\":\"`type` is \\\"v\\\": expected \\\"t\\\"\",\"source\":\"s\",\"type\":\"v\"}]");
  jv_free(text);
  fixture_end(&fixture);
}

static void test_what_is_emitted_is_heard(void **state) {
  (void)state;
  struct fixture fixture;
  hear(&fixture,
       HEAD "do:\n  - say: {emit: {event: {with: {source: 'https://example.com', type: t, data: 5}}}}\n  - a: " LISTEN("t") "\n",
       "[]", "[5]", 0);
  assert_int_equal(fixture.record.emitted.count, 1);
  fixture_end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_waits_take_no_time),
      cmocka_unit_test(test_answers_have_delays),
      cmocka_unit_test(test_silence_ends_at_the_deadline),
      cmocka_unit_test(test_fail_fail_succeed),
      cmocka_unit_test(test_without_an_answer),
      cmocka_unit_test(test_cancellation),
      cmocka_unit_test(test_a_loop_ends),
      cmocka_unit_test(test_the_same_each_time),
      cmocka_unit_test(test_any_input),
      cmocka_unit_test(test_events_come_when_somebody_listens),
      cmocka_unit_test(test_events_come_at_their_time),
      cmocka_unit_test(test_events_of_a_minute_before),
      cmocka_unit_test(test_events_that_do_not_match),
      cmocka_unit_test(test_what_is_emitted_is_heard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
