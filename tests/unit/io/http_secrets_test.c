// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
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

#define PASS TEXT_MARK_OPEN "secret:pass" TEXT_MARK_CLOSE

// One secret for every placeholder.
static char *reveal_mark(void *user, const char *text) {
  return strstr(text, TEXT_MARK_OPEN) ? xstrdup(user) : xstrdup(text);
}

static void assert_url(const char *secret_text, const char *url, const char *expected) {
  struct http_secrets secrets = {.reveal = reveal_mark, .user = (void *)(uintptr_t)secret_text};
  jv revealed = http_secrets_reveal_url(&secrets, jv_string(url));
  assert_string_equal(jv_string_value(revealed), expected);
  jv_free(revealed);
  http_secrets_clear(&secrets);
}

static void test_a_secret_in_a_url_stays_in_its_place(void **state) {
  (void)state;
  assert_url("a/b?c#d", "http://h/" PASS "/x", "http://h/a%2Fb%3Fc%23d/x");
  assert_url("x&y=z", "http://h/?k=" PASS "&l=" PASS, "http://h/?k=x%26y%3Dz&l=x%26y%3Dz");
  assert_url("https://h/hook", PASS "/x", "https://h/hook/x");
  assert_url("x", "http://h/a%20b", "http://h/a%20b");
}

static void test_a_secret_in_a_url_is_redacted_both_ways(void **state) {
  (void)state;
  char text[] = "open/sesame";
  struct http_secrets secrets = {.reveal = reveal_mark, .user = text};
  jv_free(http_secrets_reveal_url(&secrets, jv_string("http://h/" PASS)));
  assert_redacted(&secrets, "open/sesame is open%2Fsesame", "*** is ***");
  http_secrets_clear(&secrets);
  secrets = (struct http_secrets){.reveal = reveal};
  jv url = http_secrets_reveal_url(&secrets, jv_number(1));
  assert_int_equal(jv_get_kind(url), JV_KIND_NUMBER);
}

static void test_shown_without_marks(void **state) {
  (void)state;
  jv value = jv_array_append(jv_array(), jv_string("a " PASS " b"));
  assert_json(http_secrets_unmark(jv_array_append(value, jv_number(1))), "[\"a secret:pass b\",1]");
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
      cmocka_unit_test(test_a_secret_in_a_url_stays_in_its_place),
      cmocka_unit_test(test_a_secret_in_a_url_is_redacted_both_ways),
      cmocka_unit_test(test_shown_without_marks),
      cmocka_unit_test(test_without_secrets),
      cmocka_unit_test(test_a_policy_of_a_secret),
      cmocka_unit_test(test_short_ones_blacken_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
