// SPDX-License-Identifier: Apache-2.0
// Inputs to decisions: decodes what the batch took, asks for what must be loaded first,
// and hands each input to the part that knows its kind.
#include <string.h>

#include "base/log.h"
#include "io/codec_command.h"
#include "io/codec_trigger.h"
#include "io/codec_worker.h"
#include "job/admission.h"
#include "job/answer.h"
#include "job/child.h"
#include "job/control.h"
#include "job/correlation.h"
#include "job/decision.h"
#include "job/forward.h"
#include "job/gap.h"
#include "job/job_internal.h"
#include "job/judgement.h"
#include "job/put_off.h"
#include "job/slots.h"
#include "job/start_event.h"
#include "job/taking.h"
#include "job/tell.h"

enum { SUSPEND_DEATHS_MAX = 3 }; // of a timer, and it is still tried to suspend its run

// ---- decoding ---------------------------------------------------------------

static void decode_reply(struct lane *lane, const struct record *record, struct work *work) {
  struct worker_reply reply;
  if (codec_decode_reply(record, &lane->job->codec_bounds, lane->batch.arena, &reply, &work->refusal) < 0) return;
  work->kind = reply.is_heartbeat ? WORK_HEARTBEAT : WORK_RESULT;
  if (reply.is_heartbeat)
    work->heartbeat = reply.heartbeat;
  else
    work->result = reply.result;
}

static void decode_trigger(struct lane *lane, const struct record *record, enum work_kind kind, struct work *work) {
  if (codec_decode_trigger(record, &lane->job->codec_bounds, lane->batch.arena, &work->trigger, &work->refusal) < 0) return;
  work->kind = kind;
  if (kind == WORK_TRIGGER) admission_match(lane, work);
}

static void decode_command(struct lane *lane, const struct record *record, struct work *work) {
  if (codec_decode_command(record, &lane->job->codec_bounds, lane->batch.arena, &work->command, &work->refusal) < 0) return;
  work->kind = WORK_COMMAND;
}

// What comes again from quarantine says by its topic what it is.
static void decode_inbox(struct lane *lane, const struct item *item, struct work *work) {
  const struct job_topics *topics = &lane->job->config.topics;
  if (item->is_event) {
    work->kind = WORK_EVENT;
    return;
  }
  if (item->is_judge) {
    work->kind = WORK_JUDGE;
    return;
  }
  if (item->is_start) {
    start_event_gathered(lane, work);
    return;
  }
  bool is_command = item->replay ? strcmp(item->record.topic, topics->commands) == 0 : item->is_command;
  if (item->replay && strcmp(item->record.topic, topics->triggers) == 0)
    decode_trigger(lane, &item->record, WORK_TRIGGER, work);
  else if (is_command)
    decode_command(lane, &item->record, work);
  else
    decode_reply(lane, &item->record, work);
}

// What instances died of is not looked at again; what is left of it is set aside.
static bool is_deadly(const struct item *item) { return item->deaths > 0 && item->rejected; }

// What cannot be decoded stays refused.
static void decode(struct lane *lane, struct work *work) {
  const struct item *item = work->item;
  work->kind = WORK_REFUSED;
  switch (item->kind) {
  case ITEM_TRIGGER: decode_trigger(lane, &item->record, WORK_TRIGGER, work); break;
  case ITEM_FANOUT:
    if (is_deadly(item)) work->kind = WORK_FANOUT;
    else decode_trigger(lane, &item->fanout->record->record, WORK_FANOUT, work);
    break;
  case ITEM_COMMAND: decode_command(lane, &item->record, work); break;
  case ITEM_RESULT: decode_reply(lane, &item->record, work); break;
  case ITEM_INBOX: decode_inbox(lane, item, work); break;
  case ITEM_ANSWER:
    if (item->is_passed_over) break;
    work->kind = WORK_RESULT;
    work->result = item->answer;
    if (item->rejected) answer_cannot_be_stored(lane, work);
    break;
  case ITEM_GAP: work->kind = WORK_GAP; break;
  case ITEM_ORDER: work->kind = WORK_ORDER; break;
  case ITEM_SLOT: slots_decode(lane, work); break;
  case ITEM_TIMER:
    // When even suspending the run kills or is refused, the run is left as it is.
    if (!item->is_passed_over && (!item->rejected || item->deaths <= SUSPEND_DEATHS_MAX)) work->kind = WORK_TIMER;
    break;
  }
}

static bool is_rejected(const struct item *item) { return item->rejected && (item_is_record(item) || item->kind == ITEM_INBOX); }

void intake_decode(struct lane *lane) {
  vec_reset(&lane->work);
  struct item *item;
  TAILQ_FOREACH(item, &lane->taken, link) {
    item->is_put_off = false;
    struct work work = {.item = item};
    if (is_rejected(item))
      work.refusal = (struct refusal){.code = item->rejected_code, .text = arena_strdup(lane->batch.arena, item->rejected)};
    else
      decode(lane, &work);
    vec_push(&lane->work, work);
  }
}

// ---- what must be loaded first ----------------------------------------------

static void want_run(struct lane *lane, const struct uuid *run_id) {
  if (lane_home(lane, (int)uuid_home(run_id))) lane_want_run(lane, run_id);
}

static void want_claims(struct lane *lane, struct work *work) {
  for (size_t i = 0; i < work->start_count; i++) {
    struct work_start *start = &work->starts[i];
    if (start->asked) continue;
    start->asked = true;
    vec_push(&lane->load_claims, (struct store_claim){work->trigger.tenant, text_of(start->entry->workflow), work->trigger.id});
  }
}

// Tombstones are kept per key; which workflow and recipient they mean is seen later.
static void want_tombstones(struct lane *lane, struct work *work) {
  const struct trigger_event *event = &work->trigger;
  if (!event->cancellation_key.data || work->asked_tombstones) return;
  const struct home *home = work->kind == WORK_FANOUT ? work->item->fanout->home : work->item->source;
  vec_push(&lane->load_tombstones, (struct store_key){.home = home->number, .tenant = event->tenant, .key = event->cancellation_key});
}

static void want_matches(struct lane *lane, struct work *work) {
  const struct store_command_row *order = &work->item->order;
  if (order->has_run_id || work->asked_matches) return;
  vec_push(&lane->load_matches, (struct store_key){.home = work->item->source->number,
                                                   .tenant = order->tenant,
                                                   .workflow = order->workflow,
                                                   .key = order->key,
                                                   .recipients = order->recipients,
                                                   .recipient_count = order->recipient_count});
}

bool intake_wants(struct lane *lane) {
  vec_reset(&lane->load_runs);
  vec_reset(&lane->load_claims);
  vec_reset(&lane->load_tombstones);
  vec_reset(&lane->load_matches);
  bool claim_first = job_boottime(lane->job) < lane->claim_first_until;
  child_load(lane);
  vec_foreach(work, &lane->work) {
    struct uuid run_id;
    if (work->kind == WORK_ORDER && work->item->rejected) continue;
    if (!work->missing && work_run(work, &run_id)) want_run(lane, &run_id);
    for (size_t i = 0; i < work->match_count; i++) want_run(lane, &work->matches[i]);
    if ((work->kind == WORK_TRIGGER || work->kind == WORK_SLOT) && claim_first) want_claims(lane, work);
    if (work->kind == WORK_TRIGGER || work->kind == WORK_FANOUT) want_tombstones(lane, work);
    if (work->kind == WORK_ORDER) want_matches(lane, work);
  }
  lane->request.load = (struct store_load){.runs = lane->load_runs.items,
                                           .run_count = lane->load_runs.count,
                                           .claims = lane->load_claims.items,
                                           .claim_count = lane->load_claims.count,
                                           .tombstones = lane->load_tombstones.items,
                                           .tombstone_count = lane->load_tombstones.count,
                                           .matches = lane->load_matches.items,
                                           .match_count = lane->load_matches.count,
                                           .match_limit = CONTROL_PIECE};
  return lane->load_runs.count || lane->load_claims.count || lane->load_tombstones.count || lane->load_matches.count;
}

// ---- what was loaded --------------------------------------------------------

// Somebody changed the events: the run stops here until they are mended; all else goes on.
static const char *say_damaged(struct lane *lane, const struct wf_run *run, const struct wf_event *event, const char *problem) {
  const char *damage = arena_printf(lane->batch.arena, "the run's history is damaged at event %d (%s): %s", (int)event->seq,
                                    wf_event_type_name(event->type), problem);
  tell_run(&run->identity.run_id, run->identity.tenant, "takes no input: %s", damage);
  return damage;
}

struct wf_run *intake_fold(struct lane *lane, const struct store_loaded_run *loaded, const char **ret_damage) {
  *ret_damage = NULL;
  if (!loaded->found) return NULL;
  struct wf_run *run = loaded->snapshot;
  if (run) {
    jv_free(loaded->identity.actor); // it has its own
    jv_free(loaded->identity.trigger_data);
  } else {
    run = wf_run_new(&loaded->identity);
  }
  for (size_t i = 0; i < loaded->event_count; i++) {
    const char *problem;
    if (wf_evolve(run, &loaded->events[i], &problem) == 0) continue;
    *ret_damage = say_damaged(lane, run, &loaded->events[i], problem);
    wf_run_free(run);
    return NULL;
  }
  wf_run_written(run);
  return run;
}

static struct text keep(struct lane *lane, struct text text) { return (struct text){decision_text(lane, text), text.size}; }

static void loaded_tombstones(struct lane *lane, const struct store_load_reply *reply, size_t key, struct work *work) {
  struct store_loaded_tombstone *all = arena_alloc(lane->batch.arena, (reply->tombstone_count + 1) * sizeof *all);
  work->asked_tombstones = true;
  for (size_t i = 0; i < reply->tombstone_count; i++) {
    struct store_loaded_tombstone *tombstone = &all[work->tombstone_count];
    *tombstone = reply->tombstones[i];
    if (tombstone->key != key) continue;
    tombstone->recipient = (struct recipient_ref){keep(lane, tombstone->recipient.collection), keep(lane, tombstone->recipient.id)};
    tombstone->workflow = keep(lane, tombstone->workflow);
    work->tombstone_count++;
  }
  work->tombstones = all;
}

static void loaded_matches(struct lane *lane, const struct store_load_reply *reply, size_t key, struct work *work) {
  work->asked_matches = true;
  work->matches = arena_alloc(lane->batch.arena, (reply->match_count + 1) * sizeof *work->matches);
  for (size_t i = 0; i < reply->match_count; i++)
    if (reply->matches[i].key == key) work->matches[work->match_count++] = reply->matches[i].run_id;
  work->more_match = work->match_count == CONTROL_PIECE;
}

// What is about a run that cannot be had must not ask for it again.
static void run_missing(struct lane *lane, const struct uuid *run_id, const char *damage) {
  vec_foreach(work, &lane->work) {
    struct uuid about;
    if (work_run(work, &about) && uuid_equal(&about, run_id)) {
      work->missing = true;
      work->damage = damage;
    }
    size_t kept = 0;
    for (size_t i = 0; i < work->match_count; i++)
      if (!uuid_equal(&work->matches[i], run_id)) work->matches[kept++] = work->matches[i];
    work->match_count = kept;
  }
}

static void loaded_runs(struct lane *lane, const struct store_load_reply *reply) {
  for (size_t i = 0; i < lane->load_runs.count; i++) {
    const char *damage;
    struct wf_run *run = intake_fold(lane, &reply->runs[i], &damage);
    if (run)
      run_cache_add(lane->runs, run);
    else
      run_missing(lane, &lane->load_runs.items[i], damage);
    if (!run) child_missing(lane, &lane->load_runs.items[i]);
  }
}

void intake_loaded(struct lane *lane, const struct store_load_reply *reply) {
  loaded_runs(lane, reply);
  size_t claim = 0, tombstone = 0, match = 0;
  vec_foreach(work, &lane->work) {
    // The order of asking is the order of the work: each takes its own answers.
    for (size_t i = 0; i < work->start_count && lane->load_claims.count; i++) work->starts[i].claim = reply->claims[claim++];
    bool keyed = (work->kind == WORK_TRIGGER || work->kind == WORK_FANOUT) && work->trigger.cancellation_key.data;
    if (keyed && !work->asked_tombstones) loaded_tombstones(lane, reply, tombstone++, work);
    if (work->kind == WORK_ORDER && !work->item->order.has_run_id && !work->asked_matches) loaded_matches(lane, reply, match++, work);
  }
}

// ---- deciding ---------------------------------------------------------------

static void take_refused(struct lane *lane, const struct work *work) {
  const struct item *item = work->item;
  if (item->is_start && !item->rejected && put_off_input(lane, work)) {
    if (!item->put_off) log_warning("it comes again: %s", work->refusal.text);
  } else if (item->kind == ITEM_TIMER)
    answer_timer_passed_over(lane, work);
  else if (item->kind == ITEM_ANSWER)
    answer_passed_over(work);
  else if (item->kind != ITEM_FANOUT)
    decision_quarantine(lane, work, work->refusal);
}

// The batch writes as much as one may: what is left of its inputs waits for the next.
// Never before the first is decided: nothing is written yet.
static bool is_enough(struct lane *lane, size_t decided) {
  if (lane->batch.bytes < lane->job->config.bounds.batch_bytes && !child_is_enough(lane)) return false;
  taking_put_off(lane, decided);
  return true;
}

void intake_decide(struct lane *lane) {
  size_t decided = 0;
  vec_foreach(work, &lane->work) {
    if (is_enough(lane, decided)) break;
    decided++;
    const struct item *item = work->item;
    if (item_is_record(item)) batch_consumed(&lane->batch, item->source, &item->record);
    if (item->kind == ITEM_INBOX) forward_taken(lane, item);
    switch (work->kind) {
    case WORK_REFUSED: take_refused(lane, work); break;
    case WORK_GAP: gap_record(lane, work); break;
    case WORK_TRIGGER: admission_trigger(lane, work); break;
    case WORK_FANOUT: admission_fanout(lane, work); break;
    case WORK_COMMAND: control_command(lane, work); break;
    case WORK_ORDER: control_order(lane, work); break;
    case WORK_RESULT: answer_result(lane, work); break;
    case WORK_HEARTBEAT: answer_heartbeat(lane, work); break;
    case WORK_TIMER: answer_timer(lane, work); break;
    case WORK_SLOT: slots_decide(lane, work); break;
    case WORK_EVENT: correlation_event(lane, work); break;
    case WORK_JUDGE: judgement_give(lane, work); break;
    }
    child_follow(lane);
  }
  lane->work.count = decided;
}
