// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_world.h"

#include <stdio.h>

#include "base/error.h"
#include "base/vec.h"
#include "ctl/rehearse_bus.h"
#include "ctl/rehearse_child.h"
#include "ctl/rehearse_why.h"
#include "engine/listening.h"
#include "engine/member.h"
#include "engine/row.h"

// Of all that is due at one instant, what comes from outside comes before timers, in the
// order in which it was asked for: an answer without delay is there before any deadline.
enum pending_kind { PENDING_ANSWER, PENDING_CANCELLATION, PENDING_EVENT, PENDING_ARRIVAL };

struct pending {
  enum pending_kind kind;
  usec_t at;
  int run;                  // but of an arrival
  int32_t action_no, attempt;
  const struct rehearse_answer *answer;
  int32_t subscription_no;
  size_t index;             // of an event among those heard, of an arrival among those given
};

struct world {
  const struct rehearse_world_config *config;
  struct rehearse_record *record;
  usec_t now;
  uint64_t random;
  long decisions;
  size_t arrived; // of the events given: those without a time before this one have come
  struct rehearse_bus bus;
  VEC(struct pending) pending;
  VEC(struct rehearse_answer *) live_answers; // the record's arena has them; their outputs are owned
};

// ---- effects ----------------------------------------------------------------

// ---- children ---------------------------------------------------------------

static bool decide(struct world *world, int run, struct wf_input input);
static void begin(struct world *world, const struct wf_definition *definition, jv input, struct rehearse_parent parent);

// What a run gets instead of an answer from the document; takes the result.
static void answer_later(struct world *world, int run, int32_t action_no, int32_t attempt, struct wf_result result) {
  struct rehearse_answer *answer = arena_alloc0(world->record->arena, sizeof *answer);
  answer->result = result;
  vec_push(&world->live_answers, answer);
  vec_push(&world->pending, (struct pending){.kind = PENDING_ANSWER,
                                             .at = world->now,
                                             .run = run,
                                             .action_no = action_no,
                                             .attempt = attempt,
                                             .answer = answer});
}

static int depth_of(const struct rehearse_record *record, int run) {
  int depth = 0;
  for (; record->runs.items[run]->parent.run >= 0; run = record->runs.items[run]->parent.run) depth++;
  return depth;
}

// False: there is no such definition here.
static bool start_child(struct world *world, int run, const struct wf_effect *effect) {
  const struct rehearse_world_config *config = world->config;
  const struct wf_definition *parent = world->record->runs.items[run]->definition;
  const struct wf_definition *child = rehearse_child_find(config->definitions, config->definition_count, parent, effect->arguments);
  if (!child) return false;
  if (depth_of(world->record, run) >= REHEARSE_CHILD_DEPTH || world->record->runs.count >= REHEARSE_RUNS_MAX) {
    answer_later(world, run, effect->action_no, effect->attempt, rehearse_child_too_deep());
    return true;
  }
  jv input = jv_object_get(jv_copy(effect->arguments), jv_string("input"));
  begin(world, child, input, (struct rehearse_parent){run, effect->action_no, effect->attempt});
  jv_free(input);
  return true;
}

// The end of a child is the answer to its parent, which may have ceased to wait for it.
static void tell_parent(struct world *world, const struct rehearse_run *child) {
  const struct rehearse_parent *parent = &child->parent;
  if (parent->run < 0) return;
  const struct wf_action *action = wf_run_action(world->record->runs.items[parent->run]->run, parent->action_no);
  if (!action || action->status != WF_RUNNING || wf_action_is_unawaited(action)) return;
  struct wf_result result = rehearse_child_result(child->run, world->record->arena);
  result.external_reference = arena_strdup(world->record->arena, action->external_reference);
  answer_later(world, parent->run, parent->action_no, parent->attempt, result);
}

static void cancel_child(struct world *world, int run, int32_t action_no) {
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {.kind = WF_CONTROL_CANCEL, .actor = "rehearsal"}};
  for (size_t i = 0; i < world->record->runs.count; i++) {
    const struct rehearse_run *child = world->record->runs.items[i];
    if (child->parent.run != run || child->parent.action_no != action_no || wf_status_ended(child->run->status)) continue;
    decide(world, (int)i, input);
  }
}

// ---- actions ----------------------------------------------------------------

// Asks for real what nothing answers, where it may be asked.
static const struct rehearse_answer *ask(struct world *world, int run, const struct wf_effect *effect) {
  enum wf_native native = effect->function->native;
  if (!world->config->live || (native != WF_NATIVE_HTTP && native != WF_NATIVE_OPENAPI)) return NULL;
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

// An answer for the call of a function of the document is one for the call inside it.
static const struct rehearse_answer *given(struct world *world, const struct wf_effect *effect, const struct wf_task *task) {
  struct rehearse_answers *answers = world->config->answers;
  const struct rehearse_answer *own = rehearse_answers_take(answers, effect->reference, task->name, NULL);
  if (own) return own;
  return rehearse_answers_take(answers, task->instance, strrchr(task->instance, '/') + 1, effect->function->name);
}

static void request(struct world *world, int run, const struct wf_effect *effect) {
  const struct wf_definition *definition = world->record->runs.items[run]->definition;
  const struct wf_task *task = wf_definition_task(definition, effect->reference);
  WF_ASSERT(task);
  const char *function = effect->function->name;
  const struct rehearse_answer *answer = given(world, effect, task);
  if (!answer && effect->function->native == WF_NATIVE_CHILD && start_child(world, run, effect)) return;
  if (!answer) answer = ask(world, run, effect);
  if (!answer && task->call.is_unawaited) return; // nobody waits for one
  if (!answer) {
    rehearse_record_want(world->record, (struct rehearse_want){.run = run,
                                                               .function = function,
                                                               .reference = effect->reference,
                                                               .attempt = effect->attempt,
                                                               .arguments = jv_copy(effect->arguments)});
  } else if (!answer->never) {
    vec_push(&world->pending, (struct pending){.kind = PENDING_ANSWER,
                                               .at = world->now + answer->delay,
                                               .run = run,
                                               .action_no = effect->action_no,
                                               .attempt = effect->attempt,
                                               .answer = answer});
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
    if (pending->kind == PENDING_ANSWER && pending->run == run && pending->action_no == effect->action_no) drop(world, i);
  }
  cancel_child(world, run, effect->action_no);
}

static void hand_over(struct world *world, const struct rehearse_listener *listener, size_t event) {
  vec_push(&world->pending, (struct pending){.kind = PENDING_EVENT,
                                             .at = world->now,
                                             .run = listener->run,
                                             .subscription_no = listener->subscription_no,
                                             .index = event});
}

// Takes the event.
static void publish(struct world *world, jv event) {
  size_t index = rehearse_bus_publish(&world->bus, world->now, event);
  for (size_t i = 0; i < world->bus.listeners.count; i++) hand_over(world, &world->bus.listeners.items[i], index);
}

// What an emit sends comes back to those who listen, as it does where no topic of its own is
// configured for it.
static void send(struct world *world, int run, const struct wf_effect *effect) {
  bool is_lifecycle = effect->kind == WF_EFFECT_TELL;
  struct rehearse_sent sent = {run, world->now, effect->reference, jv_copy(effect->arguments)};
  rehearse_record_sent(world->record, is_lifecycle, sent);
  if (!is_lifecycle) publish(world, jv_copy(effect->arguments));
}

static void subscribe(struct world *world, int run, const struct wf_effect *effect) {
  struct rehearse_listener listener = {run, effect->subscription_no, effect->reference};
  rehearse_bus_listen(&world->bus, listener);
  for (size_t i = rehearse_bus_since(&world->bus, world->now - REHEARSE_LOOKBACK); i < world->bus.heard.count; i++)
    hand_over(world, &listener, i);
}

static void take_effect(struct world *world, int run, const struct wf_effect *effect) {
  switch (effect->kind) {
  case WF_EFFECT_REQUEST: request(world, run, effect); break;
  case WF_EFFECT_CANCEL: cancel(world, run, effect); break;
  case WF_EFFECT_EMIT:
  case WF_EFFECT_TELL: send(world, run, effect); break;
  case WF_EFFECT_SUBSCRIBE: subscribe(world, run, effect); break;
  case WF_EFFECT_UNSUBSCRIBE: rehearse_bus_forget(&world->bus, run, effect->subscription_no); break;
  }
}

// False when an event is to come again.
static bool decide(struct world *world, int run, struct wf_input input) {
  struct rehearse_run *in = world->record->runs.items[run];
  struct arena *arena = arena_new();
  struct wf_decision decision = {0};
  input.now = world->now;
  input.random = world->random++;
  world->decisions++;
  wf_decide(in->run, in->definition, world->config->evaluator, &world->config->bounds, &input, arena, &decision);
  rehearse_record_decision(world->record, run, &decision);
  bool comes_again = decision.comes_again;
  for (size_t i = 0; i < decision.effect_count; i++) take_effect(world, run, &decision.effects[i]);
  if (wf_status_ended(in->run->status) && !in->is_over) {
    in->is_over = true;
    rehearse_bus_forget_run(&world->bus, run);
    tell_parent(world, in);
  }
  wf_run_written(in->run);
  wf_decision_clear(&decision);
  arena_free(arena);
  return !comes_again;
}

// ---- beginning --------------------------------------------------------------

static struct wf_run *new_run(const struct world *world, const struct wf_definition *definition, jv input, const struct wf_run *parent) {
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
  if (parent) {
    identity.parent_run_id = parent->identity.run_id;
    identity.depth = parent->identity.depth + 1;
  }
  return wf_run_new(&identity);
}

static void begin(struct world *world, const struct wf_definition *definition, jv input, struct rehearse_parent parent) {
  const struct wf_run *above = parent.run < 0 ? NULL : world->record->runs.items[parent.run]->run;
  int run = rehearse_record_run(world->record, definition, new_run(world, definition, input, above), parent);
  struct wf_input create = {.kind = WF_INPUT_CREATE, .create = {.recipient_data = jv_invalid(), .results = jv_invalid()}};
  decide(world, run, create);
}

// ---- what comes next --------------------------------------------------------

static void deliver(struct world *world, size_t index) {
  struct pending pending = world->pending.items[index];
  drop(world, index);
  struct wf_input input = {.kind = WF_INPUT_RESULT};
  switch (pending.kind) {
  case PENDING_ARRIVAL: publish(world, jv_copy(world->config->events->arrivals.items[pending.index].event)); return;
  case PENDING_ANSWER:
    input.result = pending.answer->result;
    input.result.action_no = pending.action_no;
    input.result.attempt = pending.attempt;
    break;
  case PENDING_CANCELLATION:
    input.kind = WF_INPUT_CONTROL;
    input.control.kind = WF_CONTROL_CANCEL;
    input.control.actor = "rehearsal";
    break;
  case PENDING_EVENT:
    input.kind = WF_INPUT_EVENT;
    input.event.subscription_no = pending.subscription_no;
    input.event.event = world->bus.heard.items[pending.index].event;
    break;
  }
  if (decide(world, pending.run, input)) return;
  pending.at = world->now + USEC_PER_SEC; // the run has no room for it yet
  vec_push(&world->pending, pending);
}

// The earliest of what is under way; the first asked for when several are.
static bool earliest_pending(const struct world *world, size_t *ret_index, usec_t *ret_at) {
  bool found = false;
  for (size_t i = 0; i < world->pending.count; i++) {
    const struct pending *pending = &world->pending.items[i];
    bool is_run = pending->kind != PENDING_ARRIVAL;
    if (is_run && wf_status_ended(world->record->runs.items[pending->run]->run->status)) continue;
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

// The next event that comes as soon as somebody listens. False when nobody does, or there is
// none.
static bool arrive(struct world *world) {
  const struct rehearse_events *events = world->config->events;
  if (!events || world->bus.listeners.count == 0) return false;
  while (world->arrived < events->arrivals.count &&
         (events->arrivals.items[world->arrived].is_timed || events->arrivals.items[world->arrived].is_taken))
    world->arrived++;
  if (world->arrived == events->arrivals.count) return false;
  publish(world, jv_copy(events->arrivals.items[world->arrived++].event));
  return true;
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
  if (!(has_pending && at <= world->now) && arrive(world)) return true;
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

// The event that a fact of the run speaks of; invalid when it is not among those heard.
static jv event_of(const struct rehearse_bus *bus, jv id, jv source) {
  vec_foreach(heard, &bus->heard) {
    bool is_id = jv_equal(wf_member(heard->event, "id"), jv_copy(id));
    bool is_source = jv_equal(wf_member(heard->event, "source"), jv_copy(source));
    if (is_id && is_source) return jv_copy(heard->event);
  }
  return jv_invalid();
}

static jv rejection(const struct world *world, const struct wf_task *task, const struct wf_step *step, const struct wf_event *fact) {
  jv id = wf_member(fact->data, "event_id"), source = wf_member(fact->data, "event_source");
  jv event = event_of(&world->bus, id, source), expects = wf_listening_get(step, "expects"), keys = wf_listening_get(step, "keys");
  struct rehearse_why why = {&task->listen->to, fact->reason_code, event, expects, keys};
  jv object = rehearse_why_say(&why, id, source, wf_member(fact->data, "event_type"));
  jv_free(event);
  jv_free(expects);
  jv_free(keys);
  return object;
}

// The events that came to a listener and are not what it asks for, as its run has noted them.
static jv rejections(const struct world *world, const struct rehearse_listener *listener) {
  const struct rehearse_run *in = world->record->runs.items[listener->run];
  const struct wf_task *task = wf_definition_task(in->definition, listener->reference);
  const struct wf_step *step = wf_run_listener(in->run, listener->subscription_no);
  jv list = jv_array();
  if (!task || !step) return list;
  vec_foreach(noted, &in->events) {
    const struct wf_event *fact = &noted->event;
    if (fact->type == WF_EVENT_REJECTED && fact->step_no == step->step_no && fact->attempt == step->attempt)
      list = jv_array_append(list, rejection(world, task, step, fact));
  }
  return list;
}

// What it waits for when it goes no further.
static void note_listeners(const struct world *world) {
  for (size_t i = 0; i < world->bus.listeners.count; i++) {
    const struct rehearse_listener *listener = &world->bus.listeners.items[i];
    rehearse_record_want(world->record, (struct rehearse_want){.kind = REHEARSE_WANT_EVENT,
                                                               .run = listener->run,
                                                               .reference = listener->reference,
                                                               .arguments = rejections(world, listener)});
  }
}

enum rehearse_end rehearse_world_play(const struct rehearse_world_config *config, jv input,
                                      struct rehearse_record *record) {
  struct world world = {.config = config, .record = record, .now = config->start, .random = config->seed};
  for (size_t i = 0; config->events && i < config->events->arrivals.count; i++) {
    const struct rehearse_arrival *arrival = &config->events->arrivals.items[i];
    if (arrival->is_timed && !arrival->is_taken) vec_push(&world.pending, (struct pending){.kind = PENDING_ARRIVAL, .at = arrival->at, .index = i});
  }
  const int run = 0; // the first that begins
  begin(&world, config->definitions[0], input, (struct rehearse_parent){.run = -1});
  if (config->cancel_after != USEC_NEVER)
    vec_push(&world.pending, (struct pending){.kind = PENDING_CANCELLATION, .at = config->start + config->cancel_after, .run = run});
  enum rehearse_end end = play(&world, run);
  if (end == REHEARSE_WAITING) note_listeners(&world);
  rehearse_bus_clear(&world.bus);
  vec_free(&world.pending);
  vec_foreach(answer, &world.live_answers) jv_free((*answer)->result.output);
  vec_free(&world.live_answers);
  return end;
}
