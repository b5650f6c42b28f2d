// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "io/openapi_server.h"

static void assert_server(const char *document, const char *operation, const char *url, const char *expected) {
  jv parsed = jv_parse(document);
  assert_true(jv_is_valid(parsed));
  struct openapi_operation of = {.operation = jv_parse(operation), .path_item = jv_object()};
  char *found = openapi_server_find(parsed, &of, url);
  if (expected) {
    assert_non_null(found);
    assert_string_equal(found, expected);
  } else {
    assert_null(found);
  }
  free(found);
  openapi_operation_clear(&of);
  jv_free(parsed);
}

#define URL "https://h:8443/docs/api.json?v=1"

static void test_servers(void **state) {
  (void)state;
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"http://a/v1\"},{\"url\":\"http://b\"}]}", "{}", URL, "http://a/v1");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"http://a\"}]}", "{\"servers\":[{\"url\":\"http://o/\"}]}", URL, "http://o/");
  assert_server("{\"openapi\":\"3.0.0\"}", "{}", URL, "https://h:8443/");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"/v1\"}]}", "{}", URL, "https://h:8443/v1");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"../v1\"}]}", "{}", URL, "https://h:8443/v1");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[]}", "{\"servers\":[]}", URL, "https://h:8443/");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"ws://a\"}]}", "{}", URL, NULL);
}

static void test_variables(void **state) {
  (void)state;
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"https://{env}.x:{port}/{base}{none}\",\"variables\":"
                "{\"env\":{\"default\":\"prod\"},\"port\":{\"default\":\"444\"},\"base\":{\"default\":\"v2\"}}}]}", "{}", URL, "https://prod.x:444/v2");
  assert_server("{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"https://a/{x\"}]}", "{}", URL, "https://a/");
}

static void test_swagger(void **state) {
  (void)state;
  assert_server("{\"swagger\":\"2.0\",\"host\":\"a:81\",\"basePath\":\"/v2\",\"schemes\":[\"http\"]}", "{}", URL, "http://a:81/v2");
  assert_server("{\"swagger\":\"2.0\",\"host\":\"a\",\"basePath\":\"v2\",\"schemes\":[\"http\",\"https\"]}", "{}", URL, "https://a/v2");
  assert_server("{\"swagger\":\"2.0\",\"host\":\"a\",\"schemes\":[\"http\",\"https\"]}", "{}", "http://h/x", "http://a/");
  assert_server("{\"swagger\":\"2.0\",\"host\":\"a\",\"schemes\":[\"http\"]}", "{\"schemes\":[\"https\"]}", "http://h/x", "https://a/");
  assert_server("{\"swagger\":\"2.0\"}", "{}", URL, "https://h:8443/");
  assert_server("{\"swagger\":\"2.0\",\"host\":\"a\",\"schemes\":[\"ws\"]}", "{}", URL, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_servers),
      cmocka_unit_test(test_variables),
      cmocka_unit_test(test_swagger),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
