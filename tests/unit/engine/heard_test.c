// SPDX-License-Identifier: Apache-2.0
#include "engine/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define LOOKBACK USEC_PER_MIN

static jv add(jv heard, const char *id, int32_t seq, int32_t listener, usec_t at) {
  bool renews = wf_heard_renews(heard, at, LOOKBACK);
  return wf_heard_add(heard, "s", id, seq, listener, at, renews);
}

static void an_event_is_known_by_source_and_id(void **state) {
  (void)state;
  jv heard = wf_heard_add(jv_invalid(), "s", "1", 10, 5, 0, false);
  heard = wf_heard_add(heard, NULL, NULL, 11, 5, 0, false);
  assert_true(wf_heard_already(heard, "s", "1", 5));
  assert_true(wf_heard_already(heard, NULL, NULL, 5));
  assert_false(wf_heard_already(heard, "s", "2", 5));
  assert_false(wf_heard_already(heard, "t", "1", 5));
  assert_false(wf_heard_already(jv_invalid(), "s", "1", 5));
  jv_free(heard);
}

static void all_that_listen_at_the_time_hear_an_event(void **state) {
  (void)state;
  jv heard = add(jv_invalid(), "1", 10, 5, 0);
  assert_false(wf_heard_already(heard, "s", "1", 6)); // listened already when it came
  assert_true(wf_heard_already(heard, "s", "1", 12)); // began after it was taken
  heard = add(heard, "1", 13, 6, 0);
  assert_true(wf_heard_already(heard, "s", "1", 6));
  assert_true(wf_heard_already(heard, "s", "1", 12)); // the first time counts
  jv_free(heard);
}

static void what_look_back_reaches_is_never_forgotten(void **state) {
  (void)state;
  jv heard = jv_invalid();
  char id[16];
  // An event a second, for ten minutes: each is known as long as it may come again.
  for (int i = 0; i < 600; i++) {
    snprintf(id, sizeof id, "%d", i);
    heard = add(heard, id, 2 * i + 10, 2 * i + 9, i * USEC_PER_SEC);
    for (int back = 0; back <= 60 && back <= i; back++) {
      snprintf(id, sizeof id, "%d", i - back);
      assert_true(wf_heard_already(heard, "s", id, 2 * i + 11));
    }
  }
  assert_false(wf_heard_already(heard, "s", "400", 9999));
  jv old = jv_object_get(jv_copy(heard), jv_string("old")), fresh = jv_object_get(jv_copy(heard), jv_string("new"));
  assert_in_range(jv_object_length(old) + jv_object_length(fresh), 71, 142); // two generations of 70 s
  jv_free(heard);
}

// Ten seconds are for clocks that are not the database's.
static void a_generation_is_as_long_as_look_back_and_some_more(void **state) {
  (void)state;
  jv heard = add(jv_invalid(), "1", 10, 5, USEC_PER_HOUR);
  assert_false(wf_heard_renews(heard, USEC_PER_HOUR + LOOKBACK + 10 * USEC_PER_SEC - 1, LOOKBACK));
  assert_true(wf_heard_renews(heard, USEC_PER_HOUR + LOOKBACK + 10 * USEC_PER_SEC, LOOKBACK));
  jv_free(heard);
}

static void there_is_a_bound_and_it_passes(void **state) {
  (void)state;
  jv heard = jv_invalid();
  char id[16];
  for (int i = 0; i < WF_HEARD_MAX; i++) {
    assert_false(wf_heard_is_full(heard, false));
    snprintf(id, sizeof id, "%d", i);
    heard = add(heard, id, i + 10, 1, i < 5000 ? 0 : 70 * USEC_PER_SEC);
  }
  assert_true(wf_heard_is_full(heard, wf_heard_renews(heard, 71 * USEC_PER_SEC, LOOKBACK)));
  assert_false(wf_heard_is_full(heard, wf_heard_renews(heard, 140 * USEC_PER_SEC, LOOKBACK)));
  heard = add(heard, "x", 20000, 1, 140 * USEC_PER_SEC);
  assert_false(wf_heard_already(heard, "s", "4999", 30000));
  assert_true(wf_heard_already(heard, "s", "5000", 30000));
  jv_free(heard);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_event_is_known_by_source_and_id),
      cmocka_unit_test(all_that_listen_at_the_time_hear_an_event),
      cmocka_unit_test(what_look_back_reaches_is_never_forgotten),
      cmocka_unit_test(a_generation_is_as_long_as_look_back_and_some_more),
      cmocka_unit_test(there_is_a_bound_and_it_passes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
