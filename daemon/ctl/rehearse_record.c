// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_record.h"

#include "base/error.h"

void rehearse_record_begin(struct rehearse_record *record, usec_t start) {
  *record = (struct rehearse_record){.arena = arena_new(), .start = start};
}

static void free_run(struct rehearse_run *run) {
  vec_foreach(event, &run->events) jv_free(event->event.data);
  vec_free(&run->events);
  vec_free(&run->steps);
  wf_run_free(run->run);
  free(run);
}

void rehearse_record_clear(struct rehearse_record *record) {
  vec_foreach(run, &record->runs) free_run(*run);
  vec_foreach(want, &record->wants) jv_free(want->arguments);
  vec_foreach(sent, &record->emitted) jv_free(sent->event);
  vec_foreach(sent, &record->lifecycle) jv_free(sent->event);
  vec_free(&record->emitted);
  vec_free(&record->lifecycle);
  vec_free(&record->runs);
  vec_free(&record->wants);
  arena_free(record->arena);
  *record = (struct rehearse_record){0};
}

int rehearse_record_run(struct rehearse_record *record, const struct wf_definition *definition, struct wf_run *run,
                        struct rehearse_parent parent) {
  struct rehearse_run *added = xcalloc(1, sizeof *added);
  added->definition = definition;
  added->run = run;
  added->parent = parent;
  vec_push(&record->runs, added);
  return (int)record->runs.count - 1;
}

static const char *kept(struct rehearse_record *record, const char *text) {
  return text ? arena_strdup(record->arena, text) : NULL;
}

// Steps come in the order of their numbers, and come again when they change.
static void note_step(struct rehearse_record *record, struct rehearse_run *run, const struct wf_step *step) {
  size_t at = (size_t)step->step_no - 1;
  while (run->steps.count <= at) vec_push(&run->steps, (struct rehearse_step){.step_no = 0});
  struct rehearse_step *noted = &run->steps.items[at];
  if (!noted->step_no)
    *noted = (struct rehearse_step){.step_no = step->step_no,
                                    .parent_step_no = step->parent_step_no,
                                    .visit = step->visit,
                                    .reference = kept(record, step->reference),
                                    .name = kept(record, step->name),
                                    .title = kept(record, step->title),
                                    .kind = step->kind};
  noted->attempt = step->attempt;
  noted->status = step->status;
  noted->started_at = step->started_at;
  noted->ended_at = step->ended_at;
}

static void note_event(struct rehearse_record *record, struct rehearse_run *run, const struct wf_event *event) {
  const struct wf_action *action = event->action_no ? wf_run_action(run->run, event->action_no) : NULL;
  struct rehearse_event noted = {.event = *event, .function = action ? kept(record, action->function) : NULL};
  noted.event.reference = kept(record, event->reference);
  noted.event.reason_code = kept(record, event->reason_code);
  noted.event.summary = kept(record, event->summary);
  noted.event.detail_internal = kept(record, event->detail_internal);
  noted.event.data = jv_copy(event->data);
  vec_push(&run->events, noted);
}

void rehearse_record_decision(struct rehearse_record *record, int run, const struct wf_decision *decision) {
  struct rehearse_run *in = record->runs.items[run];
  for (size_t i = 0; i < decision->event_count; i++) note_event(record, in, &decision->events[i]);
  for (size_t i = 0; i < in->run->step_count; i++)
    if (in->run->steps[i]->is_new || in->run->steps[i]->is_changed) note_step(record, in, in->run->steps[i]);
}

void rehearse_record_sent(struct rehearse_record *record, bool is_lifecycle, struct rehearse_sent sent) {
  sent.reference = kept(record, sent.reference);
  if (is_lifecycle)
    vec_push(&record->lifecycle, sent);
  else
    vec_push(&record->emitted, sent);
}

void rehearse_record_want(struct rehearse_record *record, struct rehearse_want want) {
  want.function = kept(record, want.function);
  want.reference = kept(record, want.reference);
  vec_push(&record->wants, want);
}
