// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "config_file.h"
#include "config_fixture.h"

struct read {
  struct small small;
  struct arena *arena;
  struct config_problems problems;
  int status;
};

static struct read read_text(const char *text, const char *override, const struct config_special *specials) {
  struct read read = {.arena = arena_new()};
  config_schema_defaults(&small_schema, &read.small, read.arena);
  struct config_reader reader = {.schema = &small_schema, .specials = specials, .base = &read.small, .arena = read.arena, .problems = &read.problems};
  read.status = config_file_parse(&reader, text, strlen(text), &override, override ? 1 : 0);
  return read;
}

static void read_free(struct read *read) {
  arena_free(read->arena);
  config_problems_free(&read->problems);
}

static void test_a_document_is_read_by_the_rows(void **state) {
  (void)state;
  struct read read = read_text("wait: 7s\nbox: {name: a, count: 9}\n", NULL, NULL);
  assert_int_equal(read.status, 0);
  assert_int_equal(read.small.wait, 7 * USEC_PER_SEC);
  assert_string_equal(read.small.box.name, "a");
  assert_int_equal(read.small.box.count, 9);
  read_free(&read);
}

static void test_a_blank_document_is_all_defaults(void **state) {
  (void)state;
  struct read read = read_text("# nothing\n\n", NULL, NULL);
  assert_int_equal(read.status, 0);
  assert_int_equal(read.small.box.count, 3);
  read_free(&read);
}

static void test_overrides_win(void **state) {
  (void)state;
  struct read read = read_text("box: {count: 9}\n", "box.count=2", NULL);
  assert_int_equal(read.status, 0);
  assert_int_equal(read.small.box.count, 2);
  read_free(&read);
  read = read_text("", "box.count=0", NULL);
  assert_int_equal(read.status, -WF_EINVAL);
  assert_int_equal(read.problems.items[0].line, 0);
  assert_non_null(strstr(read.problems.items[0].text, "override: box.count"));
  read_free(&read);
}

static void test_problems_come_with_their_place(void **state) {
  (void)state;
  struct read read = read_text("wait: 2h\nbox:\n  count: many\n", NULL, NULL);
  assert_int_equal(read.status, -WF_EINVAL);
  assert_int_equal(read.problems.count, 2);
  assert_int_equal(read.problems.items[0].line, 1);
  assert_int_equal(read.problems.items[1].line, 3);
  assert_non_null(strstr(read.problems.items[1].text, "a whole number from 1 to 9"));
  read_free(&read);
}

static void test_unknown_keys_name_the_near_ones(void **state) {
  (void)state;
  struct read read = read_text("box: {nam: a}\nitem: 3\n", NULL, NULL);
  assert_non_null(strstr(read.problems.items[0].text, "expected perhaps \"name\""));
  assert_non_null(strstr(read.problems.items[1].text, "expected perhaps \"items\""));
  read_free(&read);
}

static void load_items(struct config_reader *reader, const config_node *node) {
  int64_t size;
  for (size_t i = 0; i < node->value->count; i++) {
    config_reader_value(reader, &small_rows[4], &node->value->entries[i], &size);
    ((struct small *)reader->base)->box.count = size;
  }
}

static void test_a_special_reads_its_own(void **state) {
  (void)state;
  static const struct config_special specials[] = {{"items", load_items}, {NULL, NULL}};
  struct read read = read_text("items: [4, 8]\n", NULL, specials);
  assert_int_equal(read.status, 0);
  assert_int_equal(read.small.box.count, 8);
  read_free(&read);
  read = read_text("items: [4, 80]\n", NULL, specials);
  assert_int_equal(read.status, -WF_EINVAL);
  read_free(&read);
}

static void test_a_file_that_is_not_there(void **state) {
  (void)state;
  struct config_problems problems = {0};
  struct buf buf = {0};
  assert_int_equal(config_file_read("/nonexistent/file", &buf, &problems), -WF_EIO);
  assert_int_equal(problems.count, 1);
  config_problems_free(&problems);
  buf_free(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_document_is_read_by_the_rows),
      cmocka_unit_test(test_a_blank_document_is_all_defaults),
      cmocka_unit_test(test_overrides_win),
      cmocka_unit_test(test_problems_come_with_their_place),
      cmocka_unit_test(test_unknown_keys_name_the_near_ones),
      cmocka_unit_test(test_a_special_reads_its_own),
      cmocka_unit_test(test_a_file_that_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
