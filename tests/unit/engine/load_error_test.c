// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_inline_error(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {raise: {error: {type: 'https://example.com/e', status: 402, "
                                                "title: T, detail: '${ .why }', instance: /do/0/a}}}}]\n");
  const struct wf_error_model *error = &task->raise.error;
  assert_string_equal(jv_string_value(error->type->constant), "https://example.com/e");
  assert_true(jv_number_value(error->status->constant) == 402);
  assert_string_equal(jv_string_value(error->title->constant), "T");
  assert_true(error->detail->index >= 0);
  assert_string_equal(jv_string_value(error->instance->constant), "/do/0/a");
}

static void test_only_what_is_required(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {raise: {error: {type: '${ .type }', status: 400}}}}]\n");
  assert_true(task->raise.error.type->index >= 0);
  assert_null(task->raise.error.title);
  assert_null(task->raise.error.detail);
  assert_null(task->raise.error.instance);
}

static void test_error_by_name(void **state) {
  const struct wf_task *task = load_task(
      state, "use: {errors: {declined: {type: 'a://b', status: 402}}}\ndo: [{a: {raise: {error: declined}}}]\n");
  assert_true(jv_number_value(task->raise.error.status->constant) == 402);
}

static void test_unknown_name(void **state) {
  (void)state;
  must_refuse(HEAD "use: {errors: {declined: {type: 'a://b', status: 402}}}\ndo: [{a: {raise: {error: decline}}}]\n",
              "3:26: unknown error `decline`, did you mean `declined`?; expected a name under use.errors");
}

static void test_what_is_no_error(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {raise: {}}}]\n", "2:18: `error` is missing in `raise`");
  must_refuse(HEAD "do: [{a: {raise: {error: {status: 400}}}}]\n", "2:26: `type` is missing in an error");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a://b'}}}}]\n", "2:26: `status` is missing in an error");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a b:c d', status: 400}}}}]\n", "2:33: expected a URI");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'urn:c d', status: 400}}}}]\n", "2:33: expected a URI");
  must_warn(HEAD "do: [{a: {raise: {error: {type: 'urn:c', status: 400}}}}]\n", "");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: declined, status: 400}}}}]\n", "2:33: expected a URI");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a://b', status: '400'}}}}]\n",
              "2:50: `status` is a text: expected a whole number");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a://b', status: 4.5}}}}]\n", "2:50: expected a whole number");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a://b', status: 400, instance: here}}}}]\n",
              "2:65: expected a JSON pointer");
  must_refuse(HEAD "do: [{a: {raise: {error: {type: 'a://b', status: 400, details: x}}}}]\n",
              "2:55: did you mean `detail`?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_inline_error), LOADED(test_only_what_is_required), LOADED(test_error_by_name),
      LOADED(test_unknown_name), LOADED(test_what_is_no_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
