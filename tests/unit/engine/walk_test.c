// SPDX-License-Identifier: Apache-2.0
// Random walks: whatever comes in whatever order, what story_prove() checks stays true
// after every decision, and once the disturbances end the run ends too. A failure names
// the seed; WORKFLOWD_WALK_SEED=n repeats it alone, WORKFLOWD_WALKS=n walks more.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define DOCUMENT "document: {dsl: '1.0.3', namespace: test, name: walk, version: '1.0.0'}\n"

static const char *const documents[] = {
    // calls, waits and branches
    DOCUMENT "do:\n"
             "- first: {call: voice.call, with: {n: '${ .n }'}, export: {as: '${ {n: 1} }'}}\n"
             "- pick:\n"
             "    switch:\n"
             "    - again: {when: '${ .again == true }', then: first}\n"
             "    - pause: {when: '${ .pause == true }', then: pause}\n"
             "    - other: {then: last}\n"
             "- pause: {wait: PT10M}\n"
             "- maybe: {if: '${ .pause == true }', call: sms.send, timeout: {after: PT20S}}\n"
             "- last: {call: crm.update, output: {as: '${ {last: .} }'}}\n",
    // a try around several tasks, one of which is skipped at times
    DOCUMENT "do:\n"
             "- block:\n"
             "    try:\n"
             "    - one: {call: voice.call}\n"
             "    - maybe: {if: '${ .again == true }', set: {x: 1}}\n"
             "    - two: {call: sms.send}\n"
             "    - three: {do: [{inner: {call: crm.update}}, {pause: {wait: PT1M}}]}\n"
             "    catch:\n"
             "      errors: {with: {status: 503}}\n"
             "      retry: {delay: PT5S, backoff: {exponential: {}}, jitter: {from: PT0S, to: PT2S},\n"
             "              limit: {attempt: {count: 3, duration: PT8M}, duration: PT2H}}\n"
             "      do: [{sorry: {call: sms.send}}]\n"
             "- end: {set: {done: true}}\n",
    // tries within tries, in a loop, under timeouts
    DOCUMENT "timeout: {after: P1D}\n"
             "do:\n"
             "- outer:\n"
             "    timeout: {after: PT3H}\n"
             "    try:\n"
             "    - before: {set: '${ . + {seen: true} }'}\n"
             "    - inner:\n"
             "        try:\n"
             "        - work: {call: voice.call}\n"
             "        - check: {if: '${ .bad == true }', raise: {error: {type: 'https://example.com/bad', status: 503, "
             "title: Bad}}}\n"
             "        catch:\n"
             "          errors: {with: {status: 503}}\n"
             "          retry: {delay: PT1S, limit: {attempt: {count: 1}}}\n"
             "          do: [{tell: {call: sms.send}}]\n"
             "    - loop: {switch: [{again: {when: '${ .again == true }', then: inner}}]}\n"
             "    - slow: {wait: PT30M, timeout: {after: PT1H}}\n"
             "    catch:\n"
             "      retry: {delay: PT1M, when: '${ $error.status != 408 }', limit: {attempt: {count: 2}}}\n"
             "- rest: {do: [{note: {call: crm.update, then: exit}}, {never: {call: crm.update}}]}\n",
    // immediate retries without end, and a loop that never waits
    DOCUMENT "do:\n"
             "- first: {try: [{call: {call: crm.update}}], catch: {retry: {}}}\n"
             "- count: {set: {n: '${ (.n // 0) + 1 }', again: '${ .again }'}}\n"
             "- loop: {switch: [{again: {when: '${ .n < 1100 }', then: count}}]}\n"
             "- last: {call: sms.send}\n",
    // branches: calls, waits, tries of their own, all in a try; one may end the workflow
    DOCUMENT "timeout: {after: P2D}\n"
             "do:\n"
             "- around:\n"
             "    try:\n"
             "    - before: {call: crm.update}\n"
             "    - both:\n"
             "        timeout: {after: PT5H}\n"
             "        fork:\n"
             "          branches:\n"
             "          - talk: {do: [{ring: {call: voice.call}}, {rest: {wait: PT2M}}, {again: {call: voice.call}}]}\n"
             "          - mute: {if: '${ .pause == true }', wait: PT1M}\n"
             "          - write:\n"
             "              timeout: {after: PT40M}\n"
             "              try: [{text: {call: sms.send, timeout: {after: PT15S}}}]\n"
             "              catch: {errors: {with: {status: 503}}, retry: {delay: PT5S, limit: {attempt: {count: 2}}}, do: [{sorry: {set: {sorry: true}}}]}\n"
             "          - stop: {switch: [{end: {when: '${ .bad == true }', then: end}}, {else: {then: exit}}]}\n"
             "        output: {as: '${ {all: .} }'}\n"
             "    - race:\n"
             "        fork:\n"
             "          compete: true\n"
             "          branches:\n"
             "          - one: {call: voice.call}\n"
             "          - two: {do: [{step: {call: sms.send}}, {more: {wait: PT1M}}]}\n"
             "          - late: {wait: PT3M}\n"
             "    catch:\n"
             "      retry: {delay: PT10S, limit: {attempt: {count: 2}}}\n"
             "      do: [{note: {call: crm.update}}]\n"
             "- done: {set: {done: true}}\n",
    // loops: in a try, with a try inside, in branches and with branches inside
    DOCUMENT "do:\n"
             "- all:\n"
             "    try:\n"
             "    - outer:\n"
             "        for: {each: a, in: '${ [1, 2, 3] }', at: i}\n"
             "        while: '${ $i < 2 or .again == true }'\n"
             "        do:\n"
             "        - tried:\n"
             "            try: [{work: {call: crm.update, with: {a: '${ $a }'}}}]\n"
             "            catch: {errors: {with: {status: 503}}, retry: {delay: PT1S, limit: {attempt: {count: 1}}}, do: [{skip: {set: {skipped: '${ $i }'}, then: exit}}]}\n"
             "        - inner:\n"
             "            for: {in: '${ [range(40)] }'}\n"
             "            do: [{count: {set: {sum: '${ (.sum // 0) + $item * $a }'}}}]\n"
             "        - risky: {if: '${ $i == 1 }', call: sms.send, timeout: {after: PT20S}}\n"
             "        - sides:\n"
             "            fork:\n"
             "              branches:\n"
             "              - loop: {for: {in: '${ [1, 2] }'}, do: [{say: {call: voice.call, with: {n: '${ $item + $a }'}}}]}\n"
             "              - wait: {wait: PT30S}\n"
             "    catch:\n"
             "      errors: {with: {status: 500}}\n"
             "      retry: {delay: PT2S, limit: {attempt: {count: 1}}}\n"
             "- last: {call: crm.update}\n",
};

static uint64_t dice_state;

static unsigned dice(unsigned sides) {
  dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(dice_state >> 33) % sides;
}

// The last two make expressions fail.
static const char *some_output(void) {
  static const char *const outputs[] = {
      "{\"again\":true}", "{\"pause\":true}", "{\"bad\":true}", "{\"n\":3}", "[1,2]", "7"};
  return outputs[dice(8) ? dice(4) : dice(6)];
}

// One that is out, or NULL.
static const struct wf_action *some_action(const struct wf_run *run) {
  const struct wf_action *found = NULL;
  unsigned out = 0;
  for (size_t i = 0; i < run->action_count; i++)
    if (run->actions[i]->status == WF_RUNNING && dice(++out) == 0) found = run->actions[i];
  return found;
}

// Mostly for an action that is out, sometimes for another attempt or number.
static void some_result(struct story *story) {
  const struct wf_run *run = story->run;
  const struct wf_action *action = wf_run_action(run, run->last_action_no), *other = some_action(run);
  struct wf_result result = {.action_no = run->last_action_no, .attempt = 1, .retryable = dice(8) != 0};
  if (other && dice(6)) action = other;
  if (action) result.action_no = action->action_no, result.attempt = action->attempt;
  if (dice(10) == 0) result.attempt += (int32_t)dice(3) - 1;
  if (dice(10) == 0) result.action_no = (int32_t)dice(5);
  result.completed = dice(3) != 0;
  result.error_status = dice(2) ? 503 : 500;
  result.retry_after = dice(4) ? 0 : 30 * USEC_PER_SEC;
  result.outcome = dice(2) ? "answered" : NULL;
  result.summary = dice(2) ? "in short" : NULL;
  jv output = jv_parse(some_output());
  result.output = output;
  story_result(story, &result);
  jv_free(output);
}

static void some_input(struct story *story) {
  switch (dice(12)) {
  case 0: story->now += (usec_t)dice(3600) * USEC_PER_SEC; break;
  case 1: story_control(story, WF_CONTROL_SUSPEND, "hold"); break;
  case 2: story_control(story, WF_CONTROL_RESUME, NULL); break;
  case 3: story_control(story, WF_CONTROL_RETRY, "again"); break;
  case 4: story_control(story, WF_CONTROL_WAKE, NULL); break;
  case 5:
    if (dice(10) == 0) story_control(story, WF_CONTROL_CANCEL, "enough");
    break;
  case 6: story_timer(story, (int32_t)dice(12)); break;
  case 7:
  case 8: // a deadline passes less often than a wait ends
    if (story->run->waiting_for != WF_FOR_ACTION || dice(6) == 0) story_due(story);
    break;
  default: some_result(story); break;
  }
}

// Nothing disturbs any more: the run must end by itself.
static void settle(struct story *story) {
  if (story->run->status == WF_FAULTED && dice(2)) story_control(story, WF_CONTROL_RETRY, NULL);
  story_control(story, WF_CONTROL_RESUME, NULL);
  for (int i = 0; i < 400 && !wf_status_ended(story->run->status); i++) {
    const struct wf_action *action = some_action(story->run);
    if (action)
      story_completed(story, action->action_no, action->attempt, "{}");
    else
      assert_true(story_due(story));
  }
  if (!wf_status_ended(story->run->status)) fail_msg("the run does not end");
}

static void walk(const char *document, uint64_t seed) {
  dice_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  struct story *story = story_new(document);
  story->bounds.steps_max = 4000;
  story_create(story, some_output(), dice(2) ? "{\"who\":1}" : NULL);
  unsigned inputs = document == documents[3] ? 10 : 5 + dice(40);
  for (unsigned i = 0; i < inputs; i++) some_input(story);
  settle(story);
  story_free(story);
}

static void walks(void **state) {
  const char *document = *state;
  const char *seed = getenv("WORKFLOWD_WALK_SEED"), *count = getenv("WORKFLOWD_WALKS");
  if (seed) {
    walk(document, strtoull(seed, NULL, 10));
    return;
  }
  uint64_t last = count ? strtoull(count, NULL, 10) : 40;
  if (document == documents[3]) last = last / 30 + 1; // each is long
  for (uint64_t i = 1; i <= last; i++) {
    print_message("seed %llu\r", (unsigned long long)i);
    walk(document, i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(walks, (void *)documents[0]),
      cmocka_unit_test_prestate(walks, (void *)documents[1]),
      cmocka_unit_test_prestate(walks, (void *)documents[2]),
      cmocka_unit_test_prestate(walks, (void *)documents[3]),
      cmocka_unit_test_prestate(walks, (void *)documents[4]),
      cmocka_unit_test_prestate(walks, (void *)documents[5]),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
