// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/json_scan.h"

static int check(struct text source, struct json_scan_value *value, struct json_scan_fault *fault) {
  return json_scan_check(source, value, fault);
}

static struct json_scan_value accepted(const char *source) {
  struct json_scan_value value;
  struct json_scan_fault fault;
  if (check(text_of(source), &value, &fault) < 0) fail_msg("%s refused: %s at %zu", source, fault.what, fault.offset);
  return value;
}

static const char *refused(struct text source) {
  struct json_scan_value value;
  struct json_scan_fault fault = {0};
  if (check(source, &value, &fault) == 0) fail_msg("%.*s accepted", (int)source.size, source.data);
  assert_true(fault.offset <= source.size);
  assert_non_null(fault.what);
  return fault.code;
}

static void test_accepts_each_kind(void **state) {
  (void)state;
  assert_int_equal(accepted("null").kind, JSON_SCAN_NULL);
  assert_int_equal(accepted("true").kind, JSON_SCAN_TRUE);
  assert_int_equal(accepted("false").kind, JSON_SCAN_FALSE);
  assert_int_equal(accepted("-0.5e-3").kind, JSON_SCAN_NUMBER);
  assert_int_equal(accepted("\"x\"").kind, JSON_SCAN_STRING);
  assert_int_equal(accepted("[]").kind, JSON_SCAN_ARRAY);
  assert_int_equal(accepted("{}").kind, JSON_SCAN_OBJECT);
}

static void test_accepts_nesting_and_space(void **state) {
  (void)state;
  struct json_scan_value value = accepted(" \n{ \"a\" : [ 1 , { \"b\" : [ ] } , \"x\" ] , \"c\" : { } }\t");
  assert_int_equal(value.kind, JSON_SCAN_OBJECT);
  assert_int_equal(value.text.data[0], '{');
  assert_int_equal(value.text.data[value.text.size - 1], '}');
}

static void test_refuses_what_is_not_json(void **state) {
  (void)state;
  const char *const bad[] = {"",           " ",           "nul",
                             "True",       "{",           "}",
                             "[1",         "[1,]",        "[,1]",
                             "{,}",        "{\"a\"}",     "{\"a\":}",
                             "{\"a\":1,}", "{a:1}",       "1 2",
                             "[1 2]",      "{}x",         "'x'",
                             "\"x",        "\"\\x\"",     "\"\\",
                             "\"\\u12\"",  "\"\\u12G4\"", "\"a\nb\"",
                             "01",         "-",           "+1",
                             "1.",         ".5",          "1e",
                             "1e+",        "-01",         "NaN",
                             "Infinity",   "0x10",        "// c\n1",
                             "[1}",        "{\"a\":1]",   "\xEF\xBB\xBF{}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_string_equal(refused(text_of(bad[i])), "undecodable");
}

static void test_refuses_nul_raw_and_escaped(void **state) {
  (void)state;
  assert_string_equal(refused(TEXT("\"a\0b\"")), "nul_in_text");
  assert_string_equal(refused(TEXT("{\"a\\u0000\":1}")), "nul_in_text");
  accepted("\"\\\\u0000\""); // an escaped backslash, then text
}

static void test_refuses_what_is_not_utf8(void **state) {
  (void)state;
  assert_string_equal(refused(TEXT("\"\xFF\"")), "bad_utf8");
  assert_string_equal(refused(TEXT("\"\xED\xA0\x80\"")), "bad_utf8");
  accepted("\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

static void test_surrogates_need_their_other_half(void **state) {
  (void)state;
  accepted("\"\\ud83d\\uDE00\"");
  const char *const bad[] = {"\"\\ud83d\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"",
                             "\"\\ud83d\\ud83d\""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_string_equal(refused(text_of(bad[i])), "bad_utf8");
}

static void nested(struct buf *buf, size_t depth) {
  buf_reset(buf);
  for (size_t i = 0; i < depth; i++) buf_puts(buf, i % 2 ? "{\"a\":" : "[");
  buf_puts(buf, "1");
  for (size_t i = depth; i-- > 0;) buf_puts(buf, i % 2 ? "}" : "]");
}

static void test_depth_is_bounded(void **state) {
  (void)state;
  struct buf buf = {0};
  nested(&buf, JSON_SCAN_DEPTH_MAX);
  struct json_scan_value value;
  struct json_scan_fault fault;
  assert_int_equal(check((struct text){buf.data, buf.size}, &value, &fault), 0);
  nested(&buf, JSON_SCAN_DEPTH_MAX + 1);
  assert_string_equal(refused((struct text){buf.data, buf.size}), "too_large");
  buf_free(&buf);
}

static void digits(struct buf *buf, const char *before, size_t count, const char *behind) {
  buf_reset(buf);
  buf_puts(buf, before);
  for (size_t i = 0; i < count; i++) buf_puts(buf, "7");
  buf_puts(buf, behind);
  buf_put_u8(buf, 0);
}

static void test_numbers_within_numeric(void **state) {
  (void)state;
  struct buf buf = {0};
  digits(&buf, "", 131072, "");
  accepted(buf.data);
  digits(&buf, "", 131073, "");
  assert_string_equal(refused(text_of(buf.data)), "too_large");
  digits(&buf, "0.", 16383, "");
  accepted(buf.data);
  digits(&buf, "0.", 16384, "");
  assert_string_equal(refused(text_of(buf.data)), "too_large");
  buf_free(&buf);
}

static void test_exponents_do_not_expand(void **state) {
  (void)state;
  accepted("1.7976931348623157e308");
  accepted("4.9406564584124654e-324");
  accepted("1e-0");
  const char *const bad[] = {"1e400", "1e131071", "1e-401", "1e99999999999999999999", "-1e-99999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_string_equal(refused(text_of(bad[i])), "too_large");
}

static void test_walks_members_as_received(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct json_scan_value value =
      accepted("{\"n\" : 1234567890123456789 ,\"o\":{\"x\":[1,\"}\\\"\"]},\"e\\u0041\":\"\",\"l\":true}");
  struct json_scan_cursor cursor = json_scan_open(value);
  struct json_scan_value name, member;
  const char *const names[] = {"n", "o", "eA", "l"};
  const char *const values[] = {"1234567890123456789", "{\"x\":[1,\"}\\\"\"]}", "\"\"", "true"};
  for (size_t i = 0; i < 4; i++) {
    assert_true(json_scan_member(&cursor, &name, &member));
    assert_string_equal(json_scan_string(name, arena).data, names[i]);
    assert_true(text_equal(member.text, text_of(values[i])));
  }
  assert_false(json_scan_member(&cursor, &name, &member));
  arena_free(arena);
}

static void test_walks_elements(void **state) {
  (void)state;
  struct json_scan_cursor cursor = json_scan_open(accepted("[ 1 ,[2,[3]], {\"a\":[]} , null ]"));
  struct json_scan_value element;
  const char *const values[] = {"1", "[2,[3]]", "{\"a\":[]}", "null"};
  for (size_t i = 0; i < 4; i++) {
    assert_true(json_scan_element(&cursor, &element));
    assert_true(text_equal(element.text, text_of(values[i])));
  }
  assert_false(json_scan_element(&cursor, &element));
  cursor = json_scan_open(accepted("[ ]"));
  assert_false(json_scan_element(&cursor, &element));
}

static void test_strings_lose_their_escapes(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct text text = json_scan_string(accepted("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00z\""), arena);
  assert_string_equal(text.data, "a\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z");
  assert_int_equal(text.size, strlen(text.data));
  arena_free(arena);
}

static void test_integers(void **state) {
  (void)state;
  static const struct {
    const char *source;
    int64_t value;
  } good[] = {{"0", 0},
              {"-0", 0},
              {"17", 17},
              {"\"17\"", 17},
              {"9223372036854775807", INT64_MAX},
              {"-9223372036854775808", INT64_MIN},
              {"\"-9223372036854775808\"", INT64_MIN},
              {"1.0", 1},
              {"1.5e1", 15},
              {"1e3", 1000},
              {"1200e-2", 12},
              {"0e300", 0}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t value = -1;
    assert_true(json_scan_integer(accepted(good[i].source), &value));
    assert_int_equal(value, good[i].value);
  }
  const char *const bad[] = {"9223372036854775808",
                             "-9223372036854775809",
                             "1.5",
                             "1e19",
                             "12e-2",
                             "\"\"",
                             "\"1x\"",
                             "\" 1\"",
                             "true",
                             "null",
                             "[1]",
                             "\"1e400\""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t value = 42;
    assert_false(json_scan_integer(accepted(bad[i]), &value));
    assert_int_equal(value, 42);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepts_each_kind),
      cmocka_unit_test(test_accepts_nesting_and_space),
      cmocka_unit_test(test_refuses_what_is_not_json),
      cmocka_unit_test(test_refuses_nul_raw_and_escaped),
      cmocka_unit_test(test_refuses_what_is_not_utf8),
      cmocka_unit_test(test_surrogates_need_their_other_half),
      cmocka_unit_test(test_depth_is_bounded),
      cmocka_unit_test(test_numbers_within_numeric),
      cmocka_unit_test(test_exponents_do_not_expand),
      cmocka_unit_test(test_walks_members_as_received),
      cmocka_unit_test(test_walks_elements),
      cmocka_unit_test(test_strings_lose_their_escapes),
      cmocka_unit_test(test_integers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
