// SPDX-License-Identifier: Apache-2.0
#include "engine/evolve_check.h"

#include <string.h>

#include "engine/evolve.h"
#include "engine/kind.h"
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
  const struct wf_scope *leaf = wf_scopes_leaf(run->scopes);
  return leaf && leaf->step_no == 0 && !leaf->child_step_no ? NULL : "a task is still open, or none was begun";
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
  (void)event, (void)facts;
  return run->status == WF_WAITING ? NULL : "the run is not waiting";
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

static const char *check_entered(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  const struct wf_step *step = wf_run_step(run, event->step_no);
  if (run->status == WF_SUSPENDED) return "the run is suspended";
  if (step && (!step->revisitable || wf_scopes_find(run->scopes, step->step_no))) return "the step is not entered anew";
  if (step && event->attempt != step->attempt + 1) return "the attempt is not the next";
  const char *problem = step ? NULL : check_new_step(run, event, facts);
  if (problem) return problem;
  const struct wf_scope *around = wf_scopes_find(run->scopes, step ? step->parent_step_no : facts->parent);
  if (!around || around->child_step_no) return "the list it is in is not open, or another task of it is";
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
  const struct wf_scope *around = wf_scopes_find(run->scopes, step->parent_step_no);
  if (!around || around->child_step_no != step->step_no) return "the step is not where the run is";
  *ret_step = step;
  *ret_own = wf_scopes_find(run->scopes, step->step_no);
  return NULL;
}

// Whether a task inside is still at work. One that has ended stays where it is until what is
// around it says what follows.
static bool inside_is_open(const struct wf_run *run, const struct wf_scope *own) {
  const struct wf_step *child = own && own->child_step_no ? wf_run_step(run, own->child_step_no) : NULL;
  return child && !wf_status_ended(child->status);
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
  (void)facts;
  const char *problem = open_step(run, event, &step, &own);
  if (problem) return problem;
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

// What failed may be deep inside, and need not have ended.
static const char *check_retry_scheduled(const struct wf_run *run, const struct wf_event *event,
                                         const struct wf_facts *facts) {
  const struct wf_step *step;
  const struct wf_scope *own;
  const char *problem = open_try(run, event, &step, &own);
  if (problem) return problem;
  const struct wf_scope *leaf = wf_scopes_leaf(run->scopes);
  const struct wf_step *last = wf_run_step(run, leaf->child_step_no);
  if (last && action_is_out(run, last)) return "an action inside it is still out";
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
  if (!rehearsed && (!facts->timer || !facts->deadline_at)) return "`timer` or `deadline_at` is missing";
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
