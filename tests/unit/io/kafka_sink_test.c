// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_sink.h"

struct owner {
  struct cluster cluster;
  struct event_base *base;
  struct kafka_sink *sink;
  size_t delivered, failed, refused, rooms, complaints;
  uint64_t cookie_sum, last_cookie;
};

static void on_delivered(void *context, uint64_t cookie, bool delivered, const char *error) {
  struct owner *owner = context;
  assert_true(delivered == (error == NULL));
  if (delivered)
    owner->delivered++;
  else
    owner->failed++;
  owner->cookie_sum += cookie;
  owner->last_cookie = cookie;
}

static void on_refused(void *context, uint64_t cookie, const char *topic, const char *error) {
  struct owner *owner = context;
  assert_string_equal(topic, "out");
  assert_non_null(strstr(error, "size"));
  owner->refused++;
  owner->last_cookie = cookie;
}

static void on_room(void *context) { ((struct owner *)context)->rooms++; }

static void on_failed(void *context, const char *text) {
  assert_non_null(text);
  ((struct owner *)context)->complaints++;
}

static const struct kafka_sink_events events = {on_delivered, on_refused, on_room, on_failed};

static int setup(void **state) {
  struct owner *owner = calloc(1, sizeof *owner);
  owner->cluster = cluster_start();
  owner->base = event_base_new();
  *state = owner;
  return 0;
}

static int teardown(void **state) {
  struct owner *owner = *state;
  kafka_sink_free(owner->sink);
  event_base_free(owner->base);
  cluster_stop(&owner->cluster);
  free(owner);
  return 0;
}

static void open_sink(struct owner *owner, const char *name, const char *value) {
  const struct kafka_property properties[] = {{"bootstrap.servers", owner->cluster.bootstrap},
                                              {name ? name : "linger.ms", name ? value : "0"}};
  char *error = NULL;
  if (kafka_sink_new(owner->base, properties, 2, &events, owner, &owner->sink, &error) < 0) fail_msg("%s", error);
}

static enum kafka_sink_result send_one(struct owner *owner, uint64_t cookie) {
  static const struct message_header headers[] = {{"content-type", "x", 1}, {"none", NULL, 0}};
  struct kafka_message message = {.topic = "out",
                                  .partition = -1,
                                  .key = "k",
                                  .key_size = 1,
                                  .value = "value",
                                  .value_size = 5,
                                  .headers = headers,
                                  .header_count = 2};
  const char *error = NULL;
  return kafka_sink_send(owner->sink, &message, cookie, &error);
}

static void test_each_message_is_reported(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 2);
  open_sink(owner, NULL, NULL);
  for (uint64_t i = 1; i <= 100; i++) assert_int_equal(send_one(owner, i), KAFKA_SINK_TAKEN);
  assert_int_equal(kafka_sink_pending(owner->sink), 100);
  spin_until(owner->base, owner->delivered == 100);
  assert_int_equal(owner->cookie_sum, 5050);
  assert_int_equal(owner->failed, 0);
  assert_int_equal(kafka_sink_pending(owner->sink), 0);
}

// What arrived, read back without any of our code.
static size_t stored(struct owner *owner, int64_t *ret_first_headers) {
  char text[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", owner->cluster.bootstrap, text, sizeof text);
  rd_kafka_conf_set(conf, "group.id", "reader", text, sizeof text);
  rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof text);
  rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", text, sizeof text);
  rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, "out", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(reader, list);
  rd_kafka_topic_partition_list_destroy(list);
  size_t count = 0;
  for (bool end = false; !end;) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, 10000);
    assert_non_null(message);
    end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (!message->err && count++ == 0) {
      rd_kafka_headers_t *headers;
      *ret_first_headers = rd_kafka_message_headers(message, &headers) ? 0 : (int64_t)rd_kafka_header_cnt(headers);
      assert_int_equal(message->len, 5);
      assert_memory_equal(message->payload, "value", 5);
      assert_memory_equal(message->key, "k", 1);
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(reader);
  rd_kafka_destroy(reader);
  return count;
}

static void test_messages_arrive_with_key_and_headers(void **state) {
  struct owner *owner = *state;
  int64_t headers = 0;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, NULL, NULL);
  for (uint64_t i = 0; i < 3; i++) assert_int_equal(send_one(owner, i), KAFKA_SINK_TAKEN);
  assert_true(kafka_sink_flush(owner->sink, 10 * USEC_PER_SEC));
  assert_int_equal(stored(owner, &headers), 3);
  assert_int_equal(headers, 2);
}

static void test_a_full_queue_says_so_and_then_has_room(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, "queue.buffering.max.messages", "10");
  size_t taken = 0;
  while (send_one(owner, 1) == KAFKA_SINK_TAKEN) assert_true(++taken < 1000);
  assert_true(taken >= 10);
  spin_until(owner->base, owner->rooms > 0);
  assert_int_equal(send_one(owner, 1), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->delivered == taken + 1);
}

static void test_too_large_is_refused(void **state) {
  struct owner *owner = *state;
  open_sink(owner, "message.max.bytes", "2000");
  char *value = calloc(1, 4000);
  struct kafka_message message = {.topic = "out", .partition = -1, .value = value, .value_size = 4000};
  const char *error = NULL;
  assert_int_equal(kafka_sink_send(owner->sink, &message, 1, &error), KAFKA_SINK_REFUSED);
  assert_non_null(error);
  assert_int_equal(kafka_sink_pending(owner->sink), 0);
  free(value);
}

static void test_what_the_broker_finds_too_large_is_refused_for_good(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, NULL, NULL);
  rd_kafka_mock_push_request_errors(owner->cluster.mock, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  assert_int_equal(send_one(owner, 5), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->refused == 1);
  assert_int_equal(owner->last_cookie, 5);
  assert_int_equal(owner->delivered + owner->failed, 0);
  assert_int_equal(kafka_sink_pending(owner->sink), 0);
  assert_int_equal(send_one(owner, 6), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->delivered == 1);
}

static void test_what_is_not_delivered_in_time_is_reported(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, "message.timeout.ms", "500");
  assert_int_equal(rd_kafka_mock_broker_set_down(owner->cluster.mock, 1), 0);
  assert_int_equal(send_one(owner, 7), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->failed == 1);
  assert_int_equal(owner->last_cookie, 7);
  assert_int_equal(owner->complaints, 0); // the source has said that the brokers are away
  assert_int_equal(rd_kafka_mock_broker_set_up(owner->cluster.mock, 1), 0);
  assert_int_equal(send_one(owner, 8), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->delivered + owner->failed == 2);
}

static void test_flush_is_bounded(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, NULL, NULL);
  assert_int_equal(rd_kafka_mock_broker_set_down(owner->cluster.mock, 1), 0);
  assert_int_equal(send_one(owner, 7), KAFKA_SINK_TAKEN);
  assert_false(kafka_sink_flush(owner->sink, 200000));
  assert_int_equal(kafka_sink_pending(owner->sink), 1);
}

static void test_after_a_fatal_error_a_new_producer_goes_on(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "out", 1);
  open_sink(owner, NULL, NULL);
  assert_int_equal(send_one(owner, 1), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->delivered == 1);
  // The broker says that an earlier message was lost: the sequence is broken for good.
  rd_kafka_mock_push_request_errors(owner->cluster.mock, 0 /* Produce */, 1,
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert_int_equal(send_one(owner, 2), KAFKA_SINK_TAKEN);
  spin_until(owner->base, owner->failed == 1);
  assert_int_equal(owner->last_cookie, 2);
  assert_true(owner->complaints >= 1);
  spin_until(owner->base, owner->rooms > 0);
  assert_int_equal(kafka_sink_pending(owner->sink), 0);
  assert_int_equal(send_one(owner, 2), KAFKA_SINK_TAKEN); // the owner's word
  spin_until(owner->base, owner->delivered == 2);
}

static void test_a_wrong_property_is_named(void **state) {
  struct owner *owner = *state;
  const struct kafka_property wrong = {"enable.idempotence", "false"};
  char *error = NULL;
  assert_int_equal(kafka_sink_new(owner->base, &wrong, 1, &events, owner, &owner->sink, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "enable.idempotence"));
  free(error);
  assert_null(owner->sink);
}

#define kafka_case(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      kafka_case(test_each_message_is_reported),
      kafka_case(test_messages_arrive_with_key_and_headers),
      kafka_case(test_a_full_queue_says_so_and_then_has_room),
      kafka_case(test_too_large_is_refused),
      kafka_case(test_what_the_broker_finds_too_large_is_refused_for_good),
      kafka_case(test_what_is_not_delivered_in_time_is_reported),
      kafka_case(test_flush_is_bounded),
      kafka_case(test_after_a_fatal_error_a_new_producer_goes_on),
      kafka_case(test_a_wrong_property_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
