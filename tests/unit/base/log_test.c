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

#include "base/error.h"
#include "base/log.h"

struct seen {
  int lines;
  enum log_level level;
  char message[8192];
  char run_id[64];
};

static void sink(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  struct seen *seen = context;
  seen->lines++;
  seen->level = level;
  snprintf(seen->message, sizeof seen->message, "%s", message);
  seen->run_id[0] = '\0';
  for (; fields && fields->name; fields++)
    if (strcmp(fields->name, "RUN_ID") == 0) snprintf(seen->run_id, sizeof seen->run_id, "%s", fields->value);
}

static int setup(void **state) {
  *state = calloc(1, sizeof(struct seen));
  log_set_sink(sink, *state);
  log_set_level(LOG_LEVEL_INFO);
  return 0;
}

static int teardown(void **state) {
  log_set_sink(NULL, NULL);
  free(*state);
  return 0;
}

static void test_line_reaches_the_sink(void **state) {
  struct seen *seen = *state;
  log_warning("lag is %d", 7);
  assert_int_equal(seen->lines, 1);
  assert_int_equal(seen->level, LOG_LEVEL_WARNING);
  assert_string_equal(seen->message, "lag is 7");
}

static void test_line_carries_its_fields(void **state) {
  struct seen *seen = *state;
  const struct log_field fields[] = {{"TENANT", "acme"}, {"RUN_ID", "0198"}, {NULL, NULL}};
  log_line(LOG_LEVEL_INFO, fields, "run started");
  assert_string_equal(seen->run_id, "0198");
}

static void test_lines_below_the_level_are_dropped(void **state) {
  struct seen *seen = *state;
  log_debug("hidden");
  assert_int_equal(seen->lines, 0);
  log_set_level(LOG_LEVEL_DEBUG);
  assert_int_equal(log_get_level(), LOG_LEVEL_DEBUG);
  log_debug("shown");
  assert_int_equal(seen->lines, 1);
  log_set_level(LOG_LEVEL_ERROR);
  log_warning("hidden");
  assert_int_equal(seen->lines, 1);
}

static void test_long_line_is_cut_and_not_overrun(void **state) {
  struct seen *seen = *state;
  log_info("%09000d", 1);
  assert_int_equal(strlen(seen->message), 4095);
}

static void test_level_names_go_both_ways(void **state) {
  (void)state;
  for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
    enum log_level parsed = LOG_LEVEL_ERROR;
    assert_int_equal(log_level_parse(log_level_name(level), &parsed), 0);
    assert_int_equal(parsed, level);
  }
}

static void test_unknown_level_name_is_refused(void **state) {
  (void)state;
  enum log_level level = LOG_LEVEL_INFO;
  assert_int_equal(log_level_parse("verbose", &level), -WF_EINVAL);
  assert_int_equal(level, LOG_LEVEL_INFO);
}

static void test_default_sink_writes_to_stderr(void **state) {
  (void)state;
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);
  fflush(stderr);
  int old = dup(STDERR_FILENO);
  dup2(pipe_fds[1], STDERR_FILENO);
  log_set_sink(NULL, NULL);
  log_line(LOG_LEVEL_NOTICE, (const struct log_field[]){{"RUN_ID", "0198"}, {NULL, NULL}}, "hello");
  fflush(stderr);
  dup2(old, STDERR_FILENO);
  close(old);
  close(pipe_fds[1]);
  char line[128] = "";
  assert_true(read(pipe_fds[0], line, sizeof line - 1) > 0);
  close(pipe_fds[0]);
  assert_string_equal(line, "notice: hello RUN_ID=0198\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_line_reaches_the_sink, setup, teardown),
      cmocka_unit_test_setup_teardown(test_line_carries_its_fields, setup, teardown),
      cmocka_unit_test_setup_teardown(test_lines_below_the_level_are_dropped, setup, teardown),
      cmocka_unit_test_setup_teardown(test_long_line_is_cut_and_not_overrun, setup, teardown),
      cmocka_unit_test_setup_teardown(test_level_names_go_both_ways, setup, teardown),
      cmocka_unit_test_setup_teardown(test_unknown_level_name_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_default_sink_writes_to_stderr, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
