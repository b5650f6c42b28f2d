// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "ctl/session.h"
#include "ctl/verb.h"

static void test_the_default_configuration_may_be_missing(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "validate"};
  struct session session = {.arguments = &arguments};
  assert_int_equal(session_configure_if_there(&session), EXIT_OK);
  session_close(&session);
}

static void test_a_named_configuration_may_not(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "validate", .config = "/no/such/file.yaml"};
  struct session session = {.arguments = &arguments};
  assert_int_equal(session_configure_if_there(&session), EXIT_FAILED);
  assert_null(session.config);
  assert_int_equal(session_configure(&session), EXIT_FAILED);
  session_close(&session);
}

static void test_a_database_that_is_not_there(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs", .database = "host=/no/such/folder"};
  struct session session;
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
}

static void test_the_environment_names_the_database(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs", .config = "/no/such/file.yaml"};
  struct session session;
  setenv("WORKFLOWD_DATABASE", "host=/no/such/folder", 1);
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
  setenv("WORKFLOWD_DATABASE", "", 1);
  assert_int_equal(session_open(&arguments, &session), EXIT_FAILED);
  unsetenv("WORKFLOWD_DATABASE");
}

static void test_saying_gives_back_the_code(void **state) {
  (void)state;
  const struct arguments arguments = {.verb = "runs"};
  const struct session session = {.arguments = &arguments};
  assert_int_equal(session_say(&session, EXIT_NOT_FOUND, "no %s", "run"), EXIT_NOT_FOUND);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_default_configuration_may_be_missing),
      cmocka_unit_test(test_a_named_configuration_may_not),
      cmocka_unit_test(test_a_database_that_is_not_there),
      cmocka_unit_test(test_the_environment_names_the_database),
      cmocka_unit_test(test_saying_gives_back_the_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
