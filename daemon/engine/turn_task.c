// SPDX-License-Identifier: Apache-2.0
// The way of a run through its tasks: entering them, ending them, and what comes next.
#include "base/error.h"
#include "engine/evolve.h"
#include "engine/kind.h"
#include "engine/measure.h"
#include "engine/row.h"
#include "engine/turn.h"

// ---- ending a task ------------------------------------------------------------

static void flow_facts(const struct wf_turn *turn, const struct wf_scope *around, const struct wf_flow *flow,
                       struct wf_facts *facts) {
  switch (flow->kind) {
  case WF_FLOW_CONTINUE: break;
  case WF_FLOW_EXIT: facts->then = "exit"; break;
  case WF_FLOW_END: facts->then = "end"; break;
  case WF_FLOW_TASK: {
    struct wf_scope target = *around;
    target.index = flow->index;
    const struct wf_task *task = wf_turn_task(turn, &target);
    WF_ASSERT(task);
    facts->then = task->name;
    facts->next = flow->index;
    break;
  }
  }
}

// Whether the fold knows the raw output of this task without being told. A race that nobody
// ran gives what went in.
static bool output_is_known(const struct wf_task *task, jv raw_output, jv input, const struct wf_facts *facts) {
  if (task->kind == WF_TASK_FORK) return facts->branch || !task->fork.compete;
  return task->kind != WF_TASK_SET || wf_value_equal(raw_output, input);
}

// Validates the output, then makes the context of it and validates that. *ret_context
// stays as it is without `export.as`.
static bool export(struct wf_turn *turn, const struct wf_data_flow *data, const struct wf_view *view, jv *ret_context,
                   struct wf_raised *ret_raised) {
  jv context;
  if (!wf_turn_validate(turn, data->output_schema, view->output, view, "output", ret_raised)) return false;
  if (!data->export_as)
    return wf_turn_validate(turn, data->export_schema, turn->run->context, view, "context", ret_raised);
  if (!wf_turn_evaluate(turn, data->export_as, view->output, view, &context, ret_raised)) return false;
  if (!wf_turn_validate(turn, data->export_schema, context, view, "context", ret_raised)) {
    jv_free(context);
    return false;
  }
  *ret_context = context;
  return true;
}

// `facts` come with what more there is to tell.
static void complete(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                     struct wf_facts facts) {
  const struct wf_step *step = wf_turn_step(turn, step_no);
  const struct wf_task *task = wf_turn_task_of(turn, step);
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_raised raised;
  jv output, context = jv_invalid();
  view.raw_output = raw_output;
  if (!wf_turn_evaluate(turn, task->data.output_as, raw_output, &view, &output, &raised)) {
    wf_turn_raise(turn, step_no, raised);
    return;
  }
  view.output = output;
  if (!export(turn, &task->data, &view, &context, &raised)) {
    jv_free(output);
    wf_turn_raise(turn, step_no, raised);
    return;
  }
  bool is_raw = wf_value_equal(output, raw_output);
  if (!is_raw || !output_is_known(task, raw_output, step->input, &facts)) facts.output = output;
  if (jv_is_valid(context) && !wf_value_equal(context, turn->run->context)) facts.context = context;
  flow_facts(turn, view.scope, then ? then : &task->then, &facts);
  wf_turn_emit(
      turn,
      (struct wf_event){
          .type = WF_STEP_COMPLETED, .step_no = step_no, .attempt = step->attempt, .reference = task->reference},
      &facts);
  jv_free(output);
  jv_free(context);
}

void wf_turn_complete(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                      const char *branch) {
  complete(turn, step_no, raw_output, then, (struct wf_facts){.branch = branch});
}

void wf_turn_complete_aside(struct wf_turn *turn, int32_t step_no) {
  jv input = jv_copy(wf_turn_step(turn, step_no)->input);
  complete(turn, step_no, input, NULL, (struct wf_facts){.aside = true});
  jv_free(input);
}

// ---- what the kinds of task do --------------------------------------------------

void wf_turn_set(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_raised raised;
  jv value;
  if (!wf_turn_evaluate(turn, task->set, step->input, &view, &value, &raised)) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  wf_turn_complete(turn, step->step_no, value, NULL, NULL);
  jv_free(value);
}

// The first case that holds; without one the default; without a default, on.
void wf_turn_switch(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  const struct wf_switch_case *taken = NULL, *fallback = NULL;
  for (int i = 0; i < task->branch.count && !taken; i++) {
    const struct wf_switch_case *candidate = &task->branch.cases[i];
    struct wf_raised raised;
    bool holds;
    if (!candidate->when) {
      fallback = candidate;
    } else if (!wf_turn_holds(turn, candidate->when, step->input, &view, &holds, &raised)) {
      wf_turn_raise(turn, step->step_no, raised);
      return;
    } else if (holds) {
      taken = candidate;
    }
  }
  if (!taken) taken = fallback;
  wf_turn_complete_towards(turn, step->step_no, step->input, taken ? &taken->then : NULL, taken ? taken->name : NULL);
}

void wf_turn_wait(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_raised raised;
  usec_t due_at;
  if (!wf_turn_instant(turn, &task->wait, step->input, &view, &due_at, &raised)) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  if (turn->run->skip_delays) {
    complete(turn, step->step_no, step->input, NULL, (struct wf_facts){.outcome = "delay_skipped", .due_at = due_at});
    return;
  }
  struct wf_facts facts = {.timer = wf_turn_arm(turn, due_at, 0), .due_at = due_at};
  wf_turn_emit(
      turn,
      (struct wf_event){
          .type = WF_STEP_WAITING, .step_no = step->step_no, .attempt = step->attempt, .reference = task->reference},
      &facts);
}

// ---- entering a task ------------------------------------------------------------

// The allowed tries of a task: those of the nearest try around it that retries.
static int32_t tries_allowed(const struct wf_turn *turn, const struct wf_scope *scope) {
  for (; scope; scope = wf_scopes_parent(turn->run->scopes, scope)) {
    if (scope->part != WF_SCOPE_TRY) continue;
    const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, scope->step_no));
    if (task->try_catch.retry) return task->try_catch.retry->attempts_max;
  }
  return 0;
}

struct entry {
  const struct wf_task *task;
  const struct wf_step *again; // the visit entered again, or NULL
  struct wf_event event;
  struct wf_facts facts;
};

static struct entry entry_make(const struct wf_turn *turn, const struct wf_scope *scope, const struct wf_task *task) {
  const struct wf_run *run = turn->run;
  struct entry entry = {.task = task, .again = wf_step_revisit(run, scope->step_no, task->reference)};
  entry.event.reference = task->reference;
  if (entry.again) {
    entry.event.step_no = entry.again->step_no;
    entry.event.attempt = entry.again->attempt + 1;
    return entry;
  }
  entry.event.step_no = run->last_step_no + 1;
  entry.event.attempt = 1;
  entry.facts.kind = wf_kind_name(task->kind);
  entry.facts.title = task->title;
  entry.facts.parent = scope->step_no;
  entry.facts.index = scope->branch ? scope->branch - 1 : 0;
  int32_t visit = wf_visit_count(run, task->reference) + 1;
  if (visit > 1) entry.facts.visit = visit;
  return entry;
}

bool wf_turn_prepare_try(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                         struct wf_facts *facts, struct wf_raised *ret_raised) {
  if (task->try_catch.retry) facts->max_attempts = task->try_catch.retry->attempts_max;
  return wf_turn_attempt_guard(turn, task, view->input, view, facts, ret_raised);
}

static bool prepare(struct wf_turn *turn, const struct wf_view *view, struct entry *entry,
                    struct wf_raised *ret_raised) {
  const struct wf_task *task = entry->task;
  const struct wf_kind *kind = wf_kind_of(task->kind);
  if (task->timeout.set) {
    usec_t duration;
    if (!wf_turn_duration(turn, &task->timeout, view->input, view, &duration, ret_raised)) return false;
    entry->facts.timeout_at = wf_turn_after(turn, duration);
    entry->facts.timeout_timer = wf_turn_arm(turn, entry->facts.timeout_at, 0);
  }
  return !kind->prepare || kind->prepare(turn, task, view, &entry->facts, ret_raised);
}

// An extension whose `when` fails does not apply; that it failed is told.
static void skip_failed(struct wf_turn *turn, struct entry *entry, struct wf_raised *raised) {
  entry->event.type = WF_STEP_SKIPPED;
  entry->event.reason_code = "condition_failed";
  entry->event.detail_internal = raised->detail_internal;
  wf_turn_emit(turn, entry->event, &entry->facts);
  jv_free(raised->error);
}

// Starts the task of `scope` with what the raw input makes of `if` and `input.from`.
// When one of them fails, the step starts all the same, with its raw input, and fails.
static void enter(struct wf_turn *turn, const struct wf_scope *scope, const struct wf_task *task) {
  struct entry entry = entry_make(turn, scope, task);
  struct wf_raised raised;
  bool holds = true;
  struct wf_view view = {.task = task, .scope = scope, .raw_input = scope->value, .input = jv_invalid()};
  view.started_at = entry.again ? entry.again->started_at : turn->input->now;
  bool is_good = !task->condition || wf_turn_holds(turn, task->condition, wf_turn_condition_dot(turn, &view), &view,
                                                   &holds, &raised);
  if (!is_good && (task->role == WF_ROLE_BEFORE || task->role == WF_ROLE_AFTER)) {
    skip_failed(turn, &entry, &raised);
    return;
  }
  if (is_good && !holds) {
    if (task->role == WF_ROLE_EXTENDED) entry = entry_make(turn, scope, task->extended);
    entry.event.type = WF_STEP_SKIPPED;
    entry.event.reason_code = "condition";
    wf_turn_emit(turn, entry.event, &entry.facts);
    return;
  }
  jv input = jv_invalid();
  entry.facts.max_attempts = tries_allowed(turn, scope);
  if (is_good) is_good = wf_turn_validate(turn, task->data.input_schema, scope->value, &view, "input", &raised);
  if (is_good) is_good = wf_turn_evaluate(turn, task->data.input_from, scope->value, &view, &input, &raised);
  if (is_good) {
    view.input = input;
    is_good = prepare(turn, &view, &entry, &raised);
    if (!wf_value_equal(input, scope->value)) entry.facts.input = input;
  }
  const struct wf_kind *kind = wf_kind_of(task->kind);
  entry.facts.unprepared = !is_good && kind->opens_scope;
  entry.event.type = WF_STEP_STARTED;
  wf_turn_emit(turn, entry.event, &entry.facts); // `scope` may move
  jv_free(input);
  jv_free(entry.facts.items);
  if (!is_good)
    wf_turn_raise(turn, entry.event.step_no, raised);
  else if (kind->start)
    kind->start(turn, task, wf_turn_step(turn, entry.event.step_no));
}

// ---- the workflow ---------------------------------------------------------------

static bool start_facts(struct wf_turn *turn, jv *input, struct wf_facts *facts, struct wf_raised *ret_raised) {
  struct wf_run *run = turn->run;
  struct wf_view view = {.task = NULL};
  struct wf_duration timeout = wf_definition_timeout(turn->definition);
  const struct wf_data_flow *data = wf_definition_data(turn->definition);
  if (!wf_turn_validate(turn, data->input_schema, run->input, &view, "input", ret_raised)) return false;
  if (!wf_turn_evaluate(turn, data->input_from, run->input, &view, input, ret_raised)) return false;
  if (!wf_value_equal(*input, run->input)) facts->input = *input;
  if (!timeout.set) return true;
  usec_t duration;
  view.input = *input;
  if (!wf_turn_duration(turn, &timeout, *input, &view, &duration, ret_raised)) return false;
  facts->timeout_at = wf_turn_after(turn, duration);
  facts->timeout_timer = wf_turn_arm(turn, facts->timeout_at, 0);
  return true;
}

static void start_run(struct wf_turn *turn) {
  struct wf_facts facts = WF_NO_FACTS;
  struct wf_raised raised;
  jv input = jv_invalid();
  if (start_facts(turn, &input, &facts, &raised))
    wf_turn_emit(turn, (struct wf_event){.type = WF_RUN_STARTED}, &facts);
  else
    wf_turn_fault(turn, 0, raised);
  jv_free(input);
}

static void complete_run(struct wf_turn *turn, const struct wf_scope *root) {
  struct wf_facts facts = WF_NO_FACTS;
  struct wf_raised raised;
  struct wf_view view = {.task = NULL};
  const struct wf_data_flow *data = wf_definition_data(turn->definition);
  jv output;
  if (!wf_turn_evaluate(turn, data->output_as, root->value, &view, &output, &raised)) {
    wf_turn_fault(turn, 0, raised);
    return;
  }
  if (!wf_value_equal(output, root->value)) facts.output = output;
  if (wf_turn_validate(turn, data->output_schema, output, &view, "output", &raised))
    wf_turn_emit(turn, (struct wf_event){.type = WF_RUN_COMPLETED}, &facts);
  else
    wf_turn_fault(turn, 0, raised);
  jv_free(output);
}

// Where a catch goes when it is through, NULL for where its task goes.
static const struct wf_flow *catch_then(const struct wf_turn *turn, const struct wf_scope *scope) {
  if (scope->part != WF_SCOPE_CATCH) return NULL;
  const struct wf_task *task = wf_turn_task_of(turn, wf_turn_step(turn, scope->step_no));
  return task->try_catch.has_then ? &task->try_catch.then : NULL;
}

// A list is through: its task ends, or with the outermost list the run. `end` goes up
// through every task around.
static void finish_scope(struct wf_turn *turn, const struct wf_scope *scope) {
  static const struct wf_flow end = {.kind = WF_FLOW_END};
  if (scope->step_no == 0) {
    complete_run(turn, scope);
    return;
  }
  if (scope->part == WF_SCOPE_FOR) {
    wf_turn_loop(turn, scope);
    return;
  }
  if (wf_turn_finish_extension(turn, scope)) return;
  if (scope->part == WF_SCOPE_LISTEN) {
    wf_turn_listen_handled(turn, scope);
    return;
  }
  jv output = jv_copy(scope->value);
  if (scope->index == WF_INDEX_END)
    wf_turn_complete(turn, scope->step_no, output, &end, NULL);
  else
    wf_turn_complete_towards(turn, scope->step_no, output, catch_then(turn, scope), NULL);
  jv_free(output);
}

// ---- going on -------------------------------------------------------------------

// The next decision begins where this one would have gone on: a leaf that had its share comes
// after all others, so that one which always has more to do, or large values, starves none.
static void yield_turn(struct wf_turn *turn, size_t at, bool had_share) {
  const struct wf_scopes *scopes = turn->run->scopes;
  if (had_share && scopes->items[at].part != WF_SCOPE_FORK) at = (at + 1) % scopes->count;
  usec_t now = turn->input->now;
  struct wf_facts facts = {.timer = wf_turn_arm(turn, now, 0), .due_at = now,
                           .step = scopes->items[at].step_no, .index = scopes->items[at].branch};
  wf_turn_emit(turn, (struct wf_event){.type = WF_RUN_YIELDED}, &facts);
}

// Other branches may be open when one is to be entered.
static void too_many_steps(struct wf_turn *turn, int32_t step_no) {
  struct wf_raised raised = wf_raised_make(WF_ERROR_RUNTIME, "The run entered more tasks than it may", NULL, "/");
  raised.code = "steps_exceeded";
  raised.detail_internal = arena_printf(turn->arena, "%d tasks entered, the bound is %d", (int)turn->run->entry_count,
                                        (int)turn->bounds->steps_max);
  wf_turn_cancel_inside(turn, step_no, "sibling_faulted");
  wf_turn_fault(turn, step_no, raised);
}

// Moves an open task on. False when it waits.
static bool advance_child(struct wf_turn *turn, const struct wf_step *step) {
  if (jv_is_valid(step->listening)) return wf_turn_listen_on(turn, step);
  const struct wf_action *action = step->action_no ? wf_run_action(turn->run, step->action_no) : NULL;
  if (!action || action->status == WF_RUNNING) return false;
  if (action->status == WF_COMPLETED) {
    jv output = jv_copy(wf_action_is_unawaited(action) ? step->input : action->output);
    wf_turn_complete(turn, step->step_no, output, NULL, NULL);
    jv_free(output);
    return true;
  }
  struct wf_raised raised = wf_raised_from(jv_copy(action->error), turn->arena);
  raised.code = arena_strdup(turn->arena, action->fault.code ? action->fault.code : raised.code);
  raised.known = true;
  raised.final = action->final;
  raised.retry_after = action->retry_after;
  wf_turn_raise(turn, step->step_no, raised);
  return true;
}

// What came of looking at a scope.
enum move {
  MOVE_NONE, // it waits, or is over
  MOVE_MADE,
  MOVE_YIELD, // no more in this decision
};

// Enters the task that a scope with nothing open is at, or ends the scope.
static enum move advance_list(struct wf_turn *turn, const struct wf_scope *scope) {
  const struct wf_run *run = turn->run;
  const struct wf_task *task = wf_turn_task(turn, scope);
  if (!task) {
    bool is_empty = scope->part == WF_SCOPE_FOR && scope->index == 0; // its list
    if (is_empty && turn->entered++ >= WF_TURN_ENTRIES_MAX) return MOVE_YIELD;
    finish_scope(turn, scope);
    return MOVE_MADE;
  }
  if (run->entry_count >= turn->bounds->steps_max) {
    too_many_steps(turn, scope->step_no);
    return MOVE_MADE;
  }
  if (turn->entered >= WF_TURN_ENTRIES_MAX || (turn->entered && turn->bytes >= WF_TURN_BYTES_MAX)) return MOVE_YIELD;
  turn->entered++;
  turn->bytes += wf_value_size(scope->value, turn->bounds->value_bytes_max);
  enter(turn, scope, task);
  return MOVE_MADE;
}

// All branches are entered before any of them goes further, so that none waits for another.
static enum move advance_fork(struct wf_turn *turn, const struct wf_scope *fork) {
  if (wf_turn_fork_over(turn, fork)) return MOVE_MADE;
  const struct wf_scopes *scopes = turn->run->scopes;
  const struct wf_scope *behind = wf_scopes_behind(scopes, fork);
  for (const struct wf_scope *branch = fork + 1; branch < behind; branch++)
    if (branch->step_no == fork->step_no && !branch->child_step_no && branch->index >= 0)
      return advance_list(turn, branch);
  return MOVE_NONE;
}

static enum move advance_scope(struct wf_turn *turn, const struct wf_scope *scope) {
  if (scope->part == WF_SCOPE_FORK) return advance_fork(turn, scope);
  if (!wf_scope_is_leaf(turn->run->scopes, scope)) return MOVE_NONE;
  if (scope->child_step_no)
    return advance_child(turn, wf_turn_step(turn, scope->child_step_no)) ? MOVE_MADE : MOVE_NONE;
  if (scope->part == WF_SCOPE_BRANCH) return MOVE_NONE; // over, or its fork enters it
  if (scope->step_no && wf_turn_step(turn, scope->step_no)->next_retry_at) return MOVE_NONE;
  return advance_list(turn, scope);
}

static bool may_move(const struct wf_run *run) {
  return !wf_status_ended(run->status) && run->status != WF_SUSPENDED;
}

enum { MOVES_PER_PASS = 64 }; // of one leaf, before the next has its turn

// One way through the tree, each leaf as far as it goes. A move may close scopes, and then
// the one around is looked at next; it stands before. Begins at the scope `from`.
static enum move advance_pass(struct wf_turn *turn, size_t from) {
  const struct wf_scopes *scopes = turn->run->scopes;
  enum move made = MOVE_NONE;
  int moves = 0;
  for (size_t at = from; at < scopes->count && may_move(turn->run);) {
    enum move move = moves < MOVES_PER_PASS ? advance_scope(turn, &scopes->items[at]) : MOVE_NONE;
    if (move == MOVE_YIELD) {
      yield_turn(turn, at, moves > 0);
      return move;
    }
    if (move == MOVE_MADE) {
      made = move;
      moves++;
      if (at) at--;
    } else {
      at++;
      if (at < scopes->count && !wf_scope_is_leaf(scopes, &scopes->items[at - 1])) continue;
      moves = 0;
    }
  }
  return made;
}

void wf_turn_advance(struct wf_turn *turn) {
  const struct wf_run *run = turn->run;
  if (run->yield_timer_no && !turn->yield_over) return;
  if (!run->started_at && may_move(run)) start_run(turn);
  const struct wf_scope *first = wf_scopes_find_branch(run->scopes, run->yield_step_no, run->yield_branch);
  size_t from = first ? (size_t)(first - run->scopes->items) : 0;
  enum move move = may_move(run) ? advance_pass(turn, from) : MOVE_NONE;
  while (may_move(run) && (move == MOVE_MADE || (from && move == MOVE_NONE))) {
    from = 0;
    move = advance_pass(turn, 0);
  }
}
