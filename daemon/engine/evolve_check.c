// SPDX-License-Identifier: Apache-2.0
#include "engine/listening.h"
#include "engine/evolve_check.h"

#include <string.h>

#include "engine/evolve.h"
#include "engine/kind.h"
#include "engine/row.h"
#include "engine/scope.h"

// Later instants, and earlier than 1970, come from no clock.
#define AT_MAX (INT64_C(253402300800) * USEC_PER_SEC) // the year 10000

typedef const char *check(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);

static bool is_object(jv value) { return jv_get_kind(value) == JV_KIND_OBJECT; }

// A timer and its instant come together.
static bool is_pair(int32_t timer_no, usec_t due_at) { return (timer_no > 0) == (due_at > 0); }

static bool guards_are_good(const struct wf_facts *facts) {
  return is_pair(facts->timeout_timer, facts->timeout_at) && is_pair(facts->attempt_timer, facts->attempt_due_at);
}

// ---- the run ------------------------------------------------------------------

static bool is_text_or_absent(jv object, const char *name, bool may_be_absent) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  jv_kind kind = jv_get_kind(value);
  jv_free(value);
  return kind == JV_KIND_STRING || (may_be_absent && kind == JV_KIND_INVALID);
}

static const char *check_created(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event;
  if (run->last_seq != 0) return "the run exists already";
  if (jv_is_valid(facts->data) && !is_object(facts->data)) return "`data` is no object";
  if (jv_is_valid(facts->results) && !is_object(facts->results)) return "`results` is no object";
  if (!jv_is_valid(facts->recipient)) return NULL;
  if (!is_object(facts->recipient) || !is_text_or_absent(facts->recipient, "id", false) ||
      !is_text_or_absent(facts->recipient, "collection", true))
    return "`recipient` is not {collection, id}";
  return NULL;
}

static const char *check_started(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event;
  if (run->started_at || run->status != WF_PENDING) return "the run has started already, or must not";
  return guards_are_good(facts) ? NULL : "a timeout lacks its timer or its instant";
}

static const char *check_suspended(const struct wf_run *run, const struct wf_event *event,
                                   const struct wf_facts *facts) {
  (void)event, (void)facts;
  return run->status == WF_SUSPENDED ? "the run is suspended already" : NULL;
}

static const char *check_resumed(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event, (void)facts;
  return run->status == WF_SUSPENDED ? NULL : "the run is not suspended";
}

static const char *check_faulted(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)run, (void)event;
  return jv_is_valid(facts->error) && !is_object(facts->error) ? "`error` is no object" : NULL;
}

static const char *check_completed(const struct wf_run *run, const struct wf_event *event,
                                   const struct wf_facts *facts) {
  (void)event, (void)facts;
  const struct wf_scopes *scopes = run->scopes;
  bool is_through = scopes->count == 1 && !scopes->items[0].child_step_no;
  return is_through ? NULL : "a task is still open, or none was begun";
}

static const char *check_retried(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event;
  if (run->status != WF_FAULTED) return "the run has not faulted";
  jv_kind kind = jv_get_kind(facts->guards);
  if (kind == JV_KIND_INVALID) return NULL;
  if (kind != JV_KIND_ARRAY) return "`guards` is no array";
  const char *problem = NULL;
  jv_array_foreach(facts->guards, i, guard) {
    struct wf_facts own;
    if (!is_object(guard) || wf_facts_read(guard, &own, &problem) < 0)
      problem = "a guard is no object of facts";
    else if ((own.step && !wf_scopes_find(run->scopes, own.step)) || !guards_are_good(&own))
      problem = "a guard is of no open task, or lacks its timer or its instant";
    jv_free(guard);
    if (problem) break;
  }
  return problem;
}

static const char *check_woken(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)facts;
  const struct wf_step *step = wf_run_step(run, event->step_no);
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  return step && step->timer_no ? NULL : "the step is not waiting";
}

static const char *check_yielded(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)run, (void)event;
  return facts->timer && facts->due_at ? NULL : "`timer` or `due_at` is missing";
}

static const char *check_nothing(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)run, (void)event, (void)facts;
  return NULL;
}

// ---- steps --------------------------------------------------------------------

static const char *check_new_step(const struct wf_run *run, const struct wf_event *event,
                                  const struct wf_facts *facts) {
  if (event->step_no != run->last_step_no + 1) return "the step's number is not the next";
  if (event->attempt != 1) return "the first attempt is not number 1";
  if (!event->reference) return "the reference is missing";
  return wf_kind_static(facts->kind) ? NULL : "`kind` is missing or unknown";
}

// What opens with the step: a fork's branches, a loop's items.
static const char *check_opened(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                                const struct wf_kind *kind) {
  if (event->type != WF_STEP_STARTED || !kind || !kind->opens_scope) return NULL;
  if (wf_scopes_find(run->scopes, event->step_no)) return "its list is open already";
  if (kind->part == WF_SCOPE_FORK && facts->branches > WF_TASKS_MAX) return "there are too many `branches`";
  bool has_items = jv_is_valid(facts->items);
  if (has_items && (kind->part != WF_SCOPE_FOR || jv_get_kind(facts->items) != JV_KIND_ARRAY))
    return "`items` is no array, or of no loop";
  return NULL;
}

// The scope that a task is entered in.
static const struct wf_scope *scope_of_entry(const struct wf_run *run, const struct wf_step *step,
                                             const struct wf_facts *facts) {
  if (step) return wf_scopes_find_branch(run->scopes, step->parent_step_no, step->branch);
  const struct wf_scope *around = wf_scopes_find(run->scopes, facts->parent);
  if (!around || around->part != WF_SCOPE_FORK) return around;
  return wf_scopes_find_branch(run->scopes, facts->parent, facts->index + 1);
}

static const char *check_entered(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step = wf_run_step(run, event->step_no);
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  if (step && (!step->revisitable || wf_scopes_find(run->scopes, step->step_no))) return "the step is not entered anew";
  if (step && event->attempt != step->attempt + 1) return "the attempt is not the next";
  const char *problem = step ? NULL : check_new_step(run, event, facts);
  if (problem) return problem;
  const struct wf_scope *around = scope_of_entry(run, step, facts);
  if (!around || around->child_step_no || around->part == WF_SCOPE_FORK || !wf_scope_is_leaf(run->scopes, around))
    return "the list it is in is not open, or another task of it is";
  if (around->index < 0) return "the list it is in is through";
  problem = check_opened(run, event, facts, wf_kind_find(step ? step->kind : facts->kind));
  if (problem) return problem;
  return guards_are_good(facts) ? NULL : "a timeout lacks its timer or its instant";
}

static bool action_is_out(const struct wf_run *run, const struct wf_step *step) {
  const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  return action && action->status == WF_RUNNING;
}

// The step of the event when it is the open task of its list, with all inside it ended.
static const char *open_step(const struct wf_run *run, const struct wf_event *event, const struct wf_step **ret_step,
                             const struct wf_scope **ret_own) {
  const struct wf_step *step = wf_run_step(run, event->step_no);
  if (!step || wf_status_ended(step->status)) return "there is no such open step";
  const struct wf_scope *around = wf_scopes_find_branch(run->scopes, step->parent_step_no, step->branch);
  if (!around || around->child_step_no != step->step_no) return "the step is not where the run is";
  *ret_step = step;
  *ret_own = wf_scopes_find(run->scopes, step->step_no);
  return NULL;
}

// Whether a task inside is still at work. One that has ended stays where it is until what is
// around it says what follows.
static bool inside_is_open(const struct wf_run *run, const struct wf_scope *own) {
  const struct wf_scope *behind = own ? wf_scopes_behind(run->scopes, own) : NULL;
  for (const struct wf_scope *scope = own; scope < behind; scope++) {
    const struct wf_step *child = scope->child_step_no ? wf_run_step(run, scope->child_step_no) : NULL;
    if (child && !wf_status_ended(child->status)) return true;
  }
  return false;
}

// A fork ends with all its branches, or with the one that `branch` names.
static bool fork_is_open(const struct wf_run *run, const struct wf_scope *fork, const struct wf_facts *facts) {
  if (inside_is_open(run, fork)) return true;
  return facts->branch ? !wf_scopes_winner(run->scopes, fork) : fork->open_count > 0;
}

static const char *check_waiting(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (!step->kind || strcmp(step->kind, "wait") != 0) return "the task is no wait";
  return facts->timer && facts->due_at ? NULL : "`timer` or `due_at` is missing";
}

static const char *check_step_completed(const struct wf_run *run, const struct wf_event *event,
                                        const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (own && own->part == WF_SCOPE_FORK && fork_is_open(run, own, facts)) return "a branch of it is still open";
  if (own && own->child_step_no) return "a task inside it is still open";
  if (own && step->next_retry_at) return "it waits for its next try";
  return action_is_out(run, step) ? "its action is still out" : NULL;
}

static const char *check_step_ended(const struct wf_run *run, const struct wf_event *event,
                                    const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (inside_is_open(run, own)) return "a task inside it is still open";
  if (action_is_out(run, step)) return "its action is still out";
  if (event->type == WF_STEP_CANCELLED) return NULL;
  if (jv_is_valid(facts->error) ? !is_object(facts->error) : !jv_is_valid(run->error)) return "`error` is missing or no object";
  return NULL;
}

static const char *open_try(const struct wf_run *run, const struct wf_event *event, const struct wf_step **ret_step,
                            const struct wf_scope **ret_own) {
  const char *problem = open_step(run, event, ret_step, ret_own);
  if (problem) return problem;
  return *ret_own && (*ret_own)->part == WF_SCOPE_TRY ? NULL : "the task is not trying";
}

static const char *check_iterated(const struct wf_run *run, const struct wf_event *event,
                                  const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  if (!own || own->part != WF_SCOPE_FOR) return "the task is no loop";
  if (own->child_step_no) return "a task inside it is still open";
  if (facts->index != own->turn) return "the turn is not the next";
  bool has_item = jv_get_kind(own->items) == JV_KIND_ARRAY && own->turn < jv_array_length(jv_copy(own->items));
  return has_item ? NULL : "there is no such item";
}

// Whether an action is out anywhere below a scope.
static bool action_inside_is_out(const struct wf_run *run, const struct wf_scope *own) {
  const struct wf_scope *behind = wf_scopes_behind(run->scopes, own);
  for (const struct wf_scope *scope = own; scope < behind; scope++) {
    const struct wf_step *child = scope->child_step_no ? wf_run_step(run, scope->child_step_no) : NULL;
    if (child && action_is_out(run, child)) return true;
  }
  return false;
}

// What failed may be deep inside, and need not have ended.
static const char *check_retry_scheduled(const struct wf_run *run, const struct wf_event *event,
                                         const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_try(run, event, &step, &own);
  if (problem) return problem;
  if (action_inside_is_out(run, own)) return "an action inside it is still out";
  if (facts->failed_step && !wf_run_step(run, facts->failed_step)) return "`failed_step` is no step";
  if (jv_is_valid(facts->error) ? !is_object(facts->error) : !jv_is_valid(run->error)) return "`error` is missing or no object";
  return facts->due_at ? NULL : "`due_at` is missing";
}

static const char *check_step_retried(const struct wf_run *run, const struct wf_event *event,
                                      const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_try(run, event, &step, &own);
  if (problem) return problem;
  if (!step->next_retry_at || own->child_step_no) return "it does not wait for its next try";
  if (event->attempt != step->attempt + 1) return "the attempt is not the next";
  return guards_are_good(facts) ? NULL : "a timeout lacks its timer or its instant";
}

static const char *check_caught(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_try(run, event, &step, &own);
  if (problem) return problem;
  if (inside_is_open(run, own)) return "a task inside it is still open";
  if (jv_is_valid(facts->error) ? !is_object(facts->error) : !jv_is_valid(run->error)) return "`error` is missing or no object";
  return NULL;
}

// ---- actions ------------------------------------------------------------------

static const char *check_requested(const struct wf_run *run, const struct wf_event *event,
                                   const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  const struct wf_kind *kind = wf_kind_find(step->kind);
  if (!kind || !kind->acts) return "the task is no call";
  bool rehearsed = event->type == WF_ACTION_REHEARSED;
  if (rehearsed != run->sandbox) return rehearsed ? "the run is in no sandbox" : "the run is in a sandbox: it asks no worker";
  bool is_awaited = !facts->outcome || strcmp(facts->outcome, WF_NOT_AWAITED) != 0;
  bool is_child = facts->external_reference != NULL; // whose end is the answer
  bool is_guarded = is_pair(facts->timer, facts->deadline_at) && (facts->timer > 0) == (is_awaited && !is_child);
  if (!rehearsed && !is_guarded) return "`timer` or `deadline_at` is missing";
  const struct wf_action *action = wf_run_action(run, event->action_no);
  if (!action) {
    if (event->action_no != run->last_action_no + 1 || step->action_no) return "the action's number is not the next";
    if (event->attempt != 1) return "the first attempt is not number 1";
    return facts->function ? NULL : "`function` is missing";
  }
  if (step->action_no != action->action_no || action->status == WF_RUNNING) return "the action is out already, or another step's";
  return event->attempt == action->attempt + 1 ? NULL : "the attempt is not the next";
}

static const char *check_answered(const struct wf_run *run, const struct wf_event *event,
                                  const struct wf_facts *facts) {
  const struct wf_action *action = wf_run_action(run, event->action_no);
  if (!action || action->status != WF_RUNNING) return "the action is not out";
  if (event->attempt != action->attempt) return "the attempt is not the one that is out";
  bool has_failed = event->type == WF_ACTION_FAILED || event->type == WF_ACTION_TIMED_OUT;
  return has_failed && !is_object(facts->error) ? "`error` is missing or no object" : NULL;
}

// ---- events -------------------------------------------------------------------

static const char *check_emitted(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (!step->kind || strcmp(step->kind, "emit") != 0) return "the task is no emit";
  return is_object(facts->event) ? NULL : "`event` is missing or no object";
}

static const char *listening_step(const struct wf_run *run, const struct wf_event *event, const struct wf_step **ret_step,
                                  const struct wf_scope **ret_own) {
  const char *problem = open_step(run, event, ret_step, ret_own);
  if (problem) return problem;
  return wf_listening_no(*ret_step) ? NULL : "the task does not listen";
}

static const char *check_listening(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
  if (!step->kind || strcmp(step->kind, "listen") != 0) return "the task is no listen";
  if (wf_listening_no(step)) return "the task listens already";
  if (jv_is_valid(facts->items) && jv_get_kind(facts->items) != JV_KIND_ARRAY) return "`items` is no array";
  return jv_is_valid(facts->expects) && jv_get_kind(facts->expects) != JV_KIND_ARRAY ? "`expects` is no array" : NULL;
}

static const char *check_matched(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = listening_step(run, event, &step, &own);
  if (problem) return problem;
  if (event->type == WF_EVENT_MATCHED && wf_listening_is_over(step)) return "the task takes no more events";
  if (event->type == WF_EVENT_REJECTED) return NULL;
  if (facts->filter < 1) return "`filter` is missing";
  if (jv_is_valid(facts->keys) && !is_object(facts->keys)) return "`keys` is no object";
  return facts->until_event || jv_is_valid(facts->item) ? NULL : "`item` is missing";
}

static const char *check_taken(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  (void)facts;
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  const char *problem = listening_step(run, event, &step, &own);
  if (problem) return problem;
  if (own) return "another event is being dealt with";
  jv queue = wf_listening_get(step, "queue");
  bool is_empty = jv_get_kind(queue) != JV_KIND_ARRAY || jv_array_length(jv_copy(queue)) == 0;
  jv_free(queue);
  return is_empty ? "there is no event to deal with" : NULL;
}

static const char *check_handled(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  (void)facts;
  const char *problem = listening_step(run, event, &step, &own);
  if (problem) return problem;
  return own && !own->child_step_no ? NULL : "no event is being dealt with, or a task of it is still open";
}

// ---- any event ----------------------------------------------------------------

enum phase { ANY = 0, OPEN = 1, STARTED = 2 | OPEN }; // of the run

static const struct {
  check *check;
  enum phase phase;
} rules[] = {
    [WF_RUN_CREATED] = {check_created, ANY},
    [WF_RUN_STARTED] = {check_started, OPEN},
    [WF_RUN_SUSPENDED] = {check_suspended, OPEN},
    [WF_RUN_RESUMED] = {check_resumed, OPEN},
    [WF_RUN_RETRIED] = {check_retried, ANY},
    [WF_RUN_WOKEN] = {check_woken, STARTED},
    [WF_RUN_CANCELLED] = {check_nothing, OPEN},
    [WF_RUN_FAULTED] = {check_faulted, OPEN},
    [WF_RUN_COMPLETED] = {check_completed, STARTED},
    [WF_RUN_YIELDED] = {check_yielded, STARTED},
    [WF_STEP_STARTED] = {check_entered, STARTED},
    [WF_STEP_WAITING] = {check_waiting, STARTED},
    [WF_STEP_ITERATED] = {check_iterated, STARTED},
    [WF_STEP_RETRY_SCHEDULED] = {check_retry_scheduled, STARTED},
    [WF_STEP_RETRIED] = {check_step_retried, STARTED},
    [WF_STEP_CAUGHT] = {check_caught, STARTED},
    [WF_STEP_COMPLETED] = {check_step_completed, STARTED},
    [WF_STEP_SKIPPED] = {check_entered, STARTED},
    [WF_STEP_FAULTED] = {check_step_ended, STARTED},
    [WF_STEP_CANCELLED] = {check_step_ended, STARTED},
    [WF_ACTION_REQUESTED] = {check_requested, STARTED},
    [WF_ACTION_REHEARSED] = {check_requested, STARTED},
    [WF_ACTION_COMPLETED] = {check_answered, STARTED},
    [WF_ACTION_FAILED] = {check_answered, STARTED},
    [WF_ACTION_TIMED_OUT] = {check_answered, STARTED},
    [WF_ACTION_CANCELLED] = {check_answered, STARTED},
    [WF_ACTION_LATE] = {check_nothing, ANY},
    [WF_EVENT_EMITTED] = {check_emitted, STARTED},
    [WF_STEP_LISTENING] = {check_listening, STARTED},
    [WF_EVENT_MATCHED] = {check_matched, STARTED},
    [WF_EVENT_REJECTED] = {check_matched, STARTED},
    [WF_EVENT_TAKEN] = {check_taken, STARTED},
    [WF_EVENT_HANDLED] = {check_handled, STARTED},
};

const char *wf_evolve_check(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  if (event->seq != run->last_seq + 1) return "an event before it is missing";
  if (event->type <= WF_EVENT_NONE || (size_t)event->type >= sizeof rules / sizeof *rules) return "its type is unknown";
  if ((run->last_seq == 0) != (event->type == WF_RUN_CREATED)) return "the first event is run.created, and no other";
  if (event->at <= 0 || event->at >= AT_MAX) return "its instant is none";
  enum phase phase = rules[event->type].phase;
  if (phase & OPEN && wf_status_ended(run->status)) return "the run has ended";
  if (phase == STARTED && !run->started_at) return "the run has not started";
  return rules[event->type].check(run, event, facts);
}
