// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_query.h"

struct owner {
  struct cluster cluster;
  struct event_base *base;
  rd_kafka_t *client;
  struct kafka_query *query;
  int answers, answered;
  char cluster_id[64], error[256], topic[32];
  int32_t counts[2], partition;
  int64_t low, high;
};

static void on_answer(void *context, const struct kafka_query_answer *answer) {
  struct owner *owner = context;
  owner->answers++;
  owner->answered += answer->answered;
  snprintf(owner->error, sizeof owner->error, "%s", answer->error ? answer->error : "");
  snprintf(owner->cluster_id, sizeof owner->cluster_id, "%s", answer->cluster_id ? answer->cluster_id : "");
  snprintf(owner->topic, sizeof owner->topic, "%s", answer->topic);
  owner->partition = answer->partition;
  if (answer->answered && answer->partition_counts)
    memcpy(owner->counts, answer->partition_counts, sizeof owner->counts);
  owner->low = answer->low;
  owner->high = answer->high;
}

static int setup(void **state) {
  struct owner *owner = calloc(1, sizeof *owner);
  char text[256];
  owner->cluster = cluster_start();
  owner->base = event_base_new();
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", owner->cluster.bootstrap, text, sizeof text);
  rd_kafka_conf_set(conf, "group.id", "g", text, sizeof text);
  owner->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  owner->query = kafka_query_new(owner->base, owner->client);
  *state = owner;
  return 0;
}

static int teardown(void **state) {
  struct owner *owner = *state;
  kafka_query_free(owner->query);
  rd_kafka_destroy(owner->client);
  event_base_free(owner->base);
  cluster_stop(&owner->cluster);
  free(owner);
  return 0;
}

static void test_describes_topics_and_cluster(void **state) {
  struct owner *owner = *state;
  const char *const topics[] = {"one", "five"};
  cluster_topic(&owner->cluster, "one", 1);
  cluster_topic(&owner->cluster, "five", 5);
  kafka_query_describe(owner->query, topics, 2, on_answer, owner);
  spin_until(owner->base, owner->answers == 1);
  assert_int_equal(owner->answered, 1);
  assert_int_equal(owner->counts[0], 1);
  assert_int_equal(owner->counts[1], 5);
  assert_true(strlen(owner->cluster_id) > 0);
}

static void test_knows_what_a_partition_holds(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "one", 2);
  cluster_produce(&owner->cluster, "one", 1, "k", "a");
  cluster_produce(&owner->cluster, "one", 1, "k", "b");
  kafka_query_offsets(owner->query, "one", 1, on_answer, owner);
  spin_until(owner->base, owner->answers == 1);
  assert_int_equal(owner->answered, 1);
  assert_string_equal(owner->topic, "one");
  assert_int_equal(owner->partition, 1);
  assert_int_equal(owner->low, 0);
  assert_int_equal(owner->high, 2);
}

static void test_says_why_there_is_no_answer(void **state) {
  struct owner *owner = *state;
  const char *const topics[] = {"one"};
  rd_kafka_mock_topic_set_error(owner->cluster.mock, "one", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  kafka_query_describe(owner->query, topics, 1, on_answer, owner);
  spin_until(owner->base, owner->answers == 1);
  assert_int_equal(owner->answered, 0);
  assert_non_null(strstr(owner->error, "topic one: "));
}

static void test_questions_left_open_are_dropped(void **state) {
  struct owner *owner = *state;
  assert_int_equal(rd_kafka_mock_broker_set_down(owner->cluster.mock, 1), 0);
  for (int i = 0; i < 10; i++) kafka_query_offsets(owner->query, "one", 0, on_answer, owner);
  usec_t begin = clock_boottime();
  kafka_query_free(owner->query);
  owner->query = NULL;
  assert_true(clock_boottime() - begin < 3 * USEC_PER_SEC); // one question's time, not ten
  assert_int_equal(owner->answers, 0);
}

#define kafka_case(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      kafka_case(test_describes_topics_and_cluster),
      kafka_case(test_knows_what_a_partition_holds),
      kafka_case(test_says_why_there_is_no_answer),
      kafka_case(test_questions_left_open_are_dropped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
