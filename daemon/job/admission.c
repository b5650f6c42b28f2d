// SPDX-License-Identifier: Apache-2.0
#include "job/admission.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "job/correlation.h"
#include "job/decision.h"
#include "job/fanout.h"
#include "job/job_internal.h"
#include "job/start_event.h"

// How far a producer's clock may be behind or ahead of ours when a cancellation is
// compared with a trigger's own time.
#define CLOCK_SKEW (5 * USEC_PER_SEC)
// How far the time in an id may lie from the acceptance (workflow.cancel_runs relies on it).
#define ID_TIME_BACK (7 * USEC_PER_DAY)
#define ID_TIME_AHEAD (5 * USEC_PER_MIN)
enum { NAMES_MAX_BYTES = 400 };

// ---- which workflows --------------------------------------------------------

static void refuse(struct work *work, const char *code, const char *text) {
  work->kind = WORK_REFUSED;
  work->refusal = (struct refusal){code, text, work->trigger.tenant, work->trigger.id};
}

static void match_named(struct lane *lane, struct work *work) {
  struct arena *arena = lane->batch.arena;
  const struct trigger_event *event = &work->trigger;
  const struct registry_entry *entry = registry_find(lane->job->registry, event->workflow, event->workflow_version);
  if (!entry) {
    char *missing = registry_missing(lane->job->registry, event->workflow, event->workflow_version, NAMES_MAX_BYTES);
    refuse(work, "unknown_workflow", arena_strdup(arena, missing));
    free(missing);
  } else if (!entry->definition) {
    refuse(work, "definition_unavailable", arena_printf(arena, "workflow %s@%s does not load here: %s", entry->workflow, entry->version, entry->problem));
  } else {
    work->starts = arena_alloc0(arena, sizeof *work->starts);
    work->starts[work->start_count++].entry = entry;
  }
}

void admission_match(struct lane *lane, struct work *work) {
  if (work->trigger.workflow.data)
    match_named(lane, work);
  else
    start_event_match(lane, work);
}

// ---- repeated ids -----------------------------------------------------------

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

// ---- recipients -------------------------------------------------------------

struct recipient_seen {
  UT_hash_handle hh;
};

// The first of several mentions of one recipient counts. Keys are "collection\0id".
static size_t remove_repeats(struct arena *arena, struct trigger_recipient *recipients, size_t count) {
  struct recipient_seen *seen = NULL;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const struct recipient_ref *ref = &recipients[i].ref;
    size_t size = ref->collection.size + 1 + ref->id.size;
    char *key = arena_alloc0(arena, size);
    if (ref->collection.size) memcpy(key, ref->collection.data, ref->collection.size);
    if (ref->id.size) memcpy(key + ref->collection.size + 1, ref->id.data, ref->id.size);
    struct recipient_seen *found;
    HASH_FIND(hh, seen, key, size, found);
    if (found) continue;
    found = arena_alloc0(arena, sizeof *found);
    HASH_ADD_KEYPTR(hh, seen, key, size, found);
    recipients[kept++] = recipients[i];
  }
  HASH_CLEAR(hh, seen); // the nodes are the arena's
  return kept;
}

static bool same_recipient(const struct recipient_ref *a, const struct recipient_ref *b) {
  return text_equal(a->id, b->id) && text_equal(a->collection, b->collection);
}

// When the event happened: by its producer, else by its record. A piece of a fan-out is
// as old as the trigger, however late its turn comes.
static usec_t event_time(const struct lane *lane, const struct work *work) {
  const struct item *item = work->kind == WORK_FANOUT ? work->item->fanout->record : work->item;
  if (work->trigger.time) return work->trigger.time;
  return item->record.timestamp ? item->record.timestamp : lane->batch.now;
}

// Whether a cancellation that came first holds for this recipient.
static bool is_cancelled(const struct lane *lane, const struct work *work, const char *workflow, const struct recipient_ref *recipient) {
  usec_t time = event_time(lane, work);
  for (size_t i = 0; i < work->tombstone_count; i++) {
    const struct store_loaded_tombstone *tombstone = &work->tombstones[i];
    if (time > tombstone->cancel_time + CLOCK_SKEW) continue;
    if (tombstone->workflow.data && !text_equal(tombstone->workflow, text_of(workflow))) continue;
    if (!tombstone->recipient.id.data || same_recipient(&tombstone->recipient, recipient)) return true;
  }
  return false;
}

// ---- runs -------------------------------------------------------------------

static jv parse_or(struct text json, jv otherwise) {
  if (!json.data) return otherwise;
  jv_free(otherwise);
  return jv_parse_sized(json.data, (int)json.size);
}

static jv actor_value(const struct recipient_ref *actor) {
  if (!actor->id.data) return jv_null();
  jv id = jv_string_sized(actor->id.data, (int)actor->id.size);
  if (!actor->collection.data) return id;
  jv object = jv_object_set(jv_object(), jv_string("collection"), jv_string_sized(actor->collection.data, (int)actor->collection.size));
  return jv_object_set(object, jv_string("id"), id);
}

static struct wf_identity identity_of(struct lane *lane, const struct trigger_event *event, struct text data, const struct registry_entry *entry, struct uuid trigger_id) {
  return (struct wf_identity){.trigger_id = trigger_id,
                              .definition_id = entry->definition_id,
                              .workflow = entry->workflow,
                              .workflow_version = entry->version,
                              .tenant = (char *)decision_text(lane, event->tenant),
                              .subject = (char *)decision_text(lane, event->subject),
                              .event_id = (char *)decision_text(lane, event->id),
                              .source_type = (char *)source_kind_name(event->source_kind),
                              .source_name = (char *)decision_text(lane, event->source_name),
                              .correlation_id = (char *)decision_text(lane, event->correlation_id),
                              .traceparent = (char *)decision_text(lane, event->traceparent),
                              .actor = actor_value(&event->actor),
                              .trigger_data = parse_or(data, jv_object())};
}

// How each run of a trigger runs; borrowed by all of them.
static struct wf_create manner_of(const struct trigger_event *event) {
  bool rehearsal = event->source_kind == SOURCE_REHEARSAL;
  return (struct wf_create){.recipient_data = jv_invalid(),
                            .sandbox = rehearsal || event->settings.sandbox,
                            .skip_delays = rehearsal || event->settings.skip_delays,
                            .results = parse_or(event->settings.results, jv_invalid())};
}

static void start_run(struct lane *lane, struct home *home, const struct wf_definition *definition, const struct wf_identity *identity,
                      const struct wf_create *manner, const struct trigger_recipient *recipient, bool cancelled) {
  // Another instance has taken the home and this record, and an answer for the run has made
  // us load it: the commit will be fenced.
  if (run_cache_find(lane->runs, &identity->run_id)) return;
  struct wf_identity own = *identity;
  own.actor = jv_copy(identity->actor);
  own.trigger_data = jv_copy(identity->trigger_data);
  struct wf_run *run = wf_run_new(&own);
  run_cache_add(lane->runs, run);
  struct wf_input input = {.kind = WF_INPUT_CREATE, .create = *manner};
  input.create.gives_way = identity->depth > 0;
  if (cancelled) input.create.cancelled_because = "cancelled by its key before it came";
  if (recipient) {
    input.create.recipient_collection = decision_text(lane, recipient->ref.collection);
    input.create.recipient_id = decision_text(lane, recipient->ref.id);
    input.create.recipient_data = parse_or(recipient->data, input.create.recipient_data);
  }
  decision_make(lane, home, run, definition, &input);
  jv_free(input.create.recipient_data);
}

// Runs that one transaction starts. Each holds the data again: in its own row, and in the
// row of a step, at least.
static size_t piece_max(const struct lane *lane, const struct trigger_event *event) {
  const struct job_bounds *bounds = &lane->job->config.bounds;
  size_t fitting = bounds->batch_bytes / (2 * event->data.size + 1);
  if (fitting < 1) fitting = 1;
  return fitting < bounds->recipients_per_batch ? fitting : bounds->recipients_per_batch;
}

// Recipients `from` to `until` of the trigger; one run without recipient when it has none.
static void start_runs(struct lane *lane, const struct work *work, struct home *home, const struct wf_definition *definition, struct wf_identity *identity,
                       size_t from, size_t until) {
  const struct trigger_event *event = &work->trigger;
  struct wf_create manner = manner_of(event);
  for (size_t i = from; i < until; i++) {
    const struct trigger_recipient *recipient = event->recipient_count ? &event->recipients[i] : NULL;
    struct recipient_ref nobody = {{NULL, 0}, {NULL, 0}};
    identity->run_id = uuid_with_recipient(&identity->trigger_id, (unsigned)i + 1);
    bool cancelled = is_cancelled(lane, work, identity->workflow, recipient ? &recipient->ref : &nobody);
    start_run(lane, home, definition, identity, &manner, recipient, cancelled);
  }
  jv_free(manner.results);
}

static void identity_clear(struct wf_identity *identity) {
  jv_free(identity->actor);
  jv_free(identity->trigger_data);
}

// ---- triggers ---------------------------------------------------------------

// The instant in a trigger's ids is its record's: taken in again by an older database that
// was restored, it makes the same runs, and workers know their actions. One that is far off
// does not count, since it decides in which week the rows lie and how long they are kept.
static usec_t id_time(const struct record *record, usec_t now) {
  bool is_near = record->timestamp >= now - ID_TIME_BACK && record->timestamp <= now + ID_TIME_AHEAD;
  return is_near ? record->timestamp : now;
}

// The trigger's row; a place of -1 for what no record brought.
static struct store_trigger trigger_row(const struct lane *lane, const struct work *work, const struct home *home, const struct registry_entry *entry,
                                        struct uuid trigger_id, size_t runs) {
  return (struct store_trigger){.trigger_id = trigger_id,
                                .home = home->number,
                                .event = &work->trigger,
                                .definition_id = entry->definition_id,
                                .workflow = entry->workflow,
                                .workflow_version = entry->version,
                                .tenant = work->trigger.tenant,
                                .recipient_count = (int32_t)runs,
                                .received_at = lane->batch.now,
                                .topic = home->topic,
                                .partition = home->partition,
                                .offset = -1};
}

static void start_all(struct lane *lane, struct work *work, struct home *home, const struct registry_entry *entry, struct uuid trigger_id, size_t runs,
                      const struct store_parent *parent) {
  struct wf_identity identity = identity_of(lane, &work->trigger, work->trigger.data, entry, trigger_id);
  if (parent) {
    identity.parent_run_id = parent->run_id;
    identity.depth = parent->depth;
  }
  start_runs(lane, work, home, entry->definition, &identity, 0, runs);
  identity_clear(&identity);
}

void admission_start(struct lane *lane, struct work *work, struct home *home, const struct registry_entry *entry, struct uuid trigger_id,
                     const struct store_parent *parent) {
  struct store_trigger row = trigger_row(lane, work, home, entry, trigger_id, 1);
  if (parent) row.parent = *parent;
  else batch_claim(&lane->batch, work->trigger.tenant, entry->workflow, work->trigger.id, &trigger_id);
  vec_push(&lane->batch.triggers, row);
  start_all(lane, work, home, entry, trigger_id, 1, parent);
}

static void accept(struct lane *lane, struct work *work, const struct registry_entry *entry, unsigned ordinal) {
  struct batch *batch = &lane->batch;
  struct trigger_event *event = &work->trigger;
  const struct record *record = &work->item->record;
  struct home *home = work->item->source;
  struct uuid trigger_id = uuid_make(id_time(record, batch->now), (unsigned)home->number, (uint64_t)record->offset, ordinal, 0);
  size_t runs = event->recipient_count ? event->recipient_count : 1;
  batch_claim(batch, event->tenant, entry->workflow, event->id, &trigger_id);
  struct store_trigger row = trigger_row(lane, work, home, entry, trigger_id, runs);
  row.topic = record->topic;
  row.partition = record->partition;
  row.offset = record->offset;
  vec_push(&batch->triggers, row);
  if (runs > piece_max(lane, event)) {
    vec_push(&batch->fanouts, (struct store_fanout){.trigger_id = trigger_id, .home = home->number, .is_new = true, .total = (int32_t)runs, .record = record});
    vec_push(&batch->fanouts_begun, fanout_new(&trigger_id, home, entry->definition_id, 0, record));
    return;
  }
  start_all(lane, work, home, entry, trigger_id, runs, NULL);
}

void admission_trigger(struct lane *lane, struct work *work) {
  struct trigger_event *event = &work->trigger;
  bool is_heard = correlation_arrived(lane, work);
  if (!work->start_count) {
    if (!is_heard) lane->job->stats.unmatched++;
    return;
  }
  event->recipient_count = remove_repeats(lane->batch.arena, event->recipients, event->recipient_count);
  for (size_t i = 0; i < work->start_count; i++) {
    const struct work_start *start = &work->starts[i];
    const char *workflow = start->entry->workflow;
    const struct uuid *before = batch_claimed(&lane->batch, event->tenant, workflow, event->id);
    if (before)
      record_duplicate(lane, work, workflow, *before);
    else if (start->asked && start->claim.taken)
      record_duplicate(lane, work, workflow, start->claim.trigger_id);
    else
      accept(lane, work, start->entry, (unsigned)i);
  }
}

// What is left of a fan-out that cannot be stored is set aside with its record.
static void give_up(struct lane *lane, const struct work *work) {
  struct fanout *fanout = work->item->fanout;
  struct work record = {.item = fanout->record, .kind = WORK_TRIGGER, .trigger = work->trigger};
  fanout->total = fanout->cursor + 1;
  batch_touch(&lane->batch, fanout->home);
  vec_push(&lane->batch.fanouts, (struct store_fanout){fanout->trigger_id, fanout->home->number, false, fanout->cursor, fanout->total, fanout->total, NULL});
  decision_quarantine(lane, &record, (struct refusal){.code = work->item->rejected_code, .text = work->item->rejected});
}

void admission_fanout(struct lane *lane, struct work *work) {
  struct fanout *fanout = work->item->fanout;
  struct trigger_event *event = &work->trigger;
  if (work->item->rejected) {
    give_up(lane, work);
    return;
  }
  const struct registry_entry *entry = registry_by_id(lane->job->registry, fanout->definition_id);
  if (!entry || !entry->definition) {
    fanout->not_before = job_boottime(lane->job) + PUT_OFF;
    return;
  }
  event->recipient_count = remove_repeats(lane->batch.arena, event->recipients, event->recipient_count);
  size_t total = event->recipient_count, until = (size_t)fanout->cursor + piece_max(lane, event);
  if (until > total) until = total;
  fanout->total = (int32_t)total;
  batch_touch(&lane->batch, fanout->home);
  vec_push(&lane->batch.fanouts, (struct store_fanout){.trigger_id = fanout->trigger_id,
                                                       .home = fanout->home->number,
                                                       .previous_cursor = fanout->cursor,
                                                       .cursor = (int32_t)until,
                                                       .total = (int32_t)total});
  struct text data = event->workflow.data ? event->data : start_event_input(lane, event);
  struct wf_identity identity = identity_of(lane, event, data, entry, fanout->trigger_id);
  start_runs(lane, work, fanout->home, entry->definition, &identity, (size_t)fanout->cursor, until);
  identity_clear(&identity);
}
