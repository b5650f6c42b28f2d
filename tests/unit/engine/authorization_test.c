// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "engine/authorization.h"

static void describes(const char *arguments, const char *expected) {
  jv value = jv_parse(arguments), policy = wf_authorization_policy(value);
  jv text = jv_dump_string(wf_authorization_describe(policy), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
  jv_free(policy);
  jv_free(value);
}

static void test_schemes(void **state) {
  (void)state;
  describes("{\"authentication\":{\"basic\":{\"username\":\"Aladdin\",\"password\":\"open sesame\"}}}",
            "{\"parameter\":\"QWxhZGRpbjpvcGVuIHNlc2FtZQ==\",\"scheme\":\"Basic\"}");
  describes("{\"authentication\":{\"basic\":{\"username\":\"a\",\"password\":\"bc\"}}}", "{\"parameter\":\"YTpiYw==\",\"scheme\":\"Basic\"}");
  describes("{\"authentication\":{\"basic\":{\"username\":\"a\",\"password\":\"b\"}}}", "{\"parameter\":\"YTpi\",\"scheme\":\"Basic\"}");
  describes("{\"authentication\":{\"bearer\":{\"token\":\"t\"}}}", "{\"parameter\":\"t\",\"scheme\":\"Bearer\"}");
  describes("{\"authentication\":{\"digest\":{\"username\":\"a\",\"password\":\"b\"}}}", "{\"parameter\":null,\"scheme\":\"Digest\"}");
  describes("{\"authentication\":{\"oauth2\":{\"use\":\"s\"}}}", "{\"parameter\":null,\"scheme\":\"Bearer\"}");
  describes("{\"authentication\":{\"oidc\":{\"use\":\"s\"}}}", "{\"parameter\":null,\"scheme\":\"Bearer\"}");
}

static void test_secrets_stay_placeholders(void **state) {
  (void)state;
  describes("{\"authentication\":{\"bearer\":{\"use\":\"s\"}}}",
            "{\"parameter\":\"" TEXT_MARK_OPEN "secret:s/token" TEXT_MARK_CLOSE "\",\"scheme\":\"Bearer\"}");
  describes("{\"authentication\":{\"basic\":{\"username\":\"a\",\"password\":\"" TEXT_MARK_OPEN "secret:s" TEXT_MARK_CLOSE "\"}}}",
            "{\"parameter\":null,\"scheme\":\"Basic\"}");
  describes("{\"authentication\":{\"basic\":{\"use\":\"s\"}}}", "{\"parameter\":null,\"scheme\":\"Basic\"}");
}

static void test_places(void **state) {
  (void)state;
#define POLICY "\"authentication\":{\"bearer\":{\"token\":\"t\"}}"
#define IS_T "{\"parameter\":\"t\",\"scheme\":\"Bearer\"}"
  describes("{\"endpoint\":{\"uri\":\"u\"," POLICY "}}", IS_T);
  describes("{\"service\":{" POLICY "}}", IS_T);
  describes("{\"server\":{" POLICY "}}", IS_T);
  describes("{\"transport\":{\"http\":{\"endpoint\":{" POLICY "}}}}", IS_T);
  // That of a document is not the call's.
  describes("{\"document\":{\"endpoint\":{" POLICY "}}}", "null");
  describes("{\"endpoint\":\"https://e.com\"}", "null");
  describes("[]", "null");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_schemes), cmocka_unit_test(test_secrets_stay_placeholders), cmocka_unit_test(test_places)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
