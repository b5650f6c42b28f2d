// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static const struct wf_expr *set(void **state, const char *value) {
  return load_task(state, arena_printf(((struct loaded *)*state)->arena, "do: [{a: {set: {x: %s}}}]\n", value))->set;
}

static void refuse_set(void **state, const char *value, const char *expected) {
  must_refuse(arena_printf(((struct loaded *)*state)->arena, HEAD "do: [{a: {set: {x: %s}}}]\n", value), expected);
}

static void refuse_if(void **state, const char *value, const char *expected) {
  must_refuse(arena_printf(((struct loaded *)*state)->arena, HEAD "do: [{a: {wait: PT1S, if: %s}}]\n", value),
              expected);
}

static void test_constant(void **state) {
  const struct wf_expr *expr = set(state, "[1, {y: ~}, 'z', .a]");
  assert_int_equal(expr->index, -1);
  jv text = jv_dump_string(jv_copy(expr->constant), 0);
  assert_string_equal(jv_string_value(text), "{\"x\":[1,{\"y\":null},\"z\",\".a\"]}");
  jv_free(text);
}

static void test_template_is_one_expression(void **state) {
  const struct wf_expr *expr = set(state, "{a: '${ .a }', b: ['${ $context.b }', 1], c: '${ $context.c + $input.d }'}");
  assert_int_equal(expr->index, 0);
  assert_int_equal(expr->variable_count, 2);
  assert_string_equal(expr->variables[0], "context");
  assert_string_equal(expr->variables[1], "input");
}

static void test_safe_only_when_all_parts_are(void **state) {
  assert_true(set(state, "{a: '${ .a }', b: '${ .b // 1 }'}")->inline_safe);
  assert_false(set(state, "{a: '${ .a }', b: '${ map(1) }'}")->inline_safe);
}

static void test_many_safe_parts_together_are_not(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  const char *paths = "", *texts = "";
  for (int i = 0; i < 100; i++) {
    paths = arena_printf(arena, "%s'${ .a%d }',", paths, i);
    texts = arena_printf(arena, "%s'${ \"\\(.a)\" }',", texts);
  }
  assert_true(set(state, arena_printf(arena, "[%s]", paths))->inline_safe);
  assert_false(set(state, arena_printf(arena, "[%s]", texts))->inline_safe);
}

static void test_local_variables_are_not_listed(void **state) {
  assert_int_equal(set(state, "'${ . as $x | $x }'")->variable_count, 0);
}

static void test_expressions_inside_a_text(void **state) {
  const struct wf_expr *expr = set(state, "'Hello ${ .name } of ${ $context.town }'");
  assert_int_equal(expr->index, 0);
  assert_true(expr->inline_safe);
  assert_int_equal(expr->variable_count, 1);
  assert_false(set(state, "'Hello ${ .names | join(\", \") }'")->inline_safe);
}

static void test_expression_inside_a_text_without_end(void **state) {
  refuse_set(state, "'Hello ${ .name '", "2:20: `${` inside a text without its `}`");
  refuse_set(state, "'echo ${HOME}'", "2:20: jq refuses the expression: HOME/0 is not defined");
}

// What a task sets under "x", loaded in loose mode.
static const struct wf_expr *set_loose(void **state, const char *value) {
  return load_task(state, arena_printf(((struct loaded *)*state)->arena,
                                       "evaluate: {mode: loose}\ndo: [{a: {set: {x: %s}}}]\n", value))
      ->set;
}

static void test_loose_text_is_an_expression_when_jq_takes_it(void **state) {
  assert_int_equal(set_loose(state, ".a.b")->index, 0);
  assert_true(set_loose(state, ".a.b")->inline_safe);
  assert_int_equal(set_loose(state, "'map(.a)'")->index, 0);
  assert_false(set_loose(state, "'map(.a)'")->inline_safe);
  assert_int_equal(set_loose(state, "hello")->index, -1);
  assert_int_equal(set_loose(state, "Hello world")->index, -1);
  assert_int_equal(set_loose(state, "'$nobody'")->index, -1);
  assert_int_equal(set_loose(state, "input")->index, -1); // refused elsewhere
  assert_int_equal(set(state, ".a.b")->index, -1);
}

static void test_loose_keys_that_are_no_objects(void **state) {
  assert_int_equal(load_task(state, "evaluate: {mode: loose}\ndo: [{a: {set: no expression}}]\n")->set->index, -1);
  const struct wf_task *task =
      load_task(state, "evaluate: {mode: loose}\ndo: [{a: {wait: PT1S, input: {from: .a}, output: {as: just this}}}]\n");
  assert_int_equal(task->data.input_from->index, 0);
  assert_int_equal(task->data.output_as->index, -1);
}

static void test_loose_texts_to_compile_are_bounded(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  const char *texts = "";
  for (int i = 0; i < 101; i++) texts = arena_printf(arena, "%sword%d,", texts, i);
  must_refuse(arena_printf(arena, HEAD "evaluate: {mode: loose}\ndo: [{a: {set: {x: [%s]}}}]\n", texts),
              "3:711: more than 100 texts of the loose mode");
}

static void test_bad_jq_is_told_with_its_message(void **state) {
  refuse_set(state, "'${ .a + }'", "2:20: jq refuses the expression: syntax error");
  refuse_set(state, "'${ nothing }'", "2:20: jq refuses the expression: nothing/0 is not defined");
  refuse_set(state, "'${ $nothing }'", "2:20: jq refuses the expression: $nothing is not defined");
  refuse_set(state, "'${ .a)+(.b }'", "2:20: the expression `)` closes nothing");
  refuse_set(state, "'${ def f: 1; }'", "2:20: jq refuses the expression");
  refuse_set(state, "'${ }'", "2:20: the expression is empty");
}

static void test_bad_jq_among_good_is_found(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  const char *text = HEAD "do:\n";
  for (int i = 0; i < 100; i++)
    text = arena_printf(arena, "%s- t%d: {set: {x: '${ .a%s }'}}\n", text, i, i == 57 || i == 90 ? " +" : "");
  must_refuse_once(text, "60:18: jq refuses the expression: syntax error, unexpected ')' or end of the expression\n"
                         "93:18: jq refuses the expression: syntax error, unexpected ')' or end of the expression\n");
}

static void test_what_reads_outside_is_refused(void **state) {
  refuse_set(state, "'${ $ENV.PATH }'", "2:20: reads the environment");
  refuse_set(state, "'${ import \"x\" as y; . }'", "2:20: reads files");
  refuse_set(state, "'${ input }'", "2:20: reads the program's input");
}

static void test_brackets_are_optional_where_only_an_expression_fits(void **state) {
  static const char *const conditions[] = {".a == 1", "'${ .a == 1 }'", "'true'", "$context.ok", NULL};
  for (const char *const *condition = conditions; *condition; condition++)
    assert_int_equal(load_task(state, arena_printf(((struct loaded *)*state)->arena,
                                                   "do: [{a: {wait: PT1S, if: %s}}]\n", *condition))
                         ->condition->index,
                     0);
}

static void test_conditions_that_are_none(void **state) {
  refuse_if(state, "1", "2:27: `if` is a number: expected a runtime expression");
  refuse_if(state, "~", "2:27: `if` is null");
  refuse_if(state, "true", "2:27: `if` is true or false: expected a runtime expression `${ … }` (put it in quotes)");
  refuse_if(state, "[a]", "2:27: `if` is a list");
  refuse_if(state, "''", "2:27: `if` is an empty text");
  refuse_if(state, "nothing", "2:27: nothing/0 is not defined");
}

static void test_transform_may_be_an_object(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {wait: PT1S, output: {as: {b: '${ .c }'}}}}]\n");
  assert_int_equal(task->data.output_as->index, 0);
  must_refuse(HEAD "do: [{a: {wait: PT1S, output: {as: [1]}}}]\n",
              "2:36: `as` is a list: expected a runtime expression");
}

static void test_transform_may_be_a_text_around_an_expression(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {wait: PT1S, output: {as: 'Hi ${ .c }'}, input: {from: '\"${ .c }\"'}}}]\n");
  assert_int_equal(task->data.output_as->variable_count, 0);
  assert_true(task->data.output_as->inline_safe);
  assert_string_equal(task->data.input_from->source, "\"${ .c }\"");
  must_refuse(HEAD "do: [{a: {wait: PT1S, output: {as: 'Hi ${ .c'}}}]\n", "2:36: `${` inside a text without its `}`");
}

static void test_variables_by_place(void **state) {
  load_task(state, "do: [{a: {wait: PT1S, export: {as: '$context + $output + $input'}}}]\n");
  must_refuse(HEAD "do: [{a: {wait: PT1S, if: $input.a}}]\n", "2:27: $input is not defined");
  must_refuse(HEAD "do: [{a: {wait: PT1S, output: {as: $output}}}]\n", "2:36: $output is not defined");
  must_refuse(HEAD "input: {from: $context}\ndo: [{a: {wait: PT1S}}]\n", "2:15: $context is not defined");
  load_task(state, "use: {secrets: [a]}\ndo: [{a: {set: {x: '${ $secrets.a }'}, output: {as: '$authorization'}}}]\n");
  must_refuse(HEAD "do: [{a: {if: $authorization, wait: PT1S}}]\n", "2:15: $authorization is not defined");
}

static void test_durations(void **state) {
  assert_int_equal(load_task(state, "do: [{a: {wait: {minutes: 1, milliseconds: 500}}}]\n")->wait.constant.time,
                   60500 * USEC_PER_MSEC);
  assert_int_equal(load_task(state, "do: [{a: {wait: PT0S}}]\n")->wait.constant.time, 0);
  assert_true(load_task(state, "do: [{a: {wait: PT0S}}]\n")->wait.set);
}

static void test_what_is_no_duration(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {wait: 60}}]\n", "2:17: `wait` `60` is no duration: expected a duration such as PT2H30M");
  must_refuse(HEAD "do: [{a: {wait: {hour: 1}}}]\n", "2:18: did you mean `hours`?");
  must_refuse(HEAD "do: [{a: {wait: {hours: 1.5}}}]\n", "2:17: is no duration");
  must_refuse(HEAD "do: [{a: {wait: {}}}]\n", "2:17: is no duration");
  must_refuse(HEAD "do: [{a: {wait: {minutes: -1}}}]\n", "2:17: not negative");
  must_refuse(HEAD "do: [{a: {wait: PT1H, timeout: {after: .a}}}]\n", "2:40: `after` `.a` is no duration");
  must_refuse(HEAD "do: [{a: {wait: P101Y}}]\n", "2:17: `wait` `P101Y` is no duration");
  must_refuse(HEAD "do: [{a: {wait: {hours: -1}}}]\n", "2:17: `wait` is no duration");
  must_warn(HEAD "do: [{a: {wait: {hours: 1, minutes: -30}}}]\n", "");
}

static void test_too_many_expressions_in_one_value(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  char *text = arena_alloc0(arena, 16384);
  strcpy(text, "[");
  for (int i = 0; i < 501; i++) strcat(text, "'${ .a }',");
  strcat(text, "1]");
  refuse_set(state, text, "2:16: holds 501 expressions: expected at most 500");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_constant),
      LOADED(test_template_is_one_expression),
      LOADED(test_safe_only_when_all_parts_are),
      LOADED(test_local_variables_are_not_listed),
      LOADED(test_many_safe_parts_together_are_not),
      LOADED(test_expressions_inside_a_text),
      LOADED(test_expression_inside_a_text_without_end),
      LOADED(test_loose_text_is_an_expression_when_jq_takes_it),
      LOADED(test_loose_keys_that_are_no_objects),
      LOADED(test_loose_texts_to_compile_are_bounded),
      LOADED(test_bad_jq_is_told_with_its_message),
      LOADED(test_bad_jq_among_good_is_found),
      LOADED(test_what_reads_outside_is_refused),
      LOADED(test_brackets_are_optional_where_only_an_expression_fits),
      LOADED(test_conditions_that_are_none),
      LOADED(test_transform_may_be_an_object),   LOADED(test_transform_may_be_a_text_around_an_expression),
      LOADED(test_variables_by_place),
      LOADED(test_durations),
      LOADED(test_what_is_no_duration),
      LOADED(test_too_many_expressions_in_one_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
