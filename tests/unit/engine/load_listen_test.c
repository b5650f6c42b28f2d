// SPDX-License-Identifier: Apache-2.0
#include "engine/strategy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_a_listen_without_more(void **state) {
  const struct wf_listen *listen = load_task(state, "do: [{a: {listen: {to: {any: []}}}}]\n")->listen;
  assert_int_equal(listen->read, WF_READ_DATA);
  assert_false(listen->has_foreach);
  size_t count;
  assert_null(*wf_definition_heard(((struct loaded *)*state)->definition, &count));
  assert_int_equal(count, 1);
}

static void test_read_says_how(void **state) {
  assert_int_equal(load_task(state, "do: [{a: {listen: {to: {any: []}, read: envelope}}}]\n")->listen->read, WF_READ_ENVELOPE);
  must_refuse(HEAD "do: [{a: {listen: {to: {any: []}, read: all}}}]\n", "2:41: expected one of data, envelope, raw");
}

static void test_foreach_binds_its_names(void **state) {
  const struct wf_listen *listen =
      load_task(state, "do: [{a: {listen: {to: {any: []}}, foreach: {item: e, at: i, do: [{s: {set: {x: '${ $e }', y: '${ $i }'}}}], "
                       "output: {as: '${ $e }'}, export: {as: '${ $i }'}}}}]\n")->listen;
  assert_string_equal(listen->item, "e");
  assert_string_equal(listen->at, "i");
  assert_int_equal(listen->list.count, 1);
  assert_string_equal(listen->list.tasks[0].reference, "/do/0/a/foreach/do/0/s");
  assert_non_null(listen->data.output_as);
  assert_non_null(listen->data.export_as);
}

static void test_names_have_defaults(void **state) {
  const struct wf_listen *listen = load_task(state, "do: [{a: {listen: {to: {any: []}}, foreach: {do: [{s: {set: {x: '${ $item }'}}}]}}}]\n")->listen;
  assert_string_equal(listen->item, "item");
  assert_string_equal(listen->at, "index");
  must_refuse(HEAD "do: [{a: {listen: {to: {any: []}}, foreach: {item: 1x}}}]\n", "2:52: expected a variable's name");
  must_refuse(HEAD "do: [{a: {listen: {to: {any: []}}}}, {b: {set: {x: '${ $item }'}}}]\n", "2:52: $item is not defined");
}

static void test_a_definition_knows_what_it_hears(void **state) {
  load_task(state, "do: [{a: {listen: {to: {any: [{with: {type: t.a}}], until: {one: {with: {type: t.b}}}}}}}]\n");
  const struct wf_definition *definition = ((struct loaded *)*state)->definition;
  size_t count;
  const char *const *heard = wf_definition_heard(definition, &count);
  assert_int_equal(count, 2);
  assert_string_equal(heard[0], "t.a");
  assert_string_equal(heard[1], "t.b");
  load_task(state, "do: [{a: {listen: {to: {one: {with: {type: 't.*'}}}}}}]\n");
  assert_null(*wf_definition_heard(((struct loaded *)*state)->definition, &count));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_a_listen_without_more), LOADED(test_read_says_how),       LOADED(test_foreach_binds_its_names),
      LOADED(test_names_have_defaults),   LOADED(test_a_definition_knows_what_it_hears),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
