// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"

static void test_zero_bytes_are_a_pointer(void **state) {
  (void)state;
  void *pieces[] = {xmalloc(0), xcalloc(0, 8), xcalloc(8, 0), xrealloc(NULL, 0)};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    assert_non_null(pieces[i]);
    free(pieces[i]);
  }
}

static void test_calloc_is_zero(void **state) {
  (void)state;
  unsigned char *p = xcalloc(16, 16);
  for (int i = 0; i < 256; i++) assert_int_equal(p[i], 0);
  free(p);
}

static void test_realloc_keeps_the_content(void **state) {
  (void)state;
  char *p = xstrdup("hello");
  p = xrealloc(p, 1 << 16);
  assert_string_equal(p, "hello");
  free(p);
}

static void test_strdup_is_another_string(void **state) {
  (void)state;
  const char *text = "text";
  char *copy = xstrdup(text);
  assert_ptr_not_equal(copy, text);
  assert_string_equal(copy, text);
  free(copy);
}

static void test_strndup_cuts_and_terminates(void **state) {
  (void)state;
  char *copy = xstrndup("abcdef", 2);
  assert_string_equal(copy, "ab");
  free(copy);
}

static void test_asprintf(void **state) {
  (void)state;
  char *text = xasprintf("%s/%03d", "a", 7);
  assert_string_equal(text, "a/007");
  free(text);
}

static void test_out_of_memory_ends_the_process(void **state) {
  (void)state;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    close(STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    volatile size_t impossible = SIZE_MAX / 4;
    free(xmalloc(impossible));
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_zero_bytes_are_a_pointer),
      cmocka_unit_test(test_calloc_is_zero),
      cmocka_unit_test(test_realloc_keeps_the_content),
      cmocka_unit_test(test_strdup_is_another_string),
      cmocka_unit_test(test_strndup_cuts_and_terminates),
      cmocka_unit_test(test_asprintf),
      cmocka_unit_test(test_out_of_memory_ends_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
