// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dev/demo_trigger.h"
#include "io/codec_trigger.h"

// What workflowd reads from it.
static struct trigger_event decode(int number, struct arena *arena) {
  static const struct codec_bounds BOUNDS = {.payload_bytes = 1 << 20, .recipients = 10};
  struct buf bytes = {0};
  demo_trigger_encode(number, "mark", arena, &bytes);
  struct record record = {.topic = "t", .value = bytes.data, .value_size = bytes.size};
  struct trigger_event event;
  struct refusal refusal;
  assert_int_equal(codec_decode_trigger(&record, &BOUNDS, arena, &event, &refusal), 0);
  buf_free(&bytes);
  return event;
}

static void test_one_lead_each(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct trigger_event event = decode(42, arena);
  assert_int_equal(event.recipient_count, 1);
  assert_true(text_equal(event.recipients[0].ref.id, TEXT("lead-0042")));
  assert_true(text_equal(event.workflow, TEXT("sales/lead-follow-up")));
  assert_string_equal(demo_trigger_lead(42, arena), "lead-0042");
  arena_free(arena);
}

static void test_ids_differ_by_lead_and_demonstration(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct trigger_event first = decode(1, arena), second = decode(2, arena);
  assert_true(text_equal(first.id, TEXT("mark/lead-0001")));
  assert_false(text_equal(first.id, second.id));
  assert_true(text_equal(first.correlation_id, TEXT("mark")));
  arena_free(arena);
}

static void test_stays_small(void **state) {
  (void)state; // demo.c reckons with 512 bytes when it bounds how far ahead it may be
  struct arena *arena = arena_new();
  struct buf bytes = {0};
  demo_trigger_encode(1000000, "quickstart-2026-01-31T09:00:00.000000Z", arena, &bytes);
  assert_true(bytes.size < 512);
  buf_free(&bytes);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_lead_each),
      cmocka_unit_test(test_ids_differ_by_lead_and_demonstration),
      cmocka_unit_test(test_stays_small),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
