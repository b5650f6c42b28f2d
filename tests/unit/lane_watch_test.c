// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "lane_watch.h"

static const struct store_request writing = {.kind = STORE_COMMIT, .commit.fence_count = 1};
static const struct store_request looking = {.kind = STORE_COMMIT};
static const struct store_request loading = {.kind = STORE_LOAD};
static const struct store_reply good = {.status = STORE_OK};
static const struct store_reply full = {.status = STORE_DOWN, .error = {.sqlstate = "53100", .text = "the disk is full"}};
static const struct store_reply deadlock = {.status = STORE_REDO, .error = {.sqlstate = "40P01", .text = "deadlock"}};

struct fixture {
  struct metrics *metrics;
  struct lane_watch *watch;
  int lines;
  char last[400];
};

static void remember(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)fields;
  struct fixture *fixture = context;
  fixture->lines++;
  snprintf(fixture->last, sizeof fixture->last, "%s", message);
}

static int setup(void **state) {
  static struct fixture fixture;
  fixture = (struct fixture){.metrics = metrics_new()};
  fixture.watch = lane_watch_new(2, fixture.metrics);
  log_set_sink(remember, &fixture);
  *state = &fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  lane_watch_free(fixture->watch);
  metrics_free(fixture->metrics);
  log_set_sink(NULL, NULL);
  return 0;
}

static double waiting(const struct fixture *fixture, const char *word) { return *metrics_value(fixture->metrics, METRIC_STORE_WAITING, word, NULL); }

static void nothing_is_known_at_first(void **state) {
  struct fixture *fixture = *state;
  assert_string_equal(lane_watch_away(fixture->watch), "");
  assert_string_equal(lane_watch_waiting(fixture->watch, USEC_PER_SEC), "");
  assert_int_equal(lane_watch_since(fixture->watch, USEC_PER_SEC), 0);
}

static void each_change_of_a_connection_is_told_once(void **state) {
  struct fixture *fixture = *state;
  lane_watch_connection(fixture->watch, 1, false, "Connection refused");
  lane_watch_connection(fixture->watch, 1, false, "the database system is starting up");
  assert_int_equal(fixture->lines, 1);
  assert_non_null(strstr(fixture->last, "lane 1: PostgreSQL cannot be reached, waiting: Connection refused"));
  assert_string_equal(lane_watch_away(fixture->watch), "the database system is starting up");
  lane_watch_connection(fixture->watch, 1, true, NULL);
  lane_watch_connection(fixture->watch, 1, true, NULL);
  assert_int_equal(fixture->lines, 2);
  assert_string_equal(lane_watch_away(fixture->watch), "");
}

static void a_refusal_is_told_although_it_is_away_already(void **state) {
  struct fixture *fixture = *state;
  lane_watch_connection(fixture->watch, 0, false, "Connection refused");
  for (int i = 0; i < 3; i++) lane_watch_connection(fixture->watch, 0, false, "FATAL:  password authentication failed for user \"x\"");
  assert_int_equal(fixture->lines, 2);
  assert_non_null(strstr(fixture->last, "password_file"));
  lane_watch_connection(fixture->watch, 0, false, "Connection refused");
  lane_watch_connection(fixture->watch, 0, false, "FATAL:  password authentication failed for user \"x\"");
  assert_int_equal(fixture->lines, 2);
}

static void a_full_disk_is_shown_until_a_batch_is_written(void **state) {
  struct fixture *fixture = *state;
  lane_watch_reply(fixture->watch, 0, &writing, &full, 10 * USEC_PER_SEC);
  lane_watch_reply(fixture->watch, 0, &writing, &full, 12 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 13 * USEC_PER_SEC), "the disk is full");
  assert_int_equal(lane_watch_since(fixture->watch, 13 * USEC_PER_SEC), 10 * USEC_PER_SEC);
  lane_watch_show(fixture->watch, 13 * USEC_PER_SEC);
  assert_true(waiting(fixture, "disk_full") == 1);
  assert_true(*metrics_value(fixture->metrics, METRIC_STORE_ERRORS, "53100", NULL) == 2);
  // Reading works on a full disk.
  lane_watch_reply(fixture->watch, 0, &loading, &good, 14 * USEC_PER_SEC);
  lane_watch_reply(fixture->watch, 0, &looking, &good, 14 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 14 * USEC_PER_SEC), "the disk is full");
  lane_watch_reply(fixture->watch, 0, &writing, &good, 15 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 15 * USEC_PER_SEC), "");
  lane_watch_show(fixture->watch, 15 * USEC_PER_SEC);
  assert_true(waiting(fixture, "disk_full") == 0);
}

// Another lane has read the definitions meanwhile: this one never asks for them again.
static void what_only_reads_is_over_with_the_next_good_answer(void **state) {
  struct fixture *fixture = *state;
  const struct store_request definitions = {.kind = STORE_DEFINITIONS};
  lane_watch_reply(fixture->watch, 0, &definitions, &full, 10 * USEC_PER_SEC);
  assert_true(*lane_watch_waiting(fixture->watch, 11 * USEC_PER_SEC));
  lane_watch_reply(fixture->watch, 0, &loading, &good, 12 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 13 * USEC_PER_SEC), "");
}

static void a_collision_counts_by_its_age_alone(void **state) {
  struct fixture *fixture = *state;
  lane_watch_reply(fixture->watch, 1, &writing, &deadlock, 10 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 11 * USEC_PER_SEC), "");
  assert_int_equal(lane_watch_since(fixture->watch, 11 * USEC_PER_SEC), 10 * USEC_PER_SEC);
  assert_true(*metrics_value(fixture->metrics, METRIC_STORE_ERRORS, "40P01", NULL) == 1);
}

static void without_a_connection_there_is_one_reason(void **state) {
  struct fixture *fixture = *state;
  lane_watch_connection(fixture->watch, 0, false, "Connection refused");
  lane_watch_reply(fixture->watch, 0, &writing, &(struct store_reply){.status = STORE_DOWN, .error.text = "lost"}, USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, USEC_PER_SEC), "");
  lane_watch_show(fixture->watch, USEC_PER_SEC);
  assert_true(waiting(fixture, "connection") == 1);
}

static void what_is_not_tried_any_more_is_forgotten(void **state) {
  struct fixture *fixture = *state;
  lane_watch_reply(fixture->watch, 0, &writing, &full, 10 * USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, 10 * USEC_PER_SEC + USEC_PER_MIN), "");
  assert_int_equal(lane_watch_since(fixture->watch, 10 * USEC_PER_SEC + USEC_PER_MIN), 0);
}

static void a_refused_definition_keeps_nobody(void **state) {
  struct fixture *fixture = *state;
  const struct store_request publishing = {.kind = STORE_PUBLISH};
  const struct store_reply refused = {.status = STORE_FAILED, .error = {.sqlstate = "WF006", .text = "other content"}};
  lane_watch_reply(fixture->watch, 0, &publishing, &refused, USEC_PER_SEC);
  assert_string_equal(lane_watch_waiting(fixture->watch, USEC_PER_SEC), "");
  assert_true(*metrics_value(fixture->metrics, METRIC_STORE_ERRORS, "WF006", NULL) == 1);
}

#define watch_case(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      watch_case(nothing_is_known_at_first),
      watch_case(each_change_of_a_connection_is_told_once),
      watch_case(a_refusal_is_told_although_it_is_away_already),
      watch_case(a_full_disk_is_shown_until_a_batch_is_written),
      watch_case(what_only_reads_is_over_with_the_next_good_answer),
      watch_case(a_collision_counts_by_its_age_alone),
      watch_case(without_a_connection_there_is_one_reason),
      watch_case(what_is_not_tried_any_more_is_forgotten),
      watch_case(a_refused_definition_keeps_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
