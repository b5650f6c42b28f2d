// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "health.h"

static const struct health good = {.postgres_up = true, .kafka_up = true, .consuming = true};

static void assert_says(struct health health, int status, const char *text) {
  struct config *config = config_default();
  struct buf out = {0};
  assert_int_equal(health_write(&health, config, &out), status);
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, text);
  buf_free(&out);
  config_free(config);
}

static void test_ready(void **state) {
  (void)state;
  assert_says(good, 200, "ready\n");
}

static void test_a_paused_intake_is_said_and_is_ready(void **state) {
  (void)state;
  struct health health = good;
  health.is_intake_paused = true;
  assert_says(health, 200, "ready\nintake is paused: triggers wait until workflowctl resume-intake\n");
}

static void test_postgres_away(void **state) {
  (void)state;
  struct health health = good;
  health.postgres_up = false;
  assert_says(health, 503, "not ready\nPostgreSQL cannot be reached\n");
}

static void test_why_it_is_away(void **state) {
  (void)state;
  struct health health = good;
  health.postgres_up = health.kafka_up = health.consuming = false;
  health.postgres_away = "refused";
  health.kafka_away = "";
  assert_says(health, 503, "not ready\nPostgreSQL cannot be reached: refused\nKafka cannot be reached\n");
}

static void test_batches_that_wait(void **state) {
  (void)state;
  struct health health = good;
  health.batches_wait = "";
  assert_says(health, 200, "ready\n");
  health.batches_wait = "the disk is full";
  assert_says(health, 503, "not ready\nbatches wait for PostgreSQL: the disk is full\n");
}

static void test_kafka_away_is_one_reason(void **state) {
  (void)state;
  struct health health = good;
  health.kafka_up = health.consuming = false;
  assert_says(health, 503, "not ready\nKafka cannot be reached\n");
}

static void test_no_partitions_yet(void **state) {
  (void)state;
  struct health health = good;
  health.consuming = false;
  assert_says(health, 503, "not ready\nwaiting for partitions\n");
}

static void test_partitions_stopped_at_a_gap(void **state) {
  (void)state;
  struct health health = good;
  health.stopped = 1;
  assert_says(health, 503, "not ready\n1 partition is read no further since records were gone before they were read (gap.policy: stop)\n");
  health.stopped = 2;
  assert_says(health, 503, "not ready\n2 partitions are read no further since records were gone before they were read (gap.policy: stop)\n");
}

static void test_lanes_held_by_what_is_not_delivered(void **state) {
  (void)state;
  struct health health = good;
  health.held = 2;
  assert_says(health, 503, "not ready\n2 lanes take no work until messages are delivered (bounds.undelivered)\n");
}

static void test_ages_at_the_bound_and_beyond(void **state) {
  (void)state;
  struct health health = good;
  health.timer_age = 30 * USEC_PER_SEC;
  health.record_age = 60 * USEC_PER_SEC;
  health.commit_age = 30 * USEC_PER_SEC;
  assert_says(health, 200, "ready\n");
  health.timer_age += USEC_PER_SEC;
  assert_says(health, 503, "not ready\na timer has been due for 31.0 s, more than 30.0 s\n");
  health = good;
  health.record_age = 61 * USEC_PER_SEC;
  assert_says(health, 503, "not ready\na record has waited for 61.0 s, more than 60.0 s\n");
  health = good;
  health.commit_age = 31 * USEC_PER_SEC;
  assert_says(health, 503, "not ready\na transaction has been under way for 31.0 s, more than 30.0 s\n");
}

static void test_summary_of_everything(void **state) {
  (void)state;
  struct config *config = config_default();
  const struct health bad = {.draining = true, .stopped = 1, .batches_wait = "x", .timer_age = USEC_PER_DAY, .record_age = USEC_PER_DAY, .commit_age = USEC_PER_DAY};
  char text[512], cut[20];
  health_summary(&bad, config, text, sizeof text);
  assert_int_equal(strncmp(text, "stopping; PostgreSQL cannot be reached; Kafka", 45), 0);
  assert_non_null(strstr(text, "; a transaction has been under way for 86400.0 s"));
  health_summary(&bad, config, cut, sizeof cut);
  assert_int_equal(strlen(cut), sizeof cut - 1);
  health_summary(&good, config, text, sizeof text);
  assert_string_equal(text, "");
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ready),
      cmocka_unit_test(test_a_paused_intake_is_said_and_is_ready),
      cmocka_unit_test(test_postgres_away),
      cmocka_unit_test(test_why_it_is_away),
      cmocka_unit_test(test_batches_that_wait),
      cmocka_unit_test(test_kafka_away_is_one_reason),
      cmocka_unit_test(test_no_partitions_yet),
      cmocka_unit_test(test_partitions_stopped_at_a_gap),
      cmocka_unit_test(test_lanes_held_by_what_is_not_delivered),
      cmocka_unit_test(test_ages_at_the_bound_and_beyond),
      cmocka_unit_test(test_summary_of_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
