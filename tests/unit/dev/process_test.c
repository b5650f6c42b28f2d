// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev/process.h"

static struct process start(const char *script, int *ret_output) {
  const char *argv[] = {"/bin/sh", "-c", script, NULL};
  struct process process;
  assert_int_equal(
      process_start(&(struct process_spec){.name = "sh", .argv = argv, .death_signal = SIGKILL, .ret_output = ret_output},
                    &process),
      0);
  return process;
}

static void read_line(int fd, char *out, size_t size) {
  size_t n = 0;
  while (n + 1 < size && read(fd, out + n, 1) == 1 && out[n] != '\n') n++;
  out[n] = '\0';
}

static void test_exit_code_is_its_fate(void **state) {
  (void)state;
  char fate[64];
  struct process process = start("exit 3", NULL);
  assert_true(process_wait(&process, 10 * USEC_PER_SEC));
  assert_false(process_succeeded(&process));
  assert_string_equal(process_fate(&process, fate, sizeof fate), "exit code 3");
}

static void test_exit_zero_succeeds(void **state) {
  (void)state;
  struct process process = start("exit 0", NULL);
  assert_false(process_succeeded(&process) && process.pid != 0);
  assert_true(process_wait(&process, 10 * USEC_PER_SEC));
  assert_true(process_succeeded(&process));
  assert_true(process_wait(&process, 0)); // again: still ended
}

static void test_wait_gives_up_at_its_limit(void **state) {
  (void)state;
  char fate[64];
  struct process process = start("exec cat /dev/zero >/dev/null", NULL);
  assert_false(process_wait(&process, 10 * USEC_PER_MSEC));
  assert_string_equal(process_fate(&process, fate, sizeof fate), "running");
  process_stop(&process, SIGTERM, 10 * USEC_PER_SEC);
  assert_string_equal(process_fate(&process, fate, sizeof fate), "signal 15 (Terminated)");
}

static void test_stop_kills_what_does_not_listen(void **state) {
  (void)state;
  int output;
  char line[32], fate[64];
  struct process process = start("trap '' TERM; echo ready; while :; do :; done", &output);
  read_line(output, line, sizeof line);
  assert_string_equal(line, "ready");
  process_stop(&process, SIGTERM, 50 * USEC_PER_MSEC);
  assert_string_equal(process_fate(&process, fate, sizeof fate), "signal 9 (Killed)");
  close(output);
}

static void test_stop_reaches_a_stopped_one(void **state) {
  (void)state;
  char fate[64];
  struct process process = start("kill -STOP $$; while :; do :; done", NULL);
  process_stop(&process, SIGTERM, 10 * USEC_PER_SEC);
  assert_string_equal(process_fate(&process, fate, sizeof fate), "signal 15 (Terminated)");
}

static void test_output_comes_through_the_pipe(void **state) {
  (void)state;
  int output;
  char line[32];
  struct process process = start("echo 127.0.0.1:9", &output);
  read_line(output, line, sizeof line);
  assert_string_equal(line, "127.0.0.1:9");
  close(output);
  assert_true(process_wait(&process, 10 * USEC_PER_SEC));
}

static void test_no_such_program(void **state) {
  (void)state;
  char fate[64];
  const char *argv[] = {"/no/such/program", NULL};
  struct process process;
  assert_int_equal(process_start(&(struct process_spec){.name = "none", .argv = argv}, &process), 0);
  assert_true(process_wait(&process, 10 * USEC_PER_SEC));
  assert_string_equal(process_fate(&process, fate, sizeof fate), "exit code 127");
}

static void test_no_such_user(void **state) {
  (void)state;
  const char *argv[] = {"/bin/true", NULL};
  struct process process;
  assert_int_equal(process_start(&(struct process_spec){.name = "x", .argv = argv, .user = "no-such-user"}, &process),
                   -WF_EUNKNOWN);
}

static void test_run_reports_failure_and_time_out(void **state) {
  (void)state;
  const char *well[] = {"/bin/true", NULL}, *badly[] = {"/bin/false", NULL},
             *never[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
  assert_int_equal(process_run(&(struct process_spec){.name = "true", .argv = well}, 10 * USEC_PER_SEC), 0);
  assert_int_equal(process_run(&(struct process_spec){.name = "false", .argv = badly}, 10 * USEC_PER_SEC), -WF_EIO);
  assert_int_equal(process_run(&(struct process_spec){.name = "sh", .argv = never}, 50 * USEC_PER_MSEC), -WF_EIO);
}

static void test_child_dies_with_its_parent(void **state) {
  (void)state;
  int life[2];
  assert_int_equal(pipe(life), 0);
  // A grandchild holds the pipe's writing end for as long as it lives.
  pid_t parent = fork();
  if (parent == 0) {
    close(life[0]);
    const char *argv[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
    struct process process;
    int r = process_start(&(struct process_spec){.name = "sh", .argv = argv, .death_signal = SIGKILL}, &process);
    if (r != 0 || write(life[1], "x", 1) != 1) _exit(1);
    kill(getpid(), SIGKILL);
  }
  close(life[1]);
  char byte;
  assert_int_equal(read(life[0], &byte, 1), 1);
  assert_int_equal(read(life[0], &byte, 1), 0); // closed: the grandchild is gone; a hang here is the failure
  close(life[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exit_code_is_its_fate),
      cmocka_unit_test(test_exit_zero_succeeds),
      cmocka_unit_test(test_wait_gives_up_at_its_limit),
      cmocka_unit_test(test_stop_kills_what_does_not_listen),
      cmocka_unit_test(test_stop_reaches_a_stopped_one),
      cmocka_unit_test(test_output_comes_through_the_pipe),
      cmocka_unit_test(test_no_such_program),
      cmocka_unit_test(test_no_such_user),
      cmocka_unit_test(test_run_reports_failure_and_time_out),
      cmocka_unit_test(test_child_dies_with_its_parent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
