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

#include "base/error.h"
#include "config.h"
#include "config_file.h"

static struct config_problems problems;

static int setup(void **state) {
  (void)state;
  problems = (struct config_problems){0};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  config_problems_free(&problems);
  return 0;
}

static struct config *parse_with(const char *document, const char *override) {
  struct config *config = NULL;
  int result = config_parse(document, strlen(document), &override, override ? 1 : 0, &config, &problems);
  assert_int_equal(result, config ? 0 : -WF_EINVAL);
  return config;
}

static void assert_refused(const char *document, int line, int column, const char *expected) {
  struct config *config = parse_with(document, NULL);
  assert_null(config);
  assert_int_equal(problems.count, 1);
  if (!strstr(problems.items[0].text, expected)) assert_string_equal(problems.items[0].text, expected);
  assert_int_equal(problems.items[0].line, line);
  assert_int_equal(problems.items[0].column, column);
  config_problems_free(&problems);
}

static const struct config_property *property(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->kafka_count; i++)
    if (strcmp(config->kafka[i].name, name) == 0) return &config->kafka[i];
  return NULL;
}

static void test_empty_file_is_all_defaults(void **state) {
  (void)state;
  static const char *const documents[] = {"", "# nothing\n", "postgres:\n", "postgres:\n  connections:\n", "log: {level: ~}", "{}"};
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
    struct config *config = parse_with(documents[i], NULL), *defaults = config_default();
    assert_non_null(config);
    assert_int_equal(config_diff_fixed(config, defaults, NULL, 0), 0);
    config_free(defaults);
    config_free(config);
  }
}

static void test_values_of_each_type(void **state) {
  (void)state;
  struct config *config = parse_with("drain_timeout: 1m30s\n"
                                     "postgres: {connections: 4, password_file: pg-password, statement_timeout: 500s}\n"
                                     "topics: {assignment: manual, triggers: 'my.triggers'}\n"
                                     "definitions: {folder: /srv/workflows}\n"
                                     "bounds: {record: 2MiB}\n"
                                     "http: {listen: \"\"}\n",
                                     NULL);
  assert_non_null(config);
  assert_int_equal(config->drain_timeout, 90 * USEC_PER_SEC);
  assert_int_equal(config->postgres.connections, 4);
  assert_string_equal(config->postgres.password_file, "pg-password");
  assert_int_equal(config->topics.assignment, CONFIG_ASSIGN_MANUAL);
  assert_string_equal(config->topics.triggers, "my.triggers");
  assert_string_equal(config->definitions.folder, "/srv/workflows");
  assert_int_equal(config->bounds.record, 2 << 20);
  assert_string_equal(config->http.listen, "");
  config_free(config);
}

static void test_kafka_properties_pass_through(void **state) {
  (void)state;
  struct config *config = parse_with("kafka:\n  bootstrap.servers: a:1,b:2\n  debug: broker\n  sasl.password_file: kafka-password\n", NULL);
  assert_non_null(config);
  assert_string_equal(property(config, "bootstrap.servers")->value, "a:1,b:2");
  assert_string_equal(property(config, "group.id")->value, "workflowd");
  const struct config_property *debug = property(config, "debug");
  assert_string_equal(debug->value, "broker");
  assert_int_equal(debug->line, 3);
  assert_int_equal(debug->column, 3);
  const struct config_property *password = property(config, "sasl.password");
  assert_true(password->is_secret);
  assert_string_equal(password->value, "kafka-password");
  assert_null(property(config, "sasl.password_file"));
  config_free(config);
}

static void test_kafka_properties_refused(void **state) {
  (void)state;
  assert_refused("kafka:\n  enable.auto.commit: true\n", 2, 3, "cannot be set: offsets are committed with the events");
  assert_refused("kafka:\n  sasl.password: x\n", 2, 3, "expected kafka.sasl.password_file");
  assert_refused("kafka:\n  sasl: {username: x}\n", 2, 3, "names are written whole");
  assert_refused("kafka:\n  ssl.key.password_file: ../x\n", 2, 3, "expected an absolute path or the name");
}

static void test_secret_that_is_refused_is_not_repeated(void **state) {
  (void)state;
  assert_null(parse_with("kafka: {sasl.password: hunter2}\npostgres: {conninfo: password=hunter2}", NULL));
  assert_int_equal(problems.count, 2);
  for (size_t i = 0; i < problems.count; i++) assert_null(strstr(problems.items[i].text, "hunter2"));
}

static void test_functions(void **state) {
  (void)state;
  struct config *config = parse_with("functions:\n  - name: callLead\n    timeout: 10m\n    heartbeat: 30s\n  - {name: sendMail, topic: mail}\n", NULL);
  assert_non_null(config);
  assert_int_equal(config->function_count, 2);
  assert_string_equal(config->functions[0].name, "callLead");
  assert_string_equal(config->functions[0].topic, "workflow.action-requests");
  assert_int_equal(config->functions[0].timeout, 10 * USEC_PER_MIN);
  assert_int_equal(config->functions[0].heartbeat, 30 * USEC_PER_SEC);
  assert_string_equal(config->functions[1].topic, "mail");
  assert_int_equal(config->functions[1].timeout, USEC_PER_MIN);
  config_free(config);
}

static void test_functions_refused(void **state) {
  (void)state;
  assert_refused("functions: {name: x}", 1, 1, "expected a list");
  assert_refused("functions:\n  - x\n", 2, 5, "expected a mapping");
  assert_refused("functions:\n  - topic: t\n", 2, 5, "has no name");
  assert_refused("functions:\n  - name: x\n  - name: x\n", 3, 5, "is taken");
  assert_null(parse_with("functions: [{name: a}, {name: b}, {name: a}, {name: a}]", NULL));
  assert_int_equal(problems.count, 2); // once for each that comes too late
  config_problems_free(&problems);
  assert_refused("functions:\n  - name: x\n    timout: 5s\n", 3, 5, "expected perhaps \"timeout\"");
}

static void test_near_misses(void **state) {
  (void)state;
  assert_refused("postgre: {}", 1, 1, "unknown key \"postgre\", expected perhaps \"postgres\"");
  assert_refused("postgres:\n  conections: 3\n", 2, 3, "expected perhaps \"connections\"");
  assert_refused("function: []", 1, 1, "expected perhaps \"functions\"");
  assert_refused("log: {zzzzzzzz: 1}", 1, 7, "expected one of: level, target");
}

static void test_wrong_shapes(void **state) {
  (void)state;
  assert_refused("- a\n", 1, 1, "expected a mapping of sections");
  assert_refused("postgres: 5", 1, 1, "postgres: expected a mapping");
  assert_refused("drain_timeout: [1s]", 1, 1, "is a list, expected a duration from 0s to 10m");
  assert_refused("postgres.connections: 3", 1, 1, "unknown key");
}

static void test_what_is_no_plain_yaml(void **state) {
  (void)state;
  static const char *const documents[] = {"log: &a {level: info}\n", "log: *a\n", "log: {level: !!str info}\n", "log:\n---\nlog:\n", "log: [\n",
      "log:\nlog:\n", "log: {level: \xFF}\n", "? [a]\n: b\n"};
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
    assert_null(parse_with(documents[i], NULL));
    assert_true(problems.count >= 1);
    config_problems_free(&problems);
  }
}

static void test_at_the_bound_and_beyond(void **state) {
  (void)state;
  struct config *config = parse_with("postgres: {connections: 16}", NULL);
  assert_int_equal(config->postgres.connections, 16);
  config_free(config);
  assert_refused("postgres: {connections: 17}", 1, 12, "\"17\" is not valid, expected a whole number from 1 to 16");
  assert_refused("postgres: {connections: 0}", 1, 12, "whole number");
  assert_refused("bounds: {recipients_per_trigger: 1048576}", 1, 10, "to 1048575");
}

static void test_all_problems_at_once(void **state) {
  (void)state;
  assert_null(parse_with("log: {level: loud}\nnope: 1\nhttp:\n  listen: 0.0.0.0:80\nlog2: x\n", "x.y=1"));
  assert_int_equal(problems.count, 5);
}

static void test_overrides_win(void **state) {
  (void)state;
  struct config *config = parse_with("instance: {slot: 3}", "instance.slot=4");
  assert_int_equal(config->instance.slot, 4);
  config_free(config);
  config = parse_with("", "kafka.bootstrap.servers=h:1");
  assert_string_equal(property(config, "bootstrap.servers")->value, "h:1");
  config_free(config);
  config = parse_with("", "drain_timeout=1s");
  assert_int_equal(config->drain_timeout, USEC_PER_SEC);
  config_free(config);
  config = parse_with("", "postgres.conninfo=host=h dbname=d");
  assert_string_equal(config->postgres.conninfo, "host=h dbname=d");
  config_free(config);
}

static void test_overrides_refused(void **state) {
  (void)state;
  static const char *const overrides[] = {"instance.slot", "instance.slott=1", "instance.slot=x", "functions[].name=x", "=1", "."};
  for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++) {
    assert_null(parse_with("", overrides[i]));
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.items[0].text, "override"));
    config_problems_free(&problems);
  }
}

static void test_file_that_is_not_there(void **state) {
  (void)state;
  struct config *config = NULL;
  assert_int_equal(config_load("/nonexistent/workflowd.yaml", NULL, 0, &config, &problems), -WF_EIO);
  assert_null(config);
  assert_non_null(strstr(problems.items[0].text, "No such file"));
}

static char *file_of(size_t size) {
  char *path = strdup("/tmp/config_load_test.XXXXXX");
  int fd = mkstemp(path);
  FILE *file = fdopen(fd, "w");
  for (size_t i = 0; i < size; i++) fputc('#', file);
  fclose(file);
  return path;
}

static void test_file_at_the_bound_and_beyond(void **state) {
  (void)state;
  struct config *config = NULL;
  char *path = file_of(CONFIG_FILE_MAX);
  assert_int_equal(config_load(path, NULL, 0, &config, &problems), 0);
  config_free(config);
  unlink(path);
  free(path);
  path = file_of(CONFIG_FILE_MAX + 1);
  assert_int_equal(config_load(path, NULL, 0, &config, &problems), -WF_EINVAL);
  assert_non_null(strstr(problems.items[0].text, "too large"));
  unlink(path);
  free(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_empty_file_is_all_defaults, setup, teardown),
      cmocka_unit_test_setup_teardown(test_values_of_each_type, setup, teardown),
      cmocka_unit_test_setup_teardown(test_kafka_properties_pass_through, setup, teardown),
      cmocka_unit_test_setup_teardown(test_kafka_properties_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_secret_that_is_refused_is_not_repeated, setup, teardown),
      cmocka_unit_test_setup_teardown(test_functions, setup, teardown),
      cmocka_unit_test_setup_teardown(test_functions_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_near_misses, setup, teardown),
      cmocka_unit_test_setup_teardown(test_wrong_shapes, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_no_plain_yaml, setup, teardown),
      cmocka_unit_test_setup_teardown(test_at_the_bound_and_beyond, setup, teardown),
      cmocka_unit_test_setup_teardown(test_all_problems_at_once, setup, teardown),
      cmocka_unit_test_setup_teardown(test_overrides_win, setup, teardown),
      cmocka_unit_test_setup_teardown(test_overrides_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_that_is_not_there, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_at_the_bound_and_beyond, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
