// SPDX-License-Identifier: Apache-2.0
// Actions that the daemon does itself (`call: http`, `call: openapi`), from the commit that
// asks for them until they are answered. As many as the world has room for are under way;
// the others wait their turn, in order, while their deadlines run. Nothing of this is
// stored: that an action is open is in its run and, for whoever takes the home over, in the
// batch row that its deadline stands in. The next owner does it again under the same
// Idempotency-Key.
//
// It has bounds, as the outbox (outbox.h): what would bring more looks whether it is full.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "engine/definition.h"
#include "job/item.h"
#include "job/world.h"

struct calls;

struct calls_bounds {
  size_t count, bytes; // of those that wait or are under way; each at least 1
};

struct call_request {
  struct uuid run_id;
  int32_t action_no, attempt;
  enum wf_native native;
  jv arguments;            // borrowed, kept by reference
  usec_t deadline;         // instant
  const char *traceparent; // NULL = none; copied
};

// "http" or "openapi"; WF_BY_WORKER for any other.
enum wf_native calls_native(const char *function);

struct calls *calls_new(const struct world *world, struct calls_bounds bounds);
// Ends what is under way. Takes NULL.
void calls_free(struct calls *calls);

// Takes one up; the same attempt of the same action twice is one, also while its answer is not
// settled yet: a run that is resumed asks again.
void calls_add(struct calls *calls, const struct call_request *request);
// Begins the first that waits. False when there is none, or the world has no room. `clock` is the
// database's: what is over by it is forgotten, since its deadline answers it.
bool calls_offer(struct calls *calls, usec_t clock);
// Ends it, if it is there: its answer is wanted no longer.
void calls_remove(struct calls *calls, const struct uuid *run_id, int32_t action_no);
// Ends it unless it is under way: its run is suspended, and asks again when it goes on.
void calls_withdraw(struct calls *calls, const struct uuid *run_id, int32_t action_no);
// Ends all: another owner does them again.
void calls_drop(struct calls *calls);
// Ends those that wait.
void calls_drop_waiting(struct calls *calls);

// The answer to a cookie that went with world.call, as an input for the lane; the cookie is
// over. Static: the cookie knows its calls. `*ret_calls` is whose it was. It counts against no
// bound, but is not asked for again until the input was taken.
struct item *calls_answered(uint64_t cookie, const struct world_answer *answer, struct calls **ret_calls);

// The answer was taken, whatever became of it.
void calls_settled(struct calls *calls, const struct uuid *run_id, int32_t action_no, int32_t attempt);

bool calls_is_waiting(const struct calls *calls); // for their turn
// From the moment a bound is reached until half of each is free again.
bool calls_is_full(const struct calls *calls);
size_t calls_count(const struct calls *calls);    // with those under way
size_t calls_in_flight(const struct calls *calls);
