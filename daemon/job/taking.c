// SPDX-License-Identifier: Apache-2.0
#include "job/taking.h"

#include "base/log.h"
#include "job/job_internal.h"
#include "job/slots.h"

enum {
  STARTS_SHARE = 8, // of a batch, at least one part in so many is for new runs that wait
};

#define HELD_TELL (5 * USEC_PER_SEC) // shorter holds are every day's back-pressure

// ---- taking -----------------------------------------------------------------

// Of messages that are not delivered, or of calls that are not done.
static bool is_full(const struct lane *lane) { return outbox_is_full(lane->outbox) || calls_is_full(lane->calls); }

// Control comes first. One by key is a batch of its own: what it looks for must not be
// changed by other inputs of the same transaction.
static bool take_orders(struct lane *lane) {
  struct item *item;
  if (outbox_is_overfull(lane->outbox)) return false;
  while (lane->taken_count < lane->batch_limit && (item = TAILQ_FIRST(&lane->orders))) {
    bool by_key = !item->order.has_run_id;
    if (by_key && lane->taken_count) return true;
    TAILQ_REMOVE(&lane->orders, item, link);
    lane_take(lane, item);
    if (by_key) return true;
  }
  return false;
}

static void take_timers(struct lane *lane, size_t most) {
  struct timer timer;
  usec_t now = job_clock(lane->job);
  while (lane->taken_count < most && timers_pop(lane->timers, now, &timer)) {
    lane_take(lane, item_from_timer(&timer));
    lane->job->stats.timers_fired++;
  }
}

// At the bound of open fan-outs no trigger is taken: it may be the next of them.
static bool has_starts(const struct lane *lane) {
  if (lane->job->is_intake_paused) return false;
  return !queue_is_empty(&lane->queue, STREAM_STARTS) && lane->fanout_count < lane->job->config.bounds.fanouts;
}

static bool has_records(const struct lane *lane) { return has_starts(lane) || !queue_is_empty(&lane->queue, STREAM_ANSWERS); }

static void take_queued(struct lane *lane, enum stream stream, size_t most) {
  struct item *item;
  size_t bytes_max = lane->job->config.bounds.batch_bytes;
  while (lane->taken_count < most && lane->taken_bytes < bytes_max && (item = queue_take(&lane->queue, stream))) lane_take(lane, item);
}

// One piece of one fan-out; they take turns.
static void take_fanout(struct lane *lane) {
  struct fanout *fanout = fanout_ready(&lane->fanouts, job_boottime(lane->job));
  if (!fanout || lane->taken_count >= lane->batch_limit) return;
  TAILQ_REMOVE(&lane->fanouts, fanout, link);
  TAILQ_INSERT_TAIL(&lane->fanouts, fanout, link);
  lane_take(lane, item_from_fanout(fanout));
}

// A quota for each kind, so that none holds the others back: control first, then at
// most half of the batch for timers while records wait, then what goes on with runs, with
// room left for new ones, then those, then a piece of a fan-out. What was begun comes
// before what begins: a burst of triggers waits in Kafka, not in the middle of its runs.
// While too much is not delivered only control is taken: all else may ask for more.
void taking_inputs(struct lane *lane) {
  struct item *answer;
  if (lane->job->draining) {
    while (lane->taken_count < lane->batch_limit && (answer = queue_take_answer(&lane->queue))) lane_take(lane, answer);
    return;
  }
  if (take_orders(lane) || is_full(lane)) return;
  queue_release(&lane->queue, job_boottime(lane->job));
  size_t limit = lane->batch_limit;
  lane->taken_bytes = 0;
  size_t due_most = limit > 1 && has_records(lane) ? limit / 2 : limit;
  slots_take(lane, due_most);
  take_timers(lane, due_most);
  take_queued(lane, STREAM_ANSWERS, has_starts(lane) ? limit - limit / STARTS_SHARE : limit);
  if (has_starts(lane)) take_queued(lane, STREAM_STARTS, limit);
  take_fanout(lane);
  job_flow(lane->job);
}

bool taking_has_calls(const struct lane *lane) { return calls_in_flight(lane->calls) || queue_has_answer(&lane->queue); }

void taking_put_off(struct lane *lane, size_t kept) {
  struct item *item;
  while (lane->taken_count > kept && (item = TAILQ_LAST(&lane->taken, item_list))) {
    TAILQ_REMOVE(&lane->taken, item, link);
    lane->taken_count--;
    if (item->kind == ITEM_FANOUT || item->kind == ITEM_SLOT) {
      item_free(item); // the fan-out itself is still in its list, as the schedule is
      continue;
    }
    if (item->kind == ITEM_ORDER) {
      TAILQ_INSERT_HEAD(&lane->orders, item, link);
      continue;
    }
    queue_give_back(&lane->queue, item);
  }
}

// ---- when there is something --------------------------------------------------

bool taking_may_begin(const struct lane *lane) {
  if (!TAILQ_EMPTY(&lane->orders) && !outbox_is_overfull(lane->outbox)) return true;
  return !is_full(lane) && has_records(lane);
}

usec_t taking_next(const struct lane *lane) {
  if (is_full(lane)) return USEC_NEVER;
  usec_t next = fanout_next(&lane->fanouts), due = timers_next(lane->timers), slot = slots_next(lane);
  if (slot < next) next = slot;
  usec_t delayed = queue_delayed_next(&lane->queue);
  if (delayed < next) next = delayed;
  if (due == USEC_NEVER) return next;
  usec_t clock = job_clock(lane->job), at = job_boottime(lane->job) + (due > clock ? due - clock : 0);
  return at < next ? at : next;
}

// ---- being held ---------------------------------------------------------------

void taking_watch(struct lane *lane) {
  usec_t now = job_boottime(lane->job);
  if (!outbox_is_full(lane->outbox)) {
    if (lane->is_held) log_notice("lane %d: goes on: messages are delivered again", lane->number);
    lane->full_since = 0;
    lane->is_held = false;
    return;
  }
  if (!lane->full_since) lane->full_since = now;
  if (lane->is_held || now < lane->full_since + HELD_TELL) return;
  lane->is_held = true;
  log_warning("lane %d: takes only cancels and other commands by SQL until Kafka has taken what is not delivered: %zu messages, %zu bytes",
              lane->number, outbox_pending(lane->outbox), outbox_bytes(lane->outbox));
}
