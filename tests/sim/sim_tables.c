// SPDX-License-Identifier: Apache-2.0
// The read tables: what the batch writes of runs, steps and actions must be the fold of
// the events, in the same commit. A row is kept as the hash of its canonical text.
#include <string.h>

#include "engine/dump.h"
#include "sim/sim.h"

enum { THOROUGH_EVERY = 4 }; // seeds: texts are dear

static uint64_t hash_of(const struct buf *text) {
  uint64_t h = UINT64_C(14695981039346656037); // FNV-1a
  for (size_t i = 0; i < text->size; i++) h = (h ^ (unsigned char)text->data[i]) * UINT64_C(1099511628211);
  return h;
}

static uint64_t run_hash(struct buf *text, const struct wf_run *run) {
  buf_reset(text);
  wf_run_dump(run, text);
  return hash_of(text);
}

static uint64_t step_hash(struct buf *text, const struct wf_step *step) {
  buf_reset(text);
  wf_step_dump(step, text);
  return hash_of(text);
}

static uint64_t action_hash(struct buf *text, const struct wf_action *action) {
  buf_reset(text);
  wf_action_dump(action, text);
  return hash_of(text);
}

static struct sim_row *row_of(struct sim_run *run, char table, int32_t number) {
  vec_foreach(row, &run->rows) {
    if (row->table == table && row->number == number) return row;
  }
  vec_push(&run->rows, (struct sim_row){table, number, 0});
  return &run->rows.items[run->rows.count - 1];
}

static void write_rows(struct sim_run *run, const struct wf_run *written, struct buf *text) {
  row_of(run, 'r', 0)->hash = run_hash(text, written);
  for (size_t i = 0; i < written->step_count; i++) {
    const struct wf_step *step = written->steps[i];
    if (step->is_new || step->is_changed) row_of(run, 's', step->step_no)->hash = step_hash(text, step);
  }
  for (size_t i = 0; i < written->action_count; i++) {
    const struct wf_action *action = written->actions[i];
    if (action->is_new || action->is_changed) row_of(run, 'a', action->action_no)->hash = action_hash(text, action);
  }
}

// The fold keeps all its rows; those that changed since the last commit are compared.
static void compare_rows(struct sim *sim, struct sim_run *run, struct buf *text) {
  struct wf_run *state = run->state;
  if (row_of(run, 'r', 0)->hash != run_hash(text, state)) sim_fail(sim, "the row of a run is not the fold of its events: %.*s", (int)text->size, text->data);
  for (size_t i = 0; i < state->step_count; i++) {
    struct wf_step *step = state->steps[i];
    if ((step->is_new || step->is_changed) && row_of(run, 's', step->step_no)->hash != step_hash(text, step))
      sim_fail(sim, "the row of a step is not the fold of its events: %.*s", (int)text->size, text->data);
    step->is_new = step->is_changed = false;
  }
  for (size_t i = 0; i < state->action_count; i++) {
    struct wf_action *action = state->actions[i];
    if ((action->is_new || action->is_changed) && row_of(run, 'a', action->action_no)->hash != action_hash(text, action))
      sim_fail(sim, "the row of an action is not the fold of its events: %.*s", (int)text->size, text->data);
    action->is_new = action->is_changed = false;
  }
  state->is_new = false;
}

void sim_tables_check(struct sim *sim, const struct store_commit *commit) {
  if (sim->options.seed / 2 % THOROUGH_EVERY != 0) return;
  struct buf text = {0};
  for (size_t i = 0; i < commit->run_count; i++) {
    struct sim_run *run = sim_db_run(&sim->db, &commit->runs[i]->identity.run_id);
    if (!run) continue;
    write_rows(run, commit->runs[i], &text);
    compare_rows(sim, run, &text);
  }
  buf_free(&text);
}
