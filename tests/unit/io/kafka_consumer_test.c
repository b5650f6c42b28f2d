// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "io/kafka_consumer.h"

static const struct kafka_consumer_handler handler = {0};

static void assert_value(rd_kafka_t *client, const char *name, const char *wanted) {
  char value[128];
  size_t size = sizeof value;
  assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(client), name, value, &size), RD_KAFKA_CONF_OK);
  assert_string_equal(value, wanted);
}

static void test_what_the_operator_says_goes_over_the_defaults(void **state) {
  (void)state;
  const struct kafka_property mine[] = {{"bootstrap.servers", "127.0.0.1:1"}, {"queued.max.messages.kbytes", "512"}};
  rd_kafka_t *client = NULL;
  char *error = NULL;
  assert_int_equal(kafka_consumer_new(mine, 2, &handler, &client, &error), 0);
  assert_value(client, "queued.max.messages.kbytes", "512");
  assert_value(client, "group.id", "workflowd");
  assert_value(client, "auto.offset.reset", "error");
  assert_value(client, "enable.auto.commit", "false");
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// Offsets are PostgreSQL's: what would let Kafka decide is refused by name.
static void test_what_nobody_may_change_is_refused(void **state) {
  (void)state;
  const struct kafka_property wrong[] = {{"enable.auto.commit", "true"}, {"auto.offset.reset", "earliest"}, {"no.such.property", "1"}};
  for (size_t i = 0; i < 3; i++) {
    rd_kafka_t *client = NULL;
    char *error = NULL;
    assert_int_equal(kafka_consumer_new(&wrong[i], 1, &handler, &client, &error), -WF_EINVAL);
    assert_non_null(strstr(error, wrong[i].name));
    assert_null(client);
    free(error);
  }
}

// Each property is right, but not together: librdkafka says so only when it starts.
static void test_what_does_not_go_together_is_told(void **state) {
  (void)state;
  const struct kafka_property mine[] = {{"session.timeout.ms", "6000"}, {"max.poll.interval.ms", "1000"}};
  rd_kafka_t *client = NULL;
  char *error = NULL;
  assert_int_equal(kafka_consumer_new(mine, 2, &handler, &client, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "max.poll.interval.ms"));
  free(error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_the_operator_says_goes_over_the_defaults),
      cmocka_unit_test(test_what_nobody_may_change_is_refused),
      cmocka_unit_test(test_what_does_not_go_together_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
