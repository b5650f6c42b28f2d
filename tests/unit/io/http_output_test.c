// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "io/http_output.h"

static struct http_secrets none;

static void assert_output_with(const struct http_secrets *secrets, const char *form, const char *type, const char *body, const char *expected) {
  struct http_result result = {.end = HTTP_END_ANSWERED, .status = 200};
  if (type) http_fields_add(&result.fields, "Content-Type", type);
  buf_puts(&result.body, body);
  jv request = jv_parse("{\"method\":\"get\"}");
  jv output = http_output_make(form, &result, request, secrets);
  assert_int_equal(jv_is_valid(output), expected != NULL);
  if (expected) {
    jv text = jv_dump_string(output, JV_PRINT_SORTED);
    assert_string_equal(jv_string_value(text), expected);
    output = text;
  }
  jv_free(output);
  jv_free(request);
  http_result_clear(&result);
}

static void assert_output(const char *form, const char *type, const char *body, const char *expected) {
  assert_output_with(&none, form, type, body, expected);
}

static void test_content(void **state) {
  (void)state;
  assert_output(NULL, "application/json", "[1]", "[1]");
  assert_output("content", "application/json", "[1]", "[1]");
  assert_output("content", "application/json", "[", NULL);
  assert_output("content", NULL, "", "null");
}

static void test_raw(void **state) {
  (void)state;
  assert_output("raw", "application/json", "[1]", "\"WzFd\"");
  assert_output("raw", "application/json", "[", "\"Ww==\"");
  assert_output("raw", NULL, "", "null");
}

static void test_response(void **state) {
  (void)state;
  assert_output("response", "application/json", "[1]",
                "{\"content\":[1],\"headers\":{\"Content-Type\":\"application/json\"},\"request\":{\"method\":\"get\"},\"statusCode\":200}");
  assert_output("response", NULL, "", "{\"content\":null,\"headers\":{},\"request\":{\"method\":\"get\"},\"statusCode\":200}");
  assert_output("response", "application/json", "[", NULL);
}

static void test_what_is_said_back(void **state) {
  (void)state;
  struct http_secrets secrets = {0};
  http_secrets_remember(&secrets, "sesame");
  http_secrets_remember(&secrets, "4711");
  assert_output_with(&secrets, NULL, "application/json", "{\"a\":[\"open sesame\",4711,14711,null],\"sesame\":true}",
                     "{\"***\":true,\"a\":[\"open ***\",\"***\",14711,null]}");
  assert_output_with(&secrets, NULL, "text/plain", "open sesame", "\"open ***\"");
  assert_output_with(&secrets, NULL, NULL, "[\"sesame\"]", "[\"***\"]");
  assert_output_with(&secrets, NULL, NULL, "sesame", "\"***\"");
  assert_output_with(&secrets, "raw", "text/plain", "a sesame", "\"YSAqKio=\"");
  assert_output_with(&secrets, NULL, "image/png", "a sesame", "\"YSAqKio=\"");
  assert_output_with(&secrets, "response", "text/plain; sesame", "x",
                     "{\"content\":\"x\",\"headers\":{\"Content-Type\":\"text/plain; ***\"},\"request\":{\"method\":\"get\"},\"statusCode\":200}");
  http_secrets_clear(&secrets);
}

static void test_the_request_shown(void **state) {
  (void)state;
  char url[] = "http://h/a";
  struct http_message message = {.url = url};
  http_fields_add(&message.fields, "Authorization", "Bearer x");
  http_fields_add(&message.fields, "A", "b");
  jv text = jv_dump_string(http_output_request("get", &message), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), "{\"headers\":{\"A\":\"b\",\"Authorization\":\"***\"},\"method\":\"get\",\"uri\":\"http://h/a\"}");
  jv_free(text);
  http_fields_clear(&message.fields);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_content),
      cmocka_unit_test(test_raw),
      cmocka_unit_test(test_response),
      cmocka_unit_test(test_the_request_shown),
      cmocka_unit_test(test_what_is_said_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
