// SPDX-License-Identifier: Apache-2.0
#include "job/slots.h"

#include <stdlib.h>
#include <string.h>

#include "job/admission.h"
#include "job/job_internal.h"

enum { COUNTED_MAX = 1000 }; // skipped slots that are counted one by one

// A workflow whose schedule is this lane's, or was.
struct source {
  int32_t schedule_no;
  struct home *home;
  char *workflow;
  const struct registry_entry *entry; // NULL = it has no schedule (any more)
  char *text;                         // of the schedule in force; NULL = none is
  usec_t anchor, decided;             // 0 = never; slots up to `decided` are
  usec_t ended;                       // `after`: when the run it waited for did, 0 = not known
  bool waits;                         // `after`: for this run to end
  struct uuid run_id;
  usec_t due; // by the database's clock; USEC_NEVER = nothing to do
};

struct slots {
  VEC(struct source) sources;
  int64_t generation; // of the definitions, when the rows were read
  VEC(const char *) workflows; // of the request under way
  VEC(int) homes;
};

struct slots *slots_new(void) { return xcalloc(1, sizeof(struct slots)); }

void slots_clear(struct slots *slots) {
  vec_foreach(source, &slots->sources) {
    free(source->workflow);
    free(source->text);
  }
  vec_reset(&slots->sources);
  slots->generation = 0;
}

void slots_free(struct slots *slots) {
  if (!slots) return;
  slots_clear(slots);
  vec_free(&slots->sources);
  vec_free(&slots->workflows);
  vec_free(&slots->homes);
  free(slots);
}

// ---- what there is ----------------------------------------------------------

static const struct wf_schedule *schedule_of(const struct source *source) {
  return source->entry && source->entry->definition ? wf_definition_schedule(source->entry->definition) : NULL;
}

static bool is_in_force(const struct source *source) {
  const struct wf_schedule *schedule = schedule_of(source);
  return schedule && source->text && strcmp(source->text, schedule->text) == 0;
}

// When the schedule, which is in force, has its next slot.
static usec_t next_slot(const struct source *source) {
  const struct wf_schedule *schedule = schedule_of(source);
  if (source->waits) return USEC_NEVER;
  if (schedule->kind != WF_SCHEDULE_AFTER) return wf_schedule_next(schedule, source->anchor, source->decided);
  usec_t next = wf_span_end(schedule->interval, source->ended > source->decided ? source->ended : source->decided);
  usec_t least = source->decided + WF_SCHEDULE_INTERVAL_MIN;
  return next > least ? next : least;
}

// One that does not load here is left alone: another instance, or release, may have it.
static void settle(struct source *source) {
  if (source->entry && !source->entry->definition) source->due = USEC_NEVER;
  else if (is_in_force(source)) source->due = next_slot(source);
  else source->due = schedule_of(source) || source->text ? 0 : USEC_NEVER; // to begin, or to stop
}

static const struct registry_entry *entry_of(const struct registry_entry *const *entries, size_t count, const char *workflow) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(entries[i]->workflow, workflow) == 0) return entries[i];
  return NULL;
}

bool slots_are_stale(const struct lane *lane) { return lane->slots->generation != registry_generation(lane->job->registry); }

void slots_read_again(struct lane *lane) { lane->slots->generation = 0; }

bool slots_ask(struct lane *lane) {
  struct slots *slots = lane->slots;
  struct job *job = lane->job;
  if (!slots_are_stale(lane) || job->draining) return false;
  vec_reset(&slots->workflows);
  vec_reset(&slots->homes);
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].epoch && lane->homes[i].input == ITEM_TRIGGER) vec_push(&slots->homes, lane->homes[i].number);
  slots->generation = registry_generation(job->registry);
  if (!slots->homes.count) return false;
  batch_reset(&lane->batch);
  const struct registry_entry **entries;
  size_t count = registry_newest(job->registry, lane->batch.arena, &entries);
  for (size_t i = 0; i < count; i++)
    if (entries[i]->definition && wf_definition_schedule(entries[i]->definition)) vec_push(&slots->workflows, entries[i]->workflow);
  lane->request.schedules = (struct store_schedules){.workflows = slots->workflows.items,
                                                     .workflow_count = slots->workflows.count,
                                                     .homes = slots->homes.items,
                                                     .home_count = slots->homes.count,
                                                     .trigger_topic = job->config.topics.triggers};
  lane_submit(lane, LANE_SCHEDULING, STORE_SCHEDULES);
  return true;
}

static void add(struct lane *lane, const struct store_schedule_row *row, const struct registry_entry *entry) {
  struct home *home = lane_home(lane, row->home);
  if (!home) return;
  if (entry && entry->definition && !wf_definition_schedule(entry->definition)) entry = NULL;
  struct source source = {.schedule_no = row->schedule_no,
                          .home = home,
                          .workflow = xstrdup(row->workflow),
                          .entry = entry,
                          .text = row->text ? xstrdup(row->text) : NULL,
                          .anchor = row->anchor,
                          .decided = row->decided,
                          .ended = row->run_ended_at, // a run gone by retention has ended long ago
                          .waits = row->has_run && !row->run_ended,
                          .run_id = row->run_id};
  settle(&source);
  vec_push(&lane->slots->sources, source);
}

void slots_read(struct lane *lane, const struct store_reply *reply) {
  int64_t generation = lane->slots->generation;
  slots_clear(lane->slots);
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "reading the schedules", &reply->error);
    return;
  }
  lane->slots->generation = generation;
  const struct registry_entry **entries;
  size_t count = registry_newest(lane->job->registry, lane->batch.arena, &entries);
  for (size_t i = 0; i < reply->schedules.row_count; i++) {
    const struct store_schedule_row *row = &reply->schedules.rows[i];
    add(lane, row, entry_of(entries, count, row->workflow));
  }
}

// ---- taking -----------------------------------------------------------------

static bool may_start(const struct lane *lane) { return !lane->job->is_intake_paused && lane->slots->generation; }

void slots_take(struct lane *lane, size_t most) {
  usec_t now = job_clock(lane->job);
  if (!may_start(lane)) return;
  vec_foreach(source, &lane->slots->sources) {
    if (lane->taken_count >= most) return;
    if (source->due <= now) lane_take(lane, item_from_slot(source->home, source->schedule_no, source->due));
  }
}

usec_t slots_next(const struct lane *lane) {
  usec_t due = USEC_NEVER;
  if (!may_start(lane)) return due;
  vec_foreach(source, &lane->slots->sources) {
    if (source->due < due) due = source->due;
  }
  if (due == USEC_NEVER) return due;
  usec_t clock = job_clock(lane->job);
  return job_boottime(lane->job) + (due > clock ? due - clock : 0);
}

// ---- what is to be done -----------------------------------------------------

static struct source *source_of(const struct lane *lane, int32_t schedule_no) {
  vec_foreach(source, &lane->slots->sources) {
    if (source->schedule_no == schedule_no) return source;
  }
  return NULL;
}

// The slot that runs now, and those before it that do not.
struct slot_plan {
  struct source *source;
  bool begins; // the schedule comes into force
  usec_t slot; // USEC_NEVER = none runs
  usec_t skipped_from, skipped_until;
  int32_t skipped; // how many, or COUNTED_MAX of more
  const char *why;
};

static void plan_skipped(struct lane *lane, struct slot_plan *plan, usec_t until, bool superseded) {
  const struct source *source = plan->source;
  const struct wf_schedule *schedule = schedule_of(source);
  plan->skipped = wf_schedule_count(schedule, source->anchor, source->decided, until, COUNTED_MAX);
  if (!plan->skipped) return;
  plan->skipped_from = wf_schedule_next(schedule, source->anchor, source->decided);
  plan->skipped_until = wf_schedule_latest(schedule, source->anchor, source->decided, until);
  plan->why = superseded ? "nobody was there to start it, and a later slot was due by then"
                         : arena_printf(lane->batch.arena, "nobody was there to start it within schedule.catchup_window (%llds)",
                                        (long long)(lane->job->config.slots.window / USEC_PER_SEC));
}

// Slots that were due before now and are not decided.
static void plan_slots(struct lane *lane, struct slot_plan *plan) {
  const struct source *source = plan->source;
  const struct wf_schedule *schedule = schedule_of(source);
  const struct job_slots *config = &lane->job->config.slots;
  usec_t now = lane->batch.now, oldest = now - config->window;
  usec_t latest = wf_schedule_latest(schedule, source->anchor, source->decided, now);
  if (latest == USEC_NEVER) return; // not due yet
  if (latest < oldest) {
    plan_skipped(lane, plan, latest, false);
    return;
  }
  usec_t since = source->decided > oldest - 1 ? source->decided : oldest - 1;
  plan->slot = config->catchup == SLOTS_ALL ? wf_schedule_next(schedule, source->anchor, since) : latest;
  if (plan->slot > source->decided) plan_skipped(lane, plan, plan->slot - 1, config->catchup == SLOTS_LATEST);
}

static void make_trigger(struct lane *lane, const struct slot_plan *plan, struct work *work) {
  char slot[CLOCK_TEXT_SIZE];
  const struct source *source = plan->source;
  const char *id = arena_printf(lane->batch.arena, "schedule:%d:%s", source->schedule_no, clock_format(plan->slot, slot));
  work->trigger = (struct trigger_event){.id = text_of(id),
                                         .type = TEXT("schedule"),
                                         .source_kind = SOURCE_SCHEDULE,
                                         .source_name = text_of(schedule_of(source)->text),
                                         .schedule_id = text_of(source->workflow),
                                         .workflow = text_of(source->workflow),
                                         .time = plan->slot};
  work->starts = arena_alloc0(lane->batch.arena, sizeof *work->starts);
  work->starts[work->start_count++].entry = source->entry;
}

void slots_decode(struct lane *lane, struct work *work) {
  struct source *source = source_of(lane, work->item->schedule_no);
  work->kind = WORK_SLOT;
  lane->batch.now = job_clock(lane->job);
  // Meanwhile the rows were read anew, or the intake was paused.
  if (!source || source->due > lane->batch.now || !may_start(lane)) return;
  struct slot_plan *plan = work->plan = arena_alloc0(lane->batch.arena, sizeof *plan);
  plan->source = source;
  plan->slot = USEC_NEVER;
  const struct wf_schedule *schedule = schedule_of(source);
  if (!schedule) return;
  plan->begins = !is_in_force(source);
  if (schedule->kind != WF_SCHEDULE_AFTER) {
    if (!plan->begins) plan_slots(lane, plan);
  } else if (!source->waits) {
    plan->slot = plan->begins ? lane->batch.now : source->due;
  }
  if (plan->slot != USEC_NEVER) make_trigger(lane, plan, work);
}

// ---- deciding ---------------------------------------------------------------

static struct store_slot slot_row(const struct source *source) {
  return (struct store_slot){.schedule_no = source->schedule_no,
                             .workflow = source->workflow,
                             .definition_id = source->entry ? source->entry->definition_id : 0};
}

static void skip(struct lane *lane, const struct source *source, usec_t from, usec_t until, int32_t count, const char *why) {
  struct store_slot row = slot_row(source);
  row.slot_at = from;
  row.until = until;
  row.count = count;
  row.reason = why;
  vec_push(&lane->batch.slots, row);
}

// Its trigger: made by (home, slot, schedule), so that the same slot is the same trigger.
static struct uuid start(struct lane *lane, struct work *work, const struct slot_plan *plan) {
  struct source *source = plan->source;
  struct work_start *first = &work->starts[0];
  usec_t at = plan->slot;
  struct uuid trigger_id = uuid_make(at, (unsigned)source->home->number, (uint64_t)source->schedule_no, UUID_ORDINAL_MAX, 0);
  if (first->asked && first->claim.taken) trigger_id = first->claim.trigger_id; // somebody else used its id
  else admission_start(lane, work, source->home, first->entry, trigger_id, NULL);
  struct store_slot row = slot_row(source);
  row.slot_at = row.until = plan->slot;
  row.count = 1;
  row.has_trigger = true;
  row.trigger_id = trigger_id;
  vec_push(&lane->batch.slots, row);
  if (plan->slot > lane->batch.due_max) lane->batch.due_max = plan->slot;
  return trigger_id;
}

// What an item of a slot that cannot be taken in leaves: the slot, skipped.
static void give_up(struct lane *lane, const struct work *work, const struct slot_plan *plan) {
  if (plan->slot == USEC_NEVER) return;
  skip(lane, plan->source, plan->slot, plan->slot, 1, arena_strdup(lane->batch.arena, work->item->rejected));
}

static usec_t decided_after(const struct lane *lane, const struct slot_plan *plan) {
  if (plan->begins && schedule_of(plan->source)->kind != WF_SCHEDULE_AFTER) return lane->batch.now;
  if (plan->slot != USEC_NEVER) return plan->slot;
  return plan->skipped ? plan->skipped_until : plan->source->decided;
}

void slots_decide(struct lane *lane, struct work *work) {
  const struct slot_plan *plan = work->plan;
  if (!plan) return;
  struct source *source = plan->source;
  const struct wf_schedule *schedule = schedule_of(source);
  batch_touch(&lane->batch, source->home);
  struct store_schedule row = {.schedule_no = source->schedule_no, .home = source->home->number, .previous = source->decided, .decided = source->decided};
  if (schedule) {
    row.text = schedule->text;
    row.anchor = plan->begins ? lane->batch.now : source->anchor;
    row.decided = decided_after(lane, plan);
    row.has_run = schedule->kind == WF_SCHEDULE_AFTER && source->waits;
    row.run_id = source->run_id;
  }
  if (plan->skipped) skip(lane, source, plan->skipped_from, plan->skipped_until, plan->skipped, plan->why);
  if (work->item->rejected) {
    give_up(lane, work, plan);
  } else if (plan->slot != USEC_NEVER) {
    struct uuid trigger_id = start(lane, work, plan);
    row.has_run = schedule->kind == WF_SCHEDULE_AFTER && uuid_home(&trigger_id) == (unsigned)source->home->number;
    row.run_id = uuid_with_recipient(&trigger_id, 1);
  }
  // For readers: when it goes on.
  struct source after = *source;
  after.text = (char *)row.text;
  after.anchor = row.anchor;
  after.decided = row.decided;
  after.waits = row.has_run;
  usec_t next = schedule ? next_slot(&after) : USEC_NEVER;
  row.next = next == USEC_NEVER ? 0 : next;
  vec_push(&lane->batch.schedules, row);
}

// ---- after the commit -------------------------------------------------------

void slots_moved(struct lane *lane) {
  vec_foreach(row, &lane->batch.schedules) {
    struct source *source = source_of(lane, row->schedule_no);
    if (!source) continue;
    char *text = row->text ? xstrdup(row->text) : NULL;
    free(source->text);
    source->text = text;
    source->anchor = row->anchor;
    source->decided = row->decided;
    source->waits = row->has_run;
    source->run_id = row->run_id;
    settle(source);
  }
}

void slots_run_ended(struct lane *lane, const struct wf_run *run) {
  if (!run->identity.source_type || strcmp(run->identity.source_type, source_kind_name(SOURCE_SCHEDULE)) != 0) return;
  vec_foreach(source, &lane->slots->sources) {
    if (!source->waits || !uuid_equal(&source->run_id, &run->identity.run_id)) continue;
    source->waits = false;
    source->ended = run->ended_at;
    settle(source);
  }
}
