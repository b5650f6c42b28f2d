// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "dev/dev_settings.h"

static const char *property(const struct config *config, const char *name) {
  const char *value = NULL; // the last one counts
  for (size_t i = 0; i < config->kafka_count; i++) {
    if (strcmp(config->kafka[i].name, name) == 0) value = config->kafka[i].value;
  }
  return value;
}

// What workflowd itself reads from the file.
static struct config *write_and_load(const struct dev_settings *settings) {
  char path[] = "/tmp/dev_settings_test.XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(dev_settings_write(path, settings), 0);
  struct config *config;
  struct config_problems problems = {0};
  int r = config_load(path, NULL, 0, &config, &problems);
  if (r != 0) config_problems_print(&problems, path, stderr);
  config_problems_free(&problems);
  unlink(path);
  assert_int_equal(r, 0);
  return config;
}

static const struct dev_settings EMBEDDED = {.database = "host=/tmp/x dbname=workflow", .brokers = "127.0.0.1:9",
                                             .embedded = true, .examples = "/tmp"};

static void test_workflowd_takes_the_file(void **state) {
  (void)state;
  struct config *config = write_and_load(&EMBEDDED);
  assert_string_equal(config->postgres.conninfo, EMBEDDED.database);
  assert_string_equal(property(config, "bootstrap.servers"), "127.0.0.1:9");
  assert_string_equal(config->definitions.folder, "/tmp");
  config_free(config);
}

static void test_embedded_broker_is_assigned_by_hand(void **state) {
  (void)state;
  struct config *config = write_and_load(&EMBEDDED);
  assert_int_equal(config->topics.assignment, CONFIG_ASSIGN_MANUAL);
  assert_string_equal(property(config, "fetch.wait.max.ms"), "1");
  config_free(config);
}

static void test_a_kafka_that_exists_is_shared_by_group(void **state) {
  (void)state;
  struct dev_settings settings = EMBEDDED;
  settings.embedded = false;
  struct config *config = write_and_load(&settings);
  assert_int_equal(config->topics.assignment, CONFIG_ASSIGN_GROUP);
  config_free(config);
}

static void test_every_function_of_the_worker_is_declared(void **state) {
  (void)state;
  static const char *const FUNCTIONS[] = {"noop", "callLead", "sendMessage", "chargeCard", "transcribeCall"};
  struct config *config = write_and_load(&EMBEDDED);
  assert_int_equal(config->function_count, sizeof FUNCTIONS / sizeof *FUNCTIONS);
  for (size_t i = 0; i < config->function_count; i++) assert_string_equal(config->functions[i].name, FUNCTIONS[i]);
  config_free(config);
}

static void test_quotes_in_a_conninfo(void **state) {
  (void)state;
  struct dev_settings settings = EMBEDDED;
  settings.database = "host=/tmp/x dbname='a \\'b\\' \"c\"'";
  struct config *config = write_and_load(&settings);
  assert_string_equal(config->postgres.conninfo, settings.database);
  config_free(config);
}

static void test_folder_that_does_not_exist(void **state) {
  (void)state;
  assert_int_equal(dev_settings_write("/no/such/folder/workflowd.yaml", &EMBEDDED), -WF_EIO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_workflowd_takes_the_file),
      cmocka_unit_test(test_embedded_broker_is_assigned_by_hand),
      cmocka_unit_test(test_a_kafka_that_exists_is_shared_by_group),
      cmocka_unit_test(test_every_function_of_the_worker_is_declared),
      cmocka_unit_test(test_quotes_in_a_conninfo),
      cmocka_unit_test(test_folder_that_does_not_exist),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
