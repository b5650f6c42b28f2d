// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_config.h"
#include "base/clock.h"
#include "base/error.h"

static struct api_config *parse(const char *document) {
  struct config_problems problems = {0};
  struct api_config *config = NULL;
  int status = api_config_parse(document, strlen(document), NULL, 0, &config, &problems);
  assert_true((status == 0) == (problems.count == 0));
  config_problems_free(&problems);
  return config;
}

static char *print(const struct api_config *config) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  api_config_print(config, out);
  fclose(out);
  return text;
}

static void test_defaults(void **state) {
  (void)state;
  struct api_config *config = api_config_default();
  assert_string_equal(config->http.listen, "127.0.0.1:9465");
  assert_int_equal(config->postgres.statement_timeout, 5 * USEC_PER_SEC);
  api_config_free(config);
}

static void test_values_are_read(void **state) {
  (void)state;
  struct api_config *config = parse("http: {connections: 7, head: 2KiB}\nkeys: {cache: 1s}\nlog: {requests: failed}\ndrain_timeout: 3s\n");
  assert_int_equal(config->http.connections, 7);
  assert_int_equal(config->http.head, 2048);
  assert_int_equal(config->keys.cache, USEC_PER_SEC);
  assert_int_equal(config->log.requests, API_CONFIG_REQUESTS_FAILED);
  assert_int_equal(config->drain_timeout, 3 * USEC_PER_SEC);
  api_config_free(config);
}

static void test_what_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"http: {listen: 0.0.0.0:80}", "http: {listen: \"\"}", "postgres: {conninfo: password=x}", "keys: {cache: 0s}",
                                    "kafka: {group.id: x}", "http: {connections: 0}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_null(parse(bad[i]));
}

static void test_shipped_file_is_what_is_printed(void **state) {
  (void)state;
  struct api_config *config = api_config_default();
  char *printed = print(config), *shipped = calloc(1, 1 << 16);
  FILE *file = fopen(SOURCE_DIR "/config/workflowd-api.yaml", "r");
  assert_non_null(file);
  size_t size = fread(shipped, 1, (1 << 16) - 1, file);
  fclose(file);
  shipped[size] = '\0';
  assert_string_equal(shipped, printed);
  api_config_free(config);
  config = parse(printed);
  assert_non_null(config);
  api_config_free(config);
  free(printed);
  free(shipped);
}

static void test_a_file_that_is_not_there(void **state) {
  (void)state;
  struct config_problems problems = {0};
  struct api_config *config = NULL;
  assert_int_equal(api_config_load("/nonexistent/file", NULL, 0, &config, &problems), -WF_EIO);
  assert_null(config);
  config_problems_free(&problems);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_values_are_read),
      cmocka_unit_test(test_what_is_refused),
      cmocka_unit_test(test_shipped_file_is_what_is_printed),
      cmocka_unit_test(test_a_file_that_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
