// SPDX-License-Identifier: Apache-2.0
// Inputs to decisions: decodes what the batch took, finds the runs it is about, lets the
// engine decide, and adds the outcome to the batch.
#include <string.h>

#include "base/log.h"
#include "io/codec_command.h"
#include "io/codec_trigger.h"
#include "io/codec_worker.h"
#include "job/job_internal.h"
#include "job/lane.h"
#include "job/work.h"

// A timer row is a hint and says an instant at most this far ahead; when it comes and
// the run is not due yet, the next one is written. So few partitions of timers exist.
#define TIMER_ROW_AHEAD (28 * USEC_PER_DAY)

static const char *owned(struct arena *arena, struct text text) {
  return text.data ? arena_strndup(arena, text.data, text.size) : NULL;
}

static void refuse(struct work *work, const char *code, const char *text) {
  work->kind = WORK_REFUSED;
  work->refusal = (struct refusal){.code = code, .text = text};
}

// ---- decoding ---------------------------------------------------------------

static void decode_record(struct lane *lane, struct work *work) {
  struct arena *arena = lane->batch.arena;
  const struct record *record = &work->item->record;
  const struct codec_bounds *bounds = &lane->job->codec_bounds;
  struct worker_reply reply;
  int r;
  switch (work->item->kind) {
  case ITEM_TRIGGER:
    r = codec_decode_trigger(record, bounds, arena, &work->trigger, &work->refusal);
    work->kind = WORK_TRIGGER;
    break;
  case ITEM_COMMAND:
    r = codec_decode_command(record, bounds, arena, &work->command, &work->refusal);
    work->kind = WORK_COMMAND;
    break;
  default:
    r = codec_decode_reply(record, bounds, arena, &reply, &work->refusal);
    if (r < 0) break;
    work->kind = reply.is_heartbeat ? WORK_HEARTBEAT : WORK_RESULT;
    if (reply.is_heartbeat)
      work->heartbeat = reply.heartbeat;
    else
      work->result = reply.result;
  }
  if (r < 0) work->kind = WORK_REFUSED;
}

void intake_decode(struct lane *lane) {
  vec_reset(&lane->work);
  struct item *item;
  TAILQ_FOREACH(item, &lane->taken, link) {
    struct work work = {.item = item};
    if (item->kind == ITEM_TIMER)
      work.kind = WORK_TIMER;
    else if (item->rejected)
      refuse(&work, "not_storable", arena_strdup(lane->batch.arena, item->rejected));
    else
      decode_record(lane, &work);
    vec_push(&lane->work, work);
  }
}

// ---- what must be loaded first ----------------------------------------------

static bool already_asked(const struct lane *lane, const struct uuid *run_id) {
  vec_foreach(asked, &lane->load_runs) {
    if (uuid_equal(asked, run_id)) return true;
  }
  return false;
}

bool intake_wants(struct lane *lane) {
  vec_reset(&lane->load_runs);
  vec_reset(&lane->load_claims);
  bool claim_first = lane->job->world->boottime(lane->job->world->context) < lane->claim_first_until;
  vec_foreach(work, &lane->work) {
    struct uuid run_id;
    if (work_run(work, &run_id)) {
      bool mine = lane_home(lane, (int)uuid_home(&run_id));
      if (mine && !run_cache_find(lane->runs, &run_id) && !already_asked(lane, &run_id)) vec_push(&lane->load_runs, run_id);
    }
    work->asked_claim = work->kind == WORK_TRIGGER && claim_first;
    if (!work->asked_claim) continue;
    const struct registry_entry *entry = registry_find(lane->job->registry, work->trigger.workflow, work->trigger.workflow_version);
    struct text workflow = entry ? text_of(entry->workflow) : work->trigger.workflow;
    vec_push(&lane->load_claims, (struct store_claim){work->trigger.tenant, workflow, work->trigger.id});
  }
  return lane->load_runs.count || lane->load_claims.count;
}

struct wf_run *intake_fold(const struct store_loaded_run *loaded) {
  if (!loaded->found) return NULL;
  struct wf_run *run = wf_run_new(&loaded->identity);
  for (size_t i = 0; i < loaded->event_count; i++) wf_evolve(run, &loaded->events[i]);
  wf_run_written(run);
  return run;
}

void intake_loaded(struct lane *lane, const struct store_load_reply *reply) {
  for (size_t i = 0; i < lane->load_runs.count; i++) {
    struct wf_run *run = intake_fold(&reply->runs[i]);
    if (run) run_cache_add(lane->runs, run);
  }
  size_t next_claim = 0;
  vec_foreach(work, &lane->work) {
    if (work->asked_claim) work->claim = reply->claims[next_claim++];
  }
}

// ---- one decision -----------------------------------------------------------

static void add_timer(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_timer *timer) {
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
    const struct wf_action *action = wf_run_action(run, timer->action_no);
    in_memory.attempt = action ? action->attempt : 0;
    vec_push(&batch->timers_added, in_memory);
    return;
  }
  // A new row never lies below timer_low, which no earlier batch has put past `now`.
  usec_t due_at = timer->due_at > batch->now ? timer->due_at : batch->now;
  if (due_at > batch->now + TIMER_ROW_AHEAD) due_at = batch->now + TIMER_ROW_AHEAD;
  in_memory.due_at = due_at;
  in_memory.recorded = true;
  struct store_timer row = {home->number, due_at, run->identity.run_id, timer->timer_no};
  vec_push(&batch->timer_rows, row);
  if (home_holds_timer(home, &row)) vec_push(&batch->timers_added, in_memory);
}

static struct text arena_text(struct arena *arena, const struct buf *buf) {
  return (struct text){arena_memdup(arena, buf->data, buf->size), buf->size};
}

static void encode_request(struct lane *lane, const struct home *home, const struct wf_run *run, const struct wf_effect *effect, struct buf *out) {
  const struct wf_identity *identity = &run->identity;
  jv arguments = jv_dump_string(jv_copy(effect->arguments), 0);
  codec_encode_request(&(struct action_request){.action = {identity->run_id, effect->action_no},
                                                .attempt = effect->attempt,
                                                .reference = effect->reference,
                                                .workflow = identity->workflow,
                                                .workflow_version = identity->workflow_version,
                                                .function = effect->function->name,
                                                .tenant = identity->tenant,
                                                .recipient_collection = run->recipient.collection,
                                                .recipient_id = run->recipient.id,
                                                .arguments = text_of(jv_string_value(arguments)),
                                                .deadline = effect->deadline_at,
                                                .heartbeat_timeout = effect->function->heartbeat,
                                                .answer_topic = lane->job->config.topics.results,
                                                .answer_partition = home->partition},
                       out);
  jv_free(arguments);
}

static void add_message(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect,
                        const struct wf_decision *decision) {
  struct arena *arena = lane->batch.arena;
  struct buf value = {0};
  struct outbox_request request = {.run_id = run->identity.run_id, .seq = effect->seq, .action_no = effect->action_no, .attempt = effect->attempt};
  if (effect->kind == WF_EFFECT_REQUEST) {
    encode_request(lane, home, run, effect, &value);
    request.deadline = effect->deadline_at;
    request.heartbeat = effect->function->heartbeat;
    for (size_t i = 0; i < decision->timer_count; i++)
      if (decision->timers[i].action_no == effect->action_no) request.timer_no = decision->timers[i].timer_no;
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
                                           .value_size = bytes.size};
  vec_push(&batch_touch(&lane->batch, home)->requests, request);
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

static void decide(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_definition *definition, struct wf_input *input) {
  struct batch *batch = &lane->batch;
  struct job *job = lane->job;
  input->now = batch->now;
  input->random = job->world->random(job->world->context);
  batch_run(batch, home, run);
  struct wf_decision decision = {0};
  wf_decide(run, definition, job->evaluator, &job->config.bounds.run, input, batch->arena, &decision);
  release_guards(lane, run, &decision);
  for (size_t i = 0; i < decision.timer_count; i++) add_timer(lane, home, run, &decision.timers[i]);
  for (size_t i = 0; i < decision.effect_count; i++) add_message(lane, home, run, &decision.effects[i], &decision);
  batch_decision(batch, run, &decision);
}

// ---- quarantine -------------------------------------------------------------

static void quarantine(struct lane *lane, const struct work *work, struct refusal refusal) {
  struct store_quarantine row = {.record = &work->item->record, .refusal = refusal, .tenant = refusal.tenant, .trigger_id = refusal.id};
  if (work->kind == WORK_TRIGGER) {
    row.tenant = work->trigger.tenant;
    row.trigger_id = work->trigger.id;
  }
  vec_push(&lane->batch.quarantine, row);
}

// ---- triggers ---------------------------------------------------------------

static void record_duplicate(struct lane *lane, const struct work *work, const char *workflow, struct uuid first) {
  const struct record *record = &work->item->record;
  vec_push(&lane->batch.duplicates, (struct store_duplicate){.first_trigger_id = first,
                                                             .tenant = work->trigger.tenant,
                                                             .workflow = text_of(workflow),
                                                             .event_id = work->trigger.id,
                                                             .topic = record->topic,
                                                             .partition = record->partition,
                                                             .offset = record->offset,
                                                             .received_at = lane->batch.now});
}

// The accepted trigger of this batch with the same key, or NULL.
static const struct store_trigger *accepted_before(const struct batch *batch, const struct trigger_event *event, const char *workflow) {
  vec_foreach(row, &batch->triggers) {
    if (text_equal(row->event->id, event->id) && text_equal(row->tenant, event->tenant) && strcmp(row->workflow, workflow) == 0) return row;
  }
  return NULL;
}

static jv parse_or_null(struct text json) { return json.data ? jv_parse_sized(json.data, (int)json.size) : jv_null(); }

static jv actor_value(const struct recipient_ref *actor) {
  if (!actor->id.data) return jv_null();
  jv id = jv_string_sized(actor->id.data, (int)actor->id.size);
  if (!actor->collection.data) return id;
  jv object = jv_object_set(jv_object(), jv_string("collection"), jv_string_sized(actor->collection.data, (int)actor->collection.size));
  return jv_object_set(object, jv_string("id"), id);
}

static void start_run(struct lane *lane, struct home *home, const struct registry_entry *entry, struct wf_identity *identity,
                      const struct trigger_recipient *recipient) {
  struct wf_identity own = *identity;
  own.actor = jv_copy(identity->actor);
  own.trigger_data = jv_copy(identity->trigger_data);
  struct wf_run *run = wf_run_new(&own);
  run_cache_add(lane->runs, run);
  struct wf_input input = {.kind = WF_INPUT_CREATE, .create.recipient_data = jv_invalid()};
  if (recipient) {
    input.create.recipient_collection = owned(lane->batch.arena, recipient->ref.collection);
    input.create.recipient_id = owned(lane->batch.arena, recipient->ref.id);
    if (recipient->data.data) {
      jv_free(input.create.recipient_data);
      input.create.recipient_data = parse_or_null(recipient->data);
    }
  }
  decide(lane, home, run, entry->definition, &input);
  jv_free(input.create.recipient_data);
}

static bool same_recipient(const struct recipient_ref *a, const struct recipient_ref *b) {
  return text_equal(a->id, b->id) && text_equal(a->collection, b->collection);
}

// The first of several mentions of one recipient counts.
static size_t remove_repeats(struct trigger_recipient *recipients, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    size_t j = 0;
    while (j < kept && !same_recipient(&recipients[j].ref, &recipients[i].ref)) j++;
    if (j == kept) recipients[kept++] = recipients[i];
  }
  return kept;
}

static void accept_trigger(struct lane *lane, struct work *work, const struct registry_entry *entry) {
  struct batch *batch = &lane->batch;
  struct trigger_event *event = &work->trigger;
  const struct record *record = &work->item->record;
  struct home *home = work->item->source;
  struct uuid trigger_id = uuid_make(batch->now, (unsigned)home->number, (uint64_t)record->offset, 0, 0);
  event->recipient_count = remove_repeats(event->recipients, event->recipient_count);
  vec_push(&batch->triggers, (struct store_trigger){.trigger_id = trigger_id,
                                                    .home = home->number,
                                                    .event = event,
                                                    .definition_id = entry->definition_id,
                                                    .workflow = entry->workflow,
                                                    .workflow_version = entry->version,
                                                    .tenant = event->tenant,
                                                    .recipient_count = (int32_t)event->recipient_count,
                                                    .received_at = batch->now,
                                                    .topic = record->topic,
                                                    .partition = record->partition,
                                                    .offset = record->offset});
  struct arena *arena = batch->arena;
  struct wf_identity identity = {.trigger_id = trigger_id,
                                 .definition_id = entry->definition_id,
                                 .workflow = entry->workflow,
                                 .workflow_version = entry->version,
                                 .tenant = (char *)owned(arena, event->tenant),
                                 .subject = (char *)owned(arena, event->subject),
                                 .event_id = (char *)owned(arena, event->id),
                                 .source_type = (char *)source_kind_name(event->source_kind),
                                 .source_name = (char *)owned(arena, event->source_name),
                                 .correlation_id = (char *)owned(arena, event->correlation_id),
                                 .actor = actor_value(&event->actor),
                                 .trigger_data = event->data.data ? parse_or_null(event->data) : jv_object()};
  size_t runs = event->recipient_count ? event->recipient_count : 1;
  for (size_t i = 0; i < runs; i++) {
    identity.run_id = uuid_with_recipient(&trigger_id, (unsigned)i + 1);
    start_run(lane, home, entry, &identity, event->recipient_count ? &event->recipients[i] : NULL);
  }
  jv_free(identity.actor);
  jv_free(identity.trigger_data);
}

static void take_trigger(struct lane *lane, struct work *work) {
  struct trigger_event *event = &work->trigger;
  struct arena *arena = lane->batch.arena;
  struct registry *registry = lane->job->registry;
  if (!event->workflow.data) {
    quarantine(lane, work, (struct refusal){.code = "missing_field", .text = "names no workflow: set `workflow`, as no definition here starts by event"});
    return;
  }
  const struct registry_entry *entry = registry_find(registry, event->workflow, event->workflow_version);
  if (!entry) {
    char *names = registry_names(registry, 400);
    const char *text = arena_printf(arena, "no active workflow \"%.*s\"; there are: %s", (int)event->workflow.size, event->workflow.data, names);
    free(names);
    quarantine(lane, work, (struct refusal){.code = "unknown_workflow", .text = text});
    return;
  }
  if (!entry->definition) {
    quarantine(lane, work, (struct refusal){.code = "definition_unavailable", .text = arena_printf(arena, "workflow %s@%s does not load here: %s", entry->workflow, entry->version, entry->problem)});
    return;
  }
  const struct store_trigger *before = accepted_before(&lane->batch, event, entry->workflow);
  if (before)
    record_duplicate(lane, work, entry->workflow, before->trigger_id);
  else if (work->asked_claim && work->claim.taken)
    record_duplicate(lane, work, entry->workflow, work->claim.trigger_id);
  else
    accept_trigger(lane, work, entry);
}

// ---- answers and timers -----------------------------------------------------

// The definition a run stays on, or NULL with the reason.
static const struct wf_definition *definition_of(struct lane *lane, const struct wf_run *run, const char **ret_problem) {
  const struct registry_entry *entry = registry_by_id(lane->job->registry, run->identity.definition_id);
  if (entry && entry->definition) return entry->definition;
  *ret_problem = arena_printf(lane->batch.arena, "workflow %s@%s does not load here: %s", run->identity.workflow,
                              run->identity.workflow_version, entry ? entry->problem : "it is not in the table of definitions");
  return NULL;
}

static void forward_result(struct lane *lane, const struct work *work) {
  const struct item *item = work->item;
  vec_push(&lane->batch.inbox, (struct store_inbox){.dst_home = (int)uuid_home(&work->result.action.run_id),
                                                    .src_home = item->source->number,
                                                    .src_pos = item->record.offset,
                                                    .kind = "result",
                                                    .run_id = work->result.action.run_id,
                                                    .payload = {item->record.value, item->record.value_size}});
}

static void take_result(struct lane *lane, struct work *work) {
  struct arena *arena = lane->batch.arena;
  const struct action_result *from = &work->result;
  struct home *home = lane_home(lane, (int)uuid_home(&from->action.run_id));
  if (!home) {
    forward_result(lane, work);
    return;
  }
  struct wf_run *run = run_cache_find(lane->runs, &from->action.run_id);
  if (!run) {
    quarantine(lane, work, (struct refusal){.code = "unknown_run", .text = "answers an action of a run that does not exist here"});
    return;
  }
  const char *problem;
  const struct wf_definition *definition = definition_of(lane, run, &problem);
  if (!definition) {
    quarantine(lane, work, (struct refusal){.code = "definition_unavailable", .text = problem});
    return;
  }
  struct wf_input input = {.kind = WF_INPUT_RESULT,
                           .result = {.action_no = from->action.action_no,
                                      .attempt = from->attempt,
                                      .completed = from->completed,
                                      .output = parse_or_null(from->output),
                                      .outcome = owned(arena, from->outcome),
                                      .external_reference = owned(arena, from->external_reference),
                                      .summary = owned(arena, from->summary),
                                      .detail_internal = owned(arena, from->detail_internal),
                                      .error_type = owned(arena, from->error_type),
                                      .error_title = owned(arena, from->error_title),
                                      .error_detail = owned(arena, from->error_detail),
                                      .error_status = from->error_status,
                                      .retryable = from->retryable,
                                      .retry_after = from->retry_after}};
  decide(lane, home, run, definition, &input);
  jv_free(input.result.output);
}

static void take_heartbeat(struct lane *lane, const struct work *work) {
  const struct action_heartbeat *beat = &work->heartbeat;
  timers_heartbeat(lane->timers, &beat->action.run_id, beat->action.action_no, beat->attempt, lane->batch.now);
}

// What PostgreSQL will not store of a run stops that run alone, for an operator to see.
static void suspend_for_error(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_definition *definition, const char *why) {
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {WF_CONTROL_SUSPEND, "workflowd", why}};
  decide(lane, home, run, definition, &input);
}

static void take_timer(struct lane *lane, const struct work *work) {
  const struct timer *timer = &work->item->timer;
  struct home *home = lane_home(lane, timer->home);
  if (!home) return;
  struct batch *batch = &lane->batch;
  batch_touch(batch, home); // so that timer_low passes it
  if (timer->due_at > batch->due_max) batch->due_max = timer->due_at;
  struct wf_run *run = run_cache_find(lane->runs, &timer->run_id);
  if (!run || !wf_run_timer_live(run, timer->timer_no)) return;
  const char *problem;
  const struct wf_definition *definition = definition_of(lane, run, &problem);
  if (!definition) {
    log_error("run cannot go on: %s", problem);
    return;
  }
  if (work->item->rejected) {
    suspend_for_error(lane, home, run, definition, work->item->rejected);
    return;
  }
  struct wf_input input = {.kind = WF_INPUT_TIMER, .timer_no = timer->timer_no};
  decide(lane, home, run, definition, &input);
}

void intake_decide(struct lane *lane) {
  vec_foreach(work, &lane->work) {
    if (work->item->kind != ITEM_TIMER) batch_consumed(&lane->batch, work->item->source, &work->item->record);
    switch (work->kind) {
    case WORK_REFUSED: quarantine(lane, work, work->refusal); break;
    case WORK_TRIGGER: take_trigger(lane, work); break;
    case WORK_COMMAND: quarantine(lane, work, (struct refusal){.code = "not_supported", .text = "commands by Kafka are not supported yet"}); break;
    case WORK_RESULT: take_result(lane, work); break;
    case WORK_HEARTBEAT: take_heartbeat(lane, work); break;
    case WORK_TIMER: take_timer(lane, work); break;
    }
  }
}
