// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_record.h"

struct reader {
  struct cluster cluster;
  rd_kafka_t *client;
};

static int setup(void **state) {
  struct reader *reader = calloc(1, sizeof *reader);
  char text[256];
  reader->cluster = cluster_start();
  cluster_topic(&reader->cluster, "t", 2);
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", reader->cluster.bootstrap, text, sizeof text);
  rd_kafka_conf_set(conf, "group.id", "g", text, sizeof text);
  reader->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  *state = reader;
  return 0;
}

static int teardown(void **state) {
  struct reader *reader = *state;
  rd_kafka_consumer_close(reader->client);
  rd_kafka_destroy(reader->client);
  cluster_stop(&reader->cluster);
  free(reader);
  return 0;
}

static rd_kafka_message_t *read_one(struct reader *reader) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, "t", 1)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(reader->client, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->client, 10000);
  assert_non_null(message);
  assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
  return message;
}

static void test_all_of_a_message(void **state) {
  struct reader *reader = *state;
  struct kafka_record room = {0};
  rd_kafka_producev(reader->cluster.client, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(1),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY("k\0y", 3), RD_KAFKA_V_VALUE("v\0", 2),
                    RD_KAFKA_V_TIMESTAMP(1700000000123), RD_KAFKA_V_HEADER("a", "1\0", 2),
                    RD_KAFKA_V_HEADER("none", NULL, 0), RD_KAFKA_V_HEADER("c", "333", 3), RD_KAFKA_V_END);
  rd_kafka_flush(reader->cluster.client, 10000);
  rd_kafka_message_t *message = read_one(reader);
  struct record record = kafka_record_of(&room, message);
  assert_string_equal(record.topic, "t");
  assert_int_equal(record.partition, 1);
  assert_int_equal(record.offset, 0);
  assert_int_equal(record.timestamp, 1700000000123000);
  assert_int_equal(record.key_size, 3);
  assert_memory_equal(record.key, "k\0y", 3);
  assert_int_equal(record.value_size, 2);
  assert_int_equal(record.header_count, 3);
  assert_string_equal(record.headers[0].name, "a");
  assert_int_equal(record.headers[0].size, 2);
  assert_null(record.headers[1].value);
  assert_memory_equal(record.headers[2].value, "333", 3);
  rd_kafka_message_destroy(message);
  kafka_record_free(&room);
}

static void test_a_message_without_anything(void **state) {
  struct reader *reader = *state;
  struct kafka_record room = {0};
  rd_kafka_producev(reader->cluster.client, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_END);
  rd_kafka_flush(reader->cluster.client, 10000);
  rd_kafka_message_t *message = read_one(reader);
  struct record record = kafka_record_of(&room, message);
  assert_null(record.key);
  assert_null(record.value);
  assert_int_equal(record.value_size, 0);
  assert_int_equal(record.header_count, 0);
  rd_kafka_message_destroy(message);
  kafka_record_free(&room);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_all_of_a_message, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_message_without_anything, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
