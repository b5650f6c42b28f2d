// SPDX-License-Identifier: Apache-2.0
#include "engine/listening.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void nothing_is_no_listening(void **state) {
  (void)state;
  struct wf_step step = {.listening = jv_invalid()};
  assert_int_equal(wf_listening_no(&step), 0);
  assert_true(wf_listening_is_over(&step));
  assert_false(wf_listening_waits(&step));
  jv items = wf_listening_get(&step, "items");
  assert_int_equal(jv_get_kind(items), JV_KIND_NULL);
}

static void with(const char *listening, bool over, bool waits) {
  struct wf_step step = {.listening = jv_parse(listening)};
  assert_int_equal(wf_listening_is_over(&step), over);
  assert_int_equal(wf_listening_waits(&step), waits);
  jv_free(step.listening);
}

static void it_waits_while_there_is_nothing_to_do(void **state) {
  (void)state;
  with("{\"no\":4}", false, true);
  with("{\"no\":4,\"over\":true}", true, false);
  with("{\"no\":4,\"queue\":[[1]]}", false, false);
  with("{\"no\":4,\"queue\":[]}", false, true);
  with("{\"no\":4,\"item\":[null]}", false, false);
}

static void filters_that_had_their_event_are_known(void **state) {
  (void)state;
  struct wf_step step = {.listening = jv_parse("{\"no\":4,\"filled\":[1,3],\"rejected\":2}")};
  assert_true(wf_listening_has(&step, "filled", 3));
  assert_false(wf_listening_has(&step, "filled", 2));
  assert_false(wf_listening_has(&step, "ended", 1));
  assert_int_equal(wf_listening_count(&step, "rejected"), 2);
  jv_free(step.listening);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_no_listening),
      cmocka_unit_test(it_waits_while_there_is_nothing_to_do),
      cmocka_unit_test(filters_that_had_their_event_are_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
