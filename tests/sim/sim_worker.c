// SPDX-License-Identifier: Apache-2.0
// The worker: reads requests, answers late, twice, elsewhere, wrongly. In an impatient
// seed it also falls silent, for ever; in a patient one each request is answered well at
// least once, since no deadline would help.
#include <stdlib.h>
#include <string.h>

#include "io/codec_worker.h"
#include "sim/sim.h"

#define BEAT_EVERY (400 * USEC_PER_MSEC)

static bool by_chance(struct sim *sim, unsigned per_mille) { return sim_random_chance(&sim->random, per_mille); }

static void append_reply(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[SIM_RESULTS], entry->partition, &entry->message);
  free(entry->message.value);
  sim->unpublished--;
}

// Some workers do not honour the partition they were asked to answer to.
static void reply_later(struct sim *sim, const struct buf *bytes, int partition, usec_t delay, enum sim_fate fate) {
  if (by_chance(sim, 200)) {
    partition = (int)sim_random_below(&sim->random, SIM_PARTITIONS);
    sim->sights.wrong_partitions++;
  }
  struct sim_event_entry entry = {.run = append_reply, .partition = partition};
  entry.message = (struct sim_message){.value = xstrndup(bytes->data, bytes->size), .value_size = bytes->size, .fate = fate};
  sim->unpublished++;
  sim_schedule(sim, delay, &entry);
}

static void send_result(struct sim *sim, const struct action_request *request, const struct action_result *result, usec_t delay, enum sim_fate fate) {
  struct buf bytes = {0};
  codec_encode_result(result, sim->scratch, &bytes);
  for (int copies = sim_chance(sim, 50) ? 2 : 1; copies > 0; copies--) reply_later(sim, &bytes, request->answer_partition, delay * copies, fate);
  buf_free(&bytes);
}

static struct action_result good_result(struct sim *sim, const struct action_request *request, int32_t attempt) {
  return (struct action_result){.action = request->action,
                                .attempt = attempt,
                                .completed = true,
                                .output = text_of(arena_printf(sim->scratch, "{\"attempt\":%d}", (int)attempt)),
                                .retryable = true};
}

static struct action_result bad_result(struct sim *sim, const struct action_request *request) {
  struct action_result result = {.action = request->action, .attempt = request->attempt, .error_status = 503, .retryable = true};
  result.error_detail = text_of(arena_printf(sim->scratch, "attempt %d", (int)request->attempt));
  if (by_chance(sim, 100)) result.retryable = false;
  if (by_chance(sim, 100)) result.error_status = 400;
  if (by_chance(sim, 200)) result.retry_after = 700 * USEC_PER_MSEC;
  return result;
}

// An answer of which PostgreSQL refuses to store a part.
static void send_poison(struct sim *sim, const struct action_request *request) {
  struct action_result result = good_result(sim, request, request->attempt);
  result.output = TEXT("{\"poison\":true}");
  send_result(sim, request, &result, sim_delay(sim, 20000), SIM_EITHER);
}

// Answers to attempts and runs that there are not.
static void send_nonsense(struct sim *sim, const struct action_request *request) {
  struct action_result result = good_result(sim, request, request->attempt);
  if (by_chance(sim, 500)) {
    result = good_result(sim, request, request->attempt + 1 + (int32_t)sim_random_below(&sim->random, 3));
    send_result(sim, request, &result, sim_delay(sim, 20000), SIM_EITHER); // such an attempt may begin
    return;
  }
  // Of a run that never was, at a home that is one or never was.
  unsigned home = by_chance(sim, 500) ? UUID_HOME_MAX : uuid_home(&request->action.run_id);
  result.action.run_id = uuid_make(INT64_C(1600000000) * USEC_PER_SEC, home, 7, 0, 1);
  send_result(sim, request, &result, sim_delay(sim, 20000), SIM_SET_ASIDE);
}

static void send_garbage(struct sim *sim, const struct action_request *request) {
  struct buf bytes = {0};
  buf_puts(&bytes, "\xff\xff no message");
  reply_later(sim, &bytes, request->answer_partition, sim_delay(sim, 20000), SIM_SET_ASIDE);
  buf_free(&bytes);
}

static void beat(struct sim *sim, const struct action_request *request, usec_t delay) {
  struct action_heartbeat heartbeat = {.action = request->action, .attempt = request->attempt};
  struct buf bytes = {0};
  codec_encode_heartbeat(&heartbeat, &bytes);
  reply_later(sim, &bytes, request->answer_partition, delay, SIM_TAKEN);
  buf_free(&bytes);
  sim->sights.heartbeats++;
}

// How long the work takes. Longer than the longest silence only with signs of life.
static usec_t work(struct sim *sim, const struct action_request *request) {
  if (by_chance(sim, 900)) return sim_delay(sim, 50000);
  usec_t delay = sim_delay(sim, 3 * USEC_PER_SEC);
  for (usec_t at = BEAT_EVERY; request->heartbeat_timeout && at < delay; at += BEAT_EVERY) beat(sim, request, at);
  return delay;
}

static void answer(struct sim *sim, const struct action_request *request) {
  bool shaky = strcmp(request->function, "shaky") == 0;
  if (sim->faults && by_chance(sim, 15)) send_poison(sim, request);
  if (by_chance(sim, 20)) send_nonsense(sim, request);
  if (by_chance(sim, 10)) send_garbage(sim, request);
  usec_t delay = work(sim, request);
  if (!sim->patient && by_chance(sim, 80)) return; // silent for ever: perhaps after signs of life
  if (!sim->patient && by_chance(sim, 40)) delay += 5 * USEC_PER_SEC; // when nobody waits any more
  bool bad = by_chance(sim, shaky ? 600 : 15);
  struct action_result result = bad ? bad_result(sim, request) : good_result(sim, request, request->attempt);
  send_result(sim, request, &result, delay, SIM_TAKEN);
}

static void read_requests(struct sim *sim, struct sim_event_entry *entry) {
  int p = entry->partition;
  struct codec_bounds bounds = {1 << 20, 1000};
  sim->worker_busy[p] = false;
  arena_reset(sim->scratch);
  while (sim->worker_read[p] < sim->topics[SIM_REQUESTS].partitions[p].count) {
    const struct sim_message *m = &sim->topics[SIM_REQUESTS].partitions[p].items[sim->worker_read[p]++];
    struct record record = {.topic = "requests", .partition = p, .value = m->value, .value_size = m->value_size};
    struct worker_request request;
    struct refusal refusal;
    if (codec_decode_request(&record, &bounds, sim->scratch, &request, &refusal) < 0)
      sim_fail(sim, "a worker cannot read a request: %s", refusal.text);
    else if (!request.is_cancel)
      answer(sim, &request.request);
  }
}

void sim_worker_look(struct sim *sim, int partition) {
  if (sim->worker_busy[partition]) return;
  sim->worker_busy[partition] = true;
  sim_schedule(sim, sim_delay(sim, 5000), &(struct sim_event_entry){.run = read_requests, .partition = partition});
}
