// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/member.h"

static int set_up(void **state) {
  jv *object = malloc(sizeof *object);
  *object = jv_parse("{\"text\":\"red\",\"empty\":\"\",\"number\":2.5,\"null\":null,\"list\":[1]}");
  *state = object;
  return object ? 0 : -1;
}

static int tear_down(void **state) {
  jv_free(*(jv *)*state);
  free(*state);
  return 0;
}

static jv_kind kind_of(jv object, const char *name) {
  jv value = wf_member(object, name);
  jv_kind kind = jv_get_kind(value);
  jv_free(value);
  return kind;
}

static void test_a_member_is_a_copy_of_its_own(void **state) {
  jv *object = *state, list = wf_member(*object, "list");
  jv_free(*object);
  *object = jv_object();
  assert_int_equal(jv_array_length(list), 1);
}

static void test_what_is_not_there_is_null(void **state) {
  jv *object = *state;
  assert_int_equal(kind_of(*object, "text"), JV_KIND_STRING);
  assert_int_equal(kind_of(*object, "null"), JV_KIND_NULL);
  assert_int_equal(kind_of(*object, "other"), JV_KIND_NULL);
}

static void test_what_is_no_object_has_none(void **state) {
  (void)state;
  jv list = jv_parse("[{\"text\":\"red\"}]"), text = jv_string("text");
  assert_int_equal(kind_of(list, "text"), JV_KIND_NULL);
  assert_int_equal(kind_of(text, "text"), JV_KIND_NULL);
  assert_int_equal(kind_of(jv_invalid(), "text"), JV_KIND_NULL);
  assert_null(wf_member_text(list, "text"));
  assert_false(wf_member_is(jv_invalid(), "text", ""));
  jv_free(list);
  jv_free(text);
}

static void test_a_text_is_compared_whole(void **state) {
  jv *object = *state;
  assert_true(wf_member_is(*object, "text", "red"));
  assert_true(wf_member_is(*object, "empty", ""));
  assert_false(wf_member_is(*object, "text", "re"));
  assert_false(wf_member_is(*object, "text", "reds"));
  assert_false(wf_member_is(*object, "number", "2.5"));
  assert_false(wf_member_is(*object, "other", ""));
}

static void test_a_text_is_given_and_nothing_else(void **state) {
  jv *object = *state;
  char *text = wf_member_text(*object, "text"), *empty = wf_member_text(*object, "empty");
  assert_string_equal(text, "red");
  assert_string_equal(empty, "");
  assert_null(wf_member_text(*object, "number"));
  assert_null(wf_member_text(*object, "other"));
  free(text);
  free(empty);
}

static void test_a_text_lives_as_long_as_the_arena(void **state) {
  jv *object = *state;
  struct arena *arena = arena_new();
  const char *text = wf_member_kept(*object, "text", arena);
  jv_free(*object);
  *object = jv_object();
  assert_string_equal(text, "red");
  assert_null(wf_member_kept(*object, "text", arena));
  arena_free(arena);
}

static void test_a_number_has_something_to_stand_for_it(void **state) {
  jv *object = *state;
  assert_true(wf_member_number(*object, "number", 1) == 2.5);
  assert_true(wf_member_number(*object, "text", 1) == 1);
  assert_true(wf_member_number(*object, "other", -1) == -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_a_member_is_a_copy_of_its_own),
      TEST(test_what_is_not_there_is_null),
      TEST(test_what_is_no_object_has_none),
      TEST(test_a_text_is_compared_whole),
      TEST(test_a_text_is_given_and_nothing_else),
      TEST(test_a_text_lives_as_long_as_the_arena),
      TEST(test_a_number_has_something_to_stand_for_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
