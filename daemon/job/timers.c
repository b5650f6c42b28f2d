// SPDX-License-Identifier: Apache-2.0
#include "job/timers.h"

#include <bsd/sys/tree.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"

// Hash keys are compared as bytes, so there must be no padding in them.
struct key {
  struct uuid run_id;
  int32_t number;
};

struct entry {
  struct timer timer;
  struct key by_timer, by_action;
  struct home_timers *home;
  RB_ENTRY(entry) due;
  RB_ENTRY(entry) home_due;    // recorded
  TAILQ_ENTRY(entry) open;     // unrecorded, all homes, in order of arming
  TAILQ_ENTRY(entry) home_open; // unrecorded, of this home
  UT_hash_handle hh_timer, hh_action;
};

static int entry_compare(const struct entry *a, const struct entry *b) {
  if (a->timer.due_at != b->timer.due_at) return a->timer.due_at < b->timer.due_at ? -1 : 1;
  int runs = uuid_compare(&a->timer.run_id, &b->timer.run_id);
  if (runs) return runs;
  return (a->timer.timer_no > b->timer.timer_no) - (a->timer.timer_no < b->timer.timer_no);
}

RB_HEAD(due_tree, entry);
RB_HEAD(home_tree, entry);
TAILQ_HEAD(open_list, entry);

// Not RB_GENERATE_STATIC: it needs a macro that only BSD's own headers define.
#define GENERATED static __attribute__((unused))
RB_GENERATE_INTERNAL(due_tree, entry, due, entry_compare, GENERATED)
RB_GENERATE_INTERNAL(home_tree, entry, home_due, entry_compare, GENERATED)

struct home_timers {
  int home;
  size_t count;
  struct home_tree recorded;
  struct open_list open;
  UT_hash_handle hh;
};

struct timers {
  struct due_tree due;
  struct open_list open;
  struct entry *by_timer, *by_action;
  struct home_timers *homes;
  size_t count;
};

static bool is_watched(const struct timer *timer) { return timer->heartbeat > 0 || timer->native; }

struct timers *timers_new(void) {
  struct timers *timers = xcalloc(1, sizeof *timers);
  RB_INIT(&timers->due);
  TAILQ_INIT(&timers->open);
  return timers;
}

static struct home_timers *home_find(const struct timers *timers, int home) {
  struct home_timers *found;
  HASH_FIND_INT(timers->homes, &home, found);
  return found;
}

static struct home_timers *home_get(struct timers *timers, int home) {
  struct home_timers *entry = home_find(timers, home);
  if (entry) return entry;
  entry = xcalloc(1, sizeof *entry);
  entry->home = home;
  RB_INIT(&entry->recorded);
  TAILQ_INIT(&entry->open);
  HASH_ADD_INT(timers->homes, home, entry);
  return entry;
}

static void link_recorded(struct entry *entry) { RB_INSERT(home_tree, &entry->home->recorded, entry); }

static void link_open(struct timers *timers, struct entry *entry) {
  TAILQ_INSERT_TAIL(&timers->open, entry, open);
  TAILQ_INSERT_TAIL(&entry->home->open, entry, home_open);
}

static void unlink_open(struct timers *timers, struct entry *entry) {
  TAILQ_REMOVE(&timers->open, entry, open);
  TAILQ_REMOVE(&entry->home->open, entry, home_open);
}

static void entry_remove(struct timers *timers, struct entry *entry) {
  RB_REMOVE(due_tree, &timers->due, entry);
  if (entry->timer.recorded)
    RB_REMOVE(home_tree, &entry->home->recorded, entry);
  else
    unlink_open(timers, entry);
  HASH_DELETE(hh_timer, timers->by_timer, entry);
  if (entry->timer.action_no > 0) HASH_DELETE(hh_action, timers->by_action, entry);
  entry->home->count--;
  timers->count--;
  free(entry);
}

void timers_free(struct timers *timers) {
  if (!timers) return;
  struct home_timers *home, *next;
  HASH_ITER(hh, timers->homes, home, next) {
    timers_remove_home(timers, home->home);
    HASH_DEL(timers->homes, home);
    free(home);
  }
  free(timers);
}

static struct key key_of(const struct uuid *run_id, int32_t number) { return (struct key){*run_id, number}; }

static struct entry *find_timer(const struct timers *timers, const struct uuid *run_id, int32_t timer_no) {
  struct key key = key_of(run_id, timer_no);
  struct entry *entry;
  HASH_FIND(hh_timer, timers->by_timer, &key, sizeof key, entry);
  return entry;
}

static struct entry *find_guard(const struct timers *timers, const struct uuid *run_id, int32_t action_no) {
  struct key key = key_of(run_id, action_no);
  struct entry *entry;
  HASH_FIND(hh_action, timers->by_action, &key, sizeof key, entry);
  return entry;
}

void timers_add(struct timers *timers, const struct timer *timer) {
  struct entry *old = find_timer(timers, &timer->run_id, timer->timer_no);
  if (old) entry_remove(timers, old);
  if (timer->action_no > 0) timers_remove_guard(timers, &timer->run_id, timer->action_no);
  struct entry *entry = xcalloc(1, sizeof *entry);
  entry->timer = *timer;
  entry->home = home_get(timers, timer->home);
  entry->by_timer = key_of(&timer->run_id, timer->timer_no);
  entry->by_action = key_of(&timer->run_id, timer->action_no);
  RB_INSERT(due_tree, &timers->due, entry);
  if (timer->recorded)
    link_recorded(entry);
  else
    link_open(timers, entry);
  HASH_ADD(hh_timer, timers->by_timer, by_timer, sizeof entry->by_timer, entry);
  if (timer->action_no > 0) HASH_ADD(hh_action, timers->by_action, by_action, sizeof entry->by_action, entry);
  entry->home->count++;
  timers->count++;
}

void timers_remove(struct timers *timers, const struct uuid *run_id, int32_t timer_no) {
  struct entry *entry = find_timer(timers, run_id, timer_no);
  if (entry) entry_remove(timers, entry);
}

void timers_remove_guard(struct timers *timers, const struct uuid *run_id, int32_t action_no) {
  struct entry *entry = find_guard(timers, run_id, action_no);
  if (entry) entry_remove(timers, entry);
}

void timers_remove_home(struct timers *timers, int home) {
  struct home_timers *h = home_find(timers, home);
  if (!h) return;
  struct entry *entry;
  while ((entry = RB_ROOT(&h->recorded))) entry_remove(timers, entry);
  while ((entry = TAILQ_FIRST(&h->open))) entry_remove(timers, entry);
}

bool timers_has(const struct timers *timers, const struct uuid *run_id, int32_t timer_no) {
  return find_timer(timers, run_id, timer_no) != NULL;
}

bool timers_watches(const struct timers *timers, const struct uuid *run_id, int32_t timer_no) {
  const struct entry *entry = find_timer(timers, run_id, timer_no);
  return entry && is_watched(&entry->timer);
}

void timers_recorded(struct timers *timers, const struct uuid *run_id, int32_t timer_no) {
  struct entry *entry = find_timer(timers, run_id, timer_no);
  if (!entry || entry->timer.recorded) return;
  entry->timer.has_row = true;
  if (is_watched(&entry->timer)) return;
  unlink_open(timers, entry);
  entry->timer.recorded = true;
  link_recorded(entry);
}

void timers_rewritten(struct timers *timers, const struct uuid *run_id, int32_t timer_no, int64_t batch_no, usec_t boottime) {
  struct entry *entry = find_timer(timers, run_id, timer_no);
  if (!entry || entry->timer.recorded) return;
  unlink_open(timers, entry);
  entry->timer.batch_no = batch_no;
  entry->timer.armed_at = boottime;
  link_open(timers, entry);
}

bool timers_heartbeat(struct timers *timers, const struct uuid *run_id, int32_t action_no, int32_t attempt, usec_t now) {
  struct entry *entry = find_guard(timers, run_id, action_no);
  if (!entry || entry->timer.attempt != attempt) return false;
  if (entry->timer.heartbeat <= 0) return true;
  usec_t due = now + entry->timer.heartbeat;
  if (due > entry->timer.deadline) due = entry->timer.deadline;
  // A recorded row stays where it is: it is a hint, and timer_low must not pass it.
  if (entry->timer.recorded) RB_REMOVE(home_tree, &entry->home->recorded, entry);
  RB_REMOVE(due_tree, &timers->due, entry);
  entry->timer.due_at = due;
  RB_INSERT(due_tree, &timers->due, entry);
  if (entry->timer.recorded) link_recorded(entry);
  return true;
}

usec_t timers_next(const struct timers *timers) {
  const struct entry *first = RB_MIN(due_tree, (struct due_tree *)&timers->due);
  return first ? first->timer.due_at : USEC_NEVER;
}

bool timers_pop(struct timers *timers, usec_t now, struct timer *ret) {
  struct entry *first = RB_MIN(due_tree, &timers->due);
  if (!first || first->timer.due_at > now) return false;
  *ret = first->timer;
  entry_remove(timers, first);
  return true;
}

usec_t timers_low(const struct timers *timers, int home) {
  struct home_timers *h = home_find(timers, home);
  const struct entry *first = h ? RB_MIN(home_tree, &h->recorded) : NULL;
  return first ? first->timer.due_at : USEC_NEVER;
}

int64_t timers_guard_low(const struct timers *timers, int home) {
  struct home_timers *h = home_find(timers, home);
  const struct entry *first = h ? TAILQ_FIRST(&h->open) : NULL;
  return first ? first->timer.batch_no : INT64_MAX;
}

const struct timer *timers_oldest_guard(const struct timers *timers) {
  const struct entry *first = TAILQ_FIRST(&timers->open);
  return first ? &first->timer : NULL;
}

void timers_unrecorded(const struct timers *timers, usec_t boottime, bool (*visit)(void *context, const struct timer *), void *context) {
  const struct entry *entry;
  TAILQ_FOREACH(entry, &timers->open, open) {
    if (entry->timer.armed_at > boottime || !visit(context, &entry->timer)) return;
  }
}

size_t timers_count(const struct timers *timers) { return timers->count; }

size_t timers_count_home(const struct timers *timers, int home) {
  struct home_timers *h = home_find(timers, home);
  return h ? h->count : 0;
}
