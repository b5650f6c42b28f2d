// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "job/message.h"

#define RUN "01980a1b-2c3d-7e4f-8a5b-6c7d8e9fa0b1"

static int parse(const char *text, struct action_id *id) { return action_id_parse(text, strlen(text), id); }

static void test_action_id_round_trip(void **state) {
  (void)state;
  struct action_id id;
  char out[ACTION_ID_TEXT_SIZE];
  assert_int_equal(parse(RUN ":17", &id), 0);
  assert_int_equal(id.action_no, 17);
  assert_string_equal(action_id_format(&id, out), RUN ":17");
}

static void test_action_id_of_the_largest_number_fits(void **state) {
  (void)state;
  struct action_id id;
  char out[ACTION_ID_TEXT_SIZE];
  assert_int_equal(parse(RUN ":2147483647", &id), 0);
  assert_int_equal(id.action_no, INT32_MAX);
  assert_string_equal(action_id_format(&id, out), RUN ":2147483647");
}

static void test_action_id_refuses_what_is_none(void **state) {
  (void)state;
  const char *const bad[] = {
      "",        RUN,       RUN ":",   RUN ":0",    RUN ":01", RUN ":2147483648", RUN ":99999999999999999999",
      RUN ":-1", RUN ":1x", RUN "-17", "x" RUN ":1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct action_id id = {.action_no = 99};
    assert_int_equal(parse(bad[i], &id), -WF_EINVAL);
    assert_int_equal(id.action_no, 99);
  }
}

static void test_source_kinds_have_names(void **state) {
  (void)state;
  static const struct {
    enum source_kind kind;
    const char *name;
  } wanted[] = {{SOURCE_API, "api"},
                {SOURCE_AUDIENCE, "audience"},
                {SOURCE_SCHEDULE, "schedule"},
                {SOURCE_BROADCAST, "broadcast"},
                {SOURCE_WORKFLOW_STEP, "workflow_step"},
                {SOURCE_INTEGRATION, "integration"},
                {SOURCE_REHEARSAL, "rehearsal"}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    assert_string_equal(source_kind_name(wanted[i].kind), wanted[i].name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_action_id_round_trip),
      cmocka_unit_test(test_action_id_of_the_largest_number_fits),
      cmocka_unit_test(test_action_id_refuses_what_is_none),
      cmocka_unit_test(test_source_kinds_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
