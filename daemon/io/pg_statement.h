// SPDX-License-Identifier: Apache-2.0
// Every statement of the daemon, prepared once per connection: one table, so that a test
// can prepare and explain each on a real server.
#pragma once

#include <stddef.h>

enum pg_statement {
  PG_BEGIN,
  PG_COMMIT,
  PG_ROLLBACK,
  PG_CLOCK,
  PG_LOOK,
  PG_TAKEOVER,
  PG_ANNOUNCE,
  PG_SETTLE,
  PG_READ_PACKED,
  PG_READ_FANOUTS,
  PG_LOAD_RUNS,
  PG_LOAD_EVENTS,
  PG_FIND_CLAIMS,
  PG_FIND_TOMBSTONES,
  PG_FIND_MATCHES,
  PG_FENCE,
  PG_CLAIM,
  PG_INSERT_TRIGGERS,
  PG_INSERT_DUPLICATES,
  PG_INSERT_EVENTS,
  PG_INSERT_RUNS,
  PG_UPDATE_RUNS,
  PG_INSERT_STEPS,
  PG_UPDATE_STEPS,
  PG_INSERT_ACTIONS,
  PG_UPDATE_ACTIONS,
  PG_PUT_SNAPSHOTS,
  PG_INSERT_TIMERS,
  PG_INSERT_QUARANTINE,
  PG_INSERT_INBOX,
  PG_APPLY_COMMANDS,
  PG_INSERT_TOMBSTONES,
  PG_COMMAND_KEYS,
  PG_INSERT_FANOUTS,
  PG_MOVE_FANOUTS,
  PG_WRITE_SCHEDULES,
  PG_INSERT_STARTED_SLOTS,
  PG_INSERT_SKIPPED_SLOTS,
  PG_HAND_OVER,
  PG_NOTE_EVENTS,
  PG_LOCK_GATHERINGS,
  PG_JUDGE,
  PG_GATHER,
  PG_CORRELATE,
  PG_READ_INBOX,
  PG_READ_COMMANDS,
  PG_SCAN_TIMERS,
  PG_READ_DEFINITIONS,
  PG_READ_SCHEDULES,
  PG_PUBLISH,
  PG_NOTIFY,
  PG_ENSURE_PARTITIONS,
  PG_STATEMENTS
};

enum pg_expectation {
  PG_EXPECT_NONE, // no rows
  PG_EXPECT_ONE,  // one row
  PG_EXPECT_ANY
};

struct pg_statement_text {
  const char *name, *sql;
  size_t parameter_count;
  enum pg_expectation expectation;
};

extern const struct pg_statement_text pg_statements[PG_STATEMENTS];
