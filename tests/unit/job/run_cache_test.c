// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/run_cache.h"

static struct wf_run *new_run(unsigned home, unsigned recipient) {
  struct uuid trigger = uuid_make(USEC_PER_SEC, home, 1, 0, 0);
  struct wf_identity identity = {.run_id = uuid_with_recipient(&trigger, recipient), .trigger_id = trigger, .workflow = (char *)"test/one",
                                 .workflow_version = (char *)"1.0.0", .event_id = (char *)"e", .source_type = (char *)"api", .actor = jv_null(), .trigger_data = jv_object()};
  return wf_run_new(&identity);
}

static struct uuid add(struct run_cache *cache, unsigned home, unsigned recipient) {
  struct wf_run *run = new_run(home, recipient);
  struct uuid id = run->identity.run_id;
  run_cache_add(cache, run);
  return id;
}

static size_t bytes_of_one(void) {
  struct wf_run *run = new_run(1, 1);
  size_t bytes = wf_run_memory(run);
  wf_run_free(run);
  return bytes;
}

static int setup(void **state) {
  *state = run_cache_new(3 * bytes_of_one());
  return 0;
}

static int teardown(void **state) {
  run_cache_free(*state);
  return 0;
}

static void test_what_is_added_is_found(void **state) {
  struct uuid id = add(*state, 1, 1), other = uuid_with_recipient(&id, 2);
  assert_true(uuid_equal(&run_cache_find(*state, &id)->identity.run_id, &id));
  assert_null(run_cache_find(*state, &other));
  assert_int_equal(run_cache_count(*state), 1);
}

static void test_dropped_ones_are_gone(void **state) {
  struct uuid id = add(*state, 1, 1);
  run_cache_drop(*state, &id);
  run_cache_drop(*state, &id); // harmless
  assert_null(run_cache_find(*state, &id));
  assert_int_equal(run_cache_bytes(*state), 0);
}

static void test_a_home_leaves_with_its_runs(void **state) {
  struct uuid gone = add(*state, 1, 1), stays = add(*state, 2, 1);
  run_cache_drop_home(*state, 1);
  assert_null(run_cache_find(*state, &gone));
  assert_non_null(run_cache_find(*state, &stays));
}

static void test_within_the_bound_nothing_goes(void **state) {
  for (unsigned i = 1; i <= 3; i++) add(*state, 1, i);
  run_cache_trim(*state);
  assert_int_equal(run_cache_count(*state), 3);
}

static void test_beyond_the_bound_the_least_used_goes(void **state) {
  struct uuid first = add(*state, 1, 1), second = add(*state, 1, 2);
  add(*state, 1, 3);
  add(*state, 1, 4);
  run_cache_find(*state, &first); // used
  run_cache_trim(*state);
  assert_int_equal(run_cache_count(*state), 3);
  assert_null(run_cache_find(*state, &second));
  assert_non_null(run_cache_find(*state, &first));
}

static void test_only_trimming_drops(void **state) {
  for (unsigned i = 1; i <= 9; i++) add(*state, 1, i);
  assert_int_equal(run_cache_count(*state), 9);
  assert_true(run_cache_bytes(*state) > 3 * bytes_of_one());
  run_cache_trim(*state);
  assert_true(run_cache_bytes(*state) <= 3 * bytes_of_one());
}

static void test_a_run_that_grew_counts_more(void **state) {
  struct uuid id = add(*state, 1, 1);
  size_t before = run_cache_bytes(*state);
  struct wf_run *run = run_cache_find(*state, &id);
  jv_free(run->context);
  run->context = jv_object_set(jv_object(), jv_string("text"), jv_string_fmt("%02000d", 1));
  run_cache_measure(*state, run);
  assert_true(run_cache_bytes(*state) >= before);
  assert_int_equal(run_cache_bytes(*state), wf_run_memory(run));
  run_cache_drop(*state, &id);
  assert_int_equal(run_cache_bytes(*state), 0);
}

static void test_measuring_what_is_not_kept_is_harmless(void **state) {
  struct wf_run *run = new_run(1, 1);
  run_cache_measure(*state, run);
  assert_int_equal(run_cache_bytes(*state), 0);
  wf_run_free(run);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_what_is_added_is_found),        CASE(test_dropped_ones_are_gone),
      CASE(test_a_home_leaves_with_its_runs),   CASE(test_within_the_bound_nothing_goes),
      CASE(test_beyond_the_bound_the_least_used_goes), CASE(test_only_trimming_drops),
      CASE(test_a_run_that_grew_counts_more),   CASE(test_measuring_what_is_not_kept_is_harmless),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
