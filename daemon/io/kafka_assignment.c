// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_assignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"

void kafka_assignment_add(struct kafka_assignment *assignment, const char *topic, int32_t partition, int64_t offset) {
  if (assignment->count == assignment->capacity) {
    assignment->capacity = assignment->capacity ? assignment->capacity * 2 : 16;
    assignment->partitions = xrealloc(assignment->partitions, assignment->capacity * sizeof *assignment->partitions);
    assignment->stopped = xrealloc(assignment->stopped, assignment->capacity * sizeof *assignment->stopped);
    assignment->queues = xrealloc(assignment->queues, assignment->capacity * sizeof(rd_kafka_queue_t *));
  }
  assignment->partitions[assignment->count] = (struct kafka_partition){xstrdup(topic), partition, offset};
  assignment->queues[assignment->count] = NULL;
  assignment->stopped[assignment->count++] = false;
}

void kafka_assignment_open(struct kafka_assignment *assignment, rd_kafka_t *client, int fd) {
  static const uint64_t one = 1; // an eventfd takes 8 bytes
  for (size_t i = 0; i < assignment->count; i++) {
    const struct kafka_partition *at = &assignment->partitions[i];
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(client, at->topic, at->partition);
    WF_ASSERT(queue);
    // Says that forwarding is the application's affair, and lasts over every later
    // rd_kafka_assign(). A queue to forward to would be forgotten by the next one.
    rd_kafka_queue_forward(queue, NULL);
    rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
    assignment->queues[i] = queue;
  }
}

static void close_queue(rd_kafka_queue_t *queue) {
  if (!queue) return;
  rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
  rd_kafka_queue_destroy(queue);
}

void kafka_assignment_clear(struct kafka_assignment *assignment) {
  for (size_t i = 0; i < assignment->count; i++) {
    free((char *)(uintptr_t)assignment->partitions[i].topic);
    close_queue(assignment->queues[i]);
  }
  free(assignment->queues);
  free(assignment->partitions);
  free(assignment->stopped);
  *assignment = (struct kafka_assignment){0};
}

static bool is_at(const struct kafka_assignment *assignment, size_t i, const char *topic, int32_t partition) {
  const struct kafka_partition *at = &assignment->partitions[i];
  return at->partition == partition && strcmp(at->topic, topic) == 0;
}

struct kafka_partition *kafka_assignment_find(struct kafka_assignment *assignment, const char *topic, int32_t partition,
                                              bool **ret_stopped) {
  size_t i = assignment->last;
  if (i >= assignment->count || !is_at(assignment, i, topic, partition)) {
    for (i = 0; i < assignment->count && !is_at(assignment, i, topic, partition);) i++;
    if (i == assignment->count) return NULL;
    assignment->last = i;
  }
  if (ret_stopped) *ret_stopped = &assignment->stopped[i];
  return &assignment->partitions[i];
}

rd_kafka_topic_partition_list_t *kafka_assignment_list(const struct kafka_assignment *assignment) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)assignment->count);
  for (size_t i = 0; i < assignment->count; i++) {
    const struct kafka_partition *at = &assignment->partitions[i];
    rd_kafka_topic_partition_list_add(list, at->topic, at->partition)->offset =
        at->offset < 0 ? RD_KAFKA_OFFSET_BEGINNING : at->offset;
  }
  return list;
}
