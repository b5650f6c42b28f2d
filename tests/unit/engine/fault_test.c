// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/fault.h"

static void standard_types_have_their_status(void **state) {
  (void)state;
  assert_string_equal(wf_error_type(WF_ERROR_TIMEOUT), "https://serverlessworkflow.io/spec/1.0.0/errors/timeout");
  assert_int_equal(wf_error_status(WF_ERROR_TIMEOUT), 408);
  assert_int_equal(wf_error_status(WF_ERROR_EXPRESSION), 400);
  assert_int_equal(wf_error_status(WF_ERROR_COMMUNICATION), 500);
  assert_int_equal(wf_error_status(WF_ERROR_AUTHORIZATION), 403);
}

static void the_word_is_the_last_part_of_the_type(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  assert_string_equal(wf_error_word("https://example.com/errors/too-young", arena), "too-young");
  assert_string_equal(wf_error_word("https://example.com/errors/late/", arena), "late");
  assert_string_equal(wf_error_word("urn:problem:full", arena), "full");
  assert_string_equal(wf_error_word("plain", arena), "plain");
  assert_string_equal(wf_error_word("", arena), "error");
  assert_string_equal(wf_error_word("//", arena), "error");
  arena_free(arena);
}

static void parts_that_are_absent_are_left_out(void **state) {
  (void)state;
  jv error = wf_error_make("urn:x", 0, "T", NULL, NULL);
  assert_true(jv_equal(error, jv_parse("{\"type\":\"urn:x\",\"title\":\"T\"}")));
}

static void an_object_gives_code_and_summary(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct wf_raised raised = wf_raised_from(jv_parse("{\"type\":\"https://e.com/full\",\"title\":\"Full up\"}"), arena);
  assert_string_equal(raised.code, "full");
  assert_string_equal(raised.summary, "Full up");
  assert_false(raised.known);
  jv_free(raised.error);
  raised = wf_raised_from(jv_parse("{\"type\":7}"), arena);
  assert_string_equal(raised.code, "error");
  assert_string_equal(raised.summary, "error");
  jv_free(raised.error);
  arena_free(arena);
}

static void a_standard_error_is_complete(void **state) {
  (void)state;
  struct wf_raised raised = wf_raised_make(WF_ERROR_TIMEOUT, "Too slow", "5 s", "/do/0/a");
  assert_string_equal(raised.code, "timeout");
  assert_true(jv_equal(raised.error,
                       jv_parse("{\"type\":\"https://serverlessworkflow.io/spec/1.0.0/errors/timeout\","
                                "\"status\":408,\"title\":\"Too slow\",\"detail\":\"5 s\",\"instance\":\"/do/0/a\"}")));
}

static void test_standard_types_have_several_spellings(void **state) {
  static const char *const same[] = {
      "https://serverlessworkflow.io/spec/1.0.0/errors/timeout",     "https://serverlessworkflow.io/dsl/errors/types/timeout",
      "https://serverlessworkflow.io.io/dsl/errors/types/timeout",   "https://serverlessworkflow.io/spec/1.0.3/errors/timeout",
      "https://https://serverlessworkflow.io/spec/1.0.0/errors/timeout", NULL};
  (void)state;
  for (const char *const *type = same; *type; type++)
    assert_true(wf_error_types_equal(*type, wf_error_type(WF_ERROR_TIMEOUT)));
}

static void test_other_types_are_compared_as_they_are(void **state) {
  static const char *const others[] = {
      "https://serverlessworkflow.io/dsl/errors/types/runtime", "https://serverlessworkflow.io/dsl/errors/types/timeouts",
      "https://serverlessworkflow.io/errors/types/timeout",     "https://example.com/spec/1.0.0/errors/timeout",
      "https://serverlessworkflow.io/spec//errors/timeout",     "timeout", NULL};
  (void)state;
  for (const char *const *type = others; *type; type++)
    assert_false(wf_error_types_equal(*type, wf_error_type(WF_ERROR_TIMEOUT)));
  assert_true(wf_error_types_equal("https://example.com/a", "https://example.com/a"));
  assert_false(wf_error_types_equal("https://serverlessworkflow.io/dsl/errors/types/own",
                                    "https://serverlessworkflow.io/spec/1.0.0/errors/own"));
}

static void test_standard_types_have_a_default_status(void **state) {
  (void)state;
  assert_int_equal(wf_error_type_status(wf_error_type(WF_ERROR_TIMEOUT), 500), 408);
  assert_int_equal(wf_error_type_status("https://serverlessworkflow.io/dsl/errors/types/authorization", 500), 403);
  assert_int_equal(wf_error_type_status("https://example.com/own", 500), 500);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_standard_types_have_several_spellings),
      cmocka_unit_test(test_other_types_are_compared_as_they_are),
      cmocka_unit_test(test_standard_types_have_a_default_status),
      cmocka_unit_test(standard_types_have_their_status),   cmocka_unit_test(the_word_is_the_last_part_of_the_type),
      cmocka_unit_test(parts_that_are_absent_are_left_out), cmocka_unit_test(an_object_gives_code_and_summary),
      cmocka_unit_test(a_standard_error_is_complete),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
