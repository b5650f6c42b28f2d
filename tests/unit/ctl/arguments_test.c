// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ctl/arguments.h"
#include "ctl/verb.h"

enum { WORDS_MAX = 12 };

struct reading {
  struct arguments arguments;
  const char *tenant;
  struct argument_list recipients;
  bool wait;
  int code;
  enum arguments_next next;
  char *argv[WORDS_MAX + 1];
};

static void read_all(struct reading *reading, char *const *words) {
  int argc = 0;
  *reading = (struct reading){.code = -1};
  for (; words[argc]; argc++) reading->argv[argc] = words[argc];
  const struct argument_row rows[] = {{"tenant", .value = &reading->tenant},
                                      {"recipient", .list = &reading->recipients},
                                      {"wait", .flag = &reading->wait}};
  reading->next = arguments_read(argc, reading->argv, rows, 3, &reading->arguments, &reading->code);
}

#define READ(reading, ...) read_all(reading, (char *[]){(char *)"runs", __VA_ARGS__, NULL})
#define W(text) ((char *)(text))

static void test_words_and_options_in_any_order(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("one"), W("--wait"), W("two"), W("--tenant=acme"), W("-"));
  assert_int_equal(reading.next, ARGUMENTS_GO_ON);
  assert_true(reading.wait);
  assert_string_equal(reading.tenant, "acme");
  assert_int_equal(reading.arguments.word_count, 3);
  assert_string_equal(reading.arguments.words[1], "two");
  assert_string_equal(reading.arguments.words[2], "-");
  assert_string_equal(reading.arguments.verb, "runs");
}

static void test_what_every_verb_takes(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("--json"), W("--database"), W("dbname=x"), W("-c"), W("file.yaml"));
  assert_int_equal(reading.next, ARGUMENTS_GO_ON);
  assert_true(reading.arguments.json);
  assert_string_equal(reading.arguments.database, "dbname=x");
  assert_string_equal(reading.arguments.config, "file.yaml");
  assert_int_equal(reading.arguments.word_count, 0);
}

static void test_a_list_keeps_all_in_order(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("--recipient"), W("b"), W("--recipient"), W("a"), W("--tenant"), W("x"), W("--tenant"), W("y"));
  assert_int_equal(reading.recipients.count, 2);
  assert_string_equal(reading.recipients.items[0], "b");
  assert_string_equal(reading.recipients.items[1], "a");
  assert_string_equal(reading.tenant, "y");
  argument_list_free(&reading.recipients);
  assert_int_equal(reading.recipients.count, 0);
}

static void test_what_is_wrong_ends_the_verb(void **state) {
  (void)state;
  struct reading reading;
  char *const cases[][3] = {{W("runs"), W("--tenat"), NULL},
                            {W("runs"), W("--tenant"), NULL},
                            {W("runs"), W("-x"), NULL},
                            {W("runs"), W("--wait=1"), NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    read_all(&reading, cases[i]);
    assert_int_equal(reading.next, ARGUMENTS_STOP);
    assert_int_equal(reading.code, EXIT_USAGE);
  }
}

static void test_help_ends_it_well(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("--help"));
  assert_int_equal(reading.next, ARGUMENTS_STOP);
  assert_int_equal(reading.code, EXIT_OK);
}

static void test_number_of_words(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("one"), W("two"));
  assert_true(arguments_words(&reading.arguments, 1, 2, "words"));
  assert_false(arguments_words(&reading.arguments, 3, 3, "three"));
  assert_false(arguments_words(&reading.arguments, 0, 1, "one"));
  assert_false(arguments_words(&reading.arguments, 0, 0, ""));
}

static void test_numbers(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("x"));
  long number = 7;
  assert_true(arguments_number(&reading.arguments, "limit", NULL, 1, 10, &number));
  assert_int_equal(number, 7);
  assert_true(arguments_number(&reading.arguments, "limit", "10", 1, 10, &number));
  assert_int_equal(number, 10);
  const char *const bad[] = {"0", "11", "", "x", "1x", "99999999999999999999", "1.5"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(arguments_number(&reading.arguments, "limit", bad[i], 1, 10, &number));
  assert_int_equal(number, 10);
}

static void test_durations(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("x"));
  usec_t span = 5;
  assert_true(arguments_duration(&reading.arguments, "timeout", NULL, &span));
  assert_int_equal(span, 5);
  assert_true(arguments_duration(&reading.arguments, "timeout", "1m30s", &span));
  assert_int_equal(span, 90 * USEC_PER_SEC);
  assert_false(arguments_duration(&reading.arguments, "timeout", "90", &span));
  assert_false(arguments_duration(&reading.arguments, "timeout", "soon", &span));
}

static void test_uuids(void **state) {
  (void)state;
  struct reading reading;
  READ(&reading, W("x"));
  assert_true(arguments_uuid(&reading.arguments, "run id", NULL));
  assert_true(arguments_uuid(&reading.arguments, "run id", "0198c0de-0000-7001-8000-000000000001"));
  assert_false(arguments_uuid(&reading.arguments, "run id", "0198c0de"));
  assert_false(arguments_uuid(&reading.arguments, "run id", ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_words_and_options_in_any_order),
      cmocka_unit_test(test_what_every_verb_takes),
      cmocka_unit_test(test_a_list_keeps_all_in_order),
      cmocka_unit_test(test_what_is_wrong_ends_the_verb),
      cmocka_unit_test(test_help_ends_it_well),
      cmocka_unit_test(test_number_of_words),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_durations),
      cmocka_unit_test(test_uuids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
