// SPDX-License-Identifier: Apache-2.0
// One input of a batch, from its arrival until the commit that takes it in. It keeps
// the bytes as received, so that a batch that failed is decoded and decided again from
// the same input.
#pragma once

#include <sys/queue.h>

#include "job/message.h"
#include "job/store.h"
#include "job/timers.h"
#include "job/world.h"

enum item_kind {
  ITEM_TRIGGER, // records, by their topic
  ITEM_COMMAND,
  ITEM_RESULT,
  ITEM_GAP,     // records that are gone: `record` is the first of them
  ITEM_INBOX,   // a record that another home received for a run of ours
  ITEM_ORDER,   // a row of `workflow.command`
  ITEM_FANOUT,  // the next piece of a trigger with many recipients
  ITEM_TIMER,
  ITEM_SLOT,    // something of a schedule is due
  ITEM_ANSWER,  // of an action that the daemon did itself
};

struct item {
  TAILQ_ENTRY(item) link;
  enum item_kind kind;
  struct home *source; // of a record: the partition it was read from; of an inbox row: whose it is
  struct record record;
  int64_t inbox_position;
  int inbox_source; // home
  int64_t replay;   // an inbox row: this quarantined record comes again, as it came; 0 = none
  bool is_command;  // an inbox row: what another home received is a command
  bool is_event;    // an inbox row: an event for a run that listens
  bool is_start;    // an inbox row: all events are there that a workflow starts on
  bool is_judge;    // an inbox row: the condition that such events end with is to be asked
  bool is_put_off;  // an answer: this batch cannot use it, it comes again
  int put_off;      // how often it was; at most STORE_PUT_OFF_STEPS
  usec_t not_before; // boottime; of what was put off
  struct uuid run_id; // of an event: the run
  struct store_command_row order;
  int32_t order_runs; // runs that earlier pieces of the order changed
  int64_t gap_end; // the offset behind the gap
  struct fanout *fanout;
  struct timer timer;
  struct action_result answer; // its texts are the item's
  int32_t schedule_no; // a slot: of `source`, due then
  usec_t slot_due;
  usec_t arrived_at; // boottime
  size_t bytes; // what it counts against the queue's bound
  bool again;   // a piece is done; the rest follows in a later batch
  // Why it cannot be taken in as it is: found by bisecting a batch that PostgreSQL
  // refused, or because instances died of it. Owned; NULL = nothing known.
  char *rejected;
  const char *rejected_code; // reason code: "not_storable", "crash_loop", "rows_damaged"
  bool is_passed_over; // a timer, an answer: even suspending its run, or its failure, is refused
  int deaths;                // instances that died of it
};

TAILQ_HEAD(item_list, item);

// Copies the record and all it points to.
struct item *item_from_record(enum item_kind kind, struct home *source, const struct record *record);
struct item *item_from_gap(struct home *home, int64_t from, int64_t until);
// As topics of what SQL hands over, which no partition brought: an event for a run that
// listens, whose key is the run's id; a start; a judging. Their partition is the home. No topic of Kafka
// has such a name.
#define ITEM_TOPIC_EVENT "inbox/event"
#define ITEM_TOPIC_START "inbox/start"
#define ITEM_TOPIC_JUDGE "inbox/judge"
struct item *item_from_inbox(struct home *home, const struct store_inbox_row *row);
struct item *item_from_order(struct home *home, const struct store_command_row *row);
struct item *item_from_fanout(struct fanout *fanout);
struct item *item_from_answer(const struct action_id *action, int32_t attempt, const struct world_answer *answer);
struct item *item_from_timer(const struct timer *timer);
struct item *item_from_slot(struct home *home, int32_t schedule_no, usec_t due);
// It is set aside instead of being taken in. Takes the text; the code is static.
void item_reject(struct item *item, const char *code, char *why);
void item_free(struct item *item); // takes NULL
void item_list_free(struct item_list *list);

// Whether the item moves its source's offset.
static inline bool item_is_record(const struct item *item) { return item->kind <= ITEM_RESULT; }
