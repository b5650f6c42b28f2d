// SPDX-License-Identifier: Apache-2.0
// Of a commit (store.h): events, and who listens for them. Both meet in PostgreSQL
// (workflow.correlate), so that neither misses the other.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"

// An event that some workflow may listen for. Noted once per tenant, source and id, and handed
// to who listens by rows in inboxes, of kind "event", from source 8192 + `home`; where these
// are many, by later batches of that home (store_commit.handing).
struct store_arrival {
  int home; // one that takes part in this batch
  struct text tenant, type, source, id, subject;
  struct text event; // the CloudEvent, JSON
};

// An event filter of a run that begins to listen; events of a short while before are handed
// to it too. What is absent is for the run to judge.
struct store_subscription {
  struct uuid run_id;
  int32_t subscription_no;
  int filter_no; // from 1
  struct text tenant, type, source, subject;
  struct text conditions; // JSON array of {path, value, of}
};

struct store_unsubscription {
  struct uuid run_id;
  int32_t subscription_no;
};

enum { STORE_MATCH_SOURCE = 8192 };

// An inbox row that could not be used is written again by its home, as from source
// STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP * n + the home, where n says how long it waits
// (job/put_off.h): so each such source is in the order of time, as every source is.
enum { STORE_PUT_OFF_SOURCE = 16384, STORE_PUT_OFF_STEP = 4096, STORE_PUT_OFF_STEPS = 4 };

// An event of a workflow that starts on several. When the last one is there, the home is
// told to start it by an inbox row of kind "start".
struct store_gathering {
  int home; // that takes part in this batch
  int32_t definition_id;
  const char *workflow;
  // The one matched, from 1, and how many there are. With `until`: 0 = one more event; below 0
  // one of those that end it, from -1.
  int filter_no, filter_count;
  bool asks; // one more event, after which a condition is to be asked: who asks is told by an inbox row of kind "judge"
  struct text tenant, source, id;
  struct text shared;      // the values of correlations that all filters have, as text
  struct text keys, event; // JSON: values of correlations by name; the CloudEvent, among the arrivals too
};

// What the condition says of the oldest events of a gathering (job/judgement.h). The inbox row
// that asked is acknowledged by the same commit; one verdict that others have overtaken (an
// operator's replay) changes nothing.
struct store_verdict {
  int home; // that takes part in this batch, and is asked again when more has come
  int lock; // which of those of gatherings
  int64_t gathering_no, first; // first: number of the oldest event
  int32_t judged, seen; // events that it did not hold with before; all that it has been asked with now
  struct text cuts;     // the sets it ends: ascending counts of events, "{3,6}"
};
