// SPDX-License-Identifier: Apache-2.0
#include "job/tell.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/xalloc.h"

void tell_run(const struct uuid *run_id, const char *tenant, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *message, id[UUID_TEXT_SIZE];
  int size = vasprintf(&message, format, args);
  va_end(args);
  WF_ASSERT(size >= 0);
  const struct log_field fields[] = {{"RUN_ID", uuid_format(run_id, id)}, {tenant ? "TENANT" : NULL, tenant}, {NULL, NULL}};
  log_line(LOG_LEVEL_ERROR, fields, "run %s %s", id, message);
  free(message);
}

void tell_command(const struct uuid *run_id, const char *why) {
  char id[UUID_TEXT_SIZE];
  const struct log_field fields[] = {{"RUN_ID", uuid_format(run_id, id)}, {NULL, NULL}};
  log_line(LOG_LEVEL_NOTICE, fields, "a command to run %s changes nothing: %s", id, why);
}

static void tell_record(const struct store_quarantine *row) {
  const struct record *record = row->record;
  char partition[16], offset[24];
  snprintf(partition, sizeof partition, "%" PRId32, record->partition);
  snprintf(offset, sizeof offset, "%" PRId64, record->offset);
  char *tenant = row->tenant.data ? xstrndup(row->tenant.data, row->tenant.size) : NULL;
  const struct log_field fields[] = {{"TOPIC", record->topic},           {"PARTITION", partition},
                                     {"OFFSET", offset},                 {"REASON", row->refusal.code},
                                     {tenant ? "TENANT" : NULL, tenant}, {NULL, NULL}};
  log_line(LOG_LEVEL_WARNING, fields, "%s/%s: offset %s is set aside: %s", record->topic, partition, offset, row->refusal.text);
  free(tenant);
}

static void next_minute(struct tell_bound *bound, usec_t now) {
  if (bound->told && now < bound->since + USEC_PER_MIN) return;
  if (bound->untold) log_warning("%llu more records were set aside meanwhile; workflowctl quarantine lists them", bound->untold);
  *bound = (struct tell_bound){.since = now};
}

void tell_set_aside(struct tell_bound *bound, const struct store_quarantine *rows, size_t count, usec_t now) {
  if (!count) return;
  next_minute(bound, now);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(rows[i].refusal.code, "gap") == 0) continue;
    if (bound->told == TELL_RECORDS_PER_MINUTE) {
      bound->untold++;
      continue;
    }
    tell_record(&rows[i]);
    if (++bound->told == TELL_RECORDS_PER_MINUTE)
      log_warning("what else is set aside within a minute is only counted; workflowctl quarantine lists it");
  }
}
