// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

struct fixture {
  struct metrics *metrics;
  struct buf out;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  f->metrics = metrics_new();
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  metrics_free(f->metrics);
  buf_free(&f->out);
  free(f);
  return 0;
}

static const char *print(struct fixture *f) {
  buf_reset(&f->out);
  metrics_print(f->metrics, &f->out);
  buf_put_u8(&f->out, 0);
  return f->out.data;
}

static void assert_printed(struct fixture *f, const char *line) {
  const char *text = print(f);
  if (!strstr(text, line)) assert_string_equal(text, line);
}

static void test_free_takes_null(void **state) {
  (void)state;
  metrics_free(NULL);
}

static void test_counter_begins_at_zero(void **state) {
  assert_printed(*state, "\nworkflowd_fenced_total 0\n");
}

static void test_gauge_is_not_shown_before_it_is_set(void **state) {
  struct fixture *f = *state;
  assert_null(strstr(print(f), "\nworkflowd_timers_pending "));
  *metrics_value(f->metrics, METRIC_TIMERS_PENDING, NULL, NULL) = 14;
  assert_printed(f, "\nworkflowd_timers_pending 14\n");
}

static void test_a_gauge_is_forgotten_until_it_is_set_again(void **state) {
  struct fixture *f = *state;
  *metrics_value(f->metrics, METRIC_TABLE_ROWS, "run", NULL) = 3;
  *metrics_value(f->metrics, METRIC_TABLE_ROWS, "event", NULL) = 4;
  metrics_forget(f->metrics, METRIC_TABLE_ROWS);
  assert_null(strstr(print(f), "\nworkflowd_table_rows{"));
  *metrics_value(f->metrics, METRIC_TABLE_ROWS, "event", NULL) = 5;
  assert_printed(f, "\nworkflowd_table_rows{table=\"event\"} 5\n");
  assert_null(strstr(print(f), "\nworkflowd_table_rows{table=\"run\"}"));
}

static void test_series_by_label_values(void **state) {
  struct fixture *f = *state;
  double *accepted = metrics_value(f->metrics, METRIC_INGEST_RECORDS, "accepted", NULL);
  *metrics_value(f->metrics, METRIC_INGEST_RECORDS, "late", NULL) += 2;
  ++*accepted;
  assert_ptr_equal(accepted, metrics_value(f->metrics, METRIC_INGEST_RECORDS, "accepted", NULL));
  assert_printed(f, "\nworkflowd_ingest_records_total{result=\"accepted\"} 1\nworkflowd_ingest_records_total{result=\"late\"} 2\n");
}

static void test_two_labels(void **state) {
  struct fixture *f = *state;
  *metrics_value(f->metrics, METRIC_INGEST_OFFSET, "workflow.triggers", "3") = 17;
  assert_printed(f, "\nworkflowd_ingest_next_offset{topic=\"workflow.triggers\",partition=\"3\"} 17\n");
}

static void test_label_values_are_escaped(void **state) {
  struct fixture *f = *state;
  *metrics_value(f->metrics, METRIC_QUARANTINED, "a\"b\\c\nd", NULL) = 1;
  assert_printed(f, "\nworkflowd_quarantined_total{reason=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void test_places_stay_while_others_are_added(void **state) {
  struct fixture *f = *state;
  double *first = metrics_value(f->metrics, METRIC_TRANSITIONS, "first", NULL);
  for (int i = 0; i < 500; i++) {
    char name[32];
    snprintf(name, sizeof name, "type%d", i);
    metrics_value(f->metrics, METRIC_TRANSITIONS, name, NULL);
  }
  *first = 5;
  assert_printed(f, "{type=\"first\"} 5\n");
}

static void test_series_are_bounded(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < 3 * METRICS_SERIES_MAX; i++) {
    char name[32];
    snprintf(name, sizeof name, "%d", i);
    ++*metrics_value(f->metrics, METRIC_QUARANTINED, name, NULL);
  }
  int lines = 0;
  for (const char *p = print(f); (p = strstr(p, "\nworkflowd_quarantined_total{")); p++) lines++;
  assert_int_equal(lines, METRICS_SERIES_MAX);
  assert_printed(f, "{reason=\"other\"} 2001\n");
}

static void test_histogram_buckets_are_cumulative(void **state) {
  struct fixture *f = *state;
  struct metric_histogram *h = metrics_histogram(f->metrics, METRIC_BATCH_COMMIT);
  metric_observe(h, 0.0004);
  metric_observe(h, 0.001); // le is inclusive
  metric_observe(h, 0.3);
  metric_observe(h, 1000);
  assert_printed(f, "_bucket{le=\"0.0005\"} 1\nworkflowd_batch_commit_seconds_bucket{le=\"0.001\"} 2\n");
  assert_printed(f, "workflowd_batch_commit_seconds_bucket{le=\"0.5\"} 3\n");
  assert_printed(f, "workflowd_batch_commit_seconds_bucket{le=\"30\"} 3\nworkflowd_batch_commit_seconds_bucket{le=\"+Inf\"} 4\n");
  assert_printed(f, "workflowd_batch_commit_seconds_count 4\n");
}

static void test_counts_have_bounds_of_their_own(void **state) {
  assert_printed(*state, "workflowd_batch_inputs_bucket{le=\"1000\"} 0\nworkflowd_batch_inputs_bucket{le=\"+Inf\"} 0\n");
}

static void test_every_family_has_help_and_type(void **state) {
  const char *text = print(*state);
#define X(id, kind, name, label1, label2, help) \
  assert_non_null(strstr(text, "# HELP " name " " help "\n# TYPE " name " "));
  METRICS(X)
#undef X
}

static void test_names_follow_the_conventions(void **state) {
  (void)state;
#define X(id, kind, name, label1, label2, help)                                                       \
  assert_int_equal(strncmp(name, "workflowd_", 10), 0);                                               \
  assert_int_equal(strcmp(#kind, "COUNTER") == 0, strcmp(&name[strlen(name) - 6], "_total") == 0);
  METRICS(X)
#undef X
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_free_takes_null, setup, teardown),
      cmocka_unit_test_setup_teardown(test_counter_begins_at_zero, setup, teardown),
      cmocka_unit_test_setup_teardown(test_gauge_is_not_shown_before_it_is_set, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_gauge_is_forgotten_until_it_is_set_again, setup, teardown),
      cmocka_unit_test_setup_teardown(test_series_by_label_values, setup, teardown),
      cmocka_unit_test_setup_teardown(test_two_labels, setup, teardown),
      cmocka_unit_test_setup_teardown(test_label_values_are_escaped, setup, teardown),
      cmocka_unit_test_setup_teardown(test_places_stay_while_others_are_added, setup, teardown),
      cmocka_unit_test_setup_teardown(test_series_are_bounded, setup, teardown),
      cmocka_unit_test_setup_teardown(test_histogram_buckets_are_cumulative, setup, teardown),
      cmocka_unit_test_setup_teardown(test_counts_have_bounds_of_their_own, setup, teardown),
      cmocka_unit_test_setup_teardown(test_every_family_has_help_and_type, setup, teardown),
      cmocka_unit_test_setup_teardown(test_names_follow_the_conventions, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
