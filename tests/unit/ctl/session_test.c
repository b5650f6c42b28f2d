// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "ctl/session.h"
#include "ctl/verb.h"

static void test_the_default_configuration_may_be_missing(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "validate"};
  struct session session = {.arguments = &arguments};
  assert_int_equal(session_configure_if_there(&session), EXIT_OK);
  session_close(&session);
}

static void test_a_named_configuration_may_not(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "validate", .config = "/no/such/file.yaml"};
  struct session session = {.arguments = &arguments};
  assert_int_equal(session_configure_if_there(&session), EXIT_FAILED);
  assert_null(session.config);
  assert_int_equal(session_configure(&session), EXIT_FAILED);
  session_close(&session);
}

static void test_a_database_that_is_not_there(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs", .database = "host=/no/such/folder"};
  struct session session;
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
}

static void test_the_environment_names_the_database(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs", .config = "/no/such/file.yaml"};
  struct session session;
  setenv("WORKFLOWD_DATABASE", "host=/no/such/folder", 1);
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
  setenv("WORKFLOWD_DATABASE", "", 1);
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
  unsetenv("WORKFLOWD_DATABASE");
}

static void test_brokers_that_were_named(void **state) {
  (void)state;
  const struct session session = {0};
  size_t count;
  struct kafka_property *properties = session_kafka(&session, "k:9092", &count);
  assert_int_equal(count, 1);
  assert_string_equal(properties[0].name, "bootstrap.servers");
  assert_string_equal(properties[0].value, "k:9092");
  free(properties);
}

static void test_brokers_in_place_of_the_configurations(void **state) {
  (void)state;
  struct kafka_property configured[] = {{"bootstrap.servers", "a:1"}, {"linger.ms", "7"}};
  struct settings settings = {.producer = configured, .producer_count = 2};
  const struct session session = {.settings = &settings};
  size_t count;
  struct kafka_property *properties = session_kafka(&session, "k:9092", &count);
  assert_int_equal(count, 2);
  assert_string_equal(properties[0].value, "7");
  assert_string_equal(properties[1].value, "k:9092");
  free(properties);
  properties = session_kafka(&session, NULL, &count);
  assert_int_equal(count, 2);
  assert_string_equal(properties[0].value, "a:1");
  free(properties);
}

static void test_saying_gives_back_the_code(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs"};
  const struct session session = {.arguments = &arguments};
  assert_int_equal(session_say(&session, EXIT_NOT_FOUND, "no %s", "run"), EXIT_NOT_FOUND);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_default_configuration_may_be_missing),
      cmocka_unit_test(test_a_named_configuration_may_not),
      cmocka_unit_test(test_a_database_that_is_not_there),
      cmocka_unit_test(test_the_environment_names_the_database),
      cmocka_unit_test(test_brokers_that_were_named),
      cmocka_unit_test(test_brokers_in_place_of_the_configurations),
      cmocka_unit_test(test_saying_gives_back_the_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
