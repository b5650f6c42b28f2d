// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static void test_text_of_each_code_in_either_sign(void **state) {
  (void)state;
#define X(name, value, text)                        \
  assert_string_equal(wf_strerror(WF_##name), text); \
  assert_string_equal(wf_strerror(-WF_##name), text);
  WF_ERRORS(X)
#undef X
}

static void test_codes_are_distinct(void **state) {
  (void)state;
  int seen[64] = {0};
#define X(name, value, text) assert_int_equal(seen[value]++, 0);
  WF_ERRORS(X)
#undef X
}

static void test_unknown_code_has_a_text(void **state) {
  (void)state;
  assert_string_equal(wf_strerror(9999), "unknown error");
  assert_string_equal(wf_strerror(0), "unknown error");
}

static void test_assert_lets_the_true_pass(void **state) {
  (void)state;
  WF_ASSERT(1 + 1 == 2);
}

static void test_assert_says_where_and_aborts(void **state) {
  (void)state;
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    dup2(pipe_fds[1], STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    WF_ASSERT(child != 0);
    _exit(0);
  }
  close(pipe_fds[1]);
  char said[256] = "";
  ssize_t n = read(pipe_fds[0], said, sizeof said - 1);
  close(pipe_fds[0]);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(n > 0);
  assert_non_null(strstr(said, "error_test.c"));
  assert_non_null(strstr(said, "child != 0"));
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text_of_each_code_in_either_sign),
      cmocka_unit_test(test_codes_are_distinct),
      cmocka_unit_test(test_unknown_code_has_a_text),
      cmocka_unit_test(test_assert_lets_the_true_pass),
      cmocka_unit_test(test_assert_says_where_and_aborts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
