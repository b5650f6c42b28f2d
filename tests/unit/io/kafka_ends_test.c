// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_ends.h"

static int setup(void **state) {
  struct cluster *cluster = calloc(1, sizeof *cluster);
  *cluster = cluster_start();
  cluster_topic(cluster, "t", 2);
  *state = cluster;
  return 0;
}

static int teardown(void **state) {
  cluster_stop(*state);
  free(*state);
  return 0;
}

static int ask(const char *brokers, struct kafka_end *ends, size_t count, usec_t timeout, char **error) {
  const struct kafka_property property = {"bootstrap.servers", brokers};
  return kafka_ends(&property, 1, ends, count, timeout, error);
}

static void test_where_partitions_end(void **state) {
  struct cluster *cluster = *state;
  cluster_produce(cluster, "t", 1, NULL, "a");
  cluster_produce(cluster, "t", 1, NULL, "b");
  struct kafka_end ends[] = {{"t", 0, -7, -7}, {"t", 1, -7, -7}};
  char *error = NULL;
  assert_int_equal(ask(cluster->bootstrap, ends, 2, 10 * USEC_PER_SEC, &error), 0);
  assert_int_equal(ends[0].low, 0);
  assert_int_equal(ends[0].high, 0);
  assert_int_equal(ends[1].low, 0);
  assert_int_equal(ends[1].high, 2);
}

static void test_one_that_is_not_there(void **state) {
  struct cluster *cluster = *state;
  struct kafka_end ends[] = {{"t", 9, -7, -7}, {"t", 0, -7, -7}};
  char *error = NULL;
  assert_int_equal(ask(cluster->bootstrap, ends, 2, 10 * USEC_PER_SEC, &error), 0);
  assert_int_equal(ends[0].low, -1);
  assert_int_equal(ends[0].high, -1);
  assert_int_equal(ends[1].low, 0);
}

static void test_nobody_there(void **state) {
  (void)state;
  struct kafka_end end = {"t", 0, -7, -7};
  char *error = NULL;
  assert_int_equal(ask("127.0.0.1:1", &end, 1, USEC_PER_SEC, &error), -WF_EDOWN);
  assert_non_null(strstr(error, "127.0.0.1:1"));
  free(error);
}

static void test_a_property_that_is_none(void **state) {
  (void)state;
  const struct kafka_property property = {"bootstrap.severs", "x"};
  char *error = NULL;
  assert_int_equal(kafka_ends(&property, 1, NULL, 0, USEC_PER_SEC, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "bootstrap.severs"));
  free(error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_where_partitions_end),
      cmocka_unit_test(test_one_that_is_not_there),
      cmocka_unit_test(test_nobody_there),
      cmocka_unit_test(test_a_property_that_is_none),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
