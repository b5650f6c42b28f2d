// SPDX-License-Identifier: Apache-2.0
// The producers and the worker of the simulation.
#include <stdlib.h>

#include "io/codec_command.h"
#include "io/codec_trigger.h"
#include "io/codec_worker.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

static void append_reply(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[SIM_RESULTS], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
  free(entry->message.value);
}

// Answers later; sometimes twice, sometimes never (the deadline must then do).
static void answer(struct sim *sim, const struct action_request *request) {
  if (sim->faults && sim_random_chance(&sim->random, 10)) return;
  struct action_result result = {.action = request->action, .attempt = request->attempt, .completed = true, .output = TEXT("{\"ok\":true}"), .retryable = true};
  struct arena *arena = arena_new();
  struct buf bytes = {0};
  codec_encode_result(&result, arena, &bytes);
  for (int copies = sim->faults && sim_random_chance(&sim->random, 50) ? 2 : 1; copies > 0; copies--) {
    // Some workers do not honour the partition they were asked to answer to.
    int partition = sim_random_chance(&sim->random, 200) ? (int)sim_random_below(&sim->random, SIM_PARTITIONS) : request->answer_partition;
    struct sim_event_entry entry = {.run = append_reply, .partition = partition};
    entry.message = (struct sim_message){.value = xstrndup(bytes.data, bytes.size), .value_size = bytes.size};
    sim_schedule(sim, 100 + (usec_t)sim_random_below(&sim->random, 50000), &entry);
  }
  buf_free(&bytes);
  arena_free(arena);
}

void sim_worker_step(struct sim *sim, struct sim_event_entry *entry) {
  int p = entry->partition;
  struct arena *arena = arena_new();
  struct codec_bounds bounds = {1 << 20, 1000};
  while (sim->worker_read[p] < sim->topics[SIM_REQUESTS].partitions[p].count) {
    const struct sim_message *m = &sim->topics[SIM_REQUESTS].partitions[p].items[sim->worker_read[p]++];
    struct record record = {.topic = "requests", .partition = p, .value = m->value, .value_size = m->value_size};
    struct worker_request request;
    struct refusal refusal;
    if (codec_decode_request(&record, &bounds, arena, &request, &refusal) < 0)
      sim_fail(sim, "a worker cannot read a request: %s", refusal.text);
    else if (!request.is_cancel)
      answer(sim, &request.request);
  }
  arena_free(arena);
  sim_schedule(sim, 5 * USEC_PER_MSEC, entry);
}

static void publish_once(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[entry->topic], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
  free(entry->message.value);
}

static void publish(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[entry->topic], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
  if (entry->topic == SIM_TRIGGERS && sim_random_chance(&sim->random, 100)) { // a producer repeats itself
    sim_append(sim, &sim->topics[SIM_TRIGGERS], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
    sim->repeated++;
  }
  free(entry->message.value);
}

static void publish_later(struct sim *sim, int topic, const struct buf *bytes) {
  struct sim_event_entry entry = {.run = publish, .topic = topic, .partition = (int)sim_random_below(&sim->random, SIM_PARTITIONS)};
  entry.message = (struct sim_message){.value = xstrndup(bytes->data, bytes->size), .value_size = bytes->size};
  sim_schedule(sim, (usec_t)sim_random_below(&sim->random, 15 * USEC_PER_SEC), &entry);
}

enum { RECIPIENTS_MAX = 12 }; // three times what one transaction may carry

static void publish_trigger(struct sim *sim, int number, struct arena *arena, struct buf *bytes) {
  struct trigger_recipient recipients[RECIPIENTS_MAX];
  size_t count = sim_random_chance(&sim->random, 200) ? 1 + sim_random_below(&sim->random, RECIPIENTS_MAX) : 1 + sim_random_below(&sim->random, 3);
  for (size_t i = 0; i < count; i++) // the last one is often a repeat of the first
    recipients[i] = (struct trigger_recipient){.ref.id = text_of(arena_printf(arena, "lead-%zu", i + 1 == count && i > 1 ? 0 : i))};
  sim->runs_wanted += count > 2 ? count - 1 : count;
  const struct sim_workflow *workflow = &sim_workflows[sim_random_below(&sim->random, (uint64_t)sim_workflow_count)];
  struct trigger_event event = {.id = text_of(arena_printf(arena, "trigger-%d", number)),
                                .type = TEXT("sim.trigger"),
                                .workflow = text_of(arena_printf(arena, "sim/%s", workflow->name)),
                                .recipients = recipients,
                                .recipient_count = count,
                                .data = TEXT("{\"amount\":1}")};
  if (sim_random_chance(&sim->random, 300)) event.cancellation_key = text_of(arena_printf(arena, "key-%d", number % SIM_KEYS));
  buf_reset(bytes);
  codec_encode_trigger(&event, arena, bytes);
  publish_later(sim, SIM_TRIGGERS, bytes);
}

static void publish_cancel(struct sim *sim, int number, struct arena *arena, struct buf *bytes) {
  struct run_command command = {.kind = COMMAND_CANCEL,
                                .id = text_of(arena_printf(arena, "cancel-%d", number)),
                                .cancellation_key = text_of(arena_printf(arena, "key-%d", number % SIM_KEYS)),
                                .workflow = TEXT("sim/three-actions"),
                                .actor = TEXT("sim"),
                                .reason = TEXT("by chance")};
  buf_reset(bytes);
  codec_encode_command(&command, arena, bytes);
  publish_later(sim, SIM_COMMANDS, bytes);
}

// Whatever is suspended goes on, and what was set aside comes again, so that everything
// can end. What kills is tried once: it must stop itself alone.
static void put_in_order(struct sim *sim) {
  vec_foreach(run, &sim->db.runs) {
    if (!sim_db_is_open(*run) || (sim_is_poison(*run) && sim_is_resumed(sim, *run))) continue;
    struct wf_run *state = sim_db_fold(*run);
    if (state->status == WF_SUSPENDED) sim_db_command(&sim->db, WF_CONTROL_RESUME, &(*run)->run_id, sim_db_clock(sim));
    wf_run_free(state);
  }
  for (size_t i = 0; i < sim->db.quarantine.count; i++)
    if (sim_may_come_again(sim, &sim->db.quarantine.items[i])) sim_db_replay(&sim->db, i);
}

// An operator: cancels, suspends or resumes some run, by SQL.
void sim_operator_step(struct sim *sim, struct sim_event_entry *entry) {
  static const enum wf_control kinds[] = {WF_CONTROL_CANCEL, WF_CONTROL_SUSPEND, WF_CONTROL_RESUME, WF_CONTROL_RESUME};
  if (!sim->faults) {
    put_in_order(sim);
    sim_schedule(sim, 5 * USEC_PER_SEC, entry);
    return;
  }
  if (sim->db.runs.count) {
    const struct sim_run *run = sim->db.runs.items[sim_random_below(&sim->random, sim->db.runs.count)];
    sim_db_command(&sim->db, kinds[sim_random_below(&sim->random, 4)], &run->run_id, sim_db_clock(sim));
  }
  sim_schedule(sim, (usec_t)sim_random_below(&sim->random, 2000) * USEC_PER_MSEC, entry);
}

// One that kills whoever decides it, in one seed of four.
static void publish_poison(struct sim *sim, struct arena *arena, struct buf *bytes) {
  if (!sim_random_chance(&sim->random, 250)) return;
  sim->poison = &sim_poisons[sim_random_below(&sim->random, SIM_POISONS)];
  struct trigger_recipient recipient = {.ref.id = TEXT("lead-1")};
  struct trigger_event event = {.id = TEXT("poison"),
                                .type = TEXT("sim.trigger"),
                                .workflow = text_of(arena_printf(arena, "sim/%s", sim->poison->name)),
                                .recipients = &recipient,
                                .recipient_count = 1};
  buf_reset(bytes);
  codec_encode_trigger(&event, arena, bytes);
  struct sim_event_entry entry = {.run = publish_once, .topic = SIM_TRIGGERS, .partition = (int)sim_random_below(&sim->random, SIM_PARTITIONS)};
  entry.message = (struct sim_message){.value = xstrndup(bytes->data, bytes->size), .value_size = bytes->size};
  sim_schedule(sim, (usec_t)sim_random_below(&sim->random, 15 * USEC_PER_SEC), &entry);
}

void sim_publish(struct sim *sim) {
  struct arena *arena = arena_new();
  struct buf bytes = {0};
  for (int i = 0; i < sim->options.triggers; i++) publish_trigger(sim, i, arena, &bytes);
  for (int i = 0; i < SIM_KEYS; i++)
    if (sim_random_chance(&sim->random, 500)) publish_cancel(sim, i, arena, &bytes);
  publish_poison(sim, arena, &bytes);
  sim->published = sim->options.triggers;
  buf_free(&bytes);
  arena_free(arena);
}
