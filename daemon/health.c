// SPDX-License-Identifier: Apache-2.0
#include "health.h"

#include <stdio.h>
#include <string.h>

enum { REASONS_MAX = 10, REASON_SIZE = 512 };

struct reasons {
  char text[REASONS_MAX][REASON_SIZE];
  size_t count;
};

static void add(struct reasons *reasons, const char *text) {
  snprintf(reasons->text[reasons->count], sizeof *reasons->text, "%s", text);
  reasons->count++;
}

static void add_with(struct reasons *reasons, const char *text, const char *why) {
  if (!why || !*why) {
    add(reasons, text);
    return;
  }
  snprintf(reasons->text[reasons->count], sizeof *reasons->text, "%s: %s", text, why);
  reasons->count++;
}

static void add_age(struct reasons *reasons, const char *what, usec_t age, usec_t bound) {
  if (age <= bound) return;
  snprintf(reasons->text[reasons->count], sizeof *reasons->text, "%s for %.1f s, more than %.1f s", what,
           (double)age / (double)USEC_PER_SEC, (double)bound / (double)USEC_PER_SEC);
  reasons->count++;
}

// Their oldest unread record waits until an operator decides.
static void add_stopped(struct reasons *reasons, size_t stopped) {
  if (!stopped) return;
  snprintf(reasons->text[reasons->count], sizeof *reasons->text,
           "%zu partition%s read no further since records were gone before they were read (gap.policy: stop)", stopped, stopped == 1 ? " is" : "s are");
  reasons->count++;
}

static void add_held(struct reasons *reasons, size_t held) {
  if (!held) return;
  snprintf(reasons->text[reasons->count], sizeof *reasons->text, "%zu lane%s no work until messages are delivered (bounds.undelivered)", held,
           held == 1 ? " takes" : "s take");
  reasons->count++;
}

static struct reasons reasons_of(const struct health *health, const struct config *config) {
  struct reasons reasons = {.count = 0};
  if (health->draining) add(&reasons, "stopping");
  if (!health->postgres_up) add_with(&reasons, "PostgreSQL cannot be reached", health->postgres_away);
  if (!health->kafka_up) add_with(&reasons, "Kafka cannot be reached", health->kafka_away);
  if (health->batches_wait && *health->batches_wait) add_with(&reasons, "batches wait for PostgreSQL", health->batches_wait);
  if (health->kafka_up && !health->consuming) add(&reasons, "waiting for partitions");
  add_stopped(&reasons, health->stopped);
  add_held(&reasons, health->held);
  add_age(&reasons, "a timer has been due", health->timer_age, config->readiness.timer_age);
  add_age(&reasons, "a record has waited", health->record_age, config->readiness.record_age);
  add_age(&reasons, "a transaction has been under way", health->commit_age, config->readiness.commit_age);
  return reasons;
}

int health_write(const struct health *health, const struct config *config, struct buf *out) {
  const struct reasons reasons = reasons_of(health, config);
  buf_puts(out, reasons.count ? "not ready\n" : "ready\n");
  for (size_t i = 0; i < reasons.count; i++) buf_printf(out, "%s\n", reasons.text[i]);
  if (health->is_intake_paused) buf_puts(out, "intake is paused: triggers wait until workflowctl resume-intake\n");
  return reasons.count ? 503 : 200;
}

void health_summary(const struct health *health, const struct config *config, char *out, size_t size) {
  const struct reasons reasons = reasons_of(health, config);
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < reasons.count && used < size; i++) {
    int n = snprintf(out + used, size - used, "%s%s", i ? "; " : "", reasons.text[i]);
    if (n > 0) used += (size_t)n;
  }
}
