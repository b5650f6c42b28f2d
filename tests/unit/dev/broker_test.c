// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

#include "dev/broker.h"

static int set_up(void **state) {
  struct broker *broker;
  int r = broker_new(&broker);
  *state = broker;
  return r;
}

static int tear_down(void **state) {
  broker_free(*state);
  return 0;
}

static rd_kafka_t *connect_client(struct broker *broker) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", broker_address(broker), error, sizeof error);
  rd_kafka_conf_set(conf, "log_level", "0", error, sizeof error);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  assert_non_null(client);
  return client;
}

static int partitions_of(rd_kafka_t *client, const char *name) {
  rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
  const struct rd_kafka_metadata *metadata = NULL;
  int count = -1;
  if (rd_kafka_metadata(client, 0, topic, &metadata, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    count = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_topic_destroy(topic);
  return count;
}

static void test_address_is_loopback(void **state) { assert_memory_equal(broker_address(*state), "127.0.0.1:", 10); }

static void test_topic_has_the_partitions_asked_for(void **state) {
  assert_int_equal(broker_create_topic(*state, "workflow.triggers", 7), 0);
  rd_kafka_t *client = connect_client(*state);
  assert_int_equal(partitions_of(client, "workflow.triggers"), 7);
  rd_kafka_destroy(client);
}

static void test_topic_twice_is_refused(void **state) {
  assert_int_equal(broker_create_topic(*state, "t", 1), 0);
  assert_int_equal(broker_create_topic(*state, "t", 1), -WF_EINVAL);
}

static void test_wrong_partition_counts_are_refused(void **state) {
  assert_int_equal(broker_create_topic(*state, "t", 0), -WF_EINVAL);
  assert_int_equal(broker_create_topic(*state, "t", 4096), -WF_EINVAL);
  assert_int_equal(broker_create_topic(*state, "", 1), -WF_EINVAL);
  assert_int_equal(broker_create_topic(*state, "t", 4095), 0);
}

static void test_unreachable_and_back(void **state) {
  assert_int_equal(broker_create_topic(*state, "t", 3), 0);
  assert_int_equal(broker_set_reachable(*state, false), 0);
  rd_kafka_t *client = connect_client(*state);
  const struct rd_kafka_metadata *metadata;
  assert_int_not_equal(rd_kafka_metadata(client, 1, NULL, &metadata, 300), RD_KAFKA_RESP_ERR_NO_ERROR);
  assert_int_equal(broker_set_reachable(*state, true), 0);
  assert_int_equal(partitions_of(client, "t"), 3);
  rd_kafka_destroy(client);
}

static void test_free_takes_null(void **state) {
  (void)state;
  broker_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_address_is_loopback, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_topic_has_the_partitions_asked_for, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_topic_twice_is_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_wrong_partition_counts_are_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_unreachable_and_back, set_up, tear_down),
      cmocka_unit_test(test_free_takes_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
