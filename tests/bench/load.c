// SPDX-License-Identifier: Apache-2.0
// Publishes triggers for the benchmarks, as fast as Kafka takes them or at a rate.
//
//   load BROKERS TOPIC WORKFLOW COUNT RATE PREFIX [DATA]
//
// RATE is triggers per second, 0 = no limit. Each trigger has an id of its own that
// begins with PREFIX, one recipient, DATA (a JSON object, default {}) and, as its time,
// the instant at which it was handed to the Kafka client. Prints how long it took.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "dev/producer.h"
#include "io/codec_trigger.h"

enum { FLUSH_MS = 60000 };

static void encode(const char *workflow, const char *prefix, const char *data, int number, struct arena *scratch,
                   struct buf *out) {
  const char *id = arena_printf(scratch, "%s-%d", prefix, number);
  struct trigger_recipient recipient = {.ref = {.collection = TEXT("leads"), .id = text_of(id)}};
  struct trigger_event event = {.id = text_of(id),
                                .type = TEXT("lead.created"),
                                .tenant = TEXT("acme"),
                                .workflow = text_of(workflow),
                                .recipients = &recipient,
                                .recipient_count = 1,
                                .data = text_of(data),
                                .time = clock_realtime()};
  codec_encode_trigger(&event, scratch, out);
}

static void wait_until(usec_t instant) {
  usec_t left;
  while ((left = instant - clock_boottime()) > 0) poll(NULL, 0, (int)(left / USEC_PER_MSEC));
}

static int publish_all(struct producer *producer, char **argv, int count, int rate, const char *data) {
  struct arena *scratch = arena_new();
  struct buf bytes = {0};
  usec_t start = clock_boottime();
  int r = 0;
  for (int i = 0; i < count && r == 0; i++) {
    if (rate > 0) wait_until(start + i * USEC_PER_SEC / rate);
    arena_reset(scratch);
    buf_reset(&bytes);
    encode(argv[3], argv[6], data, i, scratch, &bytes);
    r = producer_publish(producer, arena_printf(scratch, "%s-%d", argv[6], i), bytes.data, bytes.size,
                         CODEC_CONTENT_TYPE);
  }
  if (r == 0) r = producer_flush(producer, FLUSH_MS);
  printf("published %zu in %.3f s\n", producer_delivered(producer),
         (double)(clock_boottime() - start) / (double)USEC_PER_SEC);
  buf_free(&bytes);
  arena_free(scratch);
  return r;
}

int main(int argc, char **argv) {
  if (argc < 7 || argc > 8 || atoi(argv[4]) < 1 || atoi(argv[5]) < 0) {
    fputs("usage: load BROKERS TOPIC WORKFLOW COUNT RATE PREFIX [DATA]\n", stderr);
    return 2;
  }
  struct producer *producer;
  if (producer_new(argv[1], argv[2], &producer) != 0) return 1;
  int r = publish_all(producer, argv, atoi(argv[4]), atoi(argv[5]), argc > 7 ? argv[7] : "{}");
  producer_free(producer);
  return r == 0 ? 0 : 1;
}
