// SPDX-License-Identifier: Apache-2.0
#include "job/child.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fault.h"
#include "engine/member.h"
#include "engine/row.h"
#include "job/admission.h"
#include "job/decision.h"
#include "job/job_internal.h"
#include "job/tell.h"

enum { NAMES_MAX_BYTES = 400, STARTED_MAX = 4000 };

enum what { START, CANCEL, ANSWER };

struct follow_up {
  enum what what;
  struct home *home;
  struct wf_run *run;             // the parent; ANSWER: the child
  const struct wf_effect *effect; // START, CANCEL
};

struct needed {
  struct uuid run_id;
  bool is_missing;
};

struct children {
  VEC(struct follow_up) follow_ups;
  size_t done;
  VEC(struct needed) needed; // by the inputs of the batch, however often it is decided
  uint32_t started;          // in this batch
};

struct children *children_new(void) { return xcalloc(1, sizeof(struct children)); }

void children_free(struct children *children) {
  if (!children) return;
  vec_free(&children->follow_ups);
  vec_free(&children->needed);
  free(children);
}

void child_reset(struct lane *lane) {
  vec_reset(&lane->children->needed);
  vec_reset(&lane->children->follow_ups);
  lane->children->done = 0;
  lane->children->started = 0;
}

// ---- runs that are needed -----------------------------------------------------

bool child_lacks(const struct lane *lane) {
  vec_foreach(needed, &lane->children->needed) {
    if (!needed->is_missing && !run_cache_find(lane->runs, &needed->run_id)) return true;
  }
  return false;
}

void child_load(struct lane *lane) {
  vec_reset(&lane->children->follow_ups);
  lane->children->done = 0;
  lane->children->started = 0;
  vec_foreach(needed, &lane->children->needed) {
    if (!needed->is_missing) lane_want_run(lane, &needed->run_id);
  }
}

void child_missing(struct lane *lane, const struct uuid *run_id) {
  vec_foreach(needed, &lane->children->needed) {
    if (uuid_equal(&needed->run_id, run_id)) needed->is_missing = true;
  }
}

// NULL when it is not there, or not yet.
static struct wf_run *need(struct lane *lane, const struct uuid *run_id) {
  struct wf_run *run = run_cache_find(lane->runs, run_id);
  bool is_known = run != NULL;
  vec_foreach(needed, &lane->children->needed) is_known |= uuid_equal(&needed->run_id, run_id);
  if (!is_known) vec_push(&lane->children->needed, (struct needed){.run_id = *run_id});
  return run;
}

// ---- the parent's side --------------------------------------------------------

static bool is_awaited(const struct wf_action *action) { return !wf_action_is_unawaited(action); }

static bool child_named(const char *id, struct uuid *ret_run_id) { return id && uuid_parse(id, strlen(id), ret_run_id) == 0; }

static bool child_of(const struct wf_action *action, struct uuid *ret_run_id) {
  return action && child_named(action->external_reference, ret_run_id);
}

// The parent's action that waits for this child, or NULL.
static const struct wf_action *waiting_action(const struct wf_run *parent, const struct wf_run *child) {
  for (size_t i = 0; i < parent->action_count; i++) {
    const struct wf_action *action = parent->actions[i];
    struct uuid run_id;
    bool waits = action->status == WF_RUNNING && !action->deadline_at && is_awaited(action);
    if (waits && child_of(action, &run_id) && uuid_equal(&run_id, &child->identity.run_id)) return action;
  }
  return NULL;
}

// Later, when the definition may load.
static void look_again(struct lane *lane, struct home *home, const struct wf_run *child) {
  usec_t due_at = home_row_instant(home, lane->batch.now + PUT_OFF, lane->batch.now);
  struct timer timer = {.run_id = child->identity.run_id, .timer_no = CHILD_TIMER_NO, .home = home->number, .due_at = due_at, .deadline = due_at, .recorded = true};
  struct store_timer row = {home->number, due_at, timer.run_id, CHILD_TIMER_NO};
  batch_touch(&lane->batch, home);
  vec_push(&lane->batch.timer_rows, row);
  if (home_holds_timer(home, &row)) vec_push(&lane->batch.timers_added, timer);
}

// False when the run's definition does not load here.
static bool decide(struct lane *lane, struct home *home, struct wf_run *run, struct wf_input *input) {
  struct refusal refusal;
  const struct wf_definition *definition = decision_definition(lane, run, &refusal);
  if (definition) decision_make(lane, home, run, definition, input);
  return definition != NULL;
}

// ---- starting -----------------------------------------------------------------

// What the task asked for.
struct wanted {
  struct text workflow, version; // version absent = the newest
};

static struct text member(struct lane *lane, jv arguments, const char *name) {
  jv value = jv_object_get(jv_copy(arguments), jv_string(name));
  struct text text = {NULL, 0};
  if (jv_get_kind(value) == JV_KIND_STRING) {
    text.size = (size_t)jv_string_length_bytes(jv_copy(value));
    text.data = arena_strndup(lane->batch.arena, jv_string_value(value), text.size);
  }
  jv_free(value);
  return text;
}

static void refuse(struct lane *lane, const struct follow_up *follow, const char *title, const char *detail) {
  const struct wf_action *action = wf_run_action(follow->run, follow->effect->action_no);
  if (!is_awaited(action)) {
    tell_run(&follow->run->identity.run_id, follow->run->identity.tenant, "%s: %s", title, detail);
    return;
  }
  struct wf_input input = {.kind = WF_INPUT_RESULT,
                           .result = {.action_no = action->action_no,
                                      .attempt = action->attempt,
                                      .output = jv_null(),
                                      .error_type = wf_error_type(WF_ERROR_CONFIGURATION),
                                      .error_status = wf_error_status(WF_ERROR_CONFIGURATION),
                                      .error_title = title,
                                      .error_detail = detail,
                                      .retryable = true}};
  decide(lane, follow->home, follow->run, &input);
}

static const struct registry_entry *find(struct lane *lane, const struct follow_up *follow) {
  jv arguments = follow->effect->arguments;
  const char *parent = follow->run->identity.workflow;
  struct text space = member(lane, arguments, "namespace"), name = member(lane, arguments, "name");
  struct text version = member(lane, arguments, "version");
  if (version.data && text_equal(version, TEXT("latest"))) version = (struct text){NULL, 0};
  if (!space.data) space = (struct text){parent, strcspn(parent, "/")};
  if (!name.data) name = TEXT("");
  struct text workflow = text_of(arena_printf(lane->batch.arena, "%.*s/%.*s", (int)space.size, space.data, (int)name.size, name.data));
  const struct registry_entry *entry = registry_find(lane->job->registry, workflow, version);
  if (!entry) {
    char *missing = registry_missing(lane->job->registry, workflow, version, NAMES_MAX_BYTES);
    refuse(lane, follow, "The workflow to run does not exist", arena_strdup(lane->batch.arena, missing));
    free(missing);
  } else if (!entry->definition) {
    refuse(lane, follow, "The workflow to run does not load", arena_printf(lane->batch.arena, "%s@%s: %s", entry->workflow, entry->version, entry->problem));
    entry = NULL;
  }
  return entry;
}

static struct text kept(struct lane *lane, const char *text) { return text ? text_of(arena_strdup(lane->batch.arena, text)) : (struct text){NULL, 0}; }

static struct recipient_ref actor_of(struct lane *lane, jv actor) {
  if (jv_get_kind(actor) == JV_KIND_STRING) return (struct recipient_ref){.id = kept(lane, jv_string_value(actor))};
  if (jv_get_kind(actor) != JV_KIND_OBJECT) return (struct recipient_ref){.id = {NULL, 0}};
  return (struct recipient_ref){member(lane, actor, "collection"), member(lane, actor, "id")};
}

static struct text input_text(struct lane *lane, jv arguments) {
  jv input = jv_object_get(jv_copy(arguments), jv_string("input"));
  if (!jv_is_valid(input)) {
    jv_free(input);
    input = jv_object();
  }
  jv json = jv_dump_string(input, 0);
  struct text text = {arena_strdup(lane->batch.arena, jv_string_value(json)), (size_t)jv_string_length_bytes(jv_copy(json))};
  jv_free(json);
  return text;
}

// The child is about whom its parent is about, in the same manner.
static struct trigger_event event_of(struct lane *lane, const struct wf_run *parent, const struct wf_effect *effect, const struct wf_action *action) {
  const struct wf_identity *identity = &parent->identity;
  struct trigger_event event = {.id = kept(lane, action->external_reference),
                                .type = TEXT("child"),
                                .source_kind = SOURCE_WORKFLOW_STEP,
                                .source_name = kept(lane, identity->workflow),
                                .tenant = kept(lane, identity->tenant),
                                .subject = kept(lane, identity->subject),
                                .correlation_id = kept(lane, identity->correlation_id),
                                .traceparent = kept(lane, identity->traceparent),
                                .actor = actor_of(lane, identity->actor),
                                .data = input_text(lane, effect->arguments),
                                .settings = {.skip_delays = parent->skip_delays},
                                .time = lane->batch.now};
  if (!parent->recipient.id) return event;
  event.recipients = arena_alloc0(lane->batch.arena, sizeof *event.recipients);
  event.recipients->ref = (struct recipient_ref){kept(lane, parent->recipient.collection), kept(lane, parent->recipient.id)};
  event.recipient_count = 1;
  return event;
}

static void start(struct lane *lane, const struct follow_up *follow) {
  const struct wf_run *parent = follow->run;
  const struct wf_action *action = wf_run_action(parent, follow->effect->action_no);
  struct uuid run_id;
  bool still = action && action->attempt == follow->effect->attempt && (action->status == WF_RUNNING || !is_awaited(action));
  if (!still || !child_of(action, &run_id)) return; // recalled by what was decided since
  int32_t depth = parent->identity.depth + 1;
  if (depth > lane->job->config.bounds.child_depth) {
    const char *detail = arena_printf(lane->batch.arena, "%d runs stand above it: bounds.child_depth", (int)depth);
    refuse(lane, follow, "Runs start runs too deep", detail);
    return;
  }
  const struct registry_entry *entry = find(lane, follow);
  if (!entry) return;
  struct work *work = arena_alloc0(lane->batch.arena, sizeof *work);
  work->kind = WORK_TRIGGER;
  work->trigger = event_of(lane, parent, follow->effect, action);
  const struct store_parent above = {parent->identity.run_id, follow->effect->step_no, depth};
  admission_start(lane, work, follow->home, entry, uuid_with_recipient(&run_id, 0), &above);
}

// ---- cancelling ---------------------------------------------------------------

static void cancel(struct lane *lane, struct home *home, struct wf_run *child) {
  if (wf_status_ended(child->status)) return;
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {.kind = WF_CONTROL_CANCEL, .actor = "workflowd", .reason = "the run that started it does not wait for it any more"}};
  if (!decide(lane, home, child, &input)) look_again(lane, home, child);
}

// ---- answering ----------------------------------------------------------------

static struct wf_result result_of(struct lane *lane, const struct wf_run *child) {
  struct wf_result result = {.output = jv_null(), .completed = child->status == WF_COMPLETED, .retryable = true};
  if (result.completed) {
    result.output = child->output;
  } else if (child->status == WF_CANCELLED) {
    result.error_type = wf_error_type(WF_ERROR_RUNTIME);
    result.error_status = wf_error_status(WF_ERROR_RUNTIME);
    result.error_title = "The child run was cancelled";
    result.error_detail = child->reason_text;
  } else {
    result.error_type = wf_member_kept(child->error, "type", lane->batch.arena);
    result.error_title = wf_member_kept(child->error, "title", lane->batch.arena);
    result.error_detail = wf_member_kept(child->error, "detail", lane->batch.arena);
    result.error_status = (int32_t)wf_member_number(child->error, "status", 0);
  }
  return result;
}

static void answer(struct lane *lane, struct home *home, struct wf_run *child) {
  struct wf_run *parent = need(lane, &child->identity.parent_run_id);
  const struct wf_action *action = parent ? waiting_action(parent, child) : NULL;
  if (!action) return;
  struct wf_input input = {.kind = WF_INPUT_RESULT, .result = result_of(lane, child)};
  input.result.action_no = action->action_no;
  input.result.attempt = action->attempt;
  input.result.external_reference = arena_strdup(lane->batch.arena, action->external_reference);
  if (!decide(lane, home, parent, &input)) look_again(lane, home, child);
}

void child_look(struct lane *lane, struct home *home, struct wf_run *child) {
  if (!child->identity.depth) return;
  struct wf_run *parent = need(lane, &child->identity.parent_run_id);
  if (wf_status_ended(child->status)) answer(lane, home, child);
  else if (parent && !waiting_action(parent, child)) cancel(lane, home, child);
}

// ---- following ----------------------------------------------------------------

void child_prepare(const struct lane *lane, const struct home *home, struct wf_input *input) {
  input->child_batch = (uint32_t)(home->batch_no + 1);
  input->child_first = lane->children->started;
}

bool child_is_enough(const struct lane *lane) { return lane->children->started >= STARTED_MAX; }

// Such a child never begins, see start(); and its id is another when it is decided again.
static bool is_asked_for(const struct wf_decision *decision, const struct wf_effect *cancel) {
  for (const struct wf_effect *effect = decision->effects; effect < cancel; effect++)
    if (effect->kind == WF_EFFECT_REQUEST && effect->action_no == cancel->action_no && effect->attempt == cancel->attempt) return true;
  return false;
}

void child_note(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_decision *decision) {
  struct children *children = lane->children;
  for (size_t i = 0; i < decision->effect_count; i++) {
    const struct wf_effect *effect = &decision->effects[i];
    if (effect->kind > WF_EFFECT_CANCEL || effect->function->native != WF_NATIVE_CHILD) continue;
    bool starts = effect->kind == WF_EFFECT_REQUEST;
    if (!starts && is_asked_for(decision, effect)) continue;
    children->started += starts;
    vec_push(&children->follow_ups, (struct follow_up){starts ? START : CANCEL, home, run, effect});
  }
  if (run->identity.depth && wf_status_ended(run->status) && decision->event_count)
    vec_push(&children->follow_ups, (struct follow_up){ANSWER, home, run, NULL});
}

static void follow_one(struct lane *lane, const struct follow_up *follow) {
  struct uuid run_id;
  switch (follow->what) {
  case START: start(lane, follow); break;
  case CANCEL:
    if (child_named(follow->effect->external_reference, &run_id)) {
      struct wf_run *child = need(lane, &run_id);
      if (child) cancel(lane, follow->home, child);
    }
    break;
  case ANSWER: answer(lane, follow->home, follow->run); break;
  }
}

// The list grows while it is gone through.
void child_follow(struct lane *lane) {
  struct children *children = lane->children;
  while (children->done < children->follow_ups.count) {
    struct follow_up follow = children->follow_ups.items[children->done++];
    follow_one(lane, &follow);
  }
  vec_reset(&children->follow_ups);
  children->done = 0;
}
