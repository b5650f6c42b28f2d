// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/program.h"

struct fixture {
  struct wf_program program;
  struct wf_problem_list problems;
};

static int set_up(void **state) {
  struct arena *arena = arena_new();
  struct fixture *fixture = arena_alloc0(arena, sizeof *fixture);
  fixture->program.arena = fixture->problems.arena = arena;
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  wf_program_clear(&fixture->program);
  arena_free(fixture->program.arena);
  return 0;
}

static int add(struct fixture *fixture, const char *code, int line) {
  wf_program_add_source(&fixture->program, code, line, 1);
  return wf_program_add_part(&fixture->program, code, line, 1);
}

// The result as JSON, or "error: …".
static char *run(struct fixture *fixture, int index, const char *dot) {
  jv value;
  char *error;
  jv vars = jv_object_set(jv_object_set(jv_object(), jv_string("now"), jv_number(5)), jv_string("x"), jv_number(7));
  if (wf_jq_run(fixture->program.chunks[index / WF_PROGRAM_CHUNK].jq, index % WF_PROGRAM_CHUNK, jv_parse(dot), vars,
                &value, &error) != 0) {
    char *text = arena_printf(fixture->program.arena, "error: %s", error);
    free(error);
    return text;
  }
  value = jv_dump_string(value, 0);
  char *text = arena_strdup(fixture->program.arena, jv_string_value(value));
  jv_free(value);
  return text;
}

static void test_each_index_is_its_own_expression(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 700; i++)
    assert_int_equal(add(fixture, arena_printf(fixture->program.arena, "$__dot | (. + %d)", i), i), i);
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), 0);
  for (int i = 0; i < 700; i++) assert_int_equal(atoi(run(fixture, i, "1000")), 1000 + i);
}

static void test_without_expressions_there_is_nothing_to_compile(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), 0);
  assert_int_equal(fixture->program.chunk_count, 0);
}

static void test_vars_and_now(void **state) {
  add(*state, "$__vars.x as $x | $__dot | [., $x, now]", 1);
  wf_program_compile(&((struct fixture *)*state)->program, &((struct fixture *)*state)->problems);
  assert_string_equal(run(*state, 0, "1"), "[1,7,5]");
}

static void test_definitions_stay_in_their_expression(void **state) {
  struct fixture *fixture = *state;
  add(fixture, "$__dot | (def f: 1; f)", 1);
  add(fixture, "$__dot | (f)", 2);
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), -WF_EINVAL);
  assert_int_equal(fixture->problems.count, 1);
  assert_int_equal(fixture->problems.items[0].line, 2);
  assert_non_null(strstr(fixture->problems.items[0].text, "f/0 is not defined"));
}

static void test_every_refused_expression_is_reported(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 50; i++) add(fixture, i % 10 == 3 ? "$__dot | (nothing)" : "$__dot | (.a)", i + 1);
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), -WF_EINVAL);
  assert_int_equal(fixture->problems.count, 5);
  for (int i = 0; i < 5; i++) assert_int_equal(fixture->problems.items[i].line, 10 * i + 4);
}

static void test_a_source_without_a_part_is_reported_with_the_others(void **state) {
  struct fixture *fixture = *state;
  add(fixture, "$__dot | (.a)", 1);
  wf_program_add_source(&fixture->program, "$__dot | (nothing)", 2, 1);
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), 0); // nobody asks for it
  wf_program_clear(&fixture->program);
  wf_problem_add(&fixture->problems, 3, 1, "something else");
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), -WF_EINVAL);
  assert_int_equal(fixture->problems.count, 2);
  assert_int_equal(fixture->problems.items[1].line, 2);
}

static void test_function_too_long_for_jq_is_reported(void **state) {
  struct fixture *fixture = *state;
  char *code = arena_alloc0(fixture->program.arena, 70000);
  strcpy(code, "$__dot | [");
  for (size_t at = strlen(code); at < 60000; at += 5) strcpy(code + at, "(.a),");
  strcat(code, "1]");
  add(fixture, code, 9);
  assert_int_equal(wf_program_compile(&fixture->program, &fixture->problems), -WF_EINVAL);
  assert_int_equal(fixture->problems.items[0].line, 9);
  assert_non_null(strstr(fixture->problems.items[0].text, "too long"));
}

static void test_run_wants_exactly_one_result(void **state) {
  add(*state, "$__dot | (.[])", 1);
  wf_program_compile(&((struct fixture *)*state)->program, &((struct fixture *)*state)->problems);
  assert_string_equal(run(*state, 0, "[7]"), "7");
  assert_string_equal(run(*state, 0, "[]"), "error: gave no result, expected exactly one");
  assert_string_equal(run(*state, 0, "[1,2]"), "error: gave more than one result, expected exactly one");
  assert_string_equal(run(*state, 0, "[8]"), "8"); // nothing of the last run is left
}

static void test_errors_and_their_values(void **state) {
  add(*state, "$__dot | error", 1);
  add(*state, "$__dot | (.a)", 2);
  add(*state, "$__dot | (., error(\"late\"))", 3);
  wf_program_compile(&((struct fixture *)*state)->program, &((struct fixture *)*state)->problems);
  assert_string_equal(run(*state, 0, "\"no lead\""), "error: no lead");
  assert_string_equal(run(*state, 0, "{\"a\":1}"), "error: {\"a\":1}");
  assert_string_equal(run(*state, 1, "3"), "error: Cannot index number with string \"a\"");
  assert_string_equal(run(*state, 2, "3"), "error: late");
}

static void test_one_refuses_other_counts(void **state) {
  add(*state, "$__dot | [__one(.[])]", 1);
  wf_program_compile(&((struct fixture *)*state)->program, &((struct fixture *)*state)->problems);
  assert_string_equal(run(*state, 0, "[1]"), "[1]");
  assert_string_equal(run(*state, 0, "[]"), "error: gave no result, expected exactly one");
  assert_string_equal(run(*state, 0, "[1,2]"), "error: gave more than one result, expected exactly one");
}

static void test_compile_says_why(void **state) {
  (void)state;
  char *error = NULL;
  assert_null(wf_jq_compile("nothing", &error));
  assert_string_equal(error, "nothing/0 is not defined");
  free(error);
}

static void test_home_changes_nothing(void **state) {
  char folder[] = "/tmp/program_test_XXXXXX";
  assert_non_null(mkdtemp(folder));
  char *path = arena_printf(((struct fixture *)*state)->program.arena, "%s/.jq", folder);
  FILE *file = fopen(path, "w");
  fputs("def nothing: 1;", file);
  fclose(file);
  char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
  setenv("HOME", folder, 1);
  char *error = NULL;
  jq_state *jq = wf_jq_compile("nothing", &error);
  assert_string_equal(getenv("HOME"), folder);
  if (home) setenv("HOME", home, 1);
  free(home);
  unlink(path);
  rmdir(folder);
  assert_null(jq);
  free(error);
}

static void test_functions_of_later_versions(void **state) {
  (void)state;
  static const char *const codes[] = {"abs", "add(.[])", "ltrim", "rtrim", "trim", "pick(.a)", "scan(\"a\"; \"i\")", "toarray", "trimstr(\"a\")", NULL};
  for (const char *const *code = codes; *code; code++) assert_true(wf_program_compiles(*code));
  assert_true(wf_program_compiles("def trim(f): f; trim(.a)"));
  assert_false(wf_program_compiles("trims"));
  assert_false(wf_program_compiles("abs(1)"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_each_index_is_its_own_expression),
      CASE(test_without_expressions_there_is_nothing_to_compile),
      CASE(test_vars_and_now),
      CASE(test_definitions_stay_in_their_expression),
      CASE(test_every_refused_expression_is_reported),
      CASE(test_a_source_without_a_part_is_reported_with_the_others),
      CASE(test_function_too_long_for_jq_is_reported),
      CASE(test_run_wants_exactly_one_result),
      CASE(test_errors_and_their_values),
      CASE(test_one_refuses_other_counts),
      CASE(test_compile_says_why),
      CASE(test_home_changes_nothing),
      CASE(test_functions_of_later_versions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
