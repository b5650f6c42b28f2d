// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_assignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void kafka_assignment_add(struct kafka_assignment *assignment, const char *topic, int32_t partition, int64_t offset) {
  if (assignment->count == assignment->capacity) {
    assignment->capacity = assignment->capacity ? assignment->capacity * 2 : 16;
    assignment->partitions = xrealloc(assignment->partitions, assignment->capacity * sizeof *assignment->partitions);
    assignment->stopped = xrealloc(assignment->stopped, assignment->capacity * sizeof *assignment->stopped);
  }
  assignment->partitions[assignment->count] = (struct kafka_partition){xstrdup(topic), partition, offset};
  assignment->stopped[assignment->count++] = false;
}

void kafka_assignment_clear(struct kafka_assignment *assignment) {
  for (size_t i = 0; i < assignment->count; i++) free((char *)(uintptr_t)assignment->partitions[i].topic);
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
