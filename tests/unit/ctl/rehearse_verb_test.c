// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/rehearse_verb.h"
#include "verb_fixture.h"

#define HEAD "document: {dsl: '1.0.3', namespace: test, name: one, version: '1.0.0'}\n"

static char folder[] = "/tmp/rehearse_verb_test.XXXXXX";

static char *file(const char *name, const char *text) {
  static char paths[2][128];
  char *path = paths[*name == 'd'];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  FILE *out = fopen(path, "we");
  fputs(text, out);
  fclose(out);
  return path;
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  const char *const names[] = {"d.yaml", "a.yaml"};
  char path[128];
  for (size_t i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

#define RUN(...) RUN_VERB(rehearse_verb, "rehearse", __VA_ARGS__)

static void test_wrong_arguments(void **state) {
  (void)state;
  char *good = file("d.yaml", HEAD "do:\n  - a: {set: {x: 1}}\n");
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN(good, good), EXIT_USAGE);
  assert_int_equal(RUN(good, "--now", "yesterday"), EXIT_USAGE);
  assert_int_equal(RUN(good, "--now", "1969-12-31T23:59:59Z"), EXIT_USAGE);
  assert_int_equal(RUN(good, "--now", "8001-01-01T00:00:00Z"), EXIT_USAGE);
  assert_int_equal(RUN(good, "--seed", "x"), EXIT_USAGE);
  assert_int_equal(RUN(good, "--cancel-after", "x"), EXIT_USAGE);
  assert_int_equal(RUN("--help"), EXIT_OK);
}

static void test_exit_codes(void **state) {
  (void)state;
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {set: {x: 1}}\n")), REHEARSE_COMPLETED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {raise: {error: {type: 'https://example.com/e', status: 400}}}\n"), "--json"),
                   REHEARSE_FAULTED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {wait: {hours: 1}}\n"), "--cancel-after", "5m"), REHEARSE_CANCELLED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {sett: {x: 1}}\n")), REHEARSE_REFUSED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {call: f}\n")), REHEARSE_STOPPED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {call: f}\n"), "--function", "g"), REHEARSE_REFUSED);
  assert_int_equal(RUN(file("d.yaml", HEAD "do:\n  - a: {call: f}\n"), "--function", "f"), REHEARSE_STOPPED);
  assert_int_equal(RUN("/nowhere/d.yaml"), REHEARSE_REFUSED);
}

static void test_bad_input_and_answers(void **state) {
  (void)state;
  char *document = file("d.yaml", HEAD "do:\n  - a: {call: f}\n");
  assert_int_equal(RUN(document, "--input", "{"), REHEARSE_FAILED);
  assert_int_equal(RUN(document, "--answers", "/nowhere/a.yaml"), REHEARSE_FAILED);
  assert_int_equal(RUN(document, "--answers", file("a.yaml", "f: {outptu: 1}\n")), REHEARSE_FAILED);
  assert_int_equal(RUN(document, "--function", "f", "--answers", file("a.yaml", "b: {output: 1}\n")), REHEARSE_STOPPED); // a warning
  assert_int_equal(RUN(document, "--answers", file("a.yaml", "a: {output: 1}\n")), REHEARSE_COMPLETED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_exit_codes),
      cmocka_unit_test(test_bad_input_and_answers),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
