// SPDX-License-Identifier: Apache-2.0
// Results of the reading statements (pg_statement.h) as parts of a reply. What a reply
// points to lives in the arena given, but for jv references: pg_read_discard().
#pragma once

#include <libpq-fe.h>

#include "base/arena.h"
#include "job/store.h"

void pg_read_takeover(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_packed(const PGresult *result, struct arena *arena, struct store_reply *reply);
// Of a LOAD; pg_read_load_begin() first makes the empty answer to what was asked.
void pg_read_load_begin(const struct store_load *load, struct arena *arena, struct store_reply *reply);
void pg_read_runs(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply);
void pg_read_events(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply);
void pg_read_claims(const PGresult *result, struct store_reply *reply);
void pg_read_inbox(const PGresult *result, struct arena *arena, struct store_reply *reply);
// What stops runs, and fan-outs (pg_read_control.c). pg_read_fanouts() comes after
// pg_read_takeover(): fan-outs of homes that were not taken are left out.
void pg_read_fanouts(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_tombstones(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_matches(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_commands(const PGresult *result, struct arena *arena, struct store_reply *reply);
void pg_read_timers(const PGresult *result, int home, struct arena *arena, struct store_reply *reply);
void pg_read_definitions(const PGresult *result, struct arena *arena, struct store_reply *reply);

// Releases the jv references that a reply to LOAD holds: the events'; and the
// identities', unless whoever got the reply has taken those.
void pg_read_discard(const struct store_load *load, struct store_reply *reply, bool identities_taken);
