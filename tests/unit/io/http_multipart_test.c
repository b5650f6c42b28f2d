// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/http_multipart.h"

#define B "--workflowd-form-1\r\nContent-Disposition: form-data; name="
#define END "--workflowd-form-1--\r\n"

static void makes(const char *form, const char *expected) {
  jv value = jv_parse(form);
  struct buf body = {0};
  char *type, *problem;
  assert_int_equal(http_multipart_make(value, &body, &type, &problem), 0);
  buf_put_u8(&body, 0);
  assert_string_equal(body.data, expected);
  assert_string_equal(type, "multipart/form-data; boundary=workflowd-form-1");
  free(type);
  buf_free(&body);
  jv_free(value);
}

static void refuses(const char *form) {
  jv value = jv_parse(form);
  struct buf body = {0};
  char *type, *problem;
  assert_int_equal(http_multipart_make(value, &body, &type, &problem), -WF_EINVAL);
  assert_non_null(strstr(problem, "`body` has a file"));
  free(problem);
  jv_free(value);
}

static void test_values(void **state) {
  (void)state;
  makes("{\"a\":\"x\"}", B "\"a\"\r\n\r\nx\r\n" END);
  makes("{\"a\":5}", B "\"a\"\r\n\r\n5\r\n" END);
  makes("{\"a\":true}", B "\"a\"\r\n\r\ntrue\r\n" END);
  makes("{\"a\":null}", END);
  makes("{}", END);
  makes("{\"a\":[\"x\",2]}", B "\"a\"\r\n\r\nx\r\n" B "\"a\"\r\n\r\n2\r\n" END);
  makes("{\"a\":{\"b\":1}}", B "\"a\"\r\nContent-Type: application/json\r\n\r\n{\"b\":1}\r\n" END);
}

static void test_files(void **state) {
  (void)state;
  makes("{\"f\":{\"content\":\"hello\",\"filename\":\"a.txt\",\"contentType\":\"text/plain\"}}",
        B "\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n" END);
  makes("{\"f\":{\"base64\":\"aGVsbG8=\",\"filename\":\"a\"}}", B "\"f\"; filename=\"a\"\r\n\r\nhello\r\n" END);
  makes("{\"f\":{\"base64\":\"\"}}", B "\"f\"\r\n\r\n\r\n" END);
  makes("{\"f\":[{\"content\":\"a\"},{\"content\":[1]}]}", B "\"f\"\r\n\r\na\r\n" B "\"f\"\r\n\r\n[1]\r\n" END);
  // Another member makes it no file, both of them neither.
  makes("{\"f\":{\"content\":\"a\",\"x\":1}}", B "\"f\"\r\nContent-Type: application/json\r\n\r\n{\"content\":\"a\",\"x\":1}\r\n" END);
  makes("{\"f\":{\"base64\":\"\",\"content\":\"\"}}", B "\"f\"\r\nContent-Type: application/json\r\n\r\n{\"base64\":\"\",\"content\":\"\"}\r\n" END);
}

static void test_what_is_no_file(void **state) {
  (void)state;
  refuses("{\"f\":{\"base64\":\"abc\"}}");
  refuses("{\"f\":{\"base64\":\"a!c=\"}}");
  refuses("{\"f\":{\"base64\":5}}");
  refuses("{\"f\":[{\"content\":\"x\",\"contentType\":\"a\\r\\nb: c\"},\"x\"]}");
}

static void test_names_stay_in_their_quotes(void **state) {
  (void)state;
  makes("{\"a\\\"\\r\\nb\":\"x\"}", B "\"a%22%0D%0Ab\"\r\n\r\nx\r\n" END);
}

static void test_a_boundary_that_is_in_no_part(void **state) {
  (void)state;
  jv value = jv_parse("{\"a\":\"--workflowd-form-1\",\"b\":\"workflowd-form-2\"}");
  struct buf body = {0};
  char *type, *problem;
  assert_int_equal(http_multipart_make(value, &body, &type, &problem), 0);
  assert_string_equal(type, "multipart/form-data; boundary=workflowd-form-3");
  free(type);
  buf_free(&body);
  jv_free(value);
}

static void test_media_type(void **state) {
  (void)state;
  assert_true(http_multipart_is("multipart/form-data"));
  assert_true(http_multipart_is("Multipart/Form-Data; boundary=x"));
  assert_false(http_multipart_is("multipart/form-data2"));
  assert_false(http_multipart_is("multipart/mixed"));
  assert_false(http_multipart_is(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_files),
      cmocka_unit_test(test_what_is_no_file),
      cmocka_unit_test(test_names_stay_in_their_quotes),
      cmocka_unit_test(test_a_boundary_that_is_in_no_part),
      cmocka_unit_test(test_media_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
