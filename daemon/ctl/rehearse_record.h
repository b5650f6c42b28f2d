// SPDX-License-Identifier: Apache-2.0
// What happened in a rehearsal: its runs, each with its events and its steps as they were
// last, and what they wait for when it stopped. Written while it plays, read by those who
// print it (rehearse_draw.h, rehearse_json.h).
#pragma once

#include <jv.h>

#include "base/arena.h"
#include "base/vec.h"
#include "engine/decide.h"

struct rehearse_step { // one visit of a task; by step_no - 1
  int32_t step_no, parent_step_no, visit, attempt;
  const char *reference, *name, *title, *kind;
  enum wf_status status;
  usec_t started_at, ended_at; // 0 = not yet
};

struct rehearse_event {
  struct wf_event event; // its texts are the record's, its data owned
  const char *function;  // of its action, or NULL
};

// The action that a run is the doing of.
struct rehearse_parent {
  int run; // index; -1 = it is nobody's child
  int32_t action_no, attempt;
};

struct rehearse_run {
  const struct wf_definition *definition; // borrowed
  struct wf_run *run;                     // owned
  struct rehearse_parent parent;
  bool is_over;                           // it ended, and its parent was told
  VEC(struct rehearse_event) events;
  VEC(struct rehearse_step) steps;
};

// What a run waits for that does not come: the answer of an action, an event.
struct rehearse_want {
  enum { REHEARSE_WANT_ANSWER, REHEARSE_WANT_EVENT } kind;
  int run;
  const char *function, *reference; // function: of an action
  int32_t attempt;
  jv arguments; // of an action; of an event: those that came and did not match, a list of {id, source, type, reason, says}; owned
};

// A CloudEvent that left: emitted by a task, or of the run's life.
struct rehearse_sent {
  int run;
  usec_t at;
  const char *reference; // of the task, or NULL
  jv event;              // owned
};

struct rehearse_record {
  struct arena *arena;
  usec_t start;
  VEC(struct rehearse_run *) runs; // the first is the one rehearsed
  VEC(struct rehearse_want) wants;
  VEC(struct rehearse_sent) emitted, lifecycle;
};

// At the virtual instant `start`. Ended by rehearse_record_clear().
void rehearse_record_begin(struct rehearse_record *record, usec_t start);
void rehearse_record_clear(struct rehearse_record *record);

// A run that is about to begin; takes `run`. Returns its index.
int rehearse_record_run(struct rehearse_record *record, const struct wf_definition *definition, struct wf_run *run,
                        struct rehearse_parent parent);
// What a decision did to the run, before its rows are forgotten.
void rehearse_record_decision(struct rehearse_record *record, int run, const struct wf_decision *decision);
// Copies the reference, takes the event.
void rehearse_record_sent(struct rehearse_record *record, bool is_lifecycle, struct rehearse_sent sent);
// Copies the texts, takes the arguments.
void rehearse_record_want(struct rehearse_record *record, struct rehearse_want want);
