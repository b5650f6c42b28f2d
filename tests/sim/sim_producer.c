// SPDX-License-Identifier: Apache-2.0
// The producers: what they publish, and what must become of it.
#include <stdlib.h>
#include <string.h>

#include "io/codec_command.h"
#include "io/codec_trigger.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

#define PUBLISH_FOR (14 * USEC_PER_SEC)
enum { RECIPIENTS_MAX = 12 }; // three times what one transaction may carry

struct draft {
  struct sim *sim;
  int number;
  struct trigger_event event;
  struct trigger_recipient recipients[RECIPIENTS_MAX];
  int poison_at; // the first recipient that cannot be stored, -1 = none
  int triggers;
  enum sim_fate fate;
  usec_t delay; // until it is published
};

static bool by_chance(struct draft *draft, unsigned per_mille) { return sim_random_chance(&draft->sim->random, per_mille); }

// ---- publishing -------------------------------------------------------------

static void publish(struct sim *sim, struct sim_event_entry *entry) {
  sim_append(sim, &sim->topics[entry->topic], entry->partition, &entry->message);
  free(entry->message.value);
  sim->unpublished--;
}

static void publish_later(struct sim *sim, int topic, usec_t delay, enum sim_fate fate, const struct buf *bytes) {
  struct sim_event_entry entry = {.run = publish, .topic = topic, .partition = (int)sim_random_below(&sim->random, SIM_PARTITIONS)};
  entry.message = (struct sim_message){.value = xstrndup(bytes->data, bytes->size), .value_size = bytes->size, .fate = fate};
  sim->unpublished++;
  sim_schedule(sim, delay, &entry);
}

static char *format(struct draft *draft, const char *what, int number) { return arena_printf(draft->sim->scratch, "%s-%d", what, number); }

// ---- events -----------------------------------------------------------------

static usec_t some_time_around(struct sim *sim, usec_t delay) {
  usec_t at = delay - 3 * USEC_PER_SEC + sim_delay(sim, 8 * USEC_PER_SEC);
  return at > 0 ? at : 0;
}

void sim_publish_event(struct sim *sim, const char *type, int key, usec_t delay) {
  struct draft draft = {.sim = sim};
  int number = (int)sim->publications.count;
  struct trigger_event event = {.id = text_of(format(&draft, "event", number)), .type = text_of(type), .source_name = TEXT("/sim")};
  event.data = text_of(arena_printf(sim->scratch, "{\"key\":\"k-%d\",\"number\":%d}", key, number));
  vec_push(&sim->publications, (struct sim_publication){type, key});
  struct buf bytes = {0};
  codec_encode_trigger(&event, sim->scratch, &bytes);
  int copies = by_chance(&draft, 150) ? 2 : 1;
  bool starts = strcmp(type, "sim.opened") == 0 || strcmp(type, "sim.closed") == 0;
  if (starts) vec_push(&sim->expected, (struct sim_expected){sim_db_copy(event.id), SIM_OPENED_STARTS, 1, copies});
  for (int i = 0; i < copies; i++) publish_later(sim, SIM_TRIGGERS, delay + (i ? sim_delay(sim, 2 * USEC_PER_SEC) : 0), SIM_TAKEN, &bytes);
  buf_free(&bytes);
}

// Before its runs listen, meanwhile, and behind; some are of others.
static void publish_events(struct sim *sim, int number, usec_t delay) {
  for (int n = (int)sim_random_below(&sim->random, 6); n >= 0; n--)
    sim_publish_event(sim, sim_random_chance(&sim->random, 650) ? "sim.paid" : "sim.left", sim_random_chance(&sim->random, 800) ? number : -1, some_time_around(sim, delay));
}

static void publish_pairs(struct sim *sim) {
  for (int n = 1 + (int)sim_random_below(&sim->random, 6); n > 0; n--)
    sim_publish_event(sim, sim_random_chance(&sim->random, 500) ? "sim.opened" : "sim.closed", (int)sim_random_below(&sim->random, 2), sim_delay(sim, PUBLISH_FOR));
}

// ---- triggers ---------------------------------------------------------------

static void draft_recipients(struct draft *draft) {
  size_t count = by_chance(draft, 200) ? 1 + sim_random_below(&draft->sim->random, RECIPIENTS_MAX) : 1 + sim_random_below(&draft->sim->random, 3);
  for (size_t i = 0; i < count; i++) // the last one is often a repeat of the first
    draft->recipients[i] = (struct trigger_recipient){.ref.id = text_of(format(draft, "lead", i + 1 == count && i > 1 ? 0 : (int)i))};
  draft->poison_at = -1;
  if (by_chance(draft, 40)) {
    draft->poison_at = (int)sim_random_below(&draft->sim->random, count > 2 ? count - 1 : count);
    draft->recipients[draft->poison_at].data = TEXT("{\"poison\":true}");
  }
  draft->event.recipients = draft->recipients;
  draft->event.recipient_count = count;
}

static void draft_data(struct draft *draft) {
  struct sim *sim = draft->sim;
  char until[CLOCK_TEXT_SIZE];
  clock_format(sim_db_clock(sim) + (usec_t)(6 + 9 * sim_random_below(&sim->random, 4)) * USEC_PER_SEC, until);
  draft->event.data = text_of(arena_printf(sim->scratch, "{\"pause\":\"PT%dS\",\"until\":\"%s\",\"key\":\"k-%d\"}", 1 + (int)sim_random_below(&sim->random, 25), until, draft->number));
}

static void draft_workflow(struct draft *draft) {
  struct sim *sim = draft->sim;
  const struct sim_workflow *workflow;
  do workflow = &sim_workflows[sim_random_below(&sim->random, (uint64_t)sim_workflow_count)];
  while (!workflow->named || (workflow->hurried && sim->patient) || (workflow->never_ends && by_chance(draft, 800)));
  draft->event.workflow = text_of(arena_printf(sim->scratch, "sim/%s", workflow->name));
  draft->triggers = 1;
}

// Most name a workflow, some match by their type; some are no good.
static void draft_kind(struct draft *draft) {
  unsigned kind = (unsigned)sim_random_below(&draft->sim->random, 100);
  draft->event.type = TEXT("sim.trigger");
  if (kind < 10) {
    draft->event.type = TEXT("sim.signed");
    draft->triggers = SIM_SIGNED_STARTS;
  } else if (kind < 13) {
    draft->event.type = TEXT("sim.ignored");
  } else if (kind < 16) {
    draft->event.workflow = TEXT("sim/unknown");
    draft->fate = SIM_SET_ASIDE;
  } else if (kind < 20) {
    draft_workflow(draft);
    draft->event.id = text_of(format(draft, "poison", draft->number));
    draft->triggers = 0;
    draft->fate = SIM_SET_ASIDE;
  } else {
    draft_workflow(draft);
  }
}

// What cannot be stored once its wait is over would not be stored at all.
static void draft_manner(struct draft *draft) {
  if (!draft->event.workflow.data || text_equal(draft->event.workflow, TEXT("sim/unstorable")) || !by_chance(draft, 60)) return;
  draft->event.source_kind = SOURCE_REHEARSAL;
  if (by_chance(draft, 500)) draft->event.settings.results = TEXT("{\"act\":{\"rehearsed\":true}}");
}

// Recipients behind the poison's piece are set aside with the record.
static int runs_of(const struct draft *draft) {
  int count = (int)draft->event.recipient_count, different = count > 2 ? count - 1 : count;
  if (draft->poison_at < 0) return different;
  return different > SIM_PIECE ? draft->poison_at / SIM_PIECE * SIM_PIECE : 0;
}

static void expect(struct draft *draft, int copies) {
  struct sim_expected expected = {.event_id = sim_db_copy(draft->event.id), .triggers = draft->triggers, .runs = runs_of(draft), .copies = copies};
  int different = (int)draft->event.recipient_count > 2 ? (int)draft->event.recipient_count - 1 : (int)draft->event.recipient_count;
  if (draft->poison_at >= 0 && different <= SIM_PIECE) expected.triggers = 0;
  vec_push(&draft->sim->expected, expected);
}

static void publish_trigger(struct sim *sim, int number) {
  struct draft draft = {.sim = sim, .number = number, .delay = sim_delay(sim, PUBLISH_FOR)};
  draft.event.id = text_of(format(&draft, "trigger", number));
  draft_kind(&draft);
  draft_recipients(&draft);
  draft_data(&draft);
  draft_manner(&draft);
  if (draft.poison_at >= 0 && draft.triggers) draft.fate = SIM_EITHER; // of two copies one may be a repeat
  if (by_chance(&draft, 300)) draft.event.cancellation_key = text_of(format(&draft, "key", number % SIM_KEYS));
  if (by_chance(&draft, 500)) draft.event.time = sim_db_clock(sim) + draft.delay - (by_chance(&draft, 200) ? 20 * USEC_PER_SEC : 0);
  struct buf bytes = {0};
  codec_encode_trigger(&draft.event, sim->scratch, &bytes);
  int copies = by_chance(&draft, 120) ? 2 : 1; // a producer repeats itself, elsewhere too
  expect(&draft, copies);
  for (int i = 0; i < copies; i++) publish_later(sim, SIM_TRIGGERS, draft.delay + (i ? sim_delay(sim, USEC_PER_SEC / 20) : 0), draft.fate, &bytes);
  buf_free(&bytes);
  if (strncmp(draft.event.workflow.data ? draft.event.workflow.data : "", "sim/hear", 8) == 0) publish_events(sim, number, draft.delay);
}

// ---- commands and what is none ----------------------------------------------

static void publish_cancel(struct sim *sim, int number) {
  struct draft draft = {.sim = sim};
  struct recipient_ref lead = {.id = TEXT("lead-1")};
  struct run_command command = {.kind = COMMAND_CANCEL,
                                .id = text_of(format(&draft, "cancel", number)),
                                .cancellation_key = text_of(format(&draft, "key", number % SIM_KEYS)),
                                .actor = TEXT("sim"),
                                .reason = TEXT("by chance")};
  if (by_chance(&draft, 500)) command.workflow = TEXT("sim/three-actions");
  if (by_chance(&draft, 500)) {
    command.recipients = &lead;
    command.recipient_count = 1;
  }
  struct buf bytes = {0};
  codec_encode_command(&command, sim->scratch, &bytes);
  publish_later(sim, SIM_COMMANDS, sim_delay(sim, PUBLISH_FOR), SIM_TAKEN, &bytes);
  buf_free(&bytes);
}

static void publish_garbage(struct sim *sim, int topic) {
  struct buf bytes = {0};
  buf_puts(&bytes, sim_random_chance(&sim->random, 500) ? "{\"id\": oops" : "\xff\xfe\xfd");
  publish_later(sim, topic, sim_delay(sim, PUBLISH_FOR), SIM_SET_ASIDE, &bytes);
  buf_free(&bytes);
}

// One that kills whoever decides it, in one seed of four. In a patient seed nothing makes
// up for the answer that is set aside with it.
static void publish_deadly(struct sim *sim) {
  if (!sim_random_chance(&sim->random, 250)) return;
  sim->deadly = &sim_deadly[sim_random_below(&sim->random, sim->patient ? SIM_DEADLY - 1 : SIM_DEADLY)];
  struct trigger_recipient recipient = {.ref.id = TEXT("lead-1")};
  struct trigger_event event = {.id = TEXT("deadly"),
                                .type = TEXT("sim.trigger"),
                                .workflow = text_of(arena_printf(sim->scratch, "sim/%s", sim->deadly->name)),
                                .recipients = &recipient,
                                .recipient_count = 1};
  struct buf bytes = {0};
  codec_encode_trigger(&event, sim->scratch, &bytes);
  publish_later(sim, SIM_TRIGGERS, sim_delay(sim, PUBLISH_FOR), SIM_TAKEN, &bytes);
  buf_free(&bytes);
}

void sim_publish(struct sim *sim) {
  for (int i = 0; i < sim->options.triggers; i++) publish_trigger(sim, i);
  for (int i = 0; i < SIM_KEYS; i++)
    if (sim_random_chance(&sim->random, 400)) publish_cancel(sim, i);
  publish_pairs(sim);
  publish_garbage(sim, SIM_TRIGGERS);
  if (sim_random_chance(&sim->random, 500)) publish_garbage(sim, SIM_COMMANDS);
  publish_deadly(sim);
  arena_reset(sim->scratch);
}
