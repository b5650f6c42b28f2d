// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/openapi_form.h"

#define FILED(content) "{\"content\":" content ",\"contentType\":\"application/octet-stream\",\"filename\":\"f\"}"

static void assert_json(jv value, const char *expected) {
  jv text = jv_dump_string(value, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}

static void field(const char *parameter, const char *value, const char *expected) {
  jv parsed = jv_parse(parameter);
  assert_json(openapi_form_field(parsed, jv_parse(value)), expected);
  jv_free(parsed);
}

static void test_fields_of_swagger(void **state) {
  (void)state;
  field("{\"name\":\"f\",\"type\":\"string\"}", "\"x\"", "\"x\"");
  field("{\"name\":\"f\",\"type\":\"array\"}", "[1,\"a\"]", "\"1,a\"");
  field("{\"name\":\"f\",\"type\":\"array\",\"collectionFormat\":\"ssv\"}", "[1,2]", "\"1 2\"");
  field("{\"name\":\"f\",\"type\":\"array\",\"collectionFormat\":\"tsv\"}", "[1,2]", "\"1\\t2\"");
  field("{\"name\":\"f\",\"type\":\"array\",\"collectionFormat\":\"pipes\"}", "[1,2]", "\"1|2\"");
  field("{\"name\":\"f\",\"type\":\"array\",\"collectionFormat\":\"multi\"}", "[1,2]", "[1,2]");
  field("{\"name\":\"f\",\"type\":\"array\"}", "[]", "\"\"");
}

static void test_files_of_swagger(void **state) {
  (void)state;
  field("{\"name\":\"f\",\"type\":\"file\"}", "\"x\"", FILED("\"x\""));
  field("{\"name\":\"f\",\"type\":\"file\"}", "{\"base64\":\"eA==\",\"filename\":\"a.png\",\"contentType\":\"image/png\"}",
        "{\"base64\":\"eA==\",\"contentType\":\"image/png\",\"filename\":\"a.png\"}");
  field("{\"name\":\"f\",\"type\":\"file\"}", "{\"base64\":\"eA==\"}",
        "{\"base64\":\"eA==\",\"contentType\":\"application/octet-stream\",\"filename\":\"f\"}");
  field("{\"name\":\"f\",\"type\":\"file\"}", "{\"a\":1}", FILED("{\"a\":1}"));
  jv file = jv_parse("{\"type\":\"file\"}"), text = jv_parse("{\"type\":\"string\"}");
  assert_true(openapi_form_is_file(file));
  assert_false(openapi_form_is_file(text));
  jv_free(file);
  jv_free(text);
}

static void body_as(const char *type, const char *schema, const char *encoding, const char *value, const char *expected) {
  char *media = (char *)(uintptr_t)type;
  jv document = jv_parse("{\"file\":{\"type\":\"string\",\"format\":\"binary\"},\"base\":{\"properties\":{\"f\":{\"$ref\":\"#/file\"}}}}");
  struct openapi_body described = {.type = media, .schema = jv_parse(schema), .encoding = jv_parse(encoding)};
  assert_json(openapi_form_body(document, &described, jv_parse(value)), expected);
  jv_free(described.schema);
  jv_free(described.encoding);
  jv_free(document);
}

static void body(const char *schema, const char *encoding, const char *value, const char *expected) {
  body_as("multipart/form-data", schema, encoding, value, expected);
}

#define OF(property) "{\"properties\":{\"f\":" property "}}"

static void test_files(void **state) {
  (void)state;
  body(OF("{\"type\":\"string\",\"format\":\"binary\"}"), "null", "{\"a\":1,\"f\":\"x\"}", "{\"a\":1,\"f\":" FILED("\"x\"") "}");
  body(OF("{\"$ref\":\"#/file\"}"), "null", "{\"f\":\"x\"}", "{\"f\":" FILED("\"x\"") "}");
  body("{\"allOf\":[{},{\"$ref\":\"#/base\"},{}]}", "null", "{\"f\":\"x\"}", "{\"f\":" FILED("\"x\"") "}");
  body(OF("{\"type\":\"array\",\"items\":{\"$ref\":\"#/file\"}}"), "null", "{\"f\":[\"x\",\"y\"]}", "{\"f\":[" FILED("\"x\"") "," FILED("\"y\"") "]}");
  body(OF("{\"contentMediaType\":\"image/png\"}"), "null", "{\"f\":{\"base64\":\"eA==\"}}",
       "{\"f\":{\"base64\":\"eA==\",\"contentType\":\"image/png\",\"filename\":\"f\"}}");
  body(OF("{\"type\":\"string\",\"format\":\"binary\"}"), "{\"f\":{\"contentType\":\"image/png, image/jpeg\"}}", "{\"f\":\"x\"}",
       "{\"f\":{\"content\":\"x\",\"contentType\":\"image/png\",\"filename\":\"f\"}}");
  body(OF("{\"type\":\"string\",\"format\":\"binary\"}"), "null", "{\"f\":null}", "{\"f\":null}");
}

static void test_what_is_no_file(void **state) {
  (void)state;
  body("null", "null", "{\"f\":\"x\"}", "{\"f\":\"x\"}");
  body(OF("{\"type\":\"string\"}"), "null", "{\"f\":\"x\",\"g\":[1]}", "{\"f\":\"x\",\"g\":[1]}");
  body(OF("{\"contentMediaType\":\"image/png\",\"contentEncoding\":\"base64\"}"), "null", "{\"f\":{\"base64\":\"eA==\"}}", "{\"f\":{\"base64\":\"eA==\"}}");
  body(OF("{\"type\":\"object\"}"), "{\"f\":{\"contentType\":\"application/xml\"}}", "{\"f\":\"<a/>\"}",
       "{\"f\":{\"content\":\"<a/>\",\"contentType\":\"application/xml\"}}");
  body("null", "null", "\"text\"", "\"text\"");
}

static void test_plain_forms(void **state) {
  (void)state;
  static const char type[] = "application/x-www-form-urlencoded";
  body_as(type, OF("{\"format\":\"binary\"}"), "null", "{\"f\":\"x\",\"g\":[1,2]}", "{\"f\":\"x\",\"g\":[1,2]}");
  body_as(type, "null", "{\"g\":{\"explode\":false}}", "{\"g\":[1,2]}", "{\"g\":\"1,2\"}");
  body_as(type, "null", "{\"g\":{\"explode\":false,\"style\":\"spaceDelimited\"}}", "{\"g\":[1,2]}", "{\"g\":\"1 2\"}");
  body_as(type, "null", "{\"g\":{\"explode\":false,\"style\":\"pipeDelimited\"}}", "{\"g\":[1,2]}", "{\"g\":\"1|2\"}");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fields_of_swagger),
      cmocka_unit_test(test_files_of_swagger),
      cmocka_unit_test(test_files),
      cmocka_unit_test(test_what_is_no_file),
      cmocka_unit_test(test_plain_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
