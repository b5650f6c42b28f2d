// SPDX-License-Identifier: Apache-2.0
// How large the pieces of a trigger with many recipients are, and when they rest.
#include "fake_world.h"

#include <string.h>

#define FIVE ",\"recipients\":[\"1\",\"2\",\"3\",\"4\",\"5\"]"

static void trigger(struct fake_world *fake, const char *more) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/done\"%s}", more));
}

static void test_pieces_are_bounded_by_their_bytes(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_bytes = 2000;
  fake_start(fake);
  char large[401];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  trigger(fake, arena_printf(fake->arena, ",\"data\":{\"x\":\"%s\"}" FIVE, large));
  size_t most = 0;
  while (fake->db.runs.count < 5) {
    const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
    if (commit->run_count > most) most = commit->run_count;
    fake_answer(fake, 0);
  }
  assert_int_equal(most, 2);
}

static void test_one_run_is_made_however_large(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_bytes = 10;
  fake_start(fake);
  trigger(fake, ",\"data\":{\"x\":\"more than ten\"}" FIVE);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 5);
}

// ---- without the definition -------------------------------------------------

static bool hidden;

static void hides_definitions(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind == STORE_DEFINITIONS && hidden) reply->definitions.definition_count = 0;
}

static void test_a_fan_out_without_its_definition_rests(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 2;
  fake_start(fake);
  trigger(fake, FIVE);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake_crash(fake);
  hidden = true;
  fake->edit = hides_definitions;
  fake_start(fake); // comes to rest
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 0);
  fake_crash(fake);
  hidden = false;
  fake_start(fake);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 5);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_pieces_are_bounded_by_their_bytes),
      CASE(test_one_run_is_made_however_large),
      CASE(test_a_fan_out_without_its_definition_rests),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
