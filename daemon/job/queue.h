// SPDX-License-Identifier: Apache-2.0
// What has arrived at a lane and is in no batch yet. It stands in two streams, which are
// taken and held back apart: a flood of triggers must not keep waiting what finishes the
// runs that are under way. Order holds within a stream; every partition, and every source
// of an inbox, lies wholly in one.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "job/item.h"

enum stream {
  STREAM_ANSWERS, // results, commands, inbox rows, timers given back: of runs under way
  STREAM_STARTS,  // triggers
};

enum { STREAM_COUNT = STREAM_STARTS + 1 };

struct stream_queue {
  struct item_list items;
  size_t count, bytes;
};

struct queue {
  struct stream_queue streams[STREAM_COUNT];
  size_t timers; // fired ones that a batch gave back
  size_t answers; // of calls
  struct item_list delayed; // each until its `not_before`; counted in no stream
  size_t delayed_answers;
};

void queue_init(struct queue *queue);
// Frees all items.
void queue_clear(struct queue *queue);

// Takes ownership. At the end, or before all others of its stream: it was taken already
// and is given back.
void queue_add(struct queue *queue, struct item *item);
void queue_give_back(struct queue *queue, struct item *item);
// It waits until its `not_before`; takes ownership. Those of one inbox source are given in the
// order of their instants.
void queue_delay(struct queue *queue, struct item *item);
// Adds what has waited long enough by `boottime`, in its order.
void queue_release(struct queue *queue, usec_t boottime);
// Adds those events that are for this run.
void queue_release_run(struct queue *queue, const struct uuid *run_id);
usec_t queue_delayed_next(const struct queue *queue); // boottime, USEC_NEVER without any
size_t queue_delayed_answers(const struct queue *queue);
// The next one, now the caller's; NULL when there is none.
struct item *queue_take(struct queue *queue, enum stream stream);

// The first answer of a call, past whatever is before it.
struct item *queue_take_answer(struct queue *queue);
bool queue_has_answer(const struct queue *queue);

// Gives back what begins runs among items that were taken, in its order; counts it off.
void queue_give_back_starts(struct queue *queue, struct item_list *taken, size_t *count);

bool queue_is_empty(const struct queue *queue, enum stream stream);
size_t queue_count(const struct queue *queue);
size_t queue_bytes(const struct queue *queue);
// Boottime at which the oldest record arrived, of all or of those that begin no run;
// USEC_NEVER when there is none.
usec_t queue_oldest(const struct queue *queue, bool with_starts);
// The earliest instant of the timers given back of that home, USEC_NEVER without any.
usec_t queue_timer_low(const struct queue *queue, int home);
// The lowest batch of those among them that are deadlines without a row, INT64_MAX without any.
int64_t queue_guard_low(const struct queue *queue, int home);
