// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define DO "do: [{a: {set: {x: 1}}}]\n"

static void test_several_unknown_keys_are_all_reported(void **state) {
  (void)state;
  must_refuse_once(
      HEAD "use: {error: {}, timeots: {}}\n" DO,
      "2:7: unknown key `error` in `use`, did you mean `errors`?; expected errors, functions, retries, timeouts, authentications, catalogs, extensions, secrets\n"
      "2:18: unknown key `timeots` in `use`, did you mean `timeouts`?; expected errors, functions, retries, "
      "timeouts, authentications, catalogs, extensions, secrets\n");
}

static void test_far_key_has_no_near_miss(void **state) {
  (void)state;
  must_refuse_once(HEAD "zzzzzzzzzz: 1\n" DO, "2:1: unknown key `zzzzzzzzzz` in a workflow; expected document, input, "
                                              "use, do, timeout, output, schedule, evaluate\n");
}

static void test_wrong_kinds_are_described(void **state) {
  (void)state;
  must_refuse(HEAD "use: [1]\n" DO, "2:6: `use` is a list: expected an object");
  must_refuse(HEAD "use: ~\n" DO, "2:6: `use` is null: expected an object");
  must_refuse(HEAD "input: {from: 1}\n" DO, "2:15: `from` is a number: expected a runtime expression");
  must_refuse("document: {dsl: '1.0.3', namespace: test, name: t, version: '0.1.0', title: [x]}\n" DO,
              "1:77: `title` is a list: expected a text\n");
  must_refuse("document: {dsl: '1.0.3', namespace: test, name: t, version: '0.1.0', title: ~}\n" DO,
              "1:77: `title` is null: expected a text\n");
  must_refuse("document: {dsl: '1.0.3', namespace: test, name: t, version: '0.1.0', title: 12}\n" DO,
              "1:77: (put it in quotes)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_several_unknown_keys_are_all_reported),
      cmocka_unit_test(test_far_key_has_no_near_miss),
      cmocka_unit_test(test_wrong_kinds_are_described),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
