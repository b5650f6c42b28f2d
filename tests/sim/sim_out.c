// SPDX-License-Identifier: Apache-2.0
// Messages: nothing outside before it is inside, everything inside gets outside, each run's
// in their order.
#include <string.h>

#include "io/codec_outbox.h"
#include "io/codec_worker.h"
#include "sim/sim.h"

static struct sim_request *find(struct sim_run *run, int32_t action_no, int32_t attempt, bool is_cancel) {
  if (!run) return NULL;
  vec_foreach(request, &run->requests) {
    if (request->action_no == action_no && request->attempt == attempt && request->is_cancel == is_cancel) return request;
  }
  return NULL;
}

// That of a suspended run is sent once more when it is resumed, by another batch.
bool sim_out_is_void(const struct sim_run *run, const struct sim_request *request) {
  const struct wf_action *action = wf_run_action(run->state, request->action_no);
  return request->is_native || (!request->is_cancel && (!action || run->state->status == WF_SUSPENDED || action->status != WF_RUNNING || action->attempt != request->attempt || wf_status_ended(run->state->status)));
}

// ---- inside -----------------------------------------------------------------

// Each message says what an event of the run says.
static void check_event(struct sim *sim, const struct sim_run *run, const struct sim_request *request) {
  bool known = false;
  vec_foreach(stored, &run->events) {
    const struct wf_event *event = &stored->event;
    bool recalls = event->type == WF_ACTION_CANCELLED || event->type == WF_ACTION_TIMED_OUT;
    bool right = request->is_cancel ? recalls : event->type == WF_ACTION_REQUESTED;
    known |= right && event->action_no == request->action_no && event->attempt == request->attempt;
  }
  if (!known) sim_fail(sim, "a batch holds a message that no event asks for");
}

static void note(struct sim *sim, const struct outbox_request *from, int64_t batch_no) {
  struct sim_run *run = sim_db_run(&sim->db, &from->run_id);
  if (!run) {
    sim_fail(sim, "a batch holds a message of a run that is not there");
    return;
  }
  struct sim_request *again = find(run, from->action_no, from->attempt, from->deadline == 0);
  if (again) { // asked for once more: the latest batch answers for it
    again->batch_no = batch_no;
    again->seq = from->seq;
    return;
  }
  struct sim_request request = {.action_no = from->action_no, .attempt = from->attempt, .seq = from->seq, .is_cancel = from->deadline == 0, .is_native = from->native, .batch_no = batch_no};
  check_event(sim, run, &request);
  vec_push(&run->requests, request);
}

void sim_out_committed(struct sim *sim, const struct store_fence *fence) {
  struct outbox_request *requests;
  size_t count;
  if (!fence->requests.data) return;
  struct arena *arena = arena_new();
  if (codec_outbox_unpack(fence->requests, arena, &requests, &count) < 0)
    sim_fail(sim, "the messages of a batch cannot be read");
  else
    for (size_t i = 0; i < count; i++) note(sim, &requests[i], fence->batch_no);
  arena_free(arena);
}

void sim_out_events(struct sim *sim, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->event_count; i++) {
    const struct wf_event *event = commit->events[i].event;
    bool recalls = event->type == WF_ACTION_CANCELLED || event->type == WF_ACTION_TIMED_OUT;
    if (!recalls && event->type != WF_ACTION_REQUESTED) continue;
    struct sim_run *run = sim_db_run(&sim->db, &commit->events[i].run_id);
    if (sim_child_is_action(run, event->action_no)) continue; // nobody is asked
    if (recalls && sim_call_is_native(run, event->action_no)) continue; // it is hung up
    if (!find(run, event->action_no, event->attempt, recalls)) sim_fail(sim, "%s without a message to the worker", wf_event_type_name(event->type));
  }
}

// ---- outside ----------------------------------------------------------------

static struct sim_request *decode(struct sim *sim, const void *value, size_t size, struct sim_run **ret_run) {
  struct arena *arena = arena_new();
  struct codec_bounds bounds = {1 << 20, 1000};
  struct record record = {.topic = "requests", .value = value, .value_size = size};
  struct worker_request request;
  struct refusal refusal;
  struct sim_request *found = NULL;
  if (codec_decode_request(&record, &bounds, arena, &request, &refusal) < 0) {
    sim_fail(sim, "what is sent to workers cannot be read: %s", refusal.text);
  } else {
    const struct action_id *id = request.is_cancel ? &request.cancel.action : &request.request.action;
    *ret_run = sim_db_run(&sim->db, &id->run_id);
    found = find(*ret_run, id->action_no, request.is_cancel ? request.cancel.attempt : request.request.attempt, request.is_cancel);
    if (!found) sim_fail(sim, "a %s left before its event was committed", request.is_cancel ? "recall" : "request");
  }
  arena_free(arena);
  return found;
}

// The producer gets each run's messages in order of seq; again only what it had before.
void sim_out_offered(struct sim *sim, struct sim_instance *instance, const struct world_message *message) {
  struct sim_run *run;
  struct sim_request *request = decode(sim, message->value, message->value_size, &run);
  if (!request) return;
  int lane = sim_db_home(&sim->db, run->home)->partition % SIM_LANES;
  uint64_t by = ((uint64_t)instance->number << 56) + ((uint64_t)instance->life << 32) + instance->takings[lane] + 1;
  if (request->offered_by == by) return;
  request->offered_by = by;
  if (run->offered_by == by && request->seq < run->offered_seq)
    sim_fail(sim, "a run's messages are offered out of order: of event %d behind that of %d", request->seq, run->offered_seq);
  run->offered_by = by;
  run->offered_seq = request->seq;
}

void sim_out_left(struct sim *sim, const struct sim_message *message) {
  struct sim_run *run;
  struct sim_request *request = decode(sim, message->value, message->value_size, &run);
  if (request) request->left++;
}
