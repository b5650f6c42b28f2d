// SPDX-License-Identifier: Apache-2.0
// What the log says of one run, and of records that were set aside, with the fields by
// which it is found (`journalctl RUN_ID=…`): RUN_ID and TENANT of a run; TOPIC,
// PARTITION, OFFSET, REASON and, when it could be read, TENANT of a record.
#pragma once

#include "base/clock.h"
#include "base/uuid.h"
#include "job/store.h"

// An error of one run; `tenant` NULL = none, or not known.
void tell_run(const struct uuid *run_id, const char *tenant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A command by Kafka that changed nothing: nobody is there to be answered.
void tell_command(const struct uuid *run_id, const char *why);

enum { TELL_RECORDS_PER_MINUTE = 10 };

// How much was said lately; zero to begin with.
struct tell_bound {
  usec_t since; // boottime of the first line of this minute
  unsigned told;
  unsigned long long untold;
};

// Records that a batch set aside, once it is committed: a warning each, at most
// TELL_RECORDS_PER_MINUTE of them; what was left out is counted in the first line after.
// Gaps are left to gap.h. `now` is of the boot clock.
void tell_set_aside(struct tell_bound *bound, const struct store_quarantine *rows, size_t count, usec_t now);
