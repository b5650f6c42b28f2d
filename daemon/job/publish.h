// SPDX-License-Identifier: Apache-2.0
// CloudEvents that leave: those that tasks emit, and those of the lifecycle. They go with
// the batch's requests: packed into its row, sent after the commit, again after a crash,
// under the same id. Structured mode (CloudEvents Kafka protocol binding 1.0.2), since that
// keeps every attribute and the data as one value.
#pragma once

#include "job/lane.h"

// An effect of kind WF_EFFECT_EMIT or WF_EFFECT_TELL of a run of `home`. The run's tenant and
// trace go along unless the event has its own; the key is the event's `partitionkey`, else
// the run, whose events so stay in their order.
void publish_event(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect);
