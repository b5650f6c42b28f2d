// SPDX-License-Identifier: Apache-2.0
// decide(run, definition, input) → events, requests and timers. Pure: the input
// carries the time and the randomness; the same input on the same run gives the same
// decision. The events are already folded into the run when it returns, and the run
// then waits for something named or has ended.
//
// Order of effects: events are committed first, then requests may leave. If the commit
// fails, the caller drops the run, loads it anew and decides again.
#pragma once

#include <jv.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "engine/definition.h"
#include "engine/event.h"
#include "engine/expression.h"
#include "engine/run.h"

enum wf_input_kind { WF_INPUT_CREATE, WF_INPUT_RESULT, WF_INPUT_TIMER, WF_INPUT_CONTROL, WF_INPUT_EVENT };

// The run must be new. The workflow's raw input is the trigger's data (an object, or
// the array of events that schedule.on asks for) merged with the recipient's own.
struct wf_create {
  const char *recipient_collection, *recipient_id; // may be NULL; copied
  jv recipient_data;                               // object, or invalid = none; borrowed
  bool sandbox, skip_delays;                       // see struct wf_run
  jv results;                                      // object, or invalid = none; borrowed
  // It starts, and goes on with its first task by a timer that is due at once.
  bool gives_way;
  // Not NULL: the run was cancelled before it came; it is created and ends at once.
  const char *cancelled_because;
};

// A worker's answer. Borrows everything.
struct wf_result {
  int32_t action_no, attempt;
  bool completed;
  jv output;           // completed
  const char *outcome; // machine word such as "no_answer", or NULL
  const char *external_reference;
  const char *summary; // safe for the customer, or NULL
  const char *detail_internal;
  const char *error_type, *error_title, *error_detail; // failed; NULL = default
  int32_t error_status;                                // 0 = default
  bool retryable;                                      // failed: false = no retry policy applies
  usec_t retry_after;                                  // failed: least delay before a retry, 0 = none
};

enum wf_control { WF_CONTROL_CANCEL, WF_CONTROL_SUSPEND, WF_CONTROL_RESUME, WF_CONTROL_RETRY, WF_CONTROL_WAKE };

struct wf_input {
  enum wf_input_kind kind;
  usec_t now;      // by the database's clock
  uint64_t random; // seed of this decision's jitter
  // The ids of the children that this decision starts are made of these: a number of the
  // transaction at the run's home, and how many it has started before (uuid_of_child()).
  uint32_t child_batch, child_first;
  union {
    struct wf_create create;
    struct wf_result result;
    int32_t timer_no;
    // A CloudEvent as an object, for a subscription of the run's. It may match or not: the
    // engine judges, and once an event was taken it is not taken again. The run may have no
    // room for it: `comes_again`. Borrowed.
    struct {
      int32_t subscription_no;
      jv event;
    } event;
    struct {
      enum wf_control kind;
      const char *actor, *reason;
      // Of a suspension that nobody ordered: why the engine cannot go on, for the operator.
      const char *engine_error;
    } control;
  };
};

// REQUEST, CANCEL: a message for a worker. EMIT: a CloudEvent that a task sends, to go to the
// topic of events; a driver without one may show it, and need do nothing. TELL: a CloudEvent
// of the run's life (lifecycle.h), only asked for by `bounds.lifecycle`.
//
// SUBSCRIBE: from now on the run wants events as WF_INPUT_EVENT under this number, those of
// a short while before too. `arguments` says which: an array of {type, source, subject, where:
// [{path, value}]}, all of which a driver may heed to hand over less, and none of which it
// must; an event of any of them. UNSUBSCRIBE: no more; one that comes all the same does no harm.
enum wf_effect_kind {
  WF_EFFECT_REQUEST,
  WF_EFFECT_CANCEL,
  WF_EFFECT_EMIT,
  WF_EFFECT_TELL,
  WF_EFFECT_SUBSCRIBE,
  WF_EFFECT_UNSUBSCRIBE
};

// A message. Texts and values live as long as the run's action row.
struct wf_effect {
  enum wf_effect_kind kind;
  int32_t seq; // of the event that asked for it: per-run order
  int32_t action_no, attempt, step_no;
  int32_t subscription_no;
  const struct wf_function *function; // of a worker's, else NULL
  const char *reference;              // of the task; TELL: NULL
  jv arguments; // REQUEST: arguments; EMIT, TELL: the CloudEvent; owned by the decision
  usec_t deadline_at;
  // CANCEL: the attempt's, NULL = none; the action may have its next one by now.
  const char *external_reference;
};

// May be delivered late or, other than an action's, too early: then it comes again in a
// decision without events. An action's guard that is delivered before its deadline says
// that the worker fell silent.
struct wf_timer {
  int32_t timer_no; // never used twice in a run
  usec_t due_at;
  int32_t action_no; // > 0: guards this action's deadline; else a wait, backoff or timeout
};

// Events that did not match, recorded per listener; beyond that they leave no trace.
enum { WF_REJECTED_MAX = 16 };

// Tasks entered, and bytes of what they take and give, by one decision before the run gives
// way to others by a timer due now: a decision is one transaction, or part of one;
// late results recorded per run, beyond which they leave no event.
enum { WF_TURN_ENTRIES_MAX = 1000, WF_TURN_BYTES_MAX = 4 << 20, WF_LATE_RESULTS_MAX = 16 };

// What of the specification's lifecycle events a run tells: nothing, those that it must,
// the optional changes of status too.
enum wf_lifecycle { WF_LIFECYCLE_NONE, WF_LIFECYCLE_REQUIRED, WF_LIFECYCLE_STATUS };

struct wf_bounds {
  int32_t steps_max;      // tasks entered per run, retries included
  size_t value_bytes_max; // of any input, output, context or argument; of the events that wait for foreach
  usec_t lookback; // how long before it began a listener may be handed events
  enum wf_lifecycle lifecycle;
};

struct wf_decision { // all arrays in the arena given
  struct wf_event *events;
  size_t event_count;
  struct wf_effect *effects;
  size_t effect_count;
  struct wf_timer *timers;
  size_t timer_count;
  size_t bytes; // of the values taken and given, as JSON: what it writes, roughly
  // An event that the run has no room for now: nothing was decided, it is to come again.
  bool comes_again;
};

// Never fails: whatever goes wrong in a run is an event of that run. An input that is
// stale (a timer that no longer counts, an answer to an older attempt) makes no
// events, or one that records it as late.
void wf_decide(struct wf_run *run, const struct wf_definition *definition, const struct wf_evaluator *evaluator,
               const struct wf_bounds *bounds, const struct wf_input *input, struct arena *arena,
               struct wf_decision *out);

// Releases the jv references a decision holds (events' data, arguments).
void wf_decision_clear(struct wf_decision *decision);
