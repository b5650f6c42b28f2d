// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/duration.h"
#include "engine/facts.h"

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
  wf_facts_read(data, &facts);
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
  wf_facts_read(data, &back);
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
  wf_facts_read(data, &back);
  assert_int_equal(jv_get_kind(back.output), JV_KIND_NULL);
  jv_free(data);
}

static void spans_keep_their_microseconds(void **state) {
  (void)state;
  const usec_t spans[] = {1, 999999, WF_DURATION_MAX - 1, WF_DURATION_MAX};
  for (int i = 0; i < 4; i++) {
    struct wf_facts facts = {.delay = spans[i]}, back;
    jv data = through_text(wf_facts_write(&facts));
    wf_facts_read(data, &back);
    assert_true(back.delay == spans[i]);
    jv_free(data);
  }
}

static void what_is_not_a_fact_is_ignored(void **state) {
  (void)state;
  struct wf_facts facts;
  jv data = jv_parse("{\"kind\":5,\"timer\":\"x\",\"due_at\":\"soon\",\"final\":1,\"other\":{}}");
  wf_facts_read(data, &facts);
  assert_null(facts.kind);
  assert_int_equal(facts.timer, 0);
  assert_true(facts.due_at == 0);
  assert_false(facts.final);
  jv_free(data);
  wf_facts_read(jv_true(), &facts);
  assert_null(facts.kind);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_facts_are_no_data),
      cmocka_unit_test(every_kind_comes_back),
      cmocka_unit_test(null_is_a_value),
      cmocka_unit_test(spans_keep_their_microseconds),
      cmocka_unit_test(what_is_not_a_fact_is_ignored),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
