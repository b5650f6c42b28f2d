// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_names(void **state) {
  (void)state;
  must_refuse(HEAD "use: {secrets: [a/b]}\ndo: [{a: {wait: PT1S}}]\n", "2:17: `a/b` is no name of a secret");
  must_refuse(HEAD "use: {secrets: {a: b}}\ndo: [{a: {wait: PT1S}}]\n", "2:16: `secrets` is an object: expected a list");
  must_refuse(HEAD "use: {secrets: [[a]]}\ndo: [{a: {wait: PT1S}}]\n", "2:17: a secret's name is a list: expected a text");
}

// A slip is told; a name that is nothing like those listed fails the task that uses it.
static void test_names_in_policies(void **state) {
#define CALL(name) "use: {secrets: [shopPassword]}\ndo: [{a: {call: http, with: {method: get, endpoint: {uri: 'https://e.com', authentication: {basic: {use: " name "}}}}}}]\n"
  must_refuse(HEAD CALL("shopPasword"), "3:106: unknown secret `shopPasword`, did you mean `shopPassword`?; expected a name under use.secrets");
  assert_string_equal(load_task(state, CALL("elsewhere"))->call.secrets[0], "elsewhere");
}

static const struct wf_expr *expression(void **state, const char *source) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  return load_task(state, arena_printf(arena, "do: [{a: {wait: PT1S, input: {from: '${ %s }'}}}]\n", source))->data.input_from;
}

static void test_mentions(void **state) {
  const struct wf_expr *expr = expression(state, "[$secrets.one, $secrets.db.pass.word, $secrets[\"two three\"], $secrets.\"four\"[\"x\"], $secrets]");
  assert_int_equal(expr->secret_count, 4);
  assert_string_equal(expr->secrets[0][0], "one");
  assert_null(expr->secrets[0][1]);
  assert_string_equal(expr->secrets[1][0], "db");
  assert_string_equal(expr->secrets[1][2], "word");
  assert_string_equal(expr->secrets[2][0], "two three");
  assert_string_equal(expr->secrets[3][1], "x");
  assert_int_equal(expression(state, ". as $secretsOf | $secretsOf.x")->secret_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {LOADED(test_names), LOADED(test_names_in_policies), LOADED(test_mentions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
