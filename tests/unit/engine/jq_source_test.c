// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/jq_source.h"

static int set_up(void **state) {
  *state = arena_new();
  return 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static const char *problem(struct arena *arena, const char *source) {
  struct wf_jq_source read;
  const char *text = "";
  wf_jq_source_read(source, arena, &read, &text);
  return text;
}

static void assert_refused(struct arena *arena, const char *source, const char *words) {
  const char *text = problem(arena, source);
  if (*text == '\0' || !strstr(text, words)) {
    print_error("%s: got \"%s\", expected \"%s\"\n", source, text, words);
    fail();
  }
}

// The variables, in order, with a blank behind each.
static const char *variables(struct arena *arena, const char *source) {
  struct wf_jq_source read;
  const char *text = "";
  assert_int_equal(wf_jq_source_read(source, arena, &read, &text), 0);
  for (size_t i = 0; i < read.variable_count; i++) text = arena_printf(arena, "%s%s ", text, read.variables[i]);
  return text;
}

static void test_whole_text_is_an_expression(void **state) {
  assert_string_equal(wf_jq_source_unwrap("${ .a }", *state), " .a ");
  assert_string_equal(wf_jq_source_unwrap(" \n${.a}\n", *state), ".a");
  assert_string_equal(wf_jq_source_unwrap("${}", *state), "");
}

static void test_other_texts_are_none(void **state) {
  static const char *const texts[] = {"", ".a", "${", "$}", "{ .a }", "Hi ${ .a }", "${ .a } there", "$ {.a}", "${ .a } ${ .b }", NULL};
  for (const char *const *text = texts; *text; text++) assert_null(wf_jq_source_unwrap(*text, *state));
}

static void test_brackets_that_do_not_match_are_its_own(void **state) {
  assert_string_equal(wf_jq_source_unwrap("${ .a) }", *state), " .a) ");
}

static void test_holes(void **state) {
  struct wf_jq_hole hole;
  assert_int_equal(wf_jq_source_hole("Dear ${ {a: \"}\"}.a }, ${ .b }", *state, &hole), 1);
  assert_int_equal(hole.before, 5);
  assert_string_equal(hole.source, " {a: \"}\"}.a ");
  assert_int_equal(wf_jq_source_hole(hole.rest, *state, &hole), 1);
  assert_int_equal(hole.before, 2);
  assert_string_equal(hole.source, " .b ");
  assert_int_equal(wf_jq_source_hole(hole.rest, *state, &hole), 0);
}

static void test_hole_without_end(void **state) {
  struct wf_jq_hole hole;
  assert_int_equal(wf_jq_source_hole("a ${ .b", *state, &hole), -WF_EINVAL);
  assert_int_equal(wf_jq_source_hole("a ${ (.b }", *state, &hole), -WF_EINVAL);
  assert_int_equal(wf_jq_source_hole("a $ {b}", *state, &hole), 0);
  assert_int_equal(wf_jq_source_hole("a ${ ${ .b } }", *state, &hole), -WF_EINVAL);
}

static void test_jq_of_all_kinds_passes(void **state) {
  static const char *const sources[] = {".a[\"b\"].c[0:2]?",
                                        "\"x \\(.a | \"y \\(.b)\") z\"",
                                        "if . then 1 else 2 end # comment ) ]",
                                        "def f(g): g | g; f(.a)",
                                        "{input: 1, env: .env, $x, \"halt\": 2, (.a): 3}",
                                        "reduce .[] as [$a, {b: $c}] (0; . + $a)",
                                        ".input | .env",
                                        "..|numbers",
                                        "1.5e-3 + .5",
                                        "@base64 \"a\\(.)\"",
                                        ".a ?// .b",
                                        "\"\\u00e9\\\\(\"",
                                        NULL};
  for (const char *const *source = sources; *source; source++) assert_string_equal(problem(*state, *source), "");
}

static void test_unbalanced_brackets(void **state) {
  assert_refused(*state, "(.a", "not closed");
  assert_refused(*state, ".a)", "closes nothing");
  assert_refused(*state, "[.a}", "closes nothing");
  assert_refused(*state, "1) | (2", "closes nothing");
  assert_refused(*state, "\"\\(.a", "not closed");
  assert_refused(*state, "\"a", "has no end");
  assert_refused(*state, "\"\\(1]\"", "closes nothing");
}

static void test_outside_readers_are_refused(void **state) {
  static const char *const sources[] = {"env",
                                        "env.PATH",
                                        "$ENV.PATH",
                                        "$ ENV",
                                        "input",
                                        "[inputs]",
                                        "debug",
                                        "stderr",
                                        "halt",
                                        "halt_error",
                                        "import \"a\" as b; .",
                                        "include \"a\"; .",
                                        "get_search_list",
                                        "input_filename",
                                        "input_line_number",
                                        "localtime",
                                        "\"\\(env)\"",
                                        "{a: env}",
                                        "{(env): 1}",
                                        "[1, input]",
                                        "modulemeta",
                                        NULL};
  for (const char *const *source = sources; *source; source++) assert_refused(*state, *source, "is not available");
}

static void test_reserved_names_are_refused(void **state) {
  assert_refused(*state, "$__vars", "reserved");
  assert_refused(*state, "$__loc__", "reserved");
  assert_refused(*state, "__one(1)", "reserved");
  assert_refused(*state, "a::b", "modules");
  assert_refused(*state, "$a::b", "modules");
}

static void test_broken_constants_are_refused(void **state) {
  assert_refused(*state, "\"\\q\"", "is no escape");
  assert_refused(*state, "\"\\u12g4\"", "hexadecimal");
  assert_refused(*state, "\"\\u0000\"", "NUL");
  assert_refused(*state, "1.2.3", "is no number");
  assert_refused(*state, "...", "is no number");
  assert_refused(*state, "1e99999", "is no number");
  assert_refused(*state, ".e5", "as a number: expected .[\"e5\"]");
  assert_refused(*state, ".a.E-1", "as a number");
}

static void test_field_that_only_looks_like_a_number_passes(void **state) {
  assert_string_equal(problem(*state, ".e5x + .e + .email"), "");
}

static void test_strange_characters_are_refused(void **state) {
  assert_refused(*state, ".a & .b", "unexpected");
  assert_refused(*state, "'a'", "unexpected");
  assert_refused(*state, ".a \xC3\xA9", "unexpected");
  assert_refused(*state, ".a\r", "unexpected");
}

static void assert_code(struct arena *arena, const char *source, const char *expected) {
  struct wf_jq_source read;
  const char *text;
  assert_int_equal(wf_jq_source_read(source, arena, &read, &text), 0);
  assert_string_equal(read.code, expected);
}

static void test_a_zero_that_divides_is_no_constant(void **state) {
  assert_code(*state, "1 / 0 + 2/0.0e3", "1 / (0|floor) + 2/(0|floor)");
  assert_code(*state, "1 / 0.5 + .a // 0 + 10 / 20", "1 / 0.5 + .a // 0 + 10 / 20");
  assert_code(*state, "\"1/0\" + \"\\(1/0)\" # 1/0", "\"1/0\" + \"\\(1/(0|floor))\" # 1/0");
  assert_code(*state, ".a /= 0 | 0 * 0", ".a /= 0 | 0 * 0");
}

static void test_an_if_without_else_gets_one(void **state) {
  assert_code(*state, "if .a then 1 end", "if .a then 1 else . end");
  assert_code(*state, "if .a then 1 elif .b then 2 end | .c", "if .a then 1 elif .b then 2 else . end | .c");
  assert_code(*state, "if .a then if .b then 1 end else if .c then 2 else 3 end end",
              "if .a then if .b then 1 else . end else if .c then 2 else 3 end end");
  assert_code(*state, "{if: .end, end: $end} | \"if end \\(if . then 1/0 end)\"",
              "{if: .end, end: $end} | \"if end \\(if . then 1/(0|floor) else . end)\"");
  assert_code(*state, "end", "end");
}

static void test_empty_is_refused(void **state) {
  assert_refused(*state, "", "is empty");
  assert_refused(*state, " # nothing", "is empty");
}

static void test_size_at_and_beyond_its_bound(void **state) {
  char text[WF_EXPRESSION_MAX + 2];
  memset(text, ' ', sizeof text);
  text[0] = '.';
  text[WF_EXPRESSION_MAX] = '\0';
  assert_string_equal(problem(*state, text), "");
  text[WF_EXPRESSION_MAX] = ' ';
  text[WF_EXPRESSION_MAX + 1] = '\0';
  assert_refused(*state, text, "expected at most 4096");
}

static void test_depth_at_and_beyond_its_bound(void **state) {
  char text[2 * WF_EXPRESSION_DEPTH_MAX + 4] = "";
  memset(text, '[', WF_EXPRESSION_DEPTH_MAX);
  memset(text + WF_EXPRESSION_DEPTH_MAX, ']', WF_EXPRESSION_DEPTH_MAX);
  assert_string_equal(problem(*state, text), "");
  memset(text, '[', WF_EXPRESSION_DEPTH_MAX + 1);
  assert_refused(*state, text, "deeper");
}

static void test_variables_are_listed_once(void **state) {
  assert_string_equal(variables(*state, "$context.a + $input.b + $context.c"), "context input ");
  assert_string_equal(variables(*state, "\"\\($error.title)\" + {$task}.task.name"), "error task ");
  assert_string_equal(variables(*state, ". as $x | $x"), "x ");
  assert_string_equal(variables(*state, ".context + \"$input\" # $output"), "");
}

static void test_now_counts_as_a_variable(void **state) {
  assert_string_equal(variables(*state, "now - 60"), "now ");
  assert_string_equal(variables(*state, ".now + {now: 1}.now"), "");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_whole_text_is_an_expression),    CASE(test_other_texts_are_none),
      CASE(test_whole_text_is_an_expression),    CASE(test_brackets_that_do_not_match_are_its_own),
      CASE(test_whole_text_is_an_expression),    CASE(test_holes),
      CASE(test_an_if_without_else_gets_one),    CASE(test_hole_without_end),
      CASE(test_jq_of_all_kinds_passes),         CASE(test_unbalanced_brackets),
      CASE(test_outside_readers_are_refused),    CASE(test_reserved_names_are_refused),
      CASE(test_broken_constants_are_refused),   CASE(test_field_that_only_looks_like_a_number_passes),
      CASE(test_a_zero_that_divides_is_no_constant),
      CASE(test_strange_characters_are_refused), CASE(test_empty_is_refused),
      CASE(test_size_at_and_beyond_its_bound),   CASE(test_depth_at_and_beyond_its_bound),
      CASE(test_variables_are_listed_once),      CASE(test_now_counts_as_a_variable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
