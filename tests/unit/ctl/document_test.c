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

#include "ctl/document.h"
#include "ctl/verb.h"

#define GOOD                                                                                                           \
  "document: {dsl: '1.0.0', namespace: test, name: one, version: '1.0.0'}\n"                                           \
  "do:\n"                                                                                                              \
  "  - first:\n"                                                                                                       \
  "      call: callLead\n"

static char path[] = "/tmp/document_test.XXXXXX";

static int setup(void **state) {
  (void)state;
  int fd = mkstemp(path);
  if (fd < 0) return -1;
  return close(fd);
}

static int teardown(void **state) {
  (void)state;
  return unlink(path);
}

static void write_file(const char *text) {
  FILE *file = fopen(path, "we");
  fputs(text, file);
  fclose(file);
}

static struct wf_function functions[] = {{.name = "callLead", .topic = "t", .timeout = USEC_PER_MIN}};
static const struct wf_catalog catalog = {.functions = functions, .count = 1};

static void test_a_good_file(void **state) {
  (void)state;
  write_file(GOOD);
  struct document document;
  document_load(path, &catalog, &document);
  assert_non_null(document.definition);
  assert_string_equal(wf_definition_name(document.definition), "one");
  assert_int_equal(document.size, sizeof GOOD - 1);
  jv json = jv_dump_string(document_json(&document), JV_PRINT_SORTED);
  assert_non_null(
      strstr(jv_string_value(json), "\"problems\":[],\"valid\":true,\"version\":\"1.0.0\",\"workflow\":\"test/one\""));
  jv_free(json);
  document_free(&document);
}

static void test_problems_have_a_place(void **state) {
  (void)state;
  write_file(GOOD "  - second:\n      call: calLead\n");
  struct document document;
  document_load(path, &catalog, &document);
  assert_null(document.definition);
  assert_int_equal(document.problems.count, 1);
  assert_int_equal(document.problems.items[0].line, 6);
  assert_non_null(strstr(document.problems.items[0].text, "callLead"));
  document_free(&document);
}

static void test_a_file_that_is_not_there_is_a_problem(void **state) {
  (void)state;
  struct document document;
  document_load("/no/such/file.yaml", &catalog, &document);
  assert_null(document.definition);
  assert_int_equal(document.problems.count, 1);
  assert_int_equal(document.problems.items[0].line, 0);
  document_free(&document);
}

static void test_every_bad_file_counts(void **state) {
  (void)state;
  write_file(GOOD);
  const char *words[] = {path, "/no/such/a.yaml", "/no/such/b.yaml"};
  const struct arguments arguments = {.verb = "validate", .words = words, .word_count = 3};
  struct document_set set;
  assert_int_equal(document_set_load(&arguments, &catalog, &set), 2);
  assert_int_equal(set.count, 3);
  assert_non_null(set.items[0].definition);
  document_set_free(&set);
}

static void test_functions_by_name(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "validate", .config = "/no/such/config.yaml"};
  struct session session = {.arguments = &arguments};
  const char *names[] = {"a", "b"};
  const struct argument_list list = {names, 2};
  struct document_catalog read;
  // A configuration that is named must be there.
  assert_int_equal(document_catalog_read(&session, &list, &read), EXIT_FAILED);
  session_close(&session);
  write_file("functions:\n  - {name: c, topic: t, timeout: 1s}\n");
  const struct arguments configured = {.verb = "validate", .config = path};
  session = (struct session){.arguments = &configured};
  assert_int_equal(document_catalog_read(&session, &list, &read), EXIT_OK);
  assert_non_null(wf_catalog_find(&read.catalog, "a"));
  assert_non_null(wf_catalog_find(&read.catalog, "b"));
  assert_non_null(wf_catalog_find(&read.catalog, "c"));
  assert_null(wf_catalog_find(&read.catalog, "d"));
  document_catalog_free(&read);
  session_close(&session);
}

static size_t seen;

static int look(const struct arguments *arguments, const struct argument_list *names) {
  seen = 10 * arguments->word_count + names->count;
  return EXIT_FAILED;
}

static void test_a_verb_of_files(void **state) {
  (void)state;
  char verb[] = "validate", file[] = "a.yaml", option[] = "--function", name[] = "a";
  assert_int_equal(document_verb(4, (char *[]){verb, file, option, name, NULL}, look), EXIT_FAILED);
  assert_int_equal(seen, 11);
  seen = 0;
  assert_int_equal(document_verb(1, (char *[]){verb, NULL}, look), EXIT_USAGE);
  assert_int_equal(document_verb(3, (char *[]){verb, file, option, NULL}, look), EXIT_USAGE);
  assert_int_equal(seen, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_good_file),
      cmocka_unit_test(test_problems_have_a_place),
      cmocka_unit_test(test_a_file_that_is_not_there_is_a_problem),
      cmocka_unit_test(test_every_bad_file_counts),
      cmocka_unit_test(test_functions_by_name),
      cmocka_unit_test(test_a_verb_of_files),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
