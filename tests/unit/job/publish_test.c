// SPDX-License-Identifier: Apache-2.0
// Events that leave: after the commit, again after a crash, under one id.
#include "fake_world.h"

#include <string.h>

static const struct fake_message *message(const struct fake_world *fake, size_t index) {
  assert_true(index < fake->messages.count);
  return &fake->messages.items[index];
}

static void say(struct fake_world *fake) {
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/say\",\"tenant\":\"acme\",\"traceparent\":\"00-ab-01\"}");
}

static void test_an_event_leaves_after_the_commit(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  say(fake);
  fake_until(fake, STORE_COMMIT);
  assert_int_equal(fake->messages.count, 0);
  fake_settle(fake);
  char key[UUID_TEXT_SIZE];
  assert_int_equal(fake->messages.count, 1);
  assert_string_equal(message(fake, 0)->topic, "events");
  assert_string_equal(message(fake, 0)->key, uuid_format(fake_run_id(fake, 0), key));
}

static void test_it_says_whose_it_is(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  say(fake);
  fake_settle(fake);
  const char *event = message(fake, 0)->event;
  assert_non_null(strstr(event, "\"tenant\":\"acme\""));
  assert_non_null(strstr(event, "\"traceparent\":\"00-ab-01\""));
  assert_non_null(strstr(event, "\"sourcekind\":\"workflow_step\""));
  assert_non_null(strstr(event, "\"type\":\"t.said\""));
}

static void test_after_a_crash_it_leaves_again_as_it_was(void **state) {
  struct fake_world *fake = *state;
  fake->deliver = false;
  fake_start(fake);
  say(fake);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 1);
  fake_crash(fake);
  fake->deliver = true;
  fake_start(fake); // the run has ended, the event is still to be sent
  assert_int_equal(fake->messages.count, 2);
  assert_string_equal(message(fake, 0)->event, message(fake, 1)->event);
  assert_string_equal(message(fake, 1)->topic, "events");
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake->messages.count, 2); // delivered, and recorded so with the next batch at the latest
}

static void test_a_batch_that_fails_sends_nothing(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  say(fake);
  fake_until(fake, STORE_COMMIT);
  fake_refuse(fake, 0, STORE_REDO);
  assert_int_equal(fake->messages.count, 0);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 1);
}

static void test_a_secret_is_told_by_its_name(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.run.lifecycle = WF_LIFECYCLE_REQUIRED;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/tell\"}");
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 6);
  assert_non_null(strstr(message(fake, 3)->event, "\"data\":{\"with\":\"secret:key\"}"));
  for (size_t i = 0; i < 6; i++) assert_null(strstr(message(fake, i)->event, "\xf4\x8f\xbf")); // the marks
}

static void test_the_lifecycle_has_a_topic_of_its_own(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.run.lifecycle = WF_LIFECYCLE_REQUIRED;
  fake_start(fake);
  say(fake);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 6); // started, created, started, the event, completed twice
  assert_string_equal(message(fake, 0)->topic, "lifecycle");
  assert_string_equal(message(fake, 3)->topic, "events");
  assert_string_equal(message(fake, 5)->topic, "lifecycle");
  assert_string_equal(message(fake, 5)->key, message(fake, 3)->key);
  assert_non_null(strstr(message(fake, 5)->event, "io.serverlessworkflow.workflow.completed.v1"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_an_event_leaves_after_the_commit, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_it_says_whose_it_is, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_after_a_crash_it_leaves_again_as_it_was, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_batch_that_fails_sends_nothing, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_secret_is_told_by_its_name, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_the_lifecycle_has_a_topic_of_its_own, fake_setup, fake_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
