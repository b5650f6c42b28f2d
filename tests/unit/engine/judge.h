// SPDX-License-Identifier: Apache-2.0
// For tests with histories that somebody changed: whatever the events say, they are refused,
// or fold to a run on which everything can be decided. What cannot be is an abort.
#pragma once

#include "engine/decide.h"
#include "engine/follow.h"

enum judged { JUDGED_NO_HISTORY, JUDGED_NOT_OF_DEFINITION, JUDGED_GOOD };

// NULL when an event is refused.
static inline struct wf_run *judge_fold(const struct wf_event *events, size_t count) {
  struct wf_run *run = wf_run_new(&(struct wf_identity){.trigger_data = jv_object()});
  const char *problem = NULL;
  for (size_t i = 0; i < count; i++) {
    int32_t seq = run->last_seq;
    if (wf_evolve(run, &events[i], &problem) == 0) continue;
    WF_ASSERT(problem && *problem && run->last_seq == seq);
    wf_run_free(run);
    return NULL;
  }
  wf_run_written(run);
  return run;
}

static inline void judge_decide(const struct wf_definition *definition, const struct wf_event *events, size_t count,
                                struct wf_input input) {
  static const struct wf_bounds bounds = {.steps_max = 50, .value_bytes_max = 4096};
  struct wf_run *run = judge_fold(events, count);
  struct arena *arena = arena_new();
  struct wf_decision decision;
  input.now = run->updated_at + USEC_PER_SEC;
  wf_decide(run, definition, NULL, &bounds, &input, arena, &decision);
  wf_decision_clear(&decision);
  arena_free(arena);
  wf_run_free(run);
}

// Every timer, answer and command, each on a run of its own.
static inline void judge_inputs(const struct wf_definition *definition, const struct wf_run *run,
                                const struct wf_event *events, size_t count) {
  struct wf_armed armed[8];
  size_t timers = wf_run_timers(run, armed, 8);
  for (size_t i = 0; i < timers && i < 8; i++)
    judge_decide(definition, events, count, (struct wf_input){.kind = WF_INPUT_TIMER, .timer_no = armed[i].timer_no});
  for (size_t i = 0; i < run->action_count; i++) {
    struct wf_result result = {.action_no = run->actions[i]->action_no, .attempt = run->actions[i]->attempt};
    judge_decide(definition, events, count, (struct wf_input){.kind = WF_INPUT_RESULT, .result = result});
    result.completed = true;
    result.output = jv_true();
    judge_decide(definition, events, count, (struct wf_input){.kind = WF_INPUT_RESULT, .result = result});
  }
  for (enum wf_control kind = WF_CONTROL_CANCEL; kind <= WF_CONTROL_WAKE; kind++)
    judge_decide(definition, events, count, (struct wf_input){.kind = WF_INPUT_CONTROL, .control = {.kind = kind}});
}

static inline enum judged judge(const struct wf_definition *definition, const struct wf_event *events, size_t count) {
  const char *problem = NULL;
  struct wf_run *run = judge_fold(events, count);
  if (!run) return JUDGED_NO_HISTORY;
  enum judged judged = JUDGED_GOOD;
  if (wf_follow_check(run, definition, &problem) < 0)
    judged = JUDGED_NOT_OF_DEFINITION;
  else if (count)
    judge_inputs(definition, run, events, count);
  wf_run_free(run);
  return judged;
}
