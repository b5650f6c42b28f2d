// SPDX-License-Identifier: Apache-2.0
#include "job/put_off.h"

#include "engine/listening.h"
#include "job/job_internal.h"

enum {
  LENGTHEN = 2,       // bits: each pause is four times the one before
  POSITION_BITS = 20, // rows of one batch
};

static usec_t pause_after(int times) { return PUT_OFF << (LENGTHEN * (times - 1)); }

static int next_time(const struct item *item) {
  return item->put_off < STORE_PUT_OFF_STEPS ? item->put_off + 1 : STORE_PUT_OFF_STEPS;
}

bool put_off_input(struct lane *lane, const struct work *work) {
  struct item *item = work->item;
  if (item->kind == ITEM_ANSWER) {
    item->is_put_off = queue_delayed_answers(&lane->queue) < PUT_OFF_ANSWERS_MAX;
    return item->is_put_off;
  }
  struct batch *batch = &lane->batch;
  const struct home *home = item->source;
  // Batches are numbered and so are their rows: positions rise with commits.
  vec_push(&batch->inbox, (struct store_inbox){.dst_home = home->number,
                                               .src_home = STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP * (next_time(item) - 1) + home->number,
                                               .src_pos = (home->batch_no + 1) << POSITION_BITS | (int64_t)batch->inbox.count,
                                               .kind = item->is_event ? "event" : item->is_judge ? "judge" : "start",
                                               .run_id = item->run_id,
                                               .payload = {item->record.value, item->record.value_size},
                                               .is_json = true});
  batch->bytes += item->record.value_size;
  return true;
}

void put_off_crowded(struct lane *lane, const struct work *work) {
  work->item->put_off = 0;
  put_off_input(lane, work);
}

void put_off_run(struct lane *lane, const struct wf_run *run) {
  if (queue_delayed_next(&lane->queue) == USEC_NEVER) return;
  for (size_t i = 0; i < run->step_count; i++)
    if (wf_listening_waits(run->steps[i])) {
      queue_release_run(&lane->queue, &run->identity.run_id);
      return;
    }
}

static void wait_again(struct lane *lane, struct item *item) {
  item->not_before = job_boottime(lane->job) + pause_after(item->put_off);
  queue_delay(&lane->queue, item);
}

// One that an earlier owner put off is tried at once.
void put_off_arrived(struct lane *lane, const struct home *home, struct item *item) {
  if (item->inbox_source >= STORE_PUT_OFF_SOURCE) item->put_off = (item->inbox_source - STORE_PUT_OFF_SOURCE) / STORE_PUT_OFF_STEP + 1;
  if (item->put_off && item->inbox_position >> POSITION_BITS > home->taken_at)
    wait_again(lane, item);
  else
    lane_enqueue(lane, item);
}

void put_off_answer(struct lane *lane, struct item *item) {
  item->is_put_off = false;
  item->put_off = next_time(item);
  wait_again(lane, item);
}

void put_off_over(struct job *job) {
  for (int i = 0; i < job->config.lanes; i++) queue_release(&job->lanes[i]->queue, USEC_NEVER);
}
