// SPDX-License-Identifier: Apache-2.0
// Schedules and their slots, as sql/functions/read_schedules.sql and the commit have them.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sim/sim_db.h"

void sim_schedule_free(struct sim_db *db) {
  vec_foreach(schedule, &db->schedules) {
    free(schedule->workflow);
    free(schedule->text);
  }
  vec_free(&db->schedules);
  vec_free(&db->slots);
}

static struct sim_schedule *find(struct sim_db *db, const char *workflow) {
  vec_foreach(schedule, &db->schedules) {
    if (strcmp(schedule->workflow, workflow) == 0) return schedule;
  }
  return NULL;
}

static int home_for(const struct sim_db *db, const char *workflow, const char *topic) {
  int homes[UUID_HOME_MAX], count = 0;
  unsigned hash = 0;
  for (size_t i = 0; i < db->homes.count && count < UUID_HOME_MAX; i++)
    if (strcmp(db->homes.items[i].topic, topic) == 0) homes[count++] = (int)i + 1;
  for (const char *c = workflow; *c; c++) hash = hash * 31 + (unsigned char)*c;
  WF_ASSERT(count);
  return homes[hash % (unsigned)count];
}

void sim_schedule_read(struct sim_db *db, const struct store_schedules *request, struct store_schedules_reply *out) {
  for (size_t i = 0; i < request->workflow_count; i++)
    if (!find(db, request->workflows[i]))
      vec_push(&db->schedules, (struct sim_schedule){.workflow = xstrdup(request->workflows[i]),
                                                     .home = home_for(db, request->workflows[i], request->trigger_topic)});
  struct store_schedule_row *rows = arena_alloc0(db->reply_arena, (db->schedules.count + 1) * sizeof *rows);
  for (size_t i = 0; i < db->schedules.count; i++) {
    const struct sim_schedule *schedule = &db->schedules.items[i];
    bool is_mine = false;
    for (size_t k = 0; k < request->home_count; k++) is_mine |= request->homes[k] == schedule->home;
    if (!is_mine) continue;
    const struct sim_run *run = schedule->has_run ? sim_db_run(db, &schedule->run_id) : NULL;
    rows[out->row_count++] = (struct store_schedule_row){.schedule_no = (int32_t)i + 1,
                                                         .home = schedule->home,
                                                         .workflow = schedule->workflow,
                                                         .text = schedule->text,
                                                         .anchor = schedule->anchor,
                                                         .decided = schedule->decided,
                                                         .has_run = schedule->has_run,
                                                         .run_id = schedule->run_id,
                                                         .run_ended = !run || !sim_db_is_open(run),
                                                         .run_ended_at = run ? run->state->ended_at : 0};
  }
  out->rows = rows;
}

static bool is_decided(const struct sim_db *db, const struct store_slot *slot) {
  vec_foreach(row, &db->slots) {
    if (row->schedule_no == slot->schedule_no && row->slot_at == slot->slot_at) return true;
  }
  return false;
}

enum store_status sim_schedule_check(const struct sim_db *db, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->schedule_count; i++) {
    const struct store_schedule *schedule = &commit->schedules[i];
    const struct sim_schedule *row = &db->schedules.items[schedule->schedule_no - 1];
    if (row->decided != schedule->previous || row->home != schedule->home) return STORE_CONFLICT;
  }
  for (size_t i = 0; i < commit->slot_count; i++)
    if (commit->slots[i].has_trigger && is_decided(db, &commit->slots[i])) return STORE_CONFLICT;
  return STORE_OK;
}

void sim_schedule_write(struct sim_db *db, const struct store_commit *commit, usec_t clock) {
  for (size_t i = 0; i < commit->schedule_count; i++) {
    const struct store_schedule *schedule = &commit->schedules[i];
    struct sim_schedule *row = &db->schedules.items[schedule->schedule_no - 1];
    free(row->text);
    row->text = schedule->text ? xstrdup(schedule->text) : NULL;
    row->anchor = schedule->anchor;
    row->decided = schedule->decided;
    row->has_run = schedule->has_run;
    row->run_id = schedule->run_id;
  }
  for (size_t i = 0; i < commit->slot_count; i++) {
    const struct store_slot *slot = &commit->slots[i];
    if (!is_decided(db, slot))
      vec_push(&db->slots, (struct sim_slot){slot->schedule_no, slot->count, slot->slot_at, slot->until, clock,
                                            db->schedules.items[slot->schedule_no - 1].anchor, slot->has_trigger, slot->trigger_id});
  }
}
