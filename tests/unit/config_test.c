// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config.h"

static struct config *parse(const char *document) {
  struct config_problems problems = {0};
  struct config *config = NULL;
  int result = config_parse(document, strlen(document), NULL, 0, &config, &problems);
  config_problems_print(&problems, "test", stderr);
  assert_int_equal(result, 0);
  assert_int_equal(problems.count, 0);
  return config;
}

static void test_free_takes_null(void **state) {
  (void)state;
  config_free(NULL);
}

static void test_defaults(void **state) {
  (void)state;
  struct config *config = config_default();
  assert_int_equal(config->postgres.connections, 2);
  assert_int_equal(config->postgres.statement_timeout, 30 * USEC_PER_SEC);
  assert_int_equal(config->bounds.record, 1 << 20);
  assert_string_equal(config->topics.triggers, "workflow.triggers");
  assert_string_equal(config->postgres.password_file, "");
  assert_int_equal(config->gap.policy, CONFIG_GAP_STOP);
  assert_int_equal(config->function_count, 0);
  assert_string_equal(config->kafka[0].name, "bootstrap.servers");
  config_free(config);
}

static void test_diff_of_equal_ones_is_empty(void **state) {
  (void)state;
  struct config *a = parse("functions: [{name: x}]\nkafka: {security.protocol: ssl}"), *b = parse("functions: [{name: x}]\nkafka: {security.protocol: ssl}");
  assert_int_equal(config_diff_fixed(a, b, NULL, 0), 0);
  config_free(a);
  config_free(b);
}

static void test_diff_names_what_needs_a_restart(void **state) {
  (void)state;
  struct config *a = parse(""), *b = parse("postgres: {connections: 3}\nlog: {level: debug}\nfunctions: [{name: x}]\nkafka: {group.id: g}");
  const char *names[8];
  assert_int_equal(config_diff_fixed(a, b, names, 8), 3);
  assert_string_equal(names[0], "postgres.connections");
  assert_string_equal(names[1], "kafka");
  assert_string_equal(names[2], "functions");
  assert_int_equal(config_diff_fixed(a, b, names, 1), 3);
  config_free(a);
  config_free(b);
}

static void test_diff_sees_each_part_of_a_function(void **state) {
  (void)state;
  struct config *base = parse("functions: [{name: x, topic: t, timeout: 5s, heartbeat: 1s}]");
  static const char *const others[] = {"functions: [{name: y, topic: t, timeout: 5s, heartbeat: 1s}]",
      "functions: [{name: x, topic: u, timeout: 5s, heartbeat: 1s}]", "functions: [{name: x, topic: t, timeout: 6s, heartbeat: 1s}]",
      "functions: [{name: x, topic: t, timeout: 5s, heartbeat: 2s}]"};
  for (size_t i = 0; i < 4; i++) {
    struct config *other = parse(others[i]);
    assert_int_equal(config_diff_fixed(base, other, NULL, 0), 1);
    config_free(other);
  }
  config_free(base);
}

static void test_keep_fixed_takes_only_the_reloadable(void **state) {
  (void)state;
  struct config *old = parse("functions: [{name: x}]\nkafka: {group.id: old}\ninstance: {name: one}\nlog: {level: error}");
  struct config *new = parse("functions: [{name: y}, {name: z}]\nkafka: {group.id: new}\ninstance: {name: two}\nlog: {level: debug}\nretention: {tombstones: 5d}");
  config_keep_fixed(new, old);
  assert_int_equal(config_diff_fixed(old, new, NULL, 0), 0);
  assert_string_equal(new->instance.name, "one");
  assert_int_equal(new->function_count, 1);
  assert_string_equal(new->functions[0].name, "x");
  assert_int_equal(new->log.level, 7);
  assert_int_equal(new->retention.tombstones, 5 * USEC_PER_DAY);
  config_free(old); // nothing of it is borrowed
  assert_string_equal(new->kafka[1].value, "old");
  config_free(new);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_free_takes_null),
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_diff_of_equal_ones_is_empty),
      cmocka_unit_test(test_diff_names_what_needs_a_restart),
      cmocka_unit_test(test_diff_sees_each_part_of_a_function),
      cmocka_unit_test(test_keep_fixed_takes_only_the_reloadable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
