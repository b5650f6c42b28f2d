// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/http_message.h"

static void test_cleared_is_as_new(void **state) {
  (void)state;
  struct http_message message = {.method = xstrdup("GET"), .url = xstrdup("http://h/"), .digest_user = xstrdup("u"),
                                 .digest_password = xstrdup("p"), .has_body = true};
  http_fields_add(&message.fields, "a", "b");
  buf_puts(&message.body, "body");
  http_message_clear(&message);
  assert_null(message.method);
  assert_false(message.has_body);
  assert_int_equal(message.fields.list.count, 0);
  struct http_result result = {.end = HTTP_END_FAILED, .reason = xstrdup("why")};
  buf_puts(&result.body, "body");
  http_result_clear(&result);
  assert_null(result.reason);
  assert_int_equal(result.body.size, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cleared_is_as_new),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
