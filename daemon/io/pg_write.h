// SPDX-License-Identifier: Apache-2.0
// A commit as parameters of its statements (pg_statement.h).
#pragma once

#include <stddef.h>

#include "io/pg_encode.h"
#include "io/pg_statement.h"
#include "job/store.h"

// Puts what one statement has to write into `parameters`, which must be empty. Returns
// how many rows that is; with 0 the statement is left out.
typedef size_t pg_writer(const struct store_commit *commit, struct pg_parameters *parameters);

struct pg_write_step {
  enum pg_statement statement;
  pg_writer *write;
};

// All statements of a commit between BEGIN and COMMIT, in order.
extern const struct pg_write_step pg_write_steps[];
extern const size_t pg_write_step_count;

// Of the read tables (pg_write_rows.c).
pg_writer pg_write_new_runs, pg_write_changed_runs, pg_write_new_steps, pg_write_changed_steps, pg_write_new_actions,
    pg_write_changed_actions;
// Of the runs for which one is due (engine/snapshot.h).
pg_writer pg_write_snapshots;

// Of what stops runs, and of fan-outs (pg_write_control.c).
pg_writer pg_write_applied, pg_write_tombstones, pg_write_key_commands, pg_write_new_fanouts, pg_write_moved_fanouts;

// Of schedules and their slots (pg_schedule.c).
pg_writer pg_write_schedules, pg_write_started_slots, pg_write_skipped_slots;

// Of events and who listens for them (pg_write_events.c).
pg_writer pg_write_handovers, pg_write_arrivals, pg_write_gathering_locks, pg_write_verdicts, pg_write_gatherings, pg_write_correlation;

// Of a LOAD (pg_write_control.c): parameters of PG_FIND_TOMBSTONES and PG_FIND_MATCHES.
void pg_write_tombstone_keys(const struct store_load *load, struct pg_parameters *parameters);
void pg_write_match_keys(const struct store_load *load, struct pg_parameters *parameters);

// The instants for which partitions may be missing, for PG_ENSURE_PARTITIONS.
void pg_write_instants(const struct store_commit *commit, struct pg_parameters *parameters);
