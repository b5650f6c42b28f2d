// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "dev/broker.h"
#include "io/codec_worker.h"
#include "worker/worker.h"

static const usec_t LIMIT = 30 * USEC_PER_SEC;

struct fixture {
  struct broker *broker;
  rd_kafka_t *client;    // asks and listens
  struct worker *worker;
};

static rd_kafka_t *connect_client(struct broker *broker, rd_kafka_type_t type) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", broker_address(broker), error, sizeof error);
  rd_kafka_conf_set(conf, "log_level", "0", error, sizeof error);
  rd_kafka_conf_set(conf, "linger.ms", "0", error, sizeof error);
  return rd_kafka_new(type, conf, error, sizeof error);
}

static struct worker *start_worker(struct broker *broker) {
  static const struct worker_property PROPERTIES[] = {{"fetch.wait.max.ms", "1"}};
  struct worker *worker;
  assert_int_equal(worker_new(&(struct worker_options){.brokers = broker_address(broker), .group = "g",
                                                       .topic = "requests", .assign_all = true,
                                                       .properties = PROPERTIES, .property_count = 1},
                              &worker),
                   0);
  return worker;
}

static int set_up(void **state) {
  static struct fixture fixture;
  *state = &fixture;
  if (broker_new(&fixture.broker) != 0 || broker_create_topic(fixture.broker, "requests", 2) != 0 ||
      broker_create_topic(fixture.broker, "results", 4) != 0)
    return -1;
  fixture.client = connect_client(fixture.broker, RD_KAFKA_PRODUCER);
  fixture.worker = start_worker(fixture.broker);
  return 0;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  worker_free(fixture->worker);
  rd_kafka_destroy(fixture->client);
  broker_free(fixture->broker);
  return 0;
}

static void publish(struct fixture *fixture, const void *value, size_t size) {
  rd_kafka_resp_err_t error =
      rd_kafka_producev(fixture->client, RD_KAFKA_V_TOPIC("requests"), RD_KAFKA_V_VALUE((void *)value, size),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  assert_int_equal(error, RD_KAFKA_RESP_ERR_NO_ERROR);
  assert_int_equal(rd_kafka_flush(fixture->client, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void ask(struct fixture *fixture, int action_no, const char *function, const char *arguments) {
  struct buf bytes = {0};
  codec_encode_request(&(struct action_request){.action = {.action_no = action_no}, .attempt = 1, .reference = "/do/0/x",
                                                .workflow = "d/w", .workflow_version = "1.0.0", .function = function,
                                                .arguments = text_of(arguments), .heartbeat_timeout = 3000,
                                                .answer_topic = "results", .answer_partition = 2},
                       &bytes);
  publish(fixture, bytes.data, bytes.size);
  buf_free(&bytes);
}

static void recall(struct fixture *fixture, int action_no) {
  struct buf bytes = {0};
  codec_encode_cancel(&(struct action_cancel){.action = {.action_no = action_no}, .attempt = 1, .reason = "cancelled"},
                      &bytes);
  publish(fixture, bytes.data, bytes.size);
  buf_free(&bytes);
}

// Turns until the counter is at `wanted`.
#define TURN_UNTIL(worker, counter, wanted)                                                                     \
  do {                                                                                                          \
    usec_t end = clock_boottime() + LIMIT;                                                                      \
    while (worker_counts(worker).counter < (wanted) && clock_boottime() < end)                                  \
      worker_turn(worker, 20 * USEC_PER_MSEC);                                                                  \
    assert_int_equal(worker_counts(worker).counter, (wanted));                                                  \
  } while (0)

static int64_t results_in(struct fixture *fixture, int32_t partition) {
  int64_t low = 0, high = 0;
  assert_int_equal(rd_kafka_query_watermark_offsets(fixture->client, "results", partition, &low, &high, 10000),
                   RD_KAFKA_RESP_ERR_NO_ERROR);
  return high;
}

static void assert_results(struct fixture *fixture, int64_t wanted) {
  usec_t end = clock_boottime() + LIMIT;
  while (results_in(fixture, 2) < wanted && clock_boottime() < end) worker_turn(fixture->worker, USEC_PER_MSEC);
  assert_int_equal(results_in(fixture, 2), wanted);
}

static void test_answers_on_the_partition_asked_for(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 1);
  assert_results(fixture, 1);
  assert_int_equal(results_in(fixture, 0) + results_in(fixture, 1) + results_in(fixture, 3), 0);
}

static void test_a_repeat_is_answered_again(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "noop", "{}");
  ask(fixture, 1, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 2);
  assert_int_equal(worker_counts(fixture->worker).repeats, 1);
  assert_results(fixture, 2);
}

static void test_rubbish_is_passed_over(void **state) {
  struct fixture *fixture = *state;
  publish(fixture, "\xff\xff", 2);
  ask(fixture, 1, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 1);
  TURN_UNTIL(fixture->worker, refused, 1);
}

static void test_long_work_gives_signs_of_life(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "transcribeCall", "{\"call\": \"c\", \"seconds\": 0.1}");
  TURN_UNTIL(fixture->worker, results, 1);
  assert_true(worker_counts(fixture->worker).heartbeats > 0);
}

static void test_recalled_work_ends_without_a_result(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "transcribeCall", "{\"call\": \"c\", \"seconds\": 3600}");
  TURN_UNTIL(fixture->worker, requests, 1);
  recall(fixture, 1);
  TURN_UNTIL(fixture->worker, cancels, 1);
  size_t before = worker_counts(fixture->worker).heartbeats;
  ask(fixture, 2, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 1);
  assert_int_equal(worker_counts(fixture->worker).heartbeats, before);
}

static void test_the_next_worker_goes_on_where_this_one_ended(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 1);
  worker_free(fixture->worker);
  fixture->worker = start_worker(fixture->broker);
  ask(fixture, 2, "noop", "{}");
  TURN_UNTIL(fixture->worker, results, 1);
  assert_int_equal(worker_counts(fixture->worker).requests, 1);
}

static void test_unfinished_work_is_given_to_the_next_worker(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, 1, "transcribeCall", "{\"call\": \"c\", \"seconds\": 3600}");
  TURN_UNTIL(fixture->worker, requests, 1);
  worker_free(fixture->worker);
  fixture->worker = start_worker(fixture->broker);
  TURN_UNTIL(fixture->worker, requests, 1);
  assert_int_equal(worker_counts(fixture->worker).repeats, 0);
}

static void test_wrong_property_is_refused(void **state) {
  struct fixture *fixture = *state;
  static const struct worker_property PROPERTIES[] = {{"no.such.property", "1"}};
  struct worker *worker;
  assert_int_equal(worker_new(&(struct worker_options){.brokers = broker_address(fixture->broker), .group = "g",
                                                       .topic = "requests", .properties = PROPERTIES,
                                                       .property_count = 1},
                              &worker),
                   -WF_EINVAL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_answers_on_the_partition_asked_for),
      CASE(test_a_repeat_is_answered_again),
      CASE(test_rubbish_is_passed_over),
      CASE(test_long_work_gives_signs_of_life),
      CASE(test_recalled_work_ends_without_a_result),
      CASE(test_the_next_worker_goes_on_where_this_one_ended),
      CASE(test_unfinished_work_is_given_to_the_next_worker),
      CASE(test_wrong_property_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
