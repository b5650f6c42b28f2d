// SPDX-License-Identifier: Apache-2.0
// A run on a stage: a definition, a clock, and a script of inputs. After every decision
// it proves what must always be true: events are gapless, a fold of the stored events
// gives the same state and the same rows, so does a snapshot with the events since, rows
// marked for writing make up the read tables, an open run has one reason to wait and a
// timer for it, and control is final. A proof that fails ends the test case.
#pragma once

#include "base/buf.h"
#include "engine/decide.h"

#define STORY_START "2026-01-05T09:00:00Z"
// The head of a definition; what follows starts with `do:`.
#define STORY_HEAD "document: {dsl: '1.0.3', namespace: test, name: story, version: '1.0.0'}\n"

struct story_armed {
  int32_t timer_no;
  usec_t due_at;
};

struct story {
  struct wf_definition *definition;
  struct arena *arena; // of the definition's loading and of all decisions
  struct wf_run *run;
  struct wf_run *from_snapshot;  // the same run, made from its snapshots
  struct wf_bounds bounds;
  usec_t now;
  uint64_t random;
  const char *cancelled_because; // before it is created; NULL = not
  bool sandbox, skip_delays;     // how it is created
  const char *results;           // of its rehearsal, JSON; NULL = none
  struct buf transcript;         // what each input led to
  struct wf_event *events;       // all of them, with data as it comes back from storage
  size_t event_count;
  int32_t subscription_no;       // the last one asked for; 0 = none, or called back
  struct story_armed *armed;
  size_t armed_count;
  char **steps, **actions; // read tables by number, as dumped
  size_t step_rows, action_rows;
  struct wf_decision last; // of the last input; its values are released with the next
  bool held;               // cancelled or suspended: no request may follow
};

// The functions a definition may call: voice.call (5 min), sms.send (30 s), crm.update (10 s),
// and those of config/examples (1 min).
const struct wf_catalog *story_catalog(void);

// Fails the test when the definition does not load.
struct story *story_new(const char *document);
void story_free(struct story *story);

void story_create(struct story *story, const char *trigger_data, const char *recipient_data); // NULL = none
void story_result(struct story *story, const struct wf_result *result);
void story_completed(struct story *story, int32_t action_no, int32_t attempt, const char *output);
void story_failed(struct story *story, int32_t action_no, int32_t attempt, const char *type);
void story_timer(struct story *story, int32_t timer_no);
// An event for the subscription made last, unless the effect that ended it was seen.
void story_event(struct story *story, const char *event);
// Goes to the earliest instant for which a timer is armed, and delivers it. False when
// none is.
bool story_due(struct story *story);
void story_control(struct story *story, enum wf_control kind, const char *reason);

// A story created with `trigger_data`.
struct story *story_of(const char *document, const char *trigger_data);
// The event types so far: "run.created run.started …"; owned
// by the story's arena.
const char *story_types(const struct story *story);
// A value as compact JSON with sorted keys, in the story's arena; "-" when invalid.
const char *story_json(const struct story *story, jv value);
// A member of the last error met by the run.
const char *story_error(const struct story *story, const char *member);

// How many events of a type there are.
int story_count(const struct story *story, enum wf_event_type type);
const struct wf_event *story_last(const struct story *story, enum wf_event_type type); // or NULL
