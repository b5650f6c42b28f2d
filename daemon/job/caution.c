// SPDX-License-Identifier: Apache-2.0
#include "job/caution.h"

#include <string.h>

#include "base/log.h"
#include "job/job_internal.h"

enum {
  UNCLEAN_ENDS_CAREFUL = 2, // ends in a row that make the next owner careful
  DOUBLINGS_MAX = 20,
  DEATHS_MAX = 2,           // of one input, before it is set aside
};

// ---- how careful ------------------------------------------------------------

void caution_taken(struct lane *lane, const struct store_takeover_reply *reply) {
  int ends = 0;
  for (size_t i = 0; i < reply->home_count; i++)
    if (reply->homes[i].unclean_ends > ends) ends = reply->homes[i].unclean_ends;
  lane->settle_at = ends ? job_boottime(lane->job) + lane->job->config.settle_after : 0;
  lane->is_given_back = false;
  lane->careful = 0;
  if (ends < UNCLEAN_ENDS_CAREFUL) return;
  int doublings = ends - UNCLEAN_ENDS_CAREFUL < DOUBLINGS_MAX ? ends - UNCLEAN_ENDS_CAREFUL : DOUBLINGS_MAX;
  lane->careful = lane->job->config.careful_inputs << doublings;
  log_warning("lane %d: the last %d owners of its homes ended soon after they had taken them: the next %zu inputs are taken one by one",
              lane->number, ends, lane->careful);
}

bool caution_waits(const struct lane *lane) {
  const struct lane *trying = lane->job->trying;
  return lane->careful && trying && trying != lane;
}

bool caution_may_begin(struct lane *lane) {
  if (lane->careful) lane->batch_limit = 1;
  return !caution_waits(lane);
}

static void tried(struct lane *lane) {
  lane->is_announced = false;
  if (lane->job->trying == lane) lane->job->trying = NULL;
}

void caution_reset(struct lane *lane) {
  tried(lane);
  lane->settle_at = 0;
  lane->careful = 0;
  lane->is_given_back = false;
}

// ---- announcing -------------------------------------------------------------

static struct home *home_of(const struct lane *lane, const struct item *item) {
  if (item->kind == ITEM_TIMER) return lane_home(lane, item->timer.home);
  if (item->kind == ITEM_ANSWER) return lane_home(lane, (int)uuid_home(&item->answer.action.run_id));
  return item->kind == ITEM_FANOUT ? item->fanout->home : item->source;
}

// The same for whoever tries it: kind and position at its home.
static const char *name_of(struct arena *arena, const struct item *item) {
  char id[UUID_TEXT_SIZE];
  switch (item->kind) {
  case ITEM_TRIGGER:
  case ITEM_COMMAND:
  case ITEM_RESULT: return arena_printf(arena, "record %lld", (long long)item->record.offset);
  case ITEM_GAP: return arena_printf(arena, "gap %lld", (long long)item->record.offset);
  case ITEM_INBOX: return arena_printf(arena, "inbox %d %lld", item->inbox_source, (long long)item->inbox_position);
  case ITEM_ORDER: return arena_printf(arena, "command %lld", (long long)item->order.command_id);
  case ITEM_FANOUT: return arena_printf(arena, "fanout %s %d", uuid_format(&item->fanout->trigger_id, id), item->fanout->cursor);
  case ITEM_SLOT: return arena_printf(arena, "slot %d %lld", item->schedule_no, (long long)item->slot_due);
  case ITEM_ANSWER: return arena_printf(arena, "answer %s %d", uuid_format(&item->answer.action.run_id, id), item->answer.action.action_no);
  case ITEM_TIMER: return arena_printf(arena, "timer %s %d", uuid_format(&item->timer.run_id, id), item->timer.timer_no);
  }
  return "";
}

bool caution_announce(struct lane *lane) {
  const struct item *item = TAILQ_FIRST(&lane->taken);
  if (!lane->careful || !item || lane->is_announced) return false;
  const struct home *home = home_of(lane, item);
  if (!home) return false;
  batch_reset(&lane->batch);
  lane->request.announce = (struct store_announce){.home = home->number,
                                                   .epoch = home->epoch,
                                                   .batch_no = home->batch_no + 1,
                                                   .instance = lane->job->config.instance,
                                                   .input = name_of(lane->batch.arena, item)};
  lane->job->trying = lane;
  lane_submit(lane, LANE_ANNOUNCING, STORE_ANNOUNCE);
  return true;
}

void caution_announced(struct lane *lane, const struct store_reply *reply) {
  const struct store_announce *announce = &lane->request.announce;
  struct item *item = TAILQ_FIRST(&lane->taken);
  if (reply->status != STORE_OK) tried(lane);
  if (reply->status == STORE_FENCED) {
    commit_fenced(lane, &reply->error);
    return;
  }
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "announcing an input", &reply->error);
    return;
  }
  lane->is_announced = true;
  item->deaths = reply->announce.deaths;
  if (item->deaths < DEATHS_MAX) return;
  log_error("home %d: %s is set aside: %d instances died of it", announce->home, announce->input, item->deaths);
  item_reject(item, "crash_loop", xasprintf("%d instances died while they were taking it in", item->deaths));
}

void caution_committed(struct lane *lane) {
  tried(lane);
  if (lane->careful && lane->taken_count) lane->careful--;
}

// ---- being well -------------------------------------------------------------

static void submit_settle(struct lane *lane, bool gives_back) {
  struct arena *arena = lane->batch.arena;
  int *homes = arena_alloc(arena, lane->home_count * sizeof *homes);
  int64_t *epochs = arena_alloc(arena, lane->home_count * sizeof *epochs);
  size_t count = 0;
  for (size_t i = 0; i < lane->home_count; i++) {
    if (!lane->homes[i].epoch) continue;
    homes[count] = lane->homes[i].number;
    epochs[count++] = lane->homes[i].epoch;
  }
  lane->request.settle = (struct store_settle){homes, epochs, count, lane->job->config.instance, gives_back};
  lane_submit(lane, LANE_SETTLING, STORE_SETTLE);
}

bool caution_settle(struct lane *lane) {
  if (!lane->settle_at || lane->is_given_back || job_boottime(lane->job) < lane->settle_at) return false;
  submit_settle(lane, false);
  return true;
}

usec_t caution_next(const struct lane *lane) { return lane->settle_at && !lane->is_given_back ? lane->settle_at : USEC_NEVER; }

bool caution_is_given_back(const struct lane *lane) {
  if (lane->is_given_back) return true;
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].epoch) return false;
  return true;
}

bool caution_give_back(struct lane *lane) {
  if (caution_is_given_back(lane)) return false;
  submit_settle(lane, true);
  return true;
}

// Giving back is a courtesy: without it, or when the database is away, the next owner
// counts an end that was none.
void caution_settled(struct lane *lane, const struct store_reply *reply) {
  if (lane->request.settle.gives_back) {
    lane->is_given_back = true;
  } else if (reply->status != STORE_OK) {
    lane_backoff(lane, "saying that all is well", &reply->error);
  } else {
    lane->settle_at = 0;
    lane->careful = 0;
  }
}
