// SPDX-License-Identifier: Apache-2.0
#include "job/gap.h"

#include "base/log.h"
#include "job/decision.h"
#include "job/job_internal.h"

int64_t gap_start_offset(struct home *home) {
  home->verifying = home->last_offset >= 0;
  home->stopped = false;
  return home->verifying ? home->last_offset : home->next_offset;
}

// Records from `from` to `until` - 1 are missing; reading goes on at `until` or stops.
static void lose(struct lane *lane, struct home *home, int64_t from, int64_t until, const char *why) {
  const struct job *job = lane->job;
  home->verifying = false;
  lane->job->stats.gaps++;
  if (until > from)
    log_error("%s/%d: %s: offsets %lld to %lld were not read", home->topic, home->partition, why, (long long)from, (long long)until - 1);
  else
    log_error("%s/%d: %s: what was there from offset %lld on was not read", home->topic, home->partition, why, (long long)from);
  struct item *item = item_from_gap(home, from, until);
  item->rejected = xstrdup(why);
  lane_enqueue(lane, item);
  if (job->config.gap_policy == JOB_GAP_CONTINUE) return;
  home->stopped = true;
  log_error("%s/%d: reading stops here (gap.policy: stop)", home->topic, home->partition);
}

bool gap_check_record(struct lane *lane, struct home *home, const struct record *record) {
  if (home->stopped) return false;
  if (!home->verifying) return true;
  home->verifying = false;
  if (record->offset > home->last_offset) return true; // compacted, or a mark of a transaction
  bool same = record->timestamp == home->last_timestamp && home_record_hash(record) == home->last_hash;
  if (same) return false; // the one that was consumed
  lose(lane, home, home->next_offset, home->next_offset, "the record at the last offset consumed is another one; the topic was deleted or made anew");
  if (home->stopped) return false;
  // All of it is new, also what stands before. This record comes again.
  home->next_offset = 0;
  lane->job->world->seek(lane->job->world->context, home->topic, home->partition, 0);
  return false;
}

void gap_found(struct lane *lane, struct home *home, int64_t low, int64_t high) {
  int64_t next = home->next_offset < 0 ? low : home->next_offset;
  home->verifying = false;
  bool backwards = high < next;
  if (backwards)
    lose(lane, home, next, next, "the partition ends before the last offset consumed; the topic was deleted or made anew");
  else if (low > next)
    lose(lane, home, next, low, "records were removed before they were read");
  if (!home->stopped) lane->job->world->seek(lane->job->world->context, home->topic, home->partition, backwards || low > next ? low : next);
}

void gap_record(struct lane *lane, const struct work *work) {
  const struct item *item = work->item;
  struct home *home = item->source;
  long long from = item->record.offset, until = item->gap_end;
  const char *text = until > from ? arena_printf(lane->batch.arena, "%s; offsets %lld to %lld were not read", item->rejected, from, until - 1)
                                  : arena_printf(lane->batch.arena, "%s; what was there from offset %lld on was not read", item->rejected, from);
  decision_quarantine(lane, work, (struct refusal){.code = "gap", .text = text});
  struct batch_fence *fence = batch_touch(&lane->batch, home);
  bool is_behind = item->gap_end > item->record.offset && item->gap_end > fence->next_offset;
  if (lane->job->config.gap_policy == JOB_GAP_CONTINUE && is_behind) fence->next_offset = item->gap_end;
}
