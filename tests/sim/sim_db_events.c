// SPDX-License-Identifier: Apache-2.0
// The part of the model about events and who listens for them: workflow.correlate() and
// hand_over(). Those that start workflows are in sim_db_gather.c.
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

enum { FEW = 16 }; // of one event, or of one listener: handed over at once

static char *own(struct text text) { return text.data ? xstrndup(text.data, text.size) : xstrdup(""); }

static void arrival_free(struct sim_arrival *arrival) {
  free(arrival->tenant);
  free(arrival->type);
  free(arrival->source);
  free(arrival->id);
  free(arrival->subject);
  free(arrival->event);
}

static void subscription_free(struct sim_subscription *subscription) {
  free(subscription->tenant);
  free(subscription->type);
  free(subscription->source);
  free(subscription->subject);
}

void sim_events_free(struct sim_db *db) {
  vec_foreach(arrival, &db->arrivals) arrival_free(arrival);
  vec_foreach(subscription, &db->subscriptions) subscription_free(subscription);
  vec_foreach(handover, &db->handovers) free(handover->row.payload);
  vec_free(&db->handovers);
  vec_free(&db->woken);
  vec_free(&db->unfinished);
  sim_gather_free(db);
  vec_free(&db->arrivals);
  vec_free(&db->subscriptions);
}

static bool fits(const char *wanted, const char *actual) { return !*wanted || strcmp(wanted, actual) == 0; }

// Conditions are left to the run: a driver need not heed them.
static bool hears(const struct sim_subscription *subscription, const struct sim_arrival *arrival) {
  return strcmp(subscription->tenant, arrival->tenant) == 0 && fits(subscription->type, arrival->type) &&
         fits(subscription->source, arrival->source) && fits(subscription->subject, arrival->subject);
}

void sim_events_put(struct sim_db *db, struct sim_inbox row) {
  row.src_pos = ++db->matches;
  vec_push(&db->woken, row.dst_home);
  vec_push(&db->inbox, row);
}

// Until it is known how many there are, what a home hands over waits.
static void hand_over(struct sim_db *db, int home, const struct sim_subscription *subscription, const struct sim_arrival *arrival) {
  char head[64];
  int size = snprintf(head, sizeof head, "{\"subscription\":%d,\"event\":", (int)subscription->subscription_no);
  size_t total = (size_t)size + strlen(arrival->event) + 1;
  char *payload = xmalloc(total + 1);
  snprintf(payload, total + 1, "%s%s}", head, arrival->event);
  vec_push(&db->handovers, (struct sim_handover){home, {.dst_home = (int)uuid_home(&subscription->run_id),
                                                        .src_home = STORE_MATCH_SOURCE + home,
                                                        .kind = "event",
                                                        .run_id = subscription->run_id,
                                                        .payload = payload,
                                                        .size = total,
                                                        .subscription_no = subscription->subscription_no,
                                                        .arrival = (size_t)(arrival - db->arrivals.items)}});
}

// The first `count` that wait for this home since `from`.
static void take_piece(struct sim_db *db, size_t from, int home, size_t count) {
  size_t kept = from;
  for (size_t i = from; i < db->handovers.count; i++) {
    struct sim_handover *handover = &db->handovers.items[i];
    if (handover->home == home && count > 0) {
      sim_events_put(db, handover->row);
      count--;
    } else {
      db->handovers.items[kept++] = *handover;
    }
  }
  db->handovers.count = kept;
}

// What waits since `from` is of one event or one listener: a few are handed over at once.
static void few_at_once(struct sim_db *db, size_t from) {
  if (db->handovers.count == from) return;
  int home = db->handovers.items[from].home;
  if (db->handovers.count - from <= FEW) take_piece(db, from, home, FEW);
  else vec_push(&db->unfinished, home);
}

bool sim_events_hands_over(const struct sim_db *db, int home) {
  vec_foreach(handover, &db->handovers) {
    if (handover->home == home) return true;
  }
  return false;
}

static const int *copied(struct sim_db *db, const int *homes, size_t count) {
  int *copy = arena_alloc(db->reply_arena, (count + 1) * sizeof *copy);
  if (count) memcpy(copy, homes, count * sizeof *copy);
  return copy;
}

void sim_events_read(struct sim_db *db, struct store_commit_reply *out) {
  out->woken = copied(db, db->woken.items, db->woken.count);
  out->woken_count = db->woken.count;
  out->unfinished = copied(db, db->unfinished.items, db->unfinished.count);
  out->unfinished_count = db->unfinished.count;
  vec_reset(&db->woken);
  vec_reset(&db->unfinished);
}

// One filter that wants the event is enough: each listener gets it once.
static bool is_first(const struct sim_db *db, size_t index, const struct sim_arrival *arrival) {
  const struct sim_subscription *subscription = &db->subscriptions.items[index];
  for (size_t i = 0; i < index; i++) {
    const struct sim_subscription *other = &db->subscriptions.items[i];
    if (uuid_equal(&other->run_id, &subscription->run_id) && other->subscription_no == subscription->subscription_no && hears(other, arrival)) return false;
  }
  return true;
}

static void end(struct sim_db *db, const struct store_unsubscription *ended) {
  size_t kept = 0;
  for (size_t i = 0; i < db->subscriptions.count; i++) {
    struct sim_subscription *subscription = &db->subscriptions.items[i];
    if (uuid_equal(&subscription->run_id, &ended->run_id) && subscription->subscription_no == ended->subscription_no)
      subscription_free(subscription);
    else
      db->subscriptions.items[kept++] = *subscription;
  }
  db->subscriptions.count = kept;
}

static void arrive(struct sim_db *db, const struct store_arrival *row, usec_t clock) {
  struct sim_arrival arrival = {own(row->tenant), own(row->type), own(row->source), own(row->id), own(row->subject), own(row->event), clock, row->home};
  vec_foreach(other, &db->arrivals) {
    if (strcmp(other->id, arrival.id) != 0 || strcmp(other->source, arrival.source) != 0 || strcmp(other->tenant, arrival.tenant) != 0) continue;
    arrival_free(&arrival);
    return;
  }
  vec_push(&db->arrivals, arrival);
  const struct sim_arrival *last = &db->arrivals.items[db->arrivals.count - 1];
  size_t from = db->handovers.count;
  for (size_t i = 0; i < db->subscriptions.count; i++)
    if (hears(&db->subscriptions.items[i], last) && is_first(db, i, last)) hand_over(db, row->home, &db->subscriptions.items[i], last);
  few_at_once(db, from);
}

static bool ends_at_once(const struct store_commit *commit, const struct store_subscription *row) {
  for (size_t i = 0; i < commit->unsubscription_count; i++)
    if (uuid_equal(&commit->unsubscriptions[i].run_id, &row->run_id) && commit->unsubscriptions[i].subscription_no == row->subscription_no) return true;
  return false;
}

static void begin(struct sim_db *db, const struct store_subscription *row, usec_t since) {
  vec_push(&db->subscriptions, (struct sim_subscription){row->run_id, row->subscription_no, row->filter_no, own(row->tenant), own(row->type),
                                                         own(row->source), own(row->subject)});
  size_t last = db->subscriptions.count - 1, from = db->handovers.count;
  vec_foreach(arrival, &db->arrivals) {
    if (arrival->at >= since && hears(&db->subscriptions.items[last], arrival) && is_first(db, last, arrival))
      hand_over(db, (int)uuid_home(&row->run_id), &db->subscriptions.items[last], arrival);
  }
  few_at_once(db, from);
}

void sim_events_write(struct sim_db *db, const struct store_commit *commit, usec_t clock) {
  vec_reset(&db->woken);
  vec_reset(&db->unfinished);
  for (size_t i = 0; i < commit->handing_count; i++) {
    int home = commit->handing[i];
    take_piece(db, 0, home, (size_t)commit->handing_piece);
    if (sim_events_hands_over(db, home)) vec_push(&db->unfinished, home);
  }
  for (size_t i = 0; i < commit->unsubscription_count; i++) end(db, &commit->unsubscriptions[i]);
  size_t known = db->arrivals.count;
  for (size_t i = 0; i < commit->arrival_count; i++) arrive(db, &commit->arrivals[i], clock);
  sim_gather_write(db, commit, known);
  for (size_t i = 0; i < commit->subscription_count; i++)
    if (!ends_at_once(commit, &commit->subscriptions[i])) begin(db, &commit->subscriptions[i], clock - commit->lookback);
}
