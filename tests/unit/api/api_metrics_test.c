// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/api_metrics.h"

static void test_families_have_names_and_help(void **state) {
  (void)state;
  for (int i = 0; i < API_METRIC_COUNT; i++) {
    assert_ptr_equal(strstr(api_metric_families[i].name, "workflowd_api_"), api_metric_families[i].name);
    assert_true(strlen(api_metric_families[i].help) > 5);
  }
}

static void test_they_are_shown(void **state) {
  (void)state;
  struct metrics *metrics = metrics_new_of(api_metric_families, API_METRIC_COUNT);
  struct buf out = {0};
  ++*metrics_value(metrics, API_METRIC_REQUESTS, "knock_run", "200");
  metric_observe(metrics_histogram(metrics, API_METRIC_REQUEST_TIME), 0.003);
  metrics_print(metrics, &out);
  buf_put_u8(&out, 0);
  assert_non_null(strstr(out.data, "\nworkflowd_api_requests_total{endpoint=\"knock_run\",code=\"200\"} 1\n"));
  assert_non_null(strstr(out.data, "\nworkflowd_api_request_seconds_count 1\n"));
  assert_null(strstr(out.data, "workflowd_ready"));
  buf_free(&out);
  metrics_free(metrics);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_families_have_names_and_help),
      cmocka_unit_test(test_they_are_shown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
