// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/log_journal.h"

static const struct log_field fields[] = {{"RUN_ID", "0198"}, {"TENANT", "a\nb"}, {NULL, NULL}};

static void test_managed_line_has_its_priority(void **state) {
  (void)state;
  struct buf line = {0};
  log_journal_format(&line, LOG_LEVEL_WARNING, "lag", fields, true);
  buf_put_u8(&line, 0);
  assert_string_equal(line.data, "<4>lag RUN_ID=0198 TENANT=a\\nb\n");
  buf_free(&line);
}

static void test_plain_line_has_its_time(void **state) {
  (void)state;
  struct buf line = {0};
  log_journal_format(&line, LOG_LEVEL_INFO, "started", NULL, false);
  buf_put_u8(&line, 0);
  assert_int_equal(line.data[4], '-');
  assert_string_equal(strchr(line.data, 'Z'), "Z info: started\n");
  buf_free(&line);
}

static void test_a_line_stays_a_line(void **state) {
  (void)state;
  struct buf line = {0};
  log_journal_format(&line, LOG_LEVEL_INFO, "a\n<0>forged\x1b[0m", NULL, true);
  buf_put_u8(&line, 0);
  assert_string_equal(line.data, "<6>a\\n<0>forged\\x1b[0m\n");
  buf_free(&line);
}

static void test_connected_is_told_by_device_and_inode(void **state) {
  (void)state;
  struct stat status;
  char stream[64];
  assert_int_equal(fstat(STDERR_FILENO, &status), 0);
  snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)status.st_dev, (unsigned long)status.st_ino);
  setenv("JOURNAL_STREAM", stream, 1);
  assert_true(log_journal_connected());
  setenv("JOURNAL_STREAM", "1:1", 1);
  assert_false(log_journal_connected());
  unsetenv("JOURNAL_STREAM");
  assert_false(log_journal_connected());
}

static char *stderr_of(log_sink *sink) {
  char *said = calloc(1, 512);
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);
  fflush(stderr);
  int old = dup(STDERR_FILENO);
  dup2(pipe_fds[1], STDERR_FILENO);
  sink(LOG_LEVEL_ERROR, "hello", fields, NULL);
  fflush(stderr);
  dup2(old, STDERR_FILENO);
  close(old);
  close(pipe_fds[1]);
  assert_true(read(pipe_fds[0], said, 511) >= 0);
  close(pipe_fds[0]);
  return said;
}

static void test_stderr_sink_under_a_service_manager(void **state) {
  (void)state;
  setenv("INVOCATION_ID", "x", 1);
  char *said = stderr_of(log_journal_stderr_sink);
  unsetenv("INVOCATION_ID");
  assert_string_equal(said, "<3>hello RUN_ID=0198 TENANT=a\\nb\n");
  free(said);
}

static void test_journal_sink_takes_more_fields_than_it_sends(void **state) {
  (void)state;
  struct log_field many[101] = {0};
  for (int i = 0; i < 100; i++) many[i] = (struct log_field){"FIELD", "value"};
  log_journal_sink(LOG_LEVEL_DEBUG, "test of the journal sink", many, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_managed_line_has_its_priority),
      cmocka_unit_test(test_plain_line_has_its_time),
      cmocka_unit_test(test_a_line_stays_a_line),
      cmocka_unit_test(test_connected_is_told_by_device_and_inode),
      cmocka_unit_test(test_stderr_sink_under_a_service_manager),
      cmocka_unit_test(test_journal_sink_takes_more_fields_than_it_sends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
