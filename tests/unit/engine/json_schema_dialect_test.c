// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_check.h"

static void test_keywords_of_later_drafts_are_not_ignored(void **state) {
  (void)state;
  refuses("{" DRAFT_7 "\"unevaluatedProperties\":false}", "`unevaluatedProperties` is no keyword of JSON Schema draft 7");
  refuses("{" DRAFT_7 "\"properties\":{\"a\":{\"prefixItems\":[]}}}", "prefixItems");
  refuses("{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"properties\":{\"a\":{\"prefixItems\":[]}}}", "prefixItems");
  takes("{\"properties\":{\"prefixItems\":{\"type\":\"null\"}}}", "{}"); // a member of that name
  takes("{\"const\":{\"prefixItems\":1}}", "{\"prefixItems\":1}");
}

static void test_lists_of_later_drafts(void **state) {
  static const char pair[] = "{\"prefixItems\":[{\"type\":\"string\"},true],\"items\":" INTEGER "}";
  (void)state;
  takes(pair, "[\"a\",null,1,2]");
  rejects(pair, "[1]", "/0: ");
  rejects(pair, "[\"a\",null,\"b\"]", "/2: ");
  takes("{\"items\":[{\"type\":\"string\"}],\"additionalItems\":" INTEGER "}", "[\"a\",1]"); // as before
}

static void test_what_depends_on_what(void **state) {
  static const char both[] = "{\"dependentRequired\":{\"card\":[\"address\"]},\"dependentSchemas\":{\"card\":{\"properties\":"
                             "{\"n\":" INTEGER "}}}}";
  (void)state;
  takes(both, "{\"n\":\"x\"}");
  rejects(both, "{\"card\":1}", "/");
  rejects(both, "{\"card\":1,\"address\":1,\"n\":\"x\"}", "/n: ");
}

static void test_references_of_later_drafts(void **state) {
  (void)state;
  rejects("{\"$defs\":{\"n\":{\"$anchor\":\"whole\",\"type\":\"integer\"}},\"properties\":{\"a\":{\"$ref\":\"#whole\"}}}", "{\"a\":\"x\"}", "/a: ");
  rejects("{\"$id\":\"https://e.com/s/a\",\"$defs\":{\"n\":{\"$id\":\"b\",\"type\":\"integer\"}},\"items\":{\"$ref\":\"https://e.com/s/b\"}}", "[\"x\"]", "/0: ");
  // beside a reference other keywords count, unless the draft says that they do not
  rejects("{\"$defs\":{\"n\":" INTEGER "},\"$ref\":\"#/$defs/n\",\"minimum\":5}", "4", "/: ");
  takes("{" DRAFT_7 "\"definitions\":{\"n\":" INTEGER "},\"$ref\":\"#/definitions/n\",\"minimum\":5}", "4");
  // a reference to where a keyword of a later draft stands
  rejects("{\"prefixItems\":[{\"type\":\"integer\"},{\"$ref\":\"#/prefixItems/0\"}]}", "[1,\"x\"]", "/1: ");
  rejects("{\"$dynamicAnchor\":\"node\",\"type\":\"object\",\"properties\":{\"c\":{\"$dynamicRef\":\"#node\"}}}", "{\"c\":{\"c\":1}}", "/c/c: ");
  rejects("{\"type\":\"object\",\"additionalProperties\":{\"$recursiveRef\":\"#\"}}", "{\"a\":{\"b\":1}}", "/");
  refuses("{\"$defs\":{\"a\":{\"$dynamicAnchor\":\"n\"},\"b\":{\"$dynamicAnchor\":\"n\"}},\"$dynamicRef\":\"#n\"}", "several places");
  refuses("{\"$ref\":\"#none\"}", "`$ref: #none` refers to nothing");
  refuses("{\"$defs\":{\"unused\":{\"$ref\":\"https://elsewhere.com/\"}}}", "refers to another document");
}

static void test_drafts_as_they_say(void **state) {
  static const char four[] = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"minimum\":1,\"exclusiveMinimum\":true}";
  (void)state;
  rejects(four, "1", "/: ");
  takes(four, "2");
  refuses("{\"minimum\":1,\"exclusiveMinimum\":true}", "");
  takes("{\"type\":\"integer\",\"maximum\":3.0}", "1.0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keywords_of_later_drafts_are_not_ignored),
      cmocka_unit_test(test_lists_of_later_drafts),
      cmocka_unit_test(test_what_depends_on_what),
      cmocka_unit_test(test_references_of_later_drafts),
      cmocka_unit_test(test_drafts_as_they_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
