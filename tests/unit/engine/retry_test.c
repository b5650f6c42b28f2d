// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/duration.h"
#include "engine/retry.h"

static void constant_stays(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.backoff = WF_BACKOFF_CONSTANT, .delay = 5 * USEC_PER_SEC, .factor = 2};
  assert_true(wf_retry_delay(&plan, 1) == 5 * USEC_PER_SEC);
  assert_true(wf_retry_delay(&plan, 100) == 5 * USEC_PER_SEC);
}

static void linear_adds(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.backoff = WF_BACKOFF_LINEAR, .delay = 10, .increment = 3};
  assert_true(wf_retry_delay(&plan, 1) == 10);
  assert_true(wf_retry_delay(&plan, 2) == 13);
  assert_true(wf_retry_delay(&plan, 5) == 22);
}

static void exponential_multiplies(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.backoff = WF_BACKOFF_EXPONENTIAL, .delay = USEC_PER_SEC, .factor = 2};
  assert_true(wf_retry_delay(&plan, 1) == USEC_PER_SEC);
  assert_true(wf_retry_delay(&plan, 2) == 2 * USEC_PER_SEC);
  assert_true(wf_retry_delay(&plan, 11) == 1024 * USEC_PER_SEC);
  plan.factor = 1.5;
  assert_true(wf_retry_delay(&plan, 3) == 2250000);
}

static void no_delay_grows_without_bound(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.backoff = WF_BACKOFF_EXPONENTIAL, .delay = USEC_PER_SEC, .factor = 10};
  assert_true(wf_retry_delay(&plan, 1000) == WF_DURATION_MAX);
  plan.delay = 0;
  assert_true(wf_retry_delay(&plan, 1000) == 0); // 0 times infinity
  plan = (struct wf_retry_plan){.backoff = WF_BACKOFF_LINEAR, .delay = 1, .increment = WF_DURATION_MAX};
  assert_true(wf_retry_delay(&plan, INT32_MAX) == WF_DURATION_MAX);
}

static void jitter_stays_in_its_range(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.jitter_from = 100, .jitter_to = 103};
  assert_true(wf_retry_jitter(&plan, 0) == 100);
  assert_true(wf_retry_jitter(&plan, UINT64_MAX) == 103);
  assert_true(wf_retry_jitter(&plan, UINT64_MAX / 2) == 101);
  assert_true(wf_retry_jitter(&plan, UINT64_MAX / 2 + 1) == 102);
}

static void an_empty_range_draws_nothing(void **state) {
  (void)state;
  struct wf_retry_plan plan = {.jitter_from = 100, .jitter_to = 50};
  assert_true(wf_retry_jitter(&plan, UINT64_MAX) == 100);
  plan = (struct wf_retry_plan){.delay = 1};
  assert_true(wf_retry_jitter(&plan, UINT64_MAX) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constant_stays),
      cmocka_unit_test(linear_adds),
      cmocka_unit_test(exponential_multiplies),
      cmocka_unit_test(no_delay_grows_without_bound),
      cmocka_unit_test(jitter_stays_in_its_range),
      cmocka_unit_test(an_empty_range_draws_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
