// SPDX-License-Identifier: Apache-2.0
#include "ctl/snapshot_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/fold.h"
#include "engine/snapshot.h"

#define AT "\"level\": \"ok\", \"at\": \"2026-01-05T09:00:00.000000Z\""
#define EVENTS                                                                                                         \
  "[{\"seq\": 1, \"type\": \"run.created\", \"data\": {}, " AT "}, {\"seq\": 2, \"type\": \"run.started\", \"data\": {}, " AT "},"  \
  "{\"seq\": 3, \"type\": \"step.started\", \"step_no\": 1, \"attempt\": 1, \"reference\": \"/do/0/a\", \"data\": {\"kind\": \"set\"}, " AT "}," \
  "{\"seq\": 4, \"type\": \"step.completed\", \"step_no\": 1, \"attempt\": 1, \"data\": {\"output\": 1}, " AT "}]"

struct sample {
  struct history history;
  char *text;
};

// A run of four events, whose snapshot is of the first `seq` of them.
static struct sample sample_of(int seq) {
  struct sample sample = {.history = {.run_id = "r", .problem = jv_null(), .stored = jv_null(), .snapshot_seq = seq}};
  jv problem, first;
  struct wf_run *run;
  struct buf state = {0};
  sample.history.identity = jv_parse("{\"workflow\": \"test/story\", \"actor\": null, \"trigger_data\": {\"n\": 1}}");
  sample.history.events = jv_parse(EVENTS);
  assert_int_equal(fold_run(sample.history.identity, sample.history.events, &sample.history.run, &problem), 0);
  first = jv_array_slice(jv_copy(sample.history.events), 0, seq);
  assert_int_equal(fold_run(sample.history.identity, first, &run, &problem), 0);
  wf_snapshot_encode(run, &state);
  buf_put_u8(&state, 0);
  sample.history.snapshot = sample.text = state.data;
  wf_run_free(run);
  jv_free(first);
  return sample;
}

static void sample_free(struct sample *sample) {
  jv_free(sample->history.identity);
  jv_free(sample->history.events);
  wf_run_free(sample->history.run);
  free(sample->text);
}

// How many differences there are; the first one's column, "-" when it is a whole row.
static int found(const struct sample *sample, const char *column) {
  jv differences = snapshot_check(jv_array(), &sample->history);
  int count = jv_array_length(jv_copy(differences));
  if (count > 0) {
    jv first = jv_array_get(differences, 0);
    jv table = jv_object_get(jv_copy(first), jv_string("table")), name = jv_object_get(first, jv_string("column"));
    assert_string_equal(jv_string_value(table), "snapshot");
    assert_string_equal(jv_get_kind(name) == JV_KIND_STRING ? jv_string_value(name) : "-", column);
    jv_free(table);
    jv_free(name);
  } else {
    jv_free(differences);
  }
  return count;
}

static void a_right_one_of_any_event_is_no_difference(void **state) {
  (void)state;
  for (int seq = 1; seq <= 4; seq++) {
    struct sample sample = sample_of(seq);
    assert_int_equal(found(&sample, NULL), 0);
    sample_free(&sample);
  }
}

static void a_wrong_state_is_named(void **state) {
  (void)state;
  struct sample sample = sample_of(3);
  char *count = strstr(sample.text, "\"entry_count\":1");
  assert_non_null(count);
  count[14] = '7';
  assert_int_equal(found(&sample, "state"), 1);
  sample_free(&sample);
}

static void one_beyond_the_events_is_named(void **state) {
  (void)state;
  struct sample sample = sample_of(4);
  sample.history.events = jv_array_slice(sample.history.events, 0, 3);
  assert_int_equal(found(&sample, "-"), 1);
  sample_free(&sample);
}

static void what_the_daemon_passes_over_is_not_compared(void **state) {
  (void)state;
  struct sample sample = sample_of(3);
  sample.history.snapshot_seq = 2; // not of that event
  assert_int_equal(found(&sample, NULL), 0);
  sample.history.snapshot_seq = 3;
  strstr(sample.text, "\"format\":1")[9] = '0';
  assert_int_equal(found(&sample, NULL), 0);
  sample.history.snapshot = NULL;
  assert_int_equal(found(&sample, NULL), 0);
  sample_free(&sample);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_right_one_of_any_event_is_no_difference),
      cmocka_unit_test(a_wrong_state_is_named),
      cmocka_unit_test(one_beyond_the_events_is_named),
      cmocka_unit_test(what_the_daemon_passes_over_is_not_compared),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
