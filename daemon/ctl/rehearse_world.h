// SPDX-License-Identifier: Apache-2.0
// The world in which a workflow is rehearsed: the engine that the daemon has, in this
// process alone. Its clock is virtual and jumps to whatever is due next; actions are
// answered from a document; chance comes from a seed. So the same rehearsal goes the same
// way each time, and takes no longer than its decisions.
#pragma once

#include "ctl/rehearse_answers.h"
#include "ctl/rehearse_events.h"
#include "ctl/rehearse_live.h"
#include "ctl/rehearse_record.h"
#include "engine/decide.h"

struct rehearse_world_config { // everything is borrowed
  const struct wf_evaluator *evaluator;
  struct wf_bounds bounds;
  struct rehearse_answers *answers; // may be NULL
  const struct rehearse_events *events; // may be NULL
  struct rehearse_live *live;       // makes the calls over HTTP that have no answer; NULL = nobody does
  usec_t start;                     // the virtual clock's first instant
  uint64_t seed;
  usec_t cancel_after; // ends the run by a cancellation so long after its start; USEC_NEVER = not
  const struct wf_definition *const *definitions; // the first is rehearsed, it may start the others
  size_t definition_count;
};

enum rehearse_end {
  REHEARSE_ENDED,   // the run is completed, faulted or cancelled
  REHEARSE_WANTING, // an action has no answer: see the record's `wants`
  REHEARSE_WAITING, // nothing is due, and what the run waits for never comes: see `wants`
  REHEARSE_ENDLESS, // more decisions, or more virtual time, than a rehearsal may take
};

// Decisions of one rehearsal; runs, children and theirs; virtual time.
enum { REHEARSE_DECISIONS_MAX = 1000000, REHEARSE_RUNS_MAX = 1000 };
// How long before its begin a listener hears what came.
#define REHEARSE_LOOKBACK (60 * USEC_PER_SEC)
#define REHEARSE_TIME_MAX (1000 * 366 * USEC_PER_DAY)

// Plays to the end; borrows `input`, the workflow's raw input. The record must have begun at
// the same instant.
enum rehearse_end rehearse_world_play(const struct rehearse_world_config *config, jv input,
                                      struct rehearse_record *record);
