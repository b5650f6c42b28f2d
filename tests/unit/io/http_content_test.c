// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "io/http_content.h"

static void assert_reads(const char *type, const char *data, const char *expected) {
  jv text = jv_dump_string(http_content_read(type, data, strlen(data)), 0);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}

static void assert_refused(const char *type, const char *data) {
  jv value = http_content_read(type, data, strlen(data));
  assert_false(jv_is_valid(value));
  jv_free(value);
}

static void test_media_types(void **state) {
  (void)state;
  static const struct {
    const char *type;
    enum http_content_kind kind;
  } rows[] = {
      {NULL, HTTP_CONTENT_NONE},
      {"", HTTP_CONTENT_NONE},
      {"application/json", HTTP_CONTENT_JSON},
      {"Application/JSON;charset=utf-8", HTTP_CONTENT_JSON},
      {"application/problem+json", HTTP_CONTENT_JSON},
      {"text/json", HTTP_CONTENT_JSON},
      {"application/yaml", HTTP_CONTENT_YAML},
      {"application/vnd.oai.openapi+yaml ; v=1", HTTP_CONTENT_YAML},
      {"application/x-www-form-urlencoded", HTTP_CONTENT_FORM},
      {"text/html", HTTP_CONTENT_TEXT},
      {"image/svg+xml", HTTP_CONTENT_TEXT},
      {"application/xml", HTTP_CONTENT_TEXT},
      {"application/x-ndjson", HTTP_CONTENT_TEXT},
      {"application/octet-stream", HTTP_CONTENT_BINARY},
      {"image/png", HTTP_CONTENT_BINARY},
      {"application/jsonx", HTTP_CONTENT_BINARY},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_int_equal(http_content_kind(rows[i].type), rows[i].kind);
}

static void test_json(void **state) {
  (void)state;
  assert_reads("application/json", " {\"a\":[1]}\n", "{\"a\":[1]}");
  assert_reads("application/json", "\"text\"", "\"text\"");
  assert_reads("application/json", "", "null");
  assert_refused("application/json", "{");
  assert_refused("application/json", "1 2");
  assert_refused("application/json", "\"a\\u0000b\"");
  assert_refused("application/json", "<html>");
  assert_refused("application/json", "{\"a\" \"lost by libjq\"}"); // what leaks fails the test
  assert_reads("application/json", "\xef\xbb\xbf[1]", "[1]");
  assert_refused("application/json", "[\"\xf4\x8f\xbf\xbesecret:x\xf4\x8f\xbf\xbf\"]"); // forged
  assert_refused("application/json", "{\"\\udbff\\udfff\":1}");
}

static void test_yaml(void **state) {
  (void)state;
  assert_reads("application/yaml", "a:\n  - 1\n  - no\n", "{\"a\":[1,\"no\"]}");
  assert_refused("application/yaml", "a: [");
}

static void test_texts(void **state) {
  (void)state;
  assert_reads("text/plain", "{\"a\":1}", "\"{\\\"a\\\":1}\"");
  assert_reads("text/plain", "\xff\xfe", "\"//4=\"");
  assert_reads("text/plain", "\xf4\x8f\xbf\xbe", "\"9I+/vg==\"");
}

static void test_bytes(void **state) {
  (void)state;
  assert_reads("image/png", "\x89PNG", "\"iVBORw==\"");
  assert_reads("application/octet-stream", "abc", "\"YWJj\"");
}

static void test_without_a_type(void **state) {
  (void)state;
  assert_reads(NULL, "\n {\"a\":1}", "{\"a\":1}");
  assert_reads(NULL, "[1", "\"[1\"");
  assert_reads(NULL, "12", "\"12\"");
  assert_reads(NULL, "\xff", "\"/w==\"");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_media_types),
      cmocka_unit_test(test_json),
      cmocka_unit_test(test_yaml),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_without_a_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
