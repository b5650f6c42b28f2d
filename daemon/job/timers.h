// SPDX-License-Identifier: Apache-2.0
// The timers that a lane holds in memory: those due within the horizon. Each is either
// recorded (a row of `workflow.timer` says it) or a guard of an action's deadline that
// no row records yet: after a crash such a guard is derived again from the requests of
// its batch, so an action that is answered soon costs no row. A row knows no heartbeats:
// a guard that expects some is never recorded, but written down again in a later batch;
// so is that of an action that the daemon does itself.
// Instants are the database's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uuid.h"

struct timers;

struct timer {
  struct uuid run_id;
  int32_t timer_no;
  int32_t action_no; // > 0: guards that action
  int32_t attempt;   // of the action
  int home;
  usec_t due_at;
  usec_t heartbeat;  // longest silence of the worker, 0 = none expected
  bool native;       // of an action that the daemon does itself: whoever takes over must know
  usec_t deadline;   // of a guard: due_at is never later
  bool recorded;     // a row says it
  bool has_row;      // not `recorded`, but a row says the deadline
  int64_t batch_no;  // of the guard's request
  usec_t armed_at;   // boottime
};

struct timers *timers_new(void);
void timers_free(struct timers *timers);

// Copies the timer; one with the same run and number is replaced.
void timers_add(struct timers *timers, const struct timer *timer);
// Removes it if it is there.
void timers_remove(struct timers *timers, const struct uuid *run_id, int32_t timer_no);
void timers_remove_guard(struct timers *timers, const struct uuid *run_id, int32_t action_no);
void timers_remove_home(struct timers *timers, int home);
bool timers_has(const struct timers *timers, const struct uuid *run_id, int32_t timer_no);
// Whether it is a guard that is never recorded.
bool timers_watches(const struct timers *timers, const struct uuid *run_id, int32_t timer_no);
// A row records it from now on; of one that expects heartbeats, only its deadline.
void timers_recorded(struct timers *timers, const struct uuid *run_id, int32_t timer_no);
// An unrecorded guard stands in that later batch too, as of `boottime`.
void timers_rewritten(struct timers *timers, const struct uuid *run_id, int32_t timer_no, int64_t batch_no, usec_t boottime);
// The worker gave a sign of life at `now`. False when there is no such open guard.
bool timers_heartbeat(struct timers *timers, const struct uuid *run_id, int32_t action_no, int32_t attempt, usec_t now);

// The earliest instant, or USEC_NEVER.
usec_t timers_next(const struct timers *timers);
// Takes the earliest timer out if it is due at `now`.
bool timers_pop(struct timers *timers, usec_t now, struct timer *ret);

// Earliest recorded timer of a home, or USEC_NEVER.
usec_t timers_low(const struct timers *timers, int home);
// Lowest batch with an unrecorded guard of this home, or INT64_MAX.
int64_t timers_guard_low(const struct timers *timers, int home);
// The unrecorded guard that was armed first, or NULL. Borrowed until the next change.
const struct timer *timers_oldest_guard(const struct timers *timers);
// Visits unrecorded guards armed before `boottime`, oldest first, until visit says false.
void timers_unrecorded(const struct timers *timers, usec_t boottime, bool (*visit)(void *context, const struct timer *), void *context);

size_t timers_count(const struct timers *timers);
size_t timers_count_home(const struct timers *timers, int home);
