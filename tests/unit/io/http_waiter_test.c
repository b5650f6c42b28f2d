// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "io/http_waiter.h"

static void count_failure(void *user, const struct http_answer *answer) {
  assert_false(answer->completed);
  assert_non_null(answer->error_type);
  ++*(int *)user;
}

static void test_each_call_is_answered_before_it_returns(void **state) {
  (void)state;
  struct http_waiter *waiter;
  char *problem = NULL;
  assert_int_equal(http_waiter_new(&(struct http_caller_config){.in_flight_max = 1}, &waiter, &problem), 0);
  jv with = jv_object_set(jv_object(), jv_string("method"), jv_string("get"));
  with = jv_object_set(with, jv_string("endpoint"), jv_string("http://127.0.0.1:1/")); // not public: refused
  int answers = 0;
  for (int i = 1; i <= 3; i++) {
    http_waiter_call(waiter, &(struct http_call){.kind = HTTP_CALL_HTTP, .with = with, .timeout = 5 * USEC_PER_SEC}, count_failure, &answers);
    assert_int_equal(answers, i);
  }
  jv_free(with);
  http_waiter_free(waiter);
}

static void test_a_bad_configuration(void **state) {
  (void)state;
  const char *const bad[] = {"300.0.0.0/8"};
  struct http_waiter *waiter = NULL;
  char *problem = NULL;
  assert_int_equal(http_waiter_new(&(struct http_caller_config){.allow = bad, .allow_count = 1}, &waiter, &problem), -WF_EINVAL);
  assert_null(waiter);
  assert_non_null(strstr(problem, "300.0.0.0/8"));
  free(problem);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_call_is_answered_before_it_returns),
      cmocka_unit_test(test_a_bad_configuration),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
