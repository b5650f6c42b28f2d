// SPDX-License-Identifier: Apache-2.0
// The evaluator's process is this program itself, started with "--evaluator".
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../engine/load_fixture.h"
#include "engine/program.h"
#include "io/evaluator.h"
#include "io/evaluator_child.h"

struct fixture {
  struct arena *arena;
  struct evaluator *evaluator;
  struct wf_definition *definition;
};

static int set_up(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  struct evaluator_config config = {.budget = 30 * USEC_PER_SEC, .memory = 256 << 20};
  fixture->arena = arena_new();
  fixture->evaluator = evaluator_new(&config);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  wf_definition_free(fixture->definition);
  evaluator_free(fixture->evaluator);
  arena_free(fixture->arena);
  free(fixture);
  return 0;
}

// A definition whose tasks set what each expression gives.
static void load_expressions(struct fixture *fixture, const char *const *expressions, size_t count) {
  const char *text = HEAD "do:\n";
  for (size_t i = 0; i < count; i++)
    text = arena_printf(fixture->arena, "%s- e%zu: {set: '${ %s }'}\n", text, i, expressions[i]);
  wf_definition_free(fixture->definition);
  fixture->definition = must_load(fixture->arena, text);
}

static void load_expression(struct fixture *fixture, const char *expression) {
  load_expressions(fixture, &expression, 1);
}

// The result as JSON, or "error: …", of the expression of a task.
static const char *evaluate(struct fixture *fixture, int task, const char *dot) {
  const struct wf_expr *expr = wf_definition_tasks(fixture->definition)->tasks[task].set;
  assert_false(expr->inline_safe);
  jv value;
  char *error;
  jv vars =
      jv_object_set(jv_object_set(jv_object(), jv_string("context"), jv_number(7)), jv_string("now"), jv_number(1000));
  if (wf_expr_evaluate(fixture->definition, expr, evaluator_interface(fixture->evaluator), jv_parse(dot), vars, &value,
                       &error) != 0) {
    const char *text = arena_printf(fixture->arena, "error: %s", error);
    free(error);
    return text;
  }
  value = jv_dump_string(value, 0);
  const char *text = arena_strdup(fixture->arena, jv_string_value(value));
  jv_free(value);
  return text;
}

static void assert_error(const char *result, const char *words) {
  if (strncmp(result, "error: ", 7) != 0 || !strstr(result, words)) {
    print_error("expected an error with \"%s\", got %.300s\n", words, result);
    fail();
  }
}

// After whatever happened, the next expression is answered.
static void assert_still_answers(struct fixture *fixture) {
  load_expression(fixture, "map(. * 2)");
  assert_string_equal(evaluate(fixture, 0, "[1,2]"), "[2,4]");
}

static void test_value_comes_back(void **state) {
  load_expression(*state, "map(. * 2) | {sum: add, context: $context, now: now}");
  assert_string_equal(evaluate(*state, 0, "[1,2.5]"), "{\"sum\":7,\"context\":7,\"now\":1000}");
}

static void test_process_is_started_once_for_many(void **state) {
  struct fixture *fixture = *state;
  load_expression(fixture, "map(. * 2)");
  for (int i = 0; i < 50; i++) assert_string_equal(evaluate(fixture, 0, "[3]"), "[6]");
  assert_int_equal(evaluator_get_counts(fixture->evaluator).starts, 1);
  assert_int_equal(evaluator_get_counts(fixture->evaluator).evaluations, 50);
}

static void test_expression_of_a_second_definition(void **state) {
  load_expression(*state, "map(. * 2)");
  assert_string_equal(evaluate(*state, 0, "[3]"), "[6]");
  load_expression(*state, "map(. * 3)");
  assert_string_equal(evaluate(*state, 0, "[3]"), "[9]");
}

static void test_more_definitions_than_it_keeps(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 70; i++) {
    int factor = i < 66 ? i : i - 66; // at last the first ones again, forgotten meanwhile
    load_expression(fixture, arena_printf(fixture->arena, "map(. * %d)", factor));
    assert_string_equal(evaluate(fixture, 0, "[1]"), arena_printf(fixture->arena, "[%d]", factor));
  }
}

static void test_error_of_jq_comes_back(void **state) {
  load_expression(*state, "map(. * 2) | error(\"no such lead\")");
  assert_error(evaluate(*state, 0, "[1]"), "no such lead");
  assert_int_equal(evaluator_get_counts(((struct fixture *)*state)->evaluator).crashes, 0);
}

static void test_no_result_and_two_results_are_errors(void **state) {
  static const char *const expressions[] = {".[]", "empty"};
  load_expressions(*state, expressions, 2);
  assert_error(evaluate(*state, 0, "[1,2]"), "more than one result");
  assert_error(evaluate(*state, 0, "[]"), "no result");
  assert_error(evaluate(*state, 1, "1"), "no result");
  assert_string_equal(evaluate(*state, 0, "[5]"), "5");
}

static void test_abort_in_todate_ends_only_the_process(void **state) {
  struct fixture *fixture = *state;
  load_expression(fixture, ".id|todate");
  assert_error(evaluate(fixture, 0, "{\"id\":1234567890123456789}"), "ended the evaluator");
  assert_int_equal(evaluator_get_counts(fixture->evaluator).crashes, 1);
  assert_string_equal(evaluate(fixture, 0, "{\"id\":1425599621}"), "\"2015-03-05T23:53:41Z\"");
  assert_still_answers(fixture);
}

static void test_huge_index_ends_only_the_process(void **state) {
  load_expression(*state, "[] | .[1e9]=1");
  assert_error(evaluate(*state, 0, "null"), "e");
  assert_still_answers(*state);
}

static void test_repeated_text_meets_a_limit(void **state) {
  struct fixture *fixture = *state;
  evaluator_set_budget(fixture->evaluator, USEC_PER_SEC); // or memory
  load_expression(fixture, "\"x\" * 1e9");
  assert_error(evaluate(fixture, 0, "null"), "it");
  evaluator_set_budget(fixture->evaluator, 30 * USEC_PER_SEC);
  assert_still_answers(fixture);
}

static void test_recursion_without_end_meets_a_limit(void **state) {
  load_expression(*state, "def f: 1 + f; f");
  assert_error(evaluate(*state, 0, "null"), "it");
  assert_still_answers(*state);
}

static void test_loop_without_end_meets_the_time(void **state) {
  struct fixture *fixture = *state;
  evaluator_set_budget(fixture->evaluator, 100 * USEC_PER_MSEC);
  load_expression(fixture, "last(repeat(1))");
  assert_error(evaluate(fixture, 0, "null"), "longer than 100 ms");
  assert_int_equal(evaluator_get_counts(fixture->evaluator).timeouts, 1);
  evaluator_set_budget(fixture->evaluator, 30 * USEC_PER_SEC);
  assert_still_answers(fixture);
}

static void test_result_of_100_megabytes_is_refused(void **state) {
  load_expression(*state, "[range(1000)] | map(\"0123456789\" * 10000)");
  assert_error(evaluate(*state, 0, "null"), "larger than 32 MiB");
  assert_still_answers(*state);
}

static void test_value_that_jsonb_refuses(void **state) {
  static const char *const expressions[] = {"[0] | implode", "infinite", "reduce range(300) as $i (1; [.])"};
  load_expressions(*state, expressions, 3);
  assert_error(evaluate(*state, 0, "null"), "NUL");
  assert_error(evaluate(*state, 1, "null"), "not finite");
  assert_error(evaluate(*state, 2, "null"), "deeper");
}

static void test_time_zone_is_utc_whatever_the_daemon_has(void **state) {
  setenv("TZ", "America/New_York", 1);
  load_expression(*state, "\"2015-03-05T23:51:47Z\" | strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime");
  assert_string_equal(evaluate(*state, 0, "null"), "1425599507");
  unsetenv("TZ");
}

// Each timeout halves the time; one success gives it back.
static void test_time_of_a_slow_expression_shrinks_and_comes_back(void **state) {
  struct fixture *fixture = *state;
  evaluator_set_budget(fixture->evaluator, 64 * USEC_PER_MSEC);
  load_expression(fixture, "if . then last(repeat(1)) else map(1)? // 2 end");
  assert_error(evaluate(fixture, 0, "true"), "longer than 64 ms");
  assert_error(evaluate(fixture, 0, "true"), "longer than 32 ms");
  assert_error(evaluate(fixture, 0, "true"), "longer than 16 ms");
  const char *result = evaluate(fixture, 0, "false");
  while (strncmp(result, "error: ", 7) == 0) result = evaluate(fixture, 0, "false"); // a busy machine
  assert_string_equal(result, "2");
  assert_error(evaluate(fixture, 0, "true"), "longer than 64 ms");
}

static pid_t only_child(void) {
  int pid = 0;
  FILE *file = fopen("/proc/thread-self/children", "re");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%d", &pid), 1);
  fclose(file);
  return pid;
}

// Stops a process for three times the budget.
static pid_t starve(pid_t pid, usec_t budget) {
  kill(pid, SIGSTOP);
  pid_t helper = fork();
  if (helper == 0) {
    struct timespec pause = {.tv_nsec = 3 * budget * 1000};
    nanosleep(&pause, NULL);
    kill(pid, SIGCONT);
    _exit(0);
  }
  return helper;
}

static void test_time_is_that_of_the_processor(void **state) {
  struct fixture *fixture = *state;
  usec_t budget = 100 * USEC_PER_MSEC;
  load_expression(fixture, "map(. * 2)");
  assert_string_equal(evaluate(fixture, 0, "[1]"), "[2]");
  evaluator_set_budget(fixture->evaluator, budget);
  pid_t helper = starve(only_child(), budget);
  assert_string_equal(evaluate(fixture, 0, "[3]"), "[6]");
  assert_int_equal(waitpid(helper, NULL, 0), helper);
  assert_int_equal(evaluator_get_counts(fixture->evaluator).timeouts, 0);
}

static void test_time_shrinks_to_a_millisecond(void **state) {
  struct fixture *fixture = *state;
  evaluator_set_budget(fixture->evaluator, 4 * USEC_PER_MSEC);
  load_expression(fixture, "last(repeat(1))");
  for (int i = 0; i < 4; i++) evaluate(fixture, 0, "null");
  assert_error(evaluate(fixture, 0, "null"), "longer than 1 ms");
}

static void test_program_that_cannot_be_started(void **state) {
  struct fixture *fixture = *state;
  struct evaluator_config config = {.program = "/nonexistent", .budget = USEC_PER_SEC};
  evaluator_free(fixture->evaluator);
  fixture->evaluator = evaluator_new(&config);
  load_expression(fixture, "map(1)");
  assert_error(evaluate(fixture, 0, "[]"), "does not start");
}

static void test_large_input_and_result_pass(void **state) {
  struct fixture *fixture = *state;
  load_expression(fixture, ". * 20");
  char *text = arena_alloc0(fixture->arena, 1000001);
  memset(text, 'x', 1000000);
  const char *result = evaluate(fixture, 0, arena_printf(fixture->arena, "\"%s\"", text));
  assert_int_equal(strlen(result), 20000002);
}

// "" when the value is valid, else why it is not.
static const char *validate(struct fixture *fixture, const char *schema, const char *value) {
  struct wf_schema made = {.text = schema, .hash = wf_text_hash(schema)};
  const struct wf_evaluator *evaluator = evaluator_interface(fixture->evaluator);
  char *problem = NULL;
  if (evaluator->validate(evaluator->context, &made, jv_parse(value), &problem) == 0) return "";
  const char *text = arena_strdup(fixture->arena, problem);
  free(problem);
  return text;
}

static void test_validation(void **state) {
  assert_string_equal(validate(*state, "{\"required\":[\"a\"]}", "{\"a\":1}"), "");
  assert_string_equal(validate(*state, "{\"required\":[\"a\"]}", "{}"), "/: Missing required property 'a'.");
  assert_string_equal(validate(*state, "{\"required\":[\"a\"]}", "{\"a\":2}"), "");
  assert_int_equal(evaluator_get_counts(((struct fixture *)*state)->evaluator).starts, 1);
}

static void test_schema_that_ends_the_process(void **state) {
  assert_true(*validate(*state, "{\"allOf\":[{\"$ref\":\"#\"}]}", "1"));
  assert_string_equal(validate(*state, "{}", "1"), "");
}

static void test_regular_expression_that_takes_for_ever(void **state) {
  struct fixture *fixture = *state;
  evaluator_set_budget(fixture->evaluator, 50 * USEC_PER_MSEC);
  const char *why = validate(fixture, "{\"pattern\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"");
  assert_string_equal(why, "it took longer than 50 ms");
  evaluator_set_budget(fixture->evaluator, 30 * USEC_PER_SEC);
  assert_string_equal(validate(fixture, "{}", "1"), "");
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--evaluator") == 0) return evaluator_child_main(argc, argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_validation),
      CASE(test_schema_that_ends_the_process),
      CASE(test_regular_expression_that_takes_for_ever),
      CASE(test_value_comes_back),
      CASE(test_process_is_started_once_for_many),
      CASE(test_expression_of_a_second_definition),
      CASE(test_more_definitions_than_it_keeps),
      CASE(test_error_of_jq_comes_back),
      CASE(test_no_result_and_two_results_are_errors),
      CASE(test_abort_in_todate_ends_only_the_process),
      CASE(test_huge_index_ends_only_the_process),
      CASE(test_repeated_text_meets_a_limit),
      CASE(test_recursion_without_end_meets_a_limit),
      CASE(test_loop_without_end_meets_the_time),
      CASE(test_result_of_100_megabytes_is_refused),
      CASE(test_value_that_jsonb_refuses),
      CASE(test_time_zone_is_utc_whatever_the_daemon_has),
      CASE(test_time_of_a_slow_expression_shrinks_and_comes_back),
      CASE(test_time_shrinks_to_a_millisecond),
      CASE(test_time_is_that_of_the_processor),
      CASE(test_program_that_cannot_be_started),
      CASE(test_large_input_and_result_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
