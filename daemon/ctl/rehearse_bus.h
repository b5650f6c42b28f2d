// SPDX-License-Identifier: Apache-2.0
// The events of a rehearsal that have come, and who listens: what the trigger topic, the
// subscriptions and the window of recent events are to the daemon. Whether an event is what
// a listener wants is the engine's to say; here each listener gets each event.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/vec.h"

struct rehearse_listener {
  int run;
  int32_t subscription_no;
  const char *reference; // of its task; borrowed
};

struct rehearse_heard {
  usec_t at;
  jv event; // owned
};

struct rehearse_bus {
  VEC(struct rehearse_listener) listeners;
  VEC(struct rehearse_heard) heard; // in the order in which they came
};

void rehearse_bus_clear(struct rehearse_bus *bus);

// Takes the event; returns its index in `heard`.
size_t rehearse_bus_publish(struct rehearse_bus *bus, usec_t at, jv event);
void rehearse_bus_listen(struct rehearse_bus *bus, struct rehearse_listener listener);
// Nothing happens when it does not listen.
void rehearse_bus_forget(struct rehearse_bus *bus, int run, int32_t subscription_no);
// The run has ended.
void rehearse_bus_forget_run(struct rehearse_bus *bus, int run);
// The first event that came at `since` or after it; `heard.count` when none did.
size_t rehearse_bus_since(const struct rehearse_bus *bus, usec_t since);
