// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/form.h"

// Every kind that needs more than its kind has it, everywhere in the tables.
static void check(const struct wf_form *form, int depth) {
  assert_non_null(form->what);
  assert_true(depth < 8);
  for (const struct wf_form_key *key = form->keys; key->name; key++) {
    assert_ptr_equal(wf_form_key(form, key->name), key); // once
    if (key->kind == WF_FORM_ENUM) assert_non_null(key->words[0]);
    if (key->kind == WF_FORM_COUNT) assert_true(key->max > 0);
    if (key->kind == WF_FORM_FORM || key->kind == WF_FORM_URI_OR_FORM) check(key->form, depth + 1);
  }
  if (form->alone) assert_non_null(wf_form_key(form, form->alone));
  for (int i = 0; i < WF_FORM_RULES; i++)
    for (const char *const *name = form->one_of[i]; *name; name++) assert_non_null(wf_form_key(form, *name));
  for (const char *const *name = form->some; *name; name++) assert_non_null(wf_form_key(form, *name));
  if (form->if_key) assert_non_null(wf_form_key(form, form->if_key));
}

static void test_tables_are_whole(void **state) {
  (void)state;
  static const char *const names[] = {"http", "openapi", "grpc", "asyncapi", "a2a", "mcp", "container", "script", "shell"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(wf_form_of(names[i]), 0);
  check(&wf_form_authentication, 0);
  assert_null(wf_form_of("callLead"));
}

// What the reference requires.
static void test_required(void **state) {
  (void)state;
  static const char *const required[][2] = {{"http", "method"},        {"http", "endpoint"}, {"openapi", "document"},
                                            {"openapi", "operationId"}, {"grpc", "proto"},    {"grpc", "service"},
                                            {"grpc", "method"},        {"asyncapi", "document"}, {"a2a", "method"},
                                            {"mcp", "method"},         {"mcp", "transport"},  {"container", "image"},
                                            {"script", "language"},    {"shell", "command"}};
  size_t count = 0;
  for (size_t i = 0; i < sizeof required / sizeof *required; i++, count++)
    assert_true(wf_form_key(wf_form_of(required[i][0]), required[i][1])->is_required);
  size_t all = 0;
  static const char *const names[] = {"http", "openapi", "grpc", "asyncapi", "a2a", "mcp", "container", "script", "shell"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (const struct wf_form_key *key = wf_form_of(names[i])->keys; key->name; key++) all += key->is_required;
  assert_int_equal(all, count);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables_are_whole), cmocka_unit_test(test_required)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
