// SPDX-License-Identifier: Apache-2.0
#include "store_sample.h"

#include <stdlib.h>

static char *const none = NULL;


usec_t sample_now(struct fixture *fixture) {
  char *text = fixture_sql(fixture, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
  usec_t now = strtoll(text, NULL, 10);
  free(text);
  return now;
}

static struct wf_event event_of(enum wf_event_type type, int32_t seq, usec_t at) {
  return (struct wf_event){.type = type, .seq = seq, .at = at, .data = jv_object()};
}

void sample_new(struct sample *sample, struct fixture *fixture, const char *id, uint64_t offset) {
  usec_t now = sample_now(fixture);
  *sample = (struct sample){0};
  struct uuid trigger_id = uuid_make(now, (unsigned)fixture->homes[0].home, offset, 0, 0);
  sample->message = (struct trigger_event){.id = text_of(id), .type = TEXT("lead.created"), .source_kind = SOURCE_AUDIENCE,
                                           .source_name = TEXT("crm"), .subject = TEXT("lead-7"), .correlation_id = TEXT("corr"), .traceparent = TEXT("00-ab-01"),
                                           .actor = {TEXT("users"), TEXT("u1")}, .data = TEXT("{ \"n\": 1234567890123456789 }"), .time = now - 1000};
  sample->trigger = (struct store_trigger){.trigger_id = trigger_id, .home = fixture->homes[0].home, .event = &sample->message,
                                           .definition_id = 3, .workflow = "sales/follow-up", .workflow_version = "1.2.0",
                                           .tenant = TEXT("acme"), .recipient_count = 1, .received_at = now,
                                           .topic = "triggers", .partition = 0, .offset = (int64_t)offset};
  sample->run.identity = (struct wf_identity){.run_id = uuid_with_recipient(&trigger_id, 1), .trigger_id = trigger_id,
                                              .definition_id = 3, .workflow = (char *)(uintptr_t)"sales/follow-up",
                                              .workflow_version = (char *)(uintptr_t)"1.2.0", .tenant = (char *)(uintptr_t)"acme"};
  sample->run.recipient = (struct wf_recipient){none, (char *)(uintptr_t)"lead-7"};
  sample->run.last_seq = 3;
  sample->run.status = WF_WAITING;
  sample->run.waiting_for = WF_FOR_ACTION;
  sample->run.current_step_no = 1;
  sample->run.created_at = sample->run.updated_at = sample->run.started_at = now;
  sample->run.next_wake_at = now + USEC_PER_HOUR;
  sample->run.input = jv_parse("{\"a\":[1,2,{\"b\":null}]}");
  sample->run.context = jv_object();
  sample->run.output = jv_invalid();
  sample->step = (struct wf_step){.step_no = 1, .visit = 1, .attempt = 1, .reference = (char *)(uintptr_t)"/do/0/callLead",
                                  .name = (char *)(uintptr_t)"callLead", .kind = "call", .status = WF_WAITING, .input = jv_object(),
                                  .output = jv_invalid(), .scheduled_at = now, .started_at = now, .updated_at = now, .is_new = true, .is_changed = true};
  sample->action = (struct wf_action){.action_no = 1, .step_no = 1, .attempt = 1, .max_attempts = 3, .function = (char *)(uintptr_t)"voice.call",
                                      .status = WF_RUNNING, .input = jv_parse("{\"to\":\"+1\"}"), .output = jv_invalid(), .requested_at = now,
                                      .deadline_at = now + USEC_PER_HOUR, .updated_at = now, .is_new = true, .is_changed = true};
  sample->steps[0] = &sample->step;
  sample->actions[0] = &sample->action;
  sample->run.steps = sample->steps;
  sample->run.step_count = 1;
  sample->run.actions = sample->actions;
  sample->run.action_count = 1;
  sample->runs[0] = &sample->run;
  sample->events[0] = event_of(WF_RUN_CREATED, 1, now);
  jv_free(sample->events[0].data);
  sample->events[0].data = jv_parse("{\"recipient\":{\"id\":\"lead-7\"},\"z\":1.5,\"text\":\"\\u00e4 \\\"x\\\"\"}");
  sample->events[1] = event_of(WF_STEP_STARTED, 2, now);
  sample->events[1].step_no = 1;
  sample->events[1].attempt = 1;
  sample->events[1].reference = "/do/0/callLead";
  sample->events[2] = event_of(WF_ACTION_REQUESTED, 3, now);
  sample->events[2].step_no = sample->events[2].action_no = sample->events[2].attempt = 1;
  sample->events[2].level = WF_LEVEL_ERROR;
  sample->events[2].summary = "for the customer";
  sample->events[2].detail_internal = "for the operator";
  for (int i = 0; i < 4; i++) sample->rows[i] = (struct store_event){sample->run.identity.run_id, &sample->events[i]};
  sample->fence = fixture_fence(fixture, 0);
  sample->request = (struct store_request){.kind = STORE_COMMIT,
                                           .commit = {.fences = &sample->fence, .fence_count = 1, .definition_generation = 1,
                                                      .triggers = &sample->trigger, .trigger_count = 1, .events = sample->rows,
                                                      .event_count = 3, .runs = sample->runs, .previous_seqs = sample->previous_seqs, .run_count = 1}};
}

void sample_complete(struct sample *sample, struct fixture *fixture) {
  usec_t now = sample_now(fixture);
  sample->events[3] = event_of(WF_RUN_COMPLETED, 4, now);
  sample->rows[3].event = &sample->events[3];
  sample->previous_seqs[0] = 3;
  sample->run.last_seq = 4;
  sample->run.status = WF_COMPLETED;
  sample->run.waiting_for = WF_FOR_NOTHING;
  sample->run.next_wake_at = 0;
  sample->run.ended_at = sample->run.updated_at = now;
  sample->run.output = jv_parse("{\"ok\":true}");
  sample->step.is_new = sample->action.is_new = false;
  sample->step.status = sample->action.status = WF_COMPLETED;
  sample->action.output = jv_parse("{\"seconds\":12}");
  sample->action.outcome = (char *)(uintptr_t)"answered";
  sample->fence = fixture_fence(fixture, 0);
  sample->request.commit.triggers = NULL;
  sample->request.commit.trigger_count = 0;
  sample->request.commit.events = &sample->rows[3];
  sample->request.commit.event_count = 1;
}

void sample_clear(struct sample *sample) {
  for (int i = 0; i < 4; i++) jv_free(sample->events[i].data);
  jv_free(sample->run.input);
  jv_free(sample->run.context);
  jv_free(sample->run.output);
  jv_free(sample->step.input);
  jv_free(sample->action.input);
  jv_free(sample->action.output);
}
