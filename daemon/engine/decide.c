// SPDX-License-Identifier: Apache-2.0
#include "engine/decide.h"

#include "base/error.h"
#include "engine/listening.h"
#include "engine/turn.h"
#include "engine/measure.h"

static void create(struct wf_turn *turn) {
  const struct wf_create *create = &turn->input->create;
  WF_ASSERT(turn->run->last_seq == 0);
  bool fits = wf_value_check(create->recipient_data, turn->bounds->value_bytes_max) == 0;
  bool results_fit = wf_value_check(create->results, turn->bounds->value_bytes_max) == 0;
  struct wf_facts facts = {
      .sandbox = create->sandbox,
      .skip_delays = create->skip_delays,
      .data = fits ? create->recipient_data : jv_invalid(),
      .results = results_fit ? create->results : jv_invalid(),
  };
  jv recipient = jv_invalid();
  if (create->recipient_id) {
    recipient = jv_object_set(jv_object(), jv_string("id"), jv_string(create->recipient_id));
    if (create->recipient_collection)
      recipient = jv_object_set(recipient, jv_string("collection"), jv_string(create->recipient_collection));
  }
  facts.recipient = recipient;
  wf_turn_emit(turn, (struct wf_event){.type = WF_RUN_CREATED}, &facts);
  jv_free(recipient);
  if (create->gives_way) turn->entered = WF_TURN_ENTRIES_MAX;
  if (create->cancelled_because) {
    struct wf_event event = {.type = WF_RUN_CANCELLED, .reason_code = "cancelled_before"};
    event.summary = arena_strdup(turn->arena, create->cancelled_because);
    wf_turn_emit(turn, event, NULL);
    return;
  }
  if (fits && results_fit) return;
  const char *title = fits ? "The results of the rehearsal are too large" : "The recipient's data is too large";
  wf_turn_fault(turn, 0, wf_raised_make(WF_ERROR_VALIDATION, title, NULL, "/"));
}

static void take(struct wf_turn *turn) {
  const struct wf_input *input = turn->input;
  switch (input->kind) {
  case WF_INPUT_CREATE: create(turn); break;
  case WF_INPUT_RESULT: wf_turn_result(turn, &input->result); break;
  case WF_INPUT_TIMER: wf_turn_timer(turn, input->timer_no); break;
  case WF_INPUT_CONTROL: wf_turn_control(turn); break;
  case WF_INPUT_EVENT: wf_turn_event(turn); break;
  }
}

enum { SUBSCRIPTIONS_MAX = 256 };

static size_t subscriptions(const struct wf_run *run, int32_t numbers[SUBSCRIPTIONS_MAX]) {
  size_t count = 0;
  for (size_t i = 0; i < run->step_count && count < SUBSCRIPTIONS_MAX; i++)
    if (!wf_status_ended(run->steps[i]->status) && !wf_listening_is_over(run->steps[i])) numbers[count++] = wf_listening_no(run->steps[i]);
  return count;
}

static void end_subscription(struct wf_turn *turn, int32_t number) {
  const struct wf_step *step = wf_run_listener(turn->run, number);
  if (step && !wf_listening_is_over(step) && !wf_status_ended(turn->run->status)) return;
  wf_turn_effect(turn, (struct wf_effect){.kind = WF_EFFECT_UNSUBSCRIBE, .subscription_no = number, .arguments = jv_invalid()});
}

// However a listener ended: what it asked for before this decision, or in it, is called back.
static void end_subscriptions(struct wf_turn *turn, const int32_t *before, size_t count) {
  size_t effects = turn->out->effect_count;
  for (size_t i = 0; i < count; i++) end_subscription(turn, before[i]);
  for (size_t i = 0; i < effects; i++)
    if (turn->out->effects[i].kind == WF_EFFECT_SUBSCRIBE) end_subscription(turn, turn->out->effects[i].subscription_no);
}

void wf_decide(struct wf_run *run, const struct wf_definition *definition, const struct wf_evaluator *evaluator,
               const struct wf_bounds *bounds, const struct wf_input *input, struct arena *arena,
               struct wf_decision *out) {
  struct wf_turn turn = {
      .run = run,
      .definition = definition,
      .evaluator = evaluator,
      .bounds = bounds,
      .input = input,
      .arena = arena,
      .out = out,
      .random_state = input->random,
      .workflow = jv_invalid(),
      .runtime = jv_invalid(),
  };
  *out = (struct wf_decision){.event_count = 0};
  int32_t before[SUBSCRIPTIONS_MAX];
  size_t count = subscriptions(run, before);
  take(&turn);
  if (out->event_count || turn.yield_over) wf_turn_advance(&turn);
  end_subscriptions(&turn, before, count);
  out->bytes = turn.bytes;
  jv_free(turn.workflow);
  jv_free(turn.runtime);
}

void wf_decision_clear(struct wf_decision *decision) {
  for (size_t i = 0; i < decision->event_count; i++) jv_free(decision->events[i].data);
  for (size_t i = 0; i < decision->effect_count; i++) jv_free(decision->effects[i].arguments);
  *decision = (struct wf_decision){.event_count = 0};
}
