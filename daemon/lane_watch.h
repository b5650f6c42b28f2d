// SPDX-License-Identifier: Apache-2.0
// What keeps the lanes from their work in the database, for the log (each change once),
// /readyz and the metrics: no connection, a full disk, a lock that somebody holds.
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "job/store.h"
#include "metrics.h"

struct lane_watch;

// Borrows `metrics`, where it counts errors by SQLSTATE and shows who waits for what.
struct lane_watch *lane_watch_new(int lanes, struct metrics *metrics);
void lane_watch_free(struct lane_watch *watch); // takes NULL

// A lane's connection was made, broke, or could not be made. Logs changes; and a refusal
// (a certificate, a password) once even when that it is away is said already.
void lane_watch_connection(struct lane_watch *watch, int lane, bool is_up, const char *reason);
// How a lane's request ended.
void lane_watch_reply(struct lane_watch *watch, int lane, const struct store_request *request, const struct store_reply *reply,
                      usec_t now);

// Why PostgreSQL cannot be reached, as some lane heard it last; "" when all are connected
// or nothing is known yet. Valid until the next call that changes something.
const char *lane_watch_away(const struct lane_watch *watch);
// Why some lane's batch waits although it is connected: "disk full: …"; "" = none does.
const char *lane_watch_waiting(const struct lane_watch *watch, usec_t now);
// Since when the oldest batch is tried again and again; 0 = none is.
usec_t lane_watch_since(const struct lane_watch *watch, usec_t now);
// Brings the gauges up to date.
void lane_watch_show(struct lane_watch *watch, usec_t now);
