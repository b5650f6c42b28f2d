// SPDX-License-Identifier: Apache-2.0
#include "engine/strategy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static const struct wf_event_strategy *to(void **state, const char *text) {
  return &load_task(state, arena_printf(((struct loaded *)*state)->arena, "do: [{a: {listen: {to: %s}}}]\n", text))->listen->to;
}

static void test_attributes_are_exact_patterns_or_expressions(void **state) {
  const struct wf_event_strategy *strategy = to(state, "{one: {with: {type: a.b.v1, source: 'https://x/.*', subject: '${ .x }', more: 5}}}");
  const struct wf_event_filter *filter = &strategy->filters[0];
  assert_int_equal(filter->attribute_count, 4);
  assert_string_equal(filter->type, "a.b.v1");
  assert_null(filter->source);
  assert_null(filter->attributes[1].text);
  assert_non_null(strstr(filter->attributes[1].expr->source, "test("));
  assert_true(filter->attributes[2].expr->index >= 0);
  assert_int_equal(filter->attributes[3].expr->index, -1);
}

static void test_data_is_a_condition_or_a_value(void **state) {
  assert_true(to(state, "{one: {with: {data: '${ .a > 1 }'}}}")->filters[0].data_is_condition);
  const struct wf_event_filter *filter = &to(state, "{one: {with: {data: {a: 1}}}}")->filters[0];
  assert_false(filter->data_is_condition);
  assert_int_equal(filter->data->index, -1);
}

static void test_correlations_know_plain_paths(void **state) {
  const struct wf_event_filter *filter = &to(state, "{one: {with: {type: t}, correlate: {a: {from: .data.order.id, expect: '5'}, "
                                                    "b: {from: '${ .roomid }'}, c: {from: '.x[0]'}}}}")->filters[0];
  assert_int_equal(filter->correlation_count, 3);
  assert_int_equal(filter->correlations[0].path_count, 3);
  assert_string_equal(filter->correlations[0].path[2], "id");
  assert_string_equal(jv_string_value(filter->correlations[0].expect->constant), "5");
  assert_string_equal(filter->correlations[1].path[0], "roomid");
  assert_null(filter->correlations[1].expect);
  assert_null(filter->correlations[2].path);
}

static void test_until_is_a_condition_events_or_never(void **state) {
  assert_non_null(to(state, "{any: [], until: ( . | length ) > 3}")->until);
  assert_true(to(state, "{any: [], until: '${ false }'}")->is_endless);
  assert_false(to(state, "{any: [], until: '${ false or .a }'}")->is_endless);
  assert_int_equal(to(state, "{any: [], until: {all: [{with: {type: t}}]}}")->until_events->kind, WF_STRATEGY_ALL);
  assert_null(to(state, "{one: {with: {type: t}}, until: '. '}")->until); // says nothing there
}

static void test_what_is_no_strategy(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {listen: {to: {}}}}]\n", "2:24: names no events");
  must_refuse(HEAD "do: [{a: {listen: {to: {any: [], all: []}}}}]\n", "2:24: has both `any` and `all`");
  must_refuse(HEAD "do: [{a: {listen: {to: {any: {}}}}}]\n", "2:30: expected a list of event filters");
  must_refuse(HEAD "do: [{a: {listen: {to: {one: {with: {}}}}}}]\n", "2:37: an event filter is empty");
  must_refuse(HEAD "do: [{a: {listen: {to: {one: {wiht: {}}}}}}]\n", "2:30: `with` is missing");
  must_refuse(HEAD "do: [{a: {listen: {to: {one: {with: {type: [a]}}}}}}]\n", "2:44: expected a text");
  must_refuse(HEAD "do: [{a: {listen: {to: {one: {with: {type: t}, correlate: {a: {expect: x}}}}}}}]\n", "2:63: `from` is missing");
  must_refuse(HEAD "do: [{a: {listen: {to: {any: [], until: {one: {with: {type: t}}, until: x}}}}}]\n", "2:41: `until` inside `until`");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_attributes_are_exact_patterns_or_expressions),
      LOADED(test_data_is_a_condition_or_a_value),
      LOADED(test_correlations_know_plain_paths),
      LOADED(test_until_is_a_condition_events_or_never),
      LOADED(test_what_is_no_strategy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
