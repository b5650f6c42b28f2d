// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_publish.h"

static int setup(void **state) {
  struct cluster *cluster = calloc(1, sizeof *cluster);
  *cluster = cluster_start();
  cluster_topic(cluster, "t", 4);
  *state = cluster;
  return 0;
}

static int teardown(void **state) {
  cluster_stop(*state);
  free(*state);
  return 0;
}

static int publish(const char *brokers, const struct record *record, usec_t timeout, struct kafka_place *place,
                   char **error) {
  const struct kafka_property properties[] = {{"bootstrap.servers", brokers}, {"message.timeout.ms", "600000"}};
  return kafka_publish(properties, 2, record, timeout, place, error);
}

static void test_the_broker_has_it(void **state) {
  struct cluster *cluster = *state;
  const struct message_header header = {"content-type", "x/y", 3};
  const struct record record = {.topic = "t",
                                .partition = 2,
                                .key = "k",
                                .key_size = 1,
                                .value = "v",
                                .value_size = 1,
                                .headers = &header,
                                .header_count = 1};
  struct kafka_place place;
  char *error = NULL;
  for (int64_t offset = 0; offset < 2; offset++) {
    assert_int_equal(publish(cluster->bootstrap, &record, 10 * USEC_PER_SEC, &place, &error), 0);
    assert_int_equal(place.partition, 2);
    assert_int_equal(place.offset, offset);
  }
}

static void test_one_key_is_one_partition(void **state) {
  struct cluster *cluster = *state;
  const struct record record = {
      .topic = "t", .partition = -1, .key = "lead-1", .key_size = 6, .value = "v", .value_size = 1};
  struct kafka_place one, two;
  char *error = NULL;
  assert_int_equal(publish(cluster->bootstrap, &record, 10 * USEC_PER_SEC, &one, &error), 0);
  assert_int_equal(publish(cluster->bootstrap, &record, 10 * USEC_PER_SEC, &two, &error), 0);
  assert_int_equal(one.partition, two.partition);
  assert_int_equal(two.offset, one.offset + 1);
}

static void test_nobody_there(void **state) {
  (void)state;
  const struct record record = {.topic = "t", .partition = -1, .value = "v", .value_size = 1};
  struct kafka_place place = {-7, -7};
  char *error = NULL;
  assert_int_equal(publish("127.0.0.1:1", &record, 500 * USEC_PER_MSEC, &place, &error), -WF_EDOWN);
  assert_non_null(strstr(error, "127.0.0.1:1"));
  assert_int_equal(place.partition, -7);
  free(error);
}

static void test_too_large(void **state) {
  struct cluster *cluster = *state;
  size_t size = 2 << 20;
  char *value = calloc(1, size);
  const struct record record = {.topic = "t", .partition = -1, .value = value, .value_size = size};
  struct kafka_place place;
  char *error = NULL;
  assert_int_equal(publish(cluster->bootstrap, &record, 10 * USEC_PER_SEC, &place, &error), -WF_ETOOBIG);
  assert_non_null(error);
  free(error);
  free(value);
}

static void test_a_property_that_is_none(void **state) {
  (void)state;
  const struct kafka_property property = {"bootstrap.severs", "x"};
  const struct record record = {.topic = "t", .partition = -1};
  struct kafka_place place;
  char *error = NULL;
  assert_int_equal(kafka_publish(&property, 1, &record, USEC_PER_SEC, &place, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "bootstrap.severs"));
  free(error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_broker_has_it),
      cmocka_unit_test(test_one_key_is_one_partition),
      cmocka_unit_test(test_nobody_there),
      cmocka_unit_test(test_too_large),
      cmocka_unit_test(test_a_property_that_is_none),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
