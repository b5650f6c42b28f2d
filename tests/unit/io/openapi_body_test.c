// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "io/openapi_body.h"

static void assert_body(const char *document, const char *operation, const char *parameter, enum openapi_fields form, const char *type, bool required) {
  jv parsed = jv_parse(document), of = jv_parse(operation), by = jv_parse(parameter);
  assert_true(jv_is_valid(parsed) && jv_is_valid(of));
  struct openapi_body body = openapi_body_describe(parsed, of, by, form);
  assert_int_equal(body.is_there, type != NULL);
  if (type) assert_string_equal(body.type, type);
  assert_int_equal(body.is_required, required);
  openapi_body_clear(&body);
  jv_free(parsed);
  jv_free(of);
  jv_free(by);
}

static void test_version_3(void **state) {
  (void)state;
  assert_body("{}", "{}", "null", OPENAPI_FIELDS_NONE, NULL, false);
  assert_body("{}", "{\"requestBody\":{\"required\":true,\"content\":{\"text/plain\":{},\"application/json\":{}}}}", "null", OPENAPI_FIELDS_NONE, "application/json", true);
  assert_body("{}", "{\"requestBody\":{\"content\":{\"application/x-www-form-urlencoded\":{},\"multipart/form-data\":{}}}}", "null", OPENAPI_FIELDS_NONE,
              "application/x-www-form-urlencoded", false);
  assert_body("{}", "{\"requestBody\":{\"content\":{\"application/xml\":{},\"application/vnd.x+json\":{}}}}", "null", OPENAPI_FIELDS_NONE, "application/vnd.x+json", false);
  assert_body("{\"c\":{\"content\":{\"text/csv\":{}}}}", "{\"requestBody\":{\"$ref\":\"#/c\"}}", "null", OPENAPI_FIELDS_NONE, "text/csv", false);
}

static void test_its_schema(void **state) {
  (void)state;
  jv document = jv_parse("{\"s\":{\"type\":\"object\"}}");
  jv operation = jv_parse("{\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/s\"}}}}}");
  struct openapi_body body = openapi_body_describe(document, operation, jv_null(), OPENAPI_FIELDS_NONE);
  assert_true(jv_equal(jv_copy(body.schema), jv_parse("{\"type\":\"object\"}")));
  openapi_body_clear(&body);
  jv_free(operation);
  jv_free(document);
}

static void test_swagger(void **state) {
  (void)state;
  assert_body("{\"swagger\":\"2.0\"}", "{}", "null", OPENAPI_FIELDS_NONE, NULL, false);
}

static void test_swagger_bodies(void **state) {
  (void)state;
  assert_body("{\"swagger\":\"2.0\"}", "{}", "{\"in\":\"body\",\"required\":true}", OPENAPI_FIELDS_NONE, "application/json", true);
  assert_body("{\"swagger\":\"2.0\",\"consumes\":[\"text/csv\"]}", "{}", "{\"in\":\"body\"}", OPENAPI_FIELDS_NONE, "text/csv", false);
  assert_body("{\"swagger\":\"2.0\",\"consumes\":[\"text/csv\"]}", "{\"consumes\":[\"application/xml\",\"application/json\"]}", "{\"in\":\"body\"}", OPENAPI_FIELDS_NONE, "application/json", false);
  assert_body("{\"swagger\":\"2.0\",\"consumes\":[\"application/json\"]}", "{}", "null", OPENAPI_FIELDS_PLAIN, "application/x-www-form-urlencoded", false);
  assert_body("{\"swagger\":\"2.0\",\"consumes\":[\"multipart/form-data\"]}", "{}", "null", OPENAPI_FIELDS_PLAIN, "multipart/form-data", false);
  assert_body("{\"swagger\":\"2.0\",\"consumes\":[\"application/x-www-form-urlencoded\",\"multipart/form-data\"]}", "{}", "null", OPENAPI_FIELDS_WITH_FILES,
              "multipart/form-data", false);
  assert_body("{\"swagger\":\"2.0\"}", "{}", "null", OPENAPI_FIELDS_WITH_FILES, "multipart/form-data", false);
}

static void assert_accepts(const char *document, const char *operation, const char *expected) {
  jv parsed = jv_parse(document), of = jv_parse(operation);
  char *type = openapi_body_accepts(parsed, of);
  assert_int_equal(type != NULL, expected != NULL);
  if (expected) assert_string_equal(type, expected);
  free(type);
  jv_free(parsed);
  jv_free(of);
}

static void test_what_is_answered(void **state) {
  (void)state;
  assert_accepts("{}", "{}", NULL);
  assert_accepts("{}", "{\"responses\":{\"404\":{\"content\":{\"application/json\":{}}},\"200\":{\"content\":{\"application/xml\":{}}}}}", "application/xml");
  assert_accepts("{}", "{\"responses\":{\"201\":{\"content\":{\"application/xml\":{},\"application/json\":{}}}}}", "application/json");
  assert_accepts("{}", "{\"responses\":{\"200\":{\"content\":{\"*/*\":{}}}}}", NULL);
  assert_accepts("{\"swagger\":\"2.0\",\"produces\":[\"application/xml\",\"application/json\"]}", "{}", "application/json");
  assert_accepts("{\"swagger\":\"2.0\",\"produces\":[\"application/json\"]}", "{\"produces\":[\"text/csv\"]}", "text/csv");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version_3),
      cmocka_unit_test(test_its_schema),
      cmocka_unit_test(test_swagger),
      cmocka_unit_test(test_swagger_bodies),
      cmocka_unit_test(test_what_is_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
