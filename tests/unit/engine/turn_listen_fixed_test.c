// SPDX-License-Identifier: Apache-2.0
// What a listener tells of itself when it begins.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define LISTEN(to) STORY_HEAD "do:\n- hear: {listen: {to: " to "}}\n"

static void what_is_known_before_is_told(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{any: [{with: {type: t, data: '${ .id == $workflow.input.id and .n > 5 }'}}, "
                                        "{with: {type: u, data: {id: '${ $context.id }', kind: new, list: '${ $workflow.input.list }'}}}, "
                                        "{with: {type: v, more: '${ $workflow.input.yes }', data: '${ $workflow.input.yes == .a }'}}]}"),
                                 "{\"id\":7,\"list\":[1],\"yes\":true}");
  // A truth value is no text of an attribute, but a verdict.
  assert_string_equal(story_json(story, story->last.effects[0].arguments),
                      "[{\"type\":\"t\",\"where\":[{\"of\":\"data\",\"path\":[\"data\",\"id\"],\"value\":\"7\"}]},"
                      "{\"type\":\"u\",\"where\":[{\"of\":\"data\",\"path\":[\"data\",\"kind\"],\"value\":\"new\"}]},{\"type\":\"v\"}]");
  story_free(story);
}

#define ON_CONTEXT "{l: {listen: {to: {one: {with: {type: t, data: '${ .id == $context.id }'}}}"
#define EXPORTS STORY_HEAD "do:\n- s: {set: {a: 1}, export: {as: '${ $workflow.input }'}}\n"

static void the_context_counts_where_nothing_can_change_it(void **state) {
  (void)state;
  static const struct {
    const char *tasks, *told;
  } cases[] = {
      {EXPORTS "- " ON_CONTEXT "}}}\n", "[{\"type\":\"t\",\"where\":[{\"of\":\"data\",\"path\":[\"data\",\"id\"],\"value\":\"7\"}]}]"},
      {EXPORTS "- " ON_CONTEXT "}, foreach: {item: e}}}\n", "[{\"type\":\"t\"}]"},
      {EXPORTS "- f: {fork: {branches: [" ON_CONTEXT "}}}, {w: {wait: PT1H}}]}}\n", "[{\"type\":\"t\"}]"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct story *story = story_of(cases[c].tasks, "{\"id\":7}");
    const char *told = NULL;
    for (size_t i = 0; i < story->last.effect_count; i++)
      if (story->last.effects[i].kind == WF_EFFECT_SUBSCRIBE) told = story_json(story, story->last.effects[i].arguments);
    assert_non_null(told);
    assert_string_equal(told, cases[c].told);
    story_free(story);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_known_before_is_told),
      cmocka_unit_test(the_context_counts_where_nothing_can_change_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
