// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_check.h"

static void test_codes_have_their_status(void **state) {
  struct refusal refusal = {0};
  assert_int_equal(codec_refuse(*state, &refusal, "too_large", "x"), -WF_ETOOBIG);
  assert_int_equal(codec_refuse(*state, &refusal, "id_too_long", "x"), -WF_ETOOBIG);
  assert_int_equal(codec_refuse(*state, &refusal, "not_supported", "x"), -WF_EUNSUPPORTED);
  assert_int_equal(codec_refuse(*state, &refusal, "undecodable", "at %d", 7), -WF_EINVAL);
  assert_string_equal(refusal.text, "at 7");
}

static void test_the_first_failure_is_kept(void **state) {
  struct refusal refusal = {0};
  struct codec_check check = {*state, &refusal, 0};
  codec_check_required(&check, "first", "");
  codec_check_required(&check, "second", "");
  codec_check_usec(&check, "third", -1);
  assert_int_equal(check.status, -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "first");
}

static void test_empty_is_absent(void **state) {
  struct refusal refusal = {0};
  struct codec_check check = {*state, &refusal, 0};
  char empty[] = "";
  assert_null(codec_check_id(&check, "f", "").data);
  assert_null(codec_check_id(&check, "f", NULL).data);
  assert_null(codec_cut(empty, 10).data);
  assert_null(codec_check_json(&check, "f", NULL, 0, true).data);
  assert_int_equal(check.status, 0);
}

static void test_cut_falls_between_characters(void **state) {
  (void)state;
  char text[] = "ab\xE2\x82\xAC!";
  assert_text(codec_cut(text, 6), "ab\xE2\x82\xAC!");
  assert_text(codec_cut(text, 5), "ab\xE2\x82\xAC");
  assert_text(codec_cut(text, 4), "ab");
  assert_string_equal(text, "ab");
  assert_text(codec_cut(text, 2), "ab");
}

static void test_quotes_are_short_and_clean(void **state) {
  char longer[300];
  memset(longer, 'x', sizeof longer);
  assert_string_equal(codec_quote(*state, TEXT("a\"b")), "\"a\"b\"");
  assert_string_equal(codec_quote(*state, TEXT("\xFF")), "(not UTF-8)");
  assert_string_equal(codec_quote(*state, (struct text){0}), "\"\"");
  assert_int_equal(strlen(codec_quote(*state, (struct text){longer, sizeof longer})), 1 + 80 + strlen("…") + 1);
}

static void test_json_names_field_and_place(void **state) {
  struct refusal refusal = {0};
  struct codec_check check = {*state, &refusal, 0};
  assert_text(codec_check_json(&check, "data", "[1]", 3, false), "[1]");
  codec_check_json(&check, "data", "{\"a\" 1}", 7, false);
  assert_refusal(&refusal, "undecodable", "data: not JSON that can be stored: expected a colon at byte 5");
}

static void test_numbers(void **state) {
  struct refusal refusal = {0};
  struct codec_check check = {*state, &refusal, 0};
  assert_int_equal(codec_check_usec(&check, "f", 0), 0);
  assert_int_equal(codec_check_positive(&check, "f", 1), 1);
  assert_int_equal(check.status, 0);
  codec_check_positive(&check, "attempt", 0);
  assert_refusal(&refusal, "missing_field", "attempt: 0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_codes_have_their_status),
      codec_case(test_the_first_failure_is_kept),
      codec_case(test_empty_is_absent),
      codec_case(test_cut_falls_between_characters),
      codec_case(test_quotes_are_short_and_clean),
      codec_case(test_json_names_field_and_place),
      codec_case(test_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
