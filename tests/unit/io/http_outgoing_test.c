// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/http_outgoing.h"

static struct http_message make(const char *json) {
  jv with = jv_parse(json);
  assert_true(jv_is_valid(with));
  struct http_message message;
  char *problem = NULL;
  assert_int_equal(http_outgoing_make(with, &message, &problem), 0);
  jv_free(with);
  return message;
}

static void assert_refused(const char *json, const char *says) {
  jv with = jv_parse(json);
  struct http_message message;
  char *problem = NULL;
  assert_int_equal(http_outgoing_make(with, &message, &problem), -WF_EINVAL);
  assert_non_null(strstr(problem, says));
  free(problem);
  jv_free(with);
}

static void assert_body(const char *json, const char *type, const char *body) {
  struct http_message message = make(json);
  assert_int_equal(message.has_body, body != NULL);
  if (body) {
    assert_int_equal(message.body.size, strlen(body));
    assert_memory_equal(message.body.data, body, strlen(body));
    assert_string_equal(http_fields_get(&message.fields, "content-type"), type);
  } else {
    assert_null(http_fields_get(&message.fields, "content-type"));
  }
  http_message_clear(&message);
}

#define CALL "\"method\":\"post\",\"endpoint\":\"http://h/\""
#define TYPE(type) ",\"headers\":{\"content-TYPE\":\"" type "\"}"

static void test_bodies(void **state) {
  (void)state;
  assert_body("{" CALL "}", NULL, NULL);
  assert_body("{" CALL ",\"body\":null}", NULL, NULL);
  assert_body("{" CALL ",\"body\":{\"a\":[1]}}", "application/json", "{\"a\":[1]}");
  assert_body("{" CALL ",\"body\":false}", "application/json", "false");
  assert_body("{" CALL ",\"body\":\"hello\"}", "text/plain; charset=utf-8", "hello");
  assert_body("{" CALL TYPE("application/json") ",\"body\":\"hello\"}", "application/json", "\"hello\"");
  assert_body("{" CALL TYPE("application/json") ",\"body\":\"{}\"}", "application/json", "{}");
  assert_body("{" CALL TYPE("text/csv") ",\"body\":\"a,b\"}", "text/csv", "a,b");
  assert_body("{" CALL TYPE("application/x-www-form-urlencoded") ",\"body\":{\"a b\":\"c&d\",\"e\":[1,true],\"f\":null}}",
              "application/x-www-form-urlencoded", "a%20b=c%26d&e=1&e=true");
  assert_body("{" CALL TYPE("application/x-www-form-urlencoded") ",\"body\":\"a=b\"}",
              "application/x-www-form-urlencoded", "a=b");
  assert_body("{" CALL TYPE("application/vnd.x") ",\"body\":[1]}", "application/vnd.x", "[1]");
}

static void test_method_and_url(void **state) {
  (void)state;
  struct http_message message = make("{\"method\":\"get\",\"endpoint\":{\"uri\":\"http://h/a?b=1#f\"},"
                                     "\"query\":{\"c\":\"x/y\",\"d\":[1,\"2\"],\"e\":null,\"f\":{\"g\":1},\"h\":true}}");
  assert_string_equal(message.method, "GET");
  assert_string_equal(message.url, "http://h/a?b=1&c=x%2Fy&d=1&d=2&f=%7B%22g%22%3A1%7D&h=true");
  assert_false(message.follows);
  http_message_clear(&message);
  message = make("{\"method\":\"query\",\"endpoint\":\"https://h\",\"redirect\":true}");
  assert_string_equal(message.method, "QUERY");
  assert_true(message.follows);
  http_message_clear(&message);
}

static void test_headers(void **state) {
  (void)state;
  struct http_message message = make("{" CALL ",\"headers\":{\"A\":\"b\",\"N\":7,\"content-length\":\"9\",\"Z\":null,\"Host\":\"x\"}}");
  assert_int_equal(message.fields.list.count, 3);
  assert_string_equal(http_fields_get(&message.fields, "n"), "7");
  assert_string_equal(http_fields_get(&message.fields, "host"), "x");
  http_message_clear(&message);
}

static void test_forms_in_parts(void **state) {
  (void)state;
  assert_body("{" CALL TYPE("multipart/form-data; boundary=x") ",\"body\":{\"a\":1}}", "multipart/form-data; boundary=workflowd-form-1",
              "--workflowd-form-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--workflowd-form-1--\r\n");
  assert_body("{" CALL TYPE("multipart/form-data; boundary=x") ",\"body\":\"--x--\"}", "multipart/form-data; boundary=x", "--x--");
  assert_refused("{" CALL TYPE("multipart/form-data") ",\"body\":{\"f\":{\"base64\":\"?\"}}}", "base64");
}

static void test_what_cannot_be_sent(void **state) {
  (void)state;
  assert_refused("[]", "with");
  assert_refused("{\"endpoint\":\"http://h/\"}", "method");
  assert_refused("{\"method\":\"GET /\",\"endpoint\":\"http://h/\"}", "method");
  assert_refused("{\"method\":\"get\"}", "endpoint");
  assert_refused("{\"method\":\"get\",\"endpoint\":\"/a\"}", "endpoint");
  assert_refused("{\"method\":\"get\",\"endpoint\":{\"uri\":\"file:///a\"}}", "endpoint");
  assert_refused("{" CALL ",\"headers\":{\"a b\":\"c\"}}", "headers");
  assert_refused("{" CALL ",\"headers\":{\"a\":\"b\\r\\nc: d\"}}", "headers");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bodies),
      cmocka_unit_test(test_method_and_url),
      cmocka_unit_test(test_headers),
      cmocka_unit_test(test_forms_in_parts),
      cmocka_unit_test(test_what_cannot_be_sent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
