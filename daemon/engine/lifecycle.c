// SPDX-License-Identifier: Apache-2.0
#include "engine/lifecycle.h"

#include <string.h>

#include "engine/listening.h"

// What is being told: the events of one fact.
struct telling {
  struct wf_turn *turn;
  const struct wf_event *event;
  int count;
};

static jv put(jv object, const char *name, jv value) { return jv_object_set(object, jv_string(name), value); }

static jv put_text(jv object, const char *name, const char *text) { return put(object, name, jv_string(text)); }

static jv put_time(jv object, const char *name, usec_t at) {
  char text[CLOCK_TEXT_SIZE];
  return put_text(object, name, clock_format(at, text));
}

// "name-id.namespace", as in the specification's examples.
static jv qualified_name(const struct wf_run *run) {
  char id[UUID_TEXT_SIZE];
  const char *slash = strchr(run->identity.workflow, '/');
  size_t space = slash ? (size_t)(slash - run->identity.workflow) : 0;
  return jv_string_fmt("%s-%s.%.*s", slash ? slash + 1 : run->identity.workflow, uuid_format(&run->identity.run_id, id),
                       (int)space, run->identity.workflow);
}

static jv definition_reference(const struct wf_run *run) {
  const char *workflow = run->identity.workflow, *slash = strchr(workflow, '/');
  size_t space = slash ? (size_t)(slash - workflow) : 0;
  jv object = put_text(jv_object(), "name", slash ? slash + 1 : workflow);
  object = put(object, "namespace", jv_string_sized(workflow, (int)space));
  return put_text(object, "version", run->identity.workflow_version);
}

// Takes `data`.
static void tell(struct telling *telling, const char *what, jv data) {
  struct wf_turn *turn = telling->turn;
  const struct wf_identity *identity = &turn->run->identity;
  char id[UUID_TEXT_SIZE];
  uuid_format(&identity->run_id, id);
  int seq = telling->event->seq, more = telling->count++;
  jv event = put_text(jv_object(), "specversion", "1.0");
  event = put(event, "id", more ? jv_string_fmt("%s:%d.%d", id, seq, more) : jv_string_fmt("%s:%d", id, seq));
  event = put(event, "source", jv_string_fmt("/workflowd/%s", identity->workflow));
  event = put(event, "type", jv_string_fmt("io.serverlessworkflow.%s.v1", what));
  event = put_text(event, "subject", id);
  event = put_time(event, "time", telling->event->at);
  event = put(event, "sequence", jv_string_fmt("%d", seq));
  event = put_text(event, "datacontenttype", "application/json");
  event = put(event, "data", data);
  wf_turn_effect(turn, (struct wf_effect){.kind = WF_EFFECT_TELL, .step_no = telling->event->step_no, .arguments = event});
}

static jv about_workflow(const struct telling *telling, const char *instant) {
  return put_time(put(jv_object(), "name", qualified_name(telling->turn->run)), instant, telling->event->at);
}

static jv about_task(const struct telling *telling, const char *reference, const char *instant) {
  jv data = put(jv_object(), "workflow", qualified_name(telling->turn->run));
  return put_time(put_text(data, "task", reference), instant, telling->event->at);
}

static jv with(jv data, const char *name, jv value) { return jv_is_valid(value) ? put(data, name, jv_copy(value)) : data; }

// Every open task, of those around it too.
static void tell_open_tasks(struct telling *telling, const char *what, const char *instant) {
  const struct wf_run *run = telling->turn->run;
  for (size_t i = 0; i < run->step_count; i++)
    if (!wf_status_ended(run->steps[i]->status)) tell(telling, what, about_task(telling, run->steps[i]->reference, instant));
}

static void tell_run(struct telling *telling) {
  const struct wf_run *run = telling->turn->run;
  switch (telling->event->type) {
  case WF_RUN_STARTED:
    tell(telling, "workflow.started", put(about_workflow(telling, "startedAt"), "definition", definition_reference(run)));
    break;
  case WF_RUN_SUSPENDED:
    tell(telling, "workflow.suspended", about_workflow(telling, "suspendedAt"));
    tell_open_tasks(telling, "task.suspended", "suspendedAt");
    break;
  case WF_RUN_RESUMED:
    tell(telling, "workflow.resumed", about_workflow(telling, "resumedAt"));
    tell_open_tasks(telling, "task.resumed", "resumedAt");
    break;
  case WF_RUN_CANCELLED: tell(telling, "workflow.cancelled", about_workflow(telling, "cancelledAt")); break;
  case WF_RUN_FAULTED:
    tell(telling, "workflow.faulted", with(about_workflow(telling, "faultedAt"), "error", run->error));
    break;
  case WF_RUN_COMPLETED:
    tell(telling, "workflow.completed", with(about_workflow(telling, "completedAt"), "output", run->output));
    break;
  default: break;
  }
}

static void tell_correlated(struct telling *telling, const struct wf_step *step) {
  jv data = about_workflow(telling, "completedAt"), keys = wf_listening_get(step, "keys");
  if (jv_get_kind(keys) == JV_KIND_OBJECT) data = put(data, "correlationKeys", jv_copy(keys));
  jv_free(keys);
  tell(telling, "workflow.correlation-completed", data);
}

// What failed, and the tasks around it that failed with it: of the try that tries again no end is told, nor of what
// is in it and not entered any more.
static void tell_failed(struct telling *telling, const struct wf_step *again) {
  const struct wf_run *run = telling->turn->run;
  jv failed = jv_object_get(jv_copy(telling->event->data), jv_string("failed_step"));
  const struct wf_step *step = jv_get_kind(failed) == JV_KIND_NUMBER ? wf_run_step(run, (int32_t)jv_number_value(failed)) : NULL;
  for (; step && step != again; step = wf_run_step(run, step->parent_step_no))
    tell(telling, "task.faulted", with(about_task(telling, step->reference, "faultedAt"), "error", run->error));
  jv_free(failed);
}

static void tell_step(struct telling *telling, const struct wf_step *step) {
  const char *task = step->reference;
  switch (telling->event->type) {
  case WF_STEP_STARTED:
    if (telling->event->attempt > 1) {
      tell(telling, "task.retried", about_task(telling, task, "retriedAt"));
      break;
    }
    tell(telling, "task.created", about_task(telling, task, "createdAt"));
    tell(telling, "task.started", about_task(telling, task, "startedAt"));
    break;
  case WF_STEP_LISTENING: tell(telling, "workflow.correlation-started", about_workflow(telling, "startedAt")); break;
  case WF_STEP_RETRY_SCHEDULED: tell_failed(telling, step); break;
  case WF_STEP_RETRIED: tell(telling, "task.retried", about_task(telling, task, "retriedAt")); break;
  case WF_STEP_CANCELLED: tell(telling, "task.cancelled", about_task(telling, task, "cancelledAt")); break;
  case WF_STEP_FAULTED:
    tell(telling, "task.faulted", with(about_task(telling, task, "faultedAt"), "error", telling->turn->run->error));
    break;
  case WF_STEP_COMPLETED:
    if (strcmp(step->kind, "listen") == 0) tell_correlated(telling, step);
    tell(telling, "task.completed", with(about_task(telling, task, "completedAt"), "output", step->output));
    break;
  default: break;
  }
}

// A task that is skipped has no phase of the specification's.
static bool moves_step(const struct wf_event *event, const struct wf_step *step) {
  switch (event->type) {
  case WF_STEP_STARTED:
  case WF_STEP_WAITING:
  case WF_STEP_LISTENING:
  case WF_STEP_RETRY_SCHEDULED:
  case WF_STEP_RETRIED:
  case WF_STEP_CANCELLED:
  case WF_STEP_FAULTED:
  case WF_STEP_COMPLETED: return step->status != WF_SKIPPED;
  default: return false;
  }
}

static void tell_status(struct telling *telling, const struct wf_step *step, enum wf_status before) {
  const struct wf_run *run = telling->turn->run;
  if (step && moves_step(telling->event, step)) {
    jv data = about_task(telling, step->reference, "updatedAt");
    tell(telling, "task.status-changed", put_text(data, "status", wf_status_name(step->status)));
  }
  if (run->status != before) {
    jv data = about_workflow(telling, "updatedAt");
    tell(telling, "workflow.status-changed", put_text(data, "status", wf_status_name(run->status)));
  }
}

void wf_lifecycle_tell(struct wf_turn *turn, const struct wf_event *event, enum wf_status before) {
  enum wf_lifecycle level = turn->bounds->lifecycle;
  if (level == WF_LIFECYCLE_NONE || turn->run->sandbox) return;
  struct telling telling = {.turn = turn, .event = event};
  const struct wf_step *step = event->step_no ? wf_run_step(turn->run, event->step_no) : NULL;
  if (step)
    tell_step(&telling, step);
  else
    tell_run(&telling);
  if (level == WF_LIFECYCLE_STATUS) tell_status(&telling, step, before);
}
