// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/batch.h"
#include "job/outbox.h"

static struct home one = {.number = 1, .next_offset = 5, .last_offset = 4, .last_timestamp = 40, .last_hash = 44};
static struct home two = {.number = 2, .next_offset = -1, .last_offset = -1};

static int setup(void **state) {
  struct batch *batch = xcalloc(1, sizeof *batch);
  batch_init(batch);
  *state = batch;
  return 0;
}

static int teardown(void **state) {
  batch_free(*state);
  free(*state);
  return 0;
}

static struct wf_run *new_run(unsigned recipient) {
  struct uuid trigger = uuid_make(USEC_PER_SEC, 1, 1, 0, 0);
  struct wf_identity identity = {.run_id = uuid_with_recipient(&trigger, recipient), .trigger_id = trigger, .workflow = (char *)"test/one", .workflow_version = (char *)"1.0.0",
                                 .event_id = (char *)"e", .source_type = (char *)"api", .actor = jv_null(), .trigger_data = jv_object()};
  return wf_run_new(&identity);
}

static void test_a_new_one_is_empty(void **state) { assert_true(batch_is_empty(*state)); }

static void test_a_home_takes_part_once(void **state) {
  struct batch *batch = *state;
  batch_touch(batch, &one);
  batch_touch(batch, &two);
  batch_touch(batch, &one);
  assert_int_equal(batch->fences.count, 2);
  assert_false(batch_is_empty(batch));
}

static void test_without_records_the_offset_stays(void **state) {
  const struct batch_fence *fence = batch_touch(*state, &one);
  assert_int_equal(fence->next_offset, 5);
  assert_int_equal(fence->last_offset, 4);
  assert_true(fence->last_timestamp == 40 && fence->last_hash == 44);
}

static void test_a_record_moves_the_offset_of_the_batch_alone(void **state) {
  struct batch *batch = *state;
  batch_consumed(batch, &one, &(struct record){.topic = "t", .offset = 7, .timestamp = 70, .value = "x", .value_size = 1});
  assert_int_equal(batch->fences.items[0].next_offset, 8);
  assert_int_equal(batch->fences.items[0].last_offset, 7);
  assert_true(batch->fences.items[0].last_timestamp == 70);
  assert_int_equal(one.next_offset, 5); // until it is committed
}

static uint64_t hash_of(struct batch *batch, const char *key, const char *value) {
  batch_reset(batch);
  batch_consumed(batch, &one, &(struct record){.topic = "t", .offset = 7, .key = key, .key_size = key ? 1 : 0, .value = value, .value_size = value ? 1 : 0});
  return batch->fences.items[0].last_hash;
}

static void test_the_hash_tells_records_apart(void **state) {
  assert_true(hash_of(*state, "k", "v") == hash_of(*state, "k", "v"));
  assert_true(hash_of(*state, "k", "v") != hash_of(*state, "k", "w"));
  assert_true(hash_of(*state, "k", "v") != hash_of(*state, "l", "v"));
  assert_true(hash_of(*state, NULL, "v") != hash_of(*state, "v", NULL));
}

static void test_a_run_is_written_once_from_what_the_table_holds(void **state) {
  struct batch *batch = *state;
  struct wf_run *run = new_run(1), *other = new_run(2);
  run->last_seq = 3;
  batch_run(batch, &one, run);
  run->last_seq = 6; // decided upon
  batch_run(batch, &one, run);
  batch_run(batch, &one, other);
  assert_int_equal(batch->runs.count, 2);
  assert_int_equal(batch->previous_seqs.items[0], 3);
  assert_int_equal(batch->previous_seqs.items[1], 0);
  assert_int_equal(batch->fences.count, 1);
  batch_reset(batch);
  wf_run_free(run);
  wf_run_free(other);
}

static void test_a_decision_adds_its_events_and_gives_its_values_up(void **state) {
  struct batch *batch = *state;
  struct wf_run *run = new_run(1);
  struct wf_event *event = arena_alloc0(batch->arena, sizeof *event);
  *event = (struct wf_event){.type = WF_RUN_CREATED, .seq = 1, .data = jv_string("owned by the batch")};
  struct wf_decision decision = {.events = event, .event_count = 1};
  batch_decision(batch, run, &decision);
  assert_int_equal(batch->events.count, 1);
  assert_ptr_equal(batch->events.items[0].event, event);
  batch_reset(batch); // releases the value: the sanitizer tells when not
  assert_int_equal(batch->events.count, 0);
  wf_run_free(run);
}

static void test_emptied_it_can_be_filled_again(void **state) {
  struct batch *batch = *state;
  struct wf_run *run = new_run(1);
  for (int i = 0; i < 3; i++) {
    batch_consumed(batch, &one, &(struct record){.topic = "t", .offset = 7});
    batch_run(batch, &one, run);
    vec_push(&batch_touch(batch, &one)->requests, (struct outbox_request){.seq = 1});
    batch->due_max = 99;
    batch_reset(batch);
    assert_true(batch_is_empty(batch));
    assert_int_equal(batch->runs.count, 0);
    assert_int_equal(batch->due_max, 0);
  }
  batch_run(batch, &one, run); // not taken for one that it has already
  assert_int_equal(batch->runs.count, 1);
  batch_reset(batch);
  wf_run_free(run);
}

static void test_an_id_is_taken_once_for_a_tenant_and_workflow(void **state) {
  struct batch *batch = *state;
  struct text nobody = {NULL, 0};
  struct uuid first = {{1}}, second = {{2}};
  assert_null(batch_claimed(batch, nobody, "a/b", TEXT("x")));
  batch_claim(batch, nobody, "a/b", TEXT("x"), &first);
  batch_claim(batch, TEXT("t"), "a/b", TEXT("x"), &second);
  assert_true(uuid_equal(batch_claimed(batch, nobody, "a/b", TEXT("x")), &first));
  assert_true(uuid_equal(batch_claimed(batch, TEXT("t"), "a/b", TEXT("x")), &second));
  assert_null(batch_claimed(batch, nobody, "a/b", TEXT("y")));
  assert_null(batch_claimed(batch, nobody, "a/c", TEXT("x")));
  assert_null(batch_claimed(batch, nobody, "a/bx", TEXT("")));
  batch_reset(batch);
  assert_null(batch_claimed(batch, nobody, "a/b", TEXT("x")));
}

static void test_fan_outs_that_did_not_begin_end_with_it(void **state) {
  struct batch *batch = *state;
  struct uuid trigger_id = {{1}};
  struct fanout *fanout = fanout_new(&trigger_id, &one, 1, 0, &(struct record){.topic = "t"});
  vec_push(&batch->fanouts_begun, fanout);
  batch_reset(batch);
  assert_int_equal(batch->fanouts_begun.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_new_one_is_empty),
      CASE(test_a_home_takes_part_once),
      CASE(test_without_records_the_offset_stays),
      CASE(test_a_record_moves_the_offset_of_the_batch_alone),
      CASE(test_the_hash_tells_records_apart),
      CASE(test_a_run_is_written_once_from_what_the_table_holds),
      CASE(test_a_decision_adds_its_events_and_gives_its_values_up),
      CASE(test_emptied_it_can_be_filled_again),
      CASE(test_an_id_is_taken_once_for_a_tenant_and_workflow),
      CASE(test_fan_outs_that_did_not_begin_end_with_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
