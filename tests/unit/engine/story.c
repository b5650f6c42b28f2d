// SPDX-License-Identifier: Apache-2.0
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/json_schema.h"
#include "engine/dump.h"
#include "story_check.h"

static const struct wf_function functions[] = {
    {.name = "voice.call", .topic = "calls", .timeout = 5 * USEC_PER_MIN},
    {.name = "sms.send", .topic = "messages", .timeout = 30 * USEC_PER_SEC},
    {.name = "crm.update", .topic = "crm", .timeout = 10 * USEC_PER_SEC},
    // those of the examples
    {.name = "callLead", .topic = "examples", .timeout = USEC_PER_MIN},
    {.name = "sendMessage", .topic = "examples", .timeout = USEC_PER_MIN},
    {.name = "chargeCard", .topic = "examples", .timeout = USEC_PER_MIN},
};

const struct wf_catalog *story_catalog(void) {
  static const struct wf_catalog catalog = {.functions = functions, .count = sizeof functions / sizeof *functions};
  return &catalog;
}

// What may not run in the process is evaluated in the process all the same: no story
// holds an expression that could take the tests down.
static int evaluate_here(void *context, const struct wf_definition *definition, const struct wf_expr *expr, jv dot,
                         jv vars, jv *ret_value, char **ret_error) {
  (void)context;
  struct wf_expr safe = *expr;
  safe.inline_safe = true;
  return wf_expr_evaluate(definition, &safe, NULL, dot, vars, ret_value, ret_error);
}

static int validate_here(void *context, const struct wf_schema *schema, jv value, char **ret_problem) {
  (void)context;
  struct wf_json_schema *made = wf_json_schema_new(schema->text, strlen(schema->text), ret_problem);
  jv text = jv_dump_string(value, 0);
  assert_non_null(made);
  int result = wf_json_schema_validate(made, jv_string_value(text), strlen(jv_string_value(text)), ret_problem);
  jv_free(text);
  wf_json_schema_free(made);
  return result;
}

static const struct wf_evaluator evaluator = {.evaluate = evaluate_here, .validate = validate_here};

static struct wf_identity identity(const char *trigger_data) {
  struct uuid trigger = uuid_make(1767603600 * USEC_PER_SEC, 1, 7, 0, 0);
  return (struct wf_identity){
      .run_id = uuid_with_recipient(&trigger, 1),
      .trigger_id = trigger,
      .definition_id = 1,
      .workflow = (char *)"test/story",
      .workflow_version = (char *)"1.0.0",
      .tenant = (char *)"acme",
      .event_id = (char *)"event-1",
      .source_type = (char *)"api",
      .actor = jv_null(),
      .trigger_data = trigger_data ? jv_parse(trigger_data) : jv_invalid(),
  };
}

struct story *story_new(const char *document) {
  struct story *story = xcalloc(1, sizeof *story);
  struct wf_problems problems = {0};
  story->arena = arena_new();
  story->bounds = (struct wf_bounds){.steps_max = 5000, .value_bytes_max = 65536};
  clock_parse(STORY_START, strlen(STORY_START), &story->now);
  story->random = 42;
  int result =
      wf_definition_load(document, strlen(document), story_catalog(), story->arena, &story->definition, &problems);
  if (result < 0)
    fail_msg("the definition does not load: line %d, column %d: %s", problems.items[0].line, problems.items[0].column,
             problems.items[0].text);
  return story;
}

void story_free(struct story *story) {
  if (!story) return;
  wf_decision_clear(&story->last);
  for (size_t i = 0; i < story->event_count; i++) jv_free(story->events[i].data);
  for (size_t i = 0; i < story->step_rows; i++) free(story->steps[i]);
  for (size_t i = 0; i < story->action_rows; i++) free(story->actions[i]);
  free(story->events);
  free(story->armed);
  free(story->steps);
  free(story->actions);
  buf_free(&story->transcript);
  wf_run_free(story->run);
  wf_run_free(story->from_snapshot);
  wf_definition_free(story->definition);
  arena_free(story->arena);
  free(story);
}

static void arm_timers(struct story *story) {
  const struct wf_decision *decision = &story->last;
  if (!decision->timer_count) return;
  size_t count = story->armed_count + decision->timer_count;
  story->armed = xrealloc(story->armed, count * sizeof *story->armed);
  for (size_t i = 0; i < decision->timer_count; i++)
    story->armed[story->armed_count++] = (struct story_armed){decision->timers[i].timer_no, decision->timers[i].due_at};
}

static void note_subscriptions(struct story *story) {
  for (size_t i = 0; i < story->last.effect_count; i++) {
    const struct wf_effect *effect = &story->last.effects[i];
    if (effect->kind == WF_EFFECT_SUBSCRIBE) story->subscription_no = effect->subscription_no;
    if (effect->kind == WF_EFFECT_UNSUBSCRIBE && effect->subscription_no == story->subscription_no) story->subscription_no = 0;
  }
}

static void take(struct story *story, struct wf_input *input) {
  wf_decision_clear(&story->last);
  input->now = story->now;
  input->random = story->random++;
  wf_decide(story->run, story->definition, &evaluator, &story->bounds, input, story->arena, &story->last);
  arm_timers(story);
  note_subscriptions(story);
  story_record(story);
  story_prove(story);
}

void story_create(struct story *story, const char *trigger_data, const char *recipient_data) {
  struct wf_identity from = identity(trigger_data);
  story->run = wf_run_new(&from);
  struct wf_input input = {.kind = WF_INPUT_CREATE};
  input.create.recipient_collection = "leads";
  input.create.recipient_id = "lead-1";
  input.create.recipient_data = recipient_data ? jv_parse(recipient_data) : jv_invalid();
  input.create.cancelled_because = story->cancelled_because;
  input.create.sandbox = story->sandbox;
  input.create.skip_delays = story->skip_delays;
  input.create.results = story->results ? jv_parse(story->results) : jv_invalid();
  jv data = input.create.recipient_data, results = input.create.results;
  take(story, &input);
  jv_free(data);
  jv_free(results);
}

void story_result(struct story *story, const struct wf_result *result) {
  struct wf_input input = {.kind = WF_INPUT_RESULT, .result = *result};
  take(story, &input);
}

void story_completed(struct story *story, int32_t action_no, int32_t attempt, const char *output) {
  jv value = output ? jv_parse(output) : jv_invalid();
  story_result(story,
               &(struct wf_result){.action_no = action_no, .attempt = attempt, .completed = true, .output = value});
  jv_free(value);
}

void story_failed(struct story *story, int32_t action_no, int32_t attempt, const char *type) {
  story_result(story,
               &(struct wf_result){.action_no = action_no, .attempt = attempt, .error_type = type, .retryable = true});
}

void story_event(struct story *story, const char *event) {
  struct wf_input input = {.kind = WF_INPUT_EVENT, .event = {story->subscription_no, jv_parse(event)}};
  jv value = input.event.event;
  take(story, &input);
  jv_free(value);
}

void story_timer(struct story *story, int32_t timer_no) {
  struct wf_input input = {.kind = WF_INPUT_TIMER, .timer_no = timer_no};
  take(story, &input);
}

bool story_due(struct story *story) {
  size_t at = story->armed_count;
  for (size_t i = 0; i < story->armed_count; i++) {
    if (!wf_run_timer_live(story->run, story->armed[i].timer_no)) continue;
    if (at == story->armed_count || story->armed[i].due_at < story->armed[at].due_at) at = i;
  }
  if (at == story->armed_count) return false;
  struct story_armed armed = story->armed[at];
  story->armed[at] = story->armed[--story->armed_count];
  if (armed.due_at > story->now) story->now = armed.due_at;
  story_timer(story, armed.timer_no);
  return true;
}

void story_control(struct story *story, enum wf_control kind, const char *reason) {
  struct wf_input input = {.kind = WF_INPUT_CONTROL, .control = {.kind = kind, .actor = "ops@example.com", .reason = reason}};
  take(story, &input);
}

struct story *story_of(const char *document, const char *trigger_data) {
  struct story *story = story_new(document);
  story_create(story, trigger_data, NULL);
  return story;
}

const char *story_types(const struct story *story) {
  struct buf out = {0};
  for (size_t i = 0; i < story->event_count; i++)
    buf_printf(&out, "%s%s", i ? " " : "", wf_event_type_name(story->events[i].type));
  const char *text = arena_strndup(story->arena, out.data, out.size);
  buf_free(&out);
  return text;
}

const char *story_json(const struct story *story, jv value) {
  if (!jv_is_valid(value)) return "-";
  jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);
  const char *copy = arena_strdup(story->arena, jv_string_value(text));
  jv_free(text);
  return copy;
}

const char *story_error(const struct story *story, const char *member) {
  if (jv_get_kind(story->run->error) != JV_KIND_OBJECT) return "-";
  jv value = jv_object_get(jv_copy(story->run->error), jv_string(member));
  const char *text = story_json(story, value);
  jv_free(value);
  return text;
}

int story_count(const struct story *story, enum wf_event_type type) {
  int count = 0;
  for (size_t i = 0; i < story->event_count; i++) count += story->events[i].type == type;
  return count;
}

const struct wf_event *story_last(const struct story *story, enum wf_event_type type) {
  for (size_t i = story->event_count; i-- > 0;)
    if (story->events[i].type == type) return &story->events[i];
  return NULL;
}
