// SPDX-License-Identifier: Apache-2.0
// What must be true of each event and of each commit.
#include <stdio.h>
#include <string.h>

#include "engine/facts.h"
#include "engine/scope.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

#define CLOCK_SKEW (5 * USEC_PER_SEC) // of producers, as the daemon forgives it

// ---- an event, before it is folded ------------------------------------------

// The attempt that the worker says it answers; 0 = it does not say.
static int said_attempt(const struct wf_event *event) {
  struct wf_facts facts;
  const char *problem;
  if (wf_facts_read(event->data, &facts, &problem) < 0) return 0;
  jv output = jv_is_valid(facts.output) ? jv_copy(facts.output) : jv_null();
  int attempt = 0;
  if (jv_get_kind(output) == JV_KIND_OBJECT) {
    jv value = jv_object_get(jv_copy(output), jv_string("attempt"));
    if (jv_get_kind(value) == JV_KIND_NUMBER) attempt = (int)jv_number_value(value);
    jv_free(value);
  }
  jv_free(output);
  return attempt;
}

// A result counts once, for the attempt it answers.
static void check_answer(struct sim *sim, const struct wf_run *run, const struct wf_event *event) {
  const struct wf_action *action = wf_run_action(run, event->action_no);
  if (!action || action->status != WF_RUNNING) sim_fail(sim, "%s of an action that is not open", wf_event_type_name(event->type));
  else if (action->attempt != event->attempt) sim_fail(sim, "%s of attempt %d while %d is open", wf_event_type_name(event->type), event->attempt, action->attempt);
  int said = event->type == WF_ACTION_COMPLETED ? said_attempt(event) : 0;
  if (said && action && action->deadline_at && said != event->attempt) sim_fail(sim, "attempt %d was completed by the answer to attempt %d", event->attempt, said);
}

static usec_t silence_of(const struct sim *sim, const char *function) {
  const struct wf_function *found = wf_catalog_find(sim_catalog(sim->patient), function);
  return found ? found->heartbeat : 0;
}

static void check_deadline(struct sim *sim, const struct wf_run *run, const struct wf_event *event, usec_t clock) {
  const struct wf_action *action = wf_run_action(run, event->action_no);
  usec_t due = action->deadline_at, silence = silence_of(sim, action->function);
  // Silence counts from what was heard last, also when the clock was set back before that.
  usec_t silent = action->requested_at + silence - sim->db_set_back;
  if (silence && silent < due) due = silent;
  if (clock < due) sim_fail(sim, "a deadline came %lld us early", (long long)(due - clock));
}

// Nothing fires before its instant by the database's clock, unless someone woke it.
static void check_instant(struct sim *sim, const struct sim_run *run, const struct wf_event *event, usec_t clock) {
  const struct wf_step *step = wf_run_step(run->state, event->step_no);
  if (!step || run->woken_step == step->step_no) return;
  usec_t due = 0;
  if (event->type == WF_STEP_COMPLETED && strcmp(step->kind, "wait") == 0) due = step->due_at;
  if (event->type == WF_STEP_RETRIED) due = step->next_retry_at;
  if (clock < due) sim_fail(sim, "%s %lld us before its instant", wf_event_type_name(event->type), (long long)(due - clock));
}

// Control is final.
static void check_control(struct sim *sim, const struct wf_run *run, const struct wf_event *event) {
  enum wf_event_type type = event->type;
  if (wf_status_ended(run->status) && type != WF_ACTION_LATE && type != WF_RUN_RETRIED) sim_fail(sim, "%s behind the end of a run", wf_event_type_name(type));
  bool starts = type == WF_ACTION_REQUESTED || type == WF_STEP_STARTED || type == WF_STEP_RETRIED;
  if (run->status == WF_SUSPENDED && starts) sim_fail(sim, "%s while the run is suspended", wf_event_type_name(type));
}

// A rehearsal asks nobody and waits for nothing.
static void check_rehearsal(struct sim *sim, const struct sim_run *run, const struct wf_event *event) {
  bool rehearses = strcmp(run->trigger->source_type, "rehearsal") == 0;
  bool waits = event->type == WF_ACTION_REQUESTED || event->type == WF_STEP_WAITING;
  if (rehearses && waits) sim_fail(sim, "%s in a rehearsal", wf_event_type_name(event->type));
  if (!rehearses && event->type == WF_ACTION_REHEARSED) sim_fail(sim, "a run that is real asks no worker");
}

// No reason to go on with what others have decided.
static void count_cancelled(struct sim_sights *sights, const struct wf_event *event) {
  sights->losers += strcmp(event->reason_code, "lost_race") == 0;
  sights->siblings_ended += strcmp(event->reason_code, "sibling_faulted") == 0;
}

// Each loop goes through all it was given.
static void check_turns(struct sim *sim, const struct sim_run *run, const struct wf_event *event) {
  static const struct {
    const char *task;
    int turns;
  } loops[] = {{"/all", 3}, {"/count", 15}, {"/turns", 3}, {"/more", 2}};
  const struct wf_step *step = wf_run_step(run->state, event->step_no);
  const struct wf_scope *scope = step ? wf_scopes_find(run->state->scopes, step->step_no) : NULL;
  for (size_t i = 0; scope && scope->part == WF_SCOPE_FOR && i < sizeof loops / sizeof *loops; i++)
    if (strcmp(strrchr(event->reference, '/'), loops[i].task) == 0 && scope->turn != loops[i].turns)
      sim_fail(sim, "%s of %s ended after %d turns", event->reference, run->trigger->workflow, (int)scope->turn);
}

// Tried again, a loop begins anew: its turns are new visits. A run that is retried goes on in one.
static void check_visit(struct sim *sim, const struct sim_run *run, const struct wf_event *event) {
  bool is_in_loop = strstr(event->reference, "/all/") || strstr(event->reference, "/more/");
  if (is_in_loop && event->attempt > 1 && !run->was_retried) sim_fail(sim, "%s of %s goes on in a turn that is over", event->reference, run->trigger->workflow);
}

static void count_event(struct sim *sim, const struct wf_event *event) {
  struct sim_sights *sights = &sim->sights;
  sights->late_answers += event->type == WF_ACTION_LATE;
  sights->rehearsed += event->type == WF_ACTION_REHEARSED;
  sights->retries += event->type == WF_STEP_RETRIED;
  sights->deadlines += event->type == WF_ACTION_TIMED_OUT;
  sights->suspended += event->type == WF_RUN_SUSPENDED;
  sights->cancelled += event->type == WF_RUN_CANCELLED;
  sights->woken += event->type == WF_RUN_WOKEN;
  sights->retried_runs += event->type == WF_RUN_RETRIED;
  sights->turns += event->type == WF_STEP_ITERATED;
  sights->branches += event->type == WF_STEP_STARTED && strstr(event->reference, "/branches/") != NULL;
  if (event->type == WF_STEP_CANCELLED && event->reason_code) count_cancelled(sights, event);
}

static void watch_event(void *context, struct sim_run *stored, const struct wf_event *event, usec_t clock) {
  struct sim *sim = context;
  const struct wf_run *run = stored->state;
  if (event->seq != run->last_seq + 1) sim_fail(sim, "event %d of a run has seq %d", run->last_seq + 1, event->seq);
  check_control(sim, run, event);
  check_rehearsal(sim, stored, event);
  if (event->type == WF_ACTION_COMPLETED || event->type == WF_ACTION_FAILED || event->type == WF_ACTION_TIMED_OUT) check_answer(sim, run, event);
  if (event->type == WF_ACTION_TIMED_OUT && !sim->failure[0]) check_deadline(sim, run, event, clock);
  if (event->type == WF_RUN_WOKEN) stored->woken_step = event->step_no;
  stored->was_retried = stored->was_retried || event->type == WF_RUN_RETRIED;
  if (event->type == WF_STEP_STARTED) check_visit(sim, stored, event);
  check_instant(sim, stored, event, clock);
  sim_hear_event(sim, stored, event);
  if (event->type == WF_STEP_COMPLETED) check_turns(sim, stored, event);
  count_event(sim, event);
}

// The history of a run, for whoever repeats a seed with --verbose.
void sim_describe(const struct sim *sim, const struct sim_run *run) {
  char id[UUID_TEXT_SIZE];
  if (!sim->options.verbose) return;
  printf("%s %s, home %d\n", uuid_format(&run->run_id, id), run->trigger->workflow, run->home);
  vec_foreach(stored, &run->events) {
    const struct wf_event *e = &stored->event;
    printf("  %lld %d %s step %d action %d attempt %d %s\n", (long long)e->at, e->seq, wf_event_type_name(e->type), e->step_no, e->action_no, e->attempt, e->reason_code ? e->reason_code : "");
  }
  vec_foreach(row, &run->timers) printf("  timer %d due %lld written %lld\n", row->timer_no, (long long)row->due_at, (long long)row->written_at);
  vec_foreach(request, &run->requests)
    printf("  %s %d/%d of event %d in batch %lld left %u times\n", request->is_cancel ? "recall" : "request", request->action_no, request->attempt, request->seq, (long long)request->batch_no, request->left);
}

// ---- the commit, once it is written -----------------------------------------

static usec_t time_of(const struct sim *sim, const struct sim_trigger *trigger) {
  return trigger->time ? trigger->time : sim->topics[SIM_TRIGGERS].partitions[trigger->partition].items[trigger->offset].timestamp;
}

static bool is_buried(const struct sim *sim, const struct sim_run *run) {
  if (!run->trigger->key) return false;
  usec_t time = time_of(sim, run->trigger);
  vec_foreach(row, &sim->db.tombstones) {
    if (row->home != run->home || time > row->cancel_time + CLOCK_SKEW) continue;
    char *id = row->recipient;
    struct sim_recipients one = {&id, id != NULL};
    if (sim_control_means(run, text_of(row->key), text_of(row->workflow), &one)) return true;
  }
  return false;
}

// A run of a trigger that was cancelled before it came is born cancelled, others not. A
// rehearsal is over as soon as it has begun.
static void check_birth(struct sim *sim, const struct sim_run *run) {
  bool buried = is_buried(sim, run), cancelled = run->state->status == WF_CANCELLED;
  sim->sights.tombstones_met += buried;
  if (buried && !cancelled) sim_fail(sim, "a run begins that was cancelled before it came");
  bool rehearses = strcmp(run->trigger->source_type, "rehearsal") == 0;
  if (rehearses && sim_db_is_open(run)) sim_fail(sim, "a rehearsal has begun and is not over");
  if (run->trigger->parent.depth) return; // its parent may have ended in the same batch
  if (cancelled && !buried) sim_fail(sim, "a run of %s was cancelled before it came, and nobody said so", run->trigger->workflow);
}

// A cancel that was carried out leaves no open run that it means.
static void check_applied(struct sim *sim, const struct store_applied *applied) {
  const struct sim_command *command = &sim->db.commands.items[applied->command_id - 1];
  sim->sights.key_cancels += !command->has_run_id && applied->run_count > 0;
  if (command->kind != WF_CONTROL_CANCEL || strcmp(applied->result, "applied") != 0) return;
  vec_foreach(entry, &sim->db.runs) {
    const struct sim_run *run = *entry;
    bool meant = command->has_run_id ? uuid_equal(&run->run_id, &command->run_id)
                                     : run->home == command->home && sim_control_means(run, text_of(command->key), text_of(command->workflow), &command->recipients);
    if (meant && sim_db_is_open(run)) sim_fail(sim, "a cancel was carried out, and a run that it means goes on");
  }
}

static bool is_touched(const struct store_commit *commit, const struct uuid *run_id) {
  for (size_t i = 0; i < commit->run_count; i++)
    if (uuid_equal(&commit->runs[i]->identity.run_id, run_id)) return true;
  return false;
}

// Rows are written for timers that count: deadlines that are over left memory with the
// answer, at the latest in this transaction.
static void check_timers(struct sim *sim, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->timer_count; i++) {
    const struct store_timer *row = &commit->timers[i];
    const struct sim_run *run = sim_db_run(&sim->db, &row->run_id);
    if (!wf_run_timer_live(run->state, row->timer_no) && !is_touched(commit, &row->run_id)) sim_fail(sim, "a row was written for a deadline that is over");
  }
}

// What is wrong with one recipient may be said by several triggers of a record.
static bool may_repeat(struct sim *sim, const struct sim_quarantine *row) {
  const struct sim_topic *topic = sim_topic(sim, row->topic);
  return !topic || topic->partitions[row->partition].items[row->offset].fate == SIM_EITHER;
}

static void check_set_aside(struct sim *sim, const struct store_commit *commit) {
  const struct sim_quarantine *rows = sim->db.quarantine.items;
  size_t count = sim->db.quarantine.count;
  sim->sights.quarantined += commit->quarantine_count;
  for (size_t i = count - commit->quarantine_count; i < count; i++)
    for (size_t j = 0; j < i; j++)
      if (!sim_is_crash_loop(&rows[i]) && !sim_is_crash_loop(&rows[j]) && rows[i].partition == rows[j].partition && rows[i].offset == rows[j].offset && strcmp(rows[i].topic, rows[j].topic) == 0 && !may_repeat(sim, &rows[i]))
        sim_fail(sim, "%s/%d offset %lld was set aside twice", rows[i].topic, rows[i].partition, (long long)rows[i].offset);
}

static void check_runs(struct sim *sim, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->run_count; i++) {
    struct sim_run *run = sim_db_run(&sim->db, &commit->runs[i]->identity.run_id);
    if (run && commit->previous_seqs[i] == 0) check_birth(sim, run);
    if (run) run->woken_step = 0;
  }
}

// What was begun goes on: children, and workflows for whom all events had come.
static void watch_commit(void *context, const struct store_commit *commit, usec_t clock) {
  struct sim *sim = context;
  sim->commit_count++;
  sim->sights.duplicates += commit->duplicate_count;
  for (size_t i = 0; i < commit->trigger_count; i++)
    if (sim->db.is_intake_paused && !commit->triggers[i].parent.depth && !sim_hear_is_gathered(commit->triggers[i].workflow)) sim_fail(sim, "a trigger of %s was taken while the intake is paused", commit->triggers[i].workflow);
  sim->sights.pieces += commit->fanout_count;
  sim->sights.inbox_rows += commit->inbox_count;
  check_runs(sim, commit);
  for (size_t i = 0; i < commit->fence_count; i++) sim_out_committed(sim, &commit->fences[i]);
  sim_out_events(sim, commit);
  for (size_t i = 0; i < commit->fence_count; i++) sim_home_check(sim, commit, &commit->fences[i], clock);
  for (size_t i = 0; i < commit->applied_count; i++) check_applied(sim, &commit->applied[i]);
  check_timers(sim, commit);
  check_set_aside(sim, commit);
  sim_hear_commit(sim, commit, clock);
  sim_tables_check(sim, commit);
}

struct sim_watcher sim_watcher(struct sim *sim) { return (struct sim_watcher){sim, watch_event, watch_commit}; }
