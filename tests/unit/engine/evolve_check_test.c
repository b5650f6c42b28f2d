// SPDX-License-Identifier: Apache-2.0
// Histories that somebody changed: every fact removed, every fact of another type, every
// column out of place, events gone, doubled and swapped, in stories that use every kind of
// task. None may be the end of the program, and what each kind of event needs is missed.
#include "fold.h"

#include "judge.h"
#include "story.h"

static const char DOCUMENT[] = STORY_HEAD "do:\n"
                                          "- one: {set: {a: 1}, export: {as: '${ {b: 1} }'}}\n"
                                          "- maybe: {if: '${ false }', set: {a: 2}}\n"
                                          "- around:\n"
                                          "    timeout: {after: PT1H}\n"
                                          "    do:\n"
                                          "    - attempt:\n"
                                          "        try:\n"
                                          "        - ask: {call: sms.send, with: {to: x}, output: {as: '${ .b }'}}\n"
                                          "        catch:\n"
                                          "          retry: {delay: PT1M, limit: {attempt: {count: 1, duration: PT10M}}}\n"
                                          "          do:\n"
                                          "          - caught: {set: {a: 3}}\n"
                                          "- pause: {wait: PT1H}\n"
                                          "- choose: {switch: [{bad: {when: '${ .a }', then: stop}}, {good: {then: end}}]}\n"
                                          "- stop: {raise: {error: {type: 'https://x.org/no', status: 400, title: No}}}\n";

// Fails twice, is caught, waits, is suspended and resumed, faults, is retried and faults again.
static struct story *long_story(void) {
  struct story *story = story_of(DOCUMENT, "{\"a\":0}");
  story_failed(story, 1, 1, NULL);
  story_due(story);
  story_failed(story, 1, 2, NULL);
  story_control(story, WF_CONTROL_SUSPEND, "hold");
  story_control(story, WF_CONTROL_RESUME, NULL);
  story_control(story, WF_CONTROL_WAKE, NULL);
  story_control(story, WF_CONTROL_RETRY, NULL);
  return story;
}

// Is answered late, cancelled while its action is out.
static struct story *short_story(void) {
  struct story *story = story_of(DOCUMENT, "{\"a\":0}");
  story_completed(story, 7, 1, NULL);
  story_control(story, WF_CONTROL_CANCEL, "enough");
  return story;
}

// Deadline passes; then the answer comes, the wait is over, and all is well.
static struct story *good_story(void) {
  struct story *story = story_of(DOCUMENT, "{\"a\":0}");
  story_due(story);
  story_due(story);
  story_completed(story, 1, 2, "{\"b\":null}");
  story_due(story);
  return story;
}

static const char WIDE[] = STORY_HEAD "do:\n"
                                      "- tried:\n"
                                      "    try:\n"
                                      "    - sides:\n"
                                      "        fork:\n"
                                      "          branches:\n"
                                      "          - loop: {for: {each: n, in: '${ [1, 2] }', at: i}, while: '${ $n < 3 }', do: [{say: {call: sms.send, with: {n: '${ $n }'}}}]}\n"
                                      "          - never: {if: '${ false }', set: {a: 2}}\n"
                                      "          - race: {fork: {compete: true, branches: [{late: {wait: PT1H}}, {soon: {do: [{ask: {call: crm.update}}]}}]}}\n"
                                      "    catch: {retry: {delay: PT1M, limit: {attempt: {count: 2}}}}\n"
                                      "- last: {set: {done: true}}\n";

// A turn and a race are over when a branch fails; all is tried again, and goes well.
static struct story *wide_story(void) {
  struct story *story = story_of(WIDE, "{\"a\":0}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  story_due(story);
  story_completed(story, 2, 2, "{}");
  story_completed(story, 4, 1, "1");
  story_completed(story, 5, 1, "2");
  return story;
}

// One branch fails for good, the run is retried there, and the workflow ends in a loop.
static struct story *retried_story(void) {
  struct story *story = story_of(STORY_HEAD
                                 "do:\n"
                                 "- sides: {fork: {branches: [{a: {call: sms.send}}, {b: {for: {in: '${ [1, 2] }'}, do: [{c: {call: crm.update}}, {d: {set: {d: 1}, then: end}}]}}]}}\n",
                                 "{}");
  story_failed(story, 1, 1, NULL);
  story_control(story, WF_CONTROL_RETRY, NULL);
  story_completed(story, 2, 2, "{}");
  return story;
}

typedef struct story *scene(void);
static scene *const scenes[] = {long_story, short_story, good_story, wide_story, retried_story};

struct changed {
  const struct wf_definition *definition;
  struct wf_event events[64];
  size_t count;
  size_t judged, refused;
};

static void begin(struct changed *changed, const struct story *story) {
  changed->definition = story->definition;
  changed->count = story->event_count;
  assert_true(story->event_count < 64);
  memcpy(changed->events, story->events, story->event_count * sizeof *story->events);
}

static void judge_all(struct changed *changed) {
  changed->judged++;
  changed->refused += judge(changed->definition, changed->events, changed->count) != JUDGED_GOOD;
}

static void judge_data(struct changed *changed, size_t at, jv data) {
  jv was = changed->events[at].data;
  changed->events[at].data = data;
  judge_all(changed);
  changed->events[at].data = was;
  jv_free(data);
}

static void every_fact_removed_or_of_another_type(void **state) {
  (void)state;
  static const char *const others[] = {"null", "true",   "false",  "\"x\"", "-1", "1.5", "2000000000", "[]", "{}",
                                       "77",   "[[5]]", "\"2026-01-05T09:00:00Z\"", "1e300", "[{\"timer\":1}]", "\"do\""};
  for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
    struct story *story = scenes[s]();
    struct changed changed = {.judged = 0};
    begin(&changed, story);
    for (size_t at = 0; at < changed.count; at++) {
      jv data = changed.events[at].data;
      if (jv_get_kind(data) != JV_KIND_OBJECT) continue;
      jv names = jv_keys(jv_copy(data));
      jv_array_foreach(names, i, name) {
        judge_data(&changed, at, jv_object_delete(jv_copy(data), jv_copy(name)));
        for (size_t o = 0; o < sizeof others / sizeof *others; o++)
          judge_data(&changed, at, jv_object_set(jv_copy(data), jv_copy(name), jv_parse(others[o])));
        jv_free(name);
      }
      jv_free(names);
    }
    assert_true(changed.judged > 100 && changed.refused > changed.judged / 2);
    story_free(story);
  }
}

// Every fact there is, where it does not belong.
static void facts_that_do_not_belong(void **state) {
  (void)state;
  static const char *const more[] = {
      "{\"parent\":9}",  "{\"next\":5}",  "{\"then\":\"exit\"}", "{\"then\":\"there\",\"next\":77}", "{\"error\":{}}",
      "{\"output\":1}",  "{\"input\":1}", "{\"context\":1}",     "{\"guards\":[{\"step\":1}]}",     "{\"failed_step\":4}",
      "{\"visit\":9}",   "{\"timer\":1}", "{\"final\":true}",    "{\"max_attempts\":1}",            "{\"kind\":\"try\"}",
      "{\"data\":{}}",   "{\"recipient\":{\"id\":\"x\"}}", "{\"index\":1}", "{\"index\":7}", "{\"branches\":2}",
      "{\"branch\":\"loop\"}", "{\"items\":[]}"};
  for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
    struct story *story = scenes[s]();
    struct changed changed = {.judged = 0};
    begin(&changed, story);
    for (size_t at = 0; at < changed.count; at++)
      for (size_t m = 0; m < sizeof more / sizeof *more; m++) {
        bool is_object = jv_get_kind(changed.events[at].data) == JV_KIND_OBJECT;
        jv data = is_object ? jv_copy(changed.events[at].data) : jv_object();
        judge_data(&changed, at, jv_object_merge(data, jv_parse(more[m])));
      }
    story_free(story);
  }
}

static void every_column_out_of_place(void **state) {
  (void)state;
  static const int32_t numbers[] = {-1, 0, 1, 2, 3, 4, 5, 77, INT32_MAX, INT32_MIN};
  for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
    struct story *story = scenes[s]();
    struct changed changed = {.judged = 0};
    begin(&changed, story);
    for (size_t at = 0; at < changed.count; at++) {
      struct wf_event was = changed.events[at], *event = &changed.events[at];
      for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        int32_t *const columns[] = {&event->seq, &event->step_no, &event->action_no, &event->attempt};
        for (int c = 0; c < 4; c++) {
          *columns[c] = numbers[n];
          judge_all(&changed);
          *event = was;
        }
      }
      for (int type = WF_EVENT_NONE; type <= WF_ACTION_LATE + 1; type++) {
        event->type = (enum wf_event_type)type;
        judge_all(&changed);
      }
      *event = was;
      const char *const references[] = {NULL, "", "/do/0/one", "/do/2/around/do/0/attempt", "/do/9/none"};
      for (int r = 0; r < 5; r++) {
        event->reference = references[r];
        judge_all(&changed);
      }
      *event = was;
      const usec_t instants[] = {0, -1, INT64_MIN, INT64_MAX};
      for (int i = 0; i < 4; i++) {
        event->at = instants[i];
        assert_int_equal(judge(changed.definition, changed.events, changed.count), JUDGED_NO_HISTORY);
      }
      *event = was;
    }
    assert_true(changed.refused > changed.judged / 2);
    story_free(story);
  }
}

static void number_anew(struct changed *changed) {
  for (size_t i = 0; i < changed->count; i++) changed->events[i].seq = (int32_t)i + 1;
}

// With numbers made anew, so that it is not the gap alone that is seen.
static void events_gone_doubled_swapped_and_cut(void **state) {
  (void)state;
  for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
    struct story *story = scenes[s]();
    struct changed changed = {.judged = 0};
    for (size_t at = 0; at < story->event_count; at++) {
      begin(&changed, story);
      memmove(&changed.events[at], &changed.events[at + 1], (--changed.count - at) * sizeof *changed.events);
      if (at + 1 < story->event_count)
        assert_int_equal(judge(changed.definition, changed.events, changed.count), JUDGED_NO_HISTORY);
      number_anew(&changed);
      judge_all(&changed);
      begin(&changed, story);
      memmove(&changed.events[at + 1], &changed.events[at], (changed.count++ - at) * sizeof *changed.events);
      number_anew(&changed);
      judge_all(&changed);
      for (size_t to = 0; to < story->event_count; to++) {
        begin(&changed, story);
        struct wf_event event = changed.events[at];
        changed.events[at] = changed.events[to];
        changed.events[to] = event;
        number_anew(&changed);
        judge_all(&changed);
      }
      begin(&changed, story);
      changed.count = at;
      judge_all(&changed);
    }
    story_free(story);
  }
}

static void what_nobody_changed_is_good(void **state) {
  (void)state;
  for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
    struct story *story = scenes[s]();
    assert_int_equal(judge(story->definition, story->events, story->event_count), JUDGED_GOOD);
    story_free(story);
  }
}

// ---- what each is told ----------------------------------------------------------------

static void assert_refused(struct folded *folded, struct wf_event event, const char *data, const char *expected) {
  const char *problem = NULL;
  if (!event.seq) event.seq = folded->run->last_seq + 1;
  event.at = folded->now;
  event.data = data ? jv_parse(data) : jv_invalid();
  assert_int_equal(wf_evolve(folded->run, &event, &problem), -WF_EINVAL);
  assert_string_equal(problem, expected);
  jv_free(event.data);
}

static void a_history_begins_once_and_has_no_gaps(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  assert_refused(&f, (struct wf_event){.type = WF_RUN_STARTED}, NULL, "the first event is run.created, and no other");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_CREATED}, "{\"data\":1}", "`data` is no object");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_CREATED}, "{\"recipient\":{\"id\":7}}",
                 "`recipient` is not {collection, id}");
  fold_begin(&f);
  assert_refused(&f, (struct wf_event){.type = WF_RUN_CREATED}, NULL, "the first event is run.created, and no other");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_STARTED}, NULL, "the run has started already, or must not");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_WOKEN, .seq = 4}, NULL, "an event before it is missing");
  assert_refused(&f, (struct wf_event){.type = WF_EVENT_NONE}, NULL, "its type is unknown");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_RESUMED}, NULL, "the run is not suspended");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_RETRIED}, NULL, "the run has not faulted");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_YIELDED}, NULL, "`timer` or `due_at` is missing");
  fold(&f, (struct wf_event){.type = WF_RUN_COMPLETED}, NULL);
  assert_refused(&f, (struct wf_event){.type = WF_RUN_CANCELLED}, NULL, "the run has ended");
  fold_free(&f);
}

static void steps_are_where_the_run_is(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_CREATED}, NULL);
  struct wf_event enter = {.type = WF_STEP_STARTED, .step_no = 1, .attempt = 1, .reference = "/do/0/a"};
  assert_refused(&f, enter, "{\"kind\":\"do\"}", "the run has not started");
  fold(&f, (struct wf_event){.type = WF_RUN_STARTED}, NULL);
  assert_refused(&f, enter, NULL, "`kind` is missing or unknown");
  assert_refused(&f, enter, "{\"kind\":\"do\",\"parent\":3}", "the list it is in is not open, or another task of it is");
  assert_refused(&f, enter, "{\"kind\":\"do\",\"timeout_timer\":1}", "a timeout lacks its timer or its instant");
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"do\"}");
  assert_refused(&f, enter, "{\"kind\":\"do\"}", "the step is not entered anew");
  fold_step(&f, 2, 1, "/do/0/a/do/0/b", "{\"kind\":\"call\",\"parent\":1}");
  struct wf_event ended = {.type = WF_STEP_COMPLETED, .step_no = 1, .attempt = 1};
  assert_refused(&f, ended, NULL, "a task inside it is still open");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_CAUGHT, .step_no = 1}, NULL, "the task is not trying");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_WAITING, .step_no = 2}, NULL, "the task is no wait");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_FAULTED, .step_no = 2}, NULL, "`error` is missing or no object");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_COMPLETED, .step_no = 5}, NULL, "there is no such open step");
  fold_free(&f);
}

static void branches_and_turns_come_as_they_must(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  struct wf_event enter = {.type = WF_STEP_STARTED, .step_no = 1, .attempt = 1, .reference = "/do/0/a"};
  assert_refused(&f, enter, "{\"kind\":\"fork\",\"branches\":1001}", "there are too many `branches`");
  assert_refused(&f, enter, "{\"kind\":\"for\",\"items\":5}", "`items` is no array, or of no loop");
  assert_refused(&f, enter, "{\"kind\":\"do\",\"items\":[]}", "`items` is no array, or of no loop");
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"fork\",\"branches\":2}");
  enter.step_no = 2;
  enter.reference = "/do/0/a/fork/branches/1/c";
  const char *elsewhere = "the list it is in is not open, or another task of it is";
  assert_refused(&f, enter, "{\"kind\":\"set\",\"parent\":1,\"index\":2}", elsewhere);
  assert_refused(&f, (struct wf_event){.type = WF_STEP_COMPLETED, .step_no = 1}, NULL, "a branch of it is still open");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_COMPLETED, .step_no = 1}, "{\"branch\":\"b\"}", "a branch of it is still open");
  fold_step(&f, 2, 1, "/do/0/a/fork/branches/1/c", "{\"kind\":\"for\",\"parent\":1,\"index\":1,\"items\":[7]}");
  enter.step_no = 3;
  assert_refused(&f, enter, "{\"kind\":\"set\",\"parent\":1,\"index\":1}", elsewhere);
  assert_refused(&f, enter, "{\"kind\":\"set\",\"parent\":2}", "the list it is in is through");
  struct wf_event turn = {.type = WF_STEP_ITERATED, .step_no = 2, .attempt = 1};
  assert_refused(&f, turn, "{\"index\":1}", "the turn is not the next");
  turn.step_no = 1;
  assert_refused(&f, turn, NULL, "the task is no loop");
  fold_on(&f, WF_STEP_ITERATED, 2, NULL);
  fold_step(&f, 3, 1, "/do/0/a/fork/branches/1/c/do/0/d", "{\"kind\":\"set\",\"parent\":2}");
  turn.step_no = 2;
  assert_refused(&f, turn, "{\"index\":1}", "a task inside it is still open");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_CANCELLED, .step_no = 1}, NULL, "a task inside it is still open");
  fold_on(&f, WF_STEP_COMPLETED, 3, NULL);
  assert_refused(&f, turn, "{\"index\":1}", "there is no such item");
  fold_on(&f, WF_STEP_COMPLETED, 2, NULL);
  assert_refused(&f, (struct wf_event){.type = WF_STEP_COMPLETED, .step_no = 1}, NULL, "a branch of it is still open");
  assert_refused(&f, (struct wf_event){.type = WF_RUN_COMPLETED}, NULL, "a task is still open, or none was begun");
  enter.reference = "/do/0/a/fork/branches/1/c";
  enter.step_no = 4;
  assert_refused(&f, enter, "{\"kind\":\"set\",\"parent\":1,\"index\":1}", "the list it is in is through");
  fold_on(&f, WF_STEP_COMPLETED, 1, "{\"branch\":\"c\"}");
  fold_free(&f);
}

static void actions_are_asked_for_once_and_answered_once(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"call\"}");
  struct wf_event asked = {.type = WF_ACTION_REQUESTED, .step_no = 1, .action_no = 1, .attempt = 1};
  const char *data = "{\"function\":\"f\",\"timer\":1,\"deadline_at\":\"2026-01-01T00:00:00Z\"}";
  assert_refused(&f, asked, "{\"timer\":1,\"deadline_at\":\"2026-01-01T00:00:00Z\"}", "`function` is missing");
  assert_refused(&f, asked, "{\"function\":\"f\"}", "`timer` or `deadline_at` is missing");
  struct wf_event answered = {.type = WF_ACTION_COMPLETED, .step_no = 1, .action_no = 1, .attempt = 1};
  assert_refused(&f, answered, NULL, "the action is not out");
  fold(&f, asked, data);
  assert_refused(&f, asked, data, "the action is out already, or another step's");
  assert_refused(&f, (struct wf_event){.type = WF_STEP_COMPLETED, .step_no = 1}, NULL, "its action is still out");
  assert_refused(&f, (struct wf_event){.type = WF_ACTION_FAILED, .action_no = 1, .attempt = 1}, NULL,
                 "`error` is missing or no object");
  answered.attempt = 2;
  assert_refused(&f, answered, NULL, "the attempt is not the one that is out");
  fold(&f, (struct wf_event){.type = WF_RUN_SUSPENDED}, NULL);
  assert_refused(&f, asked, data, "the run is suspended");
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_nobody_changed_is_good),
      cmocka_unit_test(every_fact_removed_or_of_another_type),
      cmocka_unit_test(facts_that_do_not_belong),
      cmocka_unit_test(every_column_out_of_place),
      cmocka_unit_test(events_gone_doubled_swapped_and_cut),
      cmocka_unit_test(a_history_begins_once_and_has_no_gaps),
      cmocka_unit_test(steps_are_where_the_run_is),
      cmocka_unit_test(actions_are_asked_for_once_and_answered_once),
      cmocka_unit_test(branches_and_turns_come_as_they_must),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
