// SPDX-License-Identifier: Apache-2.0
#include "job/decision.h"

#include "engine/follow.h"
#include "engine/secret.h"
#include "io/codec_worker.h"
#include "job/child.h"
#include "job/correlation.h"
#include "job/job_internal.h"
#include "job/publish.h"
#include "job/work.h"

// A timer row is a hint and says an instant at most this far ahead; when it comes and
// the run is not due yet, the next one is written. So few partitions of timers exist.
#define TIMER_ROW_AHEAD (28 * USEC_PER_DAY)

const char *decision_text(struct lane *lane, struct text text) {
  return text.data ? arena_strndup(lane->batch.arena, text.data, text.size) : NULL;
}

// ---- timers -----------------------------------------------------------------

// The deadline of an attempt, or of the worker's next sign of life when that is sooner.
static void watch_action(struct lane *lane, const struct wf_run *run, const struct wf_decision *decision, struct timer *timer) {
  const struct wf_action *action = wf_run_action(run, timer->action_no);
  timer->attempt = action ? action->attempt : 0;
  for (size_t i = 0; i < decision->effect_count; i++) {
    const struct wf_effect *effect = &decision->effects[i];
    if (effect->kind == WF_EFFECT_REQUEST && effect->action_no == timer->action_no) timer->heartbeat = effect->function->heartbeat, timer->native = effect->function->native;
  }
  usec_t silence = lane->batch.now + timer->heartbeat;
  if (timer->heartbeat && silence < timer->due_at) timer->due_at = silence;
  vec_push(&lane->batch.timers_added, *timer);
}

static void add_timer(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_timer *timer, const struct wf_decision *decision) {
  struct batch *batch = &lane->batch;
  struct timer in_memory = {.run_id = run->identity.run_id,
                            .timer_no = timer->timer_no,
                            .action_no = timer->action_no,
                            .home = home->number,
                            .due_at = timer->due_at,
                            .deadline = timer->due_at,
                            .batch_no = home->batch_no + 1,
                            .armed_at = lane->job->world->boottime(lane->job->world->context)};
  if (timer->action_no > 0) {
    watch_action(lane, run, decision, &in_memory);
    return;
  }
  usec_t due_at = home_row_instant(home, timer->due_at, batch->now);
  if (due_at > batch->now + TIMER_ROW_AHEAD) due_at = batch->now + TIMER_ROW_AHEAD;
  in_memory.due_at = due_at;
  in_memory.recorded = true;
  struct store_timer row = {home->number, due_at, run->identity.run_id, timer->timer_no};
  vec_push(&batch->timer_rows, row);
  if (home_holds_timer(home, &row)) vec_push(&batch->timers_added, in_memory);
}

// ---- messages ---------------------------------------------------------------

static struct text arena_text(struct arena *arena, const struct buf *buf) {
  return (struct text){arena_memdup(arena, buf->data, buf->size), buf->size};
}

static void encode_request(struct lane *lane, const struct home *home, const struct wf_run *run, const struct wf_effect *effect, struct buf *out) {
  const struct wf_identity *identity = &run->identity;
  jv json = jv_dump_string(jv_copy(effect->arguments), 0);
  struct buf arguments = {0}; // a worker has secrets of its own: it is told their names
  wf_secret_unmark(jv_string_value(json), (size_t)jv_string_length_bytes(jv_copy(json)), &arguments);
  jv_free(json);
  codec_encode_request(&(struct action_request){.action = {identity->run_id, effect->action_no},
                                                .attempt = effect->attempt,
                                                .reference = effect->reference,
                                                .workflow = identity->workflow,
                                                .workflow_version = identity->workflow_version,
                                                .function = effect->function->name,
                                                .tenant = identity->tenant,
                                                .recipient_collection = run->recipient.collection,
                                                .recipient_id = run->recipient.id,
                                                .arguments = {arguments.data, arguments.size},
                                                .deadline = effect->deadline_at,
                                                .heartbeat_timeout = effect->function->heartbeat,
                                                .answer_topic = lane->job->config.topics.results,
                                                .answer_partition = home->partition,
                                                .traceparent = identity->traceparent},
                       out);
  buf_free(&arguments);
}

static const struct message_header content_type = {"content-type", CODEC_CONTENT_TYPE, sizeof CODEC_CONTENT_TYPE - 1};

static void add_message(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect) {
  struct arena *arena = lane->batch.arena;
  struct buf value = {0};
  struct outbox_request request = {.run_id = run->identity.run_id, .seq = effect->seq, .action_no = effect->action_no, .attempt = effect->attempt};
  if (effect->kind == WF_EFFECT_REQUEST) {
    encode_request(lane, home, run, effect, &value);
    request.deadline = effect->deadline_at;
    request.heartbeat = effect->function->heartbeat;
    const struct wf_action *action = wf_run_action(run, effect->action_no);
    if (action) request.timer_no = action->timer_no; // a request sent once more keeps its guard
  } else {
    codec_encode_cancel(&(struct action_cancel){{run->identity.run_id, effect->action_no}, effect->attempt, run->reason_text}, &value);
  }
  struct text bytes = arena_text(arena, &value);
  buf_free(&value);
  char *key = uuid_format(&run->identity.run_id, arena_alloc(arena, UUID_TEXT_SIZE));
  request.message = (struct world_message){.topic = effect->function->topic,
                                           .partition = -1,
                                           .key = key,
                                           .key_size = UUID_TEXT_SIZE - 1,
                                           .value = bytes.data,
                                           .value_size = bytes.size,
                                           .headers = &content_type,
                                           .header_count = 1};
  vec_push(&batch_touch(&lane->batch, home)->requests, request);
}

// What the daemon does itself: the batch row says that it is open, memory does it.
static void add_call(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect) {
  const struct wf_action *action = wf_run_action(run, effect->action_no);
  if (!action) return;
  struct outbox_request open = {.run_id = run->identity.run_id,
                                .seq = effect->seq,
                                .action_no = effect->action_no,
                                .attempt = effect->attempt,
                                .timer_no = action->timer_no,
                                .deadline = effect->deadline_at,
                                .native = true,
                                .message.topic = ""};
  vec_push(&batch_touch(&lane->batch, home)->watches, open);
  vec_push(&lane->batch.calls, (struct call_request){.run_id = run->identity.run_id,
                                                     .action_no = effect->action_no,
                                                     .attempt = effect->attempt,
                                                     .native = effect->function->native,
                                                     .arguments = effect->arguments,
                                                     .deadline = effect->deadline_at,
                                                     .traceparent = run->identity.traceparent});
}

static void add_effect(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect) {
  switch (effect->kind) {
  case WF_EFFECT_REQUEST:
    if (effect->function->native == WF_NATIVE_CHILD) break; // see child_note()
    if (effect->function->native) add_call(lane, home, run, effect);
    else add_message(lane, home, run, effect);
    break;
  case WF_EFFECT_CANCEL: // the end of a call's action ends the call, see release_guards()
    if (!effect->function->native) add_message(lane, home, run, effect);
    break;
  case WF_EFFECT_EMIT:
  case WF_EFFECT_TELL: publish_event(lane, home, run, effect); break;
  case WF_EFFECT_SUBSCRIBE: correlation_subscribe(lane, run, effect); break;
  case WF_EFFECT_UNSUBSCRIBE: correlation_unsubscribe(lane, run, effect); break;
  }
}

// A deadline that no longer matters leaves memory once the batch is committed.
static void release_guards(struct lane *lane, const struct wf_run *run, const struct wf_decision *decision) {
  for (size_t i = 0; i < decision->event_count; i++) {
    const struct wf_event *event = &decision->events[i];
    if (event->type == WF_ACTION_COMPLETED || event->type == WF_ACTION_FAILED || event->type == WF_ACTION_TIMED_OUT ||
        event->type == WF_ACTION_CANCELLED)
      vec_push(&lane->batch.guards_removed, (struct action_id){run->identity.run_id, event->action_no});
  }
}

// ---- the decision -----------------------------------------------------------

bool decision_make(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_definition *definition, struct wf_input *input) {
  struct batch *batch = &lane->batch;
  struct job *job = lane->job;
  input->now = batch->now;
  input->random = job->world->random(job->world->context);
  child_prepare(lane, home, input);
  batch_run(batch, home, run);
  struct wf_decision decision = {0};
  wf_decide(run, definition, job->evaluator, &job->config.bounds.run, input, batch->arena, &decision);
  release_guards(lane, run, &decision);
  for (size_t i = 0; i < decision.timer_count; i++) add_timer(lane, home, run, &decision.timers[i], &decision);
  for (size_t i = 0; i < decision.effect_count; i++) add_effect(lane, home, run, &decision.effects[i]);
  batch_decision(batch, run, &decision);
  child_note(lane, home, run, &decision);
  return !decision.comes_again;
}

const struct wf_definition *decision_definition(struct lane *lane, struct wf_run *run, struct refusal *ret_refusal) {
  const struct registry_entry *entry = registry_by_id(lane->job->registry, run->identity.definition_id);
  const char *problem;
  if (!entry || !entry->definition) {
    problem = arena_printf(lane->batch.arena, "workflow %s@%s does not load here: %s", run->identity.workflow,
                           run->identity.workflow_version, entry ? entry->problem : "it is not in the table of definitions");
    *ret_refusal = (struct refusal){.code = "definition_unavailable", .text = problem};
    return NULL;
  }
  if (wf_follow_check(run, entry->definition, &problem) == 0) return entry->definition;
  problem = arena_printf(lane->batch.arena, "the run's history is damaged: %s", problem);
  *ret_refusal = (struct refusal){.code = DECISION_DAMAGED, .text = problem};
  return NULL;
}

void decision_quarantine(struct lane *lane, const struct work *work, struct refusal refusal) {
  struct store_quarantine row = {.record = &work->item->record, .refusal = refusal, .tenant = refusal.tenant, .trigger_id = refusal.id};
  if (work->kind == WORK_TRIGGER) {
    row.tenant = work->trigger.tenant;
    row.trigger_id = work->trigger.id;
  }
  vec_push(&lane->batch.quarantine, row);
}
