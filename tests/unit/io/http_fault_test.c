// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/http_fault.h"

static void assert_fault(const struct http_result *result, bool redirects, enum wf_error_kind kind, int status, bool is_final) {
  struct http_fault fault;
  assert_true(http_fault_of_result(result, "GET http://h/", redirects, &fault));
  assert_int_equal(fault.kind, kind);
  assert_int_equal(fault.status, status);
  assert_int_equal(fault.is_final, is_final);
  assert_ptr_equal(strstr(fault.detail, "GET http://h/"), fault.detail);
  http_fault_clear(&fault);
}

static void test_statuses(void **state) {
  (void)state;
  struct http_fault fault;
  struct http_result result = {.end = HTTP_END_ANSWERED};
  static const int good[] = {200, 204, 299}, bad[] = {199, 400, 401, 403, 408, 425, 429, 500, 503, 599}, redirects[] = {300, 302, 399};
  for (size_t i = 0; i < 3; i++) {
    result.status = good[i];
    assert_false(http_fault_of_result(&result, "x", false, &fault));
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    result.status = bad[i];
    assert_fault(&result, true, WF_ERROR_COMMUNICATION, bad[i], false);
  }
  for (size_t i = 0; i < 3; i++) {
    result.status = redirects[i];
    assert_fault(&result, false, WF_ERROR_COMMUNICATION, redirects[i], false);
    assert_false(http_fault_of_result(&result, "x", true, &fault));
  }
}

static void test_ends_without_an_answer(void **state) {
  (void)state;
  char reason[] = "why";
  struct http_result result = {.end = HTTP_END_FAILED, .reason = reason};
  assert_fault(&result, false, WF_ERROR_COMMUNICATION, 500, false);
  result.end = HTTP_END_TIMED_OUT;
  assert_fault(&result, false, WF_ERROR_TIMEOUT, 408, false);
  result.end = HTTP_END_REFUSED;
  assert_fault(&result, false, WF_ERROR_AUTHORIZATION, 403, true);
  result.end = HTTP_END_TOO_LARGE;
  assert_fault(&result, false, WF_ERROR_COMMUNICATION, 500, true);
  result.end = HTTP_END_REDIRECTS;
  assert_fault(&result, true, WF_ERROR_COMMUNICATION, 500, false);
}

static char *said(const char *type, const char *data, size_t size) {
  struct http_result result = {.end = HTTP_END_ANSWERED, .status = 500};
  if (type) http_fields_add(&result.fields, "Content-Type", type);
  buf_put(&result.body, data, size);
  struct http_fault fault;
  assert_true(http_fault_of_result(&result, "x", false, &fault));
  char *internal = fault.internal;
  fault.internal = NULL;
  http_fault_clear(&fault);
  http_result_clear(&result);
  return internal;
}

static void test_what_the_server_said(void **state) {
  (void)state;
  char *text = said("text/plain", "broken", 6);
  assert_string_equal(text, "the server said: broken");
  free(text);
  assert_null(said("text/plain", "", 0));
  assert_null(said("image/png", "abc", 3));
  assert_null(said(NULL, "\xff\x00", 2));
  char large[600];
  for (size_t i = 0; i < sizeof large; i += 2) memcpy(large + i, "\xc3\xa4", 2);
  text = said("text/plain", large, sizeof large);
  assert_int_equal(strlen(text), strlen("the server said: ") + 500);
  free(text);
  text = said("text/plain", large + 1, 3); // begins within a character: no text
  assert_null(text);
}

static void test_a_detail_is_cut_between_characters(void **state) {
  (void)state;
  char long_text[2001];
  for (size_t i = 0; i < 2000; i += 2) memcpy(long_text + i, "\xc3\xa4", 2);
  long_text[2000] = '\0';
  struct http_fault fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "%s", long_text);
  assert_int_equal(strlen(fault.detail), 1022);
  assert_int_equal(fault.status, 400);
  http_fault_clear(&fault);
}

static void test_retry_after(void **state) {
  (void)state;
  const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";
  assert_int_equal(http_fault_retry_after(NULL, date), 0);
  assert_int_equal(http_fault_retry_after("120", date), 120 * USEC_PER_SEC);
  assert_int_equal(http_fault_retry_after("0", date), 0);
  assert_int_equal(http_fault_retry_after("99999999999999999999", date), USEC_PER_DAY);
  assert_int_equal(http_fault_retry_after("-1", date), 0);
  assert_int_equal(http_fault_retry_after("soon", date), 0);
  assert_int_equal(http_fault_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date), 30 * USEC_PER_SEC);
  assert_int_equal(http_fault_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", date), 0);
  assert_int_equal(http_fault_retry_after("Sun, 06 Nov 2094 08:49:07 GMT", date), USEC_PER_DAY);
  assert_int_equal(http_fault_retry_after("Sun, 06 Nov 2094 08:49:07 GMT", NULL), USEC_PER_DAY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_statuses),
      cmocka_unit_test(test_ends_without_an_answer),
      cmocka_unit_test(test_what_the_server_said),
      cmocka_unit_test(test_a_detail_is_cut_between_characters),
      cmocka_unit_test(test_retry_after),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
