// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_check.h"

static void test_how_many_items_match(void **state) {
  static const char some[] = "{\"contains\":" INTEGER ",\"minContains\":2,\"maxContains\":3}";
  (void)state;
  takes(some, "[1,\"a\",2]");
  rejects(some, "[1]", "1 items match `contains`: expected at least 2");
  rejects(some, "[1,2,3,4]", "4 items match `contains`: expected at most 3");
  takes("{\"contains\":" INTEGER ",\"minContains\":0}", "[]");
  refuses("{\"contains\":true,\"minContains\":-1}", "`minContains` is no number from 0");
}

static void test_properties_nobody_spoke_of(void **state) {
  static const char base[] = "{\"$defs\":{\"b\":{\"properties\":{\"id\":" INTEGER "}}},\"$ref\":\"#/$defs/b\",\"properties\":{\"n\":true},"
                             "\"unevaluatedProperties\":false}";
  static const char kinds[] = "{\"oneOf\":[{\"properties\":{\"k\":{\"const\":1},\"a\":true}},{\"properties\":{\"k\":{\"const\":2},\"b\":true}}],"
                              "\"patternProperties\":{\"^x\":true},\"unevaluatedProperties\":" INTEGER "}";
  static const char choice[] = "{\"if\":{\"required\":[\"a\"],\"properties\":{\"a\":true}},\"then\":{\"properties\":{\"b\":true}},"
                               "\"dependentSchemas\":{\"c\":{\"properties\":{\"c\":true}}},\"unevaluatedProperties\":false}";
  (void)state;
  takes(base, "{\"id\":1,\"n\":2}");
  rejects(base, "{\"id\":1,\"more\":2}", "/: property 'more' is none that the schema speaks of");
  takes(kinds, "{\"k\":2,\"b\":\"t\",\"xy\":\"t\",\"a\":5}");
  rejects(kinds, "{\"k\":2,\"a\":\"t\"}", "property 'a'");
  takes(choice, "{\"a\":1,\"b\":1,\"c\":1}");
  rejects(choice, "{\"b\":1}", "property 'b'");
  takes(choice, "5");
}

static void test_items_nobody_spoke_of(void **state) {
  static const char first[] = "{\"allOf\":[{\"prefixItems\":[true]}],\"contains\":" INTEGER ",\"unevaluatedItems\":false}";
  (void)state;
  takes(first, "[\"a\",1,2]");
  rejects(first, "[1,2,\"b\"]", "/: item 2 is none that the schema speaks of");
  takes("{\"prefixItems\":[true],\"unevaluatedItems\":" INTEGER "}", "[\"a\",1]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_how_many_items_match),
      cmocka_unit_test(test_properties_nobody_spoke_of),
      cmocka_unit_test(test_items_nobody_spoke_of),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
