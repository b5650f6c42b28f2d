// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "io/http_auth.h"

static jv secret(void *user, const char *name) {
  (void)user;
  if (strcmp(name, "login") == 0) return jv_parse("{\"username\":\"ali\",\"password\":4711}");
  if (strcmp(name, "token") == 0) return jv_string("t0ken");
  return jv_invalid();
}

static struct http_auth read_policy(const char *json) {
  struct http_secrets secrets = {.secret = secret};
  struct http_auth auth;
  struct http_fault fault;
  jv policy = jv_parse(json);
  assert_int_equal(http_auth_read(policy, &secrets, &auth, &fault), 0);
  jv_free(policy);
  http_secrets_clear(&secrets);
  return auth;
}

static void assert_header(const char *json, const char *header) {
  struct http_auth auth = read_policy(json);
  assert_int_equal(auth.kind, HTTP_AUTH_HEADER);
  assert_string_equal(auth.authorization, header);
  http_auth_clear(&auth);
}

static void assert_refused(const char *json, enum wf_error_kind kind) {
  struct http_secrets secrets = {.secret = secret};
  struct http_auth auth;
  struct http_fault fault;
  jv policy = jv_parse(json);
  assert_int_equal(http_auth_read(policy, &secrets, &auth, &fault), -WF_EINVAL);
  assert_int_equal(fault.kind, kind);
  assert_true(fault.is_final);
  http_fault_clear(&fault);
  jv_free(policy);
}

static void test_none(void **state) {
  (void)state;
  assert_int_equal(read_policy("null").kind, HTTP_AUTH_NONE);
  assert_int_equal(read_policy("{}").kind, HTTP_AUTH_NONE);
}

static void test_basic(void **state) {
  (void)state;
  assert_header("{\"basic\":{\"username\":\"Aladdin\",\"password\":\"open sesame\"}}", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  assert_header("{\"basic\":{\"use\":\"login\"}}", "Basic YWxpOjQ3MTE=");
}

static void test_what_basic_makes_of_a_secret_is_one(void **state) {
  (void)state;
  struct http_secrets secrets = {.secret = secret};
  static const char *const policies[] = {"{\"basic\":{\"use\":\"login\"}}", "{\"basic\":{\"username\":\"ali\",\"password\":\"baba\"}}"};
  for (int i = 0; i < 2; i++) {
    struct http_auth auth;
    struct http_fault fault;
    jv policy = jv_parse(policies[i]);
    assert_int_equal(http_auth_read(policy, &secrets, &auth, &fault), 0);
    http_auth_clear(&auth);
    jv_free(policy);
  }
  char *text = http_secrets_redact(&secrets, "YWxpOjQ3MTE= YWxpOmJhYmE=");
  assert_string_equal(text, "*** YWxpOmJhYmE=");
  free(text);
  http_secrets_clear(&secrets);
}

static void test_bearer(void **state) {
  (void)state;
  assert_header("{\"bearer\":{\"token\":\"abc\"}}", "Bearer abc");
  assert_header("{\"bearer\":{\"use\":\"token\"}}", "Bearer t0ken");
}

static void test_digest(void **state) {
  (void)state;
  struct http_auth auth = read_policy("{\"digest\":{\"username\":\"a\",\"password\":\"b\"}}");
  assert_int_equal(auth.kind, HTTP_AUTH_DIGEST);
  assert_string_equal(auth.user, "a");
  assert_string_equal(auth.password, "b");
  http_auth_clear(&auth);
}

static void test_grants(void **state) {
  (void)state;
  struct http_auth auth = read_policy("{\"oauth2\":{\"authority\":\"http://h\"}}");
  assert_int_equal(auth.kind, HTTP_AUTH_TOKEN);
  assert_false(auth.is_oidc);
  http_auth_clear(&auth);
  auth = read_policy("{\"oidc\":{\"authority\":\"http://h\"}}");
  assert_true(auth.is_oidc);
  http_auth_clear(&auth);
}

static void test_policies_that_cannot_be(void **state) {
  (void)state;
  assert_refused("{\"certificate\":{}}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"basic\":{\"username\":\"a\"}}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"digest\":{\"password\":\"a\"}}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"bearer\":{}}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"bearer\":{\"token\":\"a\\nb\"}}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"oauth2\":\"x\"}", WF_ERROR_CONFIGURATION);
  assert_refused("{\"basic\":{\"use\":\"nobody\"}}", WF_ERROR_AUTHORIZATION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_none),
      cmocka_unit_test(test_basic),
      cmocka_unit_test(test_what_basic_makes_of_a_secret_is_one),
      cmocka_unit_test(test_bearer),
      cmocka_unit_test(test_digest),
      cmocka_unit_test(test_grants),
      cmocka_unit_test(test_policies_that_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
