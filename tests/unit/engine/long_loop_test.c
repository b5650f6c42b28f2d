// SPDX-License-Identifier: Apache-2.0
// A run of many turns: as many events for each, as much time, and no more memory than of
// one. 20,000 turns here; WORKFLOWD_TURNS=1000 makes it 1000 times 1000.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/decide.h"
#include "engine/snapshot.h"

enum { QUARTERS = 4 };

// A try around all, so that what is over must be forgotten although a retry may come. The
// array stands for what a user goes through: it is said once for each loop.
static const char document[] =
    "document: {dsl: '1.0.3', namespace: test, name: long, version: '1.0.0'}\n"
    "do:\n"
    "- around:\n"
    "    try:\n"
    "    - outer:\n"
    "        for: {each: a, in: .rows}\n"
    "        do:\n"
    "        - inner:\n"
    "            for: {each: b, in: $workflow.input.columns}\n"
    "            while: '$b >= 0'\n"
    "            do: [{add: {set: {sum: '${ $a + $b }'}}}]\n"
    "    catch: {retry: {delay: PT1S}}\n";

struct progress {
  uint64_t events, bytes, turns;
  size_t memory_max, steps_max, snapshot_max;
  clock_t quarter[QUARTERS]; // processor time of each quarter of the turns
};

static jv input(int rows, int columns) {
  jv data = jv_object(), list = jv_array();
  for (int i = 0; i < rows; i++) list = jv_array_append(list, jv_number(i));
  data = jv_object_set(data, jv_string("rows"), list);
  list = jv_array();
  for (int i = 0; i < columns; i++) list = jv_array_append(list, jv_number(i));
  return jv_object_set(data, jv_string("columns"), list);
}

static void count(struct progress *progress, const struct wf_decision *decision) {
  for (size_t i = 0; i < decision->event_count; i++) {
    const struct wf_event *event = &decision->events[i];
    progress->turns += event->type == WF_STEP_ITERATED && strstr(event->reference, "inner") != NULL;
    if (!jv_is_valid(event->data)) continue;
    jv text = jv_dump_string(jv_copy(event->data), 0);
    progress->bytes += (uint64_t)jv_string_length_bytes(jv_copy(text));
    jv_free(text);
  }
  progress->events += decision->event_count;
}

static void look(struct progress *progress, const struct wf_run *run) {
  struct buf snapshot = {0};
  wf_snapshot_encode(run, &snapshot);
  size_t memory = wf_run_memory(run);
  if (memory > progress->memory_max) progress->memory_max = memory;
  if (run->step_count > progress->steps_max) progress->steps_max = run->step_count;
  if (snapshot.size > progress->snapshot_max) progress->snapshot_max = snapshot.size;
  buf_free(&snapshot);
}

static struct progress go(const struct wf_definition *definition, int rows, int columns, usec_t *now) {
  const struct wf_bounds bounds = {.steps_max = 10000000, .value_bytes_max = 1 << 20};
  const struct wf_identity identity = {.trigger_data = input(rows, columns)};
  const uint64_t all = (uint64_t)rows * (uint64_t)columns;
  struct progress progress = {0};
  struct arena *arena = arena_new();
  struct wf_run *run = wf_run_new(&identity);
  struct wf_decision decision;
  struct wf_input what = {.kind = WF_INPUT_CREATE, .now = *now};
  for (;;) {
    clock_t began = clock();
    wf_decide(run, definition, NULL, &bounds, &what, arena, &decision);
    count(&progress, &decision);
    wf_decision_clear(&decision);
    arena_reset(arena);
    wf_run_written(run);
    uint64_t quarter = progress.turns * QUARTERS / (all + 1);
    progress.quarter[quarter] += clock() - began;
    if (!run->yield_timer_no) break;
    look(&progress, run);
    what = (struct wf_input){.kind = WF_INPUT_TIMER, .now = ++*now, .timer_no = run->yield_timer_no};
  }
  assert_int_equal(run->status, WF_COMPLETED);
  assert_int_equal(progress.turns, all);
  wf_run_free(run);
  arena_free(arena);
  return progress;
}

static void many_turns_cost_as_much_each_and_no_memory(void **state) {
  (void)state;
  const char *turns = getenv("WORKFLOWD_TURNS");
  int rows = turns ? atoi(turns) : 100, columns = turns ? atoi(turns) : 200;
  struct arena *arena = arena_new();
  struct wf_definition *definition;
  struct wf_problems problems;
  usec_t now = 1000 * USEC_PER_SEC;
  assert_int_equal(wf_definition_load(document, sizeof document - 1, &(struct wf_catalog){0}, arena, &definition, &problems), 0);
  struct progress few = go(definition, rows / 10, columns, &now), many = go(definition, rows, columns, &now);
  printf("%llu turns: %.2f us and %.1f bytes of data each, %llu events; at most %zu steps, %zu bytes of memory, %zu of a snapshot\n",
         (unsigned long long)many.turns, (double)(many.quarter[0] + many.quarter[1] + many.quarter[2] + many.quarter[3]) * 1e6 / CLOCKS_PER_SEC / (double)many.turns,
         (double)many.bytes / (double)many.turns, (unsigned long long)many.events, many.steps_max, many.memory_max, many.snapshot_max);
  assert_in_range(many.events, 3 * many.turns, 3 * many.turns + 5 * (uint64_t)rows + 20);
  assert_in_range(many.bytes, few.bytes * 10 * 8 / 10, few.bytes * 10 * 12 / 10); // nothing is said again
  assert_in_range(many.steps_max, 1, few.steps_max);
  // Of ten times as many turns only the numbers, and the outer items, are longer.
  assert_in_range(many.memory_max, 1, few.memory_max + 200 * (size_t)rows);
  assert_in_range(many.snapshot_max, 1, few.snapshot_max + 20 * (size_t)rows);
  assert_true(many.quarter[3] < 3 * many.quarter[0] + CLOCKS_PER_SEC / 20);
  wf_definition_free(definition);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_turns_cost_as_much_each_and_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
