// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "io/evaluator_wire.h"

struct fixture {
  int ends[2];
  struct evaluator_frame frame;
};

static int set_up(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  *state = fixture;
  return socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->ends);
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  close(fixture->ends[0]);
  if (fixture->ends[1] >= 0) close(fixture->ends[1]);
  buf_free(&fixture->frame.payload);
  free(fixture);
  return 0;
}

static void close_other_end(struct fixture *fixture) {
  close(fixture->ends[1]);
  fixture->ends[1] = -1;
}

static void test_frame_arrives_as_sent(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(
      evaluator_send(fixture->ends[1], EVALUATOR_VALUE, UINT64_C(0x1122334455667788), -3, "[1]", 3, USEC_NEVER), 0);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), 0);
  assert_int_equal(fixture->frame.kind, EVALUATOR_VALUE);
  assert_true(fixture->frame.program == UINT64_C(0x1122334455667788));
  assert_int_equal(fixture->frame.index, -3);
  assert_int_equal(fixture->frame.payload.size, 3);
  assert_string_equal(fixture->frame.payload.data, "[1]");
}

static void test_empty_payload_is_a_text(void **state) {
  struct fixture *fixture = *state;
  evaluator_send(fixture->ends[1], EVALUATOR_READY, 0, 0, NULL, 0, USEC_NEVER);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), 0);
  assert_string_equal(fixture->frame.payload.data, "");
}

static void test_second_frame_replaces_the_first(void **state) {
  struct fixture *fixture = *state;
  evaluator_send(fixture->ends[1], EVALUATOR_VALUE, 1, 1, "longer", 6, USEC_NEVER);
  evaluator_send(fixture->ends[1], EVALUATOR_ERROR, 1, 1, "x", 1, USEC_NEVER);
  evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), 0);
  assert_int_equal(fixture->frame.kind, EVALUATOR_ERROR);
  assert_string_equal(fixture->frame.payload.data, "x");
}

static void test_silence_ends_with_the_time(void **state) {
  struct fixture *fixture = *state;
  usec_t deadline = clock_boottime() + 20 * USEC_PER_MSEC;
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, deadline), -WF_EIO);
  assert_true(clock_boottime() >= deadline);
}

static void test_half_a_frame_ends_with_the_time(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(write(fixture->ends[1], "\0\0\0\5\6", 5), 5);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, clock_boottime() + 5 * USEC_PER_MSEC), -WF_EIO);
}

static void test_other_side_gone(void **state) {
  struct fixture *fixture = *state;
  close_other_end(fixture);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), -WF_EDOWN);
  assert_int_equal(evaluator_send(fixture->ends[0], EVALUATOR_READY, 0, 0, NULL, 0, USEC_NEVER), -WF_EDOWN);
}

static void test_frame_that_nobody_reads_ends_with_the_time(void **state) {
  struct fixture *fixture = *state;
  size_t size = 8 << 20; // more than a socket holds
  char *payload = calloc(1, size);
  assert_int_equal(
      evaluator_send(fixture->ends[0], EVALUATOR_EVALUATE, 0, 0, payload, size, clock_boottime() + 5 * USEC_PER_MSEC),
      -WF_EIO);
  free(payload);
}

static void test_unknown_kind_and_too_large_size_are_refused(void **state) {
  struct fixture *fixture = *state;
  static const char kind[17] = {0, 0, 0, 0, 99}, size[17] = {0x7F, 0, 0, 0, EVALUATOR_VALUE};
  assert_int_equal(write(fixture->ends[1], kind, sizeof kind), sizeof kind);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), -WF_EIO);
  assert_int_equal(write(fixture->ends[1], size, sizeof size), sizeof size);
  assert_int_equal(evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER), -WF_EIO);
}

static void *receive_slowly(void *context) {
  struct fixture *fixture = context;
  evaluator_receive(fixture->ends[0], &fixture->frame, USEC_NEVER);
  return NULL;
}

static void test_large_frame_passes_in_pieces(void **state) {
  struct fixture *fixture = *state;
  size_t size = 8 << 20;
  char *payload = malloc(size);
  memset(payload, 'x', size);
  pthread_t reader;
  assert_int_equal(pthread_create(&reader, NULL, receive_slowly, fixture), 0);
  assert_int_equal(evaluator_send(fixture->ends[1], EVALUATOR_VALUE, 0, 0, payload, size, USEC_NEVER), 0);
  pthread_join(reader, NULL);
  assert_int_equal(fixture->frame.payload.size, size);
  assert_memory_equal(fixture->frame.payload.data, payload, size);
  free(payload);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_frame_arrives_as_sent),
      CASE(test_empty_payload_is_a_text),
      CASE(test_second_frame_replaces_the_first),
      CASE(test_silence_ends_with_the_time),
      CASE(test_half_a_frame_ends_with_the_time),
      CASE(test_other_side_gone),
      CASE(test_frame_that_nobody_reads_ends_with_the_time),
      CASE(test_unknown_kind_and_too_large_size_are_refused),
      CASE(test_large_frame_passes_in_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
