// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "config_kafka.h"

// What is printed of a document that the parser takes; "" = it is good.
static char *check(const char *document) {
  struct config *config;
  struct config_problems problems = {0};
  assert_int_equal(config_parse(document, strlen(document), NULL, 0, &config, &problems), 0);
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  int status = config_kafka_check(config, &problems);
  assert_int_equal(status, problems.count ? -WF_EINVAL : 0);
  config_problems_print(&problems, "f", out);
  fclose(out);
  config_problems_free(&problems);
  config_free(config);
  return text;
}

static void assert_said(const char *document, const char *expected) {
  char *text = check(document);
  assert_string_equal(text, expected);
  free(text);
}

static void test_defaults_are_good(void **state) {
  (void)state;
  assert_said("", "");
}

static void test_properties_of_both_clients_are_good(void **state) {
  (void)state;
  assert_said("kafka: {linger.ms: 5, fetch.min.bytes: 1, security.protocol: ssl, client.id: me, compression.type: zstd}", "");
}

static void test_unknown_names_are_named_with_their_place(void **state) {
  (void)state;
  assert_said("kafka:\n  client.id: me\n  nosuch.property: 1\n  lingr.ms: 1\n",
              "f:3:3: kafka.nosuch.property: No such configuration property: \"nosuch.property\"\n"
              "f:4:3: kafka.lingr.ms: No such configuration property: \"lingr.ms\"\n");
}

static void test_values_are_looked_at(void **state) {
  (void)state;
  char *text = check("kafka:\n  security.protocol: tls\n");
  assert_ptr_equal(strstr(text, "f:2:3: kafka.security.protocol: "), text);
  assert_non_null(strstr(text, "\"tls\""));
  free(text);
  text = check("kafka: {session.timeout.ms: soon}");
  assert_ptr_equal(strstr(text, "f:1:9: kafka.session.timeout.ms: "), text);
  free(text);
}

static void test_what_the_daemon_needs_cannot_be_turned_off(void **state) {
  (void)state;
  assert_said("kafka: {enable.partition.eof: true}", "f:1:9: kafka.enable.partition.eof: must be \"false\" here, found \"true\"\n");
}

static void test_no_secret_is_read(void **state) {
  (void)state;
  assert_said("kafka: {sasl.password_file: /nonexistent/file}", "");
}

static void test_a_value_must_fit_into_a_message(void **state) {
  (void)state;
  assert_said("bounds: {value: 1MiB}",
              "f: bounds.value of 1048576 bytes does not fit into a message: expected kafka.message.max.bytes of at least 1064960, not 1000000, "
              "and as much for the topics at the broker, or a smaller bounds.value\n");
  assert_said("bounds: {value: 1MiB}\nkafka: {message.max.bytes: 1064960}", "");
  char *text = check("bounds: {value: 1MiB}\nkafka: {message.max.bytes: 1064959}");
  assert_ptr_equal(strstr(text, "f:2:9: bounds.value of 1048576 bytes"), text);
  free(text);
}

static void test_a_smaller_message_needs_a_smaller_value(void **state) {
  (void)state;
  char *text = check("kafka: {message.max.bytes: 500000}");
  assert_non_null(strstr(text, "at least 999424, not 500000"));
  free(text);
  assert_said("bounds: {value: 64KiB}\nkafka: {message.max.bytes: 500000}", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults_are_good),
      cmocka_unit_test(test_properties_of_both_clients_are_good),
      cmocka_unit_test(test_unknown_names_are_named_with_their_place),
      cmocka_unit_test(test_values_are_looked_at),
      cmocka_unit_test(test_what_the_daemon_needs_cannot_be_turned_off),
      cmocka_unit_test(test_no_secret_is_read),
      cmocka_unit_test(test_a_value_must_fit_into_a_message),
      cmocka_unit_test(test_a_smaller_message_needs_a_smaller_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
