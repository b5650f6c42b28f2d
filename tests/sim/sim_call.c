// SPDX-License-Identifier: Apache-2.0
// The servers that the daemon itself calls: what they see must be committed, open and under
// one key however often it comes. They answer late, refuse, fail and, where a deadline will
// help, say nothing; one asked again under the same key gives the same answer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/facts.h"
#include "engine/measure.h"
#include "sim/sim.h"

enum { CALLS_MAX = 2 }; // that an instance has under way

bool sim_call_is_native(const struct sim_run *run, int32_t action_no) {
  const struct wf_action *action = wf_run_action(run->state, action_no);
  return action && (strcmp(action->function, "http") == 0 || strcmp(action->function, "openapi") == 0);
}

// ---- what may be called -----------------------------------------------------

static const struct wf_event *asked(const struct sim_run *run, int32_t action_no, int32_t attempt) {
  vec_foreach(stored, &run->events) {
    const struct wf_event *event = &stored->event;
    if (event->type == WF_ACTION_REQUESTED && event->action_no == action_no && event->attempt == attempt) return event;
  }
  return NULL;
}

static bool is_open(const struct sim_run *run, int32_t action_no, int32_t attempt) {
  const struct wf_action *action = wf_run_action(run->state, action_no);
  return sim_db_is_open(run) && action && action->status == WF_RUNNING && action->attempt == attempt;
}

// One that has lost the home and has not heard of it yet may do what another has ended.
static bool is_owner(const struct sim *sim, const struct sim_instance *instance, const struct sim_run *run) {
  const char *owner = sim->db.homes.items[run->home - 1].instance;
  return owner && strcmp(owner, instance->name) == 0;
}

// protocols: the action's id and its attempt.
static bool read_key(const char *key, struct sim_call *call) {
  const char *slash = strrchr(key, '/');
  struct action_id id;
  if (!slash || action_id_parse(key, (size_t)(slash - key), &id) < 0) return false;
  call->run_id = id.run_id;
  call->action_no = id.action_no;
  call->attempt = atoi(slash + 1);
  return true;
}

static void check(struct sim *sim, const struct sim_call *call, const struct world_call *what) {
  const struct sim_run *run = sim_db_run(&sim->db, &call->run_id);
  const struct wf_event *event = run ? asked(run, call->action_no, call->attempt) : NULL;
  if (!event) {
    sim_fail(sim, "%s was called and no event asks for it", what->idempotency_key);
    return;
  }
  const struct wf_action *action = wf_run_action(run->state, call->action_no);
  if (action && !wf_value_equal(action->input, what->arguments)) sim_fail(sim, "%s was called with what no event says", what->idempotency_key);
  if (what->timeout <= 0) sim_fail(sim, "a call is made when its time is over");
  if (!is_owner(sim, call->instance, run)) return;
  if (!is_open(run, call->action_no, call->attempt)) sim_fail(sim, "a call was made for an action that is over");
  if (run->state->status == WF_SUSPENDED) sim_fail(sim, "a call was made for a run that is suspended");
}

static struct sim_call *find(struct sim *sim, const struct sim_instance *instance, uint64_t cookie) {
  vec_foreach(call, &sim->calls) {
    if (call->instance == instance && call->cookie == cookie) return call;
  }
  return NULL;
}

void sim_call_check(struct sim *sim, const struct sim_instance *instance, int lane) {
  vec_foreach(call, &sim->calls) {
    const struct sim_run *run = sim_db_run(&sim->db, &call->run_id);
    if (call->instance != instance || sim->db.homes.items[run->home - 1].partition % SIM_LANES != lane || !is_owner(sim, instance, run)) continue;
    if (!is_open(run, call->action_no, call->attempt)) sim_fail(sim, "a call goes on whose action is over (%s)", run->trigger->workflow);
  }
}

// ---- what comes of it -------------------------------------------------------

// The same for the same key, whoever asks.
static unsigned fate_of(const struct sim_call *call) {
  unsigned h = 2166136261u;
  for (size_t i = 0; i < sizeof call->run_id.bytes; i++) h = (h ^ call->run_id.bytes[i]) * 16777619u;
  h = (h ^ (unsigned)call->action_no) * 16777619u;
  return ((h ^ (unsigned)call->attempt) * 16777619u >> 7) % 100;
}

static struct world_answer answer_of(const struct sim_call *call, char *output, size_t size) {
  unsigned fate = fate_of(call);
  snprintf(output, size, "{\"attempt\":%d}", (int)call->attempt);
  if (fate >= 30) return (struct world_answer){.completed = true, .output = text_of(output)};
  struct world_answer answer = {.error_status = fate < 25 ? 503 : 404, .error_title = TEXT("it failed"), .retryable = fate < 27};
  if (fate < 10) answer.retry_after = 700 * USEC_PER_MSEC;
  return answer;
}

static void answered(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  struct sim_call *call = find(sim, instance, entry->cookie);
  if (!call || call->instance->life != entry->life || call->number != entry->since) return; // hung up; cookies come again
  char output[32];
  struct world_answer answer = answer_of(call, output, sizeof output);
  if (sim_chance(sim, 20)) {
    sim_instance_crash(instance, SIM_CRASH_CALLING);
    return;
  }
  sim->sights.calls_failed += !answer.completed;
  *call = sim->calls.items[--sim->calls.count];
  job_on_called(instance->job, entry->cookie, &answer);
}

static void note(struct sim *sim, const struct sim_call *call) {
  sim->sights.calls++;
  uint64_t same = 0;
  vec_foreach(before, &sim->called) same += before->action_no == call->action_no && uuid_equal(&before->run_id, &call->run_id);
  sim->sights.calls_repeated += same >= (uint64_t)call->attempt;
  vec_push(&sim->called, (struct action_id){call->run_id, call->action_no});
}

bool sim_call(void *context, const struct world_call *what, uint64_t cookie) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  struct sim_call call = {.instance = instance, .cookie = cookie, .number = (usec_t)sim->called.count};
  size_t under_way = 0;
  vec_foreach(other, &sim->calls) under_way += other->instance == instance;
  sim->sights.calls_refused += under_way >= CALLS_MAX;
  if (instance->doomed || under_way >= CALLS_MAX) return false;
  if (!read_key(what->idempotency_key, &call)) sim_fail(sim, "%s is no key", what->idempotency_key);
  check(sim, &call, what);
  if (sim->failure[0]) return false;
  note(sim, &call);
  vec_push(&sim->calls, call);
  struct sim_event_entry entry = sim_event_of(instance, answered);
  entry.cookie = cookie;
  entry.since = call.number;
  usec_t delay = sim_delay(sim, sim_random_chance(&sim->random, 850) ? 60000 : USEC_PER_SEC);
  bool is_silent = !sim->patient && sim_random_chance(&sim->random, 50);
  sim_schedule(sim, is_silent || delay > what->timeout ? what->timeout : delay, &entry); // the client gives up then
  return true;
}

void sim_call_hang_up(void *context, uint64_t cookie) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  struct sim_call *call = find(sim, instance, cookie);
  if (!call) {
    sim_fail(sim, "what is hung up is not under way");
    return;
  }
  sim->sights.hung_up++;
  *call = sim->calls.items[--sim->calls.count];
}
