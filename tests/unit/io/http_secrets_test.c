// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/http_secrets.h"

// "<name>" is a placeholder here.
static char *reveal(void *user, const char *text) {
  (void)user;
  if (strstr(text, "<none>")) return NULL;
  const char *at = strstr(text, "<pass>");
  return at ? xasprintf("%.*sopen-sesame%s", (int)(at - text), text, at + 6) : xstrdup(text);
}

static jv secret(void *user, const char *name) {
  (void)user;
  return strcmp(name, "login") == 0 ? jv_parse("{\"user\":\"alibaba\",\"deep\":[{\"x\":\"forty-thieves\"}]}") : jv_invalid();
}

static void assert_json(jv value, const char *expected) {
  jv text = jv_dump_string(value, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}

static void assert_redacted(const struct http_secrets *secrets, const char *text, const char *expected) {
  char *redacted = http_secrets_redact(secrets, text);
  assert_string_equal(redacted, expected);
  free(redacted);
}

static void test_every_text_is_resolved(void **state) {
  (void)state;
  struct http_secrets secrets = {.reveal = reveal};
  jv value = jv_parse("{\"a\":[\"Bearer <pass>\",1,null],\"<pass>\":{\"b\":\"x\"}}");
  assert_json(http_secrets_reveal(&secrets, value),
              "{\"<pass>\":{\"b\":\"x\"},\"a\":[\"Bearer open-sesame\",1,null]}");
  assert_redacted(&secrets, "said open-sesame twice: open-sesame", "said *** twice: ***");
  assert_redacted(&secrets, "Bearer open-sesame", "***");
  assert_redacted(&secrets, "", "");
  assert_null(http_secrets_redact(&secrets, NULL));
  http_secrets_clear(&secrets);
}

static void test_one_that_is_not_there(void **state) {
  (void)state;
  struct http_secrets secrets = {.reveal = reveal};
  jv value = http_secrets_reveal(&secrets, jv_parse("{\"a\":[\"x\",\"<none>\",\"y\"],\"b\":\"z\"}"));
  assert_false(jv_is_valid(value));
  jv_free(value);
  http_secrets_clear(&secrets);
}

static void test_without_secrets(void **state) {
  (void)state;
  struct http_secrets secrets = {0};
  assert_json(http_secrets_reveal(&secrets, jv_string("<pass>")), "\"<pass>\"");
  assert_redacted(&secrets, "<pass>", "<pass>");
  jv policy = http_secrets_policy(&secrets, "login");
  assert_false(jv_is_valid(policy));
  jv_free(policy);
  http_secrets_clear(&secrets);
}

static void test_a_policy_of_a_secret(void **state) {
  (void)state;
  struct http_secrets secrets = {.secret = secret};
  jv policy = http_secrets_policy(&secrets, "login");
  assert_int_equal(jv_get_kind(policy), JV_KIND_OBJECT);
  jv_free(policy);
  assert_redacted(&secrets, "alibaba and forty-thieves", "*** and ***");
  policy = http_secrets_policy(&secrets, "other");
  assert_false(jv_is_valid(policy));
  jv_free(policy);
  http_secrets_clear(&secrets);
}

static void test_short_ones_blacken_nothing(void **state) {
  (void)state;
  struct http_secrets secrets = {0};
  vec_push(&secrets.texts, xstrdup("word"));
  assert_redacted(&secrets, "a word", "a ***");
  http_secrets_clear(&secrets);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_text_is_resolved),
      cmocka_unit_test(test_one_that_is_not_there),
      cmocka_unit_test(test_without_secrets),
      cmocka_unit_test(test_a_policy_of_a_secret),
      cmocka_unit_test(test_short_ones_blacken_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
