// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/duration.h"
#include "engine/facts.h"

static void read_back(jv data, struct wf_facts *ret_facts) {
  const char *problem = "";
  if (wf_facts_read(data, ret_facts, &problem) < 0) fail_msg("%s", problem);
}

static jv through_text(jv value) {
  jv text = jv_dump_string(value, 0);
  jv back = jv_parse(jv_string_value(text));
  jv_free(text);
  return back;
}

static void no_facts_are_no_data(void **state) {
  (void)state;
  jv data = wf_facts_write(&WF_NO_FACTS);
  assert_false(jv_is_valid(data));
  struct wf_facts facts;
  read_back(data, &facts);
  assert_null(facts.kind);
  assert_int_equal(facts.timer, 0);
  assert_false(jv_is_valid(facts.output));
}

static void every_kind_comes_back(void **state) {
  (void)state;
  jv output = jv_parse("{\"a\":[1,null,\"x\"]}");
  struct wf_facts facts = {
      .kind = "call", .timer = 7, .final = true, .due_at = 1767603600123456, .jitter = 2456358, .output = output};
  jv data = through_text(wf_facts_write(&facts));
  struct wf_facts back;
  read_back(data, &back);
  assert_string_equal(back.kind, "call");
  assert_int_equal(back.timer, 7);
  assert_true(back.final);
  assert_true(back.due_at == 1767603600123456);
  assert_true(back.jitter == 2456358);
  assert_true(jv_equal(jv_copy(back.output), jv_copy(output)));
  assert_null(back.title);
  assert_int_equal(back.parent, 0);
  jv_free(data);
  jv_free(output);
}

static void null_is_a_value(void **state) {
  (void)state;
  struct wf_facts facts = {.output = jv_null()}, back;
  jv data = wf_facts_write(&facts);
  read_back(data, &back);
  assert_int_equal(jv_get_kind(back.output), JV_KIND_NULL);
  jv_free(data);
}

static void spans_keep_their_microseconds(void **state) {
  (void)state;
  const usec_t spans[] = {1, 999999, WF_DURATION_MAX - 1, WF_DURATION_MAX};
  for (int i = 0; i < 4; i++) {
    struct wf_facts facts = {.delay = spans[i]}, back;
    jv data = through_text(wf_facts_write(&facts));
    read_back(data, &back);
    assert_true(back.delay == spans[i]);
    jv_free(data);
  }
}

static void what_is_no_fact_is_ignored(void **state) {
  (void)state;
  struct wf_facts facts;
  jv data = jv_parse("{\"other\":{},\"timer\":3}");
  read_back(data, &facts);
  assert_int_equal(facts.timer, 3);
  jv_free(data);
}

static void assert_refused(const char *text, const char *expected) {
  struct wf_facts facts = {.timer = 77};
  const char *problem = NULL;
  jv data = text ? jv_parse(text) : jv_invalid_with_msg(jv_string("nonsense"));
  assert_int_equal(wf_facts_read(data, &facts, &problem), -WF_EINVAL);
  assert_string_equal(problem, expected);
  assert_int_equal(facts.timer, 77);
  jv_free(data);
}

static void a_fact_of_another_kind_is_refused(void **state) {
  (void)state;
  assert_refused("{\"kind\":5}", "`kind` is not of its kind");
  assert_refused("{\"timer\":\"x\"}", "`timer` is not of its kind");
  assert_refused("{\"due_at\":\"soon\"}", "`due_at` is not of its kind");
  assert_refused("{\"due_at\":5}", "`due_at` is not of its kind");
  assert_refused("{\"final\":1}", "`final` is not of its kind");
  assert_refused("{\"delay\":\"1\"}", "`delay` is not of its kind");
  assert_refused("{\"timer\":null}", "`timer` is not of its kind");
}

static void numbers_that_no_integer_holds_are_refused(void **state) {
  (void)state;
  const char *const counts[] = {"-1", "1.5", "1e9999", "1000000001", "4294967296"};
  char text[80];
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    snprintf(text, sizeof text, "{\"timer\":%s}", counts[i]);
    assert_refused(text, "`timer` is not of its kind");
  }
  assert_refused("{\"delay\":1e300}", "`delay` is not of its kind");
  assert_refused("{\"delay\":-0.5}", "`delay` is not of its kind");
}

static void data_are_an_object_or_nothing(void **state) {
  (void)state;
  assert_refused("true", "its data is no object");
  assert_refused("null", "its data is no object");
  assert_refused("[1]", "its data is no object");
  assert_refused(NULL, "its data is no object");
}

static void what_an_event_takes_is_what_its_values_take(void **state) {
  (void)state;
  struct wf_facts facts = WF_NO_FACTS;
  size_t least = wf_facts_bytes(&facts, 1000);
  assert_in_range(least, 1, 200);
  facts.timer = 1;
  assert_int_equal(wf_facts_bytes(&facts, 1000), least);
  facts.output = jv_string("0123456789");
  assert_int_equal(wf_facts_bytes(&facts, 1000), least + 12);
  assert_in_range(wf_facts_bytes(&facts, 5), least + 5, least + 6);
  jv_free(facts.output);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_facts_are_no_data),
      cmocka_unit_test(every_kind_comes_back),
      cmocka_unit_test(null_is_a_value),
      cmocka_unit_test(spans_keep_their_microseconds),
      cmocka_unit_test(what_is_no_fact_is_ignored),
      cmocka_unit_test(a_fact_of_another_kind_is_refused),
      cmocka_unit_test(numbers_that_no_integer_holds_are_refused),
      cmocka_unit_test(data_are_an_object_or_nothing),
      cmocka_unit_test(what_an_event_takes_is_what_its_values_take),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
