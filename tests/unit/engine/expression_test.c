// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/expression.h"
#include "load_fixture.h"

// What an evaluator was asked, and what it answers.
struct fake {
  int calls;
  jv vars;
  const char *error;
};

static int fake_evaluate(void *context, const struct wf_definition *definition, const struct wf_expr *expr, jv dot,
                         jv vars, jv *ret_value, char **ret_error) {
  struct fake *fake = context;
  (void)definition, (void)expr;
  fake->calls++;
  jv_free(fake->vars);
  fake->vars = vars;
  if (!fake->error) {
    *ret_value = dot;
    return 0;
  }
  jv_free(dot);
  *ret_error = xstrdup(fake->error);
  return -WF_EEXPRESSION;
}

// The result as JSON, or "error: …", of what a task sets.
static const char *evaluate(void **state, const char *value, const char *dot, const char *vars, struct fake *fake) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  const struct wf_task *task = load_task(state, arena_printf(arena, "do: [{a: {set: %s}}]\n", value));
  struct wf_evaluator evaluator = {.evaluate = fake_evaluate, .context = fake};
  jv result;
  char *error;
  if (wf_expr_evaluate(((struct loaded *)*state)->definition, task->set, fake ? &evaluator : NULL, jv_parse(dot),
                       jv_parse(vars), &result, &error) != 0) {
    const char *text = arena_printf(arena, "error: %s", error);
    free(error);
    return text;
  }
  result = jv_dump_string(result, 0);
  const char *text = arena_strdup(arena, jv_string_value(result));
  jv_free(result);
  return text;
}

static void test_constant_needs_nothing(void **state) {
  assert_string_equal(evaluate(state, "{x: [1, a]}", "null", "{}", NULL), "{\"x\":[1,\"a\"]}");
}

static void test_path(void **state) {
  assert_string_equal(evaluate(state, "'${ .a.b }'", "{\"a\":{\"b\":[1]}}", "{}", NULL), "[1]");
}

static void test_template(void **state) {
  assert_string_equal(
      evaluate(state, "{x: '${ .a }', y: [1, '${ \"Hi \\(.n)\" }'], z: '.a'}", "{\"a\":2,\"n\":\"Ann\"}", "{}", NULL),
      "{\"x\":2,\"y\":[1,\"Hi Ann\"],\"z\":\".a\"}");
}

static void test_text_with_expressions_in_it(void **state) {
  const char *dot = "{\"n\":\"Ann\",\"i\":7,\"o\":{\"k\":[1]}}";
  assert_string_equal(evaluate(state, "{x: 'Hi ${ .n }, no. ${ .i }!', y: '${ .o }${ .none }'}", dot, "{}", NULL),
                      "{\"x\":\"Hi Ann, no. 7!\",\"y\":\"{\\\"k\\\":[1]}null\"}");
  assert_string_equal(evaluate(state, "{x: '\\(1) \"${ .n }\"'}", dot, "{}", NULL),
                      "{\"x\":\"\\\\(1) \\\"Ann\\\"\"}");
}

// The same, in loose mode.
static const char *evaluate_loose(void **state, const char *value, const char *dot) {
  return evaluate(state, arena_printf(((struct loaded *)*state)->arena, "%s}}]\nevaluate: {mode: loose}\n#", value), dot,
                  "{}", NULL);
}

static void test_loose_mode(void **state) {
  const char *dot = "{\"a\":{\"b\":1},\"s\":\"text\"}";
  assert_string_equal(evaluate_loose(state, "{x: .a.b, y: .s.b, z: Hello there, w: [.s]}", dot),
                      "{\"x\":1,\"y\":\".s.b\",\"z\":\"Hello there\",\"w\":[\"text\"]}");
  assert_string_equal(evaluate_loose(state, ".a", dot), "{\"b\":1}");
  assert_string_equal(evaluate_loose(state, "{x: 'Hi ${ .s }', y: '${ .a }'}", dot), "{\"x\":\"Hi text\",\"y\":{\"b\":1}}");
  assert_memory_equal(evaluate_loose(state, "{y: '${ .s.b }'}", dot), "error:", 6);
}

static void test_constants_of_a_template_stay_as_they_are(void **state) {
  assert_string_equal(
      evaluate(state, "{'a\\(1)': '\\(2) \"q\" @x', b: '${ .x }', c: 1.5, d: ~}", "{\"x\":true}", "{}", NULL),
      "{\"a\\\\(1)\":\"\\\\(2) \\\"q\\\" @x\",\"b\":true,\"c\":1.5,\"d\":null}");
}

static void test_variables(void **state) {
  assert_string_equal(
      evaluate(state, "'${ $context.a + $input.b + . }'", "100", "{\"context\":{\"a\":1},\"input\":{\"b\":10}}", NULL),
      "111");
  assert_string_equal(evaluate(state, "'${ [$context, now] }'", "1", "{\"now\":1700000000.5}", NULL),
                      "[null,1700000000.5]");
}

static void test_comment_ends_with_its_expression(void **state) {
  assert_string_equal(
      evaluate(state, "{a: '${ .a # first }', b: 2}", "{\"a\":1}", "{}", NULL) + 0,
      "error: an expression of the value failed: there is no evaluator for it here");
}

static void test_failure_names_the_expression(void **state) {
  assert_string_equal(evaluate(state, "'${ .a.b }'", "{\"a\":1}", "{}", NULL),
                      "error: expression `${ .a.b }` failed: Cannot index number with string \"b\"");
}

static void test_no_result_is_an_error(void **state) {
  assert_non_null(strstr(evaluate(state, "'${ .a? }'", "1", "{}", NULL), "no result"));
}

static void test_value_that_jsonb_refuses(void **state) {
  struct fake fake = {.vars = jv_null()};
  assert_non_null(
      strstr(evaluate(state, "'${ map(.) }'", "[\"a\\u0000b\"]", "{}", &fake), "the result holds a text with NUL"));
  jv_free(fake.vars);
}

static void test_safe_expression_stays_in_the_process(void **state) {
  struct fake fake = {.vars = jv_null()};
  assert_string_equal(evaluate(state, "'${ .a }'", "{\"a\":1}", "{}", &fake), "1");
  assert_int_equal(fake.calls, 0);
}

static void test_other_expressions_go_to_the_evaluator(void **state) {
  struct fake fake = {.vars = jv_null()};
  assert_string_equal(
      evaluate(state, "'${ map(. + $context) }'", "[5]", "{\"context\":1,\"input\":{\"large\":true},\"now\":3}", &fake),
      "[5]");
  assert_int_equal(fake.calls, 1);
  jv text = jv_dump_string(fake.vars, 0); // only what it mentions
  assert_string_equal(jv_string_value(text), "{\"context\":1}");
  jv_free(text);
}

static void test_failure_of_the_evaluator(void **state) {
  struct fake fake = {.vars = jv_null(), .error = "it took longer than 100 ms"};
  assert_string_equal(evaluate(state, "'${ map(.) }'", "[5]", "{}", &fake),
                      "error: expression `${ map(.) }` failed: it took longer than 100 ms");
  jv_free(fake.vars);
}

static void test_without_evaluator_it_fails(void **state) {
  assert_non_null(strstr(evaluate(state, "'${ map(.) }'", "[5]", "{}", NULL), "no evaluator"));
}

static void test_long_texts_are_cut_in_the_error(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  char *long_text = arena_alloc0(arena, 3001);
  memset(long_text, 'x', 3000);
  const char *error = evaluate(state, arena_printf(arena, "'${ .%s.y }'", long_text), "1", "{}", NULL);
  assert_true(strlen(error) < 1000);
}

static void test_thousand_evaluations_leave_nothing_behind(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {set: {x: '${ .a + 1 }'}}}]\n");
  for (int i = 0; i < 1000; i++) {
    jv result;
    char *error;
    assert_int_equal(wf_expr_evaluate(((struct loaded *)*state)->definition, task->set, NULL,
                                      JV_OBJECT(jv_string("a"), jv_number(i)), jv_object(), &result, &error),
                     0);
    result = jv_object_get(result, jv_string("x"));
    assert_int_equal((int)jv_number_value(result), i + 1);
    jv_free(result);
  }
}

static struct wf_expr_program program_of(void **state, const char *rest) {
  const struct wf_task *task = load_task(state, rest);
  return wf_expr_program(((struct loaded *)*state)->definition, task->set);
}

static void test_programs_are_told_apart_by_their_hash(void **state) {
  uint64_t first = program_of(state, "do: [{a: {set: '${ .x }'}}]\n").hash;
  assert_true(program_of(state, "do: [{b: {set: '${ .x }'}}]\n").hash == first); // same expressions
  assert_true(program_of(state, "do: [{b: {set: '${ .y }'}}]\n").hash != first);
}

static void test_expressions_beyond_one_program(void **state) {
  struct loaded *loaded = *state;
  const char *text = "do:\n";
  for (int i = 0; i < 70; i++) text = arena_printf(loaded->arena, "%s- t%d: {set: '${ .a + %d }'}\n", text, i, i);
  const struct wf_task *tasks = load_task(state, text);
  assert_int_equal(wf_expr_program(loaded->definition, tasks[69].set).index, 69 % 32);
  for (int i = 0; i < 70; i++) {
    jv value;
    char *error;
    jv dot = JV_OBJECT(jv_string("a"), jv_number(100));
    assert_int_equal(wf_expr_evaluate(loaded->definition, tasks[i].set, NULL, dot, jv_object(), &value, &error), 0);
    assert_int_equal((int)jv_number_value(value), 100 + i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_programs_are_told_apart_by_their_hash),
      LOADED(test_expressions_beyond_one_program),
      LOADED(test_constant_needs_nothing),
      LOADED(test_path),
      LOADED(test_template),
      LOADED(test_text_with_expressions_in_it),
      LOADED(test_loose_mode),
      LOADED(test_constants_of_a_template_stay_as_they_are),
      LOADED(test_variables),
      LOADED(test_comment_ends_with_its_expression),
      LOADED(test_failure_names_the_expression),
      LOADED(test_no_result_is_an_error),
      LOADED(test_value_that_jsonb_refuses),
      LOADED(test_safe_expression_stays_in_the_process),
      LOADED(test_other_expressions_go_to_the_evaluator),
      LOADED(test_failure_of_the_evaluator),
      LOADED(test_without_evaluator_it_fails),
      LOADED(test_long_texts_are_cut_in_the_error),
      LOADED(test_thousand_evaluations_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
