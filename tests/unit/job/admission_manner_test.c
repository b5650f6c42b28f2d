// SPDX-License-Identifier: Apache-2.0
// Rehearsals and settings of a trigger decide how its runs run.
#include "fake_world.h"

static void manner(struct fake_world *fake, const char *workflow, const char *more) {
  fake_start(fake);
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/%s\",\"recipients\":[\"x\",\"y\"]%s}", workflow, more));
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 2);
}

static void must_be(const struct fake_world *fake, enum wf_status status, const char *output) {
  for (size_t i = 0; i < 2; i++) {
    struct wf_run *run = sim_db_fold(fake->db.runs.items[i]);
    assert_int_equal(run->status, status);
    jv text = output ? jv_dump_string(jv_copy(run->output), 0) : jv_null();
    if (output) assert_string_equal(jv_string_value(text), output);
    jv_free(text);
    wf_run_free(run);
  }
}

static void test_a_rehearsal_sends_nothing_and_waits_for_nothing(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "one", ",\"source\":{\"kind\":\"rehearsal\"},\"settings\":{\"results\":{\"act\":{\"n\":7}}}");
  must_be(fake, WF_COMPLETED, "{\"n\":7}");
  assert_int_equal(fake->messages.count, 0);
  assert_string_equal(fake->db.triggers.items[0]->source_type, "rehearsal");
}

static void test_a_rehearsal_skips_delays(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "nap", ",\"source\":{\"kind\":\"rehearsal\"}");
  must_be(fake, WF_COMPLETED, NULL);
}

static void test_a_sandbox_sends_nothing(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "one", ",\"settings\":{\"sandbox\":true}");
  must_be(fake, WF_COMPLETED, "{}");
  assert_int_equal(fake->messages.count, 0);
}

static void test_a_sandbox_waits(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "nap", ",\"settings\":{\"sandbox\":true}");
  must_be(fake, WF_WAITING, NULL);
}

static void test_without_delays_workers_are_asked(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "one", ",\"settings\":{\"skip_delays\":true}");
  must_be(fake, WF_RUNNING, NULL);
  assert_int_equal(fake->messages.count, 2);
}

static void test_without_delays_nothing_waits(void **state) {
  struct fake_world *fake = *state;
  manner(fake, "nap", ",\"settings\":{\"skip_delays\":true}");
  must_be(fake, WF_COMPLETED, NULL);
}

// The recipients of one trigger that no transaction can carry at once.
static void test_every_piece_of_a_fan_out_is_rehearsed(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 1;
  manner(fake, "one", ",\"source\":{\"kind\":\"rehearsal\"},\"settings\":{\"results\":{\"act\":1}}");
  must_be(fake, WF_COMPLETED, "1");
  assert_int_equal(fake->messages.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_rehearsal_sends_nothing_and_waits_for_nothing),
      CASE(test_a_rehearsal_skips_delays),
      CASE(test_a_sandbox_sends_nothing),
      CASE(test_a_sandbox_waits),
      CASE(test_without_delays_workers_are_asked),
      CASE(test_without_delays_nothing_waits),
      CASE(test_every_piece_of_a_fan_out_is_rehearsed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
