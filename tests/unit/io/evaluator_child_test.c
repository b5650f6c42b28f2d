// SPDX-License-Identifier: Apache-2.0
// Speaks with the process as the daemon does, frame by frame. The process is this
// program itself, started with "--evaluator".
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/evaluator_child.h"
#include "io/evaluator_wire.h"

struct fixture {
  pid_t pid;
  int fd;
  struct evaluator_frame frame;
};

static const usec_t PATIENCE = 20 * USEC_PER_SEC;

static int set_up(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  fixture->pid = fork();
  if (fixture->pid == 0) {
    dup2(ends[1], 0);
    setenv("SECRET", "x", 1);
    execl("/proc/self/exe", "workflowd", "--evaluator", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  fixture->fd = ends[0];
  *state = fixture;
  return evaluator_receive(fixture->fd, &fixture->frame, clock_boottime() + PATIENCE) ||
         fixture->frame.kind != EVALUATOR_READY;
}

static int exit_status(struct fixture *fixture) {
  int status = -1;
  close(fixture->fd);
  waitpid(fixture->pid, &status, 0);
  fixture->pid = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  if (fixture->pid) exit_status(fixture);
  buf_free(&fixture->frame.payload);
  free(fixture);
  return 0;
}

static enum evaluator_frame_kind ask(struct fixture *fixture, enum evaluator_frame_kind kind, uint64_t program,
                                     int index, const char *payload) {
  usec_t deadline = clock_boottime() + PATIENCE;
  assert_int_equal(evaluator_send(fixture->fd, kind, program, index, payload, strlen(payload), deadline), 0);
  assert_int_equal(evaluator_receive(fixture->fd, &fixture->frame, deadline), 0);
  assert_int_equal(fixture->frame.program, program);
  return fixture->frame.kind;
}

static const char PROGRAM[] = ". as [$i, $dot, $vars] | if $i < 1 then $dot + $vars.x else $dot | error(\"no\") end";

static void test_unknown_program_is_asked_for(void **state) {
  assert_int_equal(ask(*state, EVALUATOR_EVALUATE, 5, 0, "[1,{}]"), EVALUATOR_UNKNOWN);
}

static void test_program_is_loaded_and_run(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(ask(fixture, EVALUATOR_PROGRAM, 5, 0, PROGRAM), EVALUATOR_LOADED);
  assert_int_equal(ask(fixture, EVALUATOR_PROGRAM, 5, 0, PROGRAM), EVALUATOR_LOADED);
  assert_int_equal(ask(fixture, EVALUATOR_EVALUATE, 5, 0, "[1,{\"x\":2}]"), EVALUATOR_VALUE);
  assert_string_equal(fixture->frame.payload.data, "3");
}

static void test_error_is_told(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, EVALUATOR_PROGRAM, 5, 0, PROGRAM);
  assert_int_equal(ask(fixture, EVALUATOR_EVALUATE, 5, 1, "[1,{}]"), EVALUATOR_ERROR);
  assert_string_equal(fixture->frame.payload.data, "no");
}

static void test_program_that_does_not_compile_is_told(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(ask(fixture, EVALUATOR_PROGRAM, 6, 0, "1 +"), EVALUATOR_ERROR);
  assert_non_null(strstr(fixture->frame.payload.data, "syntax error"));
  assert_int_equal(ask(fixture, EVALUATOR_EVALUATE, 6, 0, "[1,{}]"), EVALUATOR_UNKNOWN);
}

static void test_environment_is_empty_but_for_its_own(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, EVALUATOR_PROGRAM, 7, 0, "env");
  assert_int_equal(ask(fixture, EVALUATOR_EVALUATE, 7, 0, "[1,{}]"), EVALUATOR_VALUE);
  assert_null(strstr(fixture->frame.payload.data, "PATH"));
  assert_null(strstr(fixture->frame.payload.data, "SECRET"));
}

static void test_closed_socket_ends_it_well(void **state) { assert_int_equal(exit_status(*state), 0); }

static void test_question_that_is_none_ends_it(void **state) {
  struct fixture *fixture = *state;
  ask(fixture, EVALUATOR_PROGRAM, 5, 0, PROGRAM);
  evaluator_send(fixture->fd, EVALUATOR_EVALUATE, 5, 0, "not json", 8, USEC_NEVER);
  assert_true(evaluator_receive(fixture->fd, &fixture->frame, clock_boottime() + PATIENCE) != 0);
  assert_int_equal(exit_status(fixture), 1);
}

static void test_schemas_and_programs_are_apart(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(ask(fixture, EVALUATOR_SCHEMA, 5, -1, "{\"type\":\"null\"}"), EVALUATOR_LOADED);
  assert_int_equal(ask(fixture, EVALUATOR_EVALUATE, 5, 0, "[1,{}]"), EVALUATOR_UNKNOWN);
  assert_int_equal(ask(fixture, EVALUATOR_VALIDATE, 5, -1, "null"), EVALUATOR_VALUE);
  assert_int_equal(ask(fixture, EVALUATOR_VALIDATE, 5, -1, "1"), EVALUATOR_ERROR);
  assert_int_equal(ask(fixture, EVALUATOR_VALIDATE, 6, -1, "1"), EVALUATOR_UNKNOWN);
  assert_int_equal(ask(fixture, EVALUATOR_SCHEMA, 7, -1, "[]"), EVALUATOR_ERROR);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--evaluator") == 0) return evaluator_child_main(argc, argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_unknown_program_is_asked_for),
      CASE(test_program_is_loaded_and_run),
      CASE(test_error_is_told),
      CASE(test_schemas_and_programs_are_apart),
      CASE(test_program_that_does_not_compile_is_told),
      CASE(test_environment_is_empty_but_for_its_own),
      CASE(test_closed_socket_ends_it_well),
      CASE(test_question_that_is_none_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
