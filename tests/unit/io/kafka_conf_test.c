// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "base/error.h"
#include "io/kafka_conf.h"

static const struct kafka_property ours[] = {{"linger.ms", "3"}};
static const struct kafka_property law[] = {{"enable.idempotence", "true"}};

static int make(const struct kafka_property *given, size_t count, rd_kafka_conf_t **conf, char **error) {
  return kafka_conf_new((struct kafka_conf_list){given, count}, (struct kafka_conf_list){ours, 1},
                        (struct kafka_conf_list){law, 1}, conf, error);
}

static void assert_value(rd_kafka_conf_t *conf, const char *name, const char *expected) {
  char value[64];
  size_t size = sizeof value;
  assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
  assert_string_equal(value, expected);
}

static void test_ours_hold_unless_given(void **state) {
  (void)state;
  rd_kafka_conf_t *conf;
  char *error;
  assert_int_equal(make(NULL, 0, &conf, &error), 0);
  assert_value(conf, "linger.ms", "3");
  assert_value(conf, "enable.idempotence", "true");
  rd_kafka_conf_destroy(conf);
  const struct kafka_property given[] = {{"linger.ms", "7"}, {"client.id", "me"}};
  assert_int_equal(make(given, 2, &conf, &error), 0);
  assert_value(conf, "linger.ms", "7");
  assert_value(conf, "client.id", "me");
  rd_kafka_conf_destroy(conf);
}

static void test_law_may_be_repeated_not_broken(void **state) {
  (void)state;
  rd_kafka_conf_t *conf;
  char *error;
  const struct kafka_property same = {"enable.idempotence", "true"}, other = {"enable.idempotence", "false"};
  assert_int_equal(make(&same, 1, &conf, &error), 0);
  rd_kafka_conf_destroy(conf);
  assert_int_equal(make(&other, 1, &conf, &error), -WF_EINVAL);
  assert_string_equal(error, "kafka.enable.idempotence: must be \"true\" here, found \"false\"");
  free(error);
}

static void test_unknown_property_is_named(void **state) {
  (void)state;
  rd_kafka_conf_t *conf;
  char *error;
  const struct kafka_property given = {"lingr.ms", "1"};
  assert_int_equal(make(&given, 1, &conf, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "kafka.lingr.ms: "));
  free(error);
}

static void test_another_password(void **state) {
  (void)state;
  rd_kafka_conf_t *conf;
  char *error;
  const struct kafka_property given[] = {{"security.protocol", "sasl_plaintext"}, {"sasl.mechanism", "PLAIN"}, {"sasl.username", "a"}, {"sasl.password", "b"}};
  assert_int_equal(make(given, 4, &conf, &error), 0);
  char text[256];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  assert_non_null(client);
  assert_int_equal(kafka_conf_set_credentials(client, "a", "c", &error), 0);
  assert_int_equal(kafka_conf_set_credentials(client, NULL, "c", &error), -WF_EINVAL);
  assert_non_null(strstr(error, "Username"));
  free(error);
  rd_kafka_destroy(client);
}

static void remember(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)fields;
  snprintf(context, 128, "%s|%s", log_level_name(level), message);
}

static void test_log_lines_keep_their_weight(void **state) {
  (void)state;
  char line[128];
  log_set_sink(remember, line);
  log_set_level(LOG_LEVEL_DEBUG);
  kafka_conf_log(4, "REBALANCE", "x");
  assert_string_equal(line, "warning|kafka: REBALANCE: x");
  kafka_conf_log(3, "FAIL", "Connection refused"); // said once by the adapters
  assert_string_equal(line, "debug|kafka: FAIL: Connection refused");
  kafka_conf_log(6, "X", "y");
  assert_string_equal(line, "debug|kafka: X: y");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ours_hold_unless_given),
      cmocka_unit_test(test_law_may_be_repeated_not_broken),
      cmocka_unit_test(test_unknown_property_is_named),
      cmocka_unit_test(test_another_password),
      cmocka_unit_test(test_log_lines_keep_their_weight),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
