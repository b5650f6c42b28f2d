// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/vec.h"
#include "job/outbox.h"

struct produced {
  char value[16], header[16];
  uint64_t cookie;
};

struct producer {
  struct world world;
  struct outbox *outbox;
  size_t room;
  VEC(struct produced) taken;
};

static bool produce(void *context, const struct world_message *message, uint64_t cookie) {
  struct producer *producer = context;
  if (!producer->room) return false;
  producer->room--;
  struct produced produced = {.cookie = cookie};
  memcpy(produced.value, message->value, message->value_size);
  if (message->header_count) memcpy(produced.header, message->headers[0].value, message->headers[0].size);
  vec_push(&producer->taken, produced);
  return true;
}

static int setup(void **state) {
  struct producer *producer = xcalloc(1, sizeof *producer);
  producer->world = (struct world){.context = producer, .produce = produce};
  producer->room = 100;
  producer->outbox = outbox_new(&producer->world, (struct outbox_bounds){4, 10000});
  *state = producer;
  return 0;
}

static int teardown(void **state) {
  struct producer *producer = *state;
  outbox_free(producer->outbox);
  vec_free(&producer->taken);
  free(producer);
  return 0;
}

static void add(struct producer *producer, int home, int64_t batch_no, const char *value) {
  struct outbox_request request = {.message = {.topic = "requests", .partition = -1, .key = "k", .key_size = 1, .value = value, .value_size = strlen(value)}};
  outbox_add(producer->outbox, home, batch_no, &request, 1);
}

static void report(struct producer *producer, size_t i, bool delivered) { outbox_delivered(producer->taken.items[i].cookie, delivered); }

static void assert_taken(const struct producer *producer, const char *all) {
  char line[256] = "";
  vec_foreach(produced, &producer->taken) {
    if (*line) strcat(line, " ");
    strcat(line, produced->value);
  }
  assert_string_equal(line, all);
}

static void test_messages_leave_in_their_order(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 1, "a");
  add(producer, 2, 1, "b");
  add(producer, 1, 2, "c");
  assert_taken(producer, "a b c");
  assert_int_equal(outbox_pending(producer->outbox), 3);
  for (size_t i = 0; i < 3; i++) report(producer, i, true);
  assert_int_equal(outbox_pending(producer->outbox), 0);
}

static void test_without_room_they_wait_in_line(void **state) {
  struct producer *producer = *state;
  producer->room = 1;
  add(producer, 1, 1, "a");
  add(producer, 1, 1, "b");
  assert_taken(producer, "a");
  producer->room = 1;
  add(producer, 1, 2, "c"); // does not overtake
  assert_taken(producer, "a b");
  producer->room = 9;
  outbox_offer(producer->outbox);
  assert_taken(producer, "a b c");
  for (size_t i = 0; i < 3; i++) report(producer, i, true);
}

static void test_what_was_not_delivered_is_offered_again(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 1, "a");
  report(producer, 0, false);
  assert_int_equal(outbox_pending(producer->outbox), 1);
  outbox_offer(producer->outbox);
  assert_taken(producer, "a a");
  report(producer, 1, true);
  assert_int_equal(outbox_pending(producer->outbox), 0);
}

static void test_failed_ones_keep_their_order(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 1, "a");
  add(producer, 1, 1, "b");
  add(producer, 1, 2, "c");
  producer->room = 0;
  add(producer, 1, 3, "d");
  report(producer, 2, false);
  report(producer, 0, false);
  report(producer, 1, false);
  producer->room = 9;
  outbox_offer(producer->outbox);
  assert_taken(producer, "a b c a b c d");
  for (size_t i = 3; i < 7; i++) report(producer, i, true);
}

static void test_low_is_the_oldest_batch_not_delivered(void **state) {
  struct producer *producer = *state;
  assert_true(outbox_low(producer->outbox, 1) == INT64_MAX);
  add(producer, 1, 4, "a");
  add(producer, 1, 5, "b");
  add(producer, 2, 3, "c");
  assert_true(outbox_low(producer->outbox, 1) == 4);
  report(producer, 1, true); // the later one first
  assert_true(outbox_low(producer->outbox, 1) == 4);
  report(producer, 0, true);
  assert_true(outbox_low(producer->outbox, 1) == INT64_MAX);
  assert_true(outbox_low(producer->outbox, 2) == 3);
  report(producer, 2, true);
}

static void test_low_counts_those_that_wait(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 4, "a");
  add(producer, 1, 5, "b");
  report(producer, 1, false); // waits again; the older one is with the producer
  assert_true(outbox_low(producer->outbox, 1) == 4);
  report(producer, 0, true);
  assert_true(outbox_low(producer->outbox, 1) == 5);
}

// One that is offered again stands behind younger ones with the producer, not in age.
static void test_low_counts_what_was_offered_again(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 5, "a");
  add(producer, 1, 6, "b");
  report(producer, 0, false);
  outbox_offer(producer->outbox);
  assert_int_equal(outbox_low(producer->outbox, 1), 5);
  report(producer, 1, true);
  assert_int_equal(outbox_low(producer->outbox, 1), 5);
  report(producer, 2, true);
  assert_true(outbox_low(producer->outbox, 1) == INT64_MAX);
}

static void test_the_bytes_are_its_own(void **state) {
  struct producer *producer = *state;
  producer->room = 0;
  char value[] = "value", header[] = "header";
  struct message_header headers[] = {{"h", header, 6}};
  struct outbox_request request = {.message = {.topic = "requests", .value = value, .value_size = 5, .headers = headers, .header_count = 1}};
  outbox_add(producer->outbox, 1, 1, &request, 1);
  memset(value, 'x', 5);
  memset(header, 'x', 6);
  producer->room = 1;
  outbox_offer(producer->outbox);
  assert_string_equal(producer->taken.items[0].value, "value");
  assert_string_equal(producer->taken.items[0].header, "header");
  report(producer, 0, true);
}

static void test_dropped_ones_end_with_their_answers(void **state) {
  struct producer *producer = *state;
  producer->room = 1;
  add(producer, 1, 1, "a");
  add(producer, 1, 1, "b");
  outbox_drop(producer->outbox);
  assert_int_equal(outbox_pending(producer->outbox), 0);
  assert_true(outbox_low(producer->outbox, 1) == INT64_MAX);
  producer->room = 9;
  report(producer, 0, false); // not offered again
  outbox_offer(producer->outbox);
  assert_taken(producer, "a");
}

static void test_answers_may_come_after_its_end(void **state) {
  struct producer *producer = *state;
  add(producer, 1, 1, "a");
  outbox_free(producer->outbox);
  producer->outbox = NULL;
  report(producer, 0, true);
}

// ---- bounds (4 messages, 10,000 bytes) ----------------------------------------

static void add_many(struct producer *producer, int count) {
  for (int i = 0; i < count; i++) add(producer, 1, i + 1, "a");
}

static void report_from(struct producer *producer, size_t first) {
  for (size_t i = first; i < producer->taken.count; i++) report(producer, i, true);
}

static void test_it_is_full_at_the_bound(void **state) {
  struct producer *producer = *state;
  add_many(producer, 3);
  assert_false(outbox_is_full(producer->outbox));
  add_many(producer, 1);
  assert_true(outbox_is_full(producer->outbox));
  assert_false(outbox_is_overfull(producer->outbox));
  report_from(producer, 0);
}

static void test_it_is_full_until_half_has_left(void **state) {
  struct producer *producer = *state;
  add_many(producer, 4);
  assert_false(outbox_delivered(producer->taken.items[0].cookie, true));
  assert_true(outbox_is_full(producer->outbox));
  assert_true(outbox_delivered(producer->taken.items[1].cookie, true)); // says so, once
  assert_false(outbox_is_full(producer->outbox));
  assert_false(outbox_delivered(producer->taken.items[2].cookie, true));
  report(producer, 3, true);
}

static void test_what_was_not_delivered_makes_no_room(void **state) {
  struct producer *producer = *state;
  add_many(producer, 4);
  for (size_t i = 0; i < 4; i++) assert_false(outbox_delivered(producer->taken.items[i].cookie, false));
  assert_true(outbox_is_full(producer->outbox));
  outbox_offer(producer->outbox);
  report_from(producer, 4);
  assert_false(outbox_is_full(producer->outbox));
}

static void test_it_is_overfull_at_twice_the_bound(void **state) {
  struct producer *producer = *state;
  add_many(producer, 7);
  assert_false(outbox_is_overfull(producer->outbox));
  add_many(producer, 1);
  assert_true(outbox_is_overfull(producer->outbox));
  report(producer, 0, true);
  assert_false(outbox_is_overfull(producer->outbox));
  report_from(producer, 1);
}

static void add_large(struct producer *producer) {
  static char value[5000];
  struct outbox_request request = {.message = {.topic = "requests", .partition = -1, .value = value, .value_size = sizeof value}};
  producer->room = 0; // waiting counts as well
  outbox_add(producer->outbox, 1, 1, &request, 1);
}

static void test_bytes_have_a_bound_too(void **state) {
  struct producer *producer = *state;
  add_large(producer);
  assert_false(outbox_is_full(producer->outbox));
  assert_in_range(outbox_bytes(producer->outbox), 5000, 5400);
  add_large(producer);
  assert_true(outbox_is_full(producer->outbox));
  assert_false(outbox_is_overfull(producer->outbox));
  add_large(producer);
  add_large(producer);
  assert_true(outbox_is_overfull(producer->outbox));
}

static void test_a_dropped_one_is_empty(void **state) {
  struct producer *producer = *state;
  add_many(producer, 8);
  outbox_drop(producer->outbox);
  assert_false(outbox_is_full(producer->outbox));
  assert_false(outbox_is_overfull(producer->outbox));
  assert_int_equal(outbox_bytes(producer->outbox), 0);
  assert_false(outbox_delivered(producer->taken.items[0].cookie, true)); // of the forgotten ones
  report_from(producer, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_messages_leave_in_their_order),
      CASE(test_without_room_they_wait_in_line),
      CASE(test_what_was_not_delivered_is_offered_again),
      CASE(test_failed_ones_keep_their_order),
      CASE(test_low_is_the_oldest_batch_not_delivered),
      CASE(test_low_counts_those_that_wait),
      CASE(test_low_counts_what_was_offered_again),
      CASE(test_the_bytes_are_its_own),
      CASE(test_dropped_ones_end_with_their_answers),
      CASE(test_answers_may_come_after_its_end),
      CASE(test_it_is_full_at_the_bound),
      CASE(test_it_is_full_until_half_has_left),
      CASE(test_what_was_not_delivered_makes_no_room),
      CASE(test_it_is_overfull_at_twice_the_bound),
      CASE(test_bytes_have_a_bound_too),
      CASE(test_a_dropped_one_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
