// SPDX-License-Identifier: Apache-2.0
// A trigger and its run made by hand, as a commit wants them: for tests of pg_store.
#pragma once

#include "store_fixture.h"

struct sample {
  struct wf_run run;
  struct wf_run *runs[1];
  struct wf_step step;
  struct wf_step *steps[1];
  struct wf_action action;
  struct wf_action *actions[1];
  struct wf_event events[4];
  struct store_event rows[4];
  int32_t previous_seqs[1];
  struct trigger_event message;
  struct store_trigger trigger;
  struct store_fence fence;
  struct store_request request;
};

// The server's clock.
usec_t sample_now(struct fixture *fixture);
// A trigger event of that id and its run, which waits for an action: three events.
void sample_new(struct sample *sample, struct fixture *fixture, const char *id, uint64_t offset);
// The same run goes on: one more event, the action answered, the run completed.
void sample_complete(struct sample *sample, struct fixture *fixture);
void sample_clear(struct sample *sample);
