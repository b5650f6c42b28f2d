// SPDX-License-Identifier: Apache-2.0
// The producers and the worker of the simulation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct sim_event_entry entry = {.run = append_reply, .partition = request->answer_partition};
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

static void publish(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[SIM_TRIGGERS], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
  if (sim_random_chance(&sim->random, 100)) { // a producer repeats itself
    sim_append(sim, &sim->topics[SIM_TRIGGERS], entry->partition, NULL, 0, entry->message.value, entry->message.value_size);
    sim->repeated++;
  }
  free(entry->message.value);
}

void sim_publish_triggers(struct sim *sim) {
  struct arena *arena = arena_new();
  struct buf bytes = {0};
  for (int i = 0; i < sim->options.triggers; i++) {
    char id[32];
    snprintf(id, sizeof id, "trigger-%d", i);
    struct trigger_recipient recipients[3] = {{.ref.id = TEXT("ada")}, {.ref.id = TEXT("bob")}, {.ref.id = TEXT("ada")}};
    const struct sim_workflow *workflow = &sim_workflows[sim_random_below(&sim->random, (uint64_t)sim_workflow_count)];
    struct trigger_event event = {.id = text_of(id),
                                  .type = TEXT("sim.trigger"),
                                  .workflow = text_of(arena_printf(arena, "sim/%s", workflow->name)),
                                  .recipients = recipients,
                                  .recipient_count = 1 + sim_random_below(&sim->random, 3),
                                  .data = TEXT("{\"amount\":1}")};
    buf_reset(&bytes);
    codec_encode_trigger(&event, arena, &bytes);
    struct sim_event_entry entry = {.run = publish, .partition = (int)sim_random_below(&sim->random, SIM_PARTITIONS)};
    entry.message = (struct sim_message){.value = xstrndup(bytes.data, bytes.size), .value_size = bytes.size};
    sim_schedule(sim, (usec_t)sim_random_below(&sim->random, 15 * USEC_PER_SEC), &entry);
  }
  sim->published = sim->options.triggers;
  buf_free(&bytes);
  arena_free(arena);
}
