// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_world.h"

#include <stdio.h>

#include "base/error.h"
#include "base/vec.h"

// Of all that is due at one instant, what comes from outside comes first, in the order in
// which it was asked for: an answer without delay is there before any deadline.
struct pending {
  usec_t at;
  int run;
  int32_t action_no, attempt;
  const struct rehearse_answer *answer; // NULL = the cancellation
};

struct world {
  const struct rehearse_world_config *config;
  struct rehearse_record *record;
  usec_t now;
  uint64_t random;
  long decisions;
  VEC(struct pending) pending;
  VEC(struct rehearse_answer *) live_answers; // the record's arena has them; their outputs are owned
};

// ---- effects ----------------------------------------------------------------

// Asks for real what nothing answers, where it may be asked.
static const struct rehearse_answer *ask(struct world *world, int run, const struct wf_effect *effect) {
  enum wf_native native = effect->function->native;
  if (!world->config->live || native == WF_BY_WORKER) return NULL;
  char id[UUID_TEXT_SIZE];
  uuid_format(&world->record->runs.items[run]->run->identity.run_id, id);
  struct rehearse_live_call call = {.is_openapi = native == WF_NATIVE_OPENAPI,
                                    .with = effect->arguments,
                                    .key = arena_printf(world->record->arena, "%s.%d/%d", id, effect->action_no, effect->attempt),
                                    .timeout = effect->deadline_at - world->now};
  struct rehearse_answer *answer = arena_alloc0(world->record->arena, sizeof *answer);
  *answer = rehearse_live_ask(world->config->live, &call, world->record->arena);
  vec_push(&world->live_answers, answer);
  return answer;
}

static void request(struct world *world, int run, const struct wf_effect *effect) {
  const struct wf_definition *definition = world->record->runs.items[run]->definition;
  const struct wf_task *task = wf_definition_task(definition, effect->reference);
  WF_ASSERT(task);
  const char *function = effect->function->name;
  const struct rehearse_answer *answer =
      rehearse_answers_take(world->config->answers, effect->reference, task->name, function);
  if (!answer) answer = ask(world, run, effect);
  if (!answer) {
    rehearse_record_want(world->record, (struct rehearse_want){.run = run,
                                                               .function = function,
                                                               .reference = effect->reference,
                                                               .attempt = effect->attempt,
                                                               .arguments = jv_copy(effect->arguments)});
  } else if (!answer->never) {
    vec_push(&world->pending,
             (struct pending){world->now + answer->delay, run, effect->action_no, effect->attempt, answer});
  }
}

static void drop(struct world *world, size_t index) {
  for (size_t i = index + 1; i < world->pending.count; i++) world->pending.items[i - 1] = world->pending.items[i];
  world->pending.count--;
}

// A worker that is called back does not answer.
static void cancel(struct world *world, int run, const struct wf_effect *effect) {
  for (size_t i = world->pending.count; i-- > 0;) {
    const struct pending *pending = &world->pending.items[i];
    if (pending->answer && pending->run == run && pending->action_no == effect->action_no) drop(world, i);
  }
}

static void send(struct world *world, int run, const struct wf_effect *effect) {
  struct rehearse_sent sent = {run, world->now, effect->reference, jv_copy(effect->arguments)};
  rehearse_record_sent(world->record, effect->kind == WF_EFFECT_TELL, sent);
}

static void take_effect(struct world *world, int run, const struct wf_effect *effect) {
  switch (effect->kind) {
  case WF_EFFECT_REQUEST: request(world, run, effect); break;
  case WF_EFFECT_CANCEL: cancel(world, run, effect); break;
  case WF_EFFECT_EMIT:
  case WF_EFFECT_TELL: send(world, run, effect); break;
  case WF_EFFECT_SUBSCRIBE:
  case WF_EFFECT_UNSUBSCRIBE: break; // no events come: a listener waits
  }
}

static void decide(struct world *world, int run, struct wf_input input) {
  struct rehearse_run *in = world->record->runs.items[run];
  struct arena *arena = arena_new();
  struct wf_decision decision = {0};
  input.now = world->now;
  input.random = world->random++;
  world->decisions++;
  wf_decide(in->run, in->definition, world->config->evaluator, &world->config->bounds, &input, arena, &decision);
  rehearse_record_decision(world->record, run, &decision);
  for (size_t i = 0; i < decision.effect_count; i++) take_effect(world, run, &decision.effects[i]);
  wf_run_written(in->run);
  wf_decision_clear(&decision);
  arena_free(arena);
}

// ---- beginning --------------------------------------------------------------

static struct wf_run *new_run(const struct world *world, const struct wf_definition *definition, jv input) {
  struct uuid trigger = uuid_make(world->config->start, 0, world->config->seed, 0, 0);
  char workflow[160];
  snprintf(workflow, sizeof workflow, "%s/%s", wf_definition_namespace(definition), wf_definition_name(definition));
  struct wf_identity identity = {.run_id = uuid_with_recipient(&trigger, (unsigned)world->record->runs.count + 1),
                                 .trigger_id = trigger,
                                 .workflow = workflow,
                                 .workflow_version = (char *)wf_definition_version(definition),
                                 .event_id = (char *)"rehearsal",
                                 .source_type = (char *)"rehearsal",
                                 .actor = jv_null(),
                                 .trigger_data = jv_copy(input)};
  return wf_run_new(&identity);
}

static int begin(struct world *world, const struct wf_definition *definition, jv input, int parent) {
  int run = rehearse_record_run(world->record, definition, new_run(world, definition, input), parent);
  struct wf_input create = {.kind = WF_INPUT_CREATE, .create = {.recipient_data = jv_invalid(), .results = jv_invalid()}};
  decide(world, run, create);
  return run;
}

// ---- what comes next --------------------------------------------------------

static void deliver(struct world *world, size_t index) {
  struct pending pending = world->pending.items[index];
  drop(world, index);
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {.kind = WF_CONTROL_CANCEL, .actor = "rehearsal"}};
  if (pending.answer) {
    input.kind = WF_INPUT_RESULT;
    input.result = pending.answer->result;
    input.result.action_no = pending.action_no;
    input.result.attempt = pending.attempt;
  }
  decide(world, pending.run, input);
}

// The earliest of what is under way; the first asked for when several are.
static bool earliest_pending(const struct world *world, size_t *ret_index, usec_t *ret_at) {
  bool found = false;
  for (size_t i = 0; i < world->pending.count; i++) {
    const struct pending *pending = &world->pending.items[i];
    if (wf_status_ended(world->record->runs.items[pending->run]->run->status)) continue;
    if (found && pending->at >= *ret_at) continue;
    *ret_index = i;
    *ret_at = pending->at;
    found = true;
  }
  return found;
}

static bool earliest_timer(const struct world *world, int *ret_run, struct wf_armed *ret_timer) {
  bool found = false;
  for (size_t i = 0; i < world->record->runs.count; i++) {
    struct wf_armed armed;
    if (wf_run_timers(world->record->runs.items[i]->run, &armed, 1) == 0) continue;
    if (found && armed.due_at >= ret_timer->due_at) continue;
    *ret_timer = armed;
    *ret_run = (int)i;
    found = true;
  }
  return found;
}

// Goes to the next instant at which something happens, and lets it. False when nothing is
// to come.
static bool step(struct world *world) {
  size_t index = 0;
  usec_t at = 0;
  int run = 0;
  struct wf_armed timer = {.due_at = 0};
  bool has_pending = earliest_pending(world, &index, &at);
  bool has_timer = earliest_timer(world, &run, &timer);
  if (!has_pending && !has_timer) return false;
  bool is_pending = has_pending && (!has_timer || at <= timer.due_at);
  usec_t next = is_pending ? at : timer.due_at;
  if (next > world->now) world->now = next;
  if (is_pending)
    deliver(world, index);
  else
    decide(world, run, (struct wf_input){.kind = WF_INPUT_TIMER, .timer_no = timer.timer_no});
  return true;
}

static enum rehearse_end play(struct world *world, int run) {
  const struct rehearse_world_config *config = world->config;
  while (world->record->wants.count == 0) {
    if (wf_status_ended(world->record->runs.items[run]->run->status)) return REHEARSE_ENDED;
    if (world->decisions >= REHEARSE_DECISIONS_MAX || world->now - config->start > REHEARSE_TIME_MAX)
      return REHEARSE_ENDLESS;
    if (!step(world)) return REHEARSE_WAITING;
  }
  return REHEARSE_WANTING;
}

enum rehearse_end rehearse_world_play(const struct rehearse_world_config *config, jv input,
                                      struct rehearse_record *record) {
  struct world world = {.config = config, .record = record, .now = config->start, .random = config->seed};
  int run = begin(&world, config->definitions[0], input, -1);
  if (config->cancel_after != USEC_NEVER)
    vec_push(&world.pending, (struct pending){.at = config->start + config->cancel_after, .run = run});
  enum rehearse_end end = play(&world, run);
  vec_free(&world.pending);
  vec_foreach(answer, &world.live_answers) jv_free((*answer)->result.output);
  vec_free(&world.live_answers);
  return end;
}
