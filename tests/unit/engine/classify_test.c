// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/expression.h"

static void assert_all(const char *const *sources, bool safe) {
  for (; *sources; sources++)
    if (wf_expression_is_inline_safe(*sources) != safe) {
      print_error("%s: expected %s\n", *sources, safe ? "safe" : "not safe");
      fail();
    }
}

static void test_paths(void **state) {
  (void)state;
  static const char *const safe[] = {
      ".",       ".a",     ".a.b_2.c", ".\"a b\"", ".a.\"b\"",   ".[\"a\"]",         ".a[\"b\"].c", ".[0]",
      ".[-1].a", ".a.[0]", ".a?",      ".a[0]?.b", "$context.a", "$error[\"type\"]", "  .a\n\t.b ", NULL};
  static const char *const unsafe[] = {"..",     ".[]",        ".a[]",   ".[.b]", ".[1:2]", ".[\"a\\(.b)\"]",
                                       ".[1e9]", ".[1234567]", ".[1.5]", ".e5",   ".a.e-5", ".E+1",
                                       NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_literals(void **state) {
  (void)state;
  static const char *const safe[] = {"1",     "-1",       "0.5",      "12345678901234567",  "true",
                                     "false", "null",     "\"text\"", "\"\\u00e9\\n\\\"\"", "[]",
                                     "{}",    "[1, [2]]", NULL};
  static const char *const unsafe[] = {"1e9", "1.2.3", "123456789012345678", "\"open", "\"\\x\"", "\"\\u12\"",
                                       "'a'", "@json", "@base64 \"x\"",      "truex",  "",        " ",
                                       NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_operators(void **state) {
  (void)state;
  static const char *const safe[] = {".a == 1",
                                     ".a != .b",
                                     ".a<.b",
                                     ".a >= 2 and .b <= 3",
                                     ".a or (.b | not)",
                                     ".a // \"x\" // null",
                                     ".a + .b + 1",
                                     ".a - 1",
                                     "1 - .a",
                                     "now - .a",
                                     ".a / 2",
                                     ".a % 60",
                                     ".a == .b + 1",
                                     NULL};
  static const char *const unsafe[] = {
      ".a - .b",         ".a * 2", "\"x\" * 1e9", ".a / .b", ".a / 0",   ".a % 0",  ".a % 0.5",
      ".a % 9999999999", ".a = 1", ".a |= 1",     ".a += 1", ".a //= 1", ".a -= 1", ".a, .b",
      ".a ?// 1",        "-.a",    ".a ==",       "== 1",    ".a .b c",  NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_constructions(void **state) {
  (void)state;
  static const char *const safe[] = {"[.a, .b]",
                                     "{a: .b, \"c d\": 1}",
                                     "{a, $context, \"n\"}",
                                     "{a: (.b == 1)}",
                                     "\"Hello \\(.name)!\"",
                                     "\"\\(.a + 1)\"",
                                     "{if: 1}",
                                     "if .a then 1 else 2 end",
                                     "if .a == 1 then .b elif .c then {} else [] end",
                                     NULL};
  static const char *const unsafe[] = {"{(.a): 1}",        "{\"a\\(.b)\": 1}",   "{a: 1", "[1", "[1,]", "\"\\(.a\"",
                                       "if .a then 1 end", "{@base64 \"x\": 1}", "(1",    NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_calls(void **state) {
  (void)state;
  static const char *const safe[] = {"not",
                                     ".a | not",
                                     ".a | length > 0",
                                     ".a | type == \"string\"",
                                     ".a | tostring",
                                     "has(\"a\")",
                                     ".a | startswith(\"+\")",
                                     "now",
                                     NULL};
  static const char *const unsafe[] = {
      "map(1)",   "todate", ".id|todate", "length(1)", "has(.a)",   "startswith(\"a\\(.b)\")",
      "tonumber", "add",    "keys",       "env",       "range(10)", "f",
      "nota",     "not::x", "input",      "halt",      NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_bindings_and_definitions(void **state) {
  (void)state;
  static const char *const unsafe[] = {
      ". as $x | $x",        "def f: f; f", "reduce .[] as $x (0; . + $x)", "foreach .[] as $x (0; 1)",
      "label $f | break $f", "try .a",      "import \"a\" as a; 1",         "include \"a\"; 1",
      ". # comment",         NULL};
  assert_all(unsafe, false);
}

// What doubles with each pipe would fill any memory.
static void test_growth_is_bounded(void **state) {
  (void)state;
  static const char *const safe[] = {"\"\\(.a) \\(.b) \\(.c) \\(.d) \\(.e) \\(.f)\"", ".a + .a", "[., .] | [., .]",
                                     ". + . | . + .", NULL};
  static const char *const unsafe[] = {". + . | . + . | . + . | . + . | . + . | . + . | . + .",
                                       "[.,.]|[.,.]|[.,.]|[.,.]|[.,.]|[.,.]|[.,.]",
                                       "tostring|[.]|tostring|[.]|tostring", NULL};
  assert_all(safe, true);
  assert_all(unsafe, false);
}

static void test_cost_counts_what_is_made(void **state) {
  (void)state;
  assert_true(wf_expression_inline_cost(".a.b") == 1);
  assert_true(wf_expression_inline_cost("1") == 0);
  assert_true(wf_expression_inline_cost("\"\\(.a)\"") > wf_expression_inline_cost(".a"));
  assert_true(wf_expression_inline_cost(".[]") < 0);
}

static char *repeat(const char *text, size_t count) {
  size_t size = strlen(text);
  char *repeated = calloc(1, size * count + 1);
  for (size_t i = 0; i < count; i++) strcpy(repeated + i * size, text);
  return repeated;
}

static void test_sum_of_many_parts_is_not_safe(void **state) {
  (void)state;
  char *sum = repeat(".a+", 500);
  sum[strlen(sum) - 1] = '\0';
  assert_false(wf_expression_is_inline_safe(sum));
  free(sum);
}

static void test_depth_is_bounded(void **state) {
  (void)state;
  char *open = repeat("[", 100000);
  assert_false(wf_expression_is_inline_safe(open));
  free(open);
  assert_true(wf_expression_is_inline_safe("((((((((((1))))))))))"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_literals),
      cmocka_unit_test(test_operators),
      cmocka_unit_test(test_constructions),
      cmocka_unit_test(test_calls),
      cmocka_unit_test(test_bindings_and_definitions),
      cmocka_unit_test(test_growth_is_bounded),
      cmocka_unit_test(test_cost_counts_what_is_made),
      cmocka_unit_test(test_sum_of_many_parts_is_not_safe),
      cmocka_unit_test(test_depth_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
