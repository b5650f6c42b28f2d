// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse_fixture.h"

static void duration(const char *text, usec_t expected) {
  struct arena *arena = arena_new();
  struct rehearse_source source = source_of(text, arena);
  usec_t span = -1;
  bool is_good = rehearse_source_duration(&source, source.root, &span);
  assert_int_equal(is_good, expected >= 0);
  assert_int_equal(source.problems.count, expected < 0);
  if (is_good) assert_int_equal(span, expected);
  arena_free(arena);
}

static void test_durations(void **state) {
  (void)state;
  duration("90s", 90 * USEC_PER_SEC);
  duration("PT1M30S", 90 * USEC_PER_SEC);
  duration("{minutes: 1, seconds: 30}", 90 * USEC_PER_SEC);
  duration("soon", -1);
  duration("[1]", -1);
  duration("9000000000h", -1);
}

static void test_keys(void **state) {
  (void)state;
  static const char *const names[] = {"output", "delay"};
  struct arena *arena = arena_new();
  struct rehearse_source source = source_of("{output: 1, delya: 2}", arena);
  assert_false(rehearse_source_keys(&source, source.root, "an answer", names, 2));
  assert_string_equal(source.problems.items[0].text, "unknown key `delya` of an answer, did you mean `delay`?");
  assert_int_equal(source.problems.items[0].column, 13);
  source = source_of("[1]", arena);
  assert_false(rehearse_source_keys(&source, source.root, "an answer", names, 2));
  source = source_of("{output: 1}", arena);
  assert_true(rehearse_source_keys(&source, source.root, "an answer", names, 2));
  arena_free(arena);
}

static void value(const char *text, const char *expected) {
  struct arena *arena = arena_new();
  jv got;
  int status = rehearse_source_value("input", text, arena, &got);
  assert_int_equal(status, expected ? 0 : -WF_EINVAL);
  if (expected) {
    jv dumped = jv_dump_string(got, 0);
    assert_string_equal(jv_string_value(dumped), expected);
    jv_free(dumped);
  }
  arena_free(arena);
}

static void test_values(void **state) {
  (void)state;
  value("{\"a\": [1, null]}", "{\"a\":[1,null]}");
  value("5", "5");
  value("\"text\"", "\"text\"");
  value("{\"a\":", NULL);
  value("", NULL);
  value("/nowhere/input.yaml", NULL);
  value("\"\\u0000\"", NULL); // no text of PostgreSQL's
}

static void test_values_of_files(void **state) {
  (void)state;
  char path[] = "/tmp/rehearse_source_test.XXXXXX", at[64];
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "a: [1, x]\n", 10), 10);
  snprintf(at, sizeof at, "@%s", path);
  value(path, "{\"a\":[1,\"x\"]}");
  value(at, "{\"a\":[1,\"x\"]}");
  assert_int_equal(pwrite(fd, "a: *what \n", 10, 0), 10);
  value(path, NULL);
  close(fd);
  unlink(path);
}

static void test_problems_are_said_once_read(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_source source;
  assert_int_equal(rehearse_source_read("/nowhere/answers.yaml", arena, &source), -WF_EINVAL);
  assert_int_equal(rehearse_source_finish(&source), -WF_EINVAL);
  source = source_of("{}", arena);
  assert_int_equal(rehearse_source_finish(&source), 0);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_durations),       cmocka_unit_test(test_keys),
      cmocka_unit_test(test_values),          cmocka_unit_test(test_values_of_files),
      cmocka_unit_test(test_problems_are_said_once_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
