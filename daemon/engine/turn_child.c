// SPDX-License-Identifier: Apache-2.0
// `run: workflow`. To the run that starts it a child is an action, without a deadline: the
// child has its own reasons to wait, and its end is the answer.
#include "engine/turn.h"

const struct wf_function wf_function_child = {.name = "workflow", .topic = NULL, .timeout = 0, .heartbeat = 0, .native = WF_NATIVE_CHILD};

const char *wf_turn_child(struct wf_turn *turn) {
  const struct wf_input *input = turn->input;
  unsigned home = uuid_home(&turn->run->identity.run_id);
  struct uuid trigger_id = uuid_of_child(input->now, home, input->child_batch, input->child_first + turn->children++);
  struct uuid run_id = uuid_with_recipient(&trigger_id, 1);
  return uuid_format(&run_id, arena_alloc(turn->arena, UUID_TEXT_SIZE));
}
