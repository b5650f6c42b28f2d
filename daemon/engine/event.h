// SPDX-License-Identifier: Apache-2.0
// One fact about a run, appended once and never changed. What a decision found out
// (branch taken, delay resolved, output computed, jitter drawn) is in its events, so
// that folding them needs no expression, no definition and no clock.
#pragma once

#include <jv.h>
#include <stdint.h>

#include "base/clock.h"

// How a retry reads: the try's step.retry_scheduled (after a failed attempt, naming the
// step that failed), when the backoff is over the try's step.retried, and then each task
// inside that is entered again another step.started of the same step_no with attempt + 1,
// and of a call another action.requested of the same action_no. A new visit of a task, by
// `then`, is a new step.
//
// How a loop reads: its step.started, with what it goes through, then for each turn a
// step.iterated and after it the tasks of that turn, which are new visits. A turn that is
// over is not visited again: a retry around the loop enters it anew.
//
// How a fork reads: its step.started, then that of each branch, with the branch's `index`.
// What is still open in other branches ends by step.cancelled before the fork itself ends:
// lost_race when another was first, sibling_ended when another ended the workflow,
// sibling_faulted when another failed.
//
// The first event that tells of an error has level error and carries the DSL's error
// object; those that follow from it (step.faulted of what is around, run.faulted) do not
// repeat it. reason_code is the last part of the error's type.
//
// A run in a sandbox asks no worker: where another has action.requested and its answer, it has
// action.rehearsed, which holds both.
//
// A listen: step.listening, then for each event that comes event.matched (what it gives, and
// of which filter), or event.rejected with the reason, so often and no more. With foreach each
// event matched is taken, gone through its tasks, and handled.
//
// Names as they stand in the table `workflow.event`; the set is open for readers.
#define WF_EVENT_TYPES(X)                                                                                              \
  X(RUN_CREATED, "run.created")                                                                                        \
  X(RUN_STARTED, "run.started")                                                                                        \
  X(RUN_SUSPENDED, "run.suspended")                                                                                    \
  X(RUN_RESUMED, "run.resumed")                                                                                        \
  X(RUN_RETRIED, "run.retried")                                                                                        \
  X(RUN_WOKEN, "run.woken")                                                                                            \
  X(RUN_CANCELLED, "run.cancelled")                                                                                    \
  X(RUN_FAULTED, "run.faulted")                                                                                        \
  X(RUN_COMPLETED, "run.completed")                                                                                    \
  X(RUN_YIELDED, "run.yielded")                                                                                        \
  X(STEP_STARTED, "step.started")                                                                                      \
  X(STEP_WAITING, "step.waiting")                                                                                      \
  X(STEP_ITERATED, "step.iterated")                                                                                    \
  X(STEP_RETRY_SCHEDULED, "step.retry_scheduled")                                                                      \
  X(STEP_RETRIED, "step.retried")                                                                                      \
  X(STEP_CAUGHT, "step.caught")                                                                                        \
  X(STEP_COMPLETED, "step.completed")                                                                                  \
  X(STEP_SKIPPED, "step.skipped")                                                                                      \
  X(STEP_FAULTED, "step.faulted")                                                                                      \
  X(STEP_CANCELLED, "step.cancelled")                                                                                  \
  X(ACTION_REQUESTED, "action.requested")                                                                              \
  X(ACTION_REHEARSED, "action.rehearsed")                                                                              \
  X(ACTION_COMPLETED, "action.completed")                                                                              \
  X(ACTION_FAILED, "action.failed")                                                                                    \
  X(ACTION_TIMED_OUT, "action.timed_out")                                                                              \
  X(ACTION_CANCELLED, "action.cancelled")                                                                              \
  X(ACTION_LATE, "action.late_result")                                                                                 \
  X(EVENT_EMITTED, "event.emitted")                                                                                    \
  X(STEP_LISTENING, "step.listening")                                                                                  \
  X(EVENT_MATCHED, "event.matched")                                                                                    \
  X(EVENT_REJECTED, "event.rejected")                                                                                  \
  X(EVENT_TAKEN, "event.taken")                                                                                        \
  X(EVENT_HANDLED, "event.handled")

enum wf_event_type {
  WF_EVENT_NONE,
#define X(name, text) WF_##name,
  WF_EVENT_TYPES(X)
#undef X
};

enum wf_level { WF_LEVEL_OK, WF_LEVEL_ERROR };

struct wf_event {
  enum wf_event_type type;
  enum wf_level level;
  int32_t seq;       // from 1, gapless
  int32_t step_no;   // 0 = about the run
  int32_t action_no; // 0 = none
  int32_t attempt;   // of the step or action, from 1; 0 = none
  usec_t at;
  const char *reference;       // the step's, or NULL. The texts of a decision's events
  const char *reason_code;     // live as long as its arena and its definition
  const char *summary;         // for the customer
  const char *detail_internal; // for the operator alone
  jv data;                     // an object of facts (facts.h), or invalid = nothing beyond the columns
};

const char *wf_event_type_name(enum wf_event_type type);
// WF_EVENT_NONE for a name that is none.
enum wf_event_type wf_event_type_parse(const char *name);
