// SPDX-License-Identifier: Apache-2.0
#include "engine/turn.h"

#include <string.h>

#include "base/error.h"
#include "engine/duration.h"
#include "engine/evolve.h"
#include "engine/lifecycle.h"
#include "engine/kind.h"

// The array with room for one more, in the arena.
static void *grown(struct arena *arena, void *array, size_t count, size_t *capacity, size_t item_size) {
  if (count < *capacity) return array;
  *capacity = *capacity ? *capacity * 2 : 8;
  void *larger = arena_alloc(arena, *capacity * item_size);
  if (count) memcpy(larger, array, count * item_size);
  return larger;
}

// Control is final: nothing may be asked for once a run has ended or is suspended. In a
// sandbox nothing ever is.
static bool run_may_request(const struct wf_run *run) {
  return !wf_status_ended(run->status) && run->status != WF_SUSPENDED && !run->sandbox;
}

void wf_turn_emit(struct wf_turn *turn, struct wf_event event, const struct wf_facts *facts) {
  WF_ASSERT(event.type != WF_ACTION_REQUESTED || run_may_request(turn->run));
  event.seq = turn->run->last_seq + 1;
  event.at = turn->input->now;
  event.data = facts ? wf_facts_write(facts) : jv_invalid();
  struct wf_decision *out = turn->out;
  out->events = grown(turn->arena, out->events, out->event_count, &turn->event_capacity, sizeof *out->events);
  out->events[out->event_count++] = event;
  enum wf_status before = turn->run->status;
  const char *problem = NULL; // what a run decides always fits it
  WF_ASSERT(wf_evolve_facts(turn->run, &event, facts ? facts : &WF_NO_FACTS, &problem) == 0);
  wf_lifecycle_tell(turn, &event, before);
}

int32_t wf_turn_arm(struct wf_turn *turn, usec_t due_at, int32_t action_no) {
  if (turn->last_timer_no < turn->run->last_timer_no) turn->last_timer_no = turn->run->last_timer_no;
  int32_t timer_no = ++turn->last_timer_no;
  wf_turn_arm_again(turn, timer_no, due_at, action_no);
  return timer_no;
}

void wf_turn_arm_again(struct wf_turn *turn, int32_t timer_no, usec_t due_at, int32_t action_no) {
  struct wf_decision *out = turn->out;
  out->timers = grown(turn->arena, out->timers, out->timer_count, &turn->timer_capacity, sizeof *out->timers);
  out->timers[out->timer_count++] = (struct wf_timer){.timer_no = timer_no, .due_at = due_at, .action_no = action_no};
}

void wf_turn_effect(struct wf_turn *turn, struct wf_effect effect) {
  struct wf_decision *out = turn->out;
  effect.seq = turn->run->last_seq;
  out->effects = grown(turn->arena, out->effects, out->effect_count, &turn->effect_capacity, sizeof *out->effects);
  out->effects[out->effect_count++] = effect;
}

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
uint64_t wf_turn_random(struct wf_turn *turn) {
  uint64_t z = (turn->random_state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

usec_t wf_turn_after(const struct wf_turn *turn, usec_t duration) {
  return turn->input->now + (duration < WF_DURATION_MAX ? duration : WF_DURATION_MAX);
}

struct wf_step *wf_turn_step(const struct wf_turn *turn, int32_t step_no) {
  struct wf_step *step = wf_run_step(turn->run, step_no);
  WF_ASSERT(step);
  return step;
}

const struct wf_task *wf_turn_task_of(const struct wf_turn *turn, const struct wf_step *step) {
  const struct wf_task *task = wf_definition_task(turn->definition, step->reference);
  WF_ASSERT(task); // a run stays on its version
  return task;
}

const struct wf_task *wf_turn_task(const struct wf_turn *turn, const struct wf_scope *scope) {
  const struct wf_task_list *list = wf_definition_tasks(turn->definition);
  if (scope->step_no) {
    const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, scope->step_no));
    list = wf_task_list_of(task, scope->part);
    WF_ASSERT(list);
  }
  return scope->index >= 0 && scope->index < list->count ? &list->tasks[scope->index] : NULL;
}
