// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "io/openapi_document.h"

static jv read_document(const char *text) {
  jv document;
  struct http_fault fault;
  assert_int_equal(openapi_document_read(text, strlen(text), &document, &fault), 0);
  return document;
}

static void test_forms(void **state) {
  (void)state;
  static const char *const texts[] = {"{\"openapi\":\"3.0.3\"}", " \n{\"openapi\":\"3.1.0\"}", "\xef\xbb\xbf{\"swagger\":\"2.0\"}",
                                      "openapi: 3.0.1\npaths: {}\n", "swagger: '2.0'\n", "swagger: 2.0\n", NULL};
  for (const char *const *text = texts; *text; text++) {
    jv document = read_document(*text);
    assert_int_equal(openapi_document_is_swagger(document), strstr(*text, "swagger") != NULL);
    jv_free(document);
  }
}

static void test_what_is_no_document(void **state) {
  (void)state;
  static const char *const texts[] = {"", "{", "[]", "{}", "<html>", "{\"openapi\":\"4.0\"}", "{\"swagger\":\"1.2\"}", "{\"openapi\":3}",
                                      "a: [", "openapi: &x 3.0.0", NULL};
  for (const char *const *text = texts; *text; text++) {
    jv document;
    struct http_fault fault;
    assert_int_equal(openapi_document_read(*text, strlen(*text), &document, &fault), -WF_EINVAL);
    assert_int_equal(fault.kind, WF_ERROR_COMMUNICATION);
    http_fault_clear(&fault);
  }
}

static void assert_resolves(jv document, const char *reference, const char *expected) {
  jv node = jv_object_set(jv_object(), jv_string("$ref"), jv_string(reference));
  jv found = openapi_document_resolve(document, node);
  assert_int_equal(jv_is_valid(found), expected != NULL);
  if (expected) {
    jv text = jv_dump_string(found, 0);
    assert_string_equal(jv_string_value(text), expected);
    found = text;
  }
  jv_free(found);
}

static void test_references(void **state) {
  (void)state;
  jv document = jv_parse("{\"a\":{\"b/c\":{\"x\":1},\"d~e\":[{\"x\":2}],\"f g\":{\"$ref\":\"#/a/b~1c\"}},"
                         "\"loop\":{\"$ref\":\"#/loop\"},\"text\":\"t\"}");
  assert_resolves(document, "#/a/b~1c", "{\"x\":1}");
  assert_resolves(document, "#/a/d~0e/0", "{\"x\":2}");
  assert_resolves(document, "#/a/f%20g", "{\"x\":1}");
  assert_resolves(document, "#/a/none", NULL);
  assert_resolves(document, "#/loop", NULL);
  assert_resolves(document, "#/text", NULL);
  assert_resolves(document, "other.yaml#/a", NULL);
  assert_resolves(document, "#", NULL);
  jv plain = openapi_document_resolve(document, jv_number(7));
  assert_int_equal(jv_number_value(plain), 7);
  jv_free(plain);
  jv_free(document);
}

static void test_operations(void **state) {
  (void)state;
  jv document = jv_parse("{\"paths\":{\"/a\":{\"summary\":\"x\",\"get\":{\"operationId\":\"listPets\"},\"post\":{}},"
                         "\"/b/{c}\":{\"$ref\":\"#/items/b\"},\"/d\":{\"$ref\":\"#/none\"}},"
                         "\"items\":{\"b\":{\"delete\":{\"operationId\":\"dropPet\"}}}}");
  struct openapi_operation operation;
  struct http_fault fault;
  assert_int_equal(openapi_document_find(document, "dropPet", &operation, &fault), 0);
  assert_string_equal(operation.method, "delete");
  assert_string_equal(operation.path, "/b/{c}");
  openapi_operation_clear(&operation);
  assert_int_equal(openapi_document_find(document, "listPet", &operation, &fault), -WF_EUNKNOWN);
  assert_int_equal(fault.kind, WF_ERROR_CONFIGURATION);
  assert_string_equal(fault.detail, "the OpenAPI document has no operation `listPet`: did you mean `listPets`?");
  http_fault_clear(&fault);
  jv_free(document);
  document = jv_parse("{}");
  assert_int_equal(openapi_document_find(document, "x", &operation, &fault), -WF_EUNKNOWN);
  assert_null(strstr(fault.detail, "mean"));
  http_fault_clear(&fault);
  jv_free(document);
}

static void test_bytes(void **state) {
  (void)state;
  static const struct {
    const char *json;
    size_t bytes;
  } all[] = {{"1", 0},
             {"null", 0},
             {"\"abc\"", 35},
             {"[]", 32},
             {"[1,\"abc\"]", 32 + 2 * 24 + 35},
             {"{}", 32 + 8 * 48},
             {"{\"a\":[]}", 32 + 8 * 48 + 33 + 32},
             {"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}", 32 + 16 * 48 + 9 * 33}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    jv value = jv_parse(all[i].json);
    assert_int_equal(openapi_document_bytes(value), all[i].bytes);
    jv_free(value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_forms),
      cmocka_unit_test(test_what_is_no_document),
      cmocka_unit_test(test_references),
      cmocka_unit_test(test_operations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
