// SPDX-License-Identifier: Apache-2.0
// The events that come in a rehearsal: CloudEvents of YAML or JSON documents, one or a list
// of them in each. An event alone comes as soon as somebody listens, in the order in which
// they are given; one with a time comes at it, listened for or not:
//
//   - {type: com.example.paid, source: https://example.com, data: {id: 7}}
//   - {at: 2h, event: {type: com.example.late}}      # after the start, or an instant
//
// What CloudEvents requires and is not given is made up: id, source, specversion.
#pragma once

#include "base/vec.h"
#include "ctl/rehearse_source.h"

struct rehearse_arrival {
  jv event;      // a CloudEvent in its JSON form; owned
  bool is_timed; // else it comes when it is wanted
  bool is_taken; // it started the workflow, and is not heard again
  usec_t at;     // timed: the instant
};

struct rehearse_events {
  VEC(struct rehearse_arrival) arrivals; // as they were given
};

// Adds the events of one document; what is wrong becomes a problem of the source. `start` is
// the virtual clock's first instant.
void rehearse_events_read(struct rehearse_events *events, struct rehearse_source *source, usec_t start);
void rehearse_events_clear(struct rehearse_events *events);
