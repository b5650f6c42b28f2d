// SPDX-License-Identifier: Apache-2.0
// Results of the reading statements (pg_statement.h) as parts of a reply. What a reply
// points to lives in the arena given, but for jv references: pg_read_discard().
#pragma once

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/error.h"
#include "job/store.h"

void pg_read_takeover(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_announce(const PGresult *result, struct store_reply *reply);
void pg_read_packed(const PGresult *result, struct arena *arena, struct store_reply *reply);
// Of a LOAD; pg_read_load_begin() first makes the empty answer to what was asked.
void pg_read_load_begin(const struct store_load *load, struct arena *arena, struct store_reply *reply);
// Return 0, or -WF_EINVAL when a snapshot cannot be used (another format, or not of the
// event before those read): then the reply is to be discarded, and all be read without.
int pg_read_runs(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply) WF_MUST_CHECK;
int pg_read_events(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply) WF_MUST_CHECK;
void pg_read_claims(const PGresult *result, struct store_reply *reply);
// Of workflow.hand_over() and workflow.correlate(): added to what the commit's reply has.
void pg_read_handed(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_inbox(const PGresult *result, struct arena *arena, struct store_reply *reply);
// What stops runs, and fan-outs (pg_read_control.c). pg_read_fanouts() comes after
// pg_read_takeover(): fan-outs of homes that were not taken are left out.
void pg_read_fanouts(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_tombstones(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_matches(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_commands(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_schedules(const PGresult *result, struct arena *arena, struct store_reply *reply); // pg_schedule.c
void pg_read_timers(const PGresult *result, int home, struct arena *arena, struct store_reply *reply);
void pg_read_definitions(const PGresult *result, struct arena *arena, struct store_reply *reply);

// Releases what a reply to LOAD holds: the events' jv references; and the identities' and
// the snapshots, unless whoever got the reply has taken those.
void pg_read_discard(const struct store_load *load, struct store_reply *reply, bool runs_taken);
