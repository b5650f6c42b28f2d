// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static char *print(const struct config *config) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  config_print(config, out);
  fclose(out);
  return text;
}

static struct config *parse(const char *document) {
  struct config_problems problems = {0};
  struct config *config = NULL;
  config_parse(document, strlen(document), NULL, 0, &config, &problems);
  config_problems_print(&problems, "printed", stderr);
  config_problems_free(&problems);
  assert_non_null(config);
  return config;
}

static void test_shipped_file_is_what_is_printed(void **state) {
  (void)state;
  struct config *config = config_default();
  char *printed = print(config);
  FILE *file = fopen(SOURCE_DIR "/config/workflowd.yaml", "r");
  assert_non_null(file);
  char *shipped = calloc(1, 1 << 17);
  size_t size = fread(shipped, 1, (1 << 17) - 1, file);
  fclose(file);
  assert_true(size > 0);
  assert_string_equal(shipped, printed);
  free(shipped);
  free(printed);
  config_free(config);
}

static void test_shipped_file_is_the_defaults(void **state) {
  (void)state;
  struct config_problems problems = {0};
  struct config *config = NULL, *defaults = config_default();
  assert_int_equal(config_load(SOURCE_DIR "/config/workflowd.yaml", NULL, 0, &config, &problems), 0);
  char *a = print(config), *b = print(defaults);
  assert_string_equal(a, b);
  free(a);
  free(b);
  config_free(config);
  config_free(defaults);
}

// The sample with every comment sign before a key taken away is a valid file.
static void test_every_default_can_be_written_out(void **state) {
  (void)state;
  struct config *defaults = config_default();
  char *printed = print(defaults), *at = printed, *to = printed;
  for (; *at; at++)
    if (!(*at == '#' && at[1] != ' ' && (at == printed || at[-1] == '\n' || at[-1] == ' '))) *to++ = *at;
  *to = '\0';
  struct config *config = parse(printed);
  assert_int_equal(config_diff_fixed(config, defaults, NULL, 0), 0);
  free(printed);
  config_free(config);
  config_free(defaults);
}

static void test_what_is_set_is_printed_and_read_back(void **state) {
  (void)state;
  struct config *config = parse("drain_timeout: 90s\ninstance: {name: \"a \\\"b\\\"\\t#c: d\"}\nlog: {level: debug}\n"
                                "kafka: {debug: all, group.id: \"true\"}\nbounds: {record: 1536KiB}\n"
                                "functions: [{name: \"#x\", topic: t, timeout: 1500ms}]\n");
  char *printed = print(config);
  assert_non_null(strstr(printed, "\ndrain_timeout: 90s\n"));
  assert_non_null(strstr(printed, "\n  record: 1536KiB\n"));
  assert_non_null(strstr(printed, "\n  debug: all\n"));
  struct config *again = parse(printed);
  char *printed_again = print(again);
  assert_string_equal(printed, printed_again);
  assert_string_equal(again->instance.name, config->instance.name);
  assert_string_equal(again->functions[0].name, "#x");
  assert_int_equal(config_diff_fixed(config, again, NULL, 0), 0);
  free(printed);
  free(printed_again);
  config_free(config);
  config_free(again);
}

static void test_places_of_secrets_are_not_shown(void **state) {
  (void)state;
  struct config *config = parse("postgres: {password_file: /secret/place}\nkafka: {sasl.password_file: /secret/other}\n");
  char *printed = print(config);
  assert_null(strstr(printed, "/secret/"));
  assert_non_null(strstr(printed, "\n  password_file: <set>\n"));
  assert_non_null(strstr(printed, "\n  sasl.password_file: <set>\n"));
  free(printed);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shipped_file_is_what_is_printed),
      cmocka_unit_test(test_shipped_file_is_the_defaults),
      cmocka_unit_test(test_every_default_can_be_written_out),
      cmocka_unit_test(test_what_is_set_is_printed_and_read_back),
      cmocka_unit_test(test_places_of_secrets_are_not_shown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
