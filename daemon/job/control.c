// SPDX-License-Identifier: Apache-2.0
#include "job/control.h"

#include <stdlib.h>

#include "job/decision.h"
#include "job/forward.h"
#include "job/job_internal.h"
#include "job/tell.h"

// How far the clock of whoever cancels may be ahead of the database's: a slip of years must
// not end what begins in all that time.
#define CANCEL_AHEAD (5 * USEC_PER_MIN)

// Why nothing changed, or NULL.
static const char *carry_out(struct lane *lane, const struct work *work, const struct uuid *run_id, enum wf_control kind,
                             struct text actor, struct text reason) {
  struct home *home = lane_home(lane, (int)uuid_home(run_id));
  struct wf_run *run = home ? run_cache_find(lane->runs, run_id) : NULL;
  if (!run) return work->damage ? work->damage : "there is no such run";
  struct refusal refusal;
  const struct wf_definition *definition = decision_definition(lane, run, &refusal);
  if (!definition) return refusal.text;
  int32_t before = run->last_seq;
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {.kind = kind, .actor = decision_text(lane, actor), .reason = decision_text(lane, reason)}};
  decision_make(lane, home, run, definition, &input);
  return run->last_seq == before ? arena_printf(lane->batch.arena, "it does not apply to a run that is %s", wf_status_name(run->status)) : NULL;
}

static enum wf_control control_of(enum run_command_kind kind) {
  switch (kind) {
  case COMMAND_CANCEL: return WF_CONTROL_CANCEL;
  case COMMAND_SUSPEND: return WF_CONTROL_SUSPEND;
  case COMMAND_RESUME: return WF_CONTROL_RESUME;
  case COMMAND_RETRY: return WF_CONTROL_RETRY;
  }
  return WF_CONTROL_WAKE;
}

static struct text whole_name(struct lane *lane, struct text workflow) {
  if (!workflow.data) return workflow;
  char *owned = registry_whole_name(workflow);
  const char *whole = arena_strdup(lane->batch.arena, owned);
  free(owned);
  return text_of(whole);
}

static usec_t cancel_time(const struct lane *lane, usec_t given) {
  usec_t latest = lane->batch.now + CANCEL_AHEAD;
  if (!given) return lane->batch.now;
  return given < latest ? given : latest;
}

void control_command(struct lane *lane, struct work *work) {
  const struct run_command *command = &work->command;
  if (!command->has_run_id) {
    vec_push(&lane->batch.key_commands, (struct store_key_command){.tenant = command->tenant,
                                                                   .workflow = whole_name(lane, command->workflow),
                                                                   .key = command->cancellation_key,
                                                                   .actor = command->actor,
                                                                   .reason = command->reason,
                                                                   .recipients = command->recipients,
                                                                   .recipient_count = command->recipient_count,
                                                                   .time = cancel_time(lane, command->time)});
    return;
  }
  if (!lane_home(lane, (int)uuid_home(&command->run_id))) {
    forward_record(lane, work, "command", &command->run_id);
    return;
  }
  const char *problem = carry_out(lane, work, &command->run_id, control_of(command->kind), command->actor, command->reason);
  const char *code = work->damage ? DECISION_DAMAGED : "unknown_run";
  if (problem && work->missing) decision_quarantine(lane, work, (struct refusal){.code = code, .text = problem, .id = command->id});
  else if (problem) tell_command(&command->run_id, problem);
}

// ---- orders -----------------------------------------------------------------

static void leave_tombstones(struct lane *lane, const struct work *work) {
  const struct store_command_row *order = &work->item->order;
  struct store_tombstone tombstone = {.home = work->item->source->number,
                                      .cancel_time = order->time,
                                      .expires_at = lane->batch.now + lane->job->config.tombstone_ttl,
                                      .tenant = order->tenant,
                                      .workflow = order->workflow,
                                      .key = order->key};
  if (!order->recipient_count) vec_push(&lane->batch.tombstones, tombstone);
  for (size_t i = 0; i < order->recipient_count; i++) {
    tombstone.recipient = order->recipients[i];
    vec_push(&lane->batch.tombstones, tombstone);
  }
}

static void applied(struct lane *lane, const struct work *work, int32_t runs, const char *problem) {
  vec_push(&lane->batch.applied, (struct store_applied){.command_id = work->item->order.command_id,
                                                        .home = work->item->source->number,
                                                        .batch_no = work->item->source->batch_no + 1,
                                                        .run_count = runs,
                                                        .result = problem ? problem : "applied"});
}

// The first piece leaves the tombstone, so that what is still being made obeys it.
static void cancel_by_key(struct lane *lane, struct work *work) {
  const struct store_command_row *order = &work->item->order;
  if (work->item->order_runs == 0) leave_tombstones(lane, work);
  int32_t runs = 0;
  for (size_t i = 0; i < work->match_count; i++) runs += carry_out(lane, work, &work->matches[i], order->kind, order->actor, order->reason) == NULL;
  work->item->again = work->more_match && runs > 0;
  if (!work->item->again) applied(lane, work, work->item->order_runs + runs, NULL);
  lane->order_runs = runs;
}

void control_order(struct lane *lane, struct work *work) {
  const struct store_command_row *order = &work->item->order;
  batch_touch(&lane->batch, work->item->source);
  if (work->item->rejected) {
    applied(lane, work, 0, decision_text(lane, text_of(work->item->rejected)));
    return;
  }
  if (!order->has_run_id) {
    cancel_by_key(lane, work);
    return;
  }
  const char *problem = carry_out(lane, work, &order->run_id, order->kind, order->actor, order->reason);
  applied(lane, work, problem == NULL, problem);
}
