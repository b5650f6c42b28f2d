// SPDX-License-Identifier: Apache-2.0
// The options; what is read is tested by tests/integration/test_verify.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/history.h"
#include "ctl/verb.h"

#define ID "0198c0de-0000-7001-8000-00000000000a"
#define OTHER "0198c0de-0000-7001-8000-000000000001"

static int check(struct history_options *options, const char *const *words, size_t count) {
  const struct arguments arguments = {.verb = "verify", .words = words, .word_count = count};
  return history_options_check(&arguments, options);
}

static void test_every_run_is_named_once(void **state) {
  (void)state;
  const char *const words[] = {ID, OTHER, "0198C0DE-0000-7001-8000-00000000000A"};
  struct history_options options = {.all = false};
  assert_int_equal(check(&options, words, 3), EXIT_OK);
  assert_int_equal(options.named, 2);
  assert_string_equal(options.ids, "{" ID "," OTHER "}");
  assert_true(history_options_filter(&options).limit == SIZE_MAX);
  history_options_free(&options);
}

static void test_a_part_of_all_is_named_by_time_and_number(void **state) {
  (void)state;
  struct history_options options = {.since = "2026-01-01", .limit_text = "7", .after = ID};
  assert_int_equal(check(&options, NULL, 0), EXIT_OK);
  struct history_filter filter = history_options_filter(&options);
  assert_int_equal(filter.limit, 7);
  assert_string_equal(filter.since, "2026-01-01");
  assert_string_equal(filter.after, ID);
  assert_null(filter.ids);
  history_options_free(&options);
}

static void test_what_is_refused(void **state) {
  (void)state;
  const char *const words[] = {ID};
  struct history_options nothing = {.all = false}, both = {.all = true, .limit_text = "3"}, bad = {.limit_text = "0"};
  assert_int_equal(check(&nothing, NULL, 0), EXIT_USAGE);
  assert_int_equal(check(&both, NULL, 0), EXIT_USAGE);
  assert_int_equal(check(&both, words, 1), EXIT_USAGE);
  assert_int_equal(check(&bad, NULL, 0), EXIT_USAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_run_is_named_once),
      cmocka_unit_test(test_a_part_of_all_is_named_by_time_and_number),
      cmocka_unit_test(test_what_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
