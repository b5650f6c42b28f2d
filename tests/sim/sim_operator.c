// SPDX-License-Identifier: Apache-2.0
// The operators: commands by SQL and by Kafka, by chance while there are faults; after
// that they let everything end.
#include <string.h>

#include "io/codec_command.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

#define LET_GO_EVERY (3 * USEC_PER_SEC)

static bool by_chance(struct sim *sim, unsigned per_mille) { return sim_random_chance(&sim->random, per_mille); }

static bool never_ends(const struct sim_run *run) {
  for (int i = 0; i < sim_workflow_count; i++)
    if (sim_workflows[i].never_ends && strcmp(strrchr(run->trigger->workflow, '/') + 1, sim_workflows[i].name) == 0) return true;
  return false;
}

// Whatever is suspended goes on, what cannot end is ended, what chance set aside comes again.
static void let_go(struct sim *sim, struct sim_event_entry *entry) {
  vec_foreach(run, &sim->db.runs) {
    if (!sim_db_is_open(*run) || sim_deadly_is_left(sim, *run)) continue;
    if (never_ends(*run))
      sim_db_command_because(&sim->db, WF_CONTROL_CANCEL, &(*run)->run_id, "it cannot end", sim_db_clock(sim));
    else if ((*run)->state->status == WF_SUSPENDED)
      sim_db_command_because(&sim->db, WF_CONTROL_RESUME, &(*run)->run_id, SIM_LONG_ENOUGH, sim_db_clock(sim));
  }
  sim_db_pause_intake(&sim->db, false);
  sim_deadly_replay(sim);
  sim_hear_feed(sim);
  sim_schedule(sim, LET_GO_EVERY, entry);
}

static void by_sql(struct sim *sim, enum wf_control kind, const struct uuid *run_id) {
  sim_db_command_because(&sim->db, kind, run_id, by_chance(sim, 30) ? "poison" : "by chance", sim_db_clock(sim));
}

static void by_kafka(struct sim *sim, enum run_command_kind kind, const struct sim_run *run) {
  struct run_command command = {.kind = kind, .id = TEXT("by-operator"), .has_run_id = true, .run_id = run->run_id, .actor = TEXT("sim")};
  struct sim_message message = {.fate = never_ends(run) ? SIM_EITHER : SIM_TAKEN};
  if (by_chance(sim, 30)) {
    command.reason = TEXT("poison");
    message.fate = SIM_EITHER;
  }
  struct buf bytes = {0};
  codec_encode_command(&command, sim->scratch, &bytes);
  message.value = bytes.data;
  message.value_size = bytes.size;
  sim_append(sim, &sim->topics[SIM_COMMANDS], (int)sim_random_below(&sim->random, SIM_PARTITIONS), &message);
  buf_free(&bytes);
}

static void by_key(struct sim *sim) {
  static const struct recipient_ref leads[] = {{.id = TEXT("lead-0")}, {.id = TEXT("lead-2")}};
  struct text key = text_of(arena_printf(sim->scratch, "key-%d", (int)sim_random_below(&sim->random, SIM_KEYS)));
  struct text workflow = by_chance(sim, 500) ? TEXT("sim/nap") : (struct text){NULL, 0};
  sim_db_cancel_key(&sim->db, key, workflow, leads, by_chance(sim, 500) ? 2 : 0, sim_db_clock(sim));
}

static void operate(struct sim *sim, struct sim_event_entry *entry) {
  static const enum wf_control kinds[] = {WF_CONTROL_CANCEL, WF_CONTROL_SUSPEND, WF_CONTROL_SUSPEND, WF_CONTROL_RESUME, WF_CONTROL_RESUME, WF_CONTROL_RETRY, WF_CONTROL_RETRY, WF_CONTROL_WAKE};
  static const enum run_command_kind by_name[] = {[WF_CONTROL_CANCEL] = COMMAND_CANCEL, [WF_CONTROL_SUSPEND] = COMMAND_SUSPEND, [WF_CONTROL_RESUME] = COMMAND_RESUME, [WF_CONTROL_RETRY] = COMMAND_RETRY};
  if (!sim->faults) {
    entry->run = let_go;
    let_go(sim, entry);
    return;
  }
  arena_reset(sim->scratch);
  if (by_chance(sim, sim->db.is_intake_paused ? 400 : 30)) {
    sim->sights.pauses += !sim->db.is_intake_paused;
    sim_db_pause_intake(&sim->db, !sim->db.is_intake_paused);
  }
  enum wf_control kind = kinds[sim_random_below(&sim->random, sizeof kinds / sizeof *kinds)];
  if (sim->db.runs.count) {
    const struct sim_run *run = sim->db.runs.items[sim_random_below(&sim->random, sim->db.runs.count)];
    if (by_chance(sim, 60))
      by_key(sim);
    else if (kind != WF_CONTROL_WAKE && by_chance(sim, 400))
      by_kafka(sim, by_name[kind], run);
    else
      by_sql(sim, kind, &run->run_id);
  }
  sim_schedule(sim, sim_delay(sim, USEC_PER_SEC), entry);
}

void sim_operator_begin(struct sim *sim) { sim_schedule(sim, USEC_PER_SEC, &(struct sim_event_entry){.run = operate}); }
