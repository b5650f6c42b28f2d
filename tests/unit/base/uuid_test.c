// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"

static const usec_t at = INT64_C(1769850000123456);

static void test_fields_come_back(void **state) {
  (void)state;
  struct uuid id = uuid_make(at, 4095, UINT64_C(0x1FFFFFFFF), UUID_ORDINAL_MAX, UUID_RECIPIENT_MAX);
  assert_int_equal(uuid_home(&id), 4095);
  assert_int_equal(uuid_time(&id), INT64_C(1769850000123000));
  assert_int_equal(uuid_recipient(&id), UUID_RECIPIENT_MAX);
}

static void test_version_and_variant_are_version_7(void **state) {
  (void)state;
  struct uuid id = uuid_make(at, 4095, UINT32_MAX, UUID_ORDINAL_MAX, UUID_RECIPIENT_MAX);
  assert_int_equal(id.bytes[6] >> 4, 7);
  assert_int_equal(id.bytes[8] >> 6, 2);
  id = uuid_make(at, 0, 0, 0, 0);
  assert_int_equal(id.bytes[6] >> 4, 7);
  assert_int_equal(id.bytes[8] >> 6, 2);
}

static void test_each_field_makes_another_id(void **state) {
  (void)state;
  struct uuid id = uuid_make(at, 1, 1, 1, 1);
  const struct uuid others[] = {uuid_make(at + USEC_PER_MSEC, 1, 1, 1, 1), uuid_make(at, 2, 1, 1, 1), uuid_make(at, 1, 2, 1, 1),
      uuid_make(at, 1, 1, 2, 1), uuid_make(at, 1, 1, 1, 2)};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) assert_false(uuid_equal(&id, &others[i]));
}

static void test_later_sorts_behind(void **state) {
  (void)state;
  struct uuid early = uuid_make(at, 4095, UINT32_MAX, 1, 1), late = uuid_make(at + USEC_PER_MSEC, 0, 0, 0, 0);
  assert_true(uuid_compare(&early, &late) < 0);
}

static void test_runs_of_a_trigger_are_one_range(void **state) {
  (void)state;
  struct uuid trigger = uuid_make(at, 3, 77, 2, 0), next = uuid_make(at, 3, 77, 3, 0);
  struct uuid first = uuid_with_recipient(&trigger, 1), last = uuid_with_recipient(&trigger, UUID_RECIPIENT_MAX);
  assert_true(uuid_compare(&trigger, &first) < 0);
  assert_true(uuid_compare(&first, &last) < 0);
  assert_true(uuid_compare(&last, &next) < 0);
}

static void test_with_recipient_goes_back_to_the_trigger(void **state) {
  (void)state;
  struct uuid trigger = uuid_make(at, 3, 77, 2, 0), run = uuid_make(at, 3, 77, 2, 1000);
  struct uuid back = uuid_with_recipient(&run, 0);
  assert_true(uuid_equal(&back, &trigger));
}

static void test_text_goes_both_ways(void **state) {
  (void)state;
  struct uuid id = uuid_make(at, 5, 6, 7, 8), parsed;
  char text[UUID_TEXT_SIZE];
  assert_int_equal(strlen(uuid_format(&id, text)), 36);
  assert_int_equal(uuid_parse(text, 36, &parsed), 0);
  assert_true(uuid_equal(&id, &parsed));
}

static void test_format_is_canonical(void **state) {
  (void)state;
  const struct uuid id = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}};
  char text[UUID_TEXT_SIZE];
  assert_string_equal(uuid_format(&id, text), "01234567-89ab-cdef-0123-456789abcdef");
}

static void test_parse_takes_capitals(void **state) {
  (void)state;
  struct uuid id;
  assert_int_equal(uuid_parse("01234567-89AB-CDEF-0123-456789ABCDEF", 36, &id), 0);
  assert_int_equal(id.bytes[15], 0xEF);
}

static void test_parse_refuses_what_is_no_uuid(void **state) {
  (void)state;
  static const char *const texts[] = {"", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
      "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123_456789abcdef", "g1234567-89ab-cdef-0123-456789abcdef",
      "{1234567-89ab-cdef-0123-456789abcde}", "01234567--9ab-cdef-0123-456789abcdef"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct uuid id = {{9}};
    assert_int_equal(uuid_parse(texts[i], strlen(texts[i]), &id), -WF_EINVAL);
    assert_int_equal(id.bytes[0], 9);
  }
}

static void test_of_random_bits_is_version_4(void **state) {
  (void)state;
  char text[UUID_TEXT_SIZE];
  struct uuid ones = uuid_of_random(UINT64_MAX, UINT64_MAX), none = uuid_of_random(0, 0), other = uuid_of_random(0, 1 << 2);
  assert_string_equal(uuid_format(&ones, text), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert_string_equal(uuid_format(&none, text), "00000000-0000-4000-8000-000000000000");
  assert_string_equal(uuid_format(&other, text), "00000000-0000-4000-8000-000000000001");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_of_random_bits_is_version_4),
      cmocka_unit_test(test_fields_come_back),
      cmocka_unit_test(test_version_and_variant_are_version_7),
      cmocka_unit_test(test_each_field_makes_another_id),
      cmocka_unit_test(test_later_sorts_behind),
      cmocka_unit_test(test_runs_of_a_trigger_are_one_range),
      cmocka_unit_test(test_with_recipient_goes_back_to_the_trigger),
      cmocka_unit_test(test_text_goes_both_ways),
      cmocka_unit_test(test_format_is_canonical),
      cmocka_unit_test(test_parse_takes_capitals),
      cmocka_unit_test(test_parse_refuses_what_is_no_uuid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
