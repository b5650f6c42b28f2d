// SPDX-License-Identifier: Apache-2.0
// Why an event that came is not one of those asked for, in words for whoever rehearses: what
// stands in the event, and what the filters want instead.
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "engine/strategy.h"

struct rehearse_why {
  const struct wf_event_strategy *strategy; // with its `until`, whose filters come behind the others
  const char *reason;                       // as wf_filter_mismatch() and event.rejected have it
  jv event;                                 // or invalid: then nothing is quoted of it
  jv expects;                               // a list: what correlations expect, by filter; or invalid
  jv keys;                                  // an object: what events before gave; or invalid
};

// Adds a sentence without a full stop; borrows everything.
void rehearse_why_put(const struct rehearse_why *why, struct buf *out);
// The same as {id, source, type, reason, says}; takes the three, owned.
jv rehearse_why_say(const struct rehearse_why *why, jv id, jv source, jv type);
