// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/http_grant.h"

static void assert_text(char *text, const char *expected) {
  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

static char *of(char *(*find)(jv), const char *json) {
  jv grant = jv_parse(json);
  char *text = find(grant);
  jv_free(grant);
  return text;
}

static void test_endpoints(void **state) {
  (void)state;
  assert_text(of(http_grant_endpoint, "{\"authority\":\"http://h/realms/x/\"}"), "http://h/realms/x/oauth2/token");
  assert_text(of(http_grant_endpoint, "{\"authority\":\"http://h\",\"endpoints\":{\"token\":\"/t\"}}"), "http://h/t");
  assert_text(of(http_grant_endpoint, "{\"authority\":\"http://h\",\"endpoints\":{\"token\":\"t\"}}"), "http://h/t");
  assert_text(of(http_grant_endpoint, "{\"endpoints\":{\"token\":\"https://g/t\"}}"), "https://g/t");
  assert_null(of(http_grant_endpoint, "{}"));
  assert_text(of(http_grant_discovery, "{\"authority\":\"http://h/x/\"}"), "http://h/x/.well-known/openid-configuration");
  assert_text(of(http_grant_discovery, "{\"authority\":\"http://h/x/.well-known/openid-configuration\"}"),
              "http://h/x/.well-known/openid-configuration");
  assert_null(of(http_grant_discovery, "{}"));
}

static bool discovers(const char *json, bool is_oidc) {
  jv grant = jv_parse(json);
  bool found = http_grant_discovers(grant, is_oidc);
  jv_free(grant);
  return found;
}

// As the specification's own text writes the authority of oauth2.
static void test_an_authority_that_is_a_configuration(void **state) {
  (void)state;
  assert_true(discovers("{\"authority\":\"http://h\"}", true));
  assert_false(discovers("{\"authority\":\"http://h\"}", false));
  assert_false(discovers("{}", false));
  assert_true(discovers("{\"authority\":\"http://h/x/.well-known/openid-configuration\"}", false));
  assert_true(discovers("{\"authority\":\"http://h/x/.well-known/oauth-authorization-server/\"}", false));
  assert_false(discovers("{\"authority\":\"http://h/.well-known/openid-configuration\",\"endpoints\":{\"token\":\"/t\"}}", false));
  assert_text(of(http_grant_endpoint, "{\"authority\":\"http://h/.well-known/openid-configuration\",\"endpoints\":{\"token\":\"/t\"}}"), "http://h/t");
  assert_text(of(http_grant_discovery, "{\"authority\":\"http://h/.well-known/oauth-authorization-server\"}"),
              "http://h/.well-known/oauth-authorization-server");
}

// The body, to be freed; the message's Authorization in *ret_header unless NULL.
static char *body_of(const char *json, char **ret_header) {
  jv grant = jv_parse(json);
  assert_true(jv_is_valid(grant));
  struct http_message message;
  const char *problem;
  assert_int_equal(http_grant_make(grant, "http://h/t", 1000, "n", &message, &problem), 0);
  jv_free(grant);
  const char *header = http_fields_get(&message.fields, "Authorization");
  if (ret_header) *ret_header = header ? xstrdup(header) : NULL;
  char *body = xstrndup(message.body.data, message.body.size);
  http_message_clear(&message);
  return body;
}

static void assert_refused(const char *json, const char *says) {
  jv grant = jv_parse(json);
  struct http_message message;
  const char *problem = NULL;
  assert_int_equal(http_grant_make(grant, "http://h/t", 1000, "n", &message, &problem), -WF_EINVAL);
  assert_non_null(strstr(problem, says));
  jv_free(grant);
}

#define CLIENT(more) "\"client\":{\"id\":\"me\",\"secret\":\"s&t\"" more "}"

static void test_client_credentials(void **state) {
  (void)state;
  assert_text(body_of("{\"grant\":\"client_credentials\"," CLIENT("") ",\"scopes\":[\"a\",\"b\"],\"audiences\":[\"x\"]}", NULL),
              "grant_type=client_credentials&client_id=me&client_secret=s%26t&scope=a%20b&audience=x");
  assert_text(body_of("{\"grant\":\"client_credentials\"," CLIENT("") ",\"audiences\":[\"x\",\"y\"]}", NULL),
              "grant_type=client_credentials&client_id=me&client_secret=s%26t&audience=x&audience=y");
  assert_text(body_of("{\"grant\":\"client_credentials\"," CLIENT("") ",\"request\":{\"encoding\":\"application/json\"}}", NULL),
              "{\"grant_type\":\"client_credentials\",\"client_id\":\"me\",\"client_secret\":\"s&t\"}");
}

static void test_client_authentication(void **state) {
  (void)state;
  char *header;
  assert_text(body_of("{" CLIENT(",\"authentication\":\"client_secret_basic\"") "}", &header), "grant_type=client_credentials");
  assert_text(header, "Basic bWU6cyUyNnQ="); // me:s%26t
  assert_text(body_of("{" CLIENT(",\"authentication\":\"none\"") "}", &header), "grant_type=client_credentials&client_id=me");
  assert_null(header);
  assert_text(body_of("{" CLIENT(",\"authentication\":\"private_key_jwt\",\"assertion\":\"a.b.c\"") "}", NULL),
              "grant_type=client_credentials&client_assertion=a.b.c"
              "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_id=me");
  char *body = body_of("{" CLIENT(",\"authentication\":\"client_secret_jwt\"") "}", NULL);
  assert_non_null(strstr(body, "client_assertion=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
  assert_null(strstr(body, "s%26t"));
  free(body);
  assert_refused("{" CLIENT(",\"authentication\":\"private_key_jwt\"") "}", "assertion");
  assert_refused("{" CLIENT(",\"authentication\":\"other\"") "}", "authentication");
  assert_refused("{\"client\":{\"authentication\":\"client_secret_basic\"}}", "id");
}

static void test_other_grants(void **state) {
  (void)state;
  assert_text(body_of("{\"grant\":\"password\",\"username\":\"u\",\"password\":\"p\"," CLIENT("") "}", NULL),
              "grant_type=password&username=u&password=p&client_id=me&client_secret=s%26t");
  assert_text(body_of("{\"grant\":\"refresh_token\",\"subject\":{\"token\":\"r\",\"type\":\"x\"}}", NULL),
              "grant_type=refresh_token&refresh_token=r");
  assert_text(body_of("{\"grant\":\"urn:ietf:params:oauth:grant-type:token-exchange\",\"subject\":{\"token\":\"s\",\"type\":\"t\"},"
                      "\"actor\":{\"token\":\"a\",\"type\":\"b\"}}", NULL),
              "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=s&subject_token_type=t"
              "&actor_token=a&actor_token_type=b");
  assert_refused("{\"grant\":\"authorization_code\"}", "person");
  assert_refused("{\"grant\":\"refresh_token\"}", "subject.token");
  assert_refused("{\"grant\":\"urn:ietf:params:oauth:grant-type:token-exchange\"}", "subject");
}

static int read_token(const char *policy, const char *content, struct http_token *ret_token, const char **ret_problem) {
  jv grant = jv_parse(policy);
  struct buf bytes = {0};
  buf_puts(&bytes, content);
  int status = http_grant_read(grant, &bytes, ret_token, ret_problem);
  buf_free(&bytes);
  jv_free(grant);
  return status;
}

static void assert_token(const char *policy, const char *content, const char *authorization, usec_t lives) {
  struct http_token token;
  const char *problem;
  assert_int_equal(read_token(policy, content, &token, &problem), 0);
  assert_text(token.authorization, authorization);
  assert_int_equal(token.lives, lives);
}

static void test_tokens(void **state) {
  (void)state;
  assert_token("{}", "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":60}", "Bearer t", 60 * USEC_PER_SEC);
  assert_token("{}", "{\"access_token\":\"t\",\"expires_in\":\"60\"}", "Bearer t", 60 * USEC_PER_SEC);
  assert_token("{}", "{\"access_token\":\"t\",\"token_type\":\"DPoP\"}", "DPoP t", 5 * USEC_PER_MIN);
  assert_token("{}", "{\"access_token\":\"t\",\"expires_in\":1e300}", "Bearer t", USEC_PER_DAY);
  assert_token("{}", "{\"access_token\":\"t\",\"expires_in\":-1}", "Bearer t", 5 * USEC_PER_MIN);
}

static void test_issuers(void **state) {
  (void)state;
  // {"iss":"http://h"}
  static const char answer[] = "{\"access_token\":\"e30.eyJpc3MiOiJodHRwOi8vaCJ9.x\"}";
  struct http_token token;
  const char *problem;
  assert_token("{\"issuers\":[\"http://g\",\"http://h/\"]}", answer, "Bearer e30.eyJpc3MiOiJodHRwOi8vaCJ9.x", 5 * USEC_PER_MIN);
  assert_token("{\"issuers\":[]}", answer, "Bearer e30.eyJpc3MiOiJodHRwOi8vaCJ9.x", 5 * USEC_PER_MIN);
  assert_token("{\"issuers\":[\"http://g\"]}", "{\"access_token\":\"opaque\"}", "Bearer opaque", 5 * USEC_PER_MIN);
  assert_int_equal(read_token("{\"issuers\":[\"http://g\"]}", answer, &token, &problem), -WF_EINVAL);
  assert_non_null(strstr(problem, "issuers"));
}

static void test_answers_without_a_token(void **state) {
  (void)state;
  static const char *const texts[] = {"", "x", "[]", "{}", "{\"access_token\":\"\"}", "{\"access_token\":7}",
                                      "{\"access_token\":\"a\\nb\"}", "{\"access_token\":\"a\",\"token_type\":\"x y\"}", NULL};
  struct http_token token;
  const char *problem;
  for (const char *const *text = texts; *text; text++) assert_int_equal(read_token("{}", *text, &token, &problem), -WF_EINVAL);
}

static void test_keys(void **state) {
  (void)state;
  char one[HTTP_GRANT_KEY_SIZE], other[HTTP_GRANT_KEY_SIZE];
  jv a = jv_parse("{\"a\":1,\"b\":2}"), b = jv_parse("{\"b\":2,\"a\":1}"), c = jv_parse("{\"a\":1}");
  http_grant_key(a, false, one);
  http_grant_key(b, false, other);
  assert_string_equal(one, other);
  http_grant_key(b, true, other);
  assert_string_not_equal(one, other);
  http_grant_key(c, false, other);
  assert_string_not_equal(one, other);
  jv_free(a);
  jv_free(b);
  jv_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_endpoints),
      cmocka_unit_test(test_an_authority_that_is_a_configuration),
      cmocka_unit_test(test_client_credentials),
      cmocka_unit_test(test_client_authentication),
      cmocka_unit_test(test_other_grants),
      cmocka_unit_test(test_tokens),
      cmocka_unit_test(test_issuers),
      cmocka_unit_test(test_answers_without_a_token),
      cmocka_unit_test(test_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
