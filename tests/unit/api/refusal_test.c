// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/refusal.h"

static void assert_body(enum vendor vendor, struct refusal refusal, const char *expected) {
  struct buf body = {0};
  refusal_write(vendor, &refusal, "/the/path", &body);
  buf_put_u8(&body, 0);
  assert_string_equal(body.data, expected);
  buf_free(&body);
}

static void test_knock(void **state) {
  (void)state;
  assert_body(VENDOR_KNOCK, (struct refusal){.kind = REFUSAL_NO_KEY},
              "{\"code\":\"api_key_missing\",\"message\":\"Access token not set.\",\"status\":401,\"type\":\"authentication_error\"}");
  assert_body(VENDOR_KNOCK, (struct refusal){REFUSAL_INVALID, "page_size", "say \"1\""},
              "{\"code\":\"invalid_params\",\"message\":\"say \\\"1\\\"\",\"status\":422,\"type\":\"invalid_request_error\"}");
}

static void test_leadping(void **state) {
  (void)state;
  assert_body(VENDOR_LEADPING, (struct refusal){.kind = REFUSAL_NOT_FOUND},
              "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"Not found\",\"instance\":\"/the/path\"}");
  assert_string_equal(refusal_type(VENDOR_LEADPING, REFUSAL_NOT_FOUND), "application/json");
  assert_string_equal(refusal_type(VENDOR_LEADPING, REFUSAL_WRONG_KEY), "application/json");
  assert_string_equal(refusal_type(VENDOR_LEADPING, REFUSAL_TOO_MANY), "application/problem+json");
}

static void test_dialnexa(void **state) {
  (void)state;
  assert_body(VENDOR_DIALNEXA, (struct refusal){.kind = REFUSAL_NOT_FOUND},
              "{\"statusCode\":404,\"message\":\"Workflow lead not found\",\"error\":\"Not Found\"}");
  assert_body(VENDOR_DIALNEXA, (struct refusal){.kind = REFUSAL_WRONG_KEY},
              "{\"statusCode\":401,\"message\":\"API key is missing or invalid\",\"error\":\"Unauthorized\"}");
  assert_body(VENDOR_DIALNEXA, (struct refusal){.kind = REFUSAL_INVALID, .message = "no"},
              "{\"statusCode\":400,\"message\":\"no\",\"error\":\"Bad Request\"}");
  assert_int_equal(refusal_code(VENDOR_DIALNEXA, REFUSAL_INVALID), 400);
}

static void test_truestate(void **state) {
  (void)state;
  assert_body(VENDOR_TRUESTATE, (struct refusal){.kind = REFUSAL_NOT_FOUND}, "{\"detail\":\"Not Found\"}");
  assert_body(VENDOR_TRUESTATE, (struct refusal){REFUSAL_INVALID, "session_id", "no"},
              "{\"detail\":[{\"loc\":[\"path\",\"session_id\"],\"msg\":\"no\",\"type\":\"value_error\"}]}");
}

static void test_plannr(void **state) {
  (void)state;
  assert_body(VENDOR_PLANNR, (struct refusal){.kind = REFUSAL_WRONG_KEY}, "{\"message\":\"Unauthenticated.\"}");
  assert_body(VENDOR_PLANNR, (struct refusal){REFUSAL_INVALID, "sort", "no"}, "{\"message\":\"no\",\"errors\":{\"sort\":[\"no\"]}}");
}

static void test_every_kind_has_a_status_for_everyone(void **state) {
  (void)state;
  for (int vendor = 0; vendor <= VENDOR_NONE; vendor++)
    for (int kind = 0; kind < REFUSAL_KINDS; kind++) {
      struct buf body = {0};
      refusal_write((enum vendor)vendor, &(struct refusal){.kind = (enum refusal_kind)kind}, "/", &body);
      assert_in_range(refusal_code((enum vendor)vendor, (enum refusal_kind)kind), 400, 504);
      assert_int_equal(body.data[body.size - 1], '}');
      assert_null(memmem(body.data, body.size, "(null)", 6));
      buf_free(&body);
    }
}

static void test_what_evhttp_says_has_a_kind(void **state) {
  (void)state;
  assert_int_equal(refusal_of(400), REFUSAL_BAD_REQUEST);
  assert_int_equal(refusal_of(413), REFUSAL_TOO_LARGE);
  assert_int_equal(refusal_of(417), REFUSAL_EXPECTATION);
  assert_int_equal(refusal_of(501), REFUSAL_UNKNOWN);
  assert_int_equal(refusal_of(503), REFUSAL_KINDS);
}

static void test_strings_are_json(void **state) {
  (void)state;
  struct buf out = {0};
  refusal_put_string(&out, "a\"\\\n\x01\xc3\xa9");
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, "\"a\\\"\\\\\\u000a\\u0001\xc3\xa9\"");
  buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_knock),
      cmocka_unit_test(test_leadping),
      cmocka_unit_test(test_dialnexa),
      cmocka_unit_test(test_truestate),
      cmocka_unit_test(test_plannr),
      cmocka_unit_test(test_every_kind_has_a_status_for_everyone),
      cmocka_unit_test(test_what_evhttp_says_has_a_kind),
      cmocka_unit_test(test_strings_are_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
