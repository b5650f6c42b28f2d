// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "config_log.h"

static void test_levels_have_the_names_of_the_log(void **state) {
  (void)state;
  int count = 0;
  for (const struct config_word *word = config_log_levels; word->name; word++, count++)
    assert_string_equal(word->name, log_level_name((enum log_level)word->value));
  assert_int_equal(count, LOG_LEVEL_DEBUG - LOG_LEVEL_ERROR + 1);
}

static void test_targets(void **state) {
  (void)state;
  assert_string_equal(config_log_targets[CONFIG_LOG_AUTO].name, "auto");
  assert_string_equal(config_log_targets[CONFIG_LOG_STDERR].name, "stderr");
  assert_string_equal(config_log_targets[CONFIG_LOG_JOURNAL].name, "journal");
  assert_null(config_log_targets[3].name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_levels_have_the_names_of_the_log),
      cmocka_unit_test(test_targets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
