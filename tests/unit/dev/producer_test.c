// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dev/broker.h"
#include "dev/producer.h"

static int set_up(void **state) {
  struct broker *broker;
  int r = broker_new(&broker);
  *state = broker;
  return r != 0 ? r : broker_create_topic(broker, "t", 2);
}

static int tear_down(void **state) {
  broker_free(*state);
  return 0;
}

static void test_counts_what_the_broker_has(void **state) {
  struct producer *producer;
  assert_int_equal(producer_new(broker_address(*state), "t", &producer), 0);
  assert_int_equal(producer_publish(producer, "k", "v", 1, "application/json"), 0);
  assert_int_equal(producer_publish(producer, "k", "v", 1, NULL), 0);
  assert_int_equal(producer_flush(producer, 10000), 0);
  assert_int_equal(producer_delivered(producer), 2);
  producer_free(producer);
}

static void test_flush_fails_while_the_broker_is_away(void **state) {
  struct producer *producer;
  assert_int_equal(broker_set_reachable(*state, false), 0);
  assert_int_equal(producer_new(broker_address(*state), "t", &producer), 0);
  assert_int_equal(producer_publish(producer, "k", "v", 1, NULL), 0);
  assert_int_equal(producer_flush(producer, 100), -WF_EDOWN);
  assert_int_equal(producer_delivered(producer), 0);
  producer_free(producer);
}

static void test_free_takes_null(void **state) {
  (void)state;
  producer_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_counts_what_the_broker_has, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_flush_fails_while_the_broker_is_away, set_up, tear_down),
      cmocka_unit_test(test_free_takes_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
