// SPDX-License-Identifier: Apache-2.0
#include "job/queue.h"

#include "job/home.h"

void queue_init(struct queue *queue) {
  *queue = (struct queue){0};
  for (int i = 0; i < STREAM_COUNT; i++) TAILQ_INIT(&queue->streams[i].items);
  TAILQ_INIT(&queue->delayed);
}

void queue_clear(struct queue *queue) {
  for (int i = 0; i < STREAM_COUNT; i++) item_list_free(&queue->streams[i].items);
  item_list_free(&queue->delayed);
  queue_init(queue);
}

static enum stream stream_of(const struct item *item) {
  if (item->kind == ITEM_GAP) return item->source->input == ITEM_TRIGGER ? STREAM_STARTS : STREAM_ANSWERS;
  return item->kind == ITEM_TRIGGER ? STREAM_STARTS : STREAM_ANSWERS;
}

static struct stream_queue *count_in(struct queue *queue, const struct item *item) {
  struct stream_queue *stream = &queue->streams[stream_of(item)];
  stream->count++;
  stream->bytes += item->bytes;
  queue->timers += item->kind == ITEM_TIMER;
  queue->answers += item->kind == ITEM_ANSWER;
  return stream;
}

void queue_add(struct queue *queue, struct item *item) {
  struct stream_queue *stream = count_in(queue, item);
  TAILQ_INSERT_TAIL(&stream->items, item, link);
}

void queue_delay(struct queue *queue, struct item *item) {
  TAILQ_INSERT_TAIL(&queue->delayed, item, link);
  queue->delayed_answers += item->kind == ITEM_ANSWER;
}

static void release(struct queue *queue, struct item *item) {
  TAILQ_REMOVE(&queue->delayed, item, link);
  queue->delayed_answers -= item->kind == ITEM_ANSWER;
  queue_add(queue, item);
}

void queue_release(struct queue *queue, usec_t boottime) {
  for (struct item *item = TAILQ_FIRST(&queue->delayed), *next; item; item = next) {
    next = TAILQ_NEXT(item, link);
    if (item->not_before <= boottime) release(queue, item);
  }
}

void queue_release_run(struct queue *queue, const struct uuid *run_id) {
  for (struct item *item = TAILQ_FIRST(&queue->delayed), *next; item; item = next) {
    next = TAILQ_NEXT(item, link);
    if (item->is_event && uuid_equal(&item->run_id, run_id)) release(queue, item);
  }
}

usec_t queue_delayed_next(const struct queue *queue) {
  usec_t next = USEC_NEVER;
  const struct item *item;
  TAILQ_FOREACH(item, &queue->delayed, link) if (item->not_before < next) next = item->not_before;
  return next;
}

size_t queue_delayed_answers(const struct queue *queue) { return queue->delayed_answers; }

void queue_give_back(struct queue *queue, struct item *item) {
  struct stream_queue *stream = count_in(queue, item);
  TAILQ_INSERT_HEAD(&stream->items, item, link);
}

void queue_give_back_starts(struct queue *queue, struct item_list *taken, size_t *count) {
  struct item *item = TAILQ_LAST(taken, item_list);
  while (item) {
    struct item *before = TAILQ_PREV(item, item_list, link);
    if (stream_of(item) == STREAM_STARTS) {
      TAILQ_REMOVE(taken, item, link);
      --*count;
      queue_give_back(queue, item);
    }
    item = before;
  }
}

static struct item *take(struct queue *queue, struct stream_queue *stream, struct item *item) {
  if (!item) return NULL;
  TAILQ_REMOVE(&stream->items, item, link);
  stream->count--;
  stream->bytes -= item->bytes;
  queue->timers -= item->kind == ITEM_TIMER;
  queue->answers -= item->kind == ITEM_ANSWER;
  return item;
}

struct item *queue_take(struct queue *queue, enum stream number) {
  struct stream_queue *stream = &queue->streams[number];
  return take(queue, stream, TAILQ_FIRST(&stream->items));
}

struct item *queue_take_answer(struct queue *queue) {
  struct stream_queue *stream = &queue->streams[STREAM_ANSWERS];
  struct item *item;
  if (!queue->answers) return NULL;
  TAILQ_FOREACH(item, &stream->items, link) {
    if (item->kind == ITEM_ANSWER) return take(queue, stream, item);
  }
  return NULL;
}

bool queue_has_answer(const struct queue *queue) { return queue->answers > 0; }

bool queue_is_empty(const struct queue *queue, enum stream stream) { return TAILQ_EMPTY(&queue->streams[stream].items); }

size_t queue_count(const struct queue *queue) {
  size_t count = 0;
  for (int i = 0; i < STREAM_COUNT; i++) count += queue->streams[i].count;
  return count;
}

size_t queue_bytes(const struct queue *queue) {
  size_t bytes = 0;
  for (int i = 0; i < STREAM_COUNT; i++) bytes += queue->streams[i].bytes;
  return bytes;
}

usec_t queue_oldest(const struct queue *queue, bool with_starts) {
  usec_t oldest = USEC_NEVER;
  for (int i = 0; i < (with_starts ? STREAM_COUNT : STREAM_STARTS); i++) {
    const struct item *first = TAILQ_FIRST(&queue->streams[i].items);
    if (first && first->arrived_at && first->arrived_at < oldest) oldest = first->arrived_at;
  }
  return oldest;
}

usec_t queue_timer_low(const struct queue *queue, int home) {
  usec_t low = USEC_NEVER;
  const struct item *item;
  if (!queue->timers) return low;
  TAILQ_FOREACH(item, &queue->streams[STREAM_ANSWERS].items, link) {
    if (item->kind == ITEM_TIMER && item->timer.home == home && item->timer.due_at < low) low = item->timer.due_at;
  }
  return low;
}

int64_t queue_guard_low(const struct queue *queue, int home) {
  int64_t low = INT64_MAX;
  const struct item *item;
  if (!queue->timers) return low;
  TAILQ_FOREACH(item, &queue->streams[STREAM_ANSWERS].items, link) {
    bool is_guard = item->kind == ITEM_TIMER && item->timer.home == home && !item->timer.recorded;
    if (is_guard && item->timer.batch_no < low) low = item->timer.batch_no;
  }
  return low;
}
