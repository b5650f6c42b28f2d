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

#define PASS TEXT_MARK_OPEN "secret:pass" TEXT_MARK_CLOSE
#define USER TEXT_MARK_OPEN "secret:db/user" TEXT_MARK_CLOSE
#define NONE TEXT_MARK_OPEN "secret:none" TEXT_MARK_CLOSE

// Two that are known.
static char *reveal(void *user, const char *text) {
  (void)user;
  static const char *const known[][2] = {{PASS, "open-sesame"}, {USER, "alibaba"}};
  if (strstr(text, NONE)) return NULL;
  char *revealed = xstrdup(text);
  for (size_t i = 0; i < 2; i++)
    for (char *at; (at = strstr(revealed, known[i][0]));) {
      char *next = xasprintf("%.*s%s%s", (int)(at - revealed), revealed, known[i][1], at + strlen(known[i][0]));
      free(revealed);
      revealed = next;
    }
  return revealed;
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
  jv value = jv_parse("{\"a\":[\"Bearer " PASS "\",1,null],\"k\":{\"b\":\"x\"}}");
  assert_json(http_secrets_reveal(&secrets, value), "{\"a\":[\"Bearer open-sesame\",1,null],\"k\":{\"b\":\"x\"}}");
  assert_redacted(&secrets, "said open-sesame twice: open-sesame", "said secret:pass twice: secret:pass");
  assert_redacted(&secrets, "", "");
  assert_null(http_secrets_redact(&secrets, NULL));
  http_secrets_clear(&secrets);
}

static void test_one_that_is_not_there(void **state) {
  (void)state;
  struct http_secrets secrets = {.reveal = reveal};
  jv value = http_secrets_reveal(&secrets, jv_parse("{\"a\":[\"x\",\"" NONE "\",\"y\"],\"b\":\"z\"}"));
  assert_false(jv_is_valid(value));
  jv_free(value);
  http_secrets_clear(&secrets);
}

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
  assert_redacted(&secrets, "open/sesame is open%2Fsesame", "secret:pass is secret:pass");
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
  assert_json(http_secrets_reveal(&secrets, jv_string("a")), "\"a\"");
  assert_redacted(&secrets, "a text", "a text");
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
  assert_redacted(&secrets, "alibaba and forty-thieves", "secret:login and secret:login");
  policy = http_secrets_policy(&secrets, "other");
  assert_false(jv_is_valid(policy));
  jv_free(policy);
  http_secrets_clear(&secrets);
}

static void test_short_ones_blacken_nothing(void **state) {
  (void)state;
  struct http_secrets secrets = {0};
  http_secrets_remember(&secrets, "wor");
  http_secrets_remember(&secrets, NULL);
  assert_redacted(&secrets, "a word", "a word");
  http_secrets_remember(&secrets, "word");
  assert_redacted(&secrets, "a word", "a ***");
  http_secrets_clear(&secrets);
}

static void test_several_in_one_text(void **state) {
  (void)state;
  struct http_secrets secrets = {.reveal = reveal};
  assert_json(http_secrets_reveal(&secrets, jv_string(USER ":" PASS)), "\"alibaba:open-sesame\"");
  assert_redacted(&secrets, "alibaba, open-sesame", "secret:db, secret:pass");
  http_secrets_clear(&secrets);
}

static void test_what_is_longer_goes_first(void **state) {
  (void)state;
  struct http_secrets secrets = {0};
  http_secrets_remember(&secrets, "sesame");
  http_secrets_remember(&secrets, "open-sesame-street");
  http_secrets_remember(&secrets, "open-sesame");
  assert_redacted(&secrets, "open-sesame-street open-sesame sesame", "*** *** ***");
  http_secrets_clear(&secrets);
}

static void test_what_was_made_of_one(void **state) {
  (void)state;
  struct http_secrets secrets = {.reveal = reveal};
  jv_free(http_secrets_reveal(&secrets, jv_string(PASS)));
  http_secrets_derive(&secrets, "ali:open-sesame", "YWxpOm9wZW4=");
  http_secrets_derive(&secrets, "ali:baba", "YWxpOmJhYmE=");
  assert_redacted(&secrets, "YWxpOm9wZW4= YWxpOmJhYmE=", "*** YWxpOmJhYmE=");
  http_secrets_clear(&secrets);
}

static void test_as_it_stands_in_json(void **state) {
  (void)state;
  char text[] = "a\"b\\c";
  struct http_secrets secrets = {.reveal = reveal_mark, .user = text};
  jv_free(http_secrets_reveal(&secrets, jv_string(PASS)));
  assert_redacted(&secrets, "a\"b\\c {\"x\":\"a\\\"b\\\\c\"}", "secret:pass {\"x\":\"secret:pass\"}");
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
      cmocka_unit_test(test_short_ones_blacken_nothing), cmocka_unit_test(test_several_in_one_text),
      cmocka_unit_test(test_what_is_longer_goes_first),  cmocka_unit_test(test_what_was_made_of_one),
      cmocka_unit_test(test_as_it_stands_in_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
