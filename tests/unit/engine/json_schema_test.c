// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema_check.h"

#define ORDER                                                                                                          \
  "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"integer\",\"minimum\":1},"            \
  "\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"sku\"]}}}}"

static void test_types_and_bounds(void **state) {
  (void)state;
  takes(ORDER, "{\"id\":1}");
  rejects(ORDER, "{\"id\":0}", "/id: ");
  rejects(ORDER, "{\"id\":\"1\"}", "/id: "); // a text is no number
  rejects(ORDER, "{\"id\":1.5}", "/id: ");
  rejects(ORDER, "{}", "/: Missing required property 'id'");
  rejects(ORDER, "[]", "/: ");
}

static void test_place_of_a_problem_is_a_pointer(void **state) {
  (void)state;
  takes(ORDER, "{\"id\":1,\"lines\":[{\"sku\":1}]}");
  rejects(ORDER, "{\"id\":1,\"lines\":[{\"sku\":1},{}]}", "/lines/1: Missing required property 'sku'");
}

static void test_words_of_draft_7(void **state) {
  (void)state;
  takes("{\"const\":{\"a\":1}}", "{\"a\":1}");
  rejects("{\"const\":{\"a\":1}}", "{\"a\":2}", "/: ");
  rejects("{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"a\":1}", "'b'");
  takes("{\"contains\":{\"type\":\"null\"}}", "[1,null]");
  rejects("{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}", "/");
  rejects("{\"additionalProperties\":false,\"properties\":{\"a\":{}}}", "{\"b\":1}", "/");
  rejects("{\"enum\":[1,2]}", "3", "/: ");
  rejects("{\"pattern\":\"^a+$\"}", "\"b\"", "/: ");
  rejects("false", "1", "/: ");
  takes("true", "1");
}

static void test_references_inside(void **state) {
  static const char tree[] = "{\"$ref\":\"#/definitions/n\",\"definitions\":{\"n\":{\"type\":\"object\",\"properties\":"
                             "{\"l\":{\"$ref\":\"#/definitions/n\"}},\"required\":[\"v\"]}}}";
  (void)state;
  takes(tree, "{\"v\":1,\"l\":{\"v\":2}}");
  rejects(tree, "{\"v\":1,\"l\":{\"v\":2,\"l\":{}}}", "/l/l: Missing required property 'v'");
  takes("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}},\"$defs\":{\"b\":{\"type\":\"string\"}}}", "{\"a\":\"x\"}");
}

static void test_references_elsewhere_or_for_ever(void **state) {
  (void)state;
  refuses("{\"$ref\":\"https://example.com/s.json\"}", "refers to another document");
  refuses("{\"$ref\":\"#/definitions/n\"}", "refers to nothing");
  refuses("{\"$ref\":\"#\"}", "refers to itself");
  refuses("{\"items\":{\"$ref\":\"#/items\"}}", "refers to itself");
  refuses("{\"$ref\":1}", "`$ref` is no text");
}

static void test_what_is_no_schema(void **state) {
  (void)state;
  refuses("{\"type\":\"strange\"}", "strange");
  refuses("{\"type\":1}", "");
  refuses("{\"minLength\":-1}", "minLength");
  refuses("{\"pattern\":\"(\"}", "pattern `(` is no regular expression");
  refuses("{\"patternProperties\":{\"[\":{}}}", "pattern `[` is no regular expression");
  refuses("[]", "a schema is an object");
  refuses("{", "");
}

static void test_long_explanations_are_cut(void **state) {
  char value[4000] = "{\"";
  (void)state;
  for (size_t i = 2; i < sizeof value - 6; i += 2) memcpy(value + i, "\xc3\xa9", 2);
  memcpy(value + sizeof value - 6, "\":1}", 5);
  struct wf_json_schema *schema = make("{\"additionalProperties\":false}");
  char *problem = NULL;
  assert_int_equal(wf_json_schema_validate(schema, value, strlen(value), &problem), -WF_EINVAL);
  assert_true(strlen(problem) <= 1000 + strlen(" …"));
  free(problem);
  wf_json_schema_free(schema);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_types_and_bounds),
      cmocka_unit_test(test_place_of_a_problem_is_a_pointer),
      cmocka_unit_test(test_words_of_draft_7),
      cmocka_unit_test(test_references_inside),
      cmocka_unit_test(test_references_elsewhere_or_for_ever),
      cmocka_unit_test(test_what_is_no_schema),
      cmocka_unit_test(test_long_explanations_are_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
