// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/relay.h"

static struct action_id action(unsigned recipient) { return (struct action_id){uuid_make(USEC_PER_SEC, 1, 1, 0, recipient), 1}; }

static bool pass(struct relay *relay, unsigned recipient, usec_t now) {
  struct action_id id = action(recipient);
  return relay_pass(relay, &id, 1, now);
}

static int setup(void **state) {
  *state = relay_new(10);
  return 0;
}

static int teardown(void **state) {
  relay_free(*state);
  return 0;
}

static void test_one_in_each_interval_passes(void **state) {
  assert_true(pass(*state, 1, 100));
  relay_committed(*state);
  assert_false(pass(*state, 1, 101));
  assert_false(pass(*state, 1, 109));
  assert_true(pass(*state, 1, 110));
  relay_committed(*state);
  assert_false(pass(*state, 1, 119));
}

static void test_within_a_batch_too(void **state) {
  assert_true(pass(*state, 1, 100));
  assert_false(pass(*state, 1, 100));
  assert_false(pass(*state, 1, 120)); // however long the batch takes
}

static void test_each_attempt_of_each_action_passes(void **state) {
  struct action_id id = action(1);
  assert_true(relay_pass(*state, &id, 1, 100));
  assert_true(relay_pass(*state, &id, 2, 100));
  id.action_no = 2;
  assert_true(relay_pass(*state, &id, 1, 100));
  assert_true(pass(*state, 2, 100));
  assert_int_equal(relay_count(*state), 4);
}

static void test_what_did_not_happen_passes_again(void **state) {
  assert_true(pass(*state, 1, 100));
  relay_committed(*state);
  assert_true(pass(*state, 2, 101));
  assert_true(pass(*state, 3, 101));
  relay_redo(*state);
  assert_int_equal(relay_count(*state), 1);
  assert_false(pass(*state, 1, 102));
  assert_true(pass(*state, 2, 102));
  assert_true(pass(*state, 3, 102));
}

static void test_what_is_over_is_forgotten(void **state) {
  for (unsigned i = 1; i <= 50; i++) assert_true(pass(*state, i, 100));
  relay_committed(*state);
  assert_true(pass(*state, 51, 110));
  assert_int_equal(relay_count(*state), 1);
}

static void test_memory_is_bounded(void **state) {
  for (unsigned i = 1; i <= RELAY_MAX; i++) assert_true(pass(*state, i, 100));
  assert_true(pass(*state, RELAY_MAX + 1, 100));
  assert_int_equal(relay_count(*state), RELAY_MAX);
  assert_true(pass(*state, 1, 100)); // it was forgotten
  assert_false(pass(*state, RELAY_MAX + 1, 100));
  relay_redo(*state);
  assert_int_equal(relay_count(*state), 0);
}

static void test_the_interval_is_a_third_of_the_shortest_silence(void **state) {
  (void)state;
  struct wf_function functions[] = {{"a", "t", 100, 0, WF_BY_WORKER, false}, {"b", "t", 100, 90, WF_BY_WORKER, false}, {"c", "t", 100, 30, WF_BY_WORKER, false}, {"d", "t", 100, 60, WF_BY_WORKER, false}};
  assert_true(relay_interval(&(struct wf_catalog){.functions = functions, .count = 4}) == 10);
  assert_true(relay_interval(&(struct wf_catalog){.functions = functions, .count = 1}) == 10 * USEC_PER_SEC);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_one_in_each_interval_passes),
      CASE(test_within_a_batch_too),
      CASE(test_each_attempt_of_each_action_passes),
      CASE(test_what_did_not_happen_passes_again),
      CASE(test_what_is_over_is_forgotten),
      CASE(test_memory_is_bounded),
      cmocka_unit_test(test_the_interval_is_a_third_of_the_shortest_silence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
